#include "platform/net/http_client.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include <atomic>
#include <boost/asio/use_future.hpp>
#include <cstdlib>
#include <cstring>
#include <map>
#include <thread>

#include "platform/net/io_threads.hpp"
#include "platform/net/transport.hpp"
#include "tests/eventually.hpp"

namespace papi {
namespace {

using namespace std::chrono_literals;

/// The addresses of names in the domain .scripted. Each look-up takes the next answer; the last answer stays.
/// Set it before the client is made.
std::map<std::string, std::vector<std::vector<std::string>>> scripted_answers;
std::map<std::string, std::size_t> look_ups;

addrinfo* record_of(const std::string& text, const char* service) {
  const auto address = net::ip::make_address(text);
  const net::ip::tcp::endpoint endpoint(address, static_cast<std::uint16_t>(std::atoi(service)));
  // One block, because the C library's freeaddrinfo() frees it.
  void* block = std::calloc(1, sizeof(addrinfo) + sizeof(sockaddr_storage));
  auto* record = static_cast<addrinfo*>(block);
  record->ai_addr = reinterpret_cast<sockaddr*>(record + 1);
  std::memcpy(record->ai_addr, endpoint.data(), endpoint.size());
  record->ai_addrlen = static_cast<socklen_t>(endpoint.size());
  record->ai_family = endpoint.protocol().family();
  record->ai_socktype = SOCK_STREAM;
  record->ai_protocol = IPPROTO_TCP;
  return record;
}

int answer_for(const std::string& name, const char* service, addrinfo** result) {
  const auto& answers = scripted_answers.at(name);
  const auto& answer = answers[std::min(look_ups[name]++, answers.size() - 1)];
  addrinfo* first = nullptr;
  for (auto text = answer.rbegin(); text != answer.rend(); ++text) {
    addrinfo* record = record_of(*text, service);
    record->ai_next = first;
    first = record;
  }
  *result = first;
  return 0;
}

}  // namespace
}  // namespace papi

/// Replaces the C library's function in the whole test program, libcurl included. Other names are passed on
/// to it.
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** result) {
  if (name && std::string_view(name).ends_with(".scripted"))
    return papi::answer_for(name, service ? service : "0", result);
  static const auto real = reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(name, service, hints, result);
}

namespace papi {
namespace {

/// Counts the connections to a loopback port, and answers them.
class CountingServer {
 public:
  CountingServer() : acceptor_(threads_.executor(0), {net::ip::make_address("127.0.0.1"), 0}) {
    serving_ = net::co_spawn(threads_.executor(0), serve(), net::use_future);
    threads_.start();
  }
  ~CountingServer() {
    net::post(threads_.executor(0), [this] { acceptor_.close(); });
    serving_.wait();
    threads_.stop();
  }
  std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }
  int visits() const { return visits_; }
  Executor executor() { return threads_.executor(0); }

 private:
  Task<void> serve() {
    for (;;) {
      auto [ec, socket] = co_await acceptor_.async_accept(as_result);
      if (ec) co_return;
      ++visits_;
      const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
      co_await net::async_write(socket, net::buffer(answer), as_result);
    }
  }
  IoThreads threads_{1};
  TcpAcceptor acceptor_;
  std::future<void> serving_;
  std::atomic<int> visits_{0};
};

struct PublicHttpClient : testing::Test {
  CountingServer server;

