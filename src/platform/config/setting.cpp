#include "platform/config/setting.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "platform/base/enum_count.hpp"
#include "platform/base/text.hpp"
#include "platform/config/secret_file.hpp"

extern char** environ;

namespace papi::config {
namespace {

/// A whole number from `low` to `high`, which is given to `keep`.
Setting number_setting(std::string name, std::int64_t default_value, std::int64_t low, std::int64_t high,
                       std::string description, std::function<void(std::int64_t)> keep) {
  const std::string format = "whole number from " + std::to_string(low) + " to " + std::to_string(high);
  return {std::move(name),
          std::to_string(default_value),
          format,
          std::move(description),
          false,
          [keep = std::move(keep), low, high, format](std::string_view value) -> std::optional<std::string> {
            const auto number = parse_int(value);
            if (!number || *number < low || *number > high) return "must be a " + format;
            keep(*number);
            return std::nullopt;
          }};
}

}  // namespace

Setting text_setting(std::string name, std::string& place, std::string description, std::string format) {
  std::string default_value = place;
  return {std::move(name),
          std::move(default_value),
          std::move(format),
          std::move(description),
          false,
          [&place](std::string_view value) -> std::optional<std::string> {
            if (value.find_first_of("\r\n") != std::string_view::npos) return "must be one line";
            place = value;
            return std::nullopt;
          }};
}

Setting secret_setting(std::string name, Secret& place, std::string description) {
  return {std::move(name),
          "",
          "text (secret)",
          std::move(description),
          true,
          [&place](std::string_view value) -> std::optional<std::string> {
            if (value.find_first_of("\r\n") != std::string_view::npos) return "must be one line";
            place = Secret(std::string(value));
            return std::nullopt;
          }};
}

Setting bool_setting(std::string name, bool& place, std::string description) {
  std::string default_value = place ? "true" : "false";
  return {std::move(name),
          std::move(default_value),
          "true or false",
          std::move(description),
          false,
          [&place](std::string_view value) -> std::optional<std::string> {
            const std::string lower = to_lower_ascii(value);
            const bool yes = lower == "true" || lower == "1" || lower == "yes" || lower == "on";
            const bool no = lower == "false" || lower == "0" || lower == "no" || lower == "off";
            if (!yes && !no) return "must be true or false";
            place = yes;
            return std::nullopt;
          }};
}

Setting integer_setting(std::string name, std::int64_t& place, std::int64_t low, std::int64_t high,
                        std::string description) {
  return number_setting(std::move(name), place, low, high, std::move(description),
                        [&place](std::int64_t number) { place = number; });
}

Setting duration_setting(std::string name, std::chrono::seconds& place, std::int64_t low, std::int64_t high,
                         std::string description) {
  return number_setting(std::move(name), place.count(), low, high, std::move(description),
                        [&place](std::int64_t number) { place = std::chrono::seconds(number); });
}

Setting duration_setting(std::string name, std::chrono::days& place, std::int64_t low, std::int64_t high,
                         std::string description) {
  return number_setting(std::move(name), place.count(), low, high, std::move(description),
                        [&place](std::int64_t number) { place = std::chrono::days(number); });
}

Setting duration_setting(std::string name, std::chrono::milliseconds& place, std::int64_t low,
                         std::int64_t high, std::string description) {
  return number_setting(std::move(name), place.count(), low, high, std::move(description),
                        [&place](std::int64_t number) { place = std::chrono::milliseconds(number); });
}

Setting choice_setting(std::string name, std::string& place, std::vector<std::string> choices,
                       std::string description) {
  std::string format;
  for (const std::string& choice : choices) format += (format.empty() ? "" : ", ") + choice;
  if (choices.size() > 1) format = "one of " + format;
  std::string default_value = place;
  return {std::move(name),
          std::move(default_value),
          format,
          std::move(description),
          false,
          [&place, choices, format](std::string_view value) -> std::optional<std::string> {
            for (const std::string& choice : choices) {
              if (!equals_ignoring_case(choice, value)) continue;
              place = choice;
              return std::nullopt;
            }
            return "must be " + format;
          }};
}

Setting origin_setting(std::string name, std::string& place, std::string description) {
  std::string default_value = place;
  return {std::move(name),
          std::move(default_value),
          "https://host[:port]; http:// only for a loopback host",
          std::move(description),
          false,
          [&place](std::string_view value) -> std::optional<std::string> {
            while (value.ends_with('/')) value.remove_suffix(1);
            const auto url = boost::urls::parse_uri(boost::core::string_view(value.data(), value.size()));
            if (!url || (url->scheme() != "http" && url->scheme() != "https") || url->host().empty()) {
              return "must be a URL such as https://host or http://127.0.0.1:9100";
            }
            if (!url->encoded_path().empty() || url->has_query() || url->has_userinfo())
              return "must have no path, query or password";
            const std::string host = url->host_address();
            const bool loopback = host == "localhost" || host == "::1" || host.starts_with("127.");
            if (url->scheme() == "http" && !loopback)
              return "must be https: plain http is for loopback hosts only";
            place = value;
            return std::nullopt;
          }};
}

Setting readable_file_setting(std::string name, std::string& place, std::string description) {
  return {std::move(name),
          "",
          "path of a readable file, or empty",
          std::move(description),
          false,
          [&place](std::string_view value) -> std::optional<std::string> {
            place = value;
            if (!value.empty() && access(place.c_str(), R_OK) != 0) return "'" + place + "' cannot be read";
            return std::nullopt;
          }};
}

std::string_view to_string(Origin origin) {
  constexpr std::string_view names[] = {"default", ".env", "environment", "flag"};
  static_assert(std::size(names) == enum_count<Origin>());
  return names[static_cast<int>(origin)];
}

namespace {

/// Returns true if `name` is a setting, or names the file that a setting may be read from.
bool is_known(const std::vector<Setting>& table, std::string_view name) {
  return std::any_of(table.begin(), table.end(), [&](const Setting& setting) {
    return setting.name == name || (setting.may_hold_secret() && setting.file_name() == name);
  });
}

std::string shown(const Setting& setting, const std::string& value) {
  if (setting.secret) return value.empty() ? "" : "***";
  return to_utf8(setting.shown ? setting.shown(value) : value);
}

/// Variables that Kubernetes sets in every container for the services beside it: EVENTS_SERVICE_HOST,
/// SERVER_PORT=tcp://…
bool is_service_link(std::string_view name, std::string_view value) {
  return value.starts_with("tcp://") || name.ends_with("_SERVICE_HOST") ||
         name.find("_SERVICE_PORT") != std::string_view::npos ||
         name.find("_TCP_") != std::string_view::npos || name.ends_with("_TCP");
}

/// Returns the value of a `.env` line without its quotes and without the comment behind it.
std::string_view dotenv_value(std::string_view text) {
  if (text.empty() || text.front() == '#') return {};
  if (text.front() == '"' || text.front() == '\'') {
    const auto end = text.find(text.front(), 1);
    const std::string_view behind = end == std::string_view::npos ? text : trim(text.substr(end + 1));
    if (behind.empty() || behind.front() == '#') return text.substr(1, end - 1);
  }
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '#' && (text[i - 1] == ' ' || text[i - 1] == '\t')) return trim(text.substr(0, i));
  }
  return text;
}

