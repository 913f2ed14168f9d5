// Subscriptions, barrages, ranks and notices, with their keys, texts and persons.

#include "events/event_json.hpp"
#include "live/message_builder.hpp"

namespace papi::live {
namespace {

const std::string ann = user(7, "Ann", "ann.1");
const std::string bob = user(8, "Bob", "bob");

template <class Body>
const Body& body(const events::Event& event) {
  return std::get<Body>(event.body);
}
events::Event barrage(std::vector<Field> fields) {
  fields.insert(fields.begin(), common());
  return decode_fields("WebcastBarrageMessage", fields);
}

}  // namespace

TEST(Barrage, the_person_is_found_wherever_it_stands) {
  const std::string words = display_text("k", "joined");
  const std::string named = display_text("k", "{0:user} joined", {user_piece(ann)});
  const std::string param = message({{1, 28}, {4, ann}});
  for (const std::vector<Field>& fields : {std::vector<Field>{{3, 9}, {5, words}, {50, ann}},
                                           {{3, 9}, {5, words}, {100, param}},
                                           {{3, 11}, {5, words}, {101, param}},
                                           {{3, 9}, {5, named}},
                                           {{3, 9}, {5, words}, {24, named}}}) {
    const auto event = barrage(fields);
    ASSERT_TRUE(event.user);
    EXPECT_EQ(event.user->id, events::UserId(7));
    EXPECT_EQ(event.user->username, "ann.1");
  }
  const auto by_common_text = decode_fields("WebcastBarrageMessage", {common(named), {3, 9}, {5, words}});
  ASSERT_TRUE(by_common_text.user);
  EXPECT_EQ(by_common_text.user->id, events::UserId(7));
  EXPECT_EQ(barrage({{3, 9}, {5, words}, {50, bob}, {100, param}}).user->id, events::UserId(8))
      << "field 50 goes first";
}

TEST(Barrage, entries_are_joins_with_a_source) {
  const std::string words = display_text("pm_mt_fan_live_join", "joined");
  for (const auto& [type, source] : {std::pair{9, "grade"}, {11, "fans_level"}}) {
    const auto event = barrage({{3, type}, {5, words}, {23, "fans_entrance"}, {50, ann}});
    const auto& join = body<events::Join>(event);
    EXPECT_EQ(join.source, source);
    EXPECT_FALSE(join.viewers.has_value());
    EXPECT_EQ(join.announcement->text, "joined");
    EXPECT_EQ(join.announcement->key, "pm_mt_fan_live_join");
    EXPECT_EQ(join.announcement->sub_type, "fans_entrance");
    EXPECT_EQ(join.announcement->msg_type, type);
  }
}

TEST(Barrage, a_super_fan_subscribes_or_joins_by_the_key_of_the_text) {
  const auto became = barrage({{3, 100},
                               {5, display_text("ttlive_superFan_commentNotif_someoneBecameSuperFan",
                                                "{0:user} just became a Super Fan", {user_piece(ann)})},
                               {23, "BecomingSuperFanLv10"}});
  EXPECT_EQ(body<events::Subscribe>(became).kind, "super_fan");
  EXPECT_EQ(body<events::Subscribe>(became).tier, "10");
  EXPECT_EQ(body<events::Subscribe>(became).announcement->text, "Ann just became a Super Fan");
  EXPECT_EQ(became.user->id, events::UserId(7));
  const auto joined = barrage({{3, 11},
                               {5, display_text("ttlive_superFan_commentNotif_superFanJoined",
                                                "Super Fan {0:user} joined", {user_piece(ann)})},
                               {23, "fans_entrance"}});
  EXPECT_EQ(body<events::Join>(joined).source, "super_fan");
  EXPECT_EQ(body<events::Join>(joined).announcement->text, "Super Fan Ann joined");
  for (const int field : {5, 24}) {  // the key may be in either field, as the npm client expects
    const auto other =
        barrage({{3, 100},
                 {29 - field, display_text("pm_x", "words")},
                 {field, display_text("ttlive_superFan_other", "{0:user}", {user_piece(ann)})}});
    EXPECT_EQ(body<events::Subscribe>(other).kind, "super_fan") << field;
    const auto came = barrage({{3, 11},
                               {29 - field, display_text("ttlive_superFan_x", "words")},
                               {field, display_text("ttlive_superFan_commentNotif_superFanJoined", "")}});
    EXPECT_EQ(body<events::Join>(came).source, "super_fan") << field;
  }
  const auto box = barrage({{3, 100}, {5, display_text("ttlive_superFanBox_x", "A box")}});
  EXPECT_EQ(body<events::RoomNotice>(box).kind, "barrage");
}

TEST(Barrage, subscriptions_bought_and_given_away) {
  const auto first =
      barrage({{3, 4},
               {5, display_text("pm_mt_subscribe_first_barrage", "{0:user} subscribed for the first time",
                                {user_piece(ann)})}});
  EXPECT_EQ(body<events::Subscribe>(first).kind, "subscription");
  EXPECT_FALSE(body<events::Subscribe>(first).gifted);
  EXPECT_EQ(body<events::Subscribe>(first).announcement->text, "Ann subscribed for the first time");
  const auto gift = barrage({{3, 7}, {50, ann}, {102, message({{1, 5}, {2, true}})}});
  EXPECT_TRUE(body<events::Subscribe>(gift).gifted);
  EXPECT_EQ(body<events::Subscribe>(gift).count, 5);
  EXPECT_EQ(body<events::Subscribe>(gift).from->id, events::UserId(7));
}

TEST(Barrage, what_is_none_of_these_stays_a_notice_with_its_key_and_types) {
  const auto event =
      barrage({{3, 8}, {5, display_text("pm_x", "{0:user} up", {user_piece(ann)})}, {23, "up"}});
  const auto& notice = body<events::RoomNotice>(event);
  EXPECT_EQ(notice.kind, "barrage");
  EXPECT_EQ(notice.text, "Ann up");
  EXPECT_EQ(notice.key, "pm_x");
  EXPECT_EQ(notice.sub_type, "up");
  EXPECT_EQ(notice.msg_type, 8);
  EXPECT_NE(events::encode_common(event).find(
                R"("kind":"barrage","text":"Ann up","key":"pm_x","sub_type":"up","msg_type":8)"),
            std::string::npos);
}

TEST(Subscription, months_gift_giver_and_package) {
  const auto again = decode_fields("WebcastSubNotifyMessage",
                                   {common(), {2, ann}, {4, 7}, {5, 1}, {6, 1}, {8, 2}, {14, "gold"}});
  EXPECT_EQ(body<events::Subscribe>(again).kind, "subscription");
  EXPECT_EQ(body<events::Subscribe>(again).months, 7);
  EXPECT_EQ(body<events::Subscribe>(again).tier, "gold");
  EXPECT_FALSE(body<events::Subscribe>(again).gifted);
  EXPECT_EQ(body<events::Subscribe>(again).count, 1);
  for (const int type : {6, 7}) {
    const auto gifted = decode_fields(
        "WebcastSubNotifyMessage",
        {common(display_text("k", "{0:user} gave it", {user_piece(bob)})), {2, ann}, {4, 1}, {7, type}});
    EXPECT_TRUE(body<events::Subscribe>(gifted).gifted);
    EXPECT_EQ(gifted.user->id, events::UserId(7));
    EXPECT_EQ(body<events::Subscribe>(gifted).from->id, events::UserId(8));
    EXPECT_EQ(body<events::Subscribe>(gifted).announcement->text, "Bob gave it");
  }
}

TEST(Subscription, one_that_is_cancelled_refunded_or_over_is_no_subscribe) {
  const auto action = [](const std::vector<Field>& fields) {
    const auto event = decode_fields("WebcastSubNotifyMessage", fields);
    EXPECT_EQ(event.user->id, events::UserId(7));
    EXPECT_EQ(body<events::RoomNotice>(event).kind, "subscription");
    return body<events::RoomNotice>(event).action;
  };
  EXPECT_EQ(action({common(), {2, ann}, {4, 3}, {8, 3}}), "cancelled");
  EXPECT_EQ(action({common(), {2, ann}, {4, 3}, {8, 4}}), "refunded");
  EXPECT_EQ(action({common(), {2, ann}, {7, 8}}), "gift_over");
  EXPECT_EQ(action({common(), {2, ann}, {7, 2}}), "expires_soon");
  EXPECT_EQ(decode_fields("WebcastSubNotifyMessage", {common(), {2, ann}, {8, 5}}).type(),
            events::EventType::subscribe);
}

TEST(Ranks, a_text_tells_place_and_person) {
  const std::string others =
      display_text("pm_mt_badge", "{0:user} is No. {1:string}", {user_piece(ann), string_piece("3")});
  const auto by_others =
      decode_fields("WebcastRankTextMessage",
                    {common(), {5, display_text("k", "You are No. {0:string}")}, {6, others}, {7, 7}});
  EXPECT_EQ(body<events::Rank>(by_others).list, "viewers");
  EXPECT_EQ(body<events::Rank>(by_others).rank, 3);
  EXPECT_EQ(body<events::Rank>(by_others).text, "Ann is No. 3");
  EXPECT_EQ(body<events::Rank>(by_others).key, "pm_mt_badge");
  EXPECT_EQ(by_others.user->username, "ann.1");
  const auto by_common =
      decode_fields("WebcastRankTextMessage",
                    {common(display_text("top", "{0:user}: top", {user_piece(bob)})), {4, 2}, {6, others}});
  EXPECT_EQ(body<events::Rank>(by_common).text, "Bob: top");
  EXPECT_EQ(body<events::Rank>(by_common).rank, 2);
  EXPECT_EQ(by_common.user->id, events::UserId(8));
  const auto by_number = decode_fields("WebcastRankTextMessage", {common(), {7, 9}});
  EXPECT_EQ(by_number.user->id, events::UserId(9));
  EXPECT_FALSE(body<events::Rank>(by_number).rank.has_value());
}

TEST(Ranks, an_update_tells_the_place_that_there_is_and_the_other_lists) {
  const auto update = [](int type, int place, const std::string& pattern) {
    return message(
        {{1, type}, {2, place}, {3, display_text("key", pattern, {string_piece("12")})}, {15, 5'000}});
  };
  const auto event = decode_fields("WebcastRankUpdateMessage", {common(),
                                                                {2, update(0, 0, "Hourly")},
                                                                {2, update(8, 12, "Daily No. {0:string}")},
                                                                {2, update(99, 0, "New")}});
  const auto& rank = body<events::Rank>(event);
  EXPECT_EQ(rank.list, "daily");
  EXPECT_EQ(rank.rank, 12);
  EXPECT_EQ(rank.text, "Daily No. 12");
  EXPECT_EQ(rank.score, 5'000);
  ASSERT_EQ(rank.others.size(), 2u);
  EXPECT_EQ(rank.others[0].list, "hourly");
  EXPECT_FALSE(rank.others[0].rank.has_value()) << "0 is no place";
  EXPECT_EQ(rank.others[1].list, "type_99");
  EXPECT_FALSE(event.user.has_value());
  EXPECT_NE(
      events::encode_common(event).find(
          R"("list":"daily","rank":12,"text":"Daily No. 12","key":"key","score":5000,"others":[{"list":"hourly","text":"Hourly")"),
      std::string::npos);
}

TEST(Ranks, the_winner_of_an_hour_has_a_number_and_the_text_of_the_notice) {
  const std::string notify = message({common(display_text(
      "pm_mt_Live_HRannounce", "{0:string} is No. {1:string}", {string_piece("ann"), string_piece("1")}))});
  const auto event =
      decode_fields("WebcastHourlyRankRewardMessage", {common(), {2, message({{1, 7}, {3, notify}})}});
  EXPECT_EQ(event.user->id, events::UserId(7));
  EXPECT_EQ(body<events::Rank>(event).list, "hourly");
  EXPECT_EQ(body<events::Rank>(event).rank, 1);
  EXPECT_EQ(body<events::Rank>(event).text, "ann is No. 1");
  const std::string place = display_text("k", "Hour No. {0:string}", {string_piece("4")});
  const auto hourly =
      decode_fields("WebcastHourlyRankMessage", {common(), {2, message({{1, 1}, {4, place}})}});
  EXPECT_EQ(body<events::Rank>(hourly).text, "Hour No. 4");
  EXPECT_EQ(body<events::Rank>(hourly).rank, 4);
}

TEST(Notices, a_room_message_without_words_has_those_of_its_text_and_its_person) {
  const auto event = decode_fields(
      "WebcastRoomMessage", {common(display_text("pm_mt_fan_live_joined_comment",
                                                 "{0:user} became the No. {1:string} member on the team",
                                                 {user_piece(ann), string_piece("23")})),
                             {2, " "}});
  EXPECT_EQ(body<events::RoomNotice>(event).text, "Ann became the No. 23 member on the team");
  EXPECT_EQ(body<events::RoomNotice>(event).key, "pm_mt_fan_live_joined_comment");
  EXPECT_EQ(event.user->id, events::UserId(7));
  const auto plain = decode_fields("RoomMessage", {common(), {2, "Welcome!"}});
  EXPECT_EQ(body<events::RoomNotice>(plain).text, "Welcome!");
}

TEST(Notices, each_kind_tells_its_words_and_its_person) {
  const std::string words = display_text("key", "{0:user} got 1 glove", {user_piece(ann)});
  const auto expect = [](const events::Event& event, const std::string& kind, const std::string& text,
                         std::uint64_t who) {
    EXPECT_EQ(body<events::RoomNotice>(event).kind, kind);
    EXPECT_EQ(body<events::RoomNotice>(event).text, text) << kind;
    EXPECT_EQ(event.user ? event.user->id.value() : 0, who) << kind;
  };
  expect(decode_fields("WebcastRoomNotifyMessage", {common(words), {3, 3}}), "notify", "Ann got 1 glove", 7);
  expect(decode_fields("WebcastRoomNotifyMessage", {common(display_text("k", "x")), {10, 9}}), "notify", "x",
         9);
  expect(decode_fields("WebcastGiftBroadcastMessage", {common(), {2, 9}, {4, message({common(words)})}}),
         "gift_broadcast", "Ann got 1 glove", 7);
  expect(decode_fields("WebcastMarqueeAnnouncementMessage",
                       {common(), {3, message({{1, message({common(words)})}})}}),
         "announcement", "Ann got 1 glove", 7);
  expect(decode_fields("WebcastCapsuleMessage", {common(), {3, words}}), "capsule", "Ann got 1 glove", 7);
  expect(decode_fields("WebcastNoticeMessage", {common(), {7, words}}), "notice", "Ann got 1 glove", 7);
  expect(decode_fields("WebcastOecLiveShoppingMessage",
                       {common(), {2, 1}, {9, message({{1, 5}, {2, "A mug"}})}}),
         "shopping", "A mug", 0);
  const auto pin =
      decode_fields("WebcastSubPinEventMessage",
                    {common(),
                     {2, 1},
                     {4, 9},
                     {3, message({{8, message({{3, message({{1, 1}, {2, "Help!"}})}, {4, 91}, {5, 90}})}})}});
  expect(pin, "subscription_pin", "Help!", 9);
  EXPECT_EQ(body<events::RoomNotice>(pin).action, "pin");
  EXPECT_EQ(body<events::RoomNotice>(pin).progress, 90);
  EXPECT_EQ(body<events::RoomNotice>(pin).target, 91);
  const auto recall =
      decode_fields("WebcastAccessRecallMessage", {common(), {2, 1}, {5, "CONTENT_CLASSIFICATION"}});
  expect(recall, "access_recall", "", 0);
  EXPECT_EQ(body<events::RoomNotice>(recall).reason, "CONTENT_CLASSIFICATION");
  EXPECT_EQ(body<events::RoomNotice>(recall).action, "status_1");
  const std::string punished = message({{1, "muting_cancel"}, {3, "id"}});
  const auto bottom =
      decode_fields("WebcastBottomMessage", {common(display_text("k", "Careful.")), {8, punished}});
  expect(bottom, "warning", "Careful.", 0);
  EXPECT_EQ(body<events::RoomNotice>(bottom).reason, "muting_cancel");
  const auto measure = decode_fields(
      "WebcastPerceptionMessage", {common(), {2, message({{2, display_text("k", "Muted")}})}, {3, punished}});
  expect(measure, "measure", "Muted", 0);
  const auto verify = decode_fields("WebcastRoomVerifyMessage", {common(), {2, 4}, {3, "Look"}});
  expect(verify, "verify", "Look", 0);
  EXPECT_EQ(body<events::RoomNotice>(verify).action, "action_4");
}

TEST(Notices, a_pinned_gift_and_like_have_their_person_and_their_text) {
  const Field text = common(display_text("k", "{0:user} sent it", {user_piece(ann)}));
  const auto gift =
      decode_fields("WebcastRoomPinMessage", {common(), {4, message({text, {7, ann}})}, {33, 1}, {35, 5}});
  EXPECT_EQ(body<events::RoomNotice>(gift).text, "Ann sent it");
  EXPECT_EQ(gift.user->id, events::UserId(7));
  const auto like = decode_fields("WebcastRoomPinMessage", {common(), {6, message({{5, bob}})}, {33, 1}});
  EXPECT_EQ(like.user->id, events::UserId(8));
}

TEST(Notices, a_goal_tells_who_has_moved_it) {
  const auto goal = decode_fields("WebcastGoalUpdateMessage", {common(), {4, 7}, {6, "ann.1"}});
  EXPECT_EQ(goal.user->id, events::UserId(7));
  EXPECT_EQ(goal.user->username, "ann.1");
  EXPECT_FALSE(decode_fields("WebcastGoalUpdateMessage", {common(), {6, "ann.1"}}).user.has_value());
}

TEST(Control, who_ended_the_stream_and_why) {
  const std::string reasons = message({{2, 42},
                                       {3, display_text("x", "LIVE suspended")},
                                       {4, display_text("y", "Community guidelines")},
                                       {8, "punish"}});
  const auto platform = decode_fields("WebcastControlMessage",
                                      {common(), {2, 4}, {3, "Your LIVE was suspended"}, {4, reasons}});
  EXPECT_EQ(body<events::Control>(platform).action, "ended");
  EXPECT_EQ(body<events::Control>(platform).by, "platform");
  EXPECT_EQ(body<events::Control>(platform).reason, "Community guidelines");
  EXPECT_EQ(body<events::Control>(platform).text, "Your LIVE was suspended");
  const auto number =
      decode_fields("WebcastControlMessage",
                    {common(), {2, 4}, {4, message({{2, 42}, {3, display_text("x", "LIVE suspended")}})}});
  EXPECT_EQ(body<events::Control>(number).reason, "42");
  EXPECT_EQ(body<events::Control>(number).text, "LIVE suspended");
  const auto host = decode_fields("WebcastControlMessage", {common(), {2, 3}});
  EXPECT_EQ(body<events::Control>(host).by, "host");
  const auto paused =
      decode_fields("WebcastControlMessage", {common(), {2, 1}, {4, message({{8, "anchor_pause"}})}});
  EXPECT_EQ(body<events::Control>(paused).reason, "anchor_pause");
  EXPECT_EQ(body<events::Control>(paused).by, "");
  EXPECT_EQ(decode_fields("WebcastControlMessage", {common(), {2, 5}}).type(), events::EventType::unknown);
}

TEST(Join, a_visitor_without_an_account_joins_without_a_person) {
  const auto event = decode_fields("WebcastUnauthorizedMemberMessage",
                                   {common(),
                                    {2, 1},
                                    {3, display_text("web_nonlogin_im_1", "Viewer%s")},
                                    {4, "12345"},
                                    {5, display_text("live_room_enter_toast", "{0:user} joined")}});
  EXPECT_FALSE(event.user.has_value());
  EXPECT_EQ(body<events::Join>(event).source, "anonymous");
  EXPECT_EQ(body<events::Join>(event).announcement->text, "Viewer12345 joined");
  EXPECT_FALSE(body<events::Join>(event).viewers.has_value());
}

}  // namespace papi::live
