#pragma once

// An event of a live room as our callers see it: stable, whatever TikTok's schema does. docs/events.md shows
// each type's JSON.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

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

/// A person as seen in one message. `id` is the stable identity; names change and may be missing. A role is
/// empty if neither this message nor an earlier one of the stream tells it.
struct User {
  std::uint64_t id = 0;
  std::string username;
  std::string nickname;
  std::string avatar_url;
  std::vector<Badge> badges = {};
  std::optional<bool> is_host = {};
  std::optional<bool> is_moderator = {};
  std::optional<bool> is_subscriber = {};
  std::optional<bool> is_follower = {};
  std::optional<bool> is_friend = {};  // follows the host and is followed back
};

/// A sentence that the platform shows, and how it names the occasion.
struct Announcement {
  std::string text;           // rendered
  std::string key;            // names the platform's text
  std::string sub_type;       // of a barrage
  std::int64_t msg_type = 0;  // of a barrage; 0: not one
};

struct Emote {
  std::int64_t position = 0;
  std::string id;
  std::string image_url;
};
struct Comment {
  std::string text;
  std::string language;
  std::vector<Emote> emotes = {};
  std::optional<User> reply_to = {};
  std::vector<User> mentions = {};
};
struct Gift {
  std::int64_t gift_id = 0;
  std::string name;
  std::int64_t count = 0;          // so far in the streak
  std::int64_t diamonds_each = 0;  // price of one
  std::string streak_id;
  bool streak_end = false;  // the only one of its streak that adds to totals
  bool inferred = false;    // such an end that TikTok did not send: time or the stream had run out
  std::optional<User> to_user = {};
  std::string image_url = {};
  std::uint64_t group_id = 0;  // the platform's name of the streak; 0: it gave none
  bool streakable = false;     // can be pressed again within its streak
};
struct Like {
  std::int64_t count = 0;
  std::int64_t total = 0;
};
struct Join {
  std::optional<std::int64_t> viewers = {};
  std::string source =
      {};  // where from; grade, fans_level, super_fan or anonymous if the platform announces it
  std::optional<Announcement> announcement = {};
};
struct Follow {
  std::int64_t followers = 0;
};
struct Share {
  std::string target;
};
/// The person is the event's user: who has subscribed, or who gave `count` subscriptions away.
struct Subscribe {
  std::string kind = "subscription";  // or super_fan
  std::int64_t months = 0;            // 0: unknown
  bool gifted = false;
  std::int64_t count = 1;
  std::string tier;
  std::optional<User> from = {};  // the giver
  std::optional<Announcement> announcement = {};
};
struct TopViewer {
  std::int64_t rank = 0;
  std::int64_t score = 0;
  User user;
};
struct Viewers {
  std::int64_t count = 0;
  std::int64_t total = 0;  // all so far
  std::vector<TopViewer> top;
};
struct Question {
  std::string question_id;
  std::string text;
};
/// A comment that is pictures only.
struct EmoteComment {
  std::vector<Emote> emotes;
};
struct Envelope {
  std::string envelope_id;
  std::string kind;              // coins, super_fan_box, portal, other; empty: unknown
  std::int64_t kind_number = 0;  // the platform's
  std::string action;            // shown, gone
  std::int64_t diamonds = 0;
  std::int64_t people = 0;  // who can share them
  UnixMs opens_at = 0;      // 0: unknown
  std::int64_t super_fan_count = 0;
};
/// Somebody with a score in a battle.
struct Scored {
  User user;
  std::optional<std::int64_t> score = {};
};
/// One host, or a team of hosts. What is not known is empty, never 0.
struct BattleSide {
  std::optional<User> user = {};  // of a side that is no team
  std::optional<std::int64_t> score = {};
  std::string result;                     // win, lose, draw; empty while it runs
  std::vector<Scored> members = {};       // of a team
  std::vector<Scored> contributors = {};  // viewers whose gifts count for this side
};
struct Battle {
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
/// What the room shows besides: docs/events.md lists the kinds.
struct RoomNotice {
  std::string kind;
  std::string text;
  std::string key;       // names the platform's text
  std::string action;    // of a pin card, a battle card, a task, a subscription, …
  std::string reason;    // of a warning or a recall of access
  std::string sub_type;  // of a barrage
  std::int64_t msg_type = 0;
  std::string battle_id;
  std::string language;                          // of a caption or intro
  std::vector<std::string> message_ids = {};     // pinned or deleted
  std::vector<std::string> user_ids = {};        // whose messages are deleted
  std::optional<std::int64_t> progress, target;  // of a goal
  std::optional<Poll> poll = {};
};
struct Control {
  std::string action;   // paused, resumed, ended
  std::string by = {};  // host, platform; empty: unknown
  std::string reason = {};
  std::string text = {};
};
/// Somebody on the stage.
struct StageGuest {
  User user;
  std::int64_t position = -1;              // -1: unknown
  std::optional<std::int64_t> score = {};  // coins of the gifts that they were given
};
/// A guest joins, leaves or is invited to the stage. The person is the event's user.
struct Guest {
  std::string action;                      // invited, joined, left, score, …
  std::int64_t position = -1;              // on the stage; -1: unknown
  std::int64_t raw_action = 0;             // the platform's number; 0: the message has none
  std::optional<std::int64_t> score = {};  // coins of the gifts that the guest was given
  std::optional<std::int64_t> total = {};  // of all guests
  std::vector<StageGuest> guests = {};     // everybody on the stage, if the message says so
};
/// A place in one of the platform's lists. The person is the event's user.
struct Rank {
  std::string list;  // viewers, hourly, …
  std::optional<std::int64_t> rank = {};
  std::string text;
  std::string key;  // of the platform's text
  std::optional<std::int64_t> score = {};
  std::vector<Rank> others = {};  // the further places that the message tells
};
/// Our own session changed its state. The platform sends nothing like it.
struct SessionChange {
  std::string state;   // a RoomState's name
  std::string reason;  // never empty, except for `connected`
  std::optional<std::int64_t> gap_ms;
  std::optional<UnixMs> next_try_at;
};
/// A kind that has no type of its own: kept whole.
struct Unknown {
  std::string method;
  std::string payload;
};

using EventBody =
    std::variant<Comment, Gift, Like, Join, Follow, Share, Subscribe, Viewers, Question, EmoteComment,
                 Envelope, Battle, RoomNotice, Control, Guest, Rank, SessionChange, Unknown>;

struct Event {
  std::uint64_t id = 0;  // the platform's message id
  UnixMs time = 0;
  std::uint64_t room_id = 0;
  bool historical = false;  // from the backlog sent at connect
  bool other_room = false;  // the message names another room than the one that is followed
  std::optional<User> user;
  EventBody body;

  EventType type() const { return static_cast<EventType>(body.index()); }
};

}  // namespace papi::events
