#include "profiles/profile_service.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "platform/base/sha256.hpp"
#include "profiles/drawn_avatar.hpp"
#include "profiles/initials.hpp"

namespace papi::profiles {
namespace {

Image drawn(std::string svg) {
  Image image;
  image.header = {ImageType::svg, 256, 256};
  image.bytes = std::move(svg);
  image.hash = sha256_hex(image.bytes);
  return image;
}

std::string_view to_string(CircuitBreaker::State state) {
  switch (state) {
    case CircuitBreaker::State::closed:
      return "closed";
    case CircuitBreaker::State::open:
      return "open";
    case CircuitBreaker::State::half_open:
      break;
  }
  return "half_open";
}

}  // namespace

ProfileService::ProfileService(const Dependencies& deps, const ProfileOptions& options)
    : deps_(deps), options_(options), tasks_(deps.executor, [&log = deps.log](std::exception_ptr) {
        log.error("A profile look-up ended with an exception");
      }) {
  states_.reserve(source_count);
  for (std::size_t i = 0; i < source_count; ++i)
    states_.push_back(
        {nullptr, CircuitBreaker(CircuitBreaker::Limits(), deps_.clock, deps_.random), 0, 0, 0});
  state_of(Source::scraper).remote = deps_.scraper;
  state_of(Source::generator).remote = deps_.generator;
  for (const Source source : {Source::scraper, Source::generator}) {
    if (state_of(source).remote && options_.of(source).enabled) remotes_.push_back(source);
  }
  std::stable_sort(remotes_.begin(), remotes_.end(),
                   [this](Source a, Source b) { return options_.of(a).priority > options_.of(b).priority; });
}

Source ProfileService::drawing() const {
  const SourceSettings& generator = options_.of(Source::generator);
  const bool faces = generator.enabled && generator.priority >= options_.of(Source::initials).priority;
  return faces ? Source::generator : Source::initials;
}

EntryPtr ProfileService::cached(const Username& username) {
  EntryPtr entry = deps_.cache.find(username.text());
  if (entry && entry->profile.due(deps_.clock.now_ms()) && !entry->refresh_asked.exchange(true))
    net::post(deps_.executor, [this, username] { refresh_behind(username); });
  return entry;
}

Task<Result<EntryPtr>> ProfileService::find(Username username) {
  if (EntryPtr entry = cached(username)) co_return entry;
  co_return co_await join_lookup(std::move(username), false);
}

Task<bool> ProfileService::revalidate(Username username) {
  // A look-up in progress may only read the store, so it is awaited first.
  if (lookups_.contains(username.text())) co_await join_lookup(username, false);
  const auto entry = co_await join_lookup(std::move(username), true);
  co_return entry && !(*entry)->profile.better_source_failed;
}

void ProfileService::refresh_behind(Username username) {
  if (stopping_ || refreshes_ >= options_.max_refreshes || lookups_.contains(username.text())) {
    // No refresh now. The next caller may start one.
    if (EntryPtr entry = deps_.cache.find(username.text())) entry->refresh_asked = false;
    return;
  }
  ++refreshes_;
  lookups_.emplace(username.text(), std::make_shared<SharedLookup>());
  tasks_.spawn([](ProfileService& self, Username name) -> Task<void> {
    co_await self.run_lookup(name, true);
    --self.refreshes_;
  }(*this, std::move(username)));
}

/// Joins the look-up of the name, or starts it. There is one look-up per name, and all its callers get its
/// result.
Task<Result<EntryPtr>> ProfileService::join_lookup(Username username, bool forced) {
  Promise<Result<EntryPtr>> completion(deps_.executor);
  auto& lookup = lookups_[username.text()];
  const bool first = !lookup;
  if (first) lookup = std::make_shared<SharedLookup>();
  lookup->waiters.push_back(completion);
  if (first) tasks_.spawn(run_lookup(std::move(username), forced));
  co_return co_await completion.get();
}

Task<void> ProfileService::run_lookup(Username username, bool forced) {
  Result<EntryPtr> entry = Error(ErrorCode::internal, "The profile could not be looked up");
  try {
    entry = co_await look_up(username, forced);
  } catch (const std::exception& escaped) {  // the waiters must get an answer
    deps_.log.error("A profile look-up ended with an exception", {{"reason", escaped.what()}});
  }
  const auto lookup = lookups_.extract(username.text());
  for (const auto& waiter : lookup.mapped()->waiters) waiter.set(entry);
}

/// Returns the profile from memory or the store, or nullptr if it is unknown. Changes nothing.
Task<Result<EntryPtr>> ProfileService::known_of(const Username& username) {
  if (EntryPtr entry = deps_.cache.find(username.text())) co_return entry;
  CO_TRY(std::optional<EntryPtr> stored, co_await deps_.store.find(deps_.executor, username.text()));
  co_return stored ? std::move(*stored) : EntryPtr();
}

/// Does the same and puts the result into memory. The caller must hold the name, because the result could be
/// outdated otherwise.
Task<Result<EntryPtr>> ProfileService::from_store(const Username& username) {
  CO_TRY(EntryPtr known, co_await known_of(username));
  if (known) deps_.cache.put(known);
  co_return known;
}

/// Waits until no look-up of the name is in progress. Later callers then wait for unlock_name().
Task<void> ProfileService::lock_name(const Username& username) {
  while (lookups_.contains(username.text())) co_await join_lookup(username, false);
  lookups_.emplace(username.text(), std::make_shared<SharedLookup>());
}

/// Unlocks the name on every exit, because others wait for it.
class ProfileService::NameUnlock {
 public:
  NameUnlock(ProfileService& service, const Username& username) : service_(service), username_(username) {}
  ~NameUnlock() { service_.unlock_name(username_); }
  NameUnlock(const NameUnlock&) = delete;
  NameUnlock& operator=(const NameUnlock&) = delete;

