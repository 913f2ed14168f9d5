#include "live/gift_list.hpp"

#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <optional>

#include "live/sqlite_gift_store.hpp"
#include "platform/base/random.hpp"
#include "platform/net/io_threads.hpp"
#include "platform/net/transport.hpp"

namespace papi::live {
namespace {

using namespace std::chrono_literals;

const std::string rose = R"({"data":{"gifts":[{"id":5655,"name":"Rose","diamond_count":1,"type":1}]}})";
const std::string lion = R"({"data":{"gifts":[{"id":6369,"name":"Lion","diamond_count":29999,"type":2}]}})";

/// Simulates TikTok. It answers each request with the next body, and holds the answers back on request.
class ListServer {
 public:
  explicit ListServer(Executor executor)
      : executor_(executor),
        acceptor_(executor, {net::ip::make_address("127.0.0.1"), 0}),
        opened_(executor) {}
  Task<void> serve();
  Task<void> answer(TcpSocket socket);
  std::string origin() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  // Used only on the server's thread:
  void close() { acceptor_.close(); }
  void open() {
    held = false;
    opened_.notify();
  }

  std::vector<std::string> bodies;  // the last one is repeated
  std::size_t asked = 0;
  bool held = false;

 private:
  const Executor executor_;
  TcpAcceptor acceptor_;
  Notifier opened_;
};

Task<void> ListServer::answer(TcpSocket socket) {
  std::string request(4096, '\0');
  co_await socket.async_read_some(net::buffer(request), as_result);
  const std::string& body = bodies[std::min(asked++, bodies.size() - 1)];
  while (held) co_await opened_.wait();
  const std::string answer =
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
      body;
  co_await net::async_write(socket, net::buffer(answer), as_result);
}

Task<void> ListServer::serve() {
  for (;;) {
    auto [ec, socket] = co_await acceptor_.async_accept(as_result);
    if (ec) co_return;
    net::co_spawn(executor_, answer(std::move(socket)), net::detached);
  }
}

struct GiftListTest : testing::Test {
  GiftListTest() {
    hosts.webcast = server.origin();
    hosts.timeout = 5s;
    serving = net::co_spawn(executor(), server.serve(), net::use_future);
    start();
    threads.start();
  }
  ~GiftListTest() override {
    stop();
    net::post(executor(), [this] { server.close(); });
    serving.wait();
    threads.stop();
    writer.reset();
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
  }
  Executor executor() { return threads.executor(0); }
  void start() {
    auto database = sqlite::Database::open(path);
    EXPECT_TRUE(SqliteGiftStore::prepare(*database));
    GiftStore::Known known = *SqliteGiftStore::gifts_in(*database);
    writer.emplace(std::move(*database), sqlite::Durability::batched, log);
    store.emplace(*writer);
    list.emplace(GiftList::Dependencies{executor(), http, hosts, browser, *store, log, clock},
                 GiftList::Options(), std::move(known));
  }
  void stop() { run(list->join()); }
  void restart() {
    stop();
    list.reset();
    store.reset();
    writer.reset();
    start();
  }
  template <class T>
  T run(Task<T> task) {
    return net::co_spawn(executor(), std::move(task), net::use_future).get();
  }
  std::size_t asked() {
    std::promise<std::size_t> answer;
    net::post(executor(), [&] { answer.set_value(server.asked); });
    return answer.get_future().get();
  }
  std::string names_of(const Result<GiftList::Answer>& answer) {
    if (!answer) return answer.error().message;
    std::string names;
    for (const KnownGift& gift : *answer->gifts) names += gift.name + " ";
    return names;
  }

