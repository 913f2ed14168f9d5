import type { Event, EventOf, EventType, EventUser } from './events.js';
export type * from './events.js';

/** A place in the event log of a session. Offsets are only comparable within one epoch. */
export interface Position {
  offset: number;
  epoch: string;
}

type Given<T> = T | (() => T | Promise<T>);
export interface Credentials {
  /** An API key. It is sent as a header, and never in an address. */
  key?: Given<string>;
  /** An access token of a login, or a stream token (`st_…`). */
  token?: Given<string>;
  /** A function that gets a new ticket for each connection, so that a page needs no other credential. */
  ticket?: Given<string>;
}
export interface ApiOptions extends Credentials {
  fetch?: typeof globalThis.fetch;
  /** The class of WebSockets; null: read event streams by fetch. Default: the global one. */
  WebSocket?: { new (url: string): WebSocket } | null;
}

export interface Filter<T extends EventType = EventType> {
  types?: readonly T[];
  /** An id or a name of a person. */
  user?: string;
  /** Words in a comment, in any case, script, width and spelling. */
  contains?: string;
}
export interface LiveOptions<T extends EventType = EventType> extends Filter<T> {
  /** Where to begin: with what happens from now on (the default), with the oldest kept event, or behind a position. */
  from?: 'now' | 'earliest' | Position;
  /** Where to go on if the position is of another epoch or no longer kept: live (the default), or with the oldest kept event. */
  afterLoss?: 'live' | 'earliest';
  transport?: 'auto' | 'websocket' | 'stream';
  /** Tries again where the session is not known yet, instead of ending with 4004. */
  waitForSession?: boolean;
  /** Events that may wait for a busy loop before the connection is left until it has caught up. */
  maxQueue?: number;
  /** Milliseconds. */
  connectTimeout?: number;
  /** Milliseconds before the second try, and at most. */
  backOff?: { first?: number; cap?: number; random?: () => number };
}
export interface ConnectionState {
  state: 'idle' | 'connecting' | 'open' | 'waiting' | 'paused' | 'closed';
  /** Failures since the last event. */
  attempt: number;
  retryInMs?: number;
  code?: number;
  reason?: string;
}
export interface Hello {
  type: 'connected';
  session_id: string;
  epoch: string;
  offset: number;
  recovered: boolean;
  keepalive_seconds: number;
}
export type Gap =
  /** The service no longer has what is between the two positions. */
  | { source: 'history'; from: Position; to: Position }
  /** Nothing reached the service from TikTok for this time. */
  | { source: 'upstream'; ms: number; event: EventOf<'session'> };
export interface Notices {
  open: Hello;
  state: ConnectionState;
  gap: Gap;
  /** The event log of the session began anew. */
  epoch: { from: string; to: string };
  closed: { code: number; reason: string; error?: CloseError };
}

export class LiveEvents<T extends EventType = EventType> implements AsyncIterable<EventOf<T>> {
  constructor(api: ProfileEngagementApi, session: string, options?: LiveOptions<T>);
  readonly session: string;
  readonly state: ConnectionState;
  readonly position: Position | undefined;
  on<K extends T>(type: K, listener: (event: EventOf<K>) => void): () => void;
  on(type: 'event', listener: (event: EventOf<T>) => void): () => void;
  on<K extends keyof Notices>(type: K, listener: (notice: Notices[K]) => void): () => void;
  off(type: string, listener: (value: never) => void): void;
  [Symbol.asyncIterator](): AsyncIterableIterator<EventOf<T>>;
  start(): this;
  retryNow(): void;
  close(): void;
}

