#include "profiles/live_avatars.hpp"

#include <boost/asio/post.hpp>

#include "profiles/profile_page.hpp"

namespace papi::profiles {
namespace {

std::uint64_t number_of(const events::User& user) {
  return user.id != events::UserId() ? user.id.value() : std::hash<std::string>{}(user.username);
}

}  // namespace

LiveAvatars::LiveAvatars(ProfileService& service, PictureFetcher& pictures, Options options, Logger& log,
                         const Clock& clock)
    : service_(service),
      pictures_(pictures),
      options_(options),
      clock_(clock),
      budget_(options.per_minute, clock),
      workers_(service.executor(), [&log](std::exception_ptr) {
        log.error("A picture of a live event ended with an exception");
      }) {}

/// There are two sets. The older set is dropped after half the time, or when the newer set is full.
bool LiveAvatars::is_new(std::uint64_t person) {
  const UnixMs now = clock_.now_ms();
  const std::chrono::milliseconds passed(now - half_began_);
  if (passed >= options_.look_again_after / 2 || lately_.size() >= options_.remembered / 2) {
    before_ = passed >= options_.look_again_after ? decltype(before_)() : std::move(lately_);
    lately_.clear();
    half_began_ = now;
  }
  return !before_.contains(person) && lately_.insert(person).second;
}

void LiveAvatars::unmark(std::uint64_t person) { lately_.erase(person); }

void LiveAvatars::seen(const events::User& user) {
  if (!options_.enabled || user.username.empty() || user.avatar_url.empty()) return;
  if (is_default_picture(user.avatar_url)) return;  // TikTok's default picture
  const std::uint64_t person = number_of(user);
  {
    std::lock_guard lock(mutex_);
    // After an erasure, everybody counts as new again.
    if (const auto erasures = service_.erasures(); erasures != erasures_) {
      erasures_ = erasures;
      lately_.clear();
      before_.clear();
    }
    if (!is_new(person)) return;
    if (queue_.size() >= options_.queue) {
      ++left_out_;
      unmark(person);
      return;
    }
    queue_.push_back({person, user.username, user.nickname, user.avatar_url, erasures_});
  }
  net::post(service_.executor(), [this] {
    for (const auto& notifier : idle_) notifier->notify();
  });
}

std::optional<LiveAvatars::SeenAvatar> LiveAvatars::take() {
  std::lock_guard lock(mutex_);
  if (queue_.empty()) return std::nullopt;
  SeenAvatar seen_avatar = std::move(queue_.front());
  queue_.pop_front();
  ++under_way_;
  return seen_avatar;
}

Task<void> LiveAvatars::run() {
  for (std::size_t i = 0; i < options_.workers; ++i) workers_.spawn(work());
  co_await workers_.join();
}

void LiveAvatars::stop() {
  stopping_ = true;
  for (const auto& notifier : idle_) notifier->notify();
}

Task<void> LiveAvatars::work() {
  Notifier& notifier = *idle_.emplace_back(std::make_unique<Notifier>(service_.executor()));
  while (!stopping_) {
    auto seen_avatar = take();
    if (!seen_avatar) {
      co_await notifier.wait();
      continue;
    }
    co_await look_at(std::move(*seen_avatar), notifier);
    std::lock_guard lock(mutex_);
    --under_way_;
  }
}

/// Waits until the budget allows a request or stop() is called. New people wake it too; then it checks again.
Task<void> LiveAvatars::wait_for_budget(Notifier& notifier) {
  while (!stopping_ && !budget_.take()) co_await notifier.wait_for(budget_.until_next());
}

Task<void> LiveAvatars::look_at(SeenAvatar seen_avatar, Notifier& notifier) {
  auto username = Username::parse(seen_avatar.username);
  if (!username || !co_await service_.wants_live(*username)) co_return;
  co_await wait_for_budget(notifier);
  if (stopping_) co_return;
  if (!service_.live_may_try()) co_return look_again(seen_avatar.person);
  auto image = co_await pictures_.fetch(service_.executor(), seen_avatar.url, options_.timeout);
  if (!image) {
    const bool for_now =
        image.error().code == ErrorCode::upstream_error || image.error().code == ErrorCode::upstream_timeout;
    service_.live_failed(for_now);
    if (for_now) look_again(seen_avatar.person);
    co_return;
  }
  co_await service_.accept_live_avatar(std::move(*username), std::move(seen_avatar.nickname),
                                       std::move(*image), seen_avatar.seen_at);
}

/// Queues the person again at the next event.
void LiveAvatars::look_again(std::uint64_t person) {
  std::lock_guard lock(mutex_);
  unmark(person);
}

std::size_t LiveAvatars::waiting() const {
  std::lock_guard lock(mutex_);
  return queue_.size() + under_way_;
}
std::uint64_t LiveAvatars::left_out() const {
  std::lock_guard lock(mutex_);
  return left_out_;
}

}  // namespace papi::profiles
