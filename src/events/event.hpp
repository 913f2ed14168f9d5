#pragma once

// An event of a room as clients of this service see it. It stays stable when TikTok changes its schema.
// docs/events.md shows the JSON of each type.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "events/ids.hpp"
#include "platform/base/clock.hpp"

namespace papi::events {

enum class EventType : std::uint8_t {
  comment,
  gift,
  like,
  join,
  follow,
  share,
  subscribe,
  viewers,
  question,
  emote,
  envelope,
  battle,
  room,
  control,
  guest,
  rank,
  session,
  unknown,
};
inline constexpr std::size_t event_type_count = 18;
std::string_view to_string(EventType type);
std::optional<EventType> parse_event_type(std::string_view name);

struct Badge {
  std::string kind;  // moderator, subscriber, gifter, fan, top_gifter, …
  std::string level;
};

/// A person as seen in one message. `id` is TikTok's user id, which is stable; names change and may be
/// missing. A role is nullopt if neither this message nor an earlier one of the stream contains it.
struct User {
  UserId id;
  std::string username;
  std::string nickname;
  std::string avatar_url;
  std::vector<Badge> badges = {};
  std::optional<bool> is_host = {};
  std::optional<bool> is_moderator = {};
  std::optional<bool> is_subscriber = {};
  std::optional<bool> is_follower = {};
  std::optional<bool> is_friend = {};  // follows the host, and the host follows back
};

/// A sentence that TikTok shows, with TikTok's names for it.
struct Announcement {
  std::string text;           // the sentence as it is shown
  std::string key;            // TikTok's name of the text
  std::string sub_type;       // of a barrage message
  std::int64_t msg_type = 0;  // of a barrage message; 0: not a barrage
};

struct Emote {
  std::int64_t position = 0;
  std::string id;
  std::string image_url;
};
struct Comment {
  static constexpr EventType type = EventType::comment;
  std::string text;
  std::string language;
  std::vector<Emote> emotes = {};
  std::optional<User> reply_to = {};
  std::vector<User> mentions = {};
};
struct Gift {
  static constexpr EventType type = EventType::gift;
  std::int64_t gift_id = 0;
  std::string name;
  std::int64_t count = 0;          // in the streak up to now
  std::int64_t diamonds_each = 0;  // price of one gift
  std::string streak_id;
  bool streak_end = false;  // true for one event per streak; only that event adds to totals
  bool inferred = false;    // this service added the end: after a time limit, or when the stream ended
  std::optional<User> to_user = {};
  std::string image_url = {};
  std::uint64_t group_id = 0;  // TikTok's number of the streak; 0: it gave none
  bool streakable = false;     // more gifts may follow in the same streak
};
struct Like {
  static constexpr EventType type = EventType::like;
  std::int64_t count = 0;
  std::int64_t total = 0;
};
struct Join {
  static constexpr EventType type = EventType::join;
  std::optional<std::int64_t> viewers = {};
  std::string source = {};  // where from; grade, fans_level, super_fan or anonymous if TikTok announces it
  std::optional<Announcement> announcement = {};
};
struct Follow {
  static constexpr EventType type = EventType::follow;
  std::int64_t followers = 0;
};
struct Share {
  static constexpr EventType type = EventType::share;
  std::string target;
};
/// The event's user is the subscriber, or the person who gave `count` subscriptions away.
struct Subscribe {
  static constexpr EventType type = EventType::subscribe;
  std::string kind = "subscription";  // or super_fan
  std::int64_t months = 0;            // 0: unknown
  bool gifted = false;
  std::int64_t count = 1;
  std::string tier;
  std::optional<User> from = {};  // the person who gave the subscription
  std::optional<Announcement> announcement = {};
};
struct TopViewer {
  std::int64_t rank = 0;
  std::int64_t score = 0;
  User user;
};
struct Viewers {
  static constexpr EventType type = EventType::viewers;
  std::int64_t count = 0;
  std::int64_t total = 0;  // all viewers so far
  std::vector<TopViewer> top;
};
struct Question {
  static constexpr EventType type = EventType::question;
  std::string question_id;
  std::string text;
};
/// A comment that consists of pictures only.
struct EmoteComment {
  static constexpr EventType type = EventType::emote;
  std::vector<Emote> emotes;
};
struct Envelope {
  static constexpr EventType type = EventType::envelope;
  std::string envelope_id;
  std::string kind;              // coins, super_fan_box, portal, other; empty: unknown
  std::int64_t kind_number = 0;  // TikTok's number of the kind
  std::string action;            // shown, gone
  std::int64_t diamonds = 0;
  std::int64_t people = 0;  // how many people can share the diamonds
  UnixMs opens_at = 0;      // 0: unknown
  std::int64_t super_fan_count = 0;
};
/// A person with a score in a battle.
struct Scored {
  User user;
  std::optional<std::int64_t> score = {};
};
/// One host, or a team of hosts. An unknown value is empty, never 0.
struct BattleSide {
  std::optional<User> user = {};  // nullopt: the side is a team
  std::optional<std::int64_t> score = {};
  std::string result;                     // win, lose, draw; empty while the battle runs
  std::vector<Scored> members = {};       // of the team
  std::vector<Scored> contributors = {};  // viewers whose gifts count for this side
};
struct Battle {
  static constexpr EventType type = EventType::battle;
  std::string battle_id;
  std::string action;  // invite, reject, cancel, open, finish, cut_short, accept, leave, score
  std::vector<BattleSide> sides;
};
struct PollOption {
  std::string text;
  std::int64_t votes = 0;
};
struct Poll {
  std::string poll_id;
  std::string action;  // start, votes, end
  std::vector<PollOption> options;
};
/// Other things that the room shows. docs/events.md lists the kinds.
struct RoomNotice {
  static constexpr EventType type = EventType::room;
  std::string kind;
  std::string text;
  std::string key;       // TikTok's name of the text
  std::string action;    // of a pin card, a battle card, a task, a subscription, …
  std::string reason;    // of a warning or of withdrawn access
  std::string sub_type;  // of a barrage message
  std::int64_t msg_type = 0;
  std::string battle_id;
  std::string language;                          // of a caption or an intro
  std::vector<std::string> message_ids = {};     // of pinned or deleted messages
  std::vector<std::string> user_ids = {};        // of people whose messages are deleted
  std::optional<std::int64_t> progress, target;  // of a goal
  std::optional<Poll> poll = {};
};
struct Control {
  static constexpr EventType type = EventType::control;
  std::string action;   // paused, resumed, ended
  std::string by = {};  // host, platform; empty: unknown
  std::string reason = {};
  std::string text = {};
};
/// A person on the stage.
struct StageGuest {
  User user;
  std::int64_t position = -1;              // -1: unknown
  std::optional<std::int64_t> score = {};  // coins of the gifts to this person
};
/// A guest joins, leaves or is invited to the stage. The event's user is the guest.
struct Guest {
  static constexpr EventType type = EventType::guest;
  std::string action;                      // invited, joined, left, score, …
  std::int64_t position = -1;              // on the stage; -1: unknown
  std::int64_t raw_action = 0;             // TikTok's number of the action; 0: the message has none
  std::optional<std::int64_t> score = {};  // coins of the gifts to the guest
  std::optional<std::int64_t> total = {};  // coins of all guests
  std::vector<StageGuest> guests = {};     // all people on the stage, if the message lists them
};
/// A place in one of TikTok's lists. The event's user is the person in that place.
struct Rank {
  static constexpr EventType type = EventType::rank;
  std::string list;  // viewers, hourly, …
  std::optional<std::int64_t> rank = {};
  std::string text;
  std::string key;  // TikTok's name of the text
  std::optional<std::int64_t> score = {};
  std::vector<Rank> others = {};  // further places in the same message
};
/// A session of this service changed its state. TikTok sends no such message.
struct SessionChange {
  static constexpr EventType type = EventType::session;
  std::string state;   // the name of a live::RoomState
  std::string reason;  // empty only for `connected`
  std::optional<std::chrono::milliseconds> gap;
  std::optional<UnixMs> next_try_at;
};
/// A message that has no event type of its own. Its payload is stored unchanged.
struct Unknown {
  static constexpr EventType type = EventType::unknown;
  std::string method;
  std::string payload;
};

using EventBody =
    std::variant<Comment, Gift, Like, Join, Follow, Share, Subscribe, Viewers, Question, EmoteComment,
                 Envelope, Battle, RoomNotice, Control, Guest, Rank, SessionChange, Unknown>;
static_assert(std::variant_size_v<EventBody> == event_type_count);

/// Event::type() takes the place of its body in EventBody for the type.
template <std::size_t... place>
constexpr bool bodies_are_in_the_order_of_types(std::index_sequence<place...>) {
  return ((std::variant_alternative_t<place, EventBody>::type == static_cast<EventType>(place)) && ...);
}
static_assert(bodies_are_in_the_order_of_types(std::make_index_sequence<event_type_count>()));

struct Event {
  std::uint64_t id = 0;  // TikTok's message id
  UnixMs time = 0;
  RoomId room_id;
  bool historical = false;  // from the backlog
  bool other_room = false;  // the message names another room than the one that is followed
  std::optional<User> user;
  EventBody body;

  EventType type() const { return static_cast<EventType>(body.index()); }
};

}  // namespace papi::events
