#include "profiles/picture_routes.hpp"

#include "access/rate_rules.hpp"
#include "platform/base/sha256.hpp"
#include "platform/http/picture.hpp"
#include "profiles/initials.hpp"
#include "profiles/profile_picture.hpp"

namespace papi::profiles {
namespace {

using http::Exchange;
using http::Response;

http::Picture drawn_picture(const SeenPerson& person) {
  std::string colour_of = person.username.empty() ? person.nickname : person.username;
  std::string shown = person.nickname.empty() ? person.username : person.nickname;
  if (shown.empty()) {
    colour_of = std::to_string(person.user_id.value());
    shown = "?";
  }
  std::string svg = draw_initials(colour_of, shown);
  std::string tag = sha256_hex(svg).substr(0, avatar_tag_length);
  return {content_type(ImageType::svg), std::make_shared<const std::string>(std::move(svg)), std::move(tag)};
}

/// Returns the known profile, or nullptr. Asks no source.
Task<Result<EntryPtr>> known_profile(ProfileService& profiles, Executor executor, const SeenPerson& person) {
  const auto username = Username::parse(person.username);
  if (!username) co_return EntryPtr();
  if (EntryPtr entry = profiles.in_memory(*username)) co_return entry;
  CO_TRY(std::optional<EntryPtr> stored, co_await profiles.store().find(executor, username->text()));
  co_return stored ? std::move(*stored) : EntryPtr();
}

Task<Result<Response>> get_picture(const PictureRouteDependencies& deps, Exchange& exchange) {
  const Error nobody(ErrorCode::not_found, "There is no picture of that key");
  const auto user_id = deps.keys.user_of(exchange.params.values[0]);
  // A person in memory is not charged, because an overlay requests the picture of everybody who writes.
  const bool free = user_id && deps.people.is_remembered(*user_id);
  if (!free) {
    if (auto refused = exchange.charge(rate_rule::api)) co_return *refused;
  }
  if (!user_id) co_return nobody;
  CO_TRY(const std::optional<SeenPerson> person, co_await deps.people.find(exchange.executor, *user_id));
  if (!person) co_return nobody;
  CO_TRY(const EntryPtr entry, co_await known_profile(deps.profiles, exchange.executor, *person));
  const http::Picture picture = entry ? picture_of(entry) : drawn_picture(*person);
  co_return http::picture_response(exchange.request, picture, "public, max-age=300");
}

}  // namespace

http::Route picture_route(const PictureRouteDependencies& deps) {
  http::TaskHandler handler = [deps](Exchange& exchange) { return get_picture(deps, exchange); };
  return {.method = http::Method::get,
          .path = "/pictures/{key}",
          .permission = Permission::none,
          .summary = "The picture of a person who was seen in an event",
          .handler = std::move(handler),
          .charged_late = true};
}

}  // namespace papi::profiles
