#include "events/session_changes.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <future>

namespace papi::events {
namespace {

struct Keeper final : SessionWatcher {
  void on_notice(const SessionNoticePtr& notice) override {
    told.push_back(std::to_string(notice->number) + " " + notice->session_id);
  }
  std::vector<std::string> told;
};

struct SessionChangesTest : testing::Test {
  SessionChangesTest() { threads.start(); }
  ~SessionChangesTest() override { threads.stop(); }
  void on(std::size_t thread, const std::function<void()>& work) {
    std::promise<void> done;
    net::post(threads.executor(thread), [&] {
      work();
      done.set_value();
    });
    done.get_future().get();
  }
  void publish(const std::string& id) {
    SessionNotice notice;
    notice.session_id = id;
    changes.publish(std::move(notice));
  }
  IoThreads threads{2};
  SessionChanges changes{threads};
};

TEST_F(SessionChangesTest, every_watcher_is_told_in_order_from_when_it_came_until_it_goes) {
  Keeper one, two;
  publish("before");
  EXPECT_FALSE(changes.watched());
  on(0, [&] { changes.add(threads.executor(0), one); });
  EXPECT_TRUE(changes.watched());
  publish("a");
  on(1, [&] { changes.add(threads.executor(1), two); });
  publish("b");
  publish("a");
  on(0, [&] { changes.remove(threads.executor(0), one); });
  publish("c");
  EXPECT_EQ(changes.newest(), 5u);
  on(0, [] {});
  on(1, [&] { changes.remove(threads.executor(1), two); });
  EXPECT_EQ(one.told, (std::vector<std::string>{"2 a", "3 b", "4 a"}));
  EXPECT_EQ(two.told, (std::vector<std::string>{"3 b", "4 a", "5 c"}));
  EXPECT_FALSE(changes.watched());
}

}  // namespace
}  // namespace papi::events
