#include "app/account_commands.hpp"

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <limits>
#include <thread>

#include "auth/account_service.hpp"
#include "auth/founding.hpp"
#include "auth/password.hpp"
#include "platform/base/json_writer.hpp"
#include "platform/base/text.hpp"
#include "platform/sqlite/file_check.hpp"
#include "platform/sqlite/owner_lock.hpp"

namespace papi::app {
namespace {

using auth::ApiKey;
using auth::User;
namespace store = auth::store;

constexpr int exit_bad_data = 5;

/// A line from the terminal that is not shown.
std::optional<std::string> ask_hidden(const char* question) {
  termios shown{};
  if (tcgetattr(STDIN_FILENO, &shown) != 0) return std::nullopt;
  termios hidden = shown;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  std::fputs(question, stderr);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  std::string line;
  const bool read = static_cast<bool>(std::getline(std::cin, line));
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
  std::fputc('\n', stderr);
  return read ? std::optional(line) : std::nullopt;
}

Result<Secret> read_password(const std::string& file) {
  if (!file.empty()) {
    std::ifstream opened;
    if (file != "-") opened.open(file);
    std::string line;
    if (!std::getline(file == "-" ? std::cin : opened, line))
      return invalid("--password-file", "'" + file + "' cannot be read");
    if (line.ends_with('\r')) line.pop_back();
    return Secret(std::move(line));
  }
  if (isatty(STDIN_FILENO) == 0)
    return invalid("--password-file", "needed without a terminal: a file, or - for standard input");
  const auto first = ask_hidden("New password: ");
  const auto again = ask_hidden("Once more: ");
  if (!first || !again) return invalid("password", "none was given");
  if (*first != *again) return invalid("password", "the two differ");
  return Secret(*first);
}

Result<auth::PermissionSet> read_permissions(const std::string& list, auth::PermissionSet most) {
  if (list.empty()) return most;
  auth::PermissionSet permissions = 0;
  for (const std::string_view name : split(list, ',')) {
    const auto known = auth::parse_permission(trim(name));
    if (!known) return invalid("--permissions", "must be read, write, connect, admin or *, by comma");
    permissions |= *known;
  }
  if ((permissions & ~most) != 0) return invalid("--permissions", "more than the user may");
  return permissions;
}

std::string join(auth::PermissionSet permissions) {
  std::string text;
  for (const std::string_view name : auth::names_of(permissions)) (text += text.empty() ? "" : ",") += name;
  return text;
}

}  // namespace

/// One run of one command, over one connection.
class AccountCommand {
 public:
  AccountCommand(const AccountCommands::Options& options, const Settings& settings, const Clock& clock,
                 sqlite::Database& database)
      : options_(options), settings_(settings), now_(clock.now_ms()), database_(database), out_(json_) {}

  Result<void> run(const std::string& group, const std::string& name) {
    command_ = "profile-api " + group + " " + name;
    database_.execute("BEGIN IMMEDIATE");
    const std::int64_t before = store::version(database_);
    auto done = dispatch(group, name);
    const std::int64_t version = store::version(database_);
    database_.execute(done ? "COMMIT" : "ROLLBACK");
    if (!done) return done;
    std::printf("%s\n", visible(options_.json ? json_ : text_).c_str());
    std::fflush(stdout);
    if (version != before) wait_until_noticed(version);
    return done;
  }

 private:
  /// So that a key works, and one that was revoked does not, once the command has ended.
  void wait_until_noticed(std::int64_t version) {
    using namespace std::chrono_literals;
    constexpr auto patience = 5s;
    constexpr auto between_looks = 20ms;
    const auto until = std::chrono::steady_clock::now() + patience;
    while (store::noticed(database_) < version && sqlite::OwnerLock::owner_of(settings_.sqlite_path())) {
      if (std::chrono::steady_clock::now() >= until) {
        std::fprintf(stderr,
                     "profile-api: stored; the running service is busy and has not taken notice yet\n");
        return;
      }
      std::this_thread::sleep_for(between_looks);
    }
  }

