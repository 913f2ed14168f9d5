// webcast-sim: simulates TikTok LIVE and its sign server, for tests, demonstrations and development.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>

#include "platform/base/text.hpp"
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
};

bool is_username(const std::string& text) {
  return !text.empty() && text.size() <= 24 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '.' || c == '-';
  });
}

void declare(CLI::App& app, CommandLine& line) {
  app.add_option("--host", line.host, "Address to listen on")->capture_default_str();
  app.add_option("--port", line.port, "Port; 0 lets the system choose")->capture_default_str();
  app.add_option_function<std::vector<std::string>>(
         "--user", [&line](const std::vector<std::string>& users) { line.sim.users = users; },
         "A host who is live; repeat for several rooms (default: demo)")
      ->check([](const std::string& text) {
        return is_username(text) ? "" : "'" + text + "' is not a TikTok name";
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
  app.add_option("--public-host", line.sim.public_host,
                 "host:port in socket and picture addresses (default: as asked)");
  auto* certificate = app.add_option("--tls-cert", line.tls_certificate, "PEM certificate chain: serve TLS");
  auto* key = app.add_option("--tls-key", line.tls_key, "PEM private key");
  certificate->check(CLI::ExistingFile)->needs(key);
  key->check(CLI::ExistingFile)->needs(certificate);
  app.add_flag("--verbose", line.verbose, "Log more than warnings");
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
  std::printf("webcast-sim listening on %s://%s\n", line.tls_key.empty() ? "http" : "https",
              local_host_and_port(line.host, *port).c_str());
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
  CLI11_PARSE(app, argc, argv);
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
