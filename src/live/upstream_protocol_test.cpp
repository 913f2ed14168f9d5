// What UpstreamProtocol does with results, cursors and the end of a connection.

#include "live/upstream_protocol_fixture.hpp"

namespace papi::live::testing_upstream {

using UpstreamProtocolTest = UpstreamProtocolFixture;

TEST_F(UpstreamProtocolTest, a_result_is_acknowledged_after_its_commit_and_in_the_order_of_receipt) {
  open();
  run(protocol, {{10, frame(Kind::result, 77, data("c2", "first")), "delay 10; connected; store 'c2'"},
                 {20, stored, "delay 10; ack 77 first"},
                 {30, frame(Kind::result, 78, data("c3", "second")), "store 'c3' live"},
                 {40, stored, "delay 10; ack 78 second"},
                 {50, frame(Kind::backlog, 79, data("c4", "third")), "store 'c4' history"},
                 {60, stored, "delay 10; ack 79 third"}});
}

TEST_F(UpstreamProtocolTest, what_is_not_committed_is_not_acknowledged_and_ends_the_attempt) {
  open();
  run(protocol, {{10, frame(Kind::result, 77, data("c2")), "delay 10; connected; store 'c2'"},
                 {20, stored, "delay 10; ack 77 x"},
                 {510, frame(Kind::result, 78, data("c3")), "store 'c3' live"},
                 {520, not_stored, "refused 'the disk is full' after 500"}});
  EXPECT_EQ(protocol.cursor(), "c2") << "the cursor moves with the commit";
  run(protocol, {{530, found(room), ""},
                 {540, first_result(data("c4")), "store 'c4'"},
                 {550, not_stored, "refused 'the disk is full' after 0"}});
  EXPECT_EQ(protocol.cursor(), "c2");
}

TEST_F(UpstreamProtocolTest, only_a_result_that_wants_it_and_has_a_text_for_it_is_acknowledged) {
  open();
  ResultSummary unwanted = data("c2"), silent = data("c3", "");
  unwanted.need_ack = false;
  run(protocol, {{10, frame(Kind::result, 77, unwanted), "delay 10; connected; store 'c2'"},
                 {20, stored, "delay 10"},
                 {30, frame(Kind::result, 78, silent), "store 'c3' live"},
                 {40, stored, "delay 10"},
                 {50, frame(Kind::result, 79, data("c4")), "store 'c4' live"},
                 {60, stored_with_the_end, "delay 10; ack 79 x; stream ended after 40"}});
}

TEST_F(UpstreamProtocolTest, the_first_result_is_stored_before_the_socket_and_not_acknowledged_by_a_frame) {
  run(protocol, {{0, found(room), ""},
                 {10, first_result(data("c1")), "store 'c1' history"},
                 {20, stored, ""},
                 {30, opened, "enter 7 'c1'"}});
}

TEST_F(UpstreamProtocolTest, a_stream_that_ends_in_the_backlog_ends_the_attempt) {
  run(protocol, {{0, found(room), ""},
                 {10, first_result(data("c1")), "store 'c1' history"},
                 {20, stored_with_the_end, "stream ended after 0"}});
}

TEST_F(UpstreamProtocolTest, each_frame_has_its_actions) {
  const std::pair<Event, std::string> rows[] = {
      {frame(Kind::unreadable), ""},
      {frame(Kind::other), "delay 10"},
      {frame(Kind::unreadable_result), "delay 10"},
      {frame(Kind::result, 1, data()), "delay 10; connected; store 'c1'"},
      {frame(Kind::result, 1, without_messages()), "delay 10; store 'c1'"},
      {frame(Kind::backlog, 1, data()), "delay 10; connected; store 'c1' history"},
      {frame(Kind::backlog, 1, without_messages()), "delay 10; store 'c1' history"},
      {frame(Kind::close), "delay 10; refused 'TikTok closed the connection' after 0"},
  };
  for (const auto& [event, expected] : rows) {
    protocol = UpstreamProtocol({}, TimePoint());
    open();
    run(protocol, {{10, event, expected}});
  }
}

TEST_F(UpstreamProtocolTest, first_data_are_reported_once_for_each_connection) {
  open();
  EXPECT_FALSE(protocol.was_connected());
  run(protocol,
      {{10, frame(Kind::result, 1, data("c2")), "delay 10; connected; store 'c2'"}, {10, stored, "ack 1 x"}});
  EXPECT_TRUE(protocol.was_connected());
  EXPECT_EQ(protocol.heard_at(), epoch_ms + 10);
  run(protocol, {{20, frame(Kind::result, 2, data("c3")), "store 'c3' live"},
                 {20, stored, "ack 2 x"},
                 {30, peer_closes, "dropped 'reset' after 10"},
                 {40, found(room), ""},
                 {50, first_result(data("c4")), "store 'c4'"},
                 {50, stored, ""},
                 {60, opened, "enter 7 'c4'"},
                 {61, peer_closes, "refused 'reset' after 0"},
                 {62, found(room), ""},
                 {63, first_result(without_messages()), "store 'c4'"},
                 {64, stored, ""},
                 {65, opened, "enter 7 'c4'"},
                 {70, frame(Kind::result, 1, data("c5")), "delay 50; connected; store 'c5'"}});
  EXPECT_TRUE(protocol.was_connected());
}

TEST_F(UpstreamProtocolTest, an_age_restricted_room_that_answers_without_messages_is_not_connected) {
  open();
  run(protocol, {{10, frame(Kind::backlog, 1, without_messages("c2")), "delay 10; store 'c2' history"},
                 {10, stored, "ack 1 x"},
                 {5'000, frame(Kind::result, 2, without_messages("c3")), "store 'c3'"},
                 {5'000, stored, "ack 2 x"},
                 {6'000, peer_closes, "refused 'reset' after 0"}});
  EXPECT_FALSE(protocol.was_connected());
  EXPECT_EQ(protocol.heard_at(), 0);
}

TEST_F(UpstreamProtocolTest, data_have_flowed_from_the_first_message_to_the_last_result) {
  open();
  run(protocol, {{10, frame(Kind::result, 1, without_messages()), "delay 10; store 'c1'"},
                 {10, stored, "ack 1 x"},
                 {1'000, frame(Kind::result, 2, data()), "connected; store 'c1'"},
                 {1'000, stored, "ack 2 x"},
                 {3'500, frame(Kind::result, 3, without_messages()), "store 'c1' live"},
                 {3'500, stored, "ack 3 x"},
                 {4'000, frame(Kind::other), ""},
                 {4'500, frame(Kind::close), "dropped 'TikTok closed the connection' after 2500"}});
}

TEST_F(UpstreamProtocolTest, a_lost_socket_was_dropped_if_data_had_flowed_and_else_refused) {
  struct Row {
    Event before, end;
    std::string expected;
  };
  const Row rows[] = {
      {frame(Kind::result, 1, data()), peer_closes, "dropped 'reset' after 0"},
      {frame(Kind::result, 1, data()), frame(Kind::close), "dropped 'TikTok closed the connection' after 0"},
      {frame(Kind::result, 1, without_messages()), peer_closes, "refused 'reset' after 0"},
      {frame(Kind::result, 1, without_messages()), frame(Kind::close),
       "refused 'TikTok closed the connection' after 0"},
      {frame(Kind::result, 1, data()), stored_with_the_end, "delay 10; ack 1 x; stream ended after 0"},
      {frame(Kind::result, 1, data()), not_stored, "refused 'the disk is full' after 0"},
  };
  for (const Row& row : rows) {
    protocol = UpstreamProtocol({}, TimePoint());
    open();
    row.before(protocol, at(10));
    run(protocol, {{20, row.end, row.expected}});
    EXPECT_EQ(protocol.next_time(), std::nullopt) << "the connection is over";
  }
}

TEST_F(UpstreamProtocolTest, a_new_stream_drops_the_cursor_and_ends_the_streaks_of_the_old_one) {
  open();
  run(protocol, {{10, frame(Kind::result, 1, data("c2")), "delay 10; connected; store 'c2'"},
                 {10, stored, "ack 1 x"},
                 {20, peer_closes, "dropped 'reset' after 0"},
                 {30, found(8), "end streaks idle 0 at ever"}});
  EXPECT_EQ(protocol.cursor(), "");
  EXPECT_EQ(protocol.room_id(), events::RoomId(8));
  run(protocol, {{30, first_result(data("d1")), "store 'd1' history"},
                 {30, stored, ""},
                 {40, opened, "enter 8 'd1'"},
                 {50, frame(Kind::result, 2, data("d2")),
                  "delay 40; connected: A new stream has begun; the position in the one before does not "
                  "apply; store 'd2'"},
                 {50, stored, "ack 2 x"},
                 {60, peer_closes, "dropped 'reset' after 0"},
                 {70, found(8), ""},
                 {70, first_result(data("d3")), "store 'd3'"},
                 {70, stored, ""},
                 {70, opened, "enter 8 'd3'"},
                 {80, frame(Kind::result, 3, data("d4")), "delay 30; connected; store 'd4'"}});
}

TEST_F(UpstreamProtocolTest, continues_from_a_stored_position) {
  struct Row {
    std::uint64_t stored_room;
    std::string cursor;
    std::uint64_t found_room;
    std::string on_found, on_first, enter, on_backlog;
  };
  const Row rows[] = {
      {7, "c0", 7, "", "store 'c1'", "enter 7 'c1'", "delay 0; store 'c2'"},
      {7, "c0", 8, "end streaks idle 0 at ever", "store 'c1' history", "enter 8 'c1'",
       "delay 0; store 'c2' history"},
      // A room id without a cursor is that of no stream.
      {7, "", 8, "", "store 'c1' history", "enter 8 'c1'", "delay 0; store 'c2' history"},
      {0, "", 8, "", "store 'c1' history", "enter 8 'c1'", "delay 0; store 'c2' history"},
  };
  for (const bool resumed : {false, true}) {
    for (const Row& row : rows) {
      protocol = UpstreamProtocol({}, TimePoint());
      protocol.start_from(events::RoomId(row.stored_room), row.cursor, 5, resumed);
      EXPECT_EQ(protocol.heard_at(), 5);
      EXPECT_EQ(protocol.was_connected(), resumed);
      run(protocol, {{0, found(row.found_room), row.on_found},
                     {0, first_result(data("c1")), row.on_first},
                     {0, stored, ""},
                     {0, opened, row.enter},
                     {0, frame(Kind::backlog, 1, without_messages("c2")), row.on_backlog}});
    }
  }
}

TEST_F(UpstreamProtocolTest, a_result_without_a_cursor_leaves_the_cursor) {
  open();
  run(protocol, {{10, frame(Kind::result, 1, data("c2")), "delay 10; connected; store 'c2'"},
                 {10, stored, "ack 1 x"},
                 {20, frame(Kind::result, 2, data("")), "store 'c2' live"},
                 {20, stored, "ack 2 x"}});
  EXPECT_EQ(protocol.cursor(), "c2");
}

TEST_F(UpstreamProtocolTest, stop_closes_an_open_socket_and_one_that_opens_later) {
  EXPECT_FALSE(protocol.stopped());
  open();
  run(protocol, {{10, frame(Kind::result, 1, data("c2")), "delay 10; connected; store 'c2'"},
                 {20, stop, "close"},
                 {20, stop, ""},
                 {20, time_passes, ""},
                 {30, stored, "delay 20; ack 1 x"},
                 {40, peer_closes, "dropped 'reset' after 0"}});
  EXPECT_TRUE(protocol.stopped());
  protocol = UpstreamProtocol({}, TimePoint());
  run(protocol, {{0, found(room), ""},
                 {0, first_result(data("c1")), "store 'c1' history"},
                 {0, stored, ""},
                 {10, stop, ""},
                 {20, opened, "close"},
                 {30, peer_closes, "refused 'reset' after 0"}});
}

}  // namespace papi::live::testing_upstream
