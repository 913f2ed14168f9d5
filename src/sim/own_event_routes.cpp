// POST /sim/comment, /sim/gift, /sim/like and /sim/follow: events that somebody makes by hand.

#include <algorithm>

#include "platform/base/text.hpp"
#include "platform/http/json_body.hpp"
#include "sim/routes.hpp"

namespace papi::sim {
namespace {

using http::Exchange;
using http::Response;

constexpr std::size_t longest_comment = 1'000;  // bytes
constexpr std::size_t longest_nickname = 200;   // bytes

const CatalogueGift* find_gift(std::int64_t id) {
  const auto gifts = gift_catalogue();
  const auto found =
      std::find_if(gifts.begin(), gifts.end(), [&](const auto& gift) { return gift.id == id; });
  return found == gifts.end() ? nullptr : &*found;
}

std::string known_gifts() {
  std::string text;
  for (const CatalogueGift& gift : gift_catalogue())
    text += (text.empty() ? "" : ", ") + std::to_string(gift.id) + " (" + std::string(gift.name) + ")";
  return text;
}

void read_text(http::JsonBody& body, OwnEvent& event) {
  const auto text = body.string("text", true);
  if (text && (text->empty() || text->size() > longest_comment))
    body.reject("text", "must have 1 to " + std::to_string(longest_comment) + " bytes");
  event.text = text.value_or("");
  event.language = body.string("language").value_or("en");
}

void read_gift(http::JsonBody& body, OwnEvent& event) {
  const auto id = body.integer("gift_id", 1, std::numeric_limits<std::int64_t>::max());
  event.gift = find_gift(id.value_or(gift_catalogue().front().id));
  if (!event.gift) body.reject("gift_id", "is none of: " + known_gifts());
  event.count = body.integer("count", 1, 9'999).value_or(1);
}

Result<OwnEvent> read_event(const Room& room, OwnEvent::Kind kind, const http::Request& request) {
  http::JsonBody body(request);
  OwnEvent event;
  event.kind = kind;
  const std::string username = body.string("username").value_or("you");
  const auto nickname = body.string("nickname");
  if (!is_username(username)) body.reject("username", "must have 1 to 24 characters of [A-Za-z0-9_.-]");
  if (nickname && (nickname->empty() || nickname->size() > longest_nickname))
    body.reject("nickname", "must have 1 to " + std::to_string(longest_nickname) + " bytes");
  if (kind == OwnEvent::Kind::comment) read_text(body, event);
  if (kind == OwnEvent::Kind::gift) read_gift(body, event);
  if (kind == OwnEvent::Kind::like) event.count = body.integer("count", 1, 1'000).value_or(1);
  if (auto fault = body.fault()) return *fault;
  event.who = room.person_named(username);
  if (nickname) event.who.nickname = *nickname;
  return event;
}

Result<Response> say(const Simulator& simulator, OwnEvent::Kind kind, const http::Request& request) {
  TRY(Room * room, room_of(simulator, request));
  TRY(const OwnEvent event, read_event(*room, kind, request));
  if (room->status() == 4) return Error(ErrorCode::conflict, "@" + room->user() + " is not live");
  json::array ids;
  for (const std::int64_t id : room->say_own(event)) ids.emplace_back(std::to_string(id));
  return json_answer({{"user", room->user()},
                      {"username", event.who.display_id},
                      {"nickname", event.who.nickname},
                      {"user_id", std::to_string(event.who.id)},
                      {"message_ids", std::move(ids)},
                      {"clients", room->clients()}});
}

}  // namespace

bool is_username(std::string_view text) {
  return !text.empty() && text.size() <= 24 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '.' || c == '-';
  });
}

void add_own_event_routes(RouteList& routes, Simulator& simulator) {
  const auto add = [&](std::string path, std::string summary, OwnEvent::Kind kind) {
    http::Route route;
    route.method = http::Method::post;
    route.path = std::move(path);
    route.summary = std::move(summary);
    route.handler = http::DirectHandler(
        [&simulator, kind](Exchange& exchange) { return say(simulator, kind, exchange.request); });
    routes.push_back(std::move(route));
  };
  add("/sim/comment", "Say something: text, username, nickname, language", OwnEvent::Kind::comment);
  add("/sim/gift", "Send a gift: gift_id, count, username, nickname", OwnEvent::Kind::gift);
  add("/sim/like", "Like: count, username, nickname", OwnEvent::Kind::like);
  add("/sim/follow", "Follow the host: username, nickname", OwnEvent::Kind::follow);
}

}  // namespace papi::sim
