#include "app/start_check.hpp"

#include <filesystem>
#include <map>

#include "app/application.hpp"
#include "app/storage.hpp"
#include "platform/http/server.hpp"
#include "platform/sqlite/file_check.hpp"

namespace papi::app {
namespace {

using Versions = std::map<std::string, std::int64_t, std::less<>>;

Versions versions_in(sqlite::Database& database) {
  Versions versions;
  auto has =
      database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_versions'");
  if (!has.step()) return versions;
  auto rows = database.prepare("SELECT component, version FROM schema_versions");
  while (rows.step()) versions[std::string(rows.text(0))] = rows.integer(1);
  return versions;
}

/// Returns the text that names a component whose tables in the file are newer, or an empty string.
std::string newer_component(const Versions& in_file, const Versions& ours) {
  for (const auto& [component, version] : in_file) {
    const auto known = ours.find(component);
    if (known == ours.end() || version <= known->second) continue;
    return component + " " + std::to_string(version) + ", this one knows " + std::to_string(known->second);
  }
  return {};
}

/// Compares the tables of the file with those that this program makes.
std::optional<std::string> schema_fault(const std::string& path) {
  const std::string unreadable = "the database '" + path + "' cannot be read: ";
  auto database = sqlite::Database::open_unchanged(path);
  if (!database) return unreadable + database.error().message;
  auto ours = open_database(":memory:");
  if (!ours) return ours.error().message;
  try {
    const std::string newer = newer_component(versions_in(*database), versions_in(*ours));
    if (newer.empty()) return std::nullopt;
    return "the database '" + path + "' was written by a newer version of this program (" + newer +
           "): use that version, or restore a backup from before the upgrade";
  } catch (const sqlite::DatabaseFault& fault) {
    return unreadable + fault.what;
  }
}

std::optional<std::string> database_fault(const std::string& path) {
  if (auto checked = sqlite::check_database_file(path); !checked) return checked.error().message;
  if (const auto owner = sqlite::OwnerLock::owner_of(path)) {
    return "the database '" + path + "' is in use by " + *owner +
           ". A database is served by one process: stop that one first, or give this one another";
  }
  std::error_code ec;
  const auto size = std::filesystem::file_size(path, ec);
  return ec || size == 0 ? std::nullopt : schema_fault(path);
}

}  // namespace

std::vector<std::string> start_faults(const Settings& settings) {
  std::vector<std::string> faults;
  const auto port = static_cast<std::uint16_t>(settings.port);
  if (const auto bound = http::try_to_bind(settings.host, port); !bound) {
    const bool taken = bound.error().code == ErrorCode::conflict;
    faults.push_back((taken ? "PORT: " : "HOST, PORT: ") + bound.error().message +
                     (taken ? port_remedy : ""));
  }
  if (auto fault = database_fault(sqlite::real_path(settings.sqlite_path())))
    faults.push_back("DATABASE_URL: " + *fault);
  return faults;
}

}  // namespace papi::app
