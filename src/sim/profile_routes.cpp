// www.tiktok.com and its CDN: profile pages (docs/webcast-protocol.md §1.2), pictures, and the simulated
// faults of both.

#include "platform/base/text.hpp"
#include "sim/pages.hpp"
#include "sim/picture.hpp"
#include "sim/routes.hpp"

namespace papi::sim {
namespace {

using http::Exchange;
using http::Response;

/// longer than any client waits
constexpr std::chrono::minutes for_ever{10};
constexpr std::string_view default_picture = "/img/musically-maliva-obj/1594805258216454~c5_720x720.jpeg";

json::object user_json(const Room& room, const std::string& base) {
  json::object user = host_json(room, base);
  if (room.faults().active(Fault::picture_default)) {
    for (const char* size : {"avatarLarger", "avatarMedium", "avatarThumb"})
      user[size] = base + std::string(default_picture);
  }
  return user;
}

Response universal_page(const json::object& detail) {
  json::object scope;
  scope["webapp.user-detail"] = detail;
  return script_page("__UNIVERSAL_DATA_FOR_REHYDRATION__", {{"__DEFAULT_SCOPE__", std::move(scope)}});
}

Response nobody_page() {
  return universal_page({{"userInfo", json::object()}, {"statusCode", 10221}, {"statusMsg", ""}});
}

/// The page without scripts. Only its elements are left.
Response elements_page(const json::object& user) {
  const auto text = [&user](const char* key) { return std::string(user.at(key).get_string()); };
  return html_page("<!DOCTYPE html><html><body><div data-e2e=\"user-avatar\"><img src=\"" +
                   text("avatarLarger") + "\"></div><h1 data-e2e=\"user-title\">" + text("uniqueId") +
                   "</h1><h2 data-e2e=\"user-subtitle\">" + text("nickname") + "</h2></body></html>");
}

Response profile_page(Room& room, const std::string& base) {
  const Faults& faults = room.faults();
  if (faults.active(Fault::profile_captcha)) return captcha_page();
  if (faults.active(Fault::profile_missing)) return nobody_page();
  if (faults.active(Fault::profile_500)) return html_page("<html><body>Oops</body></html>", 500);
  const json::object user = user_json(room, base);
  if (faults.active(Fault::profile_elements)) return elements_page(user);
  if (faults.active(Fault::profile_sigi)) {
    json::object users;
    users[room.user()] = user;
    return script_page("SIGI_STATE", {{"UserModule", {{"users", users}}}});
  }
  json::object info;
  info["user"] = user;
  info["stats"] = {
      {"followerCount", 12345}, {"followingCount", 67}, {"heartCount", 987654}, {"videoCount", 42}};
  return universal_page({{"userInfo", std::move(info)}, {"statusCode", 0}, {"statusMsg", ""}});
}

Task<Result<Response>> get_profile_page(Simulator& simulator, Exchange& exchange) {
  ++simulator.profile_pages;
  Room* room = simulator.find_user(exchange.params.values[0]);
  if (!room) co_return nobody_page();
  if (room->faults().active(Fault::profile_hangs)) co_await simulator.pause(exchange.executor, for_ever);
  co_return profile_page(*room, simulator.web_base(exchange.request));
}

/// Returns a PNG whose header claims more pixels than any program should decode.
std::string picture_bomb(std::uint64_t id) {
  std::string png = draw_png(id);
  for (const std::size_t at : {16, 20}) png.replace(at, 4, std::string("\0\1\0\0", 4));
  return png;
}

Response picture_of(std::string bytes, std::string_view type) {
  Response response(std::move(bytes));
  response.content_type = type;
  response.headers.emplace_back("Cache-Control", "max-age=86400");
  return response;
}

Response faulty_picture(const Faults& faults, std::uint64_t id) {
  constexpr std::size_t six_mib = 6 * 1024 * 1024;
  if (faults.active(Fault::picture_404)) return picture_of("gone", "text/plain");
  if (faults.active(Fault::picture_huge))
    return picture_of(draw_png(id) + std::string(six_mib, 'x'), "image/png");
  if (faults.active(Fault::picture_empty)) return picture_of("", "image/png");
  if (faults.active(Fault::picture_html))
    return picture_of("<!DOCTYPE html><html><body>" + std::string(200, 'x') + "</body></html>", "image/jpeg");
  if (faults.active(Fault::picture_svg)) {
    return picture_of("<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script>" +
                          std::string(200, ' ') + "</svg>",
                      "image/svg+xml");
  }
  if (faults.active(Fault::picture_bomb)) return picture_of(picture_bomb(id), "image/png");
  return picture_of(draw_png(id), "image/png");
}

Room* room_of_host(const Simulator& simulator, std::uint64_t id) {
  for (const auto& room : simulator.rooms()) {
    if (std::cmp_equal(room->host().id, id)) return room.get();
  }
  return nullptr;
}

Task<Result<Response>> get_picture(Simulator& simulator, Exchange& exchange) {
  ++simulator.pictures;
  const std::string_view file = exchange.params.values[0];
  const auto dot = file.rfind('.');
  const auto id = parse_uint(file.substr(0, dot));
  if (!id || dot == std::string_view::npos || file.substr(dot) != ".png")
    co_return Error(ErrorCode::not_found, "pictures are {id}.png");
  Room* room = room_of_host(simulator, *id);
  if (!room) co_return picture_of(draw_png(*id), "image/png");
  if (room->faults().active(Fault::picture_hangs)) co_await simulator.pause(exchange.executor, for_ever);
  Response response = faulty_picture(room->faults(), *id);
  if (room->faults().active(Fault::picture_404)) response.status = 404;
  if (room->faults().active(Fault::picture_private)) {
    response.status = 302;
    response.headers.emplace_back("Location", "http://169.254.169.254/latest/meta-data/");
  }
  co_return response;
}

}  // namespace

void add_profile_routes(RouteList& routes, Simulator& simulator) {
  add_both(
      routes, http::Method::get, "/@{name}", "Profile page",
      http::TaskHandler([&simulator](Exchange& exchange) { return get_profile_page(simulator, exchange); }));
  for (const std::string path : {"/sim/avatar/{file}", "/sim/gift/{file}"}) {
    http::Route route;
    route.path = path;
    route.summary = "A drawn picture";
    route.handler =
        http::TaskHandler([&simulator](Exchange& exchange) { return get_picture(simulator, exchange); });
    routes.push_back(std::move(route));
  }
}

}  // namespace papi::sim
