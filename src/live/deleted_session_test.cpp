#include "live/live_service.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <future>

#include "events/log_fixture.hpp"
#include "events/sqlite_share_store.hpp"
#include "live/gift_list.hpp"
#include "live/room_lookup.hpp"
#include "live/sign_client.hpp"
#include "live/sqlite_gift_store.hpp"

namespace papi::live::deleted_session_test {
namespace {

using namespace std::chrono_literals;

struct NoReaders final : events::ReaderDirectory {
  std::optional<events::Reader> find(const std::string&) const override { return std::nullopt; }
  std::optional<events::Reader> by_id(const std::string&) const override { return std::nullopt; }
};

struct NoPeople final : events::PersonSink {
  void seen(const events::User&) override {}
};

/// Counts what is shown of a session, and learns its end.
struct Reader final : events::Subscriber {
  void on_events(const events::EventBatch& batch) override { shown += batch.events().size(); }
  void on_gone() override { gone.set_value(); }  // throws if it is called twice
  std::size_t shown = 0;
  std::promise<void> gone;
};

/// Notes which sessions a room reports as deleted.
struct NotingRegistry final : RoomRegistry {
  void room_status_changed(const std::shared_ptr<LiveSession>&, const RoomStatus&, UnixMs) override {}
  void session_deleted(const std::shared_ptr<LiveSession>& session) override {
    deleted.push_back(session->stored.id);
  }
  void room_over(const LiveRoom&) override {}
  std::size_t readers_of(const LiveSession&) const override { return 0; }
  std::vector<std::string> deleted;
};

/// A service over a store that can fail. Nobody in these tests asks TikTok.
struct DeletedSessionTest : events::testing_log::LogFixture {
  ~DeletedSessionTest() override {
    stop();
    running.threads.stop();
  }
  void start(const events::StoredSession& row) {
    LiveService::Known known;
    known.sessions.push_back(row);
    service.emplace(deps, LiveService::Options(), running.faults, running.fan_out,
                    LiveService::Sharing{shares, readers}, std::move(known));
    on_thread([this] { running.fan_out.subscribe(thread, "quiz", reader); });
  }
  void stop() {
    if (!service || stopped) return;
    stopped = true;
    auto ended = net::co_spawn(thread, service->stop(), net::use_future);
    EXPECT_EQ(ended.wait_for(10s), std::future_status::ready);
  }
  template <class T>
  T run(Task<T> task) {
    return net::co_spawn(thread, std::move(task), net::use_future).get();
  }
  void on_thread(std::function<void()> act) {
    std::promise<void> done;
    net::post(thread, [&] {
      act();
      done.set_value();
    });
    done.get_future().wait();
  }
  bool reader_is_notified() { return reader.gone.get_future().wait_for(10s) == std::future_status::ready; }
  static events::StoredSession connected_session() {
    events::StoredSession row = events::testing_log::session();
    row.owner = "u1";
    row.state = "connected";
    return row;
  }
  static events::Viewer owner() {
    http::Caller caller;
    caller.id = "u1";
    caller.username = "ann";
    return events::Viewer(caller);
  }

  events::testing_log::Running running{open(path), path, log};
  const Executor thread = running.executor();
  Random random{7};
  HttpClient http{HttpClient::Options()};
  net::ssl::context tls{net::ssl::context::tls_client};
  TikTokHosts hosts;
  Browser browser;
  events::PictureKeys pictures{Secret(std::string(32, 'k'))};
  TrustedClock trusted{clock};
  NoPeople people;
  NoReaders readers;
  events::SqliteShareStore shares{running.writer};
  SqliteGiftStore gift_store{running.writer};
  RoomLookup lookup{http, hosts, browser};
  SignClient sign{http, hosts, browser, SignClient::Secrets(), 10, log, clock};
  GiftList gifts{GiftList::Dependencies{thread, http, hosts, browser, gift_store, log, clock},
                 GiftList::Options(), GiftStore::Known()};
  UpstreamMetrics metrics;
  const LiveDependencies deps{thread,   lookup,  sign,    tls,     browser, hosts, gifts,  nullptr, people,
                              pictures, nullptr, nullptr, trusted, log,     clock, random, metrics};
  Reader reader;
  std::optional<LiveService> service;
  bool stopped = false;
};

TEST_F(DeletedSessionTest, a_session_that_only_the_database_has_deleted_ends_with_its_next_append) {
  const events::StoredSession row = connected_session();
  ASSERT_TRUE(running.save(row));
  start(row);
  running.faults.lose_deletions(1);
  EXPECT_FALSE(run(service->remove("quiz", owner())).has_value());
  ASSERT_TRUE(run(service->find("quiz", owner()))) << "the caller was told that nothing changed";
  on_thread([this] { service->disconnect_all(); });  // a change of the state is appended
  ASSERT_TRUE(reader_is_notified());
  EXPECT_FALSE(run(service->find("quiz", owner())));
  EXPECT_FALSE(*run(service->remove("quiz", owner()))) << "there is no such session any more";
  stop();
  EXPECT_EQ(running.faults.stored_appends(), 1u) << "it is not tried again";
  EXPECT_EQ(reader.shown, 0u) << "nothing is shown that is not kept";
  EXPECT_TRUE(run(running.store.session_keys(thread))->empty()) << "its rows are deleted too";
}

TEST_F(DeletedSessionTest, a_deletion_during_an_append_ends_the_session_once) {
  const events::StoredSession row = connected_session();
  ASSERT_TRUE(running.save(row));
  start(row);
  running.faults.hold_appends();
  on_thread([this] { service->disconnect_all(); });
  running.faults.wait_for_held(1);
  EXPECT_TRUE(*run(service->remove("quiz", owner())));
  ASSERT_TRUE(reader_is_notified());
  running.faults.release();
  stop();
  EXPECT_EQ(running.faults.stored_appends(), 1u);
  EXPECT_EQ(reader.shown, 0u);
}

TEST_F(DeletedSessionTest, a_room_reports_a_session_that_the_database_has_deleted_and_serves_the_others) {
  events::StoredSession first = connected_session(), second = connected_session();
  second.key = events::SessionKey(2);
  second.id = "overlay";
  second.epoch = "e2";
  ASSERT_TRUE(running.save(first) && running.save(second));
  ASSERT_TRUE(run(running.store.mark_deleted(thread, events::SessionKey(1), 5)));
  NotingRegistry registry;
  std::vector<std::shared_ptr<LiveSession>> sessions;
  for (const events::StoredSession& row : {first, second}) {
    auto access = std::make_shared<events::SessionAccess>(row.owner, std::vector<std::string>(), &readers);
    sessions.push_back(std::make_shared<LiveSession>(deps, running.faults, running.fan_out, row,
                                                     std::move(access), SessionMachine()));
  }
  LiveRoom room(registry, deps, UpstreamOptions(), *RoomReference::parse_username("ann"));
  for (const auto& session : sessions) room.join(session, events::SessionPast());
  RoomBatch batch;
  batch.events = events::testing_log::comments(1, 2);
  EXPECT_TRUE(run(room.take(std::move(batch), events::UpstreamPosition())));
  EXPECT_EQ(registry.deleted, (std::vector<std::string>{"quiz"}));
  EXPECT_EQ(sessions[0]->log->last_offset(), events::Offset());
  EXPECT_EQ(sessions[1]->log->last_offset(), events::Offset(2));
  running.threads.stop();
}

}  // namespace
}  // namespace papi::live::deleted_session_test
