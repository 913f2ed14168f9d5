#include "app/account_commands.hpp"

#include <cctype>
#include <cstdio>
#include <thread>

#include "app/account_access.hpp"
#include "app/account_output.hpp"
#include "app/options.hpp"
#include "app/password_prompt.hpp"
#include "app/tester_command.hpp"
#include "auth/bootstrap.hpp"
#include "auth/key_service.hpp"
#include "auth/password.hpp"
#include "auth/sign_in_codes.hpp"
#include "auth/stream_token_scope.hpp"
#include "auth/stream_token_service.hpp"
#include "auth/token_service.hpp"
#include "auth/user_service.hpp"
#include "events/filter_query.hpp"
#include "platform/base/text.hpp"

namespace papi::app {
namespace {

using auth::ApiKey;
using auth::User;

constexpr int exit_bad_settings = 3;
constexpr int exit_bad_data = 5;
constexpr std::int64_t rows_at_a_time = 1'000;  // of a list

Result<PermissionSet> read_permissions(const std::string& list, PermissionSet most) {
  if (list.empty()) return most;
  PermissionSet permissions = 0;
  for (const std::string_view name : split(list, ',')) {
    const auto known = auth::parse_permission(trim(name));
    if (!known) return invalid("--permissions", "must be read, write, connect, admin or *, by comma");
    permissions |= *known;
  }
  if ((permissions & ~most) != 0) return invalid("--permissions", "more than the user may");
  return permissions;
}

}  // namespace

/// Runs one command. It reads the arguments, calls the use case that the API calls too, and prints.
class AccountCommand {
 public:
  AccountCommand(const AccountCommands::Options& options, const Settings& settings, const Clock& clock,
                 RunHere& here, AccountAccess& access, Logger& log)
      : options_(options),
        clock_(clock),
        here_(here),
        access_(access),
        store_(access.accounts()),
        hashing_(1, 1),
        hasher_(hashing_),
        changes_(store_, nullptr),
        users_(changes_, hasher_, clock),
        keys_(changes_, clock, account_options(settings)),
        stream_tokens_(changes_, clock, account_options(settings)),
        page_(tester_page(settings, static_cast<std::uint16_t>(settings.tester.port))),
        out_(clock) {
    for (auto& known : auth::environment_keys(settings.auth.api_key, settings.auth.admin_api_key, log))
      of_settings_.push_back(std::move(known.user));
  }

  Result<void> run(const std::string& group, const std::string& name) {
    operator_.username = "(command line)";
    operator_.permissions = auth::every_permission;
    operator_.endpoint = "profile-api " + group + " " + name;
    TRY(const auth::AccountVersions before, versions());
    if (auto done = dispatch(group, name); !done) return done;
    out_.print(options_.json);
    const auto after = versions();
    if (after && after->stored != before.stored) wait_until_noticed(after->stored);
    return {};
  }

 private:
  /// Runs a coroutine to its end. `make` returns it.
  template <class Make>
  auto run_task(Make make) {
    using T = typename std::invoke_result_t<Make, Executor>::value_type;
    const RunHere::Make<T> task = std::move(make);
    return here_.blocking<T>(task);
  }
  Result<auth::AccountVersions> versions() {
    return run_task([this](Executor executor) { return store_.versions(executor); });
  }

  /// Waits until the running service has noticed the change. So when the command has ended, a new key works
  /// and a revoked one does not.
  void wait_until_noticed(std::int64_t version) {
    using namespace std::chrono_literals;
    constexpr auto timeout = 5s;
    constexpr auto between_looks = 20ms;
    const auto until = std::chrono::steady_clock::now() + timeout;
    for (;;) {
      const auto now = versions();
      if (!now || now->noticed >= version || !access_.is_served()) return;
      if (std::chrono::steady_clock::now() >= until) {
        std::fprintf(stderr,
                     "profile-api: stored; the running service is busy and has not taken notice yet\n");
        return;
      }
      std::this_thread::sleep_for(between_looks);
    }
  }

