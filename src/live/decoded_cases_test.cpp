// Complete recordings of problems that users of other clients reported. They pass through everything that a
// room does with messages. They are not part of the project: PAPI_CASES names their folder (CONTRIBUTING.md).
// Without it the tests are skipped.

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "live/ingest_pipeline.hpp"
#include "platform/base/error.hpp"
#include "platform/base/text.hpp"

namespace papi::live {
namespace {

constexpr std::uint64_t recorded_room = 7'300'000'000'000'000'001;

struct Recorded {
  std::string method, payload;
};

std::vector<Recorded> read_case(const std::string& name) {
  std::vector<Recorded> messages;
  const char* folder = std::getenv("PAPI_CASES");
  if (!folder) return messages;
  std::ifstream lines(std::filesystem::path(folder) / (name + ".ndjson"));
  EXPECT_TRUE(lines) << "PAPI_CASES has no " << name << ".ndjson";
  for (std::string line; std::getline(lines, line);) {
    const json::object object = json::parse(line).as_object();
    messages.push_back({std::string(object.at("method").as_string()),
                        base64_decode(std::string(object.at("payload_b64").as_string())).value()});
  }
  return messages;
}

/// The events of a case as JSON objects, in order, in the form that a reader gets.
class DecodedCases : public testing::Test {
 protected:
  void take(const std::string& name, std::uint64_t followed = recorded_room) {
    const std::vector<Recorded> recorded = read_case(name);
    if (recorded.empty()) GTEST_SKIP() << "no recording " << name;
    FetchResult result;
    for (const Recorded& one : recorded) {
      RawMessage message;
      message.method = one.method;
      message.payload = one.payload;
      result.messages.push_back(message);
    }
    IngestPipeline ingest(1'000, keys_);
    const RoomBatch batch = ingest.take(result, false, events::RoomId(followed), {});
    ended_ = batch.stream_ended;
    GiftStreaks streaks;
    GiftVariants variants(gifts_, keys_);
    for (const auto& prepared : events_for(streaks, batch, variants)) {
      events_.push_back(prepared->event);
      json_.push_back(json::parse("{" + prepared->common + "}").as_object());
    }
    ASSERT_FALSE(events_.empty());
  }
  std::string at(std::size_t index, std::initializer_list<const char*> path) const {
    const json::value* value = json_.at(index).if_contains(*path.begin());
    for (auto step = path.begin() + 1; value && step != path.end(); ++step) {
      value = value->is_array() ? &value->as_array().at(static_cast<std::size_t>(*parse_uint(*step)))
                                : value->as_object().if_contains(*step);
    }
    return value ? json::serialize(*value) : "-";
  }
  template <class Body>
  std::vector<const events::Event*> of() const {
    std::vector<const events::Event*> out;
    for (const events::Event& event : events_) {
      if (std::holds_alternative<Body>(event.body)) out.push_back(&event);
    }
    return out;
  }

  const events::PictureKeys keys_{Secret("0123456789abcdef0123456789abcdef")};
  GiftNames gifts_;
  std::vector<events::Event> events_;
  std::vector<json::object> json_;
  bool ended_ = false;
};

}  // namespace

TEST_F(DecodedCases, superfan) {
  take("superfan");
  if (events_.empty()) return;
  ASSERT_EQ(events_.size(), 4u);
  const char* types[] = {R"("subscribe")", R"("join")", R"("subscribe")", R"("join")"};
  const char* texts[] = {R"("Viewer 1 just became a Super Fan")", R"("Super Fan Viewer 2 joined")",
                         R"("Viewer 3 just became a Super Fan")", R"("Super Fan  joined")"};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(at(i, {"type"}), types[i]);
    EXPECT_EQ(at(i, {"text"}), texts[i]);
    EXPECT_EQ(at(i, {"user", "id"}), "\"680000000000000000" + std::to_string(i + 1) + '"');
    EXPECT_EQ(at(i, {"user", "username"}), "\"viewer" + std::to_string(i + 1) + '"');
    EXPECT_EQ(at(i, {i % 2 == 0 ? "kind" : "source"}), R"("super_fan")");
  }
  EXPECT_EQ(at(0, {"sub_type"}), R"("BecomingSuperFanLv10")");
  EXPECT_EQ(at(1, {"key"}), R"("ttlive_superFan_commentNotif_superFanJoined")");
  EXPECT_EQ(at(3, {"msg_type"}), "11");
}

TEST_F(DecodedCases, envelope_kinds) {
  take("envelope-kinds");
  if (events_.empty()) return;
  ASSERT_EQ(of<events::Envelope>().size(), 4u) << "the one that is shown again is not told again";
  EXPECT_EQ(at(0, {"kind"}), R"("coins")");
  EXPECT_EQ(at(1, {"kind"}), R"("super_fan_box")");
  EXPECT_EQ(at(1, {"kind_number"}), "19");
  EXPECT_EQ(at(1, {"super_fan_count"}), "5");
  EXPECT_EQ(at(2, {"kind"}), R"("portal")");
  EXPECT_EQ(at(3, {"action"}), R"("gone")");
  EXPECT_EQ(at(3, {"envelope_id"}), R"("7300000000000090001")");
}

TEST_F(DecodedCases, gift_to_guest) {
  take("gift-to-guest");
  if (events_.empty()) return;
  std::map<std::string, std::int64_t> ends;
  std::int64_t total = 0;
  for (const events::Event* event : of<events::Gift>()) {
    const auto& gift = std::get<events::Gift>(event->body);
    if (!gift.streak_end) continue;
    const std::string receiver = gift.to_user ? gift.to_user->nickname : "host";
    ends[std::to_string(event->user->id.value() % 10) + " to " + receiver] += gift.count;
    if (event->user->id.value() % 10 == 2) total += gift.count;
  }
  const std::map<std::string, std::int64_t> expected{
      {"1 to Guest 1", 5}, {"1 to Guest 2", 3}, {"1 to host", 2}, {"2 to Guest 1", 4}, {"2 to Guest 2", 6}};
  EXPECT_EQ(ends, expected);
  EXPECT_EQ(total, 10);
}

TEST_F(DecodedCases, guest_on_stage) {
  take("guest-on-stage");
  if (events_.empty()) return;
  ASSERT_EQ(of<events::Guest>().size(), 4u);
  EXPECT_EQ(at(0, {"action"}), R"("closed")");
  EXPECT_EQ(at(1, {"action"}), R"("left")");
  EXPECT_EQ(at(2, {"user", "id"}), R"("6900000000000000001")");
  EXPECT_EQ(at(2, {"score"}), "12");
  EXPECT_EQ(at(2, {"total"}), "30");
  EXPECT_EQ(at(3, {"user"}), "-");
}

TEST_F(DecodedCases, battle_names) {
  take("battle-names");
  if (events_.empty()) return;
  ASSERT_EQ(of<events::Battle>().size(), 4u);
  EXPECT_EQ(at(0, {"sides", "0", "user", "nickname"}), R"("")") << "nobody has said it yet";
  EXPECT_EQ(at(0, {"sides", "1", "score"}), "30");
  EXPECT_EQ(at(1, {"sides", "0", "score"}), "-");
  EXPECT_EQ(at(2, {"sides", "0", "user", "nickname"}), R"("Host One")");
  EXPECT_EQ(at(2, {"sides", "1", "user", "username"}), R"("host.two")");
  EXPECT_EQ(at(2, {"sides", "0", "score"}), "120");
  EXPECT_EQ(at(2, {"sides", "0", "contributors", "0", "user", "nickname"}), R"("Viewer 1")");
  EXPECT_EQ(at(2, {"sides", "0", "contributors", "0", "score"}), "120");
  EXPECT_EQ(at(3, {"sides", "0", "result"}), R"("lose")");
  EXPECT_EQ(at(3, {"sides", "1", "result"}), R"("win")");
  EXPECT_EQ(at(3, {"sides", "1", "score"}), "130");
}

TEST_F(DecodedCases, battle_teams) {
  take("battle-teams");
  if (events_.empty()) return;
  ASSERT_EQ(events_.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(at(i, {"sides", "0", "members", "1", "user", "nickname"}), R"("Host Two")");
    EXPECT_EQ(at(i, {"sides", "1", "members", "0", "user", "username"}), R"("host.three")");
    EXPECT_EQ(at(i, {"sides", "0", "user"}), "-");
  }
  EXPECT_EQ(at(0, {"sides", "0", "score"}), "-");
  EXPECT_EQ(at(0, {"sides", "0", "members", "0", "score"}), "-");
  for (const std::size_t i : {1, 2}) {
    EXPECT_EQ(at(i, {"sides", "0", "score"}), "150");
    EXPECT_EQ(at(i, {"sides", "1", "score"}), "160");
    EXPECT_EQ(at(i, {"sides", "0", "members", "0", "score"}), "100");
    EXPECT_EQ(at(i, {"sides", "1", "members", "1", "score"}), "90");
  }
  EXPECT_EQ(at(2, {"sides", "0", "result"}), R"("lose")");
  EXPECT_EQ(at(2, {"sides", "1", "result"}), R"("win")");
}

TEST_F(DecodedCases, likes) {
  take("likes");
  if (events_.empty()) return;
  const std::int64_t totals[] = {1'000, 1'010, 1'010, 1'040, 2'000, 2'001};
  const auto likes = of<events::Like>();
  ASSERT_EQ(likes.size(), std::size(totals));
  for (std::size_t i = 0; i < std::size(totals); ++i)
    EXPECT_EQ(std::get<events::Like>(likes[i]->body).total, totals[i]);
  EXPECT_FALSE(likes[3]->user.has_value());
}

TEST_F(DecodedCases, roles) {
  take("roles");
  if (events_.empty()) return;
  ASSERT_EQ(events_.size(), 8u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(at(i, {"user", "is_moderator"}), "true") << i;
    EXPECT_EQ(at(i, {"user", "is_subscriber"}), "true") << i;
    EXPECT_EQ(at(i, {"user", "is_host"}), "false") << i;
  }
  EXPECT_EQ(at(4, {"user", "is_host"}), "true");
  for (const char* role : {"is_host", "is_moderator", "is_subscriber", "is_follower", "is_friend"})
    EXPECT_EQ(at(5, {"user", role}), "-");
  EXPECT_EQ(at(6, {"user", "is_subscriber"}), "true");
  EXPECT_EQ(at(6, {"user", "is_moderator"}), "false");
  EXPECT_EQ(at(7, {"user", "is_friend"}), "true");
  EXPECT_EQ(at(7, {"user", "is_follower"}), "true");
}

TEST_F(DecodedCases, subscriptions) {
  take("subscriptions");
  if (events_.empty()) return;
  ASSERT_EQ(events_.size(), 5u);
  EXPECT_EQ(of<events::Subscribe>().size(), 4u);
  EXPECT_EQ(at(0, {"months"}), "7");
  EXPECT_EQ(at(0, {"gifted"}), "false");
  EXPECT_EQ(at(1, {"gifted"}), "true");
  EXPECT_EQ(at(2, {"type"}), R"("room")");
  EXPECT_EQ(at(2, {"action"}), R"("cancelled")");
  EXPECT_EQ(at(3, {"count"}), "5");
  EXPECT_EQ(at(3, {"from", "username"}), R"("viewer4")");
  EXPECT_EQ(at(3, {"text"}), R"("Viewer 4 gifted 5 subscriptions")");
  EXPECT_EQ(at(4, {"kind"}), R"("subscription")");
}

TEST_F(DecodedCases, ranks) {
  take("ranks");
  if (events_.empty()) return;
  ASSERT_EQ(of<events::Rank>().size(), 3u);
  EXPECT_EQ(at(0, {"text"}), R"("Viewer 1 just became the No. 1 viewer!")");
  EXPECT_EQ(at(0, {"user", "username"}), R"("viewer1")");
  EXPECT_EQ(at(0, {"rank"}), "1");
  EXPECT_EQ(at(1, {"list"}), R"("daily")");
  EXPECT_EQ(at(1, {"rank"}), "12");
  EXPECT_EQ(at(2, {"list"}), R"("hourly")");
  EXPECT_EQ(at(3, {"type"}), R"("join")");
  EXPECT_EQ(at(3, {"source"}), R"("anonymous")");
  EXPECT_EQ(at(3, {"user"}), "-");
}

TEST_F(DecodedCases, mentions) {
  take("mentions");
  if (events_.empty()) return;
  EXPECT_EQ(at(0, {"reply_to", "username"}), R"("viewer2")");
  EXPECT_EQ(at(0, {"mentions", "1", "username"}), R"("viewer3")");
  EXPECT_EQ(at(1, {"reply_to"}), "-");
  EXPECT_EQ(at(1, {"mentions", "0", "id"}), R"("6800000000000000003")");
}

TEST_F(DecodedCases, ended_by_platform) {
  take("ended-by-platform");
  if (events_.empty()) return;
  EXPECT_TRUE(ended_);
  EXPECT_EQ(at(3, {"action"}), R"("ended")");
  EXPECT_EQ(at(3, {"by"}), R"("platform")");
  EXPECT_EQ(at(3, {"reason"}), R"("Community guidelines")");
  EXPECT_EQ(at(3, {"text"}), R"("Your LIVE was suspended")");
}

TEST_F(DecodedCases, gift_picture) {
  take("gift-picture");
  if (events_.empty()) return;
  EXPECT_EQ(at(0, {"image_url"}), R"("https://p16-webcast.tiktokcdn.com/img/Rose.png")");
}

TEST_F(DecodedCases, streaks) {
  take("streaks");
  if (events_.empty()) return;
  // The counted gifts in order, by the last two digits of the sender's id.
  std::map<std::uint64_t, std::vector<std::int64_t>> counted;
  std::set<std::string> ids;
  for (const events::Event* event : of<events::Gift>()) {
    const auto& gift = std::get<events::Gift>(event->body);
    if (!gift.streak_end) continue;
    EXPECT_TRUE(ids.insert(gift.streak_id).second) << gift.streak_id << " ended twice";
    counted[event->user->id.value() % 100].push_back(gift.count);
  }
  const std::map<std::uint64_t, std::vector<std::int64_t>> expected{
      {1, {2, 3, 1}},               // one sender, group id 0: three streaks
      {2, {5}},                     // falling counts, and a repeated end
      {3, {7}},                     // only an end
      {4, {2}},                     // two people with the same group id
      {5, {4}},       {6, {3, 3}},  // type 4: amounts
      {7, {1}},                     // an unknown type
      {8, {1}},                     // without details: one gift, and an open streak of two
      {9, {1}},       {10, {10}}};  // a count of two in groups of five
  EXPECT_EQ(counted, expected);
  EXPECT_EQ(at(21, {"gift_id"}), R"("9007199254740993")");
}

TEST_F(DecodedCases, combo_without_type) {
  take("combo-without-type");
  if (events_.empty()) return;
  std::int64_t streaks = 0, count = 0, diamonds = 0;
  for (const events::Event* event : of<events::Gift>()) {
    const auto& gift = std::get<events::Gift>(event->body);
    if (!gift.streak_end) continue;
    ++streaks;
    count += gift.count;
    diamonds += gift.count * gift.diamonds_each;
  }
  EXPECT_EQ(streaks, 3);
  EXPECT_EQ(count, 6);
  EXPECT_EQ(diamonds, 297);
}

TEST_F(DecodedCases, messages_of_another_room_are_marked_and_told) {
  take("mentions", recorded_room + 1);
  if (events_.empty()) return;
  EXPECT_EQ(at(0, {"other_room"}), "true");
  EXPECT_EQ(at(0, {"room_id"}), R"("7300000000000000001")");
}

TEST_F(DecodedCases, messages_of_the_followed_room_are_not_marked) {
  take("mentions");
  if (events_.empty()) return;
  EXPECT_EQ(at(0, {"other_room"}), "-");
}

}  // namespace papi::live
