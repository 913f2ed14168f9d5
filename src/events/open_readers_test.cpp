#include "events/open_readers.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <future>

namespace papi::events {
namespace {

struct FixedReader final : OpenReader {
  FixedReader(std::string who, UnixMs since) : connected_at(since) { caller.id = std::move(who); }
  ReaderView view() const override { return {Viewer(caller), "sse", "key", Offset(7), 2, 300, connected_at}; }
  http::Caller caller;
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
  std::vector<ReaderView> views(const std::string& session) {
    return net::co_spawn(threads.executor(0), readers.of(session, access), net::use_future).get();
  }
  std::string names(const std::string& session) {
    std::string all;
    for (const ReaderView& view : views(session)) all += view.viewer.name() + " ";
    return all;
  }
  struct Everybody final : ReaderDirectory {
    std::optional<Reader> find(const std::string& name) const override { return by_id(name); }
    std::optional<Reader> by_id(const std::string& id) const override { return Reader{id, id, id}; }
  };
  const Everybody everybody;
  const std::shared_ptr<SessionAccess> access =
      std::make_shared<SessionAccess>("ann", std::vector<std::string>{"old", "middle", "young"}, &everybody);
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
  const auto views = this->views("quiz");
  ASSERT_EQ(views.size(), 1u);
  EXPECT_EQ(views[0].viewer.name(), "ann");
  EXPECT_EQ(views[0].transport, "sse");
  EXPECT_EQ(views[0].credential, "key");
  EXPECT_EQ(views[0].offset, Offset(7));
  EXPECT_EQ(views[0].queue_events, 2u);
  EXPECT_EQ(views[0].queue_bytes, 300u);
  EXPECT_EQ(views[0].connected_at, 5);
  on(1, [&] { first.reset(); });
}

TEST_F(OpenReadersTest, leaves_out_those_who_may_not_read_the_session) {
  const FixedReader owner("ann", 1), earlier("bob", 2), shared("old", 3);
  on(0, [&] { first.emplace(readers, threads.executor(0), "quiz", owner); });
  on(1, [&] { second.emplace(readers, threads.executor(1), "quiz", earlier); });
  on(1, [&] { third.emplace(readers, threads.executor(1), "quiz", shared); });
  EXPECT_EQ(names("quiz"), "ann old ");
  access->set_readers({});
  EXPECT_EQ(names("quiz"), "ann ");
  on(0, [&] { first.reset(); });
  on(1, [&] {
    second.reset();
    third.reset();
  });
}

}  // namespace
}  // namespace papi::events
