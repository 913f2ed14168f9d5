#pragma once

// The routes of the simulator, by the host that they simulate. `simulator` must outlive them.

#include <boost/json/object.hpp>
#include <vector>

#include "platform/http/route_table.hpp"
#include "sim/simulator.hpp"

namespace papi::sim {

using RouteList = std::vector<http::Route>;

void add_page_routes(RouteList& routes, Simulator& simulator);       // www.tiktok.com
void add_profile_routes(RouteList& routes, Simulator& simulator);    // www.tiktok.com: people and pictures
void add_webcast_routes(RouteList& routes, Simulator& simulator);    // webcast.tiktok.com, without the socket
void add_sign_routes(RouteList& routes, Simulator& simulator);       // the sign server
void add_socket_routes(RouteList& routes, Simulator& simulator);     // webcast-ws.tiktok.com
void add_control_routes(RouteList& routes, Simulator& simulator);    // /sim/…, for tests
void add_own_event_routes(RouteList& routes, Simulator& simulator);  // /sim/comment, gift, like and follow
void add_short_link_routes(
    RouteList& routes,
    Simulator& simulator);  // vm.tiktok.com; add it last, because /{code} matches many paths

/// Returns all routes.
http::RouteTable routes_of(Simulator& simulator);

/// Adds the route with and without a trailing slash, because clients differ.
void add_both(RouteList& routes, http::Method method, std::string path, std::string summary,
              std::variant<http::DirectHandler, http::TaskHandler> handler);

http::Response json_answer(const json::object& value, unsigned status = 200);
std::string query_or(const http::Request& request, std::string_view name, std::string_view fallback = "");
/// Returns the host of a room as the web calls describe it, for `data.user`, `owner` and similar members.
json::object host_json(const Room& room, const std::string& web_base);

/// Returns whether the text has the form of a TikTok name.
bool is_username(std::string_view text);

/// Returns the room of the query's `user`. If there is only one room, `user` may be left out.
Result<Room*> room_of(const Simulator& simulator, const http::Request& request);

/// Returns a fetch result with a socket address that is signed for this request.
webcast::FetchResult signed_result(Simulator& simulator, Room& room, const http::Request& request,
                                   const SignedAddress*& address);

}  // namespace papi::sim
