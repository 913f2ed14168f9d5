#include "live/live_service.hpp"

#include "events/log_fixture.hpp"
#include "events/sqlite_share_store.hpp"
#include "live/tiktok_fixture.hpp"
#include "tests/eventually.hpp"

namespace papi::live::live_service_test {
namespace {

using namespace std::chrono_literals;
using events::Viewer;
using live_test::comments;

constexpr std::int64_t first_room = 7'300'000'000'000'000'001;
constexpr std::int64_t second_room = 7'300'000'000'000'000'002;

Viewer viewer_called(const std::string& name, bool all_objects = false) {
  http::Caller caller;
  caller.id = caller.username = name;
  caller.all_objects = all_objects;
  return Viewer(caller);
}
const Viewer ann = viewer_called("ann"), bob = viewer_called("bob"), admin = viewer_called("root", true);

/// The users ann and bob.
class TwoReaders final : public events::ReaderDirectory {
 public:
  std::optional<events::Reader> find(const std::string& name) const override {
    if (name != "ann" && name != "bob") return std::nullopt;
    return events::Reader{name, name, name, false};
  }
  std::optional<events::Reader> by_id(const std::string& id) const override { return find(id); }
};

/// The service on a database file of its own, with a TikTok on loopback. stop() and start() are a restart.
struct LiveServiceTest : events::testing_log::LogFixture {
  LiveServiceTest() : running(open(path), path, log), share_store(running.writer) { start(); }
  ~LiveServiceTest() override {
    if (service) stop();
  }

  Executor executor() { return running.executor(); }
  template <class T>
  T run(Task<T> task) {
    return net::co_spawn(executor(), std::move(task), net::use_future).get();
  }
  /// Makes and destroys the service on its thread.
  void on_live_thread(const std::function<void()>& work) {
    std::promise<void> done;
    net::post(executor(), [&] {
      work();
      done.set_value();
    });
    done.get_future().get();
  }
  void start() {
    LiveService::Known known;
    known.sessions = *run(running.store.load_sessions(executor(), 100));
    known.shares = *run(share_store.load(executor()));
    on_live_thread([&] {
      parts.emplace(executor(), tiktok, log, clock);
      service.emplace(parts->deps, options, running.faults, running.fan_out,
                      LiveService::Sharing{share_store, readers}, std::move(known));
    });
  }
  void stop() {
    net::co_spawn(executor(), service->stop(), net::use_future).get();
    on_live_thread([&] {
      service.reset();
      parts.reset();
    });
  }
  void restart() {
    stop();
    start();
  }

  static ConnectRequest request(const std::string& id, const Viewer& viewer, std::int64_t room = first_room) {
    ConnectRequest wanted;
    wanted.session_id = id;
    wanted.viewer = viewer;
    wanted.reference = *RoomReference::parse_room_id(std::to_string(room));
    return wanted;
  }
  std::future<Result<SessionView>> connecting(ConnectRequest wanted) {
    return net::co_spawn(executor(), service->connect(std::move(wanted)), net::use_future);
  }
  /// Connects a session whose room is not followed yet, and passes its first result with the message `id`.
  Result<SessionView> connect(const ConnectRequest& wanted, std::int64_t message = 1) {
    auto answer = connecting(wanted);
    happenings.until("enter");
    const auto room = static_cast<std::int64_t>(wanted.reference.room_id().value());
    tiktok.push(static_cast<std::uint64_t>(message), comments("c1", {message}, room));
    happenings.until("ack");
    return answer.get();
  }
  std::optional<SessionView> find(const std::string& id, const Viewer& viewer = admin) {
    return run(service->find(id, viewer));
  }
  std::uint64_t comments_of(const std::string& id) {
    const auto found = find(id);
    return found ? found->counts[static_cast<std::size_t>(events::EventType::comment)] : 0;
  }
  RoomState state_of(const std::string& id) { return find(id)->room.state; }