  struct Maker {
    std::string id;
    UnixMs expires_at = std::numeric_limits<UnixMs>::max();
  };

  Result<void> dispatch(const std::string& group, const std::string& name) {
    if (group == "users") {
      if (name == "create") return create_user();
      if (name == "list") return list_users();
      if (name == "set-password") return set_password();
      return set_active(name == "enable");
    }
    if (group == "keys") {
      if (name == "create") return create_key();
      if (name == "list") return list_keys();
      if (name == "rotate") return rotate_key();
      return revoke_key();
    }
    return name == "revoke" ? revoke_tokens() : clear_revoked();
  }

  Result<User> named_user() {
    auto user = store::user_by_name(database_, options_.user);
    if (!user) user = store::user_by_id(database_, options_.user);
    if (!user) return Error(ErrorCode::not_found, "there is no user '" + options_.user + "'");
    return std::move(*user);
  }

  /// The password is asked for without holding the database.
  Result<std::string> new_hash(const std::string& username) {
    database_.execute("COMMIT");
    auto password = read_password(options_.password_file);
    std::optional<std::string> fault;
    if (password) fault = auth::password_fault(*password, username);
    std::string hash = password && !fault ? auth::hash_password(*password) : "";
    database_.execute("BEGIN IMMEDIATE");
    if (!password) return password.error();
    if (fault) return invalid("password", *fault);
    return hash;
  }

  Result<void> create_user() {
    const auto role = auth::parse_role(options_.role);
    if (!role) return invalid("--role", "must be admin, service, user or readonly");
    if (const auto fault = auth::username_fault(options_.user)) return invalid("username", *fault);
    const auto email_fault = options_.email.empty() ? std::nullopt : auth::email_fault(options_.email);
    if (email_fault) return invalid("--email", *email_fault);
    if (store::user_by_name(database_, options_.user)) return taken();
    store::NewUser add;
    add.user = auth::fresh_user(options_.user, options_.email, *role, now_);
    TRY(add.password_hash, new_hash(options_.user));
    if (!store::add_user(database_, add)) return taken();
    record(auth::AuditKind::user_change, options_.user, "created as " + options_.role);
    out_.open();
    write_user(add.user);
    out_.close();
    text_ = "User " + add.user.username + " (" + options_.role + ") created, id " + add.user.id;
    return {};
  }

  Error taken() const { return Error(ErrorCode::conflict, "username: '" + options_.user + "' is taken"); }

  Result<void> list_users() {
    out_.open();
    out_.open_array("users");
    for (const User& user : store::users(database_)) {
      out_.open();
      write_user(user);
      out_.close();
      const auto role = to_string(user.role);
      text_ += (text_.empty() ? "" : "\n") + user.id + "  " + std::string(role) +
               std::string(10 - role.size(), ' ') + (user.active ? "active    " : "disabled  ") +
               user.username;
    }
    out_.close_array();
    out_.close();
    if (text_.empty()) text_ = "There are no users";
    return {};
  }

  Result<void> set_password() {
    TRY(const User user, named_user());
    TRY(const std::string hash, new_hash(user.username));
    store::set_password(database_, user, hash, now_);
    record(auth::AuditKind::user_change, user.username, "password set");
    return say("Password of " + user.username + " set; all logins of this user have ended");
  }

  Result<void> set_active(bool active) {
    TRY(User user, named_user());
    const bool last = !active && user.role == auth::Role::admin && !store::other_admin(database_, user.id);
    if (last) return Error(ErrorCode::conflict, "this is the last active admin: make another one first");
    user.active = active;
    store::update_user(database_, user);
    if (!active) store::revoke_families_of(database_, user.id, now_);
    record(auth::AuditKind::user_change, user.username, active ? "enabled" : "disabled");
    return say("User " + user.username + (active ? " enabled" : " disabled"));
  }

