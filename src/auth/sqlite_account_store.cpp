#include "auth/sqlite_account_store.hpp"

#include "auth/account_snapshot_reader.hpp"
#include "auth/sqlite_account_rows.hpp"
#include "auth/sqlite_audit_store.hpp"
#include "auth/sqlite_lock_out.hpp"
#include "auth/sqlite_stream_token_rows.hpp"
#include "auth/sqlite_token_rows.hpp"
#include "platform/base/run_here.hpp"

namespace papi::auth {
namespace {

/// Every method is done when it returns, so the coroutine of a transaction never waits. DatabaseFault passes
/// through it to whoever runs the transaction. The locks do nothing: SQLite has one writing transaction.
class SqliteAccountTransaction final : public AccountTransaction {
 public:
  explicit SqliteAccountTransaction(sqlite::Database& database) : database_(database) {}

  Task<Result<void>> lock_admins() override { return done(); }
  Task<Result<void>> lock_user(const std::string&) override { return done(); }
  Task<Result<std::optional<TokenFamily>>> lock_family(const std::string& id) override {
    co_return store::family(database_, id);
  }

  Task<Result<bool>> add_user(const NewUser& user) override { co_return store::add_user(database_, user); }
  Task<Result<std::optional<User>>> user_by_id(const std::string& id) override {
    co_return store::user_by_id(database_, id);
  }
  Task<Result<std::optional<User>>> user_by_name(const std::string& username) override {
    co_return store::user_by_name(database_, username);
  }
  Task<Result<std::string>> password_hash_of(const std::string& user_id) override {
    co_return store::password_hash_of(database_, user_id);
  }
  Task<Result<bool>> other_admin(const std::string& user_id) override {
    co_return store::other_admin(database_, user_id);
  }
  Task<Result<void>> update_user(const User& user) override {
    store::update_user(database_, user);
    return done();
  }
  Task<Result<void>> set_password(const User& user, const std::string& hash, UnixMs now) override {
    store::set_password(database_, user, hash, now);
    return done();
  }
  Task<Result<void>> set_demo(const std::string& user_id) override {
    store::set_demo(database_, user_id);
    return done();
  }
  Task<Result<bool>> delete_user(const std::string& id, UnixMs now) override {
    co_return store::delete_user(database_, id, now);
  }
  Task<Result<void>> logged_in(const std::string& user_id, UnixMs now) override {
    store::logged_in(database_, user_id, now);
    return done();
  }

  Task<Result<void>> add_key(const ApiKey& key) override {
    store::add_key(database_, key);
    return done();
  }
  Task<Result<std::optional<ApiKey>>> key_by_id(const std::string& id) override {
    co_return store::key_by_id(database_, id);
  }
  Task<Result<std::int64_t>> count_keys(const std::string& user_id, UnixMs now) override {
    co_return store::count_keys(database_, user_id, now);
  }
  Task<Result<bool>> revoke_key(const std::string& id) override {
    co_return store::revoke_key(database_, id);
  }
  Task<Result<void>> shorten_key(const std::string& id, UnixMs expires_at) override {
    store::shorten_key(database_, id, expires_at);
    return done();
  }
  Task<Result<void>> key_used(const std::string& id, UnixMs when) override {
    store::key_used(database_, id, when);
    return done();
  }

  Task<Result<void>> add_stream_token(const StreamToken& token) override {
    store::add_stream_token(database_, token);
    return done();
  }
  Task<Result<std::optional<StreamToken>>> stream_token_by_id(const std::string& id) override {
    co_return store::stream_token_by_id(database_, id);
  }
  Task<Result<std::int64_t>> count_stream_tokens(const std::string& user_id, UnixMs now) override {
    co_return store::count_stream_tokens(database_, user_id, now);
  }
  Task<Result<bool>> delete_stream_token(const std::string& id) override {
    co_return store::delete_stream_token(database_, id);
  }
  Task<Result<void>> stream_token_used(const std::string& id, UnixMs when) override {
    store::stream_token_used(database_, id, when);
    return done();
  }

