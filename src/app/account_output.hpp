#pragma once

#include <string>

#include "auth/key_service.hpp"
#include "auth/sign_in_codes.hpp"
#include "auth/stream_token_service.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/json_writer.hpp"

namespace papi::app {

/// What an account command prints, as text and as JSON. Nothing is printed before print(), except that made()
/// tells people about the secret on standard error.
class AccountOutput {
 public:
  /// `clock` must outlive this object.
  explicit AccountOutput(const Clock& clock) : clock_(clock), out_(json_) {}
  AccountOutput(const AccountOutput&) = delete;
  AccountOutput& operator=(const AccountOutput&) = delete;

  void created(const auth::User& user);
  /// The only output that has the secret of the key.
  void made(const auth::MadeKey& made, const std::string& username);
  /// The only output that has the secret of the stream token.
  void made(const auth::MadeStreamToken& made, const std::string& username);
  /// The only output that has the code. `link` opens the tester with it.
  void made(const auth::IssuedCode& issued, const std::string& link);
  void done(std::string text);

  void open_list(std::string_view name);
  void list(const auth::User& user);
  void list(const auth::ApiKey& key, const std::string& username);
  void list(const auth::StreamToken& token, const std::string& username);
  /// `if_empty`: the text of a list without rows.
  void close_list(const char* if_empty);

  /// Prints to standard output.
  void print(bool as_json) const;

 private:
  void write(const auth::User& user);
  void write(const auth::ApiKey& key, const std::string& username);
  void write(const auth::StreamToken& token, const std::string& username);

  const Clock& clock_;
  std::string text_;
  std::string json_;
  JsonWriter out_;
};

}  // namespace papi::app