export type SessionState = 'connecting' | 'waiting' | 'connected' | 'reconnecting' | 'disconnected' | 'ended' | 'failed';
export type Person = Pick<EventUser, 'id' | 'username' | 'nickname' | 'avatar_url' | 'picture'>;
export interface Room {
  title: string;
  started_at?: string;
  cover_url: string;
  host: Person;
  viewers: number;
  likes?: number;
}
export interface Session {
  session_id: string;
  username: string;
  room_id: string;
  state: SessionState;
  reason: string;
  next_try_at?: string;
  room?: Room;
  wait_until_live: boolean;
  owner: string;
  epoch: string;
  offset: number;
  created_at: string;
  started_at?: string;
  subscribers: number;
  counters: Record<EventType | 'duplicates_dropped' | 'undecodable', number>;
  shared_with?: string[];
  last_error?: unknown;
}
export interface Connected {
  status: string;
  session_id: string;
  username: string;
  message: string;
  room_id: string;
  state: SessionState;
  epoch: string;
  room?: Room;
}
export interface Page<T extends EventType = EventType> {
  events: EventOf<T>[];
  next_after: number;
  more: boolean;
  epoch: string;
}
export interface PageQuery<T extends EventType = EventType> extends Filter<T> {
  after?: number;
  limit?: number;
  epoch?: string;
  since?: string | number;
  until?: string | number;
}
export interface Stats {
  session_id: string;
  epoch: string;
  offset: number;
  events: number;
  by_type: Partial<Record<EventType, number>>;
  unique_users: number;
  gifts: { streaks: number; count: number; diamonds: number };
  likes: { taps: number; total: number };
  viewers: { now: number; peak: number; mean: number };
  last_minute: { events: number; comments: number; likes: number; diamonds: number };
  first_event_at?: string;
  last_event_at?: string;
}
export interface Rank {
  rank: number;
  score: number;
  user: Person;
}
export interface Bucket {
  starts_at: string;
  starts_at_ms: number;
  events: number;
  by_type: Partial<Record<EventType, number>>;
  likes: number;
  diamonds: number;
  viewers_peak?: number;
  viewers_mean?: number;
}
export interface Profile {
  username: string;
  nickname: string;
  avatar_url: string;
  avatar_data_url: string;
  source: 'live' | 'scraper' | 'generator' | 'initials';
  priority: number;
  image_hash: string;
  cached_at: string;
  expires_at: string;
}
export interface Gift {
  id: string;
  name: string;
  diamonds: number;
  image_url: string;
  streakable: boolean;
}
export interface Ticket {
  ticket: string;
  expires_in: number;
  expires_at: string;
  session_ids: string[];
}

export class ProfileEngagementApi {
  /** `url`: of the service, in a page also relative (`/api`). */
  constructor(url: string | URL, options?: ApiOptions);
  readonly url: string;
  request(method: string, path: string, options?: {
    query?: Record<string, string | number | boolean | undefined>;
    body?: unknown;
    headers?: Record<string, string>;
    signal?: AbortSignal;
  }): Promise<any>;
  connect(session: string, username: string, options?: { roomId?: string; waitUntilLive?: boolean; replace?: boolean }): Promise<Connected>;
  disconnect(session: string): Promise<{ status: 'success' | 'warning'; session_id: string; message: string }>;
  sessions(): Promise<Session[]>;
  session(session: string): Promise<Session>;
  deleteSession(session: string): Promise<{ status: string; session_id: string; message: string; cleaned_sessions: number }>;
  eventsPage<T extends EventType = EventType>(session: string, query?: PageQuery<T>): Promise<Page<T>>;
  events<T extends EventType = EventType>(session: string, query?: PageQuery<T>): AsyncGenerator<EventOf<T>, void>;
  stats(session: string): Promise<Stats>;
  leaderboard(session: string, query?: { by?: 'comments' | 'gifts' | 'likes' | 'shares'; limit?: number; window?: number }): Promise<Rank[]>;
  timeline(session: string, query?: { bucket?: number; since?: string | number; until?: string | number }): Promise<{ session_id: string; bucket_seconds: number; buckets: Bucket[]; more: boolean }>;
  gifts(): Promise<Gift[]>;
  profile(username: string): Promise<Profile>;
  ticket(...sessions: string[]): Promise<Ticket>;
  pictureUrl(user: Pick<EventUser, 'picture'> | undefined): string | undefined;
  live<T extends EventType = EventType>(session: string, options?: LiveOptions<T>): LiveEvents<T>;
}

export class ApiError extends Error {
  /** 0: there was no answer. */
  readonly status: number;
  /** The `error` of the answer, such as VALIDATION_ERROR. */
  readonly code: string;
  readonly details?: Record<string, unknown>;
  /** Seconds. */
  readonly retryAfter?: number;
  readonly correlationId?: string;
  readonly body?: unknown;
}
export class CloseError extends Error {
  /** A close code of docs/api.md. */
  readonly code: number;
  readonly reason: string;
}
