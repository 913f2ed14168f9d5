#include "live/gift_list.hpp"

#include <algorithm>

namespace papi::live {
namespace {

constexpr std::size_t max_list = 8 * 1024 * 1024;
constexpr std::size_t saved_at_once = 1'000;

std::string fault_of(const Result<HttpReply>& reply) {
  if (!reply) return reply.error().message;
  if (reply->status != 200) return "status " + std::to_string(reply->status);
  return "the answer has no gifts";
}

}  // namespace

GiftList::GiftList(const Dependencies& deps, Options options, GiftStore::Known known)
    : deps_(deps),
      options_(options),
      names_(std::move(known.gifts)),
      listed_at_(known.listed_at),
      updated_at_(known.updated_at),
      next_(deps.clock.steady()),
      wake_(deps.executor),
      tasks_(deps.executor, [&log = deps.log](std::exception_ptr) {
        log.error("A task of the gift list threw an exception");
      }) {
  const std::chrono::milliseconds age(deps.clock.now_ms() - listed_at_);
  // If the clock was set back, the next fetch must not be delayed for ever.
  if (listed_at_ > 0 && age.count() >= 0 && age < options_.lifetime) next_ += options_.lifetime - age;
  names_.on_news([this] { learned(); });
}

void GiftList::refresh(events::RoomId room_id) {
  if (room_id != events::RoomId()) room_id_ = room_id;
  if (stopping_) return;
  wake_.notify();
  if (keeping_fresh_) return;
  keeping_fresh_ = true;
  tasks_.spawn(keep_fresh());
}

Task<void> GiftList::keep_fresh() {
  while (!stopping_) {
    const auto now = deps_.clock.steady();
    if (now >= next_) {
      co_await fetch();
    } else {
      co_await wake_.wait_for(next_ - now);
    }
  }
}

/// Fetches the list and sets next_ to the time of the next fetch.
Task<void> GiftList::fetch() {
  fetching_ = true;
  HttpCall call;
  call.url =
      deps_.hosts.webcast + "/webcast/gift/list/?" +
      (room_id_ == events::RoomId() ? std::string() : "room_id=" + std::to_string(room_id_.value()) + "&") +
      deps_.browser.parameters();
  call.headers = deps_.browser.headers(deps_.hosts.web + "/");
  call.timeout = deps_.hosts.timeout;
  call.max_body = max_list;
  const auto reply = co_await deps_.http.fetch(deps_.executor, std::move(call));
  const auto list = reply && reply->status == 200 ? read_gift_list(reply->body) : std::nullopt;
  next_ = deps_.clock.steady() + (list ? options_.lifetime : options_.pause_after_failure);
  if (list) {
    names_.take_list(*list);
    listed_at_ = deps_.clock.now_ms();
    deps_.log.info("Gift list", {{"gifts", std::to_string(names_.size())}});
    learned();
  } else {
    deps_.log.warning("Gift list not available: it is asked for again later", {{"reason", fault_of(reply)}});
  }
  fetching_ = false;
  answer_waiters(list.has_value());
}

void GiftList::answer_waiters(bool fetched) {
  for (const auto& waiter : std::exchange(waiters_, {})) waiter.set(fetched);
}

Task<Result<GiftList::Answer>> GiftList::all() {
  refresh(events::RoomId());
  const bool comes = fetching_ || deps_.clock.steady() >= next_;
  if (names_.size() == 0 && comes && !stopping_) {
    const Promise<bool> completion(deps_.executor);
    waiters_.push_back(completion);
    (void)co_await completion.get();
  }
  if (names_.size() == 0) co_return unavailable();
  co_return Answer{names_.all(), updated_at_};
}

Error GiftList::unavailable() const {
  const auto left = std::chrono::ceil<std::chrono::seconds>(next_ - deps_.clock.steady());
  const std::chrono::seconds wait = std::max(std::chrono::seconds(1), left);
  return retry_later(
      ErrorCode::unavailable,
      "No gift is known yet: TikTok's gift list could not be fetched. It is asked for again in " +
          std::to_string(wait.count()) + " s",
      wait);
}

/// Saves the new gifts in the background, one write at a time.
void GiftList::learned() {
  updated_at_ = deps_.clock.now_ms();
  to_save_ = true;
  if (saving_ || stopping_) return;
  saving_ = true;
  tasks_.spawn(save_news());
}

Task<void> GiftList::save_news() {
  while (to_save_) {
    GiftStore::Known known;
    known.gifts = names_.take_news(saved_at_once);
    known.listed_at = listed_at_;
    known.updated_at = updated_at_;
    to_save_ = names_.has_news();
    const std::vector<KnownGift> gifts = known.gifts;
    const auto saved = co_await deps_.store.save(deps_.executor, std::move(known));
    if (saved) continue;
    to_save_ = false;
    deps_.log.error("Could not save gifts to the database; they are saved again with the next change");
    names_.give_back_news(gifts);
  }
  saving_ = false;
}

Task<void> GiftList::join() {
  stopping_ = true;
  wake_.notify();
  co_await tasks_.join();
  answer_waiters(false);
}

}  // namespace papi::live
