#include "events/open_readers.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <future>

namespace papi::events {
namespace {

struct FixedReader final : OpenReader {
  FixedReader(std::string who, UnixMs since) : name(std::move(who)), connected_at(since) {}
  ReaderView view() const override { return {name, "sse", "key", Offset(7), 2, 300, connected_at}; }
  std::string name;
  UnixMs connected_at;
};

struct OpenReadersTest : testing::Test {
  OpenReadersTest() { threads.start(); }
  ~OpenReadersTest() override { threads.stop(); }
  void on(std::size_t thread, const std::function<void()>& work) {
    std::promise<void> done;
    net::post(threads.executor(thread), [&] {
      work();
      done.set_value();
    });
    done.get_future().get();
  }
  std::string names(const std::string& session) {
    std::string all;
    for (const ReaderView& view :
         net::co_spawn(threads.executor(0), readers.of(session), net::use_future).get())
      all += view.name + " ";
    return all;
  }
  IoThreads threads{2};
  OpenReaders readers{threads};
  std::optional<ReaderEntry> first, second, third;
};

TEST_F(OpenReadersTest, lists_the_readers_of_a_session_on_all_threads_by_age) {
  const FixedReader old("old", 1'000), middle("middle", 2'000), young("young", 3'000);
  EXPECT_EQ(names("quiz"), "");
  on(0, [&] { first.emplace(readers, threads.executor(0), "quiz", young); });
  on(1, [&] { second.emplace(readers, threads.executor(1), "quiz", old); });
  on(0, [&] { third.emplace(readers, threads.executor(0), "quiz", middle); });
  EXPECT_EQ(names("quiz"), "old middle young ");
  EXPECT_EQ(names("other"), "");
  on(0, [&] { third.reset(); });
  EXPECT_EQ(names("quiz"), "old young ");
  on(1, [&] { second.reset(); });
  on(0, [&] { first.reset(); });
  EXPECT_EQ(names("quiz"), "");
}

TEST_F(OpenReadersTest, tells_what_the_reader_says_now) {
  const FixedReader reader("ann", 5);
  on(1, [&] { first.emplace(readers, threads.executor(1), "quiz", reader); });
  const auto views = net::co_spawn(threads.executor(0), readers.of("quiz"), net::use_future).get();
  ASSERT_EQ(views.size(), 1u);
  EXPECT_EQ(views[0].name, "ann");
  EXPECT_EQ(views[0].transport, "sse");
  EXPECT_EQ(views[0].credential, "key");
  EXPECT_EQ(views[0].offset, Offset(7));
  EXPECT_EQ(views[0].queue_events, 2u);
  EXPECT_EQ(views[0].queue_bytes, 300u);
  EXPECT_EQ(views[0].connected_at, 5);
  on(1, [&] { first.reset(); });
}

}  // namespace
}  // namespace papi::events
