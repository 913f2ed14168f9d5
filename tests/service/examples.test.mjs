// Each example does what it says, by the simulator's truth.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startBrowser, startSite } from './browser.mjs';
import { cuttingProxy } from './cutting_proxy.mjs';
import { KEY, said, startApi, startSim, wholeLog } from './programs.mjs';
import { until } from './wait.mjs';

const top = join(import.meta.dirname, '../..');
const limit = { timeout: 120_000 };
const settings = { LIVE_CHECK_INTERVAL: '1', CORS_ALLOW_ORIGINS: '*' };
const folder = mkdtempSync(join(tmpdir(), 'examples-'));

// The chat of a quiz, as people write.
const people = { 1: 'Ann', 2: 'Björk', 3: 'Иван', 4: 'Zoë' };
const chat = [[1, 'hello all'], [2, 'b?'], [1, 'A'], [3, 'The answer is B!!'], [1, 'B'], [4, 'ｂ'], [2, 'c'], [4, 'A or B'], [3, '!roll'], [1, '!stats'], [1, '!top']];
const script = chat.map(([who, comment], i) => ({ offset: i + 1, type: 'comment', id: String(7000 + i), timestamp_ms: 1795745405840 + 1000 * i, user: { id: String(who), username: `user${who}`, nickname: people[who] }, comment }));

