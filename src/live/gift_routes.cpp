#include "live/gift_routes.hpp"

#include <algorithm>

#include "access/permissions.hpp"
#include "access/rate_rules.hpp"
#include "platform/base/json_writer.hpp"

namespace papi::live {
namespace {

using http::Exchange;
using http::Response;

Task<Result<Response>> get_gifts(const GiftRouteDependencies& deps, Exchange&) {
  CO_TRY(const GiftList::Answer answer, co_await run_on(deps.executor, deps.gifts.all()));
  std::string json;
  json.reserve(answer.gifts->size() * 256);
  JsonWriter out(json);
  out.open();
  out.open_array("gifts");
  for (const KnownGift& gift : *answer.gifts) {
    out.open();
    out.id_field("id", gift.id);
    out.field("name", gift.name);
    out.field("diamonds", gift.diamonds);
    out.field("image_url", gift.image_url);
    out.field("streakable", gift.streakable);
    out.close();
  }
  out.close_array();
  out.field("total", answer.gifts->size());
  out.field("updated_at", rfc3339(answer.updated_at));
  out.close();
  co_return Response(std::move(json));
}

/// Returns the URL of the gift's picture, or an empty string if it has none.
std::string image_url_of(const GiftNames::Snapshot& gifts, std::int64_t id) {
  const auto found =
      std::lower_bound(gifts->begin(), gifts->end(), id,
                       [](const KnownGift& gift, std::int64_t wanted) { return gift.id < wanted; });
  return found == gifts->end() || found->id != id ? std::string() : found->image_url;
}

/// Returns the picture if it is in memory. That costs nothing, so it is not rate limited.
Task<std::optional<http::Picture>> picture_at_hand(const GiftRouteDependencies& deps, std::int64_t id) {
  const auto gifts = co_await run_on(deps.executor, deps.gifts.known());
  std::string url = image_url_of(gifts, id);
  if (url.empty()) co_return std::nullopt;
  co_return co_await deps.pictures.kept(std::move(url));
}

Task<Result<Response>> get_gift_image(const GiftRouteDependencies& deps, Exchange& exchange) {
  constexpr const char* cache_control = "private, max-age=86400";
  const Error unknown(ErrorCode::not_found, "There is no gift of that id with a picture");
  const auto id = parse_int(exchange.params.values[0]);
  if (id) {
    if (const auto picture = co_await picture_at_hand(deps, *id))
      co_return http::picture_response(exchange.request, *picture, cache_control);
  }
  if (auto refused = exchange.charge(rate_rule::api)) co_return *refused;
  if (!id) co_return unknown;
  CO_TRY(const GiftList::Answer answer, co_await run_on(deps.executor, deps.gifts.all()));
  const std::string url = image_url_of(answer.gifts, *id);
  if (url.empty()) co_return unknown;
  CO_TRY(const http::Picture picture, co_await deps.pictures.fetch(url));
  co_return http::picture_response(exchange.request, picture, cache_control);
}

}  // namespace

std::vector<http::Route> gift_routes(const GiftRouteDependencies& deps) {
  using http::Method;
  http::TaskHandler list = [deps](Exchange& exchange) { return get_gifts(deps, exchange); };
  http::TaskHandler image = [deps](Exchange& exchange) { return get_gift_image(deps, exchange); };
  std::vector<http::Route> routes;
  routes.push_back({.method = Method::get,
                    .path = "/gifts",
                    .permission = permission::read,
                    .summary = "The platform's gifts with their prices",
                    .handler = std::move(list)});
  routes.push_back({.method = Method::get,
                    .path = "/gifts/{id}/image",
                    .permission = permission::read,
                    .summary = "A gift's picture",
                    .handler = std::move(image),
                    .query_credentials = true,
                    .charged_late = true,
                    .scoped_credentials = true});
  return routes;
}

}  // namespace papi::live
