#include "live/gift_list.hpp"

namespace papi::live {
namespace {

constexpr std::chrono::hours lifetime(24);
constexpr std::chrono::minutes pause_after_failure(10);
constexpr std::size_t max_list = 8 * 1024 * 1024;

}  // namespace

GiftList::GiftList(Executor executor, HttpClient& http, const TikTokHosts& hosts, const Browser& browser,
                   Logger& log, const Clock& clock)
    : executor_(executor),
      http_(http),
      hosts_(hosts),
      browser_(browser),
      log_(log),
      clock_(clock),
      next_(clock.steady()),
      tasks_(executor, [&log](std::exception_ptr) { log.error("Gift list task failed"); }) {}

void GiftList::refresh(std::uint64_t room_id) {
  if (clock_.steady() < next_) return;
  next_ = clock_.steady() + pause_after_failure;
  tasks_.spawn(fetch(room_id));
}

Task<void> GiftList::fetch(std::uint64_t room_id) {
  HttpCall call;
  call.url =
      hosts_.webcast + "/webcast/gift/list/?room_id=" + std::to_string(room_id) + "&" + browser_.parameters();
  call.headers = browser_.headers(hosts_.web + "/");
  call.timeout = hosts_.timeout;
  call.max_body = max_list;
  auto reply = co_await http_.fetch(executor_, std::move(call));
  if (!reply || reply->status != 200 || !names_.take_list(reply->body)) {
    log_.warning("Gift list not available: gifts that come without a name stay without");
    co_return;
  }
  next_ = clock_.steady() + lifetime;
  log_.info("Gift list", {{"gifts", std::to_string(names_.size())}});
}

}  // namespace papi::live
