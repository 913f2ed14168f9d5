// webcast-sim as a program of its own: the quiz, one's own events, help and the settings that it prints.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { listen, startApi, startSim } from './programs.mjs';
import { until } from './wait.mjs';

const build = process.env.PAPI_SIM_DIR ?? process.env.PAPI_BUILD_DIR ?? join(import.meta.dirname, '../../build/release');
const run = (...args) => {
  const done = spawnSync(join(build, 'webcast-sim'), args, { encoding: 'utf8', timeout: 5_000 });
  return { code: done.status, out: done.stdout, err: done.stderr };
};
const limit = { timeout: 30_000 };

let sim, api;
before(async () => {
  sim = await startSim('--user', 'quizhost', '--seed', '7', '--rate', '60', '--quiz', '--quiz-seconds', '1');
  api = await startApi(sim);
});
after(async () => {
  await api?.stop();
  await sim?.stop();
});

const get = async (path) => (await fetch(sim.origin + path)).json();
const post = async (path, body) => {
  const reply = await fetch(sim.origin + path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
  return { status: reply.status, json: await reply.json() };
};

/** One vote for each viewer of each question, as a program of a streamer would count it. */
function count(events, hostId, pattern) {
  const reads = new RegExp(pattern, 'iu');
  const rounds = [];
  let open = false;
  for (const { comment, user } of events) {
    if (user.id === hostId) {
      const asked = /^Question (\d+): /.exec(comment);
      if (asked) rounds.push({ question: Number(asked[1]), votes: new Map() });
      open = Boolean(asked);
      continue;
    }
    const letter = reads.exec(comment)?.[1].toUpperCase();
    if (open && letter && !rounds.at(-1).votes.has(user.id)) rounds.at(-1).votes.set(user.id, letter);
  }
  return rounds;
}

test('a program that counts the first vote of each viewer finds the truth of the quiz', limit, async () => {
  await api.connect('quiz', 'quizhost');
  const listener = await listen(api, '/ws/events/quiz?types=comment&after=0');
  const isEnd = (e) => e.user?.is_host && e.comment.startsWith('Time is up!');
  await listener.until((m) => m.filter(isEnd).length === 2);
  const truth = await get('/sim/quiz');
  listener.close();
  const comments = listener.messages.slice(1);
  assert.equal(truth.user, 'quizhost');
  const host = comments.find(isEnd).user;
  assert.equal(host.username, 'quizhost');
  const [first, second] = count(comments, host.id, truth.pattern);
  for (const [index, round] of [first, second].entries()) {
    const real = truth.rounds[index];
    assert.equal(real.state, 'closed');
    assert.equal(round.question, real.question);
    assert.deepEqual([...round.votes], real.votes.map((v) => [v.user_id, v.vote]));
    assert.equal([...round.votes].find(([, vote]) => vote === real.right)[0], real.first_right.user_id);
    assert.equal(Object.values(real.counts).reduce((a, b) => a + b), real.votes.length);
    assert.ok(real.votes.length >= 15, `${real.votes.length} votes`);
    const asked = comments.find((e) => e.comment.startsWith(`Question ${real.question}: `)).comment;
    assert.equal(asked, `Question ${real.question}: ${real.text} ` + Object.entries(real.options).map(([letter, option]) => `${letter}) ${option}`).join(', '));
    const end = comments.filter(isEnd)[index].comment;
    assert.equal(end, `Time is up! The right answer was ${real.right}) ${real.options[real.right]}. First: ${real.first_right.nickname} 🏆`);
  }
});

test('one\'s own events reach the service as they were made', limit, async () => {
  await api.connect('own', 'quizhost');
  const listener = await listen(api, '/ws/events/own?user=ann.own');
  const ann = { username: 'ann.own', nickname: 'Ann 🎈' };
  assert.equal((await post('/sim/comment', { ...ann, text: 'מזל טוב "A"…' })).status, 200);
  assert.equal((await post('/sim/like', { ...ann, count: 12 })).status, 200);
  assert.equal((await post('/sim/follow', ann)).status, 200);
  assert.equal((await post('/sim/gift', { ...ann, gift_id: 5655, count: 99 })).status, 200);
  const made = await post('/sim/gift', { ...ann, gift_id: 5585 });
  assert.deepEqual(made, { status: 200, json: { user: 'quizhost', username: 'ann.own', nickname: 'Ann 🎈', user_id: made.json.user_id, message_ids: made.json.message_ids, clients: 1 } });
  await listener.until((m) => m.length === 7);
  const events = listener.messages.slice(1);
  listener.close();
  assert.deepEqual(events.map((e) => [e.type, e.comment ?? e.name, e.count, e.streak_end]), [
    ['comment', 'מזל טוב "A"…', undefined, undefined],
    ['like', undefined, 12, undefined],
    ['follow', undefined, undefined, undefined],
    ['gift', 'Rose', 99, false],
    ['gift', 'Rose', 99, true],
    ['gift', 'Confetti', 1, true],
  ]);
  assert.deepEqual(events.map((e) => [e.user.id, e.user.nickname]), events.map(() => [made.json.user_id, 'Ann 🎈']));
  assert.equal(events.at(-1).id, made.json.message_ids[0]);
});

test('an event that cannot be made names its field', limit, async () => {
  const refused = async (path, body, ...faults) => {
    const { status, json } = await post(path, body);
    assert.equal(status, 400);
    assert.deepEqual(json.details.errors.map((e) => [e.field, e.message]), faults);
  };
  await refused('/sim/comment', { text: 'hi', usrname: 'ann' }, ['usrname', 'unknown field; did you mean \'username\'?']);
  await refused('/sim/comment', { username: 'a b' }, ['username', 'must have 1 to 24 characters of [A-Za-z0-9_.-]'], ['text', 'required']);
  await refused('/sim/like', { count: 0 }, ['count', 'must be a whole number from 1 to 1000']);
  await refused('/sim/follow', { text: 'hi' }, ['text', 'unknown field']);
  await refused('/sim/gift', { gift_id: 1 }, ['gift_id', 'is none of: 5655 (Rose), 5269 (TikTok), 5487 (Finger Heart), 8913 (Rosa), 5658 (Perfume), 5879 (Doughnut), 6064 (GG), 5585 (Confetti), 5660 (Hand Hearts), 6267 (Corgi), 11046 (Galaxy), 6369 (Lion), 7934 (Heart Me)']);
  assert.equal((await post('/sim/comment?user=nobody', { text: 'hi' })).status, 404);
});

test('a start fault waits in every room, and a room without a quiz or a stream says so', limit, async (t) => {
  const other = await startSim('--user', 'a', '--user', 'b', '--fault', 'sign_429=2', '--fault', 'captcha', '--offline');
  t.after(() => other.stop());
  const { rooms } = await (await fetch(`${other.origin}/sim/state`)).json();
  assert.deepEqual([rooms.a.faults, rooms.b.faults], [{ sign_429: 2, captcha: 0 }, { sign_429: 2, captcha: 0 }]);
  assert.equal((await fetch(`${other.origin}/sim/quiz?user=a`)).status, 404);
  const said = await fetch(`${other.origin}/sim/comment?user=a`, { method: 'POST', body: '{"text":"hi"}' });
  assert.deepEqual([said.status, (await said.json()).message], [409, '@a is not live']);
});

test('the start prints the settings that point the service at it', limit, async (t) => {
  const other = await startSim('--host', '127.0.0.1');
  t.after(() => other.stop());
  const expected = ['These settings point profile-api at it:', ...['WEB', 'WEBCAST', 'SIGN'].map((name) => `  export TIKTOK_${name}_URL=${other.origin}`)];
  await until('all lines are there', () => other.output().trim().split('\n').length >= 5);
  assert.deepEqual(other.output().trim().split('\n'), [`webcast-sim listening on ${other.origin}`, ...expected]);
});

test('help has groups and fits a screen; wrong arguments get a suggestion and exit code 2', limit, () => {
  const help = run('--help');
  assert.equal(help.code, 0);
  const lines = help.out.trimEnd().split('\n');
  assert.deepEqual(lines.slice(0, 2), ['Stands in for TikTok LIVE and its sign server', 'Usage: webcast-sim [OPTIONS]']);
  assert.deepEqual(lines.filter((line) => /^[A-Z]\w+:$/.test(line)), ['Options:', 'Room:', 'Quiz:', 'Faults:', 'Server:', 'Examples:']);
  assert.ok(lines.length <= 60, `${lines.length} lines`);
  assert.ok(lines.every((line) => line.length <= 120), lines.find((line) => line.length > 120));
  const faults = run('--help-faults');
  assert.equal(faults.code, 0);
  assert.match(faults.out, /^At once, n times \(close_code: n is the code\):\n {2}drop\n/);
  assert.match(faults.out, /\nUntil kind=clear:\n {2}silence\n/);
  const wrong = (args, why) => assert.deepEqual(run(...args), { code: 2, out: '', err: `webcast-sim: ${why}\nRun 'webcast-sim --help' for what it takes.\n` });
  wrong(['--quizz'], "unknown option '--quizz'; did you mean '--quiz'?");
  wrong(['--fault', 'sign_428'], "--fault: 'sign_428' is no fault; did you mean 'sign_429'?");
  wrong(['--fault', 'drop'], "--fault: 'drop' acts at once: send it with POST /sim/fault while the room runs");
  wrong(['--quiz-seconds', '3'], '--quiz-seconds requires --quiz');
});