constexpr std::size_t misspelt_by = 2;     // edits
constexpr std::size_t similar_by = 3;      // edits; close enough to suggest the name
constexpr std::size_t least_misspelt = 8;  // letters: shorter names have too many neighbours

/// Records an unknown name as a fault if it is a misspelling, else as a warning if it is `ours`.
void note_unknown(Loaded& loaded, const std::vector<Setting>& table, const std::string& name,
                  std::string_view where, bool ours) {
  std::string nearest;
  std::size_t best = similar_by + 1;
  bool misspelt = false;
  for (const Setting& setting : table) {
    std::vector<std::string> names{setting.name};
    if (setting.may_hold_secret()) names.push_back(setting.file_name());
    for (std::string& known : names) {
      const std::size_t distance = edit_distance(name, known);
      misspelt = misspelt || (distance <= misspelt_by && setting.name.size() >= least_misspelt);
      if (distance < best) {
        best = distance;
        nearest = std::move(known);
      }
    }
  }
  if (!misspelt && !ours) return;
  std::string text = to_utf8(name) + ": unknown setting in " + std::string(where);
  if (!nearest.empty()) text += "; did you mean " + nearest + "?";
  if (!misspelt) text += nearest.empty() ? "; it has no effect" : " It has no effect";
  (misspelt ? loaded.faults : loaded.warnings).push_back(std::move(text));
}

struct Source {
  const Values& values;
  Origin origin;
};

/// The value of a name from the first source that has it.
struct Given {
  std::string value;
  Origin origin = Origin::default_value;
};
std::optional<Given> given_for(const std::string& name, const std::vector<Source>& sources) {
  for (const Source& source : sources) {
    const auto found = source.values.find(name);
    if (found != source.values.end()) return Given{found->second, source.origin};
  }
  return std::nullopt;
}