  live_test::Happenings happenings;
  live_test::TikTokServer tiktok{happenings};
  events::testing_log::Running running;
  events::SqliteShareStore share_store;
  const TwoReaders readers;
  LiveService::Options options{live_test::quick_options(), 60s, 100, 100};
  std::optional<live_test::LiveParts> parts;
  std::optional<LiveService> service;
};

TEST_F(LiveServiceTest, a_connect_is_answered_when_data_flow) {
  auto answer = connecting(request("quiz", ann));
  happenings.until("enter");
  EXPECT_EQ(answer.wait_for(0s), std::future_status::timeout);
  EXPECT_EQ(state_of("quiz"), RoomState::connecting);
  tiktok.push(11, comments("c1", {1}, first_room));
  const auto view = answer.get();
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->room.state, RoomState::connected);
  EXPECT_EQ(view->room.room_id, events::RoomId(first_room));
  EXPECT_EQ(view->owner, "ann");
  happenings.until("ack");
  EXPECT_EQ(comments_of("quiz"), 1u);
  const auto again = run(service->connect(request("quiz", ann)));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->epoch, view->epoch) << "the same session";
}

TEST_F(LiveServiceTest, sessions_of_one_room_share_its_connection_and_have_logs_of_their_own) {
  ASSERT_TRUE(connect(request("one", ann)));
  ASSERT_TRUE(connecting(request("two", bob)).get());
  tiktok.push(12, comments("c2", {2, 3}, first_room));
  EXPECT_EQ(happenings.until("ack"), "ack 12 ext c2") << "nothing else was asked for";
  EXPECT_EQ(comments_of("one"), 3u);
  EXPECT_EQ(comments_of("two"), 2u) << "from when it joined";
  ASSERT_TRUE(run(service->disconnect("one", ann)).value());
  tiktok.push(13, comments("c3", {4}, first_room));
  EXPECT_EQ(happenings.until("ack"), "ack 13 ext c3") << "the other one still follows";
  EXPECT_EQ(comments_of("one"), 3u);
  EXPECT_EQ(comments_of("two"), 3u);
  ASSERT_TRUE(run(service->disconnect("two", bob)).value());
  EXPECT_EQ(happenings.next(), "socket closed");
}

TEST_F(LiveServiceTest, a_session_does_not_exist_for_those_who_may_not_read_it) {
  ASSERT_TRUE(connect(request("quiz", ann)));
  EXPECT_FALSE(find("quiz", bob));
  EXPECT_TRUE(run(service->overview(bob)).sessions.empty());
  EXPECT_FALSE(run(service->position("quiz", bob)));
  EXPECT_FALSE(run(service->disconnect("quiz", bob)).value());
  EXPECT_FALSE(run(service->remove("quiz", bob)).value());
  EXPECT_EQ(run(service->share("quiz", bob, "bob")).error().code, ErrorCode::not_found);
  EXPECT_EQ(run(service->connect(request("quiz", bob))).error().code, ErrorCode::conflict);
  EXPECT_EQ(run(service->overview(ann)).sessions.size(), 1u);
  EXPECT_EQ(find("quiz", admin)->owner, "ann");
  EXPECT_EQ(state_of("quiz"), RoomState::connected);
}

TEST_F(LiveServiceTest, a_reader_of_a_shared_session_reads_it_until_the_share_ends_and_changes_nothing) {
  ASSERT_TRUE(connect(request("quiz", ann)));
  EXPECT_TRUE(run(service->share("quiz", ann, "bob"))->added);
  EXPECT_FALSE(run(service->share("quiz", ann, "bob"))->added);
  restart();
  ASSERT_TRUE(find("quiz", bob)) << "also after a restart";
  EXPECT_FALSE(find("quiz", bob)->shared_with);
  EXPECT_EQ(find("quiz", ann)->shared_with, std::vector<std::string>{"bob"});
  for (const ErrorCode code :
       {run(service->disconnect("quiz", bob)).error().code, run(service->remove("quiz", bob)).error().code,
        run(service->connect(request("quiz", bob))).error().code,
        run(service->end_share("quiz", bob, "bob")).error().code})
    EXPECT_EQ(code, ErrorCode::insufficient_permissions);
  const auto access = run(service->position("quiz", bob))->access;
  EXPECT_TRUE(access->lets_read(bob));
  ASSERT_TRUE(run(service->end_share("quiz", ann, "bob")));
  EXPECT_FALSE(access->lets_read(bob)) << "an open socket ends";
  EXPECT_FALSE(find("quiz", bob));
}

