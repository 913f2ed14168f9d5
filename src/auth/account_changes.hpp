#pragma once

#include "auth/account_cache.hpp"
#include "auth/account_store.hpp"

namespace papi::auth {

/// Runs the changes of the use cases. Before a change is answered, it is committed and, in the running
/// service, visible in the cache. Any thread.
class AccountChanges {
 public:
  /// `cache` is nullptr in a command: the running service notices the change by itself.
  AccountChanges(AccountStore& store, AccountCache* cache) : store_(store), cache_(cache) {}

  /// As AccountStore::transact(), with one difference: if the change is committed but the cache cannot be
  /// refreshed, it also returns an Error. The maintenance job refreshes the cache later.
  template <class Value>
  Task<Result<Value>> transact(Executor executor, AccountStore::Work<Value> work) {
    auto done = co_await store_.transact<Value>(executor, std::move(work));
    if (!done || !cache_) co_return done;
    if (auto fresh = co_await cache_->refresh(executor); !fresh) co_return fresh.error();
    co_return done;
  }
  AccountStore& store() const { return store_; }

 private:
  AccountStore& store_;
  AccountCache* const cache_;
};

/// Makes the record of a change that succeeded. `subject`: a username, or the id of a key.
inline AuditRecord change_record(const Actor& actor, AuditKind kind, std::string subject, std::string reason,
                                 UnixMs now) {
  AuditRecord record = record_of(actor, kind, true, std::move(reason));
  record.at = now;
  record.subject = std::move(subject);
  return record;
}

}  // namespace papi::auth
