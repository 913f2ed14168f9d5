// webcast-sim: simulates TikTok LIVE and its sign server, for tests, demonstrations and development.

#include <CLI/CLI.hpp>
#include <cmath>
#include <csignal>
#include <cstdio>

#include "platform/base/text.hpp"
#include "platform/config/command_line.hpp"
#include "platform/http/server.hpp"
#include "platform/net/ip_address.hpp"
#include "sim/replay.hpp"
#include "sim/routes.hpp"

namespace {

using namespace papi;
using namespace std::chrono_literals;

struct CommandLine {
  sim::SimOptions sim;
  std::string host = "0.0.0.0";
  std::uint16_t port = 0;
  std::string replay_file;
  std::string tls_certificate;
  std::string tls_key;
  bool verbose = false;
  bool help_faults = false;
  std::vector<std::string> faults;
};

void declare_room(CLI::App& app, CommandLine& line) {
  app.add_option_function<std::vector<std::string>>(
         "--user", [&line](const std::vector<std::string>& users) { line.sim.users = users; },
         "A host who is live; repeat it for several rooms (default: demo)")
      ->check([](const std::string& text) {
        return sim::is_username(text) ? "" : "'" + text + "' is not a TikTok name";
      });
  app.add_option("--seed", line.sim.seed, "The same seed makes the same room")->capture_default_str();
  app.add_option("--rate", line.sim.rate, "Messages a second and room")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 100000.0));
  app.add_option_function<int>(
         "--tick", [&line](int ms) { line.sim.tick = std::chrono::milliseconds(ms); },
         "Milliseconds between batches (default: 100)")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--count", line.sim.count, "Live messages of a room, then it is quiet (default: endless)")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--backlog", line.sim.backlog, "Messages of before the first client came")
      ->capture_default_str();
  app.add_flag("--end", line.sim.end_when_done, "End the stream after the last message");
  app.add_flag("--offline", line.sim.offline, "Begin with nobody live");
  app.add_option("--replay", line.replay_file,
                 "Play these recorded messages, or the events of an export (NDJSON), instead")
      ->check(CLI::ExistingFile);
}

void declare_quiz(CLI::App& app, CommandLine& line) {
  auto* quiz = app.add_flag("--quiz", line.sim.quiz, "The host asks questions, viewers answer A to D");
  quiz->excludes("--replay");
  app.add_option_function<double>(
         "--quiz-seconds",
         [&line](double seconds) {
           line.sim.quiz_answer = std::chrono::milliseconds(std::llround(seconds * 1000));
         },
         "Seconds to answer a question (default: 15); the next one comes a third later")
      ->check(CLI::Range(0.1, 600.0))
      ->needs(quiz);
}

/// Reads `KIND` or `KIND=N` into the faults of the command line. Returns what is wrong with it, or an empty
/// text.
std::string read_fault(const std::string& text, std::vector<sim::SimOptions::StartFault>& faults) {
  const auto equals = text.find('=');
  const std::string name = text.substr(0, equals);
  const sim::FaultKind* kind = sim::find_fault(name);
  std::vector<std::string> names;
  for (const sim::FaultKind& known : sim::fault_kinds()) names.emplace_back(known.name);
  if (!kind) {
    const std::string nearest = config::nearest_of(name, names);
    return "'" + name + "' is no fault" +
           (nearest.empty() ? "; see --help-faults" : "; did you mean '" + nearest + "'?");
  }
  if (kind->span == sim::FaultSpan::now)
    return "'" + name + "' acts at once: send it with POST /sim/fault while the room runs";
  const auto n =
      equals == std::string::npos ? std::optional<std::int64_t>(1) : parse_int(text.substr(equals + 1));
  if (!n || *n < 0) return "'" + text + "' must be KIND or KIND=N, N 0 or more";
  faults.push_back({kind, *n});
  return "";
}

void declare_faults(CLI::App& app, CommandLine& line) {
  app.add_option("--fault", line.faults,
                 "KIND or KIND=N: begin with this fault, N times (0: until cleared); repeat it for several")
      ->check([](const std::string& text) {
        std::vector<sim::SimOptions::StartFault> ignored;
        return read_fault(text, ignored);
      });
  app.add_flag("--help-faults", line.help_faults, "Print every kind of fault and exit");
}

void declare_server(CLI::App& app, CommandLine& line) {
  app.add_option("--host", line.host, "Address to listen on")->capture_default_str();
  app.add_option("--port", line.port, "Port; 0 lets the system choose")->capture_default_str();
  app.add_option("--public-host", line.sim.public_host,
                 "host:port in socket and picture addresses (default: as asked)");
  auto* certificate = app.add_option("--tls-cert", line.tls_certificate, "PEM certificate chain: serve TLS");
  auto* key = app.add_option("--tls-key", line.tls_key, "PEM private key");
  certificate->check(CLI::ExistingFile)->needs(key);
  key->check(CLI::ExistingFile)->needs(certificate);
  app.add_flag("--verbose", line.verbose, "Log more than warnings");
}

