#include "profiles/fetched_pictures.hpp"

#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>
#include <map>

#include "platform/net/io_threads.hpp"

namespace papi::profiles {
namespace {

using namespace std::chrono_literals;

struct FetchedPicturesTest : testing::Test {
  FetchedPicturesTest() { threads.start(); }
  ~FetchedPicturesTest() override {
    run(pictures->stop());
    threads.stop();
  }
  void make(FetchedPictures::Options options) {
    FetchedPictures::Fetch fetch = [this](std::string url) { return look(*this, std::move(url)); };
    pictures.emplace(threads.executor(0), std::move(fetch), options, log, clock);
  }
  static Task<Result<Image>> look(FetchedPicturesTest& self, std::string url) {
    ++self.asked[url];
    while (self.held) co_await self.opened.wait();
    if (self.failing) co_return Error(ErrorCode::upstream_error, "status 500");
    Image image;
    image.bytes = std::string(1'000, 'x') + url;
    image.hash = "hash of " + url;
    co_return image;
  }
  template <class T>
  T run(Task<T> task) {
    return net::co_spawn(threads.executor(0), std::move(task), net::use_future).get();
  }
  std::string get(const std::string& url) {
    const auto picture = run(pictures->get(url));
    return picture ? picture->tag : picture.error().message;
  }

  ManualClock clock;
  LogOptions quiet{LogLevel::critical, LogFormat::text, ""};
  Logger log{quiet, clock};
  IoThreads threads{1};
  Notifier opened{threads.executor(0)};
  bool held = false;
  bool failing = false;
  std::map<std::string, int> asked;
  std::optional<FetchedPictures> pictures;
};

Task<std::vector<std::string>> ask_at_once(FetchedPicturesTest& test, std::vector<std::string> urls) {
  std::vector<std::string> answers(urls.size());
  TaskGroup all(test.threads.executor(0), [](std::exception_ptr) { FAIL(); });
  const auto ask = [](FetchedPicturesTest& self, std::string url, std::string& out) -> Task<void> {
    const auto picture = co_await self.pictures->get(url);
    out = picture ? picture->tag : picture.error().message;
  };
  for (std::size_t i = 0; i < urls.size(); ++i) all.spawn(ask(test, urls[i], answers[i]));
  for (int i = 0; i < 10; ++i) co_await net::post(test.threads.executor(0), use_task);
  test.held = false;
  test.opened.notify();
  co_await all.join();
  co_return answers;
}

}  // namespace

TEST_F(FetchedPicturesTest, are_fetched_once_for_all_who_ask) {
  make({});
  held = true;
  EXPECT_EQ(run(ask_at_once(*this, std::vector<std::string>(50, "rose"))),
            std::vector<std::string>(50, "hash of rose"));
  EXPECT_EQ(get("rose"), "hash of rose");
  EXPECT_EQ(asked["rose"], 1);
}

TEST_F(FetchedPicturesTest, a_failure_is_remembered_for_a_minute) {
  make({});
  failing = true;
  EXPECT_EQ(get("rose"), "status 500");
  failing = false;
  clock.advance(59'999ms);
  EXPECT_EQ(get("rose"), "status 500");
  EXPECT_EQ(asked["rose"], 1);
  clock.advance(1ms);
  EXPECT_EQ(get("rose"), "hash of rose");
  EXPECT_EQ(asked["rose"], 2);
}

TEST_F(FetchedPicturesTest, the_one_unused_for_longest_makes_room) {
  FetchedPictures::Options options;
  options.max_pictures = 2;
  make(options);
  for (const char* url : {"a", "b", "a", "c", "a", "b"}) get(url);
  EXPECT_EQ(asked["a"], 1);
  EXPECT_EQ(asked["b"], 2);
  EXPECT_EQ(asked["c"], 1);
}

TEST_F(FetchedPicturesTest, bytes_are_bounded) {
  FetchedPictures::Options options;
  options.max_bytes = 3'500;  // two of about 1,500 each
  make(options);
  for (const char* url : {"a", "b", "b", "a", "c", "c", "b"}) get(url);
  EXPECT_EQ(asked["a"], 1);
  EXPECT_EQ(asked["b"], 2);
  options.max_bytes = 1'000;  // less than one
  run(pictures->stop());
  make(options);
  asked.clear();
  EXPECT_EQ(get("a"), "hash of a");
  EXPECT_EQ(get("a"), "hash of a");
  EXPECT_EQ(asked["a"], 2) << "it is answered, but not kept";
}

TEST_F(FetchedPicturesTest, too_many_at_once_are_told_to_come_back) {
  FetchedPictures::Options options;
  options.max_fetches = 1;
  make(options);
  held = true;
  const auto answers = run(ask_at_once(*this, {"a", "b", "a"}));
  EXPECT_EQ(answers, (std::vector<std::string>{"hash of a", "Too many pictures are being fetched; ask again",
                                               "hash of a"}));
}

}  // namespace papi::profiles