  Result<HttpReply> fetch(const std::string& host, bool loopback_is_meant = false) {
    HttpClient::Options options;
    options.public_only = true;
    HttpClient client(options);
    HttpCall call;
    call.url = "http://" + host + ":" + server.port() + "/";
    call.timeout = 500ms;
    call.loopback_is_meant = loopback_is_meant;
    return net::co_spawn(server.executor(), client.fetch(server.executor(), std::move(call)), net::use_future)
        .get();
  }
};

TEST_F(PublicHttpClient, goes_to_no_special_address_however_it_is_written) {
  scripted_answers["loopback.scripted"] = {{"127.0.0.1"}};
  scripted_answers["mapped.scripted"] = {{"::ffff:127.0.0.1"}};
  scripted_answers["metadata.scripted"] = {{"169.254.169.254"}};
  scripted_answers["private.scripted"] = {{"10.0.0.1", "192.168.1.1"}};
  scripted_answers["local6.scripted"] = {{"fe80::1"}};
  for (const char* host :
       {"127.0.0.1", "127.1", "0x7f.1", "2130706433", "017700000001", "0.0.0.0", "localhost", "x.localhost",
        "[::1]", "[::ffff:127.0.0.1]", "[::]", "169.254.169.254", "10.0.0.1", "loopback.scripted",
        "mapped.scripted", "metadata.scripted", "private.scripted", "local6.scripted"}) {
    const auto reply = fetch(host);
    ASSERT_FALSE(reply) << host;
    EXPECT_EQ(reply.error().code, ErrorCode::blocked) << host << ": " << reply.error().message;
  }
  EXPECT_EQ(server.visits(), 0);
}

TEST_F(PublicHttpClient, a_name_that_changes_its_mind_leads_nowhere_else) {
  // 3ffe::/16 is public by the rules, but nobody uses it. A client that resolves the name once to check and
  // again to connect would reach our own port the second time.
  scripted_answers["changes.scripted"] = {{"3ffe::1"}, {"127.0.0.1"}};
  scripted_answers["both.scripted"] = {{"3ffe::1", "127.0.0.1"}};
  EXPECT_FALSE(fetch("changes.scripted"));
  EXPECT_FALSE(fetch("changes.scripted"));
  EXPECT_FALSE(fetch("both.scripted"));
  EXPECT_EQ(look_ups["changes.scripted"], 2U);  // no second look-up to connect
  EXPECT_EQ(server.visits(), 0);
}

TEST_F(PublicHttpClient, says_how_many_requests_run_and_how_many_were_refused) {
  IoThreads other(1);
  TcpAcceptor silent(other.executor(0), {net::ip::make_address("127.0.0.1"), 0});  // takes no connection
  HttpClient::Options options;
  options.max_in_flight = 2;
  HttpClient client(options);
  const auto begin = [&] {
    HttpCall call;
    call.url = "http://127.0.0.1:" + std::to_string(silent.local_endpoint().port()) + "/";
    return net::co_spawn(server.executor(), client.fetch(server.executor(), std::move(call)),
                         net::use_future);
  };
  EXPECT_EQ(client.load().in_flight, 0u);
  auto first = begin(), second = begin();
  EXPECT_TRUE(test::eventually([&] { return client.load().in_flight == 2; }));
  EXPECT_EQ(client.load().max_in_flight, 2u);
  EXPECT_EQ(client.load().refused, 0u);
  EXPECT_EQ(begin().get().error().code, ErrorCode::unavailable);
  EXPECT_EQ(client.load().refused, 1u);
  client.cancel_all();
  EXPECT_FALSE(first.get());
  EXPECT_FALSE(second.get());
  EXPECT_EQ(begin().get().error().code, ErrorCode::unavailable);
  EXPECT_EQ(client.load().in_flight, 0u);
  EXPECT_EQ(client.load().refused, 1u) << "the service stops: that is no overload";
}

TEST_F(PublicHttpClient, goes_to_a_loopback_address_that_is_meant_and_to_no_other) {
  scripted_answers["meant.scripted"] = {{"127.0.0.1"}};
  scripted_answers["elsewhere.scripted"] = {{"10.0.0.1"}};
  EXPECT_EQ(fetch("127.0.0.1", true)->body, "ok");
  EXPECT_EQ(fetch("meant.scripted", true)->body, "ok");
  EXPECT_EQ(fetch("elsewhere.scripted", true).error().code, ErrorCode::blocked);
  EXPECT_EQ(server.visits(), 2);
}

}  // namespace
}  // namespace papi