/// Keeps what is told about sessions, as lines of text.
struct Watcher final : events::SessionWatcher {
  Watcher(events::SessionChanges& all, Executor executor) : changes(all), thread(executor) {
    run_there([this] { changes.add(thread, *this); });
  }
  ~Watcher() override {
    run_there([this] { changes.remove(thread, *this); });
  }
  void run_there(const std::function<void()>& work) {
    std::promise<void> done;
    net::post(thread, [&] {
      work();
      done.set_value();
    });
    done.get_future().get();
  }
  void on_notice(const events::SessionNoticePtr& notice) override {
    constexpr const char* kinds[] = {"changed", "shared", "deleted"};
    std::string line = std::to_string(notice->number) + " " + notice->session_id + " " +
                       kinds[static_cast<int>(notice->kind)];
    if (notice->event) {
      const std::string json(notice->event->json());
      const auto at = json.find("\"state\":\"") + 9;
      line += " " + json.substr(at, json.find('"', at) - at);
    }
    if (!notice->summary.empty()) {
      const auto at = notice->summary.find("\"username\"");
      line += " " + notice->summary.substr(0, at);
    }
    lines.push_back(line);
  }
  std::vector<std::string> said() {
    std::vector<std::string> all;
    run_there([&] { all = lines; });
    return all;
  }

  events::SessionChanges& changes;
  const Executor thread;
  std::vector<std::string> lines;
};

TEST_F(LiveServiceTest, watchers_are_told_what_happens_to_every_session) {
  Watcher watcher(running.fan_out.changes(), executor());
  ASSERT_TRUE(connect(request("quiz", ann)));
  ASSERT_TRUE(run(service->share("quiz", ann, "bob")));
  ASSERT_TRUE(run(service->end_share("quiz", ann, "bob")));
  const auto now = run(service->overview(ann));
  ASSERT_TRUE(*run(service->remove("quiz", ann)));
  // Asio may deliver what a handler posts behind what another thread posts meanwhile.
  test::eventually([&] { return watcher.said().size() >= 5; });
  EXPECT_EQ(watcher.said(),
            (std::vector<std::string>{"1 quiz changed connecting", "2 quiz changed connected",
                                      "3 quiz shared {\"session_id\":\"quiz\",",
                                      "4 quiz shared {\"session_id\":\"quiz\",", "5 quiz deleted"}));
  EXPECT_EQ(now.newest_notice, 4u);
  ASSERT_EQ(now.sessions.size(), 1u);
  EXPECT_EQ(now.sessions[0].id, "quiz");
  EXPECT_EQ(run(service->overview(bob)).sessions.size(), 0u);
}

TEST_F(LiveServiceTest, only_those_who_manage_a_session_may_ask_who_reads_it) {
  ASSERT_TRUE(connect(request("quiz", ann)));
  const auto access = run(service->access_of_managed("quiz", ann, "see"));
  ASSERT_TRUE(access);
  EXPECT_TRUE((*access)->lets_read(ann));
  EXPECT_FALSE((*access)->lets_read(bob));
  EXPECT_TRUE(run(service->access_of_managed("quiz", admin, "see")));
  EXPECT_EQ(run(service->access_of_managed("quiz", bob, "see")).error().code, ErrorCode::not_found);
  EXPECT_EQ(run(service->access_of_managed("other", ann, "see")).error().code, ErrorCode::not_found);
  ASSERT_TRUE(run(service->share("quiz", ann, "bob")));
  EXPECT_EQ(run(service->access_of_managed("quiz", bob, "see who reads it")).error().message,
            "Session 'quiz' is shared with you for reading: only its owner may see who reads it");
}

TEST_F(LiveServiceTest, if_the_database_refuses_a_change_nothing_has_changed) {
  running.faults.fail_session_changes(1);
  EXPECT_EQ(connecting(request("quiz", ann)).get().error().code, ErrorCode::database);
  EXPECT_FALSE(find("quiz"));
  EXPECT_TRUE(run(running.store.session_keys(executor()))->empty());

  ASSERT_TRUE(connect(request("quiz", ann)));
  running.faults.fail_session_changes(1);
  EXPECT_EQ(run(service->disconnect("quiz", ann)).error().code, ErrorCode::database);
  EXPECT_EQ(state_of("quiz"), RoomState::connected);
  running.faults.fail_session_changes(1);
  EXPECT_EQ(run(service->remove("quiz", ann)).error().code, ErrorCode::database);
  tiktok.push(12, comments("c2", {2}, first_room));
  EXPECT_EQ(happenings.until("ack"), "ack 12 ext c2") << "it still follows its room";

  EXPECT_TRUE(run(service->disconnect("quiz", ann)).value());
  EXPECT_EQ(state_of("quiz"), RoomState::disconnected);
  EXPECT_EQ(happenings.next(), "socket closed");
  EXPECT_FALSE(run(service->disconnect("quiz", ann)).value()) << "it does not run";
  running.faults.fail_session_changes(1);
  EXPECT_EQ(connecting(request("quiz", ann)).get().error().code, ErrorCode::database);
  EXPECT_EQ(state_of("quiz"), RoomState::disconnected);
  EXPECT_TRUE(run(service->remove("quiz", ann)).value());
  EXPECT_FALSE(find("quiz"));
  restart();
  EXPECT_FALSE(find("quiz"));
}

