#include "profiles/profile_service.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "platform/base/sha256.hpp"
#include "profiles/drawn_face.hpp"
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

ProfileService::ProfileService(const Parts& parts, const ProfileOptions& options)
    : parts_(parts), options_(options), tasks_(parts.executor, [&log = parts.log](std::exception_ptr) {
        log.error("A profile look-up ended with an exception");
      }) {
  states_.reserve(source_count);
  for (std::size_t i = 0; i < source_count; ++i)
    states_.push_back(
        {nullptr, CircuitBreaker(CircuitBreaker::Limits(), parts_.clock, parts_.random), 0, 0, 0});
  state_of(Source::scraper).remote = parts_.scraper;
  state_of(Source::generator).remote = parts_.generator;
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
  EntryPtr entry = parts_.cache.find(username.text());
  if (entry && entry->profile.due(parts_.clock.now_ms()) && !entry->refresh_asked.exchange(true))
    net::post(parts_.executor, [this, username] { refresh_behind(username); });
  return entry;
}

Task<Result<EntryPtr>> ProfileService::find(Username username) {
  if (EntryPtr entry = cached(username)) co_return entry;
  co_return co_await join_flight(std::move(username), false);
}

Task<bool> ProfileService::revalidate(Username username) {
  // What is under way may only be reading the store.
  if (flights_.contains(username.text())) co_await join_flight(username, false);
  const auto entry = co_await join_flight(std::move(username), true);
  co_return entry && !(*entry)->profile.better_source_failed;
}

void ProfileService::refresh_behind(Username username) {
  if (stopping_ || refreshes_ >= options_.max_refreshes || flights_.contains(username.text())) {
    // Not now: whoever asks next may ask for it again.
    if (EntryPtr entry = parts_.cache.find(username.text())) entry->refresh_asked = false;
    return;
  }
  ++refreshes_;
  flights_.emplace(username.text(), std::make_shared<Flight>());
  tasks_.spawn([](ProfileService& self, Username name) -> Task<void> {
    co_await self.fly(name, true);
    --self.refreshes_;
  }(*this, std::move(username)));
}

/// One look-up per name: who comes while it runs gets its answer.
Task<Result<EntryPtr>> ProfileService::join_flight(Username username, bool forced) {
  Completion<Result<EntryPtr>> completion(parts_.executor);
  auto& flight = flights_[username.text()];
  const bool first = !flight;
  if (first) flight = std::make_shared<Flight>();
  flight->waiters.push_back(completion);
  if (first) tasks_.spawn(fly(std::move(username), forced));
  co_return co_await completion.get();
}

Task<void> ProfileService::fly(Username username, bool forced) {
  Result<EntryPtr> entry = Error(ErrorCode::internal, "The profile could not be looked up");
  try {
    entry = co_await look_up(username, forced);
  } catch (const std::exception& escaped) {  // those who wait must get an answer
    parts_.log.error("A profile look-up ended with an exception", {{"reason", escaped.what()}});
  }
  const auto flight = flights_.extract(username.text());
  for (const auto& waiter : flight.mapped()->waiters) waiter.set(entry);
}

/// From memory or the store; nothing: unknown. Changes nothing.
Task<Result<EntryPtr>> ProfileService::known_of(const Username& username) {
  if (EntryPtr entry = parts_.cache.find(username.text())) co_return entry;
  CO_TRY(std::optional<EntryPtr> stored, co_await parts_.store.find(parts_.executor, username.text()));
  co_return stored ? std::move(*stored) : EntryPtr();
}

/// The same, and then it is in memory. Only by who holds the name: else what it read may be old by then.
Task<Result<EntryPtr>> ProfileService::from_store(const Username& username) {
  CO_TRY(EntryPtr known, co_await known_of(username));
  if (known) parts_.cache.put(known);
  co_return known;
}

/// Waits until nothing is under way for a name; who comes after this waits for release().
Task<void> ProfileService::hold(const Username& username) {
  while (flights_.contains(username.text())) co_await join_flight(username, false);
  flights_.emplace(username.text(), std::make_shared<Flight>());
}

/// Whatever happens to who holds a name, others wait for it.
class ProfileService::Release {
 public:
  Release(ProfileService& service, const Username& username) : service_(service), username_(username) {}
  ~Release() { service_.release(username_); }
  Release(const Release&) = delete;
  Release& operator=(const Release&) = delete;

 private:
  ProfileService& service_;
  const Username& username_;
};

void ProfileService::release(const Username& username) {
  const auto flight = flights_.find(username.text());
  if (flight->second->waiters.empty()) {
    flights_.erase(flight);
  } else {
    tasks_.spawn(fly(username, false));
  }
}

