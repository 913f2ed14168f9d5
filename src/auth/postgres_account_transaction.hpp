#pragma once

// One transaction of PostgresAccountStore, and how its rows are read.

#include "auth/account_store.hpp"
#include "platform/postgres/connection.hpp"
#include "platform/postgres/schema.hpp"

namespace papi::auth {

/// The columns that read_user(), read_key() and read_stream_token() take.
inline constexpr std::string_view user_columns =
    "id, username, email, role, active, demo, created_at, last_login_at";
inline constexpr std::string_view key_columns =
    "id, user_id, name, hash, preview, permissions, created_at, expires_at, last_used, active, parent_id";
inline constexpr std::string_view stream_token_columns =
    "id, user_id, name, hash, preview, maker_id, sessions, types, origins, created_at, expires_at, last_used";
User read_user(const postgres::Row& row);
ApiKey read_key(const postgres::Row& row);
StreamToken read_stream_token(const postgres::Row& row);

/// Its statements run between the BEGIN and the COMMIT of the caller. Locks of users and of the set of admins
/// are advisory locks to the end of the transaction, because the user may have no row.
class PostgresAccountTransaction final : public AccountTransaction {
 public:
  PostgresAccountTransaction(postgres::Connection& connection, const postgres::Schema& schema)
      : connection_(connection), schema_(schema) {}

  /// What made a method fail. The caller repeats the transaction if that may help.
  const std::optional<postgres::DatabaseFault>& fault() const { return fault_; }
  /// Writes down what changed. Comes last, because every change of accounts updates the same row.
  Task<postgres::Reply<void>> note_changes();

  Task<Result<void>> lock_admins() override;
  Task<Result<void>> lock_user(const std::string& id) override;
  Task<Result<std::optional<TokenFamily>>> lock_family(const std::string& id) override;

  Task<Result<bool>> add_user(const NewUser& user) override;
  Task<Result<std::optional<User>>> user_by_id(const std::string& id) override;
  Task<Result<std::optional<User>>> user_by_name(const std::string& username) override;
  Task<Result<std::string>> password_hash_of(const std::string& user_id) override;
  Task<Result<bool>> other_admin(const std::string& user_id) override;
  Task<Result<void>> update_user(const User& user) override;
  Task<Result<void>> set_password(const User& user, const std::string& hash, UnixMs now) override;
  Task<Result<void>> set_demo(const std::string& user_id) override;
  Task<Result<bool>> delete_user(const std::string& id, UnixMs now) override;
  Task<Result<void>> logged_in(const std::string& user_id, UnixMs now) override;

  Task<Result<void>> add_key(const ApiKey& key) override;
  Task<Result<std::optional<ApiKey>>> key_by_id(const std::string& id) override;
  Task<Result<std::int64_t>> count_keys(const std::string& user_id, UnixMs now) override;
  Task<Result<bool>> revoke_key(const std::string& id) override;
  Task<Result<void>> shorten_key(const std::string& id, UnixMs expires_at) override;
  Task<Result<void>> key_used(const std::string& id, UnixMs when) override;

  // Stream tokens and sign-in codes are in postgres_stream_tokens.cpp.
  Task<Result<void>> add_stream_token(const StreamToken& token) override;
  Task<Result<std::optional<StreamToken>>> stream_token_by_id(const std::string& id) override;
  Task<Result<std::int64_t>> count_stream_tokens(const std::string& user_id, UnixMs now) override;
  Task<Result<bool>> delete_stream_token(const std::string& id) override;
  Task<Result<void>> stream_token_used(const std::string& id, UnixMs when) override;

  Task<Result<void>> add_sign_in_code(const SignInCode& code) override;
  Task<Result<std::optional<SignInCode>>> sign_in_code(const std::string& hash) override;
  Task<Result<bool>> use_sign_in_code(const std::string& hash, UnixMs now) override;

  Task<Result<void>> save_family(const TokenFamily& family) override;
  Task<Result<bool>> revoke_family(const std::string& id, UnixMs now) override;
  Task<Result<std::size_t>> revoke_families_of(const std::string& user_id, UnixMs now) override;
  Task<Result<std::size_t>> clear_revoked() override;

  Task<Result<LoginAttempt>> reserve_attempt(const std::string& username, const LockOut& rule,
                                             UnixMs now) override;
  Task<Result<void>> refund_attempt(const std::string& username) override;
  Task<Result<void>> clear_login_failures(const std::string& username) override;

  Task<Result<void>> record(const AuditRecord& record) override;

  Task<Result<bool>> prune(UnixMs now) override;
  Task<Result<void>> set_noticed(std::int64_t version) override;

 private:
  enum class Changed : std::int16_t { account = 0, family = 1 };

  template <class... Values>
  Task<Result<postgres::Rows>> ask(std::string_view name, std::string_view sql, Values&&... values) {
    return run(postgres::Statement(name, schema_.qualify(sql), std::forward<Values>(values)...));
  }
  Task<Result<postgres::Rows>> run(postgres::Statement statement);
  Task<Result<void>> lock(std::string name);
  Task<Result<void>> delete_sign_in_codes_of(const std::string& user_id);
  /// Deletes expired stream tokens and sign-in codes. Returns true if there may be more.
  Task<Result<bool>> prune_stream_tokens(UnixMs now, std::int64_t most);
  void changed(Changed kind, const std::string& id);
  /// Notes the families in the first column of `rows`. Returns how many there are.
  std::size_t families_changed(const postgres::Rows& rows);

  postgres::Connection& connection_;
  const postgres::Schema& schema_;
  std::optional<postgres::DatabaseFault> fault_;
  std::vector<std::optional<std::int64_t>> changed_kinds_;  // nullopt: everything may have changed
  std::vector<std::string> changed_ids_;
};

}  // namespace papi::auth