TEST_F(LiveServiceTest, running_sessions_are_limited_in_all_and_for_each_caller) {
  options.sessions.of_all = 2;
  options.sessions.of_caller = 1;
  restart();
  ASSERT_TRUE(connect(request("one", ann)));
  const auto refused = connecting(request("two", ann)).get();
  EXPECT_EQ(refused.error().code, ErrorCode::rate_limited);
  EXPECT_EQ(refused.error().details().limit->setting, "LIVE_MAX_SESSIONS_PER_KEY");
  ASSERT_TRUE(connecting(request("three", bob)).get());
  EXPECT_EQ(connecting(request("four", admin)).get().error().code, ErrorCode::unavailable);
  ASSERT_TRUE(run(service->disconnect("one", ann)).value());
  EXPECT_TRUE(connecting(request("two", ann)).get()) << "a session that does not run does not count";
}

TEST_F(LiveServiceTest, a_room_without_data_fails_at_the_limit_of_connect) {
  options.connect_limit = 50ms;
  restart();
  const auto answer = connecting(request("quiz", ann)).get();
  EXPECT_EQ(answer.error().code, ErrorCode::upstream_timeout);
  EXPECT_EQ(state_of("quiz"), RoomState::failed);
  EXPECT_TRUE(happenings.until("socket closed").ends_with("; socket closed"));
}

TEST_F(LiveServiceTest, an_id_keeps_its_room_until_it_is_replaced_which_deletes_its_events) {
  const auto before = connect(request("quiz", ann));
  ASSERT_TRUE(before);
  EXPECT_EQ(connecting(request("quiz", ann, second_room)).get().error().code, ErrorCode::conflict);
  EXPECT_EQ(state_of("quiz"), RoomState::connected);
  ConnectRequest other = request("quiz", ann, second_room);
  other.replace = true;
  const auto after = connect(other, 2);
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_NE(after->epoch, before->epoch);
  EXPECT_EQ(after->room.room_id, events::RoomId(second_room));
  EXPECT_EQ(comments_of("quiz"), 1u);
  EXPECT_EQ(run(service->overview(admin)).sessions.size(), 1u);
}

TEST_F(LiveServiceTest, a_session_that_ran_goes_on_from_its_position_and_has_no_event_twice) {
  const auto before = connect(request("quiz", ann));
  ASSERT_TRUE(before);
  restart();
  EXPECT_EQ(happenings.next(), "socket closed");
  run(service->resume());
  EXPECT_EQ(happenings.until("enter"), "live; sign 'c1'; socket c0 ext0; enter 7300000000000000001 c0");
  EXPECT_EQ(find("quiz")->epoch, before->epoch);
  EXPECT_EQ(state_of("quiz"), RoomState::reconnecting);
  tiktok.push(21, comments("c2", {1, 2}, first_room));
  happenings.until("ack");
  EXPECT_EQ(comments_of("quiz"), 1u) << "since the start: the message 1 is in the log";
}

TEST_F(LiveServiceTest, instead_of_going_on_the_sessions_can_be_disconnected) {
  ASSERT_TRUE(connect(request("quiz", ann)));
  restart();
  on_live_thread([this] { service->disconnect_all(); });
  EXPECT_EQ(state_of("quiz"), RoomState::disconnected);
  restart();
  EXPECT_EQ(state_of("quiz"), RoomState::disconnected) << "it is stored";
}

TEST_F(LiveServiceTest, a_service_that_ends_refuses_new_sessions_and_those_who_wait) {
  auto waiting = connecting(request("quiz", ann));
  happenings.until("enter");
  service->refuse_new();
  EXPECT_EQ(waiting.wait_for(30s), std::future_status::ready) << "it waits for the limit of connect";
  EXPECT_EQ(waiting.get().error().code, ErrorCode::unavailable);
  EXPECT_EQ(connecting(request("game", ann)).get().error().code, ErrorCode::unavailable);
  EXPECT_FALSE(find("game"));
}

}  // namespace
}  // namespace papi::live::live_service_test