Task<Result<EntryPtr>> ProfileService::look_up(Username username, bool forced) {
  auto stored = co_await from_store(username);
  // Who a person is can be said without a disk: the sources are asked as for somebody unknown.
  if (!stored) parts_.log.error("A profile could not be read", {{"username", username.text()}});
  EntryPtr known = stored ? std::move(*stored) : EntryPtr();
  if (known && !forced) {
    // What is stored is answered at once; it is refreshed behind if it is due.
    if (known->profile.due(parts_.clock.now_ms()) && !known->refresh_asked.exchange(true))
      net::post(parts_.executor, [this, username] { refresh_behind(username); });
    co_return known;
  }
  auto entry = co_await ask_sources(username, known);
  if (!entry && known) known->refresh_asked = false;
  co_return entry;
}

/// In memory at once, so that who comes next builds on it; the store's jobs keep that order.
Task<void> ProfileService::keep(EntryPtr entry) {
  parts_.cache.put(entry);
  // Who a person is can be said without a disk; the next look-up tries to store it again.
  if (auto saved = co_await parts_.store.save(parts_.executor, entry); !saved)
    parts_.log.error("A profile could not be stored", {{"username", entry->profile.username}});
}

Task<Result<EntryPtr>> ProfileService::ask_sources(Username username, EntryPtr known) {
  const UnixMs now = parts_.clock.now_ms();
  const bool stands = known && !known->profile.expired(now);
  Findings findings = co_await remote_findings(username, stands ? known->profile.priority : 0);
  if (findings.image && known && !may_replace(known->profile, options_.of(findings.source).priority, now))
    findings.image.reset();
  // A face is not given up for a drawing because a source fails for the moment.
  const bool has_face =
      known && (known->profile.source == Source::live || known->profile.source == Source::scraper);
  if (findings.image && has_face && findings.failed &&
      options_.of(findings.source).priority < known->profile.priority)
    findings.image.reset();
  const bool stays =
      !findings.image && known &&
      (!may_replace(known->profile, options_.of(drawing()).priority, now) || (has_face && findings.failed));
  if (findings.nickname.empty() && known && known->profile.nickname != username.text())
    findings.nickname = known->profile.nickname;
  if (!findings.image && !stays) draw(findings, username);
  Profile profile = profile_of(username, findings, known);
  std::shared_ptr<const Image> image;
  if (stays || (known && known->profile.image_hash == profile.image_hash)) {
    image = known->image;
  } else {
    image = std::make_shared<const Image>(std::move(*findings.image));
  }
  auto entry = std::make_shared<const ProfileEntry>(std::move(profile), std::move(image));
  co_await keep(entry);
  co_return entry;
}

Task<bool> ProfileService::wants_live(Username username) {
  const SourceSettings& live = options_.of(Source::live);
  const auto known = co_await known_of(username);
  if (!known) co_return false;  // without the store there is nothing to build on
  if (!*known) co_return true;
  const Profile& profile = (*known)->profile;
  const UnixMs now = parts_.clock.now_ms();
  if (profile.source != Source::live) co_return may_replace(profile, live.priority, now);
  co_return now - profile.cached_at >= std::min(options_.live_recheck_ms, live.lifetime_ms);
}

Task<void> ProfileService::adopt(Username username, std::string nickname, Image image,
                                 std::uint64_t seen_at) {
  co_await hold(username);
  const Release then(*this, username);
  co_await adopt_held(username, std::move(nickname), std::move(image), seen_at);
}

Task<void> ProfileService::adopt_held(Username username, std::string nickname, Image image,
                                      std::uint64_t seen_at) {
  if (forgotten_since(username, seen_at)) co_return;
  const auto known = co_await from_store(username);
  if (!known) co_return;
  Findings findings;
  findings.nickname = std::move(nickname);
  findings.source = Source::live;
  findings.image = std::move(image);
  const UnixMs now = parts_.clock.now_ms();
  if (*known && !may_replace((*known)->profile, options_.of(Source::live).priority, now)) co_return;
  Profile profile = profile_of(username, findings, *known);
  auto picture = std::make_shared<const Image>(std::move(*findings.image));
  auto entry = std::make_shared<const ProfileEntry>(std::move(profile), std::move(picture));
  SourceState& state = state_of(Source::live);
  ++state.asked;
  state.last_success = now;
  state.breaker.succeeded();
  co_await keep(std::move(entry));
}

