#include "app/account_output.hpp"

#include <cstdio>

#include "platform/base/text.hpp"

namespace papi::app {
namespace {

std::string names_by_comma(PermissionSet permissions) {
  std::string text;
  for (const std::string_view name : auth::names_of(permissions)) (text += text.empty() ? "" : ",") += name;
  return text;
}

}  // namespace

void AccountOutput::created(const auth::User& user) {
  out_.open();
  write(user);
  out_.close();
  text_ = "User " + user.username + " (" + std::string(to_string(user.role)) + ") created, id " + user.id;
}

void AccountOutput::made(const auth::MadeKey& made, const std::string& username) {
  out_.open();
  out_.field("api_key", made.secret.reveal());
  write(made.key, username);
  out_.close();
  text_ = made.secret.reveal();  // alone on its line, so that a script can read it
  std::fprintf(stderr, "Key %s of %s (%s), until %s. It is shown this once:\n", made.key.id.c_str(),
               username.c_str(), names_by_comma(made.key.permissions).c_str(),
               rfc3339(made.key.expires_at).c_str());
}

void AccountOutput::made(const auth::MadeStreamToken& made, const std::string& username) {
  out_.open();
  out_.field("token", made.secret.reveal());
  out_.open("stream_token");
  write(made.token, username);
  out_.close();
  out_.close();
  text_ = made.secret.reveal();
  std::fprintf(stderr, "Stream token %s of %s (%s), until %s. It is shown this once:\n",
               made.token.id.c_str(), username.c_str(), auth::joined(made.token.sessions).c_str(),
               rfc3339(made.token.expires_at).c_str());
}

void AccountOutput::made(const auth::IssuedCode& issued, const std::string& link) {
  out_.open();
  out_.field("code", issued.code.reveal());
  out_.field("link", link);
  out_.field("username", issued.username);
  out_.field("expires_at", rfc3339(issued.expires_at));
  out_.close();
  text_ = link;
  std::fprintf(stderr, "Signs in as %s, once, until %s. It is shown this once:\n", issued.username.c_str(),
               rfc3339(issued.expires_at).c_str());
}

void AccountOutput::done(std::string text) {
  out_.open();
  out_.field("status", "success");
  out_.field("message", text);
  out_.close();
  text_ = std::move(text);
}

void AccountOutput::open_list(std::string_view name) {
  out_.open();
  out_.open_array(name);
}

void AccountOutput::list(const auth::User& user) {
  out_.open();
  write(user);
  out_.close();
  const auto role = to_string(user.role);
  text_ += (text_.empty() ? "" : "\n") + user.id + "  " + std::string(role) +
           std::string(10 - role.size(), ' ') + (user.active ? "active    " : "disabled  ") + user.username;
}

void AccountOutput::list(const auth::ApiKey& key, const std::string& username) {
  out_.open();
  write(key, username);
  out_.close();
  const char* state = !key.active ? "revoked" : key.expires_at <= clock_.now_ms() ? "expired" : "active ";
  text_ += (text_.empty() ? "" : "\n") + key.id + "  " + state + "  " + key.preview + "…  " + username +
           "  " + names_by_comma(key.permissions) + "  until " + rfc3339(key.expires_at) + "  " + key.name;
}

void AccountOutput::list(const auth::StreamToken& token, const std::string& username) {
  out_.open();
  write(token, username);
  out_.close();
  text_ += (text_.empty() ? "" : "\n") + token.id + "  " + token.preview + "…  " + username + "  " +
           auth::joined(token.sessions) + "  until " + rfc3339(token.expires_at) + "  " + token.name;
}

void AccountOutput::close_list(const char* if_empty) {
  out_.close_array();
  out_.close();
  if (text_.empty()) text_ = if_empty;
}

void AccountOutput::print(bool as_json) const {
  std::printf("%s\n", visible(as_json ? json_ : text_).c_str());
  std::fflush(stdout);
}

void AccountOutput::write(const auth::User& user) {
  out_.field("id", user.id);
  out_.field("username", user.username);
  out_.field("email", user.email);
  out_.field("role", to_string(user.role));
  out_.field("is_active", user.active);
  out_.field("created_at", rfc3339(user.created_at));
}

void AccountOutput::write(const auth::ApiKey& key, const std::string& username) {
  out_.field("id", key.id);
  out_.field("username", username);
  out_.field("name", key.name);
  out_.field("preview", key.preview);
  out_.texts_field("permissions", auth::names_of(key.permissions));
  out_.field("created_at", rfc3339(key.created_at));
  out_.field("expires_at", rfc3339(key.expires_at));
  out_.field("is_active", key.active);
}

void AccountOutput::write(const auth::StreamToken& token, const std::string& username) {
  out_.field("id", token.id);
  out_.field("username", username);
  out_.field("name", token.name);
  out_.field("preview", token.preview);
  out_.texts_field("sessions", token.sessions);
  out_.texts_field("types", token.types);
  out_.texts_field("origins", token.origins);
  out_.field("created_at", rfc3339(token.created_at));
  out_.field("expires_at", rfc3339(token.expires_at));
}

}  // namespace papi::app