/// Stores the value that was given for a setting. Faults go into `loaded`.
Loaded::Entry take(Loaded& loaded, const Setting& setting, const std::vector<Source>& sources) {
  std::optional<Given> text = given_for(setting.name, sources);
  std::optional<Given> file =
      setting.may_hold_secret() ? given_for(setting.file_name(), sources) : std::optional<Given>();
  const std::string path = file ? std::string(trim(file->value)) : std::string();
  const auto from = [](Origin origin) { return " (from " + std::string(to_string(origin)); };
  if (path.empty()) {
    if (!text) return {&setting, shown(setting, setting.default_value), Origin::default_value};
    if (auto fault = setting.store(trim(text->value))) {
      loaded.faults.push_back(setting.name + ": " + *fault + from(text->origin) +
                              (setting.secret ? ")" : ", is '" + shown(setting, text->value) + "')"));
    }
    return {&setting, shown(setting, text->value), text->origin};
  }
  Loaded::Entry entry{&setting, "", file->origin, path};
  if (text && !trim(text->value).empty()) {
    loaded.faults.push_back(setting.name + ": given twice, here" + from(text->origin) + ") and by " +
                            setting.file_name() + from(file->origin) + "); remove one");
    return entry;
  }
  const auto content = read_secret_file(path);
  if (!content) {
    loaded.faults.push_back(setting.file_name() + ": '" + path + "' " + content.error().message +
                            from(file->origin) + ")");
    return entry;
  }
  entry.value = shown(setting, *content);
  // The value is not part of the message: it is a secret.
  if (auto fault = setting.store(*content))
    loaded.faults.push_back(setting.file_name() + ": the content of '" + path + "' " + *fault +
                            from(file->origin) + ")");
  return entry;
}

}  // namespace

std::string origin_of(const Loaded::Entry& entry) {
  std::string origin(to_string(entry.origin));
  return entry.file.empty() ? origin : "file " + entry.file + " (" + origin + ")";
}

Loaded load(const std::vector<Setting>& table, const Values& flags, const Values& environment,
            const Values& dotenv, const std::vector<std::string>& prefixes) {
  Loaded loaded;
  const std::vector<Source> sources{
      {flags, Origin::flag}, {environment, Origin::environment}, {dotenv, Origin::dotenv}};
  for (const Setting& setting : table) loaded.entries.push_back(take(loaded, setting, sources));
  for (const auto& [name, value] : dotenv) {
    if (!is_known(table, name)) note_unknown(loaded, table, name, ".env", true);
  }
  for (const auto& [name, value] : environment) {
    if (is_known(table, name) || is_service_link(name, value)) continue;
    const bool ours = std::any_of(prefixes.begin(), prefixes.end(),
                                  [&n = name](const auto& prefix) { return n.starts_with(prefix); });
    note_unknown(loaded, table, name, "the environment", ours);
  }
  return loaded;
}

Values parse_dotenv(std::string_view text, std::vector<std::string>& faults) {
  Values values;
  int number = 0;
  for (std::string_view line : split(text, '\n')) {
    ++number;
    line = trim(line);
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with("export ")) line = trim(line.substr(7));
    const auto eq = line.find('=');
    if (eq == std::string_view::npos || eq == 0) {
      faults.push_back(".env line " + std::to_string(number) + ": must be NAME=value");
      continue;
    }
    const std::string_view value = dotenv_value(trim(line.substr(eq + 1)));
    values[std::string(trim(line.substr(0, eq)))] = value;
  }
  return values;
}

Values environment_values() {
  Values values;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text = *entry;
    const auto eq = text.find('=');
    if (eq != std::string_view::npos) values[std::string(text.substr(0, eq))] = text.substr(eq + 1);
  }
  return values;
}

std::string without_password(std::string_view url) {
  std::string out;
  // An unescaped password may hold any character, so it ends at the last '@'.
  const auto at = url.rfind('@');
  if (at != std::string_view::npos) {
    const auto scheme = url.find("://");
    const auto user = scheme == std::string_view::npos || scheme > at ? 0 : scheme + 3;
    const auto colon = url.substr(user, at - user).find(':');
    out += colon == std::string_view::npos ? url.substr(0, at)
                                           : std::string(url.substr(0, user + colon)) + ":***";
    url.remove_prefix(at);
  }
  // `?password=…`, `&sslpassword=…`, and libpq's `password=… host=…`.
  constexpr std::string_view name = "password=";
  for (auto found = to_lower_ascii(url).find(name); found != std::string::npos;
       found = to_lower_ascii(url).find(name)) {
    out += std::string(url.substr(0, found + name.size())) + "***";
    url.remove_prefix(found + name.size());
    url.remove_prefix(std::min(url.size(), url.find_first_of("& ")));
  }
  return out += url;
}

std::string flag_of(std::string_view name) {
  std::string flag = "--" + to_lower_ascii(name);
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

std::string markdown(const std::vector<Setting>& table) {
  std::string out = "| setting | default | value | description |\n| --- | --- | --- | --- |\n";
  for (const Setting& setting : table) {
    const std::string default_value = setting.default_value.empty() ? "–" : "`" + setting.default_value + "`";
    out += "| `" + setting.name + "`";
    if (setting.may_hold_secret()) out += ", `" + setting.file_name() + "`";
    for (const std::string& column : {default_value, setting.format, setting.description})
      out += " | " + column;
    out += " |\n";
  }
  return out;
}

}  // namespace papi::config