  /// `maker`: the key that it ends with, if any.
  Result<void> add_key(const User& owner, std::string name, auth::PermissionSet permissions,
                       const Maker& maker) {
    const std::int64_t days = options_.days > 0 ? options_.days : settings_.auth.key_days;
    auto made = auth::fresh_key(owner, std::move(name), permissions, days, now_);
    made.key.parent_id = maker.id;
    made.key.expires_at = std::min(made.key.expires_at, maker.expires_at);
    store::add_key(database_, made.key);
    record(auth::AuditKind::key_change, made.key.id, "created for " + owner.username);
    out_.open();
    out_.field("api_key", made.secret.reveal());
    write_key(made.key, owner.username);
    out_.close();
    text_ = made.secret.reveal();  // alone on its line, so that a script can take it
    std::fprintf(stderr, "Key %s of %s (%s), until %s. It is shown this once:\n", made.key.id.c_str(),
                 owner.username.c_str(), join(permissions).c_str(), rfc3339(made.key.expires_at).c_str());
    return {};
  }

  Result<void> create_key() {
    TRY(const User owner, named_user());
    TRY(const auth::PermissionSet permissions, read_permissions(options_.permissions, owner.permissions));
    if (const auto fault = auth::key_name_fault(options_.key_name)) return invalid("--name", *fault);
    if (store::count_keys(database_, owner.id, now_) >= settings_.auth.keys_per_user) {
      return Error(ErrorCode::conflict, "at most " + std::to_string(settings_.auth.keys_per_user) +
                                            " active keys a user (API_KEY_MAX_PER_USER): revoke one first");
    }
    return add_key(owner, options_.key_name, permissions, Maker());
  }

  Result<ApiKey> active_key() {
    const auto key = store::key_by_id(database_, options_.key_id);
    if (!key || !key->active)
      return Error(ErrorCode::not_found, "there is no active key '" + options_.key_id + "'");
    return *key;
  }

  /// What made `key`: a key that works, of the database or of the settings, which have no end here.
  Result<Maker> maker_of(const ApiKey& key) {
    Maker maker;
    maker.id = key.parent_id;
    for (std::string id = key.parent_id; !id.empty() && !auth::is_environment_key(id);) {
      const auto parent = store::key_by_id(database_, id);
      if (!parent || !parent->active || parent->expires_at <= now_)
        return Error(ErrorCode::conflict,
                     "the key '" + id + "' that made it has ended, and it with that: make a new one");
      maker.expires_at = std::min(maker.expires_at, parent->expires_at);
      id = parent->parent_id;
    }
    return maker;
  }

  Result<void> rotate_key() {
    TRY(const ApiKey old, active_key());
    TRY(const Maker maker, maker_of(old));
    const auto owner = store::user_by_id(database_, old.user_id);
    if (!owner) return Error(ErrorCode::not_found, "the key's user is gone");
    if (options_.overlap_hours > 0) {
      store::shorten_key(database_, old.id, now_ + options_.overlap_hours * 3'600'000);
    } else {
      store::revoke_key(database_, old.id);
    }
    record(auth::AuditKind::key_change, old.id, "rotated");
    return add_key(*owner, old.name, old.permissions & owner->permissions, maker);
  }

  Result<void> revoke_key() {
    TRY(const ApiKey key, active_key());
    store::revoke_key(database_, key.id);
    record(auth::AuditKind::key_change, key.id, "revoked");
    return say("Key " + key.id + " revoked");
  }

  Result<void> list_keys() {
    std::string user_id;
    if (!options_.user.empty()) {
      TRY(const User user, named_user());
      user_id = user.id;
    }
    out_.open();
    out_.open_array("keys");
    for (const ApiKey& key : user_id.empty() ? store::keys(database_) : store::keys_of(database_, user_id)) {
      const auto owner = store::user_by_id(database_, key.user_id);
      const std::string username = owner ? owner->username : key.user_id;
      out_.open();
      write_key(key, username);
      out_.close();
      const char* state = !key.active ? "revoked" : key.expires_at <= now_ ? "expired" : "active ";
      text_ += (text_.empty() ? "" : "\n") + key.id + "  " + state + "  " + key.preview + "…  " + username +
               "  " + join(key.permissions) + "  until " + rfc3339(key.expires_at) + "  " + key.name;
    }
    out_.close_array();
    out_.close();
    if (text_.empty()) text_ = "There are no keys";
    return {};
  }

