"""The types of events.

This file is generated from api/events: node clients/generate.mjs
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict, Union


class EventUser(TypedDict):
    """A person as seen in an event. A role is absent where it is not known. The names are empty where TikTok did not say them, and after the person was erased."""

    # TikTok's user id, a 64-bit number as text. 0: TikTok did not say it
    id: str
    # The name after the @
    username: str
    # The name that TikTok shows
    nickname: str
    # TikTok's address of the picture. It expires
    avatar_url: str
    # The lasting address of the person's best picture at this service: relative, without prefix or credentials
    picture: NotRequired[str]
    # The badges beside the name
    badges: list["Badge"]
    # The person is the host of the room
    is_host: NotRequired[bool]
    # The person moderates the room
    is_moderator: NotRequired[bool]
    # The person subscribes to the host
    is_subscriber: NotRequired[bool]
    # The person follows the host
    is_follower: NotRequired[bool]
    # The person and the host follow each other
    is_friend: NotRequired[bool]


class Badge(TypedDict):
    """A badge beside the name of a person."""

    # What it is for. Known: `moderator`, `new_gifter`, `friend`, `subscriber`, `top_gifter`, `gifter_level`, `fan_level`, `host`; others are `scene_N`
    kind: str
    # Its level, where it has one
    level: NotRequired[str]


class BattleSide(TypedDict):
    """One side of a battle: one host (`user`) or a team (`members`)."""

    # The host; absent if the side is a team
    user: NotRequired["EventUser"]
    # Points of the side; absent while they are not known
    score: NotRequired[int]
    # How the battle ended for the side; absent while it runs
    result: NotRequired[Literal["win", "lose", "draw"]]
    # The hosts of a team
    members: NotRequired[list["ScoredPerson"]]
    # The viewers whose gifts count most for the side
    contributors: NotRequired[list["ScoredPerson"]]


class ScoredPerson(TypedDict):
    """A person with a score. It is absent while it is not known."""

    user: "EventUser"
    # The score
    score: NotRequired[int]


class Emote(TypedDict):
    """A picture within a comment."""

    # Where it stands in the text, in characters as TikTok counts them
    position: int
    # TikTok's id of the picture
    id: str
    # TikTok's address of the picture
    image_url: str


class StageGuest(TypedDict):
    """A person on the stage."""

    user: "EventUser"
    # The place on the stage
    position: NotRequired[int]
    # Coins of the gifts to this person
    score: NotRequired[int]


class RankPlace(TypedDict):
    """A further place in the lists of the same message."""

    # The list
    list: str
    # The place
    rank: NotRequired[int]
    # TikTok's sentence
    text: str
    # TikTok's name of the sentence
    key: NotRequired[str]
    # Points
    score: NotRequired[int]


class Poll(TypedDict):
    """A poll of the host."""

    # TikTok's id of the poll
    poll_id: str
    # What happened
    action: Literal["start", "votes", "end", ""]
    # What can be chosen
    options: list["PollOption"]


class PollOption(TypedDict):
    """An option of a poll."""

    # Its text
    text: str
    # Its votes
    votes: int


class TopViewer(TypedDict):
    """A viewer in the list of the most generous."""

    # 1 is the first
    rank: int
    # Coins given
    score: int
    user: "EventUser"


class EventBase(TypedDict):
    """What every event has."""

    # 1, 2, 3 … in the event log of its session, without holes: the order in which events were stored
    offset: int
    # Names one numbering of the event log; offsets are only comparable within one epoch
    epoch: str
    # The session of this service
    session_id: str
    # TikTok's message id, as text; the same id is never delivered twice in an epoch. Events that the service makes have ids of its own
    id: str
    # When it happened, as TikTok says; the time of receipt if TikTok says nothing
    timestamp: str
    # The same in Unix milliseconds
    timestamp_ms: int
    # TikTok's number of the stream; 0: not known yet
    room_id: str
    # Present on what happened before the service connected: the backlog that a room sends at connect
    historical: NotRequired[Literal[True]]
    # Present if the message names another room than the one that is followed; `room_id` is that room
    other_room: NotRequired[Literal[True]]
    # The person who acted; absent if nobody did
    user: NotRequired["EventUser"]


class BattleEvent(EventBase):
    """A battle between hosts or teams."""

    type: Literal["battle"]
    # TikTok's id of the battle
    battle_id: str
    # What happened: `invite`, `reject`, `cancel`, `open`, `finish`, `cut_short`, `accept`, `quit`, `leave`, `score`, `punish_finish` or `other`
    action: str
    # The sides
    sides: list["BattleSide"]


class CommentEvent(EventBase):
    """Somebody wrote in the chat."""

    type: Literal["comment"]
    # The text as it was written
    comment: str
    # The language, as TikTok guesses it; `un`: not known
    language: str
    # Pictures within the text
    emotes: list["Emote"]
    # The person whom the comment answers
    reply_to: NotRequired["EventUser"]
    # The people who are named with an @; absent if there are none
    mentions: NotRequired[list["EventUser"]]


class ControlEvent(EventBase):
    """The stream is paused, goes on or has ended."""

    type: Literal["control"]
    # What happened
    action: Literal["paused", "resumed", "ended"]
    # Who did it; absent if it is not known
    by: NotRequired[Literal["host", "platform"]]
    # TikTok's word for the reason
    reason: NotRequired[str]
    # What TikTok tells the viewers
    text: NotRequired[str]


class EmoteEvent(EventBase):
    """A comment of pictures only."""

    type: Literal["emote"]
    # The pictures
    emotes: list["Emote"]


class EnvelopeEvent(EventBase):
    """An envelope (treasure chest) is shown, or is gone."""

    type: Literal["envelope"]
    # TikTok's id of the envelope
    envelope_id: str
    # What is in it; absent if it is not known
    kind: NotRequired[Literal["coins", "super_fan_box", "portal", "other"]]
    # TikTok's number of the kind
    kind_number: NotRequired[int]
    # What happened
    action: str
    # How many coins are in it
    diamonds: int
    # How many people can share them
    people: int
    # When it opens; absent if it is not known
    opens_at: NotRequired[str]
    # How many super fans it is for
    super_fan_count: NotRequired[int]


class FollowEvent(EventBase):
    """Somebody follows the host."""

    type: Literal["follow"]
    # Followers of the host in all
    followers: int


class GiftEvent(EventBase):
    """Somebody gives a gift. While a person presses the button again and again, each press is an event with the running `count`; exactly one event of such a streak has `streak_end: true`, and only that one adds to totals."""

    type: Literal["gift"]
    # TikTok's id of the gift, as text
    gift_id: str
    # The name of the gift; empty if it is not known
    name: str
    # Gifts of the streak up to now
    count: int
    # `count` times `diamonds_each`
    diamonds: int
    # The price of one gift
    diamonds_each: int
    # TikTok's address of the picture; `/gifts/{id}/image` is the picture itself
    image_url: NotRequired[str]
    # The same for all events of a streak
    streak_id: str
    # The streak is over: this event adds to totals
    streak_end: bool
    # Present if this service made the end, because TikTok's end message was lost
    inferred: NotRequired[Literal[True]]
    # The guest who gets it; absent: the host
    to_user: NotRequired["EventUser"]


class GuestEvent(EventBase):
    """Somebody joins, leaves or is invited to the stage, or gets gifts there. `user` is the guest."""

    type: Literal["guest"]
    # What happened: `invited`, `applied`, `permitted`, `joined`, `left`, `removed`, `muted`, `unmuted`, `moved`, `guest_list`, `waiting_list`, `score` … ; `other`: an action without a name here
    action: str
    # The place on the stage
    position: NotRequired[int]
    # TikTok's number of the action
    raw_action: NotRequired[int]
    # Coins of the gifts to the guest
    score: NotRequired[int]
    # Coins of the gifts to all guests
    total: NotRequired[int]
    # All people on the stage, if the message lists them
    guests: NotRequired[list["StageGuest"]]


class JoinEvent(EventBase):
    """Somebody enters the room. A visitor without an account comes as `source` `anonymous` without a `user`."""

    type: Literal["join"]
    # Viewers of the room
    viewers: NotRequired[int]
    # Where the viewer came from, in TikTok's words; `grade`, `fans_level`, `super_fan` or `anonymous` if TikTok announces it
    source: str
    # TikTok's sentence with its pieces filled in
    text: NotRequired[str]
    # TikTok's name of the sentence, for programs that write it in words of their own
    key: NotRequired[str]
    # TikTok's mark of a barrage, a sentence that moves across the picture
    sub_type: NotRequired[str]
    # TikTok's number of the kind of barrage
    msg_type: NotRequired[int]


class LikeEvent(EventBase):
    """Somebody taps the screen."""

    type: Literal["like"]
    # Taps in this message
    count: int
    # Taps of the room in all; it never falls
    total: int


class QuestionEvent(EventBase):
    """Somebody asks a question in the question box."""

    type: Literal["question"]
    # TikTok's id of the question
    question_id: str
    # The question
    text: str


class RankEvent(EventBase):
    """A place in one of TikTok's lists. `user` is the person in that place; without `user` it is the host."""

    type: Literal["rank"]
    # The list: `viewers`, `hourly`, `daily`, `weekly` … ; empty if the message does not say it
    list: str
    # The place; 1 is the first
    rank: NotRequired[int]
    # TikTok's sentence with its pieces filled in
    text: str
    # TikTok's name of the sentence
    key: NotRequired[str]
    # Points
    score: NotRequired[int]
    # Further places in the same message
    others: NotRequired[list["RankPlace"]]


