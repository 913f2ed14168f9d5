// Uses of the library that must pass the compiler (tsc --noEmit), and some that must not.
import { ApiError, CloseError, ProfileEngagementApi } from '../index.js';
import type { CommentEvent, ConnectionState, Event, EventOf, EventType, Gap, GiftEvent, LiveEvents, Position } from '../index.js';

const api = new ProfileEngagementApi('/api', { token: async () => 'st_x' });
const inNode = new ProfileEngagementApi(new URL('http://localhost:8002'), { key: 'pk_x', WebSocket: null });

export async function everything(): Promise<void> {
  const live = api.live('quiz', { types: ['comment', 'gift'], user: '@ann', contains: 'quiz', from: { offset: 3, epoch: 'e' }, afterLoss: 'earliest' });
  for await (const event of live) {
    const either: CommentEvent | GiftEvent = event;
    if (event.type === 'gift') use<number>(event.diamonds), use<boolean>(event.streak_end);
    else use<string>(event.comment);
    // @ts-expect-error: likes were not asked for
    if (event.type === 'like') use(either);
  }
  // @ts-expect-error: there is no such type of event
  api.live('quiz', { types: ['coment'] });
  // @ts-expect-error: likes were not asked for
  live.on('like', () => {});

  const all: LiveEvents = inNode.live('quiz', { from: 'earliest', transport: 'stream', backOff: { first: 100, cap: 1000 } });
  const stop: () => void = all.on('comment', (event) => use<string | undefined>(event.user?.nickname));
  all.on('event', (event: Event) => use<EventType>(event.type));
  all.on('session', (event) => use<number | undefined>(event.gap_ms));
  all.on('gap', (gap: Gap) => (gap.source === 'upstream' ? use<number>(gap.ms) : use<Position>(gap.to)));
  all.on('state', (state: ConnectionState) => use<'waiting' | 'open' | string>(state.state));
  all.on('epoch', ({ from, to }) => use<string>(from + to));
  all.on('closed', ({ error }) => use<CloseError | undefined>(error));
  stop();
  const at: Position | undefined = all.position;
  all.close();

  const connected = await api.connect('quiz', '@host', { waitUntilLive: true });
  use<string>(connected.state);
  for await (const gift of api.events('quiz', { after: at?.offset, types: ['gift'] })) use<EventOf<'gift'>>(gift);
  use<number>((await api.stats('quiz')).gifts.diamonds);
  use<string>((await api.leaderboard('quiz', { by: 'likes', limit: 3 }))[0].user.nickname);
  // @ts-expect-error: there is no such list
  await api.leaderboard('quiz', { by: 'taps' });
  use<string>((await api.ticket('quiz')).ticket);
  use<string>((await api.profile('ann')).avatar_url);
  try {
    await api.disconnect('quiz');
  } catch (error) {
    if (error instanceof ApiError) use<number | undefined>(error.retryAfter);
  }
}

function use<T>(_: T): void {}
