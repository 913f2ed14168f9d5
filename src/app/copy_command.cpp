#include "app/copy_command.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <variant>

#include "copy/copier.hpp"
#include "copy/postgres_side.hpp"
#include "copy/sqlite_side.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/text.hpp"
#include "platform/config/secret_file.hpp"
#include "platform/config/setting.hpp"

namespace papi::app {
namespace {

using copy::PostgresPlace;
using std::chrono::steady_clock;

constexpr const char* default_schema = "profile_api";

int exit_code_of(ErrorCode why) {
  if (why == copy::refused) return 1;
  if (why == ErrorCode::validation) return 3;
  if (why == ErrorCode::unavailable) return 1;
  if (why == ErrorCode::conflict) return 4;
  return 5;
}

/// Returns whether there was something to replace.
bool replace_all(std::string& text, std::string_view old, const std::string& with) {
  bool replaced = false;
  for (auto at = text.find(old); at != std::string::npos; at = text.find(old, at + with.size())) {
    text.replace(at, old.size(), with);
    replaced = true;
  }
  return replaced;
}

/// A message about a database that names the options in place of the settings.
std::string about(const std::string& option, std::string message) {
  const bool names_url = replace_all(message, "DATABASE_URL", option);
  const bool names_schema = replace_all(message, "DB_SCHEMA", option + "-schema");
  return names_url || names_schema ? message : option + ": " + message;
}

struct SqlitePlace {
  std::string path;
};
using Parsed = std::variant<SqlitePlace, PostgresPlace>;

std::string name_of(const Parsed& place) {
  if (const auto* file = std::get_if<SqlitePlace>(&place)) return copy::sqlite_name(file->path);
  return std::get<PostgresPlace>(place).name();
}

void print_error(const std::string& text) { std::fprintf(stderr, "%s\n", visible(to_utf8(text)).c_str()); }

}  // namespace

class CopyRun {
 public:
  explicit CopyRun(const CopyCommand& command) : command_(command) {}

  Result<void> run() {
    TRY(const Parsed from, parse("--from", command_.from_));
    TRY(const Parsed to, parse("--to", command_.to_));
    if (name_of(from) == name_of(to))
      return Error(ErrorCode::validation, "--to: is the database of --from. Give another one");
    TRY(const auto source, open_source(from));
    TRY(const auto target, open_target(to));
    return copy(*source, *target);
  }

 private:
  static Error bad(const std::string& option, const std::string& what) {
    return Error(ErrorCode::validation, option + ": " + what);
  }

  static Result<std::string> url_of(const std::string& option, const CopyCommand::Place& place) {
    if (place.file.empty()) {
      if (place.url.empty())
        return bad(option, "must be a database URL, or give a file that holds it with " + option + "-file");
      return place.url;
    }
    if (!place.url.empty()) return bad(option, "given twice, here and by " + option + "-file; remove one");
    auto content = config::read_secret_file(place.file);
    if (!content) return bad(option + "-file", "'" + place.file + "' " + content.error().message);
    return content;
  }

  static Result<Parsed> parse(const std::string& option, const CopyCommand::Place& place) {
    TRY(const std::string url, url_of(option, place));
    for (const std::string_view scheme : {"sqlite:///", "sqlite+aiosqlite:///"}) {
      if (!url.starts_with(scheme) || url.size() == scheme.size()) continue;
      if (!place.schema.empty()) return bad(option + "-schema", "only a PostgreSQL database has schemas");
      return Parsed(SqlitePlace{url.substr(scheme.size())});
    }
    if (!url.starts_with("postgres"))
      return bad(option, "must be sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE");
    auto target = postgres::Target::parse(url);
    if (!target) return Error(ErrorCode::validation, about(option, target.error().message));
    auto schema = postgres::Schema::parse(place.schema.empty() ? default_schema : place.schema.c_str(),
                                          option + "-schema");
    if (!schema) return Error(ErrorCode::validation, schema.error().message);
    for (const std::string& warning : target->warnings) print_error("warning: " + about(option, warning));
    return Parsed(PostgresPlace{*std::move(target), *std::move(schema)});
  }