  std::string path = testing::TempDir() + "gifts_" + random_hex(6) + ".db";
  ManualClock clock;
  LogOptions quiet{LogLevel::critical, LogFormat::text, ""};
  Logger log{quiet, clock};
  IoThreads threads{1};
  ListServer server{threads.executor(0)};
  std::future<void> serving;
  HttpClient http{HttpClient::Options()};
  TikTokHosts hosts;
  Browser browser;
  std::optional<sqlite::Writer> writer;
  std::optional<SqliteGiftStore> store;
  std::optional<GiftList> list;
};

Task<std::vector<std::string>> ask_at_once(GiftListTest& test, int n) {
  std::vector<std::string> answers;
  TaskGroup all(test.executor(), [](std::exception_ptr) { FAIL(); });
  const auto ask = [](GiftListTest& self, std::vector<std::string>& out) -> Task<void> {
    const auto answer = co_await self.list->all();
    out.push_back(self.names_of(answer));
  };
  for (int i = 0; i < n; ++i) all.spawn(ask(test, answers));
  for (int i = 0; i < 50; ++i) co_await net::post(test.executor(), use_task);
  test.server.open();
  co_await all.join();
  co_return answers;
}

}  // namespace

TEST_F(GiftListTest, is_fetched_once_for_all_who_ask_while_nothing_is_known) {
  server.bodies = {rose};
  server.held = true;
  const auto answers = run(ask_at_once(*this, 20));
  EXPECT_EQ(answers, std::vector<std::string>(20, "Rose "));
  EXPECT_EQ(server.asked, 1u);
  EXPECT_EQ(run(list->all())->updated_at, clock.now_ms());
}

TEST_F(GiftListTest, an_empty_list_is_a_failure_that_is_tried_again_after_ten_minutes) {
  server.bodies = {R"({"data":{"gifts":[]}})", "<html>", rose};
  const auto none = run(list->all());
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::unavailable);
  EXPECT_EQ(none.error().details().retry_after, 600s);
  clock.advance(599s);
  EXPECT_FALSE(run(list->all()));
  EXPECT_EQ(server.asked, 1u) << "not asked again before its time";
  clock.advance(1s);
  EXPECT_FALSE(run(list->all())) << "what is no list";
  EXPECT_EQ(server.asked, 2u);
  clock.advance(600s);
  EXPECT_EQ(names_of(run(list->all())), "Rose ");
  EXPECT_EQ(server.asked, 3u);
}

TEST_F(GiftListTest, what_is_known_is_there_after_a_restart_and_no_failure_takes_it_away) {
  server.bodies = {rose, R"({"data":{"gifts":[]}})", lion};
  ASSERT_EQ(names_of(run(list->all())), "Rose ");
  const UnixMs fetched_at = clock.now_ms();
  clock.advance(std::chrono::hours(23));
  restart();
  EXPECT_EQ(names_of(run(list->all())), "Rose ");
  EXPECT_EQ(run(list->all())->updated_at, fetched_at);
  EXPECT_EQ(server.asked, 1u) << "a list of today is not fetched again";
  events::Gift nameless;
  nameless.gift_id = 5655;
  list->names().complete(nameless);
  EXPECT_EQ(nameless.name, "Rose");
  EXPECT_EQ(nameless.diamonds_each, 1);
  clock.advance(std::chrono::hours(1));
  restart();
  while (asked() < 2) EXPECT_EQ(names_of(run(list->all())), "Rose ") << "fetched behind the answer";
  EXPECT_EQ(names_of(run(list->all())), "Rose ") << "an empty list replaces nothing";
  restart();  // after a restart the failure is forgotten
  while (names_of(run(list->all())) != "Rose Lion ") continue;
  EXPECT_EQ(asked(), 3u);
}

TEST_F(GiftListTest, what_a_message_teaches_is_saved_too) {
  server.bodies = {rose};
  run([](GiftList& gifts) -> Task<void> {
    events::Gift gift;
    gift.gift_id = 7'123'456'789'012'345'678;
    gift.name = "Big";
    gift.diamonds_each = 100;
    gifts.names().complete(gift);
    co_return;
  }(*list));
  restart();
  const auto known = run(list->all());
  ASSERT_TRUE(known);
  ASSERT_GE(known->gifts->size(), 1u);
  EXPECT_EQ(known->gifts->back().id, 7'123'456'789'012'345'678);
  EXPECT_EQ(known->gifts->back().diamonds, 100);
}

TEST_F(GiftListTest, who_waits_for_the_list_is_answered_when_the_service_stops) {
  server.bodies = {rose};
  server.held = true;
  auto waiting = net::co_spawn(executor(), list->all(), net::use_future);
  while (asked() == 0) continue;
  http.cancel_all();
  stop();
  const auto answer = waiting.get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
  net::post(executor(), [this] { server.open(); });
}

}  // namespace papi::live
