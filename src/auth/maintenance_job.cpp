#include "auth/maintenance_job.hpp"

namespace papi::auth {
namespace {

constexpr std::chrono::milliseconds look_every{250};
constexpr std::chrono::minutes prune_every{10};

}  // namespace

Task<void> MaintenanceJob::run() {
  auto next_prune = deps_.clock.steady();
  bool refreshed = true;
  while (!stopping_) {
    co_await wake_.wait_for(look_every);
    auto fresh = co_await deps_.cache.refresh(executor_);
    if (!fresh && refreshed)
      deps_.log.error("Could not read users and API keys from the database; the last known ones stay valid");
    refreshed = fresh.has_value();
    co_await write_noticed();
    co_await write_use();
    // If the clock is wrong, this would delete revocations of tokens that become valid again when the clock
    // is set right.
    if (deps_.clock.steady() < next_prune || !deps_.trusted.proved()) continue;
    next_prune = deps_.clock.steady() + prune_every;
    co_await prune();
  }
  co_await write_use();
}

void MaintenanceJob::stop() {
  stopping_ = true;
  wake_.notify();
}

Task<void> MaintenanceJob::write_noticed() {
  const std::int64_t version = deps_.cache.version();
  if (version == noticed_) co_return;
  AccountStore::Work<void> work = [version](AccountTransaction& accounts) {
    return accounts.set_noticed(version);
  };
  auto written = co_await deps_.store.transact<void>(executor_, std::move(work));
  if (written) noticed_ = version;
}

Task<void> MaintenanceJob::write_use() {
  auto keys = deps_.keys_used.take();
  auto tokens = deps_.stream_tokens_used.take();
  if (keys.empty() && tokens.empty()) co_return;
  AccountStore::Work<void> work = [keys = std::move(keys), tokens = std::move(tokens)](
                                      AccountTransaction& accounts) -> Task<Result<void>> {
    for (const auto& [id, when] : keys) {
      CO_CHECK(co_await accounts.key_used(id, when));
    }
    for (const auto& [id, when] : tokens) {
      CO_CHECK(co_await accounts.stream_token_used(id, when));
    }
    co_return Result<void>();
  };
  auto written = co_await deps_.store.transact<void>(executor_, std::move(work));
  if (!written) deps_.log.warning("Could not save when API keys and stream tokens were last used");
}

Task<void> MaintenanceJob::prune() {
  bool more = true;
  while (more && !stopping_) {
    AccountStore::Work<bool> work = [now = deps_.clock.now_ms()](AccountTransaction& accounts) {
      return accounts.prune(now);
    };
    auto pruned = co_await deps_.store.transact<bool>(executor_, std::move(work));
    if (!pruned) {
      deps_.log.warning("Expired tokens could not be deleted");
      break;
    }
    more = *pruned;
  }
  co_await deps_.audit.trim(audit_retention_);
}

}  // namespace papi::auth
