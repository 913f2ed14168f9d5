#include "profiles/seen_people.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "platform/base/text.hpp"

namespace papi::profiles {
namespace {

constexpr std::size_t rows_per_step = 500;
constexpr std::chrono::milliseconds clock_tolerance{60'000};

}  // namespace

SeenPeople::SeenPeople(SeenPeopleStore& store, Executor executor, Options options, Logger& log,
                       const Clock& clock)
    : store_(store),
      executor_(executor),
      options_(options),
      log_(log),
      clock_(clock),
      wake_(executor),
      pruned_at_(clock.steady()),
      pruned_wall_(clock.now_ms()) {}

SeenPeople::Known& SeenPeople::touch(events::UserId user_id) {
  if (const auto found = by_id_.find(user_id); found != by_id_.end()) {
    order_.splice(order_.begin(), order_, found->second);
    return order_.front();
  }
  if (order_.size() >= options_.remembered) {
    by_id_.erase(order_.back().person.user_id);
    order_.pop_back();
  }
  const auto waits = waiting_.find(user_id);  // dropped from memory but not yet written
  order_.emplace_front();
  order_.front().person = waits != waiting_.end() ? waits->second : SeenPerson{user_id, {}, {}, 0};
  by_id_[user_id] = order_.begin();
  return order_.front();
}

/// Queues the person to be written. Returns false if the queue is full.
bool SeenPeople::queue(const SeenPerson& person) {
  if (waiting_.size() >= options_.waiting && !waiting_.contains(person.user_id)) return false;
  waiting_[person.user_id] = person;
  return true;
}

void SeenPeople::seen(const events::User& user) {
  if (user.id == events::UserId()) return;  // a person with only an id has a picture too
  const std::string username = to_lower_ascii(user.username);
  const UnixMs now = clock_.now_ms();
  {
    std::lock_guard lock(mutex_);
    Known& known = touch(user.id);
    const bool renamed = (!username.empty() && username != known.person.username) ||
                         (!user.nickname.empty() && user.nickname != known.person.nickname);
    if (!username.empty()) known.person.username = username;
    if (!user.nickname.empty()) known.person.nickname = user.nickname;
    known.person.seen_at = now;
    if (!renamed && known.written_at != 0 &&
        std::chrono::milliseconds(now - known.written_at) < options_.rewrite_after)
      return;
    const bool first = waiting_.empty();
    known.written_at = queue(known.person) ? now : 0;
    if (!first) return;
  }
  net::post(executor_, [this] { wake_.notify(); });
}

std::optional<SeenPerson> SeenPeople::remembered(events::UserId user_id) const {
  std::lock_guard lock(mutex_);
  if (const auto known = by_id_.find(user_id); known != by_id_.end()) return known->second->person;
  if (const auto waits = waiting_.find(user_id); waits != waiting_.end()) return waits->second;
  const auto found =
      std::find_if(writing_.begin(), writing_.end(), [&](const auto& p) { return p.user_id == user_id; });
  return found == writing_.end() ? std::nullopt : std::optional(*found);
}

Task<Result<std::optional<SeenPerson>>> SeenPeople::find(Executor executor, events::UserId user_id) {
  std::optional<SeenPerson> person = remembered(user_id);
  // Some messages have only the nickname. The table may have the username.
  if (person && !person->username.empty()) co_return person;
  CO_TRY(std::optional<SeenPerson> stored, co_await store_.find(executor, user_id));
  if (!person) co_return stored;
  if (stored) {
    person->username = stored->username;
    if (person->nickname.empty()) person->nickname = stored->nickname;
  }
  co_return person;
}

void SeenPeople::erase_from_memory(events::UserId user_id) {
  if (const auto known = by_id_.find(user_id); known != by_id_.end()) {
    order_.erase(known->second);
    by_id_.erase(known);
  }
  waiting_.erase(user_id);
  std::erase_if(writing_, [&](const SeenPerson& person) { return person.user_id == user_id; });
}

/// Erases everybody in memory who has that username. Returns their ids.
std::vector<events::UserId> SeenPeople::erase_from_memory(const std::string& username) {
  std::vector<events::UserId> ids;
  const auto take = [&](const SeenPerson& person) {
    if (person.username == username) ids.push_back(person.user_id);
  };
  for (const Known& known : order_) take(known.person);
  for (const auto& [id, person] : waiting_) take(person);
  for (const SeenPerson& person : writing_) take(person);
  for (const events::UserId id : ids) erase_from_memory(id);
  return ids;
}

Task<Result<std::size_t>> SeenPeople::erase(Executor executor, std::string username) {
  std::vector<events::UserId> ids;
  {
    std::lock_guard lock(mutex_);
    ids = erase_from_memory(username);
  }
  // It sees the writes in progress.
  CO_TRY(const std::vector<events::UserId> stored, co_await store_.ids_of(executor, std::move(username)));
  ids.insert(ids.end(), stored.begin(), stored.end());
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  {
    // Memory may have held these people without their username.
    std::lock_guard lock(mutex_);
    for (const events::UserId id : ids) erase_from_memory(id);
  }
  const std::size_t count = ids.size();
  if (auto erased = co_await store_.erase(executor, std::move(ids)); !erased) co_return erased.error();
  co_return count;
}

bool SeenPeople::anybody_waits() const {
  std::lock_guard lock(mutex_);
  return !waiting_.empty();
}

std::vector<SeenPerson> SeenPeople::take_batch() {
  std::lock_guard lock(mutex_);
  writing_.clear();
  while (!waiting_.empty() && writing_.size() < rows_per_step) {
    writing_.push_back(std::move(waiting_.begin()->second));
    waiting_.erase(waiting_.begin());
  }
  return writing_;
}

Task<void> SeenPeople::write(std::vector<SeenPerson> batch) {
  std::vector<events::UserId> ids;
  ids.reserve(batch.size());
  for (const SeenPerson& person : batch) ids.push_back(person.user_id);
  const auto written = co_await store_.save(executor_, std::move(batch));
  std::lock_guard lock(mutex_);
  writing_.clear();
  if (written) co_return;
  log_.error("Could not save seen people to the database; each is saved again with their next event");
  for (const events::UserId id : ids) {
    if (const auto known = by_id_.find(id); known != by_id_.end()) known->second->written_at = 0;
  }
}

Task<void> SeenPeople::run() {
  for (;;) {
    std::vector<SeenPerson> batch = take_batch();
    if (!batch.empty()) {
      co_await write(std::move(batch));
      continue;
    }
    if (stopping_) break;
    (void)co_await prune_if_due();
    if (!stopping_ && !anybody_waits()) co_await wake_.wait_for(options_.prune_interval);
    if (!stopping_ && anybody_waits()) co_await wake_.wait_for(options_.batch_delay);
  }
}

void SeenPeople::stop() {
  stopping_ = true;
  wake_.notify();
}

Task<std::size_t> SeenPeople::prune_if_due() {
  const auto steady = clock_.steady();
  const UnixMs now = clock_.now_ms();
  if (steady - pruned_at_ < options_.prune_interval) co_return 0;
  const auto drift =
      std::chrono::milliseconds(now - std::exchange(pruned_wall_, now)) -
      std::chrono::duration_cast<std::chrono::milliseconds>(steady - std::exchange(pruned_at_, steady));
  if (std::chrono::abs(drift) > clock_tolerance) co_return 0;
  std::size_t pruned = 0;
  for (std::size_t step = rows_per_step; step == rows_per_step && !stopping_; pruned += step) {
    const auto erased =
        co_await store_.erase_unseen(executor_, now - options_.lifetime.count(), rows_per_step);
    if (!erased) break;
    step = *erased;
  }
  co_return pruned;
}

}  // namespace papi::profiles
