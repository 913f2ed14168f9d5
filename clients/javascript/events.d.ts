// This file is generated from api/events: node clients/generate.mjs

/** A person as seen in an event. A role is absent where it is not known. The names are empty where TikTok did not say them, and after the person was erased. */
export interface EventUser {
  /** TikTok's user id, a 64-bit number as text. 0: TikTok did not say it */
  id: string;
  /** The name after the @ */
  username: string;
  /** The name that TikTok shows */
  nickname: string;
  /** TikTok's address of the picture. It expires */
  avatar_url: string;
  /** The lasting address of the person's best picture at this service: relative, without prefix or credentials */
  picture?: string;
  /** The badges beside the name */
  badges: Badge[];
  /** The person is the host of the room */
  is_host?: boolean;
  /** The person moderates the room */
  is_moderator?: boolean;
  /** The person subscribes to the host */
  is_subscriber?: boolean;
  /** The person follows the host */
  is_follower?: boolean;
  /** The person and the host follow each other */
  is_friend?: boolean;
}

/** A badge beside the name of a person. */
export interface Badge {
  /** What it is for. Known: `moderator`, `new_gifter`, `friend`, `subscriber`, `top_gifter`, `gifter_level`, `fan_level`, `host`; others are `scene_N` */
  kind: string;
  /** Its level, where it has one */
  level?: string;
}

/** One side of a battle: one host (`user`) or a team (`members`). */
export interface BattleSide {
  /** The host; absent if the side is a team */
  user?: EventUser;
  /** Points of the side; absent while they are not known */
  score?: number;
  /** How the battle ended for the side; absent while it runs */
  result?: 'win' | 'lose' | 'draw';
  /** The hosts of a team */
  members?: ScoredPerson[];
  /** The viewers whose gifts count most for the side */
  contributors?: ScoredPerson[];
}

/** A person with a score. It is absent while it is not known. */
export interface ScoredPerson {
  user: EventUser;
  /** The score */
  score?: number;
}

/** A picture within a comment. */
export interface Emote {
  /** Where it stands in the text, in characters as TikTok counts them */
  position: number;
  /** TikTok's id of the picture */
  id: string;
  /** TikTok's address of the picture */
  image_url: string;
}

/** A person on the stage. */
export interface StageGuest {
  user: EventUser;
  /** The place on the stage */
  position?: number;
  /** Coins of the gifts to this person */
  score?: number;
}

/** A further place in the lists of the same message. */
export interface RankPlace {
  /** The list */
  list: string;
  /** The place */
  rank?: number;
  /** TikTok's sentence */
  text: string;
  /** TikTok's name of the sentence */
  key?: string;
  /** Points */
  score?: number;
}

/** A poll of the host. */
export interface Poll {
  /** TikTok's id of the poll */
  poll_id: string;
  /** What happened */
  action: 'start' | 'votes' | 'end' | '';
  /** What can be chosen */
  options: PollOption[];
}

/** An option of a poll. */
export interface PollOption {
  /** Its text */
  text: string;
  /** Its votes */
  votes: number;
}

/** A viewer in the list of the most generous. */
export interface TopViewer {
  /** 1 is the first */
  rank: number;
  /** Coins given */
  score: number;
  user: EventUser;
}

/** What every event has. */
export interface EventBase {
  /** 1, 2, 3 … in the event log of its session, without holes: the order in which events were stored */
  offset: number;
  /** Names one numbering of the event log; offsets are only comparable within one epoch */
  epoch: string;
  /** The session of this service */
  session_id: string;
  /** TikTok's message id, as text; the same id is never delivered twice in an epoch. Events that the service makes have ids of its own */
  id: string;
  /** When it happened, as TikTok says; the time of receipt if TikTok says nothing */
  timestamp: string;
  /** The same in Unix milliseconds */
  timestamp_ms: number;
  /** TikTok's number of the stream; 0: not known yet */
  room_id: string;
  /** Present on what happened before the service connected: the backlog that a room sends at connect */
  historical?: true;
  /** Present if the message names another room than the one that is followed; `room_id` is that room */
  other_room?: true;
  /** The person who acted; absent if nobody did */
  user?: EventUser;
}

/** A battle between hosts or teams. */
export interface BattleEvent extends EventBase {
  type: 'battle';
  /** TikTok's id of the battle */
  battle_id: string;
  /** What happened: `invite`, `reject`, `cancel`, `open`, `finish`, `cut_short`, `accept`, `quit`, `leave`, `score`, `punish_finish` or `other` */
  action: string;
  /** The sides */
  sides: BattleSide[];
}