  Result<std::unique_ptr<copy::Source>> open_source(const Parsed& place) {
    auto opened = std::holds_alternative<SqlitePlace>(place)
                      ? copy::open_sqlite_source(std::get<SqlitePlace>(place).path, log_)
                      : copy::open_postgres_source(std::get<PostgresPlace>(place), log_, print_error);
    if (!opened) return Error(opened.error().code, about("--from", opened.error().message));
    return opened;
  }

  Result<std::unique_ptr<copy::Target>> open_target(const Parsed& place) {
    auto opened = std::holds_alternative<SqlitePlace>(place)
                      ? copy::open_sqlite_target(std::get<SqlitePlace>(place).path, log_)
                      : copy::open_postgres_target(std::get<PostgresPlace>(place), log_, print_error);
    if (!opened) return Error(opened.error().code, about("--to", opened.error().message));
    return opened;
  }

  Result<void> copy(copy::Source& source, copy::Target& target) {
    const auto started = steady_clock::now();
    copy::CopyOptions options;
    options.replace_text = command_.replace_text_;
    copy::ProgressWriter writer(isatty(STDERR_FILENO) != 0,
                                [](const std::string& text) { std::fputs(text.c_str(), stderr); });
    const copy::OnProgress on_progress = [&writer](const copy::Progress& progress) {
      writer.show(progress, steady_clock::now());
    };
    auto done = copy::copy_all(source, target, options, on_progress);
    writer.end();
    if (!done) return std::move(done).error();
    const auto seconds = std::chrono::duration<double>(steady_clock::now() - started).count();
    std::string text = "Copied " + copy::with_commas(done->rows) + " rows from " + source.name() + " to " +
                       target.name() + ". Both sides were read again and are the same.";
    if (done->rows_before > 0)
      text += " " + copy::with_commas(done->rows_before) + " of the rows were copied by an earlier run.";
    std::printf("%s (%.1f s)\n", visible(to_utf8(text)).c_str(), seconds);
    if (done->replaced > 0) {
      std::printf("%s texts that PostgreSQL cannot hold were changed; the first one is in %s.\n",
                  copy::with_commas(done->replaced).c_str(), visible(to_utf8(done->first_replaced)).c_str());
    }
    std::puts("Each session of the copy begins a new epoch: readers are told so once, and offsets go on.");
    return {};
  }

  const CopyCommand& command_;
  SystemClock clock_;
  LogOptions quiet_{LogLevel::critical, LogFormat::text, ""};
  Logger log_{quiet_, clock_};
};

CopyCommand::CopyCommand(CLI::App& cli) {
  CLI::App* database = cli.add_subcommand("db", "The database as a whole");
  database->require_subcommand(1);
  command_ = database->add_subcommand(
      "copy", "Copy an installation to another database, verify it, go on after an interruption");
  const auto add = [this](const std::string& option, Place& place, const std::string& what) {
    command_->add_option(option, place.url,
                         what +
                             ": sqlite:///PATH or postgresql://…; a password in an argument is visible in "
                             "the process list");
    command_->add_option(option + "-file", place.file, "A file that holds the URL of " + option);
    command_->add_option(option + "-schema", place.schema,
                         "The schema, with PostgreSQL; default: " + std::string(default_schema));
  };
  add("--from", from_, "The database that is copied; it stays as it is");
  add("--to", to_, "An empty database, or the one of an interrupted copy");
  command_->add_flag("--replace-text", replace_text_,
                     "Copy texts that PostgreSQL cannot hold without their zero bytes, and with U+FFFD for "
                     "bytes that are no UTF-8");
}

int CopyCommand::run() const {
  const auto done = CopyRun(*this).run();
  if (done) return 0;
  print_error("profile-api db copy: " + done.error().message);
  return exit_code_of(done.error().code);
}

}  // namespace papi::app