  Result<void> dispatch(const std::string& group, const std::string& name) {
    if (group == "users") {
      if (name == "create") return create_user();
      if (name == "list") return list_users();
      if (name == "set-password") return set_password();
      if (name == "sign-in-code") return make_sign_in_code();
      return set_active(name == "enable");
    }
    if (group == "keys") {
      if (name == "create") return create_key();
      if (name == "list") return list_keys();
      if (name == "rotate") return rotate_key();
      return revoke_key();
    }
    if (group == "stream-tokens") {
      if (name == "create") return create_stream_token();
      return name == "list" ? list_stream_tokens() : revoke_stream_token();
    }
    return name == "revoke" ? revoke_tokens() : clear_revoked();
  }

  Result<std::optional<User>> user_called(const std::string& name) {
    return run_task([&](Executor executor) { return store_.user_by_name(executor, name); });
  }
  Result<std::optional<User>> user_of_id(const std::string& id) {
    return run_task([&](Executor executor) { return store_.user(executor, id); });
  }
  Result<User> named_user() {
    TRY(std::optional<User> user, user_called(options_.user));
    if (!user) {
      TRY(user, user_of_id(options_.user));
    }
    if (!user) return Error(ErrorCode::not_found, "there is no user '" + options_.user + "'");
    return std::move(*user);
  }

  /// Returns the user whose keys the command is about: as named_user(), or one of the settings.
  Result<User> key_owner() {
    auto user = named_user();
    if (user || user.error().code != ErrorCode::not_found) return user;
    for (const User& known : of_settings_) {
      if (known.username == options_.user || known.id == options_.user) return known;
    }
    return user;
  }

  Result<Secret> new_password(const std::string& username) {
    TRY(Secret password, read_password(options_.password_file));
    if (const auto fault = auth::password_fault(password, username)) return invalid("password", *fault);
    return password;
  }

  Result<void> create_user() {
    const auto role = auth::parse_role(options_.role);
    if (!role) return invalid("--role", "must be admin, service, user or readonly");
    if (const auto fault = auth::username_fault(options_.user)) return invalid("username", *fault);
    const auto email_fault = options_.email.empty() ? std::nullopt : auth::email_fault(options_.email);
    if (email_fault) return invalid("--email", *email_fault);
    // Also checked by the use case. Here it spares the operator typing a password.
    TRY(const std::optional<User> holder, user_called(options_.user));
    if (holder) return Error(ErrorCode::conflict, "username: '" + options_.user + "' is taken");
    auth::NewAccount account;
    account.username = options_.user;
    account.email = options_.email;
    account.role = *role;
    TRY(account.password, new_password(options_.user));
    TRY(const User user, run_task([&](Executor) { return users_.create(operator_, account); }));
    out_.created(user);
    return {};
  }

  Result<void> list_users() {
    auth::UserQuery query;
    query.limit = rows_at_a_time;
    out_.open_list("users");
    for (bool more = true; more;) {
      TRY(const auth::UserPage page, run_task([&](Executor) { return users_.users(query); }));
      for (const User& user : page.users) out_.list(user);
      more = page.more;
      if (more) {
        query.after_created_at = page.users.back().created_at;
        query.after_id = page.users.back().id;
      }
    }
    out_.close_list("There are no users");
    return {};
  }

  Result<void> change(const User& user, const auth::UserChange& change, const std::string& done) {
    TRY([[maybe_unused]] const User changed,
        run_task([&](Executor) { return users_.change(operator_, user.id, change); }));
    return say(done);
  }

  Result<void> set_password() {
    TRY(const User user, named_user());
    auth::UserChange password;
    TRY(password.password, new_password(user.username));
    return change(user, password,
                  "Password of " + user.username + " set; all logins of this user have ended");
  }

  Result<void> set_active(bool active) {
    TRY(const User user, named_user());
    auth::UserChange state;
    state.active = active;
    return change(user, state, "User " + user.username + (active ? " enabled" : " disabled"));
  }

  std::optional<std::chrono::days> lifetime() const {
    return options_.days > 0 ? std::optional(std::chrono::days(options_.days)) : std::nullopt;
  }

