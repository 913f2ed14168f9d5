#pragma once

// Settings are a table: name, default, rule and meaning stand together; the parser, `config`, `config check`,
// the flags and docs/configuration.md all walk it.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/secret.hpp"

namespace papi::config {

struct Setting {
  std::string name;
  std::string fallback;  // the default, as one would write it
  std::string rule;      // what a value must be
  std::string meaning;
  bool secret = false;
  /// Stores the value; gives what is wrong with it, or nothing.
  std::function<std::optional<std::string>(std::string_view)> store;
  /// How a value is shown, where it may hold a secret; nothing: as it is.
  std::function<std::string(std::string_view)> shown = {};

  /// It may be given as a file's content instead, under the name file_name().
  bool may_hold_secret() const { return secret || shown; }
  std::string file_name() const { return name + "_FILE"; }
};

Setting text_setting(std::string name, std::string& place, std::string meaning, std::string rule = "text");
Setting secret_setting(std::string name, Secret& place, std::string meaning);
Setting bool_setting(std::string name, bool& place, std::string meaning);
Setting integer_setting(std::string name, std::int64_t& place, std::int64_t low, std::int64_t high,
                        std::string meaning);
Setting choice_setting(std::string name, std::string& place, std::vector<std::string> choices,
                       std::string meaning);
/// http(s)://host[:port] without a path; plain http only for a loopback host.
Setting origin_setting(std::string name, std::string& place, std::string meaning);
/// A file that must be readable; empty means none.
Setting readable_file_setting(std::string name, std::string& place, std::string meaning);

using Values = std::map<std::string, std::string>;

enum class Origin { fallback, dotenv, environment, flag };
std::string_view to_string(Origin origin);

struct Loaded {
  struct Entry {
    const Setting* setting;
    std::string value;  // secrets already masked
    Origin origin;
    std::string file = {};  // that the value was read from, as `origin` named it; empty: none
  };
  std::vector<Entry> entries;
  std::vector<std::string> faults;    // one line each: the name, what is wrong, the remedy
  std::vector<std::string> warnings;  // likewise, of what has no effect
};

/// Flags win over the environment, which wins over `.env`. `NAME_FILE` gives a setting that may hold a secret
/// the content of a file (see read_secret_file()); it is a fault to give both. An empty value of either
/// counts as not given then. An unknown name within two edits of a setting's name of eight letters or more is
/// a fault. Of other unknown names those under `prefixes`, families of names that are ours, are warnings; in
/// `.env` all are.
Loaded load(const std::vector<Setting>& table, const Values& flags, const Values& environment,
            const Values& dotenv, const std::vector<std::string>& prefixes);

/// `environment`, or `file /run/secrets/key (environment)`.
std::string origin_of(const Loaded::Entry& entry);

/// `KEY=value` lines, with `#` comments, `export` and quotes. Malformed lines become faults.
Values parse_dotenv(std::string_view text, std::vector<std::string>& faults);
Values environment_values();

/// A database's address without its password: `postgresql://user:***@host/db`. Also one that is malformed, or
/// that has the password as a parameter.
std::string without_password(std::string_view url);

/// `LOG_LEVEL` → `--log-level`.
std::string flag_of(std::string_view name);

/// The table as Markdown.
std::string markdown(const std::vector<Setting>& table);

}  // namespace papi::config