  Task<Result<void>> add_sign_in_code(const SignInCode& code) override {
    store::add_sign_in_code(database_, code);
    return done();
  }
  Task<Result<std::optional<SignInCode>>> sign_in_code(const std::string& hash) override {
    co_return store::sign_in_code(database_, hash);
  }
  Task<Result<bool>> use_sign_in_code(const std::string& hash, UnixMs now) override {
    co_return store::use_sign_in_code(database_, hash, now);
  }

  Task<Result<void>> save_family(const TokenFamily& family) override {
    store::save_family(database_, family);
    return done();
  }
  Task<Result<bool>> revoke_family(const std::string& id, UnixMs now) override {
    co_return store::revoke_family(database_, id, now);
  }
  Task<Result<std::size_t>> revoke_families_of(const std::string& user_id, UnixMs now) override {
    co_return store::revoke_families_of(database_, user_id, now);
  }
  Task<Result<std::size_t>> clear_revoked() override { co_return store::clear_revoked(database_); }

  Task<Result<LoginAttempt>> reserve_attempt(const std::string& username, const LockOut& rule,
                                             UnixMs now) override {
    co_return store::reserve_attempt(database_, username, rule, now);
  }
  Task<Result<void>> refund_attempt(const std::string& username) override {
    store::refund_attempt(database_, username);
    return done();
  }
  Task<Result<void>> clear_login_failures(const std::string& username) override {
    store::clear_login_failures(database_, username);
    return done();
  }

  Task<Result<void>> record(const AuditRecord& record) override {
    store::add_audit_record(database_, record);
    return done();
  }

  Task<Result<bool>> prune(UnixMs now) override { co_return store::prune(database_, now); }
  Task<Result<void>> set_noticed(std::int64_t version) override {
    store::set_noticed(database_, version);
    return done();
  }

 private:
  static Task<Result<void>> done() { co_return Result<void>(); }

