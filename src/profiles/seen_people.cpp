#include "profiles/seen_people.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "platform/base/text.hpp"

namespace papi::profiles {
namespace {

constexpr std::size_t rows_per_step = 500;
constexpr std::chrono::milliseconds clock_tolerance{60'000};

constexpr const char* people_schema[] = {
    R"sql(
    CREATE TABLE people (
      user_id INTEGER PRIMARY KEY,
      username TEXT NOT NULL,
      nickname TEXT NOT NULL,
      seen_at INTEGER NOT NULL
    );
    CREATE INDEX people_by_name ON people(username);
    CREATE INDEX people_by_time ON people(seen_at);
    )sql",
};

constexpr std::string_view upsert = R"sql(
    INSERT INTO people(user_id, username, nickname, seen_at) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT DO UPDATE SET
      username = CASE ?2 WHEN '' THEN username ELSE ?2 END,
      nickname = CASE ?3 WHEN '' THEN nickname ELSE ?3 END, seen_at = ?4
    )sql";

void save(sqlite::Database& database, const std::vector<SeenPerson>& people) {
  sqlite::Statement& row = database.cached(upsert);
  for (const SeenPerson& person : people) {
    row.bind(1, static_cast<std::int64_t>(person.user_id)).bind(2, person.username);
    row.bind(3, person.nickname).bind(4, person.seen_at).run();
  }
}

std::optional<SeenPerson> read(sqlite::Database& database, std::uint64_t user_id) {
  sqlite::Statement& row =
      database.cached("SELECT username, nickname, seen_at FROM people WHERE user_id = ?1");
  row.bind(1, static_cast<std::int64_t>(user_id));
  std::optional<SeenPerson> person;
  if (row.step())
    person = SeenPerson{user_id, std::string(row.text(0)), std::string(row.text(1)), row.integer(2)};
  row.reset();
  return person;
}

std::vector<std::int64_t> ids_of(sqlite::Database& database, const std::string& username) {
  auto rows = database.prepare("SELECT user_id FROM people WHERE username = ?1");
  rows.bind(1, username);
  std::vector<std::int64_t> ids;
  while (rows.step()) ids.push_back(rows.integer(0));
  return ids;
}

void erase(sqlite::Database& database, const std::vector<std::int64_t>& ids) {
  sqlite::Statement& row = database.cached("DELETE FROM people WHERE user_id = ?1");
  for (const std::int64_t id : ids) row.bind(1, id).run();
}

}  // namespace

Result<void> SeenPeople::prepare(sqlite::Database& database) {
  return database.migrate("people", people_schema);
}

SeenPeople::SeenPeople(sqlite::Writer& writer, sqlite::Readers& readers, Executor executor, Options options,
                       Logger& log, const Clock& clock)
    : writer_(writer),
      readers_(readers),
      executor_(executor),
      options_(options),
      log_(log),
      clock_(clock),
      wake_(executor),
      pruned_at_(clock.steady()),
      pruned_wall_(clock.now_ms()) {}

SeenPeople::Known& SeenPeople::touch(std::uint64_t user_id) {
  if (const auto found = by_id_.find(user_id); found != by_id_.end()) {
    order_.splice(order_.begin(), order_, found->second);
    return order_.front();
  }
  if (order_.size() >= options_.remembered) {
    by_id_.erase(order_.back().person.user_id);
    order_.pop_back();
  }
  const auto waits = waiting_.find(user_id);  // forgotten by memory, but not yet written
  order_.emplace_front();
  order_.front().person = waits != waiting_.end() ? waits->second : SeenPerson{user_id, {}, {}, 0};
  by_id_[user_id] = order_.begin();
  return order_.front();
}

/// False: the queue is full.
bool SeenPeople::queue(const SeenPerson& person) {
  if (waiting_.size() >= options_.waiting && !waiting_.contains(person.user_id)) return false;
  waiting_[person.user_id] = person;
  return true;
}

void SeenPeople::seen(const events::User& user) {
  if (user.id == 0) return;  // a person who is known by number only has a picture, too
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
    if (!renamed && known.written_at != 0 && now - known.written_at < options_.rewrite_ms) return;
    const bool first = waiting_.empty();
    known.written_at = queue(known.person) ? now : 0;
    if (!first) return;
  }
  net::post(executor_, [this] { wake_.notify(); });
}

