#include "tester/tester.hpp"

#include <future>

#include "platform/http/middlewares.hpp"
#include "tester/page_files.hpp"
#include "tester/passed_headers.hpp"
#include "tester/policies.hpp"

namespace papi::tester {
namespace {

constexpr std::size_t max_connections = 512;

http::ServerOptions server_options(TesterOptions& options) {
  http::ServerOptions server = std::move(options.server);
  server.connection.fixed_headers = fixed_headers();
  server.max_connections = max_connections;
  server.max_per_address = 0;  // the connections of this machine's browsers all come from one address
  return server;
}

std::vector<std::unique_ptr<http::Middleware>> middlewares(AllowedHosts hosts, Logger& log,
                                                           const Clock& clock) {
  std::vector<std::unique_ptr<http::Middleware>> list;
  list.push_back(std::make_unique<http::AssignCorrelationId>());
  list.push_back(std::make_unique<http::WriteAccessLog>(log, clock));
  list.push_back(std::make_unique<AddPolicyToErrors>());
  list.push_back(std::make_unique<CheckCaller>(std::move(hosts)));
  return list;
}

}  // namespace

struct Tester::Parts {
  Parts(TesterOptions options, const http::ErrorTable& errors, Logger& log, const Clock& clock)
      : listen(std::move(options.listen)),
        port(options.port),
        pass_through(std::move(options.upstream), options.limits, log, clock),
        pipeline([this](const http::Request& request) { return route_of(request); },
                 middlewares(std::move(options.hosts), log, clock), errors),
        threads(1),
        server(threads, pipeline, server_options(options), log, clock) {
    page.endpoint = "tester page";
    page.pattern = "tester:page";
    page.handler = http::DirectHandler(
        [](http::Exchange& exchange) { return answer_with_file(web::assets(), exchange); });
    api.endpoint = "tester api";
    api.pattern = "tester:api";
    api.handler = http::TaskHandler([this](http::Exchange& exchange) { return pass_through.pass(exchange); });
  }
  const http::Route* route_of(const http::Request& request) const {
    return passed_target(request).empty() ? &page : &api;
  }

  const std::string listen;
  const std::uint16_t port;
  http::Route page;
  http::Route api;
  PassThrough pass_through;
  http::Pipeline pipeline;
  IoThreads threads;
  http::Server server;
};

Tester::Tester(TesterOptions options, const http::ErrorTable& errors, Logger& log, const Clock& clock)
    : parts_(std::make_unique<Parts>(std::move(options), errors, log, clock)) {}
Tester::~Tester() = default;

Result<std::uint16_t> Tester::listen() { return parts_->server.listen(parts_->listen, parts_->port); }
void Tester::set_tls(std::shared_ptr<net::ssl::context> tls) { parts_->server.set_tls(std::move(tls)); }
void Tester::start() { parts_->threads.start(); }

bool Tester::stop(std::chrono::milliseconds at_most) {
  std::promise<void> told;
  net::post(parts_->threads.executor(0), [this, &told] {
    parts_->pass_through.stop();
    told.set_value();
  });
  told.get_future().wait();
  const bool in_order = parts_->server.stop(at_most / 2, at_most);
  parts_->threads.stop();
  if (!in_order) static_cast<void>(parts_.release());  // coroutines are suspended in it
  return in_order;
}

}  // namespace papi::tester
