// The WebSocket (docs/webcast-protocol.md §3.1): which handshakes are accepted, and which get the refusal
// with HTTP 200.

#include "platform/base/text.hpp"
#include "platform/http/upgrade.hpp"
#include "sim/routes.hpp"

namespace papi::sim {
namespace {

using http::Exchange;
using http::Response;

constexpr std::chrono::seconds address_lifetime{30};

class RoomSocket final : public http::Upgrade {
 public:
  RoomSocket(Room& room, bool wants_gzip, std::string cursor, std::uint64_t sign_position)
      : room_(room), wants_gzip_(wants_gzip), cursor_(std::move(cursor)), sign_position_(sign_position) {}

  Task<void> run(websocket::Socket& socket) override {
    RoomClient client{socket, wants_gzip_, cursor_, sign_position_};
    const Attachment attached(room_, client);
    for (;;) {
      auto message = co_await socket.receive();
      if (!message) co_return;
      room_.receive(client, message->payload);
    }
  }

 private:
  struct Attachment {
    Attachment(Room& r, RoomClient& c) : room(r), client(c) { room.attach(client); }
    ~Attachment() { room.detach(client); }
    Attachment(const Attachment&) = delete;
    Attachment& operator=(const Attachment&) = delete;
    Room& room;
    RoomClient& client;
  };

  Room& room_;
  bool wants_gzip_;
  std::string cursor_;
  std::uint64_t sign_position_;
};

Response refusal(std::string_view status, std::string_view message) {
  Response response;
  response.headers.emplace_back("Handshake-Status", std::string(status));
  response.headers.emplace_back("Handshake-Msg", std::string(message));
  return response;
}

Response device_blocked() { return refusal("415", "DEVICE_BLOCKED"); }
Response stale_signature() { return refusal("417", "illegal secret key"); }

std::string_view cookie(const http::Request& request, std::string_view name) {
  for (const std::string_view pair : split(request.header("cookie"), ';')) {
    const auto eq = pair.find('=');
    if (eq != std::string_view::npos && trim(pair.substr(0, eq)) == name) return trim(pair.substr(eq + 1));
  }
  return {};
}

/// Returns the refusal, or nullopt if the socket may open.
std::optional<Response> refuse(const Simulator& simulator, const http::Request& request, Room* room,
                               const SignedAddress* address) {
  if (!room) return stale_signature();
  if (room->faults().take(Fault::device_blocked)) return device_blocked();
  if (room->faults().take(Fault::expired_address)) return stale_signature();
  const std::string_view agent = request.header("user-agent");
  const std::string_view ttwid = cookie(request, "ttwid");
  if (agent.empty() || ttwid.empty()) return device_blocked();
  // A socket without im/fetch needs no signature. It needs only the cookie of any page.
  if (!address && query_or(request, "ws_direct") == "1") return std::nullopt;
  if (!address || address->room_id != room->room_id()) return stale_signature();
  if (simulator.clock().steady() - address->issued > address_lifetime) return stale_signature();
  if (!address->user_agent.empty() && address->user_agent != agent) return device_blocked();
  if (ttwid != address->ttwid) return device_blocked();
  return std::nullopt;
}

Response open_socket(Simulator& simulator, const Exchange& exchange) {
  const http::Request& request = exchange.request;
  simulator.last_socket_user_agent = request.header("user-agent");
  Room* room = simulator.find_room(query_or(request, "room_id"));
  const SignedAddress* address = simulator.find_address(query_or(request, "wrss"));
  if (auto refused = refuse(simulator, request, room, address)) {
    if (room) ++room->counters().refused_sockets;
    return std::move(*refused);
  }
  Response response;
  response.headers.emplace_back("Handshake-Msg", "success");
  response.headers.emplace_back("Handshake-Status", "0");
  response.headers.emplace_back("Handshake-Options", "ping-interval=10");
  if (request.header_has_token("sec-websocket-protocol", "echo-protocol")) {
    response.headers.emplace_back("Sec-WebSocket-Protocol", "echo-protocol");
  }
  response.upgrade =
      std::make_unique<RoomSocket>(*room, query_or(request, "compress") == "gzip",
                                   query_or(request, "cursor"), address ? address->position : 0);
  return response;
}

}  // namespace

void add_socket_routes(RouteList& routes, Simulator& simulator) {
  for (const char* path : {"/webcast/im/ws_proxy/ws_reuse_supplement", "/webcast/im/push"}) {
    add_both(routes, http::Method::get, path, "The room's socket",
             http::DirectHandler([&simulator](Exchange& exchange) -> Result<Response> {
               return open_socket(simulator, exchange);
             }));
  }
  for (http::Route& route : routes) {
    if (route.summary == "The room's socket") route.websocket = true;
  }
}

}  // namespace papi::sim