std::optional<SeenPerson> SeenPeople::remembered(std::uint64_t user_id) const {
  std::lock_guard lock(mutex_);
  if (const auto known = by_id_.find(user_id); known != by_id_.end()) return known->second->person;
  if (const auto waits = waiting_.find(user_id); waits != waiting_.end()) return waits->second;
  const auto found =
      std::find_if(writing_.begin(), writing_.end(), [&](const auto& p) { return p.user_id == user_id; });
  return found == writing_.end() ? std::nullopt : std::optional(*found);
}

Task<Result<std::optional<SeenPerson>>> SeenPeople::find(Executor executor, std::uint64_t user_id) {
  std::optional<SeenPerson> person = remembered(user_id);
  // Some messages have the nickname only: the table may know more.
  if (person && !person->username.empty()) co_return person;
  std::function<std::optional<SeenPerson>(sqlite::Database&)> query = [user_id](sqlite::Database& database) {
    return read(database, user_id);
  };
  CO_TRY(std::optional<SeenPerson> stored,
         co_await readers_.read<std::optional<SeenPerson>>(executor, std::move(query)));
  if (!person) co_return stored;
  if (stored) {
    person->username = stored->username;
    if (person->nickname.empty()) person->nickname = stored->nickname;
  }
  co_return person;
}

void SeenPeople::forget_in_memory(std::uint64_t user_id) {
  if (const auto known = by_id_.find(user_id); known != by_id_.end()) {
    order_.erase(known->second);
    by_id_.erase(known);
  }
  waiting_.erase(user_id);
  std::erase_if(writing_, [&](const SeenPerson& person) { return person.user_id == user_id; });
}

/// Returns the ids of who was called so in memory.
std::vector<std::int64_t> SeenPeople::forget_in_memory(const std::string& username) {
  std::vector<std::uint64_t> ids;
  const auto take = [&](const SeenPerson& person) {
    if (person.username == username) ids.push_back(person.user_id);
  };
  for (const Known& known : order_) take(known.person);
  for (const auto& [id, person] : waiting_) take(person);
  for (const SeenPerson& person : writing_) take(person);
  for (const std::uint64_t id : ids) forget_in_memory(id);
  return {ids.begin(), ids.end()};
}

Task<Result<std::size_t>> SeenPeople::forget(Executor executor, std::string username) {
  auto ids = std::make_shared<std::vector<std::int64_t>>();
  std::vector<std::int64_t> in_memory;
  {
    std::lock_guard lock(mutex_);
    in_memory = forget_in_memory(username);
  }
  // Behind what is being written. A job may be repeated.
  sqlite::Writer::Job find = [ids, in_memory, username](sqlite::Database& database) {
    *ids = ids_of(database, username);
    ids->insert(ids->end(), in_memory.begin(), in_memory.end());
    std::sort(ids->begin(), ids->end());
    ids->erase(std::unique(ids->begin(), ids->end()), ids->end());
  };
  if (auto done = co_await writer_.write(executor, std::move(find)); !done) co_return done.error();
  {
    // Memory may have had them by id and nickname alone.
    std::lock_guard lock(mutex_);
    for (const std::int64_t id : *ids) forget_in_memory(static_cast<std::uint64_t>(id));
  }
  sqlite::Writer::Job job = [ids](sqlite::Database& database) { erase(database, *ids); };
  if (auto done = co_await writer_.write(executor, std::move(job)); !done) co_return done.error();
  co_return ids->size();
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
  const auto people = std::make_shared<const std::vector<SeenPerson>>(std::move(batch));
  sqlite::Writer::Job job = [people](sqlite::Database& database) { save(database, *people); };
  const auto written = co_await writer_.write(executor_, std::move(job));
  std::lock_guard lock(mutex_);
  writing_.clear();
  if (written) co_return;
  log_.error("People who were seen could not be saved: they are with their next event");
  for (const SeenPerson& person : *people) {
    if (const auto known = by_id_.find(person.user_id); known != by_id_.end()) known->second->written_at = 0;
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
  const auto step = std::make_shared<std::size_t>(0);
  std::size_t pruned = 0;
  do {
    sqlite::Writer::Job job = [step, before = now - options_.lifetime_ms](sqlite::Database& database) {
      auto& rows = database.cached(
          "DELETE FROM people WHERE user_id IN (SELECT user_id FROM people WHERE seen_at < ?1 LIMIT ?2)");
      rows.bind(1, before).bind(2, static_cast<std::int64_t>(rows_per_step)).run();
      *step = database.changes();
    };
    const auto done = co_await writer_.write(executor_, std::move(job));
    if (!done) break;
    pruned += *step;
  } while (*step == rows_per_step && !stopping_);
  co_return pruned;
}

}  // namespace papi::profiles
