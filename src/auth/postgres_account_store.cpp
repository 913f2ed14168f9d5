#include "auth/postgres_account_store.hpp"

#include <unordered_set>

#include "auth/account_snapshot_editor.hpp"
#include "auth/postgres_account_transaction.hpp"
#include "platform/base/text.hpp"

namespace papi::auth {
namespace {

using postgres::Connection;
using postgres::Reply;
using postgres::Rows;
using postgres::Segment;
using postgres::Statement;

using Ids = std::vector<std::string>;
using SnapshotPtr = std::shared_ptr<const AccountSnapshot>;

std::vector<User> users_of(const Rows& rows) {
  std::vector<User> users;
  users.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) users.push_back(read_user(rows[i]));
  return users;
}
std::vector<ApiKey> keys_of(const Rows& rows) {
  std::vector<ApiKey> keys;
  keys.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) keys.push_back(read_key(rows[i]));
  return keys;
}
std::vector<StreamToken> stream_tokens_of(const Rows& rows) {
  std::vector<StreamToken> tokens;
  tokens.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) tokens.push_back(read_stream_token(rows[i]));
  return tokens;
}
Ids texts_of(const Rows& rows) {
  Ids texts;
  texts.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) texts.push_back(rows[i].get<std::string>(0));
  return texts;
}

std::string select(std::string_view columns, std::string_view rest) {
  return "SELECT " + std::string(columns) + ' ' + std::string(rest);
}

/// What changed since a version.
struct Changes {
  Ids accounts, families;
  bool complete = true;  // false: something changed that is not listed
};

/// Reads the next snapshot in one transaction.
class SnapshotReader {
 public:
  SnapshotReader(Connection& connection, const postgres::Schema& schema,
                 const std::vector<EnvironmentKey>& environment, SnapshotPtr before)
      : connection_(connection), schema_(schema), environment_(environment), before_(std::move(before)) {}

  Task<Reply<SnapshotPtr>> read() {
    const Statement begin("begin", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const Statement commit("commit", "COMMIT");
    if (auto begun = co_await connection_.query(begin); !begun) co_return begun.error();
    auto snapshot = co_await read_inside();
    if (!snapshot) co_return snapshot;  // the connection is not idle, so the pool closes it
    if (auto committed = co_await connection_.query(commit); !committed) co_return committed.error();
    co_return snapshot;
  }

 private:
  template <class... Values>
  Statement statement(std::string_view name, std::string_view sql, Values&&... values) const {
    return Statement(name, schema_.qualify(sql), std::forward<Values>(values)...);
  }

  Task<Reply<SnapshotPtr>> read_inside() {
    const Statement newest = statement("account_version", "SELECT version FROM {schema}.auth_version");
    CO_TRY(const Rows version, co_await connection_.query(newest));
    version_ = version[0].get<std::int64_t>(0);
    if (before_ && version_ == before_->version()) co_return before_;
    if (!before_ || version_ < before_->version()) co_return co_await read_all();
    CO_TRY(Changes changes, co_await read_changes());
    if (!changes.complete) co_return co_await read_all();
    CO_TRY(const bool few, co_await add_affected(changes.accounts));
    if (!few) co_return co_await read_all();
    co_return co_await read_some(changes);
  }

  Task<Reply<SnapshotPtr>> read_all() {
    Segment look;
    look.push_back(statement("all_users", select(user_columns, "FROM {schema}.users")));
    look.push_back(statement("all_keys", select(key_columns, "FROM {schema}.api_keys ORDER BY seq DESC")));
    look.push_back(statement("all_revoked", "SELECT family FROM {schema}.revoked_tokens"));
    look.push_back(statement("all_stream_tokens",
                             select(stream_token_columns, "FROM {schema}.stream_tokens ORDER BY seq DESC")));
    CO_TRY(const std::vector<Rows> rows, co_await connection_.segment(look));
    ListedAccountRows listed(users_of(rows[0]), keys_of(rows[1]), stream_tokens_of(rows[3]), environment_);
    co_return snapshot_of(version_, listed, environment_, texts_of(rows[2]));
  }

  Task<Reply<Changes>> read_changes() {
    Changes changes;
    const std::int64_t behind = version_ - before_->version();
    changes.complete = behind <= static_cast<std::int64_t>(max_changed_accounts);
    if (!changes.complete) co_return changes;
    const Statement look = statement(
        "account_changes", "SELECT kind, id FROM {schema}.auth_changes WHERE version > $1 ORDER BY version",
        before_->version());
    CO_TRY(const Rows rows, co_await connection_.query(look));
    changes.complete = static_cast<std::int64_t>(rows.size()) == behind;
    std::unordered_set<std::string> listed;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto kind = rows[i].get<std::int16_t>(0);
      if (kind != 0 && kind != 1) changes.complete = false;
      const bool of_account = kind == 0;
      std::string id = rows[i].get<std::string>(1);
      if (!listed.insert((of_account ? 'a' : 'f') + id).second) continue;
      (of_account ? changes.accounts : changes.families).push_back(std::move(id));
    }
    co_return changes;
  }

