#include "auth/upkeep.hpp"

#include "auth/account_store.hpp"

namespace papi::auth {
namespace {

constexpr std::chrono::milliseconds look_every{250};
constexpr std::chrono::minutes prune_every{10};

}  // namespace

Task<void> Upkeep::run() {
  auto next_prune = parts_.clock.steady();
  bool book_is_read = true;
  while (!stopping_) {
    co_await wake_.wait_for(look_every);
    auto fresh = co_await parts_.book.refresh(executor_);
    if (!fresh && book_is_read) parts_.log.error("Users and keys cannot be read: those known stay in force");
    book_is_read = fresh.has_value();
    co_await write_noticed();
    co_await write_key_use();
    // A wrong clock would delete revocations of tokens that are valid again once it is set right.
    if (parts_.clock.steady() < next_prune || !parts_.trusted.proved()) continue;
    next_prune = parts_.clock.steady() + prune_every;
    co_await prune();
  }
  co_await write_key_use();
}

void Upkeep::stop() {
  stopping_ = true;
  wake_.notify();
}

Task<void> Upkeep::write_noticed() {
  const std::int64_t version = parts_.book.version();
  if (version == noticed_) co_return;
  sqlite::Writer::Job job = [version](sqlite::Database& database) { store::set_noticed(database, version); };
  auto written = co_await parts_.writer.write(executor_, std::move(job));
  if (written) noticed_ = version;
}

Task<void> Upkeep::write_key_use() {
  auto used = parts_.use.take();
  if (used.empty()) co_return;
  sqlite::Writer::Job job = [used = std::move(used)](sqlite::Database& database) {
    for (const auto& [id, when] : used) store::key_used(database, id, when);
  };
  auto written = co_await parts_.writer.write(executor_, std::move(job));
  if (!written) parts_.log.warning("When API keys were used could not be written");
}

Task<void> Upkeep::prune() {
  auto more = std::make_shared<bool>(true);
  while (*more && !stopping_) {
    sqlite::Writer::Job job = [now = parts_.clock.now_ms(), more](sqlite::Database& database) {
      *more = store::prune(database, now);
    };
    auto pruned = co_await parts_.writer.write(executor_, std::move(job));
    if (!pruned) {
      parts_.log.warning("Expired tokens could not be deleted");
      break;
    }
  }
  co_await parts_.audit.trim(audit_days_);
}

}  // namespace papi::auth