 private:
  ProfileService& service_;
  const Username& username_;
};

void ProfileService::unlock_name(const Username& username) {
  const auto lookup = lookups_.find(username.text());
  if (lookup->second->waiters.empty()) {
    lookups_.erase(lookup);
  } else {
    tasks_.spawn(run_lookup(username, false));
  }
}

Task<Result<EntryPtr>> ProfileService::look_up(Username username, bool forced) {
  auto stored = co_await from_store(username);
  // A profile can be made without the database. The sources are asked as for an unknown person.
  if (!stored) deps_.log.error("A profile could not be read", {{"username", username.text()}});
  EntryPtr known = stored ? std::move(*stored) : EntryPtr();
  if (known && !forced) {
    // A stored profile is returned at once. If it is due, it is refreshed in the background.
    if (known->profile.due(deps_.clock.now_ms()) && !known->refresh_asked.exchange(true))
      net::post(deps_.executor, [this, username] { refresh_behind(username); });
    co_return known;
  }
  auto entry = co_await ask_sources(username, known);
  if (!entry && known) known->refresh_asked = false;
  co_return entry;
}

/// Puts the entry into memory at once, so that the next look-up builds on it. Then stores it. The jobs of the
/// store run in the same order.
Task<void> ProfileService::keep(EntryPtr entry) {
  deps_.cache.put(entry);
  // A profile can be used without being stored. The next look-up tries to store it again.
  if (auto saved = co_await deps_.store.save(deps_.executor, entry); !saved)
    deps_.log.error("A profile could not be stored", {{"username", entry->profile.username}});
}

Task<Result<EntryPtr>> ProfileService::ask_sources(Username username, EntryPtr known) {
  const UnixMs now = deps_.clock.now_ms();
  const bool stands = known && !known->profile.expired(now);
  LookupResult result = co_await ask_remotes(username, stands ? known->profile.priority : 0);
  if (result.image && known && !may_replace(known->profile, options_.of(result.source).priority, now))
    result.image.reset();
  // If a better source fails for the moment, a real picture is not replaced by one of a lower source.
  const bool has_face =
      known && (known->profile.source == Source::live || known->profile.source == Source::scraper);
  if (result.image && has_face && result.failed &&
      options_.of(result.source).priority < known->profile.priority)
    result.image.reset();
  const bool stays =
      !result.image && known &&
      (!may_replace(known->profile, options_.of(drawing()).priority, now) || (has_face && result.failed));
  if (result.nickname.empty() && known && known->profile.nickname != username.text())
    result.nickname = known->profile.nickname;
  if (!result.image && !stays) draw(result, username);
  Profile profile = profile_of(username, result, known);
  std::shared_ptr<const Image> image;
  if (stays || (known && known->profile.image_hash == profile.image_hash)) {
    image = known->image;
  } else {
    image = std::make_shared<const Image>(std::move(*result.image));
  }
  auto entry = std::make_shared<const ProfileEntry>(std::move(profile), std::move(image));
  co_await keep(entry);
  co_return entry;
}

Task<bool> ProfileService::wants_live(Username username) {
  const SourceSettings& live = options_.of(Source::live);
  const auto known = co_await known_of(username);
  if (!known) co_return false;  // without the store nothing is known to compare with
  if (!*known) co_return true;
  const Profile& profile = (*known)->profile;
  const UnixMs now = deps_.clock.now_ms();
  if (profile.source != Source::live) co_return may_replace(profile, live.priority, now);
  co_return now - profile.cached_at >= std::min(options_.live_recheck_ms, live.lifetime_ms);
}

Task<void> ProfileService::accept_live_avatar(Username username, std::string nickname, Image image,
                                              std::uint64_t seen_at) {
  // The picture was fetched, whether or not it is taken over: the host works.
  SourceState& state = state_of(Source::live);
  ++state.asked;
  state.last_success = deps_.clock.now_ms();
  state.breaker.succeeded();
  co_await lock_name(username);
  const NameUnlock then(*this, username);
  co_await accept_locked(username, std::move(nickname), std::move(image), seen_at);
}

Task<void> ProfileService::accept_locked(Username username, std::string nickname, Image image,
                                         std::uint64_t seen_at) {
  if (erased_since(username, seen_at)) co_return;
  const auto known = co_await from_store(username);
  if (!known) co_return;
  LookupResult result;
  result.nickname = std::move(nickname);
  result.source = Source::live;
  result.image = std::move(image);
  const UnixMs now = deps_.clock.now_ms();
  if (*known && !may_replace((*known)->profile, options_.of(Source::live).priority, now)) co_return;
  Profile profile = profile_of(username, result, *known);
  auto picture = std::make_shared<const Image>(std::move(*result.image));
  auto entry = std::make_shared<const ProfileEntry>(std::move(profile), std::move(picture));
  co_await keep(std::move(entry));
}

/// Asks the remote sources with at least this priority in order, until one has a picture. All of them
/// together get the timeout of the first.
Task<ProfileService::LookupResult> ProfileService::ask_remotes(Username username, std::int64_t at_least) {
  LookupResult result;
  std::optional<std::chrono::steady_clock::time_point> deadline;
  for (const Source source : remotes_) {
    const SourceSettings& settings = options_.of(source);
    SourceState& state = state_of(source);
    // A drawn picture never fails. So no source below it needs to be asked.
    if (settings.priority < std::max(at_least, options_.of(drawing()).priority)) continue;
    if (!deadline) deadline = deps_.clock.steady() + settings.timeout;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*deadline - deps_.clock.steady());
    auto fetched = co_await ask(state, username, std::min(left, settings.timeout));
    if (fetched && result.nickname.empty()) result.nickname = std::move(fetched->nickname);
    if (!fetched || fetched->trouble) {
      // If a better source has given a sure answer, a failure of a lower one does not count.
      result.failed = result.failed || !result.negative;
      continue;
    }
    if (!fetched->image) {
      result.negative = true;
      continue;
    }
    result.image = std::move(fetched->image);
    result.source = source;
    break;
  }
  co_return result;
}

