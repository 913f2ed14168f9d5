#pragma once

#include <memory>

#include "app/settings.hpp"
#include "app/storage.hpp"
#include "platform/base/error.hpp"
#include "platform/http/route_table.hpp"
#include "platform/log/logger.hpp"

namespace papi::app {

/// The end of a message about a port that is in use: the remedy.
inline constexpr const char* port_remedy = ": end that one, or set another PORT";

/// The whole service, wired. start() binds the port; stop() takes the steps of shutdown in order.
class Application {
 public:
  Application(const Settings& settings, Logger& log, const Clock& clock);
  ~Application();

  /// Returns the bound port. Waits for another owner of the database, and while another program holds it
  /// locked. Errors: `conflict` if port or database is in use, `database` if the database cannot be used,
  /// `unavailable` if `pause` returned false; all others are settings that cannot be used. A start that
  /// failed leaves no file of the database that was not there before.
  Result<std::uint16_t> start(const sqlite::Pause& pause);
  /// Returns false if some work did not end in time. What was accepted is committed; the caller ends the
  /// process at once, without destructors.
  bool stop();
  /// How many sessions of before go on; after start().
  std::size_t resumed_sessions() const { return resumed_; }
  /// SIGHUP: reads the TLS certificate again. The old one stays where the new one cannot be used.
  void reload();

  /// Every route, as the documents and the tests of permissions want them. Starts nothing.
  std::vector<http::Route> routes();

 private:
  struct Parts;
  Result<void> build(sqlite::Database database, live::LiveService::Known known, const std::string& path);
  Result<std::uint16_t> start_with(Storage storage);
  Result<void> load_access(const std::string& path);
  Result<void> take_certificate();
  const Settings& settings_;
  Logger& log_;
  const Clock& clock_;
  std::optional<sqlite::OwnerLock> owner_;         // until everything else has gone
  std::unique_ptr<events::LogIdentity> identity_;  // closed behind the database
  std::size_t resumed_ = 0;
  std::uint32_t file_stamp_ = 0;  // see sqlite::stamp_file()
  std::unique_ptr<Parts> parts_;
};

}  // namespace papi::app