constexpr const char* footer =
    R"(While it runs:
  GET  /sim/truth, /sim/quiz, /sim/said, /sim/state     what was really said, and what is going on
  POST /sim/comment|gift|like|follow  {"username", "text" | "gift_id", "count"}     your own events
  POST /sim/fault?kind=KIND&n=N       a fault; kind=clear ends all of them
  POST /sim/rate?rate=N, /sim/end     messages a second; end the stream
  With several rooms add ?user=NAME.

Examples:
  webcast-sim --quiz --user quizhost --port 9100
  curl --json '{"username":"ann","text":"B!"}' localhost:9100/sim/comment
  curl -X POST 'localhost:9100/sim/fault?kind=drop'
docs/how-to/simulator.md has more.)";

void declare(CLI::App& app, CommandLine& line) {
  app.option_defaults()->group("Room");
  declare_room(app, line);
  app.option_defaults()->group("Quiz");
  declare_quiz(app, line);
  app.option_defaults()->group("Faults");
  declare_faults(app, line);
  app.option_defaults()->group("Server");
  declare_server(app, line);
  app.get_formatter()->column_width(22);
  app.get_formatter()->label("TEXT", "TEXT");
  app.footer(footer);
}

int print_faults() {
  const std::pair<sim::FaultSpan, const char*> spans[] = {
      {sim::FaultSpan::now, "At once, n times (close_code: n is the code)"},
      {sim::FaultSpan::next, "On the next n occasions (0: until cleared)"},
      {sim::FaultSpan::until_cleared, "Until kind=clear"}};
  for (const auto& [span, title] : spans) {
    std::printf("%s:\n", title);
    for (const sim::FaultKind& kind : sim::fault_kinds()) {
      if (kind.span == span) std::printf("  %s\n", std::string(kind.name).c_str());
    }
  }
  return 0;
}

std::shared_ptr<net::ssl::context> tls_context(const CommandLine& line) {
  if (line.tls_certificate.empty()) return nullptr;
  auto context = std::make_shared<net::ssl::context>(net::ssl::context::tls_server);
  context->use_certificate_chain_file(line.tls_certificate);
  context->use_private_key_file(line.tls_key, net::ssl::context::pem);
  return context;
}

http::ServerOptions server_options() {
  http::ServerOptions options;
  options.connection.limits.header_bytes = 64 * 1024;  // the socket's URL has many parameters
  options.connection.limits.target_bytes = 16 * 1024;
  options.connection.websocket.outbox = QueueBound{64 * 1024 * 1024, 10'000};
  options.connection.websocket.ping_interval =
      std::chrono::hours(24);                          // TikTok sends no pings; Room checks heartbeats
  options.connection.websocket.answers_pings = false;  // as TikTok's servers
  return options;
}

int fail(const std::string& why) {
  std::fprintf(stderr, "webcast-sim: %s\n", why.c_str());
  return 1;
}

int run(CommandLine line, const sigset_t& ending) {
  if (!line.replay_file.empty()) {
    auto recording = sim::read_recording(line.replay_file);
    if (!recording) return fail(recording.error().message);
    for (const auto& [type, number] : recording->left_out) {
      std::fprintf(stderr, "webcast-sim: %zu events of type %s are left out: no message leads to them\n",
                   number, visible(type).c_str());
    }
    auto& messages = recording->messages;
    if (line.sim.count && static_cast<std::size_t>(*line.sim.count) < messages.size()) {
      messages.resize(static_cast<std::size_t>(*line.sim.count));
    }
    line.sim.recording = std::move(messages);
  }
  const SystemClock clock;
  LogOptions log_options;
  log_options.name = "webcast_sim";
  log_options.level = line.verbose ? LogLevel::info : LogLevel::warning;
  Logger log(log_options, clock);
  sim::Simulator simulator(line.sim, clock);
  const http::Pipeline pipeline(sim::routes_of(simulator), {});
  IoThreads threads(1);
  http::Server server(threads, pipeline, server_options(), log, clock);
  server.set_tls(tls_context(line));
  const auto port = server.listen(line.host, line.port);
  if (!port) {
    const bool taken = port.error().code == ErrorCode::conflict;
    return fail(port.error().message + (taken ? ": end that one, or choose another --port" : ""));
  }
  simulator.set_port(*port);
  simulator.start(threads.executor(0));
  threads.start();
  const std::string origin =
      (line.tls_key.empty() ? "http://" : "https://") + local_host_and_port(line.host, *port);
  std::printf("webcast-sim listening on %s\n", origin.c_str());
  std::puts("These settings point profile-api at it:");
  for (const char* setting : {"TIKTOK_WEB_URL", "TIKTOK_WEBCAST_URL", "TIKTOK_SIGN_URL"})
    std::printf("  export %s=%s\n", setting, origin.c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ending, &signal);
  simulator.stop();
  server.stop(2s, 1h);  // no handler hangs
  threads.stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Stands in for TikTok LIVE and its sign server", "webcast-sim");
  CommandLine line;
  declare(app, line);
  if (const auto code = config::parse_arguments(app, argc, argv)) return *code;
  if (line.help_faults) return print_faults();
  for (const std::string& fault : line.faults) read_fault(fault, line.sim.faults);
  std::signal(SIGPIPE, SIG_IGN);
  // The signals are blocked here, so that every thread inherits this and only sigwait() receives them.
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGINT);
  sigaddset(&ending, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  try {
    return run(std::move(line), ending);
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}
