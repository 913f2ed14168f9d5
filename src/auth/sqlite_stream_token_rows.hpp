#pragma once

// Stream tokens and sign-in codes as rows of SQLite. Blocking functions over one connection; they throw
// DatabaseFault. What they change of stream tokens raises the version of the accounts
// (sqlite_account_rows.hpp). A sign-in code is looked up in the database only, so it does not.

#include <optional>
#include <string>
#include <vector>

#include "auth/account_store.hpp"
#include "platform/sqlite/database.hpp"

namespace papi::auth::store {

void add_stream_token(sqlite::Database& database, const StreamToken& token);
std::optional<StreamToken> stream_token_by_id(sqlite::Database& database, std::string_view id);
/// Newest first.
std::vector<StreamToken> stream_tokens(sqlite::Database& database);
std::vector<StreamToken> stream_tokens_of(sqlite::Database& database, std::string_view user_id);
StreamTokenPage page_of_stream_tokens(sqlite::Database& database, const StreamTokenQuery& query);
/// Counts the stream tokens that have not expired.
std::int64_t count_stream_tokens(sqlite::Database& database, std::string_view user_id, UnixMs now);
/// Returns false if there is no such stream token.
bool delete_stream_token(sqlite::Database& database, std::string_view id);
/// Does not raise the version: the caller deletes the user.
void delete_stream_tokens_of(sqlite::Database& database, std::string_view user_id);
void stream_token_used(sqlite::Database& database, std::string_view id, UnixMs when);

void add_sign_in_code(sqlite::Database& database, const SignInCode& code);
std::optional<SignInCode> sign_in_code(sqlite::Database& database, std::string_view hash);
/// Returns false if the code was used before or does not exist.
bool use_sign_in_code(sqlite::Database& database, std::string_view hash, UnixMs now);
void delete_sign_in_codes_of(sqlite::Database& database, std::string_view user_id);

/// Each deletes at most `most` expired rows. Returns true if there may be more.
bool prune_stream_tokens(sqlite::Database& database, UnixMs now, std::int64_t most);
bool prune_sign_in_codes(sqlite::Database& database, UnixMs now, std::int64_t most);

}  // namespace papi::auth::store