Task<Result<FetchedProfile>> ProfileService::ask(SourceState& state, Username username,
                                                 std::chrono::milliseconds budget) {
  if (sources_stopped_) co_return Error(ErrorCode::unavailable, "the service is stopping");
  if (budget.count() <= 0) co_return Error(ErrorCode::unavailable, "no time is left");
  if (!state.breaker.may_try()) co_return Error(ErrorCode::unavailable, "the source is failing");
  auto fetched = co_await state.remote->fetch(deps_.executor, std::move(username), budget);
  if (!fetched && fetched.error().code == ErrorCode::unavailable) {
    state.breaker.gave_up();
    co_return fetched;
  }
  ++state.asked;
  std::optional<Error> trouble;
  if (!fetched) trouble = fetched.error();
  if (fetched) trouble = fetched->trouble;
  if (!trouble) {
    state.breaker.succeeded();
    state.last_success = deps_.clock.now_ms();
    co_return fetched;
  }
  ++state.failed;
  if (trouble->code == ErrorCode::not_found) {
    state.breaker.succeeded();  // only this person failed, not the source
  } else {
    state.breaker.failed(trouble->code == ErrorCode::blocked);
  }
  deps_.log.info("Profile source failed", {{"reason", trouble->message}});
  co_return fetched;
}