/** Somebody wrote in the chat. */
export interface CommentEvent extends EventBase {
  type: 'comment';
  /** The text as it was written */
  comment: string;
  /** The language, as TikTok guesses it; `un`: not known */
  language: string;
  /** Pictures within the text */
  emotes: Emote[];
  /** The person whom the comment answers */
  reply_to?: EventUser;
  /** The people who are named with an @; absent if there are none */
  mentions?: EventUser[];
}

/** The stream is paused, goes on or has ended. */
export interface ControlEvent extends EventBase {
  type: 'control';
  /** What happened */
  action: 'paused' | 'resumed' | 'ended';
  /** Who did it; absent if it is not known */
  by?: 'host' | 'platform';
  /** TikTok's word for the reason */
  reason?: string;
  /** What TikTok tells the viewers */
  text?: string;
}

/** A comment of pictures only. */
export interface EmoteEvent extends EventBase {
  type: 'emote';
  /** The pictures */
  emotes: Emote[];
}

/** An envelope (treasure chest) is shown, or is gone. */
export interface EnvelopeEvent extends EventBase {
  type: 'envelope';
  /** TikTok's id of the envelope */
  envelope_id: string;
  /** What is in it; absent if it is not known */
  kind?: 'coins' | 'super_fan_box' | 'portal' | 'other';
  /** TikTok's number of the kind */
  kind_number?: number;
  /** What happened */
  action: string;
  /** How many coins are in it */
  diamonds: number;
  /** How many people can share them */
  people: number;
  /** When it opens; absent if it is not known */
  opens_at?: string;
  /** How many super fans it is for */
  super_fan_count?: number;
}

/** Somebody follows the host. */
export interface FollowEvent extends EventBase {
  type: 'follow';
  /** Followers of the host in all */
  followers: number;
}

/** Somebody gives a gift. While a person presses the button again and again, each press is an event with the running `count`; exactly one event of such a streak has `streak_end: true`, and only that one adds to totals. */
export interface GiftEvent extends EventBase {
  type: 'gift';
  /** TikTok's id of the gift, as text */
  gift_id: string;
  /** The name of the gift; empty if it is not known */
  name: string;
  /** Gifts of the streak up to now */
  count: number;
  /** `count` times `diamonds_each` */
  diamonds: number;
  /** The price of one gift */
  diamonds_each: number;
  /** TikTok's address of the picture; `/gifts/{id}/image` is the picture itself */
  image_url?: string;
  /** The same for all events of a streak */
  streak_id: string;
  /** The streak is over: this event adds to totals */
  streak_end: boolean;
  /** Present if this service made the end, because TikTok's end message was lost */
  inferred?: true;
  /** The guest who gets it; absent: the host */
  to_user?: EventUser;
}

/** Somebody joins, leaves or is invited to the stage, or gets gifts there. `user` is the guest. */
export interface GuestEvent extends EventBase {
  type: 'guest';
  /** What happened: `invited`, `applied`, `permitted`, `joined`, `left`, `removed`, `muted`, `unmuted`, `moved`, `guest_list`, `waiting_list`, `score` … ; `other`: an action without a name here */
  action: string;
  /** The place on the stage */
  position?: number;
  /** TikTok's number of the action */
  raw_action?: number;
  /** Coins of the gifts to the guest */
  score?: number;
  /** Coins of the gifts to all guests */
  total?: number;
  /** All people on the stage, if the message lists them */
  guests?: StageGuest[];
}

/** Somebody enters the room. A visitor without an account comes as `source` `anonymous` without a `user`. */
export interface JoinEvent extends EventBase {
  type: 'join';
  /** Viewers of the room */
  viewers?: number;
  /** Where the viewer came from, in TikTok's words; `grade`, `fans_level`, `super_fan` or `anonymous` if TikTok announces it */
  source: string;
  /** TikTok's sentence with its pieces filled in */
  text?: string;
  /** TikTok's name of the sentence, for programs that write it in words of their own */
  key?: string;
  /** TikTok's mark of a barrage, a sentence that moves across the picture */
  sub_type?: string;
  /** TikTok's number of the kind of barrage */
  msg_type?: number;
}

/** Somebody taps the screen. */
export interface LikeEvent extends EventBase {
  type: 'like';
  /** Taps in this message */
  count: number;
  /** Taps of the room in all; it never falls */
  total: number;
}

/** Somebody asks a question in the question box. */
export interface QuestionEvent extends EventBase {
  type: 'question';
  /** TikTok's id of the question */
  question_id: string;
  /** The question */
  text: string;
}

