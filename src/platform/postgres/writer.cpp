#include "platform/postgres/writer.hpp"

#include <algorithm>
#include <cassert>

namespace papi::postgres {
namespace {

constexpr int losses_before_alone = 3;  // then a job is tried alone: it may be what ends the connection
constexpr int max_losses = 8;           // then it fails
constexpr int max_repeats = 5;          // of a group, after deadlocks
constexpr milliseconds longest_repeat_pause{20};
constexpr std::size_t name_bytes = 8;  // of randomness, in a session's name

DatabaseFault stopped() { return DatabaseFault(FaultKind::away, "the service is stopping"); }

}  // namespace

Writer::Writer(Executor executor, Target target, WriterOptions options, Logger& log, Random random)
    : executor_(executor),
      target_(std::move(target)),
      options_(std::move(options)),
      log_(log),
      random_(random),
      wake_(executor),
      pause_(executor),
      last_call_(executor),
      tasks_(executor, [&log](std::exception_ptr) { log.error("Database writer failed"); }) {
  tasks_.spawn(run());
}

Writer::~Writer() { assert(stopping_); }

Task<Reply<Written>> Writer::write_repeatable(std::vector<Statement> statements) {
  WriteJob job(std::move(statements));
  job.repeatable = true;
  return write(std::move(job));
}

Task<Reply<Rows>> Writer::write_repeatable(Statement statement) {
  std::vector<Statement> one;
  one.push_back(std::move(statement));
  CO_TRY(Written written, co_await write_repeatable(std::move(one)));
  co_return std::move(written.front());
}

Task<Reply<Written>> Writer::enqueue(WriteJob job) {
  metrics::OperationTimer timer(options_.times, metrics::OperationTimes::Operation::write);
  if (stopping_) co_return stopped();
  const auto entry = std::make_shared<Entry>(executor_, std::move(job));
  for (const Statement& statement : entry->job.statements) {
    entry->bytes += statement.bytes();
    for (const Value& value : statement.values()) {
      // Here, as in a group it would fail for all.
      if (value.has_zero_byte()) {
        co_return DatabaseFault(FaultKind::unusable,
                                "statement '" + statement.name() + "': text with a zero byte");
      }
    }
  }
  const bool full = queue_.size() >= options_.max_waiting ||
                    (!queue_.empty() && queued_bytes_ + entry->bytes > options_.max_waiting_bytes);
  if (full) co_return DatabaseFault(FaultKind::busy, "too many writes are waiting");
  queue_.push_back(entry);
  queued_bytes_ += entry->bytes;
  publish();
  wake_.notify();
  while (!entry->reply) {
    if (entry->job.waits_for_server) {
      co_await entry->answered.wait();
      continue;
    }
    using std::chrono::steady_clock;
    const auto overdue = away_since_ + options_.away_timeout;
    const auto left = away_ ? overdue - steady_clock::now() : options_.away_timeout;
    co_await entry->answered.wait_for(std::max<steady_clock::duration>(left, milliseconds(1)));
    const bool hopeless = away_ && steady_clock::now() >= away_since_ + options_.away_timeout;
    if (!entry->reply && hopeless && !entry->maybe_stored && give_up(entry))
      co_return DatabaseFault(FaultKind::away, away_->what);
  }
  timer.set_succeeded(entry->reply->has_value());
  co_return *std::move(entry->reply);
}

bool Writer::give_up(const std::shared_ptr<Entry>& entry) {
  const auto place = std::find(queue_.begin(), queue_.end(), entry);
  if (place == queue_.end()) return false;
  queued_bytes_ -= entry->bytes;
  queue_.erase(place);
  publish();
  return true;
}

void Writer::answer(Entry& entry, Reply<Written> reply) {
  if (!reply && entry.maybe_stored) {
    DatabaseFault fault = std::move(reply).error();
    fault.outcome_unknown = true;
    reply = std::move(fault);
  }
  entry.reply.emplace(std::move(reply));
  entry.answered.notify();
}

void Writer::answer(const Group& group, const DatabaseFault& fault) {
  for (const auto& entry : group) answer(*entry, fault);
}

void Writer::put_back(Group& group) {
  for (auto entry = group.rbegin(); entry != group.rend(); ++entry) {
    queued_bytes_ += (*entry)->bytes;
    queue_.push_front(std::move(*entry));
  }
  group.clear();
}

void Writer::put_back_repeatable(Group& group) {
  const auto others = std::stable_partition(group.begin(), group.end(), [](const auto& entry) {
    return entry->job.repeatable && entry->losses < max_losses;
  });
  Group repeatable(group.begin(), others);
  group.erase(group.begin(), others);
  for (const auto& entry : repeatable) entry->maybe_stored = true;
  put_back(repeatable);
}

Writer::Group Writer::take_group() {
  Group group;
  std::size_t bytes = 0;
  while (!queue_.empty() && group.size() < options_.group_jobs) {
    const Entry& next = *queue_.front();
    const bool alone = next.losses >= losses_before_alone;
    if (!group.empty() && (alone || bytes + next.bytes > options_.group_bytes)) break;
    bytes += next.bytes;
    queued_bytes_ -= next.bytes;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
    if (alone) break;
  }
  return group;
}

Task<void> Writer::run() {
  while (!too_late_) {
    if (queue_.empty()) {
      if (stopping_) break;
      co_await wake_.wait();
      continue;
    }
    if (!connection_ || !connection_->alive()) {
      co_await reconnect();
      continue;
    }
    writing_ = true;
    co_await commit(take_group());
    writing_ = false;
    publish();
  }
  Group rest(queue_.begin(), queue_.end());
  queue_.clear();
  queued_bytes_ = 0;
  answer(rest, stopped());
  connection_.reset();
  publish();
}

Task<void> Writer::reconnect() {
  ConnectionOptions options = options_.connection;
  // Of at most 63 bytes; see lost_session_has_ended().
  options.application_name += " writer " + random_hex(name_bytes);
  Target target = target_;
  target.application_name.clear();
  session_name_ = options.application_name;
  connection_ = std::make_unique<Connection>(executor_, options);
  const auto connected = co_await connection_->connect(target);
  if (connected) {
    note(nullptr);
    co_return;
  }
  connection_.reset();
  const DatabaseFault why = connected.error();
  note(&why);
  co_await pause();
}

Task<void> Writer::pause() {
  if (too_late_) co_return;
  pause_.expires_after(backoff_.next(random_));
  co_await pause_.async_wait(as_result);
}

Task<void> Writer::commit(Group group) {
  const Outcome outcome = co_await try_group(group);
  if (outcome == Outcome::answered) co_return;
  if (outcome == Outcome::lost) {
    co_await settle_lost(std::move(group));
    co_return;
  }
  log_.error("Database write failed", {{"reason", last_fault_.what},
                                       {"sqlstate", last_fault_.sqlstate},
                                       {"statement", last_fault_.statement},
                                       {"jobs", group.size()}});
  const bool shut_out = options_.fence && last_fault_.statement == options_.fence->name();
  if (group.size() == 1 || shut_out) {
    answer(group, last_fault_);
    co_return;
  }
  for (std::size_t i = 0; i < group.size(); ++i) {
    const Group single{group[i]};
    const Outcome alone = co_await try_group(single);
    if (alone == Outcome::failed) answer(single, last_fault_);
    if (alone != Outcome::lost) continue;
    // The rest waits behind this one again.
    Group rest(group.begin() + static_cast<std::ptrdiff_t>(i) + 1, group.end());
    put_back(rest);
    co_await settle_lost(single);
    co_return;
  }
}

Task<Writer::Outcome> Writer::try_group(const Group& group) {
  for (int tries = 1;; ++tries) {
    const Outcome outcome = co_await try_group_once(group);
    const bool again =
        outcome == Outcome::failed && last_fault_.kind == FaultKind::repeat && tries < max_repeats;
    if (!again || too_late_) co_return outcome;
    pause_.expires_after(milliseconds(random_.between(1, longest_repeat_pause.count())));
    co_await pause_.async_wait(as_result);
  }
}

Task<Writer::Outcome> Writer::try_group_once(const Group& group) {
  const Segment begin = begin_statements(options_.transaction);
  const Statement end = commit_statement();
  std::vector<const Statement*> segment;
  for (const Statement& statement : begin) segment.push_back(&statement);
  if (options_.fence) segment.push_back(&*options_.fence);
  const auto before_jobs = static_cast<std::ptrdiff_t>(segment.size());
  for (const auto& entry : group) {
    for (const Statement& statement : entry->job.statements) segment.push_back(&statement);
  }
  std::optional<Statement> mark;
  if (options_.marks) {
    mark.emplace(options_.marks->leave(session_name_, ++groups_));
    segment.push_back(&*mark);
  }
  segment.push_back(&end);
  auto sent = co_await connection_->segment(segment);
  if (sent) {
    const auto committed = check_commit(sent->back());
    if (!committed) {
      last_fault_ = committed.error();
      co_return Outcome::failed;
    }
    backoff_.reset();
    auto rows = sent->begin() + before_jobs;
    for (const auto& entry : group) {
      const auto behind = rows + static_cast<std::ptrdiff_t>(entry->job.statements.size());
      answer(*entry, Written(std::make_move_iterator(rows), std::make_move_iterator(behind)));
      rows = behind;
    }
    co_return Outcome::answered;
  }
  last_fault_ = std::move(sent).error();
  note_standby(last_fault_);
  co_await rollback(*connection_);
  // A standby, or a server that is going away: not the jobs' fault.
  if (last_fault_.kind == FaultKind::away) connection_->close();
  co_return connection_->open() ? Outcome::failed : Outcome::lost;
}

Task<void> Writer::settle_lost(Group group) {
  const DatabaseFault why = last_fault_;
  const std::string lost_session = session_name_;
  note(&why);
  connection_.reset();
  // A server that ends says why. One that was ended by what a job made it do does not.
  for (const auto& entry : group) entry->losses += why.sqlstate.empty() ? 1 : 0;
  if (why.outcome_unknown) {
    // The group was one transaction: what holds for one job holds for all.
    if (!options_.marks) {
      put_back_repeatable(group);
      answer(group, why);
      co_await pause();
      co_return;
    }
    for (;;) {
      if (too_late_) {
        answer(group, why);
        co_return;
      }
      if (!connection_ || !connection_->alive()) {
        co_await reconnect();
        continue;
      }
      Reply<bool> known = co_await lost_session_has_ended(lost_session);
      const bool ended = known && *known;
      if (ended) known = co_await was_committed(lost_session);
      if (!known && retry_of(known.error().kind) == Retry::never &&
          known.error().kind != FaultKind::timeout) {
        log_.error("Database write cannot be settled", {{"reason", known.error().what}});
        answer(group, why);
        co_return;
      }
      if (!ended || !known) {
        if (!known) log_.warning("Database write not settled yet", {{"reason", known.error().what}});
        co_await pause();
        continue;
      }
      log_.warning("Database write settled after a lost connection",
                   {{"jobs", group.size()}, {"committed", *known}});
      if (*known) {
        put_back_repeatable(group);
        for (const auto& entry : group) answer(*entry, Written());
        co_return;
      }
      break;
    }
  }
  // Nothing of it is stored.
  const auto hopeless = std::stable_partition(group.begin(), group.end(),
                                              [](const auto& entry) { return entry->losses < max_losses; });
  answer(Group(hopeless, group.end()), why);
  group.erase(hopeless, group.end());
  put_back(group);
  co_await pause();
}

Task<Reply<bool>> Writer::lost_session_has_ended(const std::string& application_name) {
  const Statement statement("end_lost_session",
                            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                            "WHERE application_name = $1 AND pid <> pg_backend_pid()",
                            application_name);
  CO_TRY(const Rows rows, co_await connection_->query(statement));
  CO_TRY(const std::vector<std::int64_t> counts,
         read_rows<std::int64_t>(rows, [](const Row& row) { return row.get<std::int64_t>(0); }));
  co_return counts.front() == 0;
}

Task<Reply<bool>> Writer::was_committed(const std::string& lost_session) {
  const Statement look = options_.marks->look(lost_session, groups_);
  CO_TRY(const Rows rows, co_await connection_->query(look));
  CO_TRY(const std::vector<bool> answers,
         read_rows<bool>(rows, [](const Row& row) { return row.get<bool>(0); }));
  if (answers.size() != 1)
    co_return DatabaseFault(FaultKind::refused, "statement '" + look.name() + "': must give one row");
  co_return answers.front();
}

void Writer::note(const DatabaseFault* fault) {
  if (!fault) {
    if (away_) log_.info("Database writer connected", {{"database", target_.shown()}});
    away_.reset();
  } else {
    if (!away_ || away_->what != fault->what) {
      log_.error("Database writer lost its connection",
                 {{"reason", fault->what}, {"sqlstate", fault->sqlstate}, {"waiting", queue_.size()}});
    }
    if (!away_) away_since_ = std::chrono::steady_clock::now();
    away_ = *fault;
  }
  publish();
}

void Writer::publish() {
  std::lock_guard lock(state_mutex_);
  state_.connected = connection_ && !away_;
  state_.last_error = away_ ? away_->what : std::string();
  state_.needs_operator = away_ && away_->kind == FaultKind::configuration;
  state_.in_use = writing_ ? 1 : 0;
  state_.idle = connection_ && !writing_ ? 1 : 0;
  state_.waiting = queue_.size();
}

DatabaseState Writer::state() const {
  std::lock_guard lock(state_mutex_);
  return state_;
}

Task<void> Writer::stop(std::chrono::steady_clock::time_point deadline) {
  stopping_ = true;
  wake_.notify();
  const auto over = std::make_shared<bool>(false);  // the timer may have passed just before the end
  last_call_.expires_at(deadline);
  last_call_.async_wait([this, over](boost::system::error_code cancelled) {
    if (cancelled || *over) return;
    too_late_ = true;
    if (connection_) connection_->close();
    pause_.cancel();
  });
  co_await tasks_.join();
  *over = true;
  last_call_.cancel();
}

}  // namespace papi::postgres
