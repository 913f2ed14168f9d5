// Gifts, envelopes, comments and roles.

#include "events/event_json.hpp"
#include "live/message_builder.hpp"

namespace papi::live {
namespace {

const std::string ann = user(7, "Ann", "ann.1");

events::Gift gift(std::vector<Field> fields) {
  fields.insert(fields.begin(), {common(), {2, 5655}, {7, ann}});
  return std::get<events::Gift>(decode_fields("WebcastGiftMessage", fields).body);
}
std::string image(const std::string& url) { return message({{1, url}}); }

events::EventPtr encoded(events::Event event) {
  auto prepared = std::make_shared<events::PreparedEvent>();
  prepared->common = events::encode_common(event);
  prepared->event = std::move(event);
  return events::encode(prepared, {events::Offset(1), "e", "s"});
}

}  // namespace

TEST(Gifts, any_one_of_type_combo_and_group_makes_a_streak) {
  struct Row {
    int type;
    bool combo;
    int group;
    bool streak;
  };
  for (const Row& row : {Row{1, false, 0, true},
                         {0, true, 0, true},
                         {2, true, 0, true},
                         {0, false, 9, true},
                         {2, false, 9, true},
                         {2, false, 0, false},
                         {7, false, 0, false},
                         {0, false, 0, false}}) {
    const auto one = gift({{5, 1}, {11, row.group}, {15, message({{10, row.combo}, {11, row.type}})}});
    EXPECT_EQ(one.streakable, row.streak) << row.type << row.combo << row.group;
    EXPECT_EQ(one.streak_end, !row.streak);
    EXPECT_EQ(one.streak_id,
              row.streak ? "7-5655-" + std::to_string(row.group) : "7-5655-7300000000000000200");
    EXPECT_EQ(one.group_id, static_cast<std::uint64_t>(row.group));
  }
}

TEST(Gifts, the_receiver_is_told_by_a_user_or_by_three_fields_and_is_part_of_the_streak) {
  const Field streak{11, 9};
  const auto by_user = gift({streak, {8, user(90, "Guest", "guest")}, {46, 91}});
  EXPECT_EQ(by_user.to_user->username, "guest");
  EXPECT_EQ(by_user.streak_id, "7-5655-9-90");
  const auto by_number = gift({streak, {45, "91"}, {46, 91}, {47, "Guest 2"}});
  EXPECT_EQ(by_number.to_user->id, events::UserId(91));
  EXPECT_EQ(by_number.to_user->nickname, "Guest 2");
  EXPECT_EQ(by_number.streak_id, "7-5655-9-91");
  EXPECT_EQ(gift({streak, {45, "92"}}).streak_id, "7-5655-9-92");
  EXPECT_FALSE(gift({streak, {8, ""}, {45, "no number"}, {47, "x"}}).to_user.has_value());
  EXPECT_EQ(gift({streak}).streak_id, "7-5655-9");
}

TEST(Gifts, the_picture_is_the_image_else_the_icon) {
  EXPECT_EQ(
      gift({{15, message({{1, image("https://x/rose.png")}, {21, image("https://x/icon.png")}})}}).image_url,
      "https://x/rose.png");
  EXPECT_EQ(gift({{15, message({{21, image("https://x/icon.png")}})}}).image_url, "https://x/icon.png");
  EXPECT_EQ(gift({{15, message({{1, image("file:///x")}})}}).image_url, "");
}

TEST(Gifts, a_gift_read_back_from_its_json_is_the_gift) {
  const auto event = decode_fields(
      "WebcastGiftMessage", {common(),
                             {2, std::int64_t{9'007'199'254'740'993}},
                             {5, 3},
                             {7, ann},
                             {11, 9},
                             {8, user(90, "Guest", "guest")},
                             {32, message({{4, true}})},
                             {15, message({{1, image("https://x/rose.png")}, {12, 5}, {16, "Rose"}})}});
  const events::EventPtr written = encoded(event);
  EXPECT_NE(written->json().find(R"("gift_id":"9007199254740993")"), std::string_view::npos);
  EXPECT_NE(written->json().find(R"("image_url":"https://x/rose.png")"), std::string_view::npos);
  const auto back = events::read_gift(written->json());
  ASSERT_TRUE(back);
  const auto& one = std::get<events::Gift>(back->body);
  EXPECT_EQ(one.gift_id, 9'007'199'254'740'993);
  EXPECT_EQ(one.group_id, 9u);
  EXPECT_TRUE(one.streakable);
  EXPECT_EQ(one.count, 3);
  EXPECT_EQ(one.streak_id, "7-9007199254740993-9-90");
  EXPECT_EQ(one.to_user->id, events::UserId(90));
  EXPECT_EQ(one.image_url, "https://x/rose.png");
  EXPECT_EQ(back->user->is_follower, true);
  EXPECT_EQ(back->user->is_moderator, false);
  EXPECT_FALSE(one.to_user->is_moderator.has_value());
  EXPECT_EQ(events::encode_common(*back), events::encode_common(event));
}

TEST(Gifts, a_gift_without_a_group_is_read_back_as_what_it_was) {
  const auto read = [](const std::vector<Field>& fields) {
    const auto event = decode_fields("WebcastGiftMessage", fields);
    return std::get<events::Gift>(events::read_gift(encoded(event)->json())->body);
  };
  const auto single = read({common(), {2, 5}, {7, ann}});
  EXPECT_FALSE(single.streakable);
  EXPECT_EQ(single.group_id, 0u);
  const auto streak = read({common(), {2, 5}, {7, ann}, {15, message({{11, 1}})}});
  EXPECT_TRUE(streak.streakable);
  EXPECT_EQ(streak.group_id, 0u);
}

TEST(Envelopes, kinds_by_number_and_by_key) {
  const auto envelope = [](int number, const std::string& key) {
    const auto event = decode_fields("WebcastEnvelopeMessage",
                                     {common(key.empty() ? "" : display_text(key, "x")),
                                      {2, message({{1, "e1"}, {2, number}, {5, 500}, {6, 20}, {16, 5}})},
                                      {3, 1}});
    return std::get<events::Envelope>(event.body);
  };
  for (const auto& [number, kind] : {std::pair{0, ""},
                                     {1, "coins"},
                                     {2, "coins"},
                                     {4, "portal"},
                                     {9, "portal"},
                                     {19, "super_fan_box"},
                                     {3, "other"},
                                     {14, "other"}}) {
    EXPECT_EQ(envelope(number, "").kind, kind) << number;
    EXPECT_EQ(envelope(number, "").kind_number, number);
  }
  EXPECT_EQ(envelope(1, "ttlive_superFanBox_x").kind, "super_fan_box");
  EXPECT_EQ(envelope(1, "").super_fan_count, 5);
}

TEST(Envelopes, the_sender_has_the_username_that_only_the_text_tells) {
  const auto sent = [](std::int64_t id) {
    return decode_fields("WebcastEnvelopeMessage",
                         {common(display_text("k", "{0:user} sent a box", {user_piece(ann)})),
                          {2, message({{1, "e1"}, {4, "Ann"}, {8, std::to_string(id)}})},
                          {3, 1}});
  };
  EXPECT_EQ(sent(7).user->username, "ann.1");
  EXPECT_EQ(sent(8).user->username, "") << "somebody else";
  EXPECT_EQ(sent(8).user->id, events::UserId(8));
}

TEST(Comments, who_is_answered_and_who_is_mentioned) {
  const auto event = decode_fields("WebcastChatMessage", {common(),
                                                          {2, ann},
                                                          {3, "@bob @cid hi"},
                                                          {12, user(8, "Bob", "bob")},
                                                          {28, user(8, "Bob", "bob")},
                                                          {28, user(9, "Cid", "cid")},
                                                          {28, ""}});
  const auto& comment = std::get<events::Comment>(event.body);
  EXPECT_EQ(comment.reply_to->username, "bob");
  ASSERT_EQ(comment.mentions.size(), 2u);
  EXPECT_EQ(comment.mentions[1].username, "cid");
  EXPECT_NE(events::encode_common(event).find(R"("mentions":[{"id":"8","username":"bob")"),
            std::string::npos);
}

TEST(Comments, at_most_50_people_are_mentioned) {
  std::vector<Field> fields{common(), {2, ann}};
  for (int i = 1; i <= 51; ++i) fields.emplace_back(28, user(i, "x", "y"));
  EXPECT_EQ(std::get<events::Comment>(decode_fields("WebcastChatMessage", fields).body).mentions.size(), 50u);
}

TEST(Comments, one_of_pictures_only_reaches_the_readers_of_comments) {
  const auto event =
      decode_fields("WebcastEmoteChatMessage",
                    {common(), {2, ann}, {3, message({{1, "e9"}, {2, image("https://x/e.png")}})}});
  const events::EventPtr written = encoded(event);
  ASSERT_TRUE(written->comment_frame);
  EXPECT_NE(
      written->comment_frame->find(
          R"("comment":"","text":"","username":"ann.1","user":{"username":"ann.1","nickname":"Ann","userId":"7"},"emotes":[{"position":0,"id":"e9","image_url":"https://x/e.png"}],"timestamp")"),
      std::string::npos)
      << *written->comment_frame;
  EXPECT_FALSE(encoded(decode_fields("WebcastLikeMessage", {common(), {5, ann}}))->comment_frame);
  const auto plain = encoded(decode_fields("WebcastChatMessage", {common(), {2, ann}, {3, "hi"}}));
  EXPECT_EQ(plain->comment_frame->find("emotes"), std::string::npos);
}

TEST(Roles, a_message_with_an_identity_knows_all_five_and_one_without_knows_none) {
  const auto roles = [](const std::vector<Field>& fields) {
    const std::string json = events::encode_common(decode_fields("WebcastChatMessage", fields));
    const auto from = json.find("\"badges\"");
    return json.substr(from, json.find('}', from) - from);
  };
  EXPECT_EQ(
      roles({common(), {2, ann}, {18, message({{6, true}})}}),
      R"("badges":[],"is_host":true,"is_moderator":false,"is_subscriber":false,"is_follower":false,"is_friend":false)");
  EXPECT_EQ(
      roles({common(), {2, ann}, {18, message({{2, true}, {3, true}, {5, true}})}}),
      R"("badges":[],"is_host":false,"is_moderator":true,"is_subscriber":true,"is_follower":true,"is_friend":true)");
  EXPECT_EQ(
      roles({common(), {18, message({{5, true}})}, {2, ann}}),
      R"("badges":[],"is_host":false,"is_moderator":true,"is_subscriber":false,"is_follower":false,"is_friend":false)")
      << "the identity may come first";
  EXPECT_EQ(roles({common(), {2, ann}}), R"("badges":[])");
}

TEST(Roles, the_follow_status_and_the_attributes_affirm_and_never_deny) {
  const auto person = [](const std::vector<Field>& more) {
    std::vector<Field> fields{{1, 7}};
    fields.insert(fields.end(), more.begin(), more.end());
    return *decode_fields("WebcastLikeMessage", {common(), {5, message(fields)}}).user;
  };
  const auto status = [&](int number) { return person({{22, message({{1, 5}, {3, number}})}}); };
  EXPECT_FALSE(status(0).is_follower.has_value());
  EXPECT_EQ(status(1).is_follower, true);
  EXPECT_EQ(status(1).is_friend, false);
  EXPECT_EQ(status(2).is_follower, true);
  EXPECT_EQ(status(2).is_friend, true);
  EXPECT_EQ(status(3).is_follower, true);
  EXPECT_FALSE(status(3).is_friend.has_value());
  EXPECT_FALSE(person({{32, message({{1, true}})}}).is_moderator.has_value());
  EXPECT_EQ(person({{32, message({{2, true}})}}).is_moderator, true);
  EXPECT_EQ(person({{64, message({{3, 12}})}}).is_host, true);
  EXPECT_EQ(person({{64, message({{3, 7}})}}).is_subscriber, true);
  EXPECT_EQ(person({{1090, true}}).is_subscriber, true);
  EXPECT_FALSE(person({{1090, false}}).is_subscriber.has_value());
}

TEST(Likes, without_a_person_nobody_is_credited) {
  const auto event = decode_fields("WebcastLikeMessage", {common(), {2, 15}, {3, 1040}});
  EXPECT_FALSE(event.user.has_value());
  EXPECT_EQ(encoded(event)->user_id, events::UserId());
  EXPECT_EQ(encoded(event)->amount, 15);
}

}  // namespace papi::live