  Result<void> create_key() {
    TRY(const User owner, key_owner());
    auth::NewKey wanted;
    wanted.name = options_.key_name;
    wanted.lifetime = lifetime();
    TRY(wanted.permissions, read_permissions(options_.permissions, owner.permissions));
    if (const auto fault = auth::key_name_fault(options_.key_name)) return invalid("--name", *fault);
    TRY(const auth::MadeKey made, run_task([&](Executor) { return keys_.make(operator_, owner, wanted); }));
    out_.made(made, owner.username);
    return {};
  }

  /// Fails if there is no such active key. The use cases check it too; here the message names the key.
  Result<ApiKey> active_key() {
    TRY(const std::optional<ApiKey> key,
        run_task([&](Executor executor) { return store_.key(executor, options_.key_id); }));
    if (!key || !key->active)
      return Error(ErrorCode::not_found, "there is no active key '" + options_.key_id + "'");
    return *key;
  }

  Result<void> rotate_key() {
    TRY(const ApiKey old, active_key());
    const auth::KeyRotation rotation{std::chrono::hours(options_.overlap_hours), lifetime()};
    TRY(const auth::MadeKey made,
        run_task([&](Executor) { return keys_.rotate(operator_, old.id, rotation, of_settings_); }));
    TRY(const std::string username, username_of(made.key.user_id));
    out_.made(made, username);
    return {};
  }

  Result<void> revoke_key() {
    TRY(const ApiKey key, active_key());
    auto done = run_task([&](Executor) { return keys_.revoke(operator_, key.id); });
    if (!done) return done;
    return say("Key " + key.id + " revoked");
  }

  /// Returns the name of a user with this id, or the id if the user is gone.
  Result<std::string> username_of(const std::string& user_id) {
    TRY(const std::optional<User> owner, user_of_id(user_id));
    if (owner) return owner->username;
    for (const User& known : of_settings_) {
      if (known.id == user_id) return known.username;
    }
    return user_id;
  }

  Result<void> list_keys() {
    auth::KeyQuery query;
    query.limit = rows_at_a_time;
    if (!options_.user.empty()) {
      TRY(const User user, key_owner());
      query.user_id = user.id;
    }
    out_.open_list("keys");
    for (bool more = true; more;) {
      TRY(const auth::KeyPage page, run_task([&](Executor) { return keys_.keys(query); }));
      for (const ApiKey& key : page.keys) {
        TRY(const std::string username, username_of(key.user_id));
        out_.list(key, username);
      }
      more = page.next.has_value();
      query.before = page.next.value_or(0);
    }
    out_.close_list("There are no keys");
    return {};
  }

  Result<void> make_sign_in_code() {
    TRY(const User user, key_owner());
    TRY(const auth::IssuedCode issued,
        run_task([&](Executor) { return auth::issue_sign_in_code(changes_, clock_, operator_, user); }));
    out_.made(issued, auth::sign_in_link(page_, issued));
    return {};
  }

  /// Returns what is wrong with an option of `stream-tokens create`, or nullopt.
  std::optional<Error> stream_token_fault() const {
    if (const auto fault = auth::key_name_fault(options_.key_name)) return invalid("--name", *fault);
    if (options_.sessions.size() > auth::max_token_sessions)
      return invalid("--session", "at most " + std::to_string(auth::max_token_sessions));
    for (const std::string& id : options_.sessions) {
      if (const auto fault = auth::token_session_fault(id)) return invalid("--session", *fault);
    }
    if (options_.types.size() > auth::max_token_types)
      return invalid("--type", "at most " + std::to_string(auth::max_token_types));
    for (const std::string& type : options_.types) {
      if (!events::event_type_bit(type)) return invalid("--type", "'" + type + "' is not an event type");
    }
    if (options_.origins.size() > auth::max_token_origins)
      return invalid("--origin", "at most " + std::to_string(auth::max_token_origins));
    for (const std::string& origin : options_.origins) {
      if (const auto fault = auth::token_origin_fault(origin)) return invalid("--origin", *fault);
    }
    return std::nullopt;
  }