class RoomEvent(EventBase):
    """Other things that the room shows. Which members there are depends on the `kind`."""

    type: Literal["room"]
    # What it is: `message`, `pin`, `unpin`, `delete`, `goal`, `caption`, `intro`, `poll`, `barrage`, `subscription`, `subscription_pin`, `battle_card`, `battle_task`, `gift_broadcast`, `notify`, `notice`, `announcement`, `capsule`, `banner`, `shopping`, `warning`, `measure`, `access_recall`, `verify`
    kind: str
    # TikTok's sentence with its pieces filled in
    text: str
    # TikTok's name of the sentence, for programs that write it in words of their own
    key: NotRequired[str]
    # TikTok's mark of a barrage, a sentence that moves across the picture
    sub_type: NotRequired[str]
    # TikTok's number of the kind of barrage
    msg_type: NotRequired[int]
    # Of a card, a task, a subscription, a warning …
    action: NotRequired[str]
    # Of a warning or of withdrawn access
    reason: NotRequired[str]
    # Of a card or task within a battle
    battle_id: NotRequired[str]
    # Of a caption or an intro
    language: NotRequired[str]
    # Pinned or deleted messages
    message_ids: NotRequired[list[str]]
    # People whose messages are deleted
    user_ids: NotRequired[list[str]]
    # Of a goal or task
    progress: NotRequired[int]
    # Of a goal
    target: NotRequired[int]
    poll: NotRequired["Poll"]


