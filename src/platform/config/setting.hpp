#pragma once

// Settings are one table: name, default, format and description of each stand together. The parser, `config`,
// `config check`, the flags and docs/configuration.md all read this table.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/secret.hpp"

namespace papi::config {

/// One setting. The functions below make the common kinds. They store the value in `place`, which must
/// outlive the setting. The value in `place` before is the default, except for secrets and files, whose
/// default is empty.
struct Setting {
  std::string name;
  std::string default_value;  // as it would be written in the environment
  std::string format;         // what a value must be
  std::string description;
  bool secret = false;
  /// Stores the value. Returns nullopt, or what is wrong with the value.
  std::function<std::optional<std::string>(std::string_view)> store;
  /// For a value that may hold a secret: returns the value as it may be printed. Empty: it is printed as it
  /// is.
  std::function<std::string(std::string_view)> shown = {};

  /// Returns true if the value can also be given as the content of a file, under the name file_name().
  bool may_hold_secret() const { return secret || shown; }
  std::string file_name() const { return name + "_FILE"; }
};

Setting text_setting(std::string name, std::string& place, std::string description,
                     std::string format = "text");
Setting secret_setting(std::string name, Secret& place, std::string description);
Setting bool_setting(std::string name, bool& place, std::string description);
Setting integer_setting(std::string name, std::int64_t& place, std::int64_t low, std::int64_t high,
                        std::string description);
/// The value and both bounds are whole numbers of the unit of `place`.
Setting duration_setting(std::string name, std::chrono::seconds& place, std::int64_t low, std::int64_t high,
                         std::string description);
Setting duration_setting(std::string name, std::chrono::days& place, std::int64_t low, std::int64_t high,
                         std::string description);
Setting duration_setting(std::string name, std::chrono::milliseconds& place, std::int64_t low,
                         std::int64_t high, std::string description);
Setting choice_setting(std::string name, std::string& place, std::vector<std::string> choices,
                       std::string description);
/// A value of the form http(s)://host[:port], without a path. Plain http is for a loopback host only.
Setting origin_setting(std::string name, std::string& place, std::string description);
/// The path of a readable file. Empty: no file.
Setting readable_file_setting(std::string name, std::string& place, std::string description);

using Values = std::map<std::string, std::string>;

/// Where a value came from.
enum class Origin { default_value, dotenv, environment, flag };
std::string_view to_string(Origin origin);

/// What load() has found. The values themselves are stored by the settings.
struct Loaded {
  struct Entry {
    const Setting* setting;
    std::string value;  // with secrets masked
    Origin origin;
    std::string file = {};  // the file that gave the value, named by `origin`; else empty
  };
  std::vector<Entry> entries;
  std::vector<std::string> faults;    // one line each: the name, what is wrong, the remedy
  std::vector<std::string> warnings;  // one line each: what has no effect
};

/// Reads the settings from their sources. Flags win over the environment, and the environment wins over
/// `.env`. A setting that may hold a secret can be given as the content of a file, with `NAME_FILE` (see
/// read_secret_file()). If both are given, that is a fault; an empty value of either then counts as not
/// given. An unknown name is a fault if it is within two edits of a setting whose name has eight letters or
/// more. Other unknown names are warnings: in `.env` all of them, in the environment those that begin with
/// one of `prefixes`.
Loaded load(const std::vector<Setting>& table, const Values& flags, const Values& environment,
            const Values& dotenv, const std::vector<std::string>& prefixes);

/// Returns a text such as `environment`, or `file /run/secrets/key (environment)`.
std::string origin_of(const Loaded::Entry& entry);

/// Reads lines of `KEY=value`, with `#` comments, `export` and quotes. Malformed lines become faults.
Values parse_dotenv(std::string_view text, std::vector<std::string>& faults);
Values environment_values();

/// Returns a database URL without its password: `postgresql://user:***@host/db`. This also works if the URL
/// is malformed or has the password as a parameter.
std::string without_password(std::string_view url);

/// `LOG_LEVEL` → `--log-level`.
std::string flag_of(std::string_view name);

/// Returns the table as Markdown.
std::string markdown(const std::vector<Setting>& table);

}  // namespace papi::config