let sim;
let player;
let api;
let log;
const running = [];
let browsing; // chromium starts beside the first tests
before(async () => {
  const file = join(folder, 'chat.ndjson');
  writeFileSync(file, script.map((event) => `${JSON.stringify(event)}\n`).join(''));
  [sim, player] = await Promise.all([startSim('--user', 'host', '--seed', '31', '--rate', '300', '--count', '800', '--end'), startSim('--user', 'quizhost', '--replay', file, '--rate', '100')]);
  api = await startApi(sim, settings);
  browsing = startBrowser();
});
after(async () => {
  await (await browsing).close();
  for (const child of running) child.kill('SIGKILL');
  for (const program of [api, sim, player]) await program.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** An example in a process of its own; `lines` are those of its standard output. */
function start(program, args, env = {}, at = api) {
  const child = spawn(program, args, { cwd: top, env: { PATH: process.env.PATH, PYTHONPATH: 'clients/python/src', PYTHONDONTWRITEBYTECODE: '1', PROFILE_API_URL: at.origin, PROFILE_API_KEY: KEY, ...env } });
  running.push(child);
  const example = { child, out: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (example.out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (example.errors += text));
  example.lines = () => example.out.split('\n').slice(0, -1);
  example.ended = new Promise((resolve) => child.once('close', resolve));
  return example;
}
const node = (file, args, env, at) => start(process.execPath, [join('examples', file), ...args], env, at);

// Rooms speak for some seconds each: these do so at the same time.
describe('a room', { concurrency: true }, () => {
  test('the recorder, killed in the middle, has every event once; the alerts are the gifts of the truth', limit, async () => {
    await sim.fault('host', 'offline');
    await api.connect('show', 'host', { wait_until_live: true });
    const file = join(folder, 'show.ndjson');
    const record = () => start('/usr/bin/python3', ['examples/recorder.py', 'show', file]);
    const recorded = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []);
    const alerts = node('gift-alert.mjs', ['show', '20'], { ALERTS_FROM: 'earliest' });
    const first = record();
    await until('the first event', () => recorded().length > 0);
    await sim.fault('host', 'clear');
    await until('200 events', () => recorded().length >= 200, { every: 2 });
    first.child.kill('SIGKILL');
    await first.ended;
    const kept = recorded().length;
    assert.ok(kept < 800);
    writeFileSync(file, '{"offset":9', { flag: 'a' }); // as if it had died while it wrote
    const second = record();
    await alerts.ended; // at the end of the stream
    await until('the end in the event log', async () => (log = await wholeLog(api, 'show')).at(-1).state === 'waiting' && log.some(({ action }) => action === 'ended'));
    await until('the end in the file', () => recorded().length >= log.length);
    assert.deepEqual(recorded().slice(0, log.length).map((line) => JSON.parse(line)), log);
    assert.equal(second.errors, `from ${log[0].epoch}:${kept}\n`);
    second.child.kill('SIGINT');
    assert.equal(await second.ended, 0);

    const truth = await sim.truth('host');
    assert.equal(said(log).filter((event) => !event.inferred).length, truth.total);
    const ends = log.filter((event) => event.type === 'gift' && event.streak_end);
    const big = ends.filter((event) => event.diamonds >= 20);
    const expected = big.map((e) => `🎁 ${e.user.nickname} gives ${e.count} × ${e.name}: ${e.diamonds} 💎`);
    assert.ok(big.length > 3 && big.length < ends.length);
    assert.deepEqual(alerts.lines(), [...expected, `The stream is over: ${truth.gifts.diamonds} 💎`]);
  });

  test('the quiz counts one vote of each viewer, and the bot answers', limit, async () => {
    const quizApi = await startApi(player, settings);
    try {
      await player.fault('quizhost', 'offline');
      await quizApi.connect('quiz', 'quizhost', { wait_until_live: true });
      const quiz = node('quiz.mjs', ['quiz', 'B'], { QUIZ_FROM: 'earliest' }, quizApi);
      await player.fault('quizhost', 'clear');
      await until('four votes', () => quiz.lines().length === 4);
      await until('the whole chat', async () => (await quizApi.call('/sessions/quiz/stats')).json.by_type.comment === chat.length);
      const bot = node('bot.mjs', ['quiz'], { BOT_FROM: 'earliest' }, quizApi); // only now, so that !stats has one answer
      await until('two answers', () => bot.lines().length === 2);
      quiz.child.kill('SIGINT');
      await quiz.ended;
      assert.deepEqual(quiz.lines(), [
        'Björk votes B and is the first who is right',
        'Ann votes A',
        'Иван votes B',
        'Zoë votes B',
        '  A █ 1',
        '✓ B ███ 3',
        '  C  0',
        '  D  0',
        'First right answer: Björk (@user2)',
      ]);
      const rolled = script.find(({ comment }) => comment === '!roll').id;
      assert.deepEqual(bot.lines(), [`@user3: rolls ${Number(BigInt(rolled) % 6n) + 1}`, `@user1: ${chat.length} comments, 4 people`]);
      assert.deepEqual([quiz.errors, bot.errors], ['', '']);
    } finally {
      await quizApi.stop();
    }
  });

  test('both pages show what was said, also when their connection was lost', limit, async (t) => {
    const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
    const site = await startSite((request, response) => {
      const path = resolve(join(top, decodeURIComponent(new URL(request.url, 'http://x').pathname)));
      if (!path.startsWith(top) || !existsSync(path)) return response.writeHead(404).end();
      response.writeHead(200, { 'Content-Type': `${types[extname(path)]}; charset=utf-8` }).end(readFileSync(path));
    });
    const browser = await browsing;
    const room = await startSim('--user', 'host', '--seed', '33', '--rate', '300', '--count', '400');
    const paged = await startApi(room, settings);
    const proxy = await cuttingProxy();
    proxy.to(paged.port);
    try {
      const { json } = await paged.call('/auth/login', { method: 'POST', key: null, body: { username: 'admin', password: 'Admin123!' } });
      await room.fault('host', 'offline');
      // The pages use an access token here, whose owner is an admin; in a real page it is a stream token.
      await paged.connect('show', 'host', { wait_until_live: true });
      const hash = `#${new URLSearchParams({ url: proxy.origin, session: 'show', token: json.access_token })}`;
      const chatPage = await browser.open(t, `${site.of('127.0.0.1')}/examples/browser-chat/index.html${hash}`);
      const overlay = await browser.open(t, `${site.of('127.0.0.1')}/examples/obs-overlay/index.html${hash}&rows=5`);
      await chatPage.waitForFunction(() => document.getElementById('state').textContent === 'live');
      await overlay.waitForFunction(() => document.getElementById('rows').dataset.state === 'open');
      await room.fault('host', 'clear');
      await until('some comments', async () => (await chatPage.locator('li').count()) >= 10);
      proxy.cut();
      const truth = await until('the end of the room', async () => {
        const now = await room.truth('host');
        return now.done && said(await wholeLog(paged, 'show')).filter((e) => !e.inferred).length >= now.total && now;
      });
      const all = await wholeLog(paged, 'show');
      const comments = all.filter(({ type }) => type === 'comment').map(({ user, comment }) => `${user.nickname}: ${comment}`);
      assert.equal(comments.length, truth.sent.comment);
      await until('all comments', async () => (await chatPage.locator('li').count()) >= comments.length);
      assert.deepEqual((await chatPage.locator('li').allTextContents()).map((text) => text.trim()), comments.map((text) => text.trim()));
      const shown = all.filter(({ type, streak_end }) => type === 'comment' || (type === 'gift' && streak_end));
      const rows = shown.slice(-5).map(({ type, user, comment, count, name }) => (type === 'comment' ? `${user.nickname}: ${comment}` : `${user.nickname} gives ${count} × ${name}`));
      await until('the last row', async () => (await overlay.locator('li').last().textContent()) === rows.at(-1));
      assert.deepEqual(await overlay.locator('li').allTextContents(), rows);
    } finally {
      proxy.close();
      for (const program of [site, paged, room]) await program.stop();
    }
  });
});

test('tiktok-live-connector and this service print the same for one room', limit, async () => {
  // A room of the simulator begins with its first client: each program has a room of its own, and both play the same export.
  const played = join(folder, 'export.ndjson');
  writeFileSync(played, log.map((event) => `${JSON.stringify(event)}\n`).join(''));
  const rooms = await Promise.all([1, 2].map(() => startSim('--user', 'mover', '--replay', played, '--rate', '600')));
  const [room, other] = rooms;
  const moved = await startApi(other, settings);
  const file = join(folder, 'before.mjs'); // where it finds the package as in a project of its own
  copyFileSync(join(top, 'examples/migrate/before.mjs'), file);
  symlinkSync(join(import.meta.dirname, 'node_modules'), join(folder, 'node_modules'));
  try {
    const hosts = { TIKTOK_HOST_WEB: `0.0.0.0:${room.port}`, TIKTOK_HOST_WEBCAST: `0.0.0.0:${room.port}` };
    const old = start(process.execPath, [file, 'mover'], { TIKTOK_HOSTS: JSON.stringify(hosts), SIGN_API_URL: room.origin, SIGN_API_KEY: 'any' }, moved);
    const now = node('migrate/after.mjs', ['mover'], {}, moved);
    await Promise.all([old.ended, now.ended]);
    assert.deepEqual([old.errors, now.errors], ['', '']);
    const ofKind = (example, kind) => example.lines().filter((line) => kind.test(line));
    for (const [name, kind] of [['chat', /^\S+: /], ['gift', /^\S+ gives /], ['like', /^\S+ likes /]]) assert.deepEqual(ofKind(now, kind), ofKind(old, kind), name);
    const truth = await sim.truth('host');
    assert.deepEqual([ofKind(now, /^\S+: /).length, ofKind(now, /^\S+ gives /).length], [truth.sent.comment, truth.gifts.streaks]);
  } finally {
    for (const program of [moved, ...rooms]) await program.stop();
  }
});

test('without arguments, or without a key, an example says how it is called', limit, async () => {
  const examples = {
    'bot.mjs SESSION [@HOST]': (args, env) => node('bot.mjs', args, env),
    'gift-alert.mjs SESSION [DIAMONDS]': (args, env) => node('gift-alert.mjs', args, env),
    'quiz.mjs SESSION [RIGHT-LETTER]': (args, env) => node('quiz.mjs', args, env),
    'recorder.py SESSION FILE': (args, env) => start('/usr/bin/python3', ['examples/recorder.py', ...args], env),
  };
  for (const [usage, run] of Object.entries(examples)) {
    for (const [args, env] of [[[], {}], [['show', 'x'], { PROFILE_API_KEY: undefined }]]) {
      const example = run(args, env);
      assert.notEqual(await example.ended, 0, usage);
      assert.equal(example.errors.trim().replace(/^PROFILE_API_KEY=… (node|python3) examples\//, ''), usage);
    }
  }
});

test('every one-liner runs, and none is missing in the table', limit, async () => {
  const text = readFileSync(join(top, 'examples/one-liners.md'), 'utf8');
  const lines = [...text.matchAll(/^```sh\n(.*)\n```$/gm)].map((match) => match[1]);
  assert.equal(lines.length, 8);
  const outputs = [];
  for (const line of lines) {
    const env = { URL: api.origin, KEY, SESSION: outputs.length === 0 || lines.indexOf(line) === 7 ? 'curl' : 'show', USERNAME: 'host' };
    const example = start('/bin/sh', ['-c', `cd ${folder} && ${line}`], env);
    assert.equal(await example.ended, 0, `${line}\n${example.errors}`);
    outputs.push(example.out);
  }
  const comments = log.filter(({ type }) => type === 'comment');
  assert.equal(JSON.parse(outputs[0]).status, 'success');
  assert.equal(JSON.parse(outputs[1]).session_id, 'show');
  assert.equal(outputs[2], comments.slice(-3).map(({ user, comment }) => `${user.nickname}: ${comment}\n`).join(''));
  assert.deepEqual(outputs[3].split('\n').slice(0, log.length).map((one) => JSON.parse(one)), log);
  assert.match(outputs[4], /^retry: \d+\nevent: connected\n/);
  assert.equal(JSON.parse(outputs[5]).leaderboard.length, 3);
  assert.ok(readFileSync(join(folder, 'gifts.csv'), 'utf8').startsWith('\ufeff'));
  assert.equal(JSON.parse(outputs[7]).status, 'success');

  const table = readFileSync(join(top, 'examples/README.md'), 'utf8');
  for (const name of readdirSync(join(top, 'examples'))) if (name !== 'README.md') assert.ok(table.includes(`](${name})`), name);
  for (const name of readdirSync(join(top, 'examples'), { recursive: true })) {
    const path = join(top, 'examples', name);
    if (/\.(mjs|js|py|html|css)$/.test(name) && statSync(path).isFile()) assert.ok(readFileSync(path, 'utf8').split('\n').length <= 61, `${name}: at most 60 lines`);
  }
});