/** A place in one of TikTok's lists. `user` is the person in that place; without `user` it is the host. */
export interface RankEvent extends EventBase {
  type: 'rank';
  /** The list: `viewers`, `hourly`, `daily`, `weekly` … ; empty if the message does not say it */
  list: string;
  /** The place; 1 is the first */
  rank?: number;
  /** TikTok's sentence with its pieces filled in */
  text: string;
  /** TikTok's name of the sentence */
  key?: string;
  /** Points */
  score?: number;
  /** Further places in the same message */
  others?: RankPlace[];
}

/** Other things that the room shows. Which members there are depends on the `kind`. */
export interface RoomEvent extends EventBase {
  type: 'room';
  /** What it is: `message`, `pin`, `unpin`, `delete`, `goal`, `caption`, `intro`, `poll`, `barrage`, `subscription`, `subscription_pin`, `battle_card`, `battle_task`, `gift_broadcast`, `notify`, `notice`, `announcement`, `capsule`, `banner`, `shopping`, `warning`, `measure`, `access_recall`, `verify` */
  kind: string;
  /** TikTok's sentence with its pieces filled in */
  text: string;
  /** TikTok's name of the sentence, for programs that write it in words of their own */
  key?: string;
  /** TikTok's mark of a barrage, a sentence that moves across the picture */
  sub_type?: string;
  /** TikTok's number of the kind of barrage */
  msg_type?: number;
  /** Of a card, a task, a subscription, a warning … */
  action?: string;
  /** Of a warning or of withdrawn access */
  reason?: string;
  /** Of a card or task within a battle */
  battle_id?: string;
  /** Of a caption or an intro */
  language?: string;
  /** Pinned or deleted messages */
  message_ids?: string[];
  /** People whose messages are deleted */
  user_ids?: string[];
  /** Of a goal or task */
  progress?: number;
  /** Of a goal */
  target?: number;
  poll?: Poll;
}

/** The session of this service changed its state. TikTok sends no such message. */
export interface SessionEvent extends EventBase {
  type: 'session';
  /** The new state */
  state: 'connecting' | 'waiting' | 'connected' | 'reconnecting' | 'disconnected' | 'ended' | 'failed';
  /** Why; empty only on a plain `connected` */
  reason: string;
  /** On `connected`: for how long nothing reached the session before */
  gap_ms?: number;
  /** When the next try is due */
  next_try_at?: string;
}

/** Somebody shares the room. */
export interface ShareEvent extends EventBase {
  type: 'share';
  /** Where to, as TikTok's number */
  target: string;
}

/** Somebody subscribes, becomes a super fan or gives subscriptions away. */
export interface SubscribeEvent extends EventBase {
  type: 'subscribe';
  /** What it is */
  kind: 'subscription' | 'super_fan';
  /** For how many months, this one included; absent if it is not known */
  months?: number;
  /** Somebody else paid */
  gifted: boolean;
  /** How many subscriptions are given away; else 1 */
  count: number;
  /** The tier or level; absent if there is none */
  tier?: string;
  /** The person who gave the subscription */
  from?: EventUser;
  /** TikTok's sentence with its pieces filled in */
  text?: string;
  /** TikTok's name of the sentence, for programs that write it in words of their own */
  key?: string;
  /** TikTok's mark of a barrage, a sentence that moves across the picture */
  sub_type?: string;
  /** TikTok's number of the kind of barrage */
  msg_type?: number;
}

/** A whole message that has no type of its own, or that could not be read: nothing is lost silently. */
export interface UnknownEvent extends EventBase {
  type: 'unknown';
  /** TikTok's name of the message */
  raw_type: string;
  /** The bytes of the message, in base64 */
  raw_payload: string;
}

/** How many people watch, and who gives most. */
export interface ViewersEvent extends EventBase {
  type: 'viewers';
  /** Viewers now */
  count: number;
  /** Viewers up to now */
  total: number;
  /** The most generous viewers */
  top: TopViewer[];
}

export type Event =
  | BattleEvent
  | CommentEvent
  | ControlEvent
  | EmoteEvent
  | EnvelopeEvent
  | FollowEvent
  | GiftEvent
  | GuestEvent
  | JoinEvent
  | LikeEvent
  | QuestionEvent
  | RankEvent
  | RoomEvent
  | SessionEvent
  | ShareEvent
  | SubscribeEvent
  | UnknownEvent
  | ViewersEvent;

export type EventType = Event['type'];
export type EventOf<T extends EventType> = Extract<Event, { type: T }>;