  /// Adds the users whose keys were made by a key of these accounts, and so on. Returns false if they are too
  /// many. A key that was not usable before has made no usable key.
  Task<Reply<bool>> add_affected(Ids& accounts) {
    const AccountSnapshotEditor before(*before_);
    std::unordered_set<std::string> known(accounts.begin(), accounts.end());
    for (std::size_t next = 0; next < accounts.size();) {
      Ids keys;
      for (; next < accounts.size(); ++next) {
        const auto account = before.account(accounts[next]);
        if (!account) continue;
        for (const auto& key : account->keys) keys.push_back(key->key.id);
      }
      if (accounts.size() > max_changed_accounts) co_return false;
      if (keys.empty()) break;
      const Statement look = statement(
          "users_with_keys_of",
          "SELECT DISTINCT user_id FROM {schema}.api_keys WHERE parent_id = ANY ($1) AND parent_id <> ''",
          keys);
      CO_TRY(const Rows rows, co_await connection_.query(look));
      for (std::string& id : texts_of(rows)) {
        if (known.insert(id).second) accounts.push_back(std::move(id));
      }
    }
    co_return accounts.size() <= max_changed_accounts;
  }

  Task<Reply<SnapshotPtr>> read_some(const Changes& changes) {
    // The keys of the accounts, the keys above them, and the owners of all these.
    constexpr std::string_view above =
        "WITH RECURSIVE line(id) AS (SELECT id FROM {schema}.api_keys WHERE user_id = ANY ($1) UNION "
        "SELECT k.parent_id FROM line JOIN {schema}.api_keys AS k ON k.id = line.id WHERE k.parent_id <> "
        "'') ";
    Segment look;
    look.push_back(
        statement("changed_users",
                  std::string(above) + select(user_columns,
                                              "FROM {schema}.users WHERE id = ANY ($1) OR id IN (SELECT "
                                              "k.user_id FROM {schema}.api_keys AS k JOIN line ON k.id = "
                                              "line.id)"),
                  changes.accounts));
    look.push_back(
        statement("changed_keys",
                  std::string(above) + select(key_columns,
                                              "FROM {schema}.api_keys WHERE id IN (SELECT id FROM line) "
                                              "ORDER BY seq DESC"),
                  changes.accounts));
    look.push_back(statement("changed_families",
                             "SELECT family FROM {schema}.revoked_tokens WHERE family = ANY ($1)",
                             changes.families));
    look.push_back(statement("changed_stream_tokens",
                             select(stream_token_columns,
                                    "FROM {schema}.stream_tokens WHERE user_id = ANY ($1) ORDER BY seq DESC"),
                             changes.accounts));
    CO_TRY(const std::vector<Rows> rows, co_await connection_.segment(look));
    ListedAccountRows listed(users_of(rows[0]), keys_of(rows[1]), stream_tokens_of(rows[3]), environment_);
    AccountSnapshotEditor edit(*before_);
    for (const std::string& id : changes.accounts) edit.replace(id, read_account(listed, id));
    const Ids revoked = texts_of(rows[2]);
    const std::unordered_set<std::string> still(revoked.begin(), revoked.end());
    for (const std::string& family : changes.families) edit.revoke(family, still.contains(family));
    co_return edit.finish(version_);
  }

