#pragma once

#include <limits>
#include <map>
#include <unordered_map>

#include "events/event_store.hpp"

namespace papi::engagement {

/// Sums over a session's events, kept in the same transaction as the events: by span of ten seconds and by
/// person. All of them can be recomputed from the log (figures_test.cpp does).
class Figures final : public events::Projection {
 public:
  static constexpr UnixMs span_ms = 10'000;

  /// Creates and migrates the tables. Blocking: at start only.
  static Result<void> prepare(sqlite::Database& database);

  void apply(sqlite::Database& database, const events::StoredBatch& batch) override;
  void forget(sqlite::Database& database, std::int64_t session_key) override;
  void add_ids(sqlite::Database& database, events::ForgottenPerson& person) const override;
  void forget_person(sqlite::Database& database, const events::ForgottenPerson& person) override;
};

/// One kind of sum. `n` counts events, `amount` adds their amounts, `peak` is the largest.
struct Sum {
  std::int64_t n = 0, amount = 0, peak = 0;
  void add(std::int64_t value) { ++n, amount += value, peak = std::max(peak, value); }
};

/// Besides the event types: finished gift streaks by their diamonds, the gifts in them, the like total that
/// the room shows.
inline constexpr std::string_view streaks_kind = "streaks";
inline constexpr std::string_view gifts_kind = "gifts_given";
inline constexpr std::string_view like_total_kind = "like_total";

struct Stats {
  std::map<std::string, Sum, std::less<>> sums;  // by kind
  std::map<std::string, Sum, std::less<>> last_minute;
  std::int64_t unique_users = 0;
  std::int64_t viewers_now = 0;
  UnixMs first_span = 0, last_span = 0;  // 0: there is none
};

enum class RankBy { comments, gifts, likes, shares };

struct Ranked {
  std::int64_t user_id = 0;
  std::string username, nickname, avatar_url;
  std::int64_t score = 0;
};

struct Bucket {
  UnixMs starts_at = 0;
  std::map<std::string, Sum, std::less<>> sums;
};

// Queries: they run on a reader's thread and throw DatabaseFault.
Stats read_stats(sqlite::Database& database, std::int64_t session_key, UnixMs now);
std::vector<Ranked> read_ranking(sqlite::Database& database, std::int64_t session_key, RankBy by, int limit);

/// A ranking of the events since a moment, found in steps from the newest event backwards. Each step is some
/// milliseconds of reading.
class RecentRanking {
 public:
  static constexpr std::int64_t rows_per_step = 20'000;
  static constexpr std::int64_t max_rows = 2'000'000;

  RecentRanking(std::int64_t session_key, RankBy by, UnixMs since)
      : session_key_(session_key), by_(by), since_(since) {}
  /// Reads the next step. Returns false when there is no more to read.
  bool step(sqlite::Database& database);
  /// More events than max_rows lie in the time: nothing more is read.
  bool too_large() const { return rows_ >= max_rows; }
  std::vector<Ranked> top(sqlite::Database& database, int limit) const;

 private:
  std::int64_t session_key_;
  RankBy by_;
  UnixMs since_;
  std::int64_t below_ = std::numeric_limits<std::int64_t>::max();  // the next offset is smaller
  std::int64_t rows_ = 0;
  int older_ = 0;  // events in a row that are older than `since`
  std::unordered_map<std::int64_t, std::int64_t> scores_;
};
std::vector<Bucket> read_timeline(sqlite::Database& database, std::int64_t session_key, UnixMs bucket_ms,
                                  UnixMs since, UnixMs until, int max_buckets);

}  // namespace papi::engagement