class SessionEvent(EventBase):
    """The session of this service changed its state. TikTok sends no such message."""

    type: Literal["session"]
    # The new state
    state: Literal["connecting", "waiting", "connected", "reconnecting", "disconnected", "ended", "failed"]
    # Why; empty only on a plain `connected`
    reason: str
    # On `connected`: for how long nothing reached the session before
    gap_ms: NotRequired[int]
    # When the next try is due
    next_try_at: NotRequired[str]


class ShareEvent(EventBase):
    """Somebody shares the room."""

    type: Literal["share"]
    # Where to, as TikTok's number
    target: str


SubscribeEventNames = TypedDict("SubscribeEventNames", {"from": NotRequired["EventUser"]})


class SubscribeEvent(SubscribeEventNames, EventBase):
    """Somebody subscribes, becomes a super fan or gives subscriptions away."""

    type: Literal["subscribe"]
    # What it is
    kind: Literal["subscription", "super_fan"]
    # For how many months, this one included; absent if it is not known
    months: NotRequired[int]
    # Somebody else paid
    gifted: bool
    # How many subscriptions are given away; else 1
    count: int
    # The tier or level; absent if there is none
    tier: NotRequired[str]
    # TikTok's sentence with its pieces filled in
    text: NotRequired[str]
    # TikTok's name of the sentence, for programs that write it in words of their own
    key: NotRequired[str]
    # TikTok's mark of a barrage, a sentence that moves across the picture
    sub_type: NotRequired[str]
    # TikTok's number of the kind of barrage
    msg_type: NotRequired[int]


class UnknownEvent(EventBase):
    """A whole message that has no type of its own, or that could not be read: nothing is lost silently."""

    type: Literal["unknown"]
    # TikTok's name of the message
    raw_type: str
    # The bytes of the message, in base64
    raw_payload: str


class ViewersEvent(EventBase):
    """How many people watch, and who gives most."""

    type: Literal["viewers"]
    # Viewers now
    count: int
    # Viewers up to now
    total: int
    # The most generous viewers
    top: list["TopViewer"]


Event = Union[
    BattleEvent,
    CommentEvent,
    ControlEvent,
    EmoteEvent,
    EnvelopeEvent,
    FollowEvent,
    GiftEvent,
    GuestEvent,
    JoinEvent,
    LikeEvent,
    QuestionEvent,
    RankEvent,
    RoomEvent,
    SessionEvent,
    ShareEvent,
    SubscribeEvent,
    UnknownEvent,
    ViewersEvent,
]

EventType = Literal[
    "battle",
    "comment",
    "control",
    "emote",
    "envelope",
    "follow",
    "gift",
    "guest",
    "join",
    "like",
    "question",
    "rank",
    "room",
    "session",
    "share",
    "subscribe",
    "unknown",
    "viewers",
]