  Result<void> revoke_tokens() {
    TRY(const User user, named_user());
    const std::size_t count = store::revoke_families_of(database_, user.id, now_);
    record(auth::AuditKind::token_change, user.username, std::to_string(count) + " logins revoked");
    return say(std::to_string(count) + " logins of " + user.username + " ended");
  }

  Result<void> clear_revoked() {
    const std::size_t count = store::clear_revoked(database_);
    record(auth::AuditKind::token_change, "", std::to_string(count) + " revocations cleared");
    return say(std::to_string(count) +
               " revocations cleared: access tokens among them that have not expired work again");
  }

  Result<void> say(std::string text) {
    out_.open();
    out_.field("status", "success");
    out_.field("message", text);
    out_.close();
    text_ = std::move(text);
    return {};
  }

  void write_user(const User& user) {
    out_.field("id", user.id);
    out_.field("username", user.username);
    out_.field("email", user.email);
    out_.field("role", to_string(user.role));
    out_.field("is_active", user.active);
    out_.field("created_at", rfc3339(user.created_at));
  }

  void write_key(const ApiKey& key, const std::string& username) {
    out_.field("id", key.id);
    out_.field("username", username);
    out_.field("name", key.name);
    out_.field("preview", key.preview);
    out_.open_array("permissions");
    for (const std::string_view name : auth::names_of(key.permissions)) out_.element(name);
    out_.close_array();
    out_.field("created_at", rfc3339(key.created_at));
    out_.field("expires_at", rfc3339(key.expires_at));
    out_.field("is_active", key.active);
  }

  void record(auth::AuditKind kind, std::string subject, std::string reason) {
    auth::AuditRecord entry;
    entry.at = now_;
    entry.kind = kind;
    entry.success = true;
    entry.endpoint = command_;
    entry.username = "(command line)";
    entry.subject = std::move(subject);
    entry.reason = std::move(reason);
    auth::AuditTrail::append(database_, entry);
  }

  const AccountCommands::Options& options_;
  const Settings& settings_;
  const UnixMs now_;
  sqlite::Database& database_;
  std::string command_;
  std::string text_;
  std::string json_;
  JsonWriter out_;
};

bool AccountCommands::asked() const { return users_->parsed() || keys_->parsed() || tokens_->parsed(); }

int AccountCommands::run(const Settings& settings, const Clock& clock) const {
  const CLI::App* group = users_->parsed() ? users_ : keys_->parsed() ? keys_ : tokens_;
  const auto refuse = [&](const std::string& why) {
    std::fprintf(stderr, "profile-api %s: %s\n", group->get_name().c_str(), visible(why).c_str());
    return 1;
  };
  if (auto checked = sqlite::check_database_file(sqlite::real_path(settings.sqlite_path())); !checked) {
    refuse(checked.error().message);
    return exit_bad_data;
  }
  auto database = sqlite::Database::open(settings.sqlite_path());
  if (!database) return refuse(database.error().message);
  for (auto* prepare : {store::prepare, auth::AuditTrail::prepare}) {
    if (auto prepared = prepare(*database); !prepared) return refuse(prepared.error().message);
  }
  try {
    AccountCommand command(options_, settings, clock, *database);
    auto done = command.run(group->get_name(), group->get_subcommands().front()->get_name());
    return done ? 0 : refuse(done.error().message);
  } catch (const sqlite::DatabaseFault& fault) {
    return refuse(fault.what);
  }
}

}  // namespace papi::app