/// Asks the remote sources in their order, those of at least that priority, until one has a picture. All of
/// them together get the time of the first.
Task<ProfileService::Findings> ProfileService::remote_findings(Username username, std::int64_t at_least) {
  Findings findings;
  std::optional<std::chrono::steady_clock::time_point> deadline;
  for (const Source source : remotes_) {
    const SourceSettings& settings = options_.of(source);
    SourceState& state = state_of(source);
    // What is drawn here never fails: nobody below it need be asked.
    if (settings.priority < std::max(at_least, options_.of(drawing()).priority)) continue;
    if (!deadline) deadline = parts_.clock.steady() + settings.timeout;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(*deadline - parts_.clock.steady());
    auto portrait = co_await ask(state, username, std::min(left, settings.timeout));
    if (portrait && findings.nickname.empty()) findings.nickname = std::move(portrait->nickname);
    if (!portrait || portrait->trouble) {
      // What a better source has said for sure is not in doubt because a lesser one fails.
      findings.failed = findings.failed || !findings.negative;
      continue;
    }
    if (!portrait->image) {
      findings.negative = true;
      continue;
    }
    findings.image = std::move(portrait->image);
    findings.source = source;
    break;
  }
  co_return findings;
}

Task<Result<Portrait>> ProfileService::ask(SourceState& state, Username username,
                                           std::chrono::milliseconds budget) {
  if (no_more_) co_return Error(ErrorCode::unavailable, "the service is stopping");
  if (budget.count() <= 0) co_return Error(ErrorCode::unavailable, "no time is left");
  if (!state.breaker.may_try()) co_return Error(ErrorCode::unavailable, "the source is failing");
  auto portrait = co_await state.remote->fetch(parts_.executor, std::move(username), budget);
  if (!portrait && portrait.error().code == ErrorCode::unavailable) {
    state.breaker.gave_up();
    co_return portrait;
  }
  ++state.asked;
  std::optional<Error> trouble;
  if (!portrait) trouble = portrait.error();
  if (portrait) trouble = portrait->trouble;
  if (!trouble) {
    state.breaker.succeeded();
    state.last_success = parts_.clock.now_ms();
    co_return portrait;
  }
  ++state.failed;
  if (trouble->code == ErrorCode::not_found) {
    state.breaker.succeeded();  // it is this person's trouble, not the source's
  } else {
    state.breaker.failed(trouble->code == ErrorCode::blocked);
  }
  parts_.log.info("Profile source failed", {{"reason", trouble->message}});
  co_return portrait;
}

void ProfileService::draw(Findings& findings, const Username& username) const {
  findings.source = drawing();
  findings.image =
      drawn(findings.source == Source::generator ? draw_face(username.text())
                                                 : draw_initials(username.text(), findings.nickname));
}

Profile ProfileService::profile_of(const Username& username, const Findings& findings,
                                   const EntryPtr& known) const {
  const UnixMs now = parts_.clock.now_ms();
  Profile profile;
  if (known) profile = known->profile;
  profile.username = username.text();
  if (!findings.nickname.empty()) profile.nickname = findings.nickname;
  if (profile.nickname.empty()) profile.nickname = username.text();
  if (findings.image) {
    const SourceSettings& settings = options_.of(findings.source);
    profile.source = findings.source;
    profile.priority = settings.priority;
    profile.image_hash = findings.image->hash;
    profile.cached_at = now;
    profile.expires_at = now + settings.lifetime_ms;
  }
  profile.better_source_failed = findings.failed;
  profile.look_again_at = 0;
  if (findings.failed) {
    profile.look_again_at = now + parts_.random.between(options_.retry_ms * 3 / 4, options_.retry_ms * 5 / 4);
  } else if (findings.negative) {
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

Task<Result<bool>> ProfileService::forget(Username username) {
  constexpr std::size_t remembered = 1'000;
  // Whoever was seen before this and waits to be adopted is not.
  forgotten_.emplace_back(++forgettings_, username.text());
  if (forgotten_.size() > remembered) forgotten_.pop_front();
  // What is under way would bring them back, and so would a look-up that reads the store meanwhile: who asks
  // now waits.
  co_await hold(username);
  parts_.cache.erase(username.text());
  const Release then(*this, username);
  co_return co_await parts_.store.erase(parts_.executor, username.text());
}

bool ProfileService::forgotten_since(const Username& username, std::uint64_t seen_at) const {
  // Of what is no longer remembered nobody can say who it was.
  if (!forgotten_.empty() && forgotten_.front().first > seen_at + 1) return true;
  return std::any_of(forgotten_.begin(), forgotten_.end(), [&](const auto& entry) {
    return entry.first > seen_at && entry.second == username.text();
  });
}

Task<Result<std::size_t>> ProfileService::clear_expired() {
  const UnixMs now = parts_.clock.now_ms();
  std::size_t count = 0;
  for (;;) {
    CO_TRY(const std::vector<std::string> names, co_await parts_.store.erase_expired(parts_.executor, now));
    if (names.empty()) co_return count;
    count += names.size();
    for (const std::string& name : names) {
      // Refreshed while it was deleted: that has been stored after it.
      const EntryPtr entry = parts_.cache.find(name);
      if (entry && entry->profile.expires_at <= now) parts_.cache.erase(name);
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