void ProfileService::draw(LookupResult& result, const Username& username) const {
  result.source = drawing();
  result.image = drawn(result.source == Source::generator ? draw_face(username.text())
                                                          : draw_initials(username.text(), result.nickname));
}

Profile ProfileService::profile_of(const Username& username, const LookupResult& result,
                                   const EntryPtr& known) const {
  const UnixMs now = deps_.clock.now_ms();
  Profile profile;
  if (known) profile = known->profile;
  profile.username = username.text();
  if (!result.nickname.empty()) profile.nickname = result.nickname;
  if (profile.nickname.empty()) profile.nickname = username.text();
  if (result.image) {
    const SourceSettings& settings = options_.of(result.source);
    profile.source = result.source;
    profile.priority = settings.priority;
    profile.image_hash = result.image->hash;
    profile.cached_at = now;
    profile.expires_at = now + settings.lifetime_ms;
  }
  profile.better_source_failed = result.failed;
  profile.look_again_at = 0;
  if (result.failed) {
    profile.look_again_at = now + deps_.random.between(options_.retry_ms * 3 / 4, options_.retry_ms * 5 / 4);
  } else if (result.negative) {
    profile.look_again_at = now + options_.negative_ms;
  }
  return profile;
}

bool ProfileService::live_may_try() { return state_of(Source::live).breaker.may_try(); }

void ProfileService::live_failed(bool for_now) {
  SourceState& state = state_of(Source::live);
  ++state.asked, ++state.failed;
  for_now ? state.breaker.failed() : state.breaker.gave_up();
}

Task<Result<bool>> ProfileService::erase(Username username) {
  constexpr std::size_t remembered = 1'000;
  // A live picture that was seen before this and is still waiting must not be stored any more.
  erased_.emplace_back(++erasures_, username.text());
  if (erased_.size() > remembered) erased_.pop_front();
  // Work in progress could restore the person, and so could a look-up that reads the store meanwhile. So new
  // look-ups wait.
  co_await lock_name(username);
  deps_.cache.erase(username.text());
  const NameUnlock then(*this, username);
  co_return co_await deps_.store.erase(deps_.executor, username.text());
}

bool ProfileService::erased_since(const Username& username, std::uint64_t seen_at) const {
  // If older erasures are no longer in the list, the person may be among them.
  if (!erased_.empty() && erased_.front().first > seen_at + 1) return true;
  return std::any_of(erased_.begin(), erased_.end(), [&](const auto& entry) {
    return entry.first > seen_at && entry.second == username.text();
  });
}

Task<Result<std::size_t>> ProfileService::clear_expired() {
  const UnixMs now = deps_.clock.now_ms();
  std::size_t count = 0;
  for (;;) {
    CO_TRY(const std::vector<std::string> names, co_await deps_.store.erase_expired(deps_.executor, now));
    if (names.empty()) co_return count;
    count += names.size();
    for (const std::string& name : names) {
      // If the profile was refreshed during the deletion, the new one has been stored after it and stays.
      const EntryPtr entry = deps_.cache.find(name);
      if (entry && entry->profile.expires_at <= now) deps_.cache.erase(name);
    }
  }
}

Task<void> ProfileService::stop() {
  stopping_ = true;
  co_await tasks_.join();
}

std::vector<SourceHealth> ProfileService::health() const {
  std::vector<SourceHealth> out;
  for (std::size_t i = 0; i < source_count; ++i) {
    const SourceState& state = states_[i];
    SourceHealth health;
    health.source = static_cast<Source>(i);
    health.enabled = options_.sources[i].enabled;
    health.asked = state.asked;
    health.failed = state.failed;
    health.last_success = state.last_success;
    health.breaker = to_string(state.breaker.state());
    out.push_back(health);
  }
  return out;
}

}  // namespace papi::profiles