  sqlite::Database& database_;
};

Result<void> run_to_end(sqlite::Database& database, const AccountStore::Work<void>& work) {
  SqliteAccountTransaction transaction(database);
  const RunHere::Make<Result<void>> make = [&](Executor) { return work(transaction); };
  return RunHere::without_waiting<Result<void>>(make);
}

}  // namespace

template <class Value>
Task<Result<Value>> SqliteAccountReads::look_up(Executor executor,
                                                std::function<Value(sqlite::Database&)> query) {
  const auto found = std::make_shared<std::optional<Value>>();
  Query keeping = [found, query = std::move(query)](sqlite::Database& database) {
    found->emplace(query(database));
  };
  auto done = co_await read(executor, std::move(keeping));
  if (!done) co_return done.error();
  co_return std::move(**found);
}

Task<Result<std::optional<User>>> SqliteAccountReads::user(Executor executor, std::string id) {
  std::function<std::optional<User>(sqlite::Database&)> query =
      [id = std::move(id)](sqlite::Database& database) { return store::user_by_id(database, id); };
  return look_up<std::optional<User>>(executor, std::move(query));
}

Task<Result<std::optional<User>>> SqliteAccountReads::user_by_name(Executor executor, std::string username) {
  std::function<std::optional<User>(sqlite::Database&)> query =
      [username = std::move(username)](sqlite::Database& database) {
        return store::user_by_name(database, username);
      };
  return look_up<std::optional<User>>(executor, std::move(query));
}

Task<Result<UserPage>> SqliteAccountReads::users(Executor executor, UserQuery query) {
  std::function<UserPage(sqlite::Database&)> job = [query = std::move(query)](sqlite::Database& database) {
    return store::page_of_users(database, query);
  };
  return look_up<UserPage>(executor, std::move(job));
}

Task<Result<std::optional<ApiKey>>> SqliteAccountReads::key(Executor executor, std::string id) {
  std::function<std::optional<ApiKey>(sqlite::Database&)> query =
      [id = std::move(id)](sqlite::Database& database) { return store::key_by_id(database, id); };
  return look_up<std::optional<ApiKey>>(executor, std::move(query));
}

Task<Result<KeyPage>> SqliteAccountReads::keys(Executor executor, KeyQuery query) {
  std::function<KeyPage(sqlite::Database&)> job = [query = std::move(query)](sqlite::Database& database) {
    return store::page_of_keys(database, query);
  };
  return look_up<KeyPage>(executor, std::move(job));
}

Task<Result<StreamTokenPage>> SqliteAccountReads::stream_tokens(Executor executor, StreamTokenQuery query) {
  std::function<StreamTokenPage(sqlite::Database&)> job = [query =
                                                               std::move(query)](sqlite::Database& database) {
    return store::page_of_stream_tokens(database, query);
  };
  return look_up<StreamTokenPage>(executor, std::move(job));
}

Task<Result<AccountVersions>> SqliteAccountReads::versions(Executor executor) {
  std::function<AccountVersions(sqlite::Database&)> query = [](sqlite::Database& database) {
    AccountVersions versions;
    versions.stored = store::version(database);
    versions.noticed = store::noticed(database);
    return versions;
  };
  return look_up<AccountVersions>(executor, std::move(query));
}

Task<Result<std::shared_ptr<const AccountSnapshot>>> SqliteAccountReads::snapshot(
    Executor executor, const std::vector<EnvironmentKey>& environment,
    std::shared_ptr<const AccountSnapshot> before) {
  using Snapshot = std::shared_ptr<const AccountSnapshot>;
  std::function<Snapshot(sqlite::Database&)> query =
      [&environment, before = std::move(before)](sqlite::Database& database) {
        return read_newer(database, environment, before);
      };
  return look_up<Snapshot>(executor, std::move(query));
}

Task<Result<void>> SqliteAccountStore::run(Executor executor, Work<void> work) {
  const auto outcome = std::make_shared<Result<void>>();
  sqlite::Writer::Job job = [outcome, work = std::move(work)](sqlite::Database& database) {
    database.cached("SAVEPOINT account_transaction").run();
    *outcome = run_to_end(database, work);
    if (!*outcome) database.cached("ROLLBACK TO account_transaction").run();
    database.cached("RELEASE account_transaction").run();
  };
  auto written = co_await writer_.write(executor, std::move(job));
  if (!written) co_return written.error();
  co_return *outcome;
}

Task<Result<void>> SqliteAccountStore::read(Executor executor, Query query) {
  std::function<bool(sqlite::Database&)> job = [query = std::move(query)](sqlite::Database& database) {
    query(database);
    return true;
  };
  auto read = co_await readers_.read<bool>(executor, std::move(job));
  if (!read) co_return read.error();
  co_return Result<void>();
}

/// Runs `work` between `begin` and its end. Whatever fails or throws rolls back.
template <class Work>
Result<void> in_transaction(sqlite::Database& database, const char* begin, const Work& work) {
  try {
    database.execute(begin);
    Result<void> outcome = work();
    database.execute(outcome ? "COMMIT" : "ROLLBACK");
    return outcome;
  } catch (const sqlite::DatabaseFault& fault) {
    sqlite3_exec(database.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    return fault.as_error();
  } catch (...) {
    sqlite3_exec(database.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

Task<Result<void>> SqliteConnectionAccountStore::run(Executor, Work<void> work) {
  co_return in_transaction(database_, "BEGIN IMMEDIATE", [&] { return run_to_end(database_, work); });
}

Task<Result<void>> SqliteConnectionAccountStore::read(Executor, Query query) {
  co_return in_transaction(database_, "BEGIN", [&] {
    query(database_);
    return Result<void>();
  });
}

}  // namespace papi::auth