  Connection& connection_;
  const postgres::Schema& schema_;
  const std::vector<EnvironmentKey>& environment_;
  const SnapshotPtr before_;
  std::int64_t version_ = 0;
};

}  // namespace

Task<Result<std::optional<User>>> PostgresAccountStore::user(Executor, std::string id) {
  Segment look;
  look.emplace_back("user", schema_.qualify(select(user_columns, "FROM {schema}.users WHERE id = $1")),
                    postgres::findable(id));
  CO_TRY(const std::vector<Rows> rows, co_await pool_.ask(std::move(look)));
  co_return rows[0].empty() ? std::nullopt : std::optional(read_user(rows[0][0]));
}

Task<Result<std::optional<User>>> PostgresAccountStore::user_by_name(Executor, std::string username) {
  Segment look;
  look.emplace_back("user_by_name",
                    schema_.qualify(select(user_columns, "FROM {schema}.users WHERE name_key = $1")),
                    postgres::findable(to_lower_ascii(username)));
  CO_TRY(const std::vector<Rows> rows, co_await pool_.ask(std::move(look)));
  co_return rows[0].empty() ? std::nullopt : std::optional(read_user(rows[0][0]));
}

Task<Result<UserPage>> PostgresAccountStore::users(Executor, UserQuery query) {
  Segment look;
  look.emplace_back("count_users", schema_.qualify("SELECT count(*) FROM {schema}.users"));
  look.emplace_back("page_of_users",
                    schema_.qualify(select(user_columns,
                                           "FROM {schema}.users WHERE (created_at, id) > ($1, $2) ORDER BY "
                                           "created_at, id LIMIT $3")),
                    std::int64_t{query.after_created_at}, postgres::findable(query.after_id),
                    query.limit + 1);
  CO_TRY(const std::vector<Rows> rows, co_await pool_.ask(std::move(look)));
  UserPage page;
  page.total = rows[0][0].get<std::int64_t>(0);
  page.users = users_of(rows[1]);
  page.more = static_cast<std::int64_t>(page.users.size()) > query.limit;
  if (page.more) page.users.pop_back();
  co_return page;
}

Task<Result<std::optional<ApiKey>>> PostgresAccountStore::key(Executor, std::string id) {
  Segment look;
  look.emplace_back("key", schema_.qualify(select(key_columns, "FROM {schema}.api_keys WHERE id = $1")),
                    postgres::findable(id));
  CO_TRY(const std::vector<Rows> rows, co_await pool_.ask(std::move(look)));
  co_return rows[0].empty() ? std::nullopt : std::optional(read_key(rows[0][0]));
}

Task<Result<KeyPage>> PostgresAccountStore::keys(Executor, KeyQuery query) {
  if (!postgres::is_storable(query.user_id)) co_return KeyPage();  // nobody has that id
  Segment look;
  look.emplace_back("count_keys",
                    schema_.qualify("SELECT count(*) FROM {schema}.api_keys WHERE $1 = '' OR user_id = $1"),
                    query.user_id);
  look.emplace_back(
      "page_of_keys",
      schema_.qualify(select(key_columns,
                             ", seq FROM {schema}.api_keys WHERE seq < $1 AND ($2 = '' OR user_id = "
                             "$2) ORDER BY seq DESC LIMIT $3")),
      query.before, query.user_id, query.limit + 1);
  CO_TRY(const std::vector<Rows> rows, co_await pool_.ask(std::move(look)));
  KeyPage page;
  page.total = rows[0][0].get<std::int64_t>(0);
  page.keys = keys_of(rows[1]);
  if (static_cast<std::int64_t>(page.keys.size()) > query.limit) {
    page.keys.pop_back();
    constexpr int seq = 11;
    page.next = page.keys.empty() ? query.before : rows[1][page.keys.size() - 1].get<std::int64_t>(seq);
  }
  co_return page;
}

