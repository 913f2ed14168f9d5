#pragma once

#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>
#include <filesystem>

#include "auth/audit.hpp"
#include "auth/key_service.hpp"
#include "auth/login_service.hpp"
#include "auth/sqlite_account_rows.hpp"
#include "auth/sqlite_account_store.hpp"
#include "auth/sqlite_audit_store.hpp"
#include "auth/stream_token_service.hpp"
#include "auth/token_service.hpp"
#include "auth/user_service.hpp"
#include "platform/base/random.hpp"
#include "platform/base/run_here.hpp"
#include "platform/net/io_threads.hpp"
#include "schema/sqlite_schema.hpp"

namespace papi::auth {

using namespace std::chrono_literals;

/// The use cases of auth/ on a database file of their own. stop() and start() are a restart of the program.
struct AccountTest : testing::Test {
  static inline const Secret good{"violet tram 7"};

  AccountTest() { start(); }
  ~AccountTest() override {
    stop();
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
  }

  static TokenSigner test_signer() {
    TokenKeys keys;
    keys.signing = Secret(std::string(32, 's'));
    keys.verifying.push_back(keys.signing);
    return TokenSigner(std::move(keys));
  }
  struct Running {
    Running(const std::string& path, Logger& log, const Clock& clock, const AccountOptions& options,
            std::size_t waiting_hashes)
        : threads(1), signer(test_signer()), pool(2, waiting_hashes) {
      auto database = sqlite::Database::open(path);
      EXPECT_TRUE(schema::migrate(*database));
      auto readers_opened = sqlite::Readers::open(path, 1, log);
      readers = std::move(*readers_opened);
      writer.emplace(std::move(*sqlite::Database::open(path)), sqlite::Durability::batched, log);
      store.emplace(*writer, *readers);
      cache.emplace(std::vector<EnvironmentKey>(), *store);
      const RunHere::Make<Result<void>> refresh = [this](Executor executor) {
        return cache->refresh(executor);
      };
      EXPECT_TRUE(here.blocking<Result<void>>(refresh));
      audit_store.emplace(*writer, *readers);
      audit.emplace(threads.executor(0), *audit_store, log, clock);
      changes.emplace(*store, &*cache);
      issuer.emplace(signer, options.access_lifetime);
      logins.emplace(LoginService::Dependencies{*changes, hasher, *issuer, *audit, log, clock}, options);
      tokens.emplace(TokenService::Dependencies{*changes, signer, *issuer, *audit, log, clock}, options);
      users.emplace(*changes, hasher, clock);
      keys.emplace(*changes, clock, options);
      stream_tokens.emplace(*changes, clock, options);
      threads.start();
      recording = net::co_spawn(threads.executor(0), audit->run(), net::use_future);
    }
    ~Running() {
      net::post(threads.executor(0), [this] { audit->stop(); });
      recording.get();
      threads.stop();
    }
    RunHere here;
    IoThreads threads;
    TokenSigner signer;
    ThreadPool pool;
    std::unique_ptr<sqlite::Readers> readers;
    std::optional<sqlite::Writer> writer;
    std::optional<SqliteAccountStore> store;
    std::optional<AccountCache> cache;
    std::optional<SqliteAuditStore> audit_store;
    std::optional<AuditTrail> audit;
    PasswordHasher hasher{pool};
    std::optional<AccountChanges> changes;
    std::optional<TokenIssuer> issuer;
    std::optional<LoginService> logins;
    std::optional<TokenService> tokens;
    std::optional<UserService> users;
    std::optional<KeyService> keys;
    std::optional<StreamTokenService> stream_tokens;
    std::future<void> recording;
  };
  void start() { running.emplace(path, log, clock, options, waiting_hashes); }
  void stop() { running.reset(); }
  LoginService& logins() { return *running->logins; }
  TokenService& tokens() { return *running->tokens; }
  UserService& users() { return *running->users; }
  KeyService& keys() { return *running->keys; }
  StreamTokenService& stream_tokens() { return *running->stream_tokens; }
  Executor executor() { return running->threads.executor(0); }
  template <class T>
  T run(Task<T> task) {
    return net::co_spawn(executor(), std::move(task), net::use_future).get();
  }

  /// Somebody who has not identified themselves.
  Actor nobody() const {
    Actor actor;
    actor.client_address = address;
    actor.near = near;
    return actor;
  }
  User make(const char* name, Role role = Role::user) {
    auto user = run(users().create(nobody(), {name, "a@b.example", good, role}));
    EXPECT_TRUE(user);
    return user ? *user : User();
  }
  Actor actor(const User& user) const {
    Actor actor = nobody();
    actor.user_id = user.id;
    actor.username = user.username;
    actor.permissions = user.permissions;
    return actor;
  }
  auto login(const char* name, const Secret& password) {
    return run(logins().login(nobody(), name, password));
  }
  bool valid(const TokenPair& pair) {
    const auto claims = running->signer.verify(pair.access.reveal(), TokenType::access, clock.now_ms());
    return claims && !running->cache->current()->is_revoked(claims->family());
  }
  /// All records of the audit trail, each as `kind ok subject` or `kind no subject`.
  std::vector<std::string> record() {
    stop();
    start();
    AuditQuery query;
    query.kinds = audit_kinds("all");
    std::vector<std::string> out;
    const auto page = run(running->audit->read(executor(), query));
    for (const AuditRecord& entry : page->recent)
      out.push_back(std::string(to_string(entry.kind)) + (entry.success ? " ok " : " no ") + entry.subject);
    return out;
  }

  std::string path = testing::TempDir() + "accounts_" + random_hex(6) + ".db";
  ManualClock clock;
  LogOptions quiet{LogLevel::critical, LogFormat::text, ""};
  Logger log{quiet, clock};
  AccountOptions options;
  std::size_t waiting_hashes = 100;
  std::string address;
  bool near = false;
  std::optional<Running> running;
};

}  // namespace papi::auth
