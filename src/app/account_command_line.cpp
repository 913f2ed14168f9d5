// The arguments and options of the account commands.

#include "app/account_commands.hpp"

namespace papi::app {

AccountCommands::AccountCommands(CLI::App& cli) {
  declare_users(cli);
  declare_keys(cli);
  declare_stream_tokens(cli);
  declare_tokens(cli);
}

CLI::App* AccountCommands::command(CLI::App& group, const char* name, const char* what) {
  CLI::App* command = group.add_subcommand(name, what);
  command->add_flag("--json", options_.json, "Answer as JSON");
  return command;
}

void AccountCommands::declare_users(CLI::App& cli) {
  users_ = cli.add_subcommand("users", "Accounts");
  users_->require_subcommand(1);
  const auto with_password = [this](CLI::App* command) {
    command->add_option("--password-file", options_.password_file,
                        "A file whose first line is the password; - is standard input; else you are asked");
  };
  auto* create = command(*users_, "create", "Make a user");
  create->add_option("username", options_.user, "3 to 50 letters, digits, '_', '.' and '-'")->required();
  create->add_option("--role", options_.role, "admin, service, user or readonly")->capture_default_str();
  create->add_option("--email", options_.email, "Where the person is reached");
  with_password(create);
  command(*users_, "list", "All users");
  const std::pair<const char*, const char*> others[] = {
      {"set-password", "Give a user another password; ends all their logins"},
      {"disable", "Keep a user out, with keys and tokens"},
      {"enable", "Let a user in again"},
      {"sign-in-code",
       "Print an address with which a browser signs in as the user, once, within 15 minutes"}};
  for (const auto& [name, what] : others) {
    auto* other = command(*users_, name, what);
    other->add_option("username", options_.user, "Username or id")->required();
    if (name == std::string_view("set-password")) with_password(other);
  }
}

void AccountCommands::declare_keys(CLI::App& cli) {
  keys_ = cli.add_subcommand("keys", "API keys");
  keys_->require_subcommand(1);
  auto* create = command(*keys_, "create", "Make a key; it is printed once");
  create->add_option("--user", options_.user, "Whose it is: username or id")->required();
  create->add_option("--name", options_.key_name, "What it is for")->capture_default_str();
  create->add_option("--permissions", options_.permissions, "By comma; default: all that the user may");
  auto* list = command(*keys_, "list", "All keys, without their secrets");
  list->add_option("--user", options_.user, "Only those of this user");
  auto* rotate = command(*keys_, "rotate", "Make a key like this one, and end this one");
  rotate->add_option("key_id", options_.key_id, "The id, as listed")->required();
  rotate->add_option("--overlap-hours", options_.overlap_hours, "Hours that the old one still works")
      ->check(CLI::Range(0, 24 * 365))
      ->capture_default_str();
  for (auto* making : {create, rotate}) {
    making->add_option("--days", options_.days, "Days until it expires; default: API_KEY_DEFAULT_EXPIRE")
        ->check(CLI::Range(1, 3650));
  }
  command(*keys_, "revoke", "End a key")
      ->add_option("key_id", options_.key_id, "The id, as listed")
      ->required();
}

void AccountCommands::declare_stream_tokens(CLI::App& cli) {
  stream_tokens_ =
      cli.add_subcommand("stream-tokens", "Tokens that read some sessions, for pages and overlays");
  stream_tokens_->require_subcommand(1);
  auto* create = command(*stream_tokens_, "create", "Make a stream token; it is printed once");
  create->add_option("--user", options_.user, "Whose sessions it reads: username or id")->required();
  create->add_option("--name", options_.key_name, "What it is for")->capture_default_str();
  create->add_option("--session", options_.sessions, "Ids of the sessions, 1 to 20, by comma")
      ->required()
      ->delimiter(',');
  create->add_option("--type", options_.types, "Event types that it reads, by comma; default: all")
      ->delimiter(',');
  create->add_option("--origin", options_.origins, "Origins of the pages that may use it; default: any")
      ->delimiter(',');
  create->add_option("--seconds", options_.seconds, "Seconds until it expires")
      ->check(CLI::Range(auth::shortest_token.count(), auth::longest_token.count()))
      ->capture_default_str();
  auto* list = command(*stream_tokens_, "list", "All stream tokens, without their secrets");
  list->add_option("--user", options_.user, "Only those of this user");
  command(*stream_tokens_, "revoke", "End a stream token")
      ->add_option("token_id", options_.token_id, "The id, as listed")
      ->required();
}

const CLI::App* AccountCommands::parsed_group() const {
  for (const CLI::App* group : {users_, keys_, stream_tokens_, tokens_}) {
    if (group->parsed()) return group;
  }
  return nullptr;
}

bool AccountCommands::asked() const { return parsed_group() != nullptr; }

void AccountCommands::declare_tokens(CLI::App& cli) {
  tokens_ = cli.add_subcommand("tokens", "Tokens of logins");
  tokens_->require_subcommand(1);
  command(*tokens_, "revoke", "End all logins of a user")
      ->add_option("username", options_.user, "Username or id")
      ->required();
  command(*tokens_, "clear-revoked", "Empty the list of revoked tokens");
}

}  // namespace papi::app
