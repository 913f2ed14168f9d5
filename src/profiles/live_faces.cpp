#include "profiles/live_faces.hpp"

#include <boost/asio/post.hpp>

#include "profiles/profile_page.hpp"

namespace papi::profiles {
namespace {

std::uint64_t number_of(const events::User& user) {
  return user.id != 0 ? user.id : std::hash<std::string>{}(user.username);
}

}  // namespace

LiveFaces::LiveFaces(ProfileService& service, PictureFetcher& pictures, Options options, Logger& log,
                     const Clock& clock)
    : service_(service),
      pictures_(pictures),
      options_(options),
      clock_(clock),
      budget_(options.per_minute, clock),
      workers_(service.executor(), [&log](std::exception_ptr) {
        log.error("A picture of a live event ended with an exception");
      }) {}

/// Two sets, of which the older one goes after half the time or when the newer one is full.
bool LiveFaces::is_new(std::uint64_t person) {
  const UnixMs now = clock_.now_ms();
  if (now - half_began_ >= options_.look_again_ms / 2 || lately_.size() >= options_.remembered / 2) {
    before_ = now - half_began_ >= options_.look_again_ms ? decltype(before_)() : std::move(lately_);
    lately_.clear();
    half_began_ = now;
  }
  return !before_.contains(person) && lately_.insert(person).second;
}

void LiveFaces::forget(std::uint64_t person) { lately_.erase(person); }

void LiveFaces::seen(const events::User& user) {
  if (!options_.enabled || user.username.empty() || user.avatar_url.empty()) return;
  if (is_default_picture(user.avatar_url)) return;  // nobody's face
  const std::uint64_t person = number_of(user);
  {
    std::lock_guard lock(mutex_);
    // Whoever was forgotten is met anew.
    if (const auto forgettings = service_.forgettings(); forgettings != forgettings_) {
      forgettings_ = forgettings;
      lately_.clear(), before_.clear();
    }
    if (!is_new(person)) return;
    if (queue_.size() >= options_.queue) {
      ++left_out_;
      forget(person);
      return;
    }
    queue_.push_back({person, user.username, user.nickname, user.avatar_url, forgettings_});
  }
  net::post(service_.executor(), [this] {
    for (const auto& signal : idle_) signal->notify();
  });
}

std::optional<LiveFaces::Sighting> LiveFaces::take() {
  std::lock_guard lock(mutex_);
  if (queue_.empty()) return std::nullopt;
  Sighting sighting = std::move(queue_.front());
  queue_.pop_front();
  ++under_way_;
  return sighting;
}

Task<void> LiveFaces::run() {
  for (std::size_t i = 0; i < options_.workers; ++i) workers_.spawn(work());
  co_await workers_.join();
}

void LiveFaces::stop() {
  stopping_ = true;
  for (const auto& signal : idle_) signal->notify();
}

Task<void> LiveFaces::work() {
  Signal& signal = *idle_.emplace_back(std::make_unique<Signal>(service_.executor()));
  while (!stopping_) {
    auto sighting = take();
    if (!sighting) {
      co_await signal.wait();
      continue;
    }
    co_await look_at(std::move(*sighting), signal);
    std::lock_guard lock(mutex_);
    --under_way_;
  }
}

/// stop() ends it, and so does news; then it looks again.
Task<void> LiveFaces::wait_for_budget(Signal& signal) {
  while (!stopping_ && !budget_.take()) co_await signal.wait_for(budget_.until_next());
}

Task<void> LiveFaces::look_at(Sighting sighting, Signal& signal) {
  auto username = Username::parse(sighting.username);
  if (!username || !co_await service_.wants_live(*username)) co_return;
  co_await wait_for_budget(signal);
  if (stopping_) co_return;
  if (!service_.live_may_try()) co_return look_again(sighting.person);
  auto image = co_await pictures_.fetch(service_.executor(), sighting.url, options_.timeout);
  if (!image) {
    const bool for_now =
        image.error().code == ErrorCode::upstream_error || image.error().code == ErrorCode::upstream_timeout;
    service_.live_failed(for_now);
    if (for_now) look_again(sighting.person);
    co_return;
  }
  co_await service_.adopt(std::move(*username), std::move(sighting.nickname), std::move(*image),
                          sighting.seen_at);
}

/// With the next event of this person.
void LiveFaces::look_again(std::uint64_t person) {
  std::lock_guard lock(mutex_);
  forget(person);
}

std::size_t LiveFaces::waiting() const {
  std::lock_guard lock(mutex_);
  return queue_.size() + under_way_;
}
std::uint64_t LiveFaces::left_out() const {
  std::lock_guard lock(mutex_);
  return left_out_;
}

}  // namespace papi::profiles