  Result<void> create_stream_token() {
    TRY(const User owner, key_owner());
    if (auto fault = stream_token_fault()) return std::move(*fault);
    auth::NewStreamToken wanted;
    wanted.name = options_.key_name;
    wanted.sessions = options_.sessions;
    wanted.types = options_.types;
    wanted.origins = options_.origins;
    wanted.lifetime = std::chrono::seconds(options_.seconds);
    TRY(const auth::MadeStreamToken made,
        run_task([&](Executor) { return stream_tokens_.make(operator_, owner, wanted); }));
    out_.made(made, owner.username);
    return {};
  }

  Result<void> list_stream_tokens() {
    auth::StreamTokenQuery query;
    query.limit = rows_at_a_time;
    if (!options_.user.empty()) {
      TRY(const User user, key_owner());
      query.user_id = user.id;
    }
    out_.open_list("stream_tokens");
    for (bool more = true; more;) {
      TRY(const auth::StreamTokenPage page, run_task([&](Executor) { return stream_tokens_.tokens(query); }));
      for (const auth::StreamToken& token : page.tokens) {
        TRY(const std::string username, username_of(token.user_id));
        out_.list(token, username);
      }
      more = page.next.has_value();
      query.before = page.next.value_or(0);
    }
    out_.close_list("There are no stream tokens");
    return {};
  }

  Result<void> revoke_stream_token() {
    auto done = run_task([&](Executor) { return stream_tokens_.revoke(operator_, options_.token_id); });
    if (!done) return done;
    return say("Stream token " + options_.token_id + " revoked");
  }

  Result<void> revoke_tokens() {
    TRY(const User user, named_user());
    TRY(const std::size_t count,
        run_task([&](Executor) { return auth::revoke_logins(changes_, clock_, operator_, user.id); }));
    return say(std::to_string(count) + " logins of " + user.username + " ended");
  }

  Result<void> clear_revoked() {
    TRY(const std::size_t count,
        run_task([&](Executor) { return auth::clear_revocations(changes_, clock_, operator_); }));
    return say(std::to_string(count) +
               " revocations cleared: access tokens among them that have not expired work again");
  }

  Result<void> say(std::string text) {
    out_.done(std::move(text));
    return {};
  }

  const AccountCommands::Options& options_;
  const Clock& clock_;
  RunHere& here_;
  AccountAccess& access_;
  auth::AccountStore& store_;
  ThreadPool hashing_;
  auth::PasswordHasher hasher_;
  auth::AccountChanges changes_;
  auth::UserService users_;
  auth::KeyService keys_;
  auth::StreamTokenService stream_tokens_;
  auth::Actor operator_;
  std::vector<User> of_settings_;  // who have no rows, as the running service knows them
  std::string page_;               // the address of the tester
  AccountOutput out_;
};

int AccountCommands::run(const Settings& settings, const Clock& clock) const {
  const CLI::App* group = parsed_group();
  const auto refuse = [&](std::string why) {
    // Behind the program's name an ordinary sentence begins with a small letter.
    if (why.size() > 1 && !std::isupper(static_cast<unsigned char>(why[1])))
      why[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(why[0])));
    std::fprintf(stderr, "profile-api %s: %s\n", group->get_name().c_str(), visible(why).c_str());
    return 1;
  };
  LogOptions quiet;
  quiet.level = LogLevel::critical;  // what fails is printed
  Logger log(quiet, clock);
  RunHere here;  // before the threads that post to it
  auto access = open_accounts(settings, here, log);
  if (!access) {
    refuse(access.error().message);
    switch (access.error().code) {
      case ErrorCode::database:
        return exit_bad_data;
      case ErrorCode::validation:
        return exit_bad_settings;
      default:
        return 1;
    }
  }
  AccountCommand command(options_, settings, clock, here, **access, log);
  auto done = command.run(group->get_name(), group->get_subcommands().front()->get_name());
  return done ? 0 : refuse(done.error().message);
}

}  // namespace papi::app
