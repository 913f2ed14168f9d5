#pragma once

// What a caller of EventStore may rely on, about events. session_store_contract.hpp: about sessions,
// retention_contract.hpp and erasure_contract.hpp: about the deletion of events and of people.

#include <boost/json/parse.hpp>

#include "events/store_contract.hpp"

namespace papi::events {

template <class Stores>
struct EventStoreContract : StoreContract<Stores> {};
TYPED_TEST_SUITE_P(EventStoreContract);

using testing_log::batch_of;
using testing_log::event_of;
using testing_log::event_time;
using testing_log::numbered;
using testing_log::numbered_comments;

// append()

TYPED_TEST_P(EventStoreContract, append_stores_all_batches_and_the_position) {
  const auto one = this->new_session("one"), two = this->new_session("two");
  StoredBatch first = batch_of(one, numbered_comments(1, 2, 11)),
              second = batch_of(two, numbered_comments(1, 3, 11));
  first.streaks = {{"a", R"({"type":"gift"})"}};
  const AppendResult result = this->append({first, second}, this->position("ann", "t-1", 100, 12));
  EXPECT_TRUE(result.stored);
  EXPECT_EQ(result.left_out, (std::vector<bool>{false, false}));
  this->stores.restart();
  EXPECT_EQ(this->stored_offsets(one), range(1, 2));
  EXPECT_EQ(this->stored_offsets(two), range(1, 3));
  const SessionPast past = this->past(one);
  EXPECT_EQ(past.ids, (std::vector<std::uint64_t>{11, 12}));
  EXPECT_EQ(past.open_streaks, std::vector<std::string>{R"({"type":"gift"})"});
  for (const UpstreamPosition& position : {past.own, past.room}) {
    EXPECT_EQ(position.room, "ann");
    EXPECT_EQ(position.room_id, "70");
    EXPECT_EQ(position.cursor, "t-1");
    EXPECT_EQ(position.heard_at, 100);
    EXPECT_EQ(position.likes, 12);
  }
}

TYPED_TEST_P(EventStoreContract, an_append_with_a_wrong_offset_stores_nothing_and_tells_the_stored_ones) {
  const auto one = this->new_session("one"), two = this->new_session("two");
  ASSERT_TRUE(this->append_events(two, numbered_comments(1, 3), this->position("ann", "t-1")));
  for (const std::uint64_t wrong : {1, 2, 3, 5}) {
    StoredBatch good = batch_of(one, numbered_comments(1, 2)),
                bad = batch_of(two, numbered_comments(wrong, 2));
    good.streaks = {{"a", "{}"}};
    const AppendResult result = this->append({good, bad}, this->position("ann", "t-2"));
    EXPECT_FALSE(result.stored) << wrong;
    EXPECT_EQ(result.last_offsets, (std::vector<Offset>{Offset(0), Offset(3)})) << wrong;
    EXPECT_EQ(this->stored_offsets(one), std::vector<std::uint64_t>()) << wrong;
    EXPECT_EQ(this->stored_offsets(two), range(1, 3)) << wrong;
    EXPECT_EQ(this->past(one).open_streaks, std::vector<std::string>()) << wrong;
    EXPECT_EQ(this->past(one).room.cursor, "t-1") << wrong;
  }
  EXPECT_TRUE(
      this->append({batch_of(one, numbered_comments(1, 2)), batch_of(two, numbered_comments(4, 2))}).stored);
}

TYPED_TEST_P(EventStoreContract, of_two_appends_at_once_with_the_same_offsets_one_is_stored) {
  const auto key = this->new_session("one");
  for (std::uint64_t round = 0; round < 20; ++round) {
    const std::uint64_t first = 1 + round * 2;
    std::vector<StoredBatch> mine{batch_of(key, numbered_comments(first, 2, 1'000))};
    std::vector<StoredBatch> other{batch_of(key, numbered_comments(first, 2, 2'000))};
    auto a = this->begin(this->store().append(this->executor(), mine, UpstreamPosition()));
    auto b = this->begin(this->store().append(this->executor(), other, UpstreamPosition()));
    const auto one = a.get(), two = b.get();
    ASSERT_TRUE(one && two);
    EXPECT_NE(one->stored, two->stored);
    EXPECT_EQ((one->stored ? *two : *one).last_offsets, std::vector<Offset>{Offset(first + 1)});
  }
  EXPECT_EQ(this->stored_offsets(key), range(1, 40));
}

TYPED_TEST_P(EventStoreContract,
             sessions_that_are_deleted_or_unknown_are_left_out_and_the_others_get_their_events) {
  const auto hidden = this->new_session("hidden"), gone = this->new_session("gone"),
             kept = this->new_session("kept");
  ASSERT_TRUE(this->append_events(hidden, numbered_comments(1, 1)));
  ASSERT_TRUE(this->get(this->store().mark_deleted(this->executor(), hidden, 5)));
  this->delete_session(gone);
  const AppendResult result =
      this->append({batch_of(hidden, numbered_comments(2, 1)), batch_of(gone, numbered_comments(1, 1)),
                    batch_of(kept, numbered_comments(1, 2)),
                    batch_of(SessionKey(kept.value() + 1), numbered_comments(1, 1))},
                   this->position("ann", "t-1"));
  EXPECT_TRUE(result.stored);
  EXPECT_EQ(result.left_out, (std::vector<bool>{true, true, false, true}));
  EXPECT_EQ(this->stored_offsets(hidden), range(1, 1));
  EXPECT_EQ(this->stored_offsets(kept), range(1, 2));
  EXPECT_EQ(this->past(kept).room.cursor, "t-1");
}

TYPED_TEST_P(EventStoreContract,
             a_position_is_saved_without_events_and_keeps_its_cursor_if_the_new_one_has_none) {
  const auto one = this->new_session("one"), two = this->new_session("two");
  ASSERT_TRUE(this->append_events(one, {}, this->position("ann", "t-1", 200, 11)));
  EXPECT_EQ(this->past(two).own.cursor, "") << "it has no event yet";
  ASSERT_TRUE(this->append_events(one, numbered_comments(1, 1), this->position("ann", "", 100, 12)));
  EXPECT_EQ(this->past(one).own.cursor, "t-1");
  EXPECT_EQ(this->past(one).room.cursor, "t-1");
  EXPECT_EQ(this->past(one).room.heard_at, 200) << "the newest";
  EXPECT_EQ(this->past(one).own.heard_at, 200) << "the newest";
  EXPECT_EQ(this->past(one).room.likes, 12);
  ASSERT_TRUE(this->append_events(one, numbered_comments(2, 1), this->position("", "t-9", 300)));
  EXPECT_EQ(this->past(one).room.cursor, "t-1") << "a position without a room belongs to none";
  EXPECT_EQ(this->past(one, 100, "bert").room.cursor, "");
  UpstreamPosition other_stream = this->position("ann", "t-3", 400, 1);
  other_stream.room_id = "71";
  ASSERT_TRUE(this->append_events(two, numbered_comments(1, 1), other_stream));
  EXPECT_EQ(this->past(two).own.likes, 1);
  EXPECT_EQ(this->past(one).own.likes, 0) << "the room has another stream";
  EXPECT_EQ(this->past(one).room.room_id, "71");
}

TYPED_TEST_P(EventStoreContract, the_newest_platform_time_of_all_rooms_is_kept) {
  const auto newest = [this] { return *this->get(this->store().newest_platform_time(this->executor())); };
  EXPECT_EQ(newest(), 0);
  const auto key = this->new_session("one");
  for (const auto& [room, time] : {std::pair{"ann", 500}, {"bert", 300}, {"ann", 1}}) {
    UpstreamPosition position = this->position(room, "t-1");
    position.platform_time = time;
    ASSERT_TRUE(this->append_events(key, {}, position));
    EXPECT_EQ(newest(), 500);
  }
}

TYPED_TEST_P(EventStoreContract, a_store_that_keeps_no_events_stores_the_sessions_only) {
  const auto key = this->new_session("one");
  ASSERT_TRUE(this->append_events(key, numbered_comments(1, 2)));
  this->stores.restart(false);
  EXPECT_FALSE(this->store().keeps_events());
  EXPECT_TRUE(this->append_events(key, numbered_comments(1, 1), this->position("ann", "t-1")));
  EXPECT_EQ(this->stored_offsets(key), std::vector<std::uint64_t>());
  EXPECT_EQ(this->load().size(), 1u);
  this->stores.restart();
  EXPECT_TRUE(this->store().keeps_events());
  EXPECT_EQ(this->stored_offsets(key), range(1, 2));
  EXPECT_EQ(this->past(key).room.cursor, "");
}

TYPED_TEST_P(EventStoreContract, texts_that_an_engine_cannot_hold_as_they_are_are_stored_all_the_same) {
  const std::string odd("a\0b\xff", 4), zero("a\0b", 3);  // JSON is always UTF-8
  const auto key = this->create(this->row("one", odd)).key;
  Event event = event_of(1, Comment{zero, "en", {}, {}, {}});
  event.user->username = zero;
  event.user->nickname = zero;
  StoredBatch batch = batch_of(key, {numbered(1, event)});
  batch.streaks = {{odd, "{}"}};
  batch.totals.people.resize(1);
  batch.totals.people[0].user_id = UserId(18'000'000'000'000'000'001u);
  batch.totals.people[0].username = batch.totals.people[0].nickname = batch.totals.people[0].avatar_url = odd;
  EXPECT_TRUE(this->append({batch}, this->position(odd, odd)).stored);
  EventQuery query;
  query.session_key = key;
  const EventPage page = this->page(query);
  ASSERT_EQ(page.events.size(), 1u);
  EXPECT_EQ(page.events[0]->json(), batch.events[0]->json());
}

// read()

TYPED_TEST_P(EventStoreContract, events_of_an_earlier_epoch_are_read_under_the_present_one) {
  StoredSession renewed = this->row("one");
  renewed.epoch = "e2";
  const auto key = this->create(renewed).key;
  ASSERT_TRUE(
      this->append_events(key, {numbered(1, event_of(1, Comment{"\"epoch\":\"e1\"", "en", {}, {}, {}}))}));
  EventQuery query;
  query.session_key = key;
  const std::string json(this->page(query).events.at(0)->json());
  EXPECT_NE(json.find(R"("epoch":"e2")"), std::string::npos) << json;
  EXPECT_EQ(json.find(R"("epoch":"e1")"), std::string::npos) << json;
  EXPECT_NE(json.find("e1"), std::string::npos) << "the text of the comment stays: " << json;
}

TYPED_TEST_P(EventStoreContract,
             a_page_has_at_most_the_limit_and_ends_with_the_event_that_exceeds_the_bytes) {
  const auto key = this->new_session("one");
  const std::vector<EventPtr> events = numbered_comments(1, 9);
  const std::size_t size = events.front()->json().size();
  ASSERT_TRUE(this->append_events(key, events));
  struct Row {
    std::size_t limit, max_bytes;
    std::uint64_t after, last;
    bool more;
  };
  const Row rows[] = {
      {4, 1'000'000, 0, 4, true},  {4, 1'000'000, 4, 8, true},      {4, 1'000'000, 8, 9, false},
      {9, 1'000'000, 0, 9, false}, {8, 1'000'000, 0, 8, true},      {100, 1, 0, 1, true},
      {100, 2 * size, 0, 2, true}, {100, 2 * size + 1, 0, 3, true}, {100, 9 * size, 0, 9, false},
      {100, 8 * size, 0, 8, true}, {100, 8 * size, 8, 9, false}};
  for (const Row& row : rows) {
    EventQuery query;
    query.session_key = key;
    query.limit = row.limit;
    query.max_bytes = row.max_bytes;
    query.after = Offset(row.after);
    const EventPage page = this->page(query);
    EXPECT_EQ(this->offsets(page), range(row.after + 1, row.last)) << row.limit << " " << row.max_bytes;
    EXPECT_EQ(page.more, row.more) << row.limit << " " << row.max_bytes;
    EXPECT_EQ(page.next_after, Offset(row.last)) << row.limit << " " << row.max_bytes;
    EXPECT_EQ(page.first_kept, Offset(1));
  }
}

TYPED_TEST_P(EventStoreContract, a_page_is_after_one_offset_and_up_to_another) {
  const auto key = this->new_session("one"), empty = this->new_session("empty");
  ASSERT_TRUE(this->append_events(key, numbered_comments(1, 5)));
  const std::pair<std::pair<std::uint64_t, std::uint64_t>, std::vector<std::uint64_t>> rows[] = {
      {{0, 5}, range(1, 5)}, {{2, 4}, range(3, 4)}, {{4, 9}, range(5, 5)},
      {{5, 9}, {}},          {{9, 20}, {}},         {{3, 3}, {}}};
  for (const auto& [ends, expected] : rows) {
    EventQuery query;
    query.session_key = key;
    query.after = Offset(ends.first);
    query.up_to = Offset(ends.second);
    EXPECT_EQ(this->offsets(this->page(query)), expected) << ends.first;
    EXPECT_FALSE(this->page(query).more);
  }
  EventQuery of_empty;
  of_empty.session_key = empty;
  EXPECT_EQ(this->page(of_empty).first_kept, Offset(0));
}

TYPED_TEST_P(EventStoreContract, an_event_is_read_as_it_was_appended) {
  const auto key = this->new_session("one");
  Event event = event_of(18'000'000'000'000'000'001u, Like{5, 1'000}, 77);
  event.user->id = UserId(17'000'000'000'000'000'001u);
  event.user->username = "Bob.X";
  const EventPtr stored = numbered(1, event);
  ASSERT_TRUE(this->append_events(key, {stored}));
  this->stores.restart();
  EventQuery query;
  query.session_key = key;
  const EventPage page = this->page(query);
  ASSERT_EQ(page.events.size(), 1u);
  const EventFrame& read = *page.events[0];
  EXPECT_EQ(read.offset, Offset(1));
  EXPECT_EQ(read.id, 18'000'000'000'000'000'001u) << "all 64 bits";
  EXPECT_EQ(read.user_id, UserId(17'000'000'000'000'000'001u));
  EXPECT_EQ(read.time, 77);
  EXPECT_EQ(read.type, EventType::like);
  EXPECT_EQ(read.username, "bob.x");
  EXPECT_EQ(read.json(), stored->json());
}

TYPED_TEST_P(EventStoreContract, filters_leave_out_events_and_the_page_still_moves_on) {
  const auto key = this->new_session("one");
  Event bob = event_of(2, Comment{"Ünd hello BOB", "de", {}, {}, {}}, 2'000);
  bob.user->id = UserId(7);
  bob.user->username = "Bob";
  Event nobody = event_of(3, Share{"app"}, 3'000);
  nobody.user.reset();
  ASSERT_TRUE(this->append_events(
      key, {numbered(1, event_of(1, Like{1, 1}, 1'000)), numbered(2, bob), numbered(3, nobody),
            numbered(4, event_of(4, Comment{"bye", "en", {}, {}, {}}, 4'000))}));
  const auto types = [](EventType type) {
    EventFilter filter;
    filter.types = 1u << static_cast<int>(type);
    return filter;
  };
  const auto person = [](std::uint64_t id, std::string name) {
    EventFilter filter;
    filter.user_id = UserId(id);
    filter.username = std::move(name);
    return filter;
  };
  EventFilter word = types(EventType::comment);
  word.contains = "hello bob";
  struct Row {
    const char* what;
    EventFilter filter;
    std::vector<std::uint64_t> offsets;
    UnixMs since = 0, until = std::numeric_limits<UnixMs>::max();
  };
  const Row rows[] = {
      {"all", EventFilter(), {1, 2, 3, 4}},
      {"a type", types(EventType::comment), {2, 4}},
      {"a type that is not there", types(EventType::gift), {}},
      {"a user id", person(7, ""), {2}},
      {"a name", person(0, "bob"), {2}},
      {"an id or a name", person(6'800'000'000'000'000'001, "bob"), {1, 2, 4}},
      {"a word", word, {2}},
      {"from a time on", EventFilter(), {2, 3, 4}, 2'000},
      {"up to a time", EventFilter(), {1, 2}, 0, 2'000},
      {"between times", EventFilter(), {2, 3}, 1'001, 3'999},
  };
  for (const Row& row : rows) {
    EventQuery query;
    query.session_key = key;
    query.filter = row.filter;
    query.since = row.since;
    query.until = row.until;
    const EventPage page = this->page(query);
    EXPECT_EQ(this->offsets(page), row.offsets) << row.what;
    EXPECT_FALSE(page.more) << row.what;
    EXPECT_EQ(page.next_after, Offset(4)) << row.what;
  }
}

// past()

TYPED_TEST_P(EventStoreContract, past_knows_the_newest_ids_ended_streaks_and_envelopes) {
  const auto key = this->new_session("one");
  Gift open, ended, inferred, single;
  open.gift_id = 1;
  open.count = 2;
  open.streak_id = "s-1";
  ended.gift_id = 1;
  ended.count = 7;
  ended.streak_id = "s-2";
  ended.streak_end = true;
  inferred = ended;
  inferred.streak_id = "s-3";
  inferred.count = 3;
  inferred.inferred = true;
  single.gift_id = 1;
  single.count = 1;
  single.streak_id = "s-15";
  single.streak_end = true;
  Envelope envelope;
  envelope.envelope_id = "env";
  envelope.action = "shown";
  ASSERT_TRUE(this->append_events(
      key, {numbered(1, event_of(11, Comment{"a", "en", {}, {}, {}})), numbered(2, event_of(12, open)),
            numbered(3, event_of(13, ended, 777)), numbered(4, event_of(14, inferred, 888)),
            numbered(5, event_of(15, single)), numbered(6, event_of(16, SessionChange{})),
            numbered(7, event_of(17, envelope))}));
  const SessionPast past = this->past(key);
  EXPECT_EQ(past.ids, (std::vector<std::uint64_t>{11, 12, 13, 15, 17}))
      << "without events that this service made: TikTok never repeats them";
  ASSERT_EQ(past.ended_streaks.size(), 2u) << "a gift that is a streak by itself ends none";
  EXPECT_EQ(past.ended_streaks[0].streak_id, "s-2");
  EXPECT_EQ(past.ended_streaks[0].count, 7);
  EXPECT_EQ(past.ended_streaks[0].time, 777);
  EXPECT_EQ(past.ended_streaks[1].streak_id, "s-3");
  EXPECT_EQ(past.envelopes, (std::vector<std::pair<std::string, std::string>>{{"env", "shown"}}));
  EXPECT_EQ(this->past(key, 3).ids, (std::vector<std::uint64_t>{15, 17})) << "of the newest three offsets";
  EXPECT_EQ(this->past(key, 4).ended_streaks.size(), 1u);
}

TYPED_TEST_P(EventStoreContract, open_streaks_change_with_the_events) {
  const auto one = this->new_session("one"), two = this->new_session("two");
  const auto streaks = [this](SessionKey key, std::uint64_t offset, std::vector<StreakChange> changes) {
    StoredBatch batch = batch_of(key, numbered_comments(offset, 1));
    batch.streaks = std::move(changes);
    return this->append({batch}).stored;
  };
  const auto with_open = [this] {
    auto keys = *this->get(this->store().sessions_with_open_streaks(this->executor()));
    std::sort(keys.begin(), keys.end());
    return keys;
  };
  EXPECT_EQ(with_open(), std::vector<SessionKey>());
  ASSERT_TRUE(streaks(one, 1, {{"a", R"({"count":1})"}, {"b", R"({"count":5})"}}));
  ASSERT_TRUE(streaks(two, 1, {{"a", R"({"count":9})"}}));
  EXPECT_EQ(with_open(), (std::vector<SessionKey>{one, two}));
  ASSERT_TRUE(streaks(one, 2, {{"a", R"({"count":2})"}, {"b", ""}}));
  EXPECT_EQ(this->past(one).open_streaks, std::vector<std::string>{R"({"count":2})"});
  ASSERT_TRUE(streaks(two, 2, {{"a", ""}, {"never", ""}}));
  EXPECT_EQ(with_open(), std::vector<SessionKey>{one});
}

REGISTER_TYPED_TEST_SUITE_P(EventStoreContract, append_stores_all_batches_and_the_position,
                            an_append_with_a_wrong_offset_stores_nothing_and_tells_the_stored_ones,
                            of_two_appends_at_once_with_the_same_offsets_one_is_stored,
                            sessions_that_are_deleted_or_unknown_are_left_out_and_the_others_get_their_events,
                            a_position_is_saved_without_events_and_keeps_its_cursor_if_the_new_one_has_none,
                            the_newest_platform_time_of_all_rooms_is_kept,
                            a_store_that_keeps_no_events_stores_the_sessions_only,
                            a_page_has_at_most_the_limit_and_ends_with_the_event_that_exceeds_the_bytes,
                            a_page_is_after_one_offset_and_up_to_another, an_event_is_read_as_it_was_appended,
                            filters_leave_out_events_and_the_page_still_moves_on,
                            past_knows_the_newest_ids_ended_streaks_and_envelopes,
                            texts_that_an_engine_cannot_hold_as_they_are_are_stored_all_the_same,
                            events_of_an_earlier_epoch_are_read_under_the_present_one,
                            open_streaks_change_with_the_events);

}  // namespace papi::events