Task<Result<StreamTokenPage>> PostgresAccountStore::stream_tokens(Executor, StreamTokenQuery query) {
  if (!postgres::is_storable(query.user_id)) co_return StreamTokenPage();  // nobody has that id
  Segment look;
  look.emplace_back("count_listed_stream_tokens",
                    schema_.qualify("SELECT count(*) FROM {schema}.stream_tokens WHERE expires_at > $1 AND "
                                    "($2 = '' OR user_id = $2)"),
                    std::int64_t{query.now}, query.user_id);
  look.emplace_back("page_of_stream_tokens",
                    schema_.qualify(select(stream_token_columns,
                                           ", seq FROM {schema}.stream_tokens WHERE seq < $1 AND expires_at "
                                           "> $2 AND ($3 = '' OR user_id = $3) ORDER BY seq DESC LIMIT $4")),
                    query.before, std::int64_t{query.now}, query.user_id, query.limit + 1);
  CO_TRY(const std::vector<Rows> rows, co_await pool_.ask(std::move(look)));
  StreamTokenPage page;
  page.total = rows[0][0].get<std::int64_t>(0);
  page.tokens = stream_tokens_of(rows[1]);
  if (static_cast<std::int64_t>(page.tokens.size()) > query.limit) {
    page.tokens.pop_back();
    constexpr int seq = 12;
    page.next = page.tokens.empty() ? query.before : rows[1][page.tokens.size() - 1].get<std::int64_t>(seq);
  }
  co_return page;
}

Task<Result<AccountVersions>> PostgresAccountStore::versions(Executor) {
  Segment look;
  look.emplace_back("account_versions",
                    schema_.qualify("SELECT version, noticed FROM {schema}.auth_version"));
  CO_TRY(const std::vector<Rows> rows, co_await pool_.ask(std::move(look)));
  AccountVersions versions;
  versions.stored = rows[0][0].get<std::int64_t>(0);
  versions.noticed = rows[0][0].get<std::int64_t>(1);
  co_return versions;
}

Task<Result<SnapshotPtr>> PostgresAccountStore::snapshot(Executor,
                                                         const std::vector<EnvironmentKey>& environment,
                                                         SnapshotPtr before) {
  const std::function<Task<Reply<SnapshotPtr>>(Connection&)> work =
      [&](Connection& connection) -> Task<Reply<SnapshotPtr>> {
    SnapshotReader reader(connection, schema_, environment, before);
    co_return co_await reader.read();
  };
  CO_TRY(SnapshotPtr next, co_await pool_.run<SnapshotPtr>(work));
  co_return next;
}

Task<Result<void>> PostgresAccountStore::run(Executor, Work<void> work) {
  std::optional<Error> refusal;  // what `work` returned when the storage had not failed
  const std::function<Task<Reply<bool>>(Connection&)> body =
      [&](Connection& connection) -> Task<Reply<bool>> {
    refusal.reset();
    if (fence_) {
      if (auto ours = co_await connection.query(*fence_); !ours) co_return ours.error();
    }
    PostgresAccountTransaction transaction(connection, schema_);
    auto outcome = co_await work(transaction);
    if (transaction.fault()) co_return *transaction.fault();
    if (!outcome) {
      refusal = outcome.error();
      co_return postgres::DatabaseFault(postgres::FaultKind::refused, "the change was refused");
    }
    if (auto noted = co_await transaction.note_changes(); !noted) co_return noted.error();
    co_return true;
  };
  postgres::TransactionOptions options;
  options.isolation = isolation_;
  const auto done = co_await pool_.transact<bool>(options, body);
  if (refusal) co_return *refusal;
  if (!done) co_return done.error().as_error();
  co_return Result<void>();
}

}  // namespace papi::auth
