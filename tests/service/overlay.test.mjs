// Overlays for OBS against the real service: each kind shows what happened, and survives what happens to a stream.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { localFile } from '../../web/src/overlays/design.js';
import { alpha, cards, collisions, pictures, streamToken } from './overlay_page.mjs';
import { axeViolations, openSignedIn, startPageBrowser } from './page_browser.mjs';
import { startApi, startSim, startTester, wholeLog } from './programs.mjs';
import { until } from './wait.mjs';

const limit = { timeout: 60_000 };
let browser;
let blank; // a page that decodes screenshots
before(async () => {
  browser = await startPageBrowser();
  blank = await browser.context.newPage();
}, limit);
after(() => browser?.close(), limit);

/** A simulated room that waits until overlays are open, its service and its page. */
async function room(t, simArguments, { offline = true } = {}) {
  const sim = await startSim('--user', 'host', ...simArguments);
  t.after(() => sim.stop());
  const it = { sim, api: await startApi(sim, { LIVE_CHECK_INTERVAL: '1' }) };
  t.after(() => it.api.stop());
  it.tester = await startTester(it.api.origin);
  t.after(() => it.tester.stop());
  if (offline) await sim.fault('host', 'offline');
  const answer = await it.api.connect('show', 'host', { wait_until_live: true });
  assert.equal(answer.status, 200, JSON.stringify(answer.json));
  const token = await streamToken(it.api, 'show');
  it.token = token;
  it.address = (kind, query = '') => `${it.tester.origin}/overlay/show/${kind}?${query}#t=${token.secret}`;
  /** Opens an overlay and waits until it reads. */
  it.open = async (kind, query, [width, height] = [480, 900]) => {
    const page = await browser.context.newPage();
    t.after(() => page.close());
    await page.setViewportSize({ width, height });
    const connected = page.waitForEvent('websocket').then((socket) => socket.waitForEvent('framereceived'));
    const counted = ['chat', 'gifts'].includes(kind) ? null : page.waitForResponse(/\/stats$/);
    await page.goto(it.address(kind, query));
    await Promise.all([connected, counted]);
    return page;
  };
  /** Lets the room speak to its end, and gives its log. */
  it.play = async () => {
    await sim.fault('host', 'clear');
    await until('the end of the room', async () => (await sim.truth('host')).done);
    const { total } = await sim.truth('host');
    return until('all that was said', async () => {
      const log = await wholeLog(it.api, 'show');
      return log.filter((e) => e.type !== 'session' && !e.inferred).length >= total && log;
    });
  };
  return it;
}

const text = (page, selector) => page.locator(selector).innerText();
const status = (page) => page.evaluate(() => document.querySelector('.status').textContent);
const figure = (number) => number.toLocaleString('en-US');

test('each kind shows what happened in the room, on a transparent ground', limit, async (t) => {
  const it = await room(t, ['--seed', '5', '--rate', '300', '--count', '300', '--backlog', '0']);
  const [chat, gifts, goal, likes, board, viewers] = await Promise.all([
    it.open('chat', 'types=comment&max=12&per=20&hold=0&size=12', [480, 900]),
    it.open('gifts', 'types=gift&max=10&per=20&hold=0&size=12', [640, 700]),
    it.open('goal', 'goal=1000000&title=Road to a million', [900, 120]),
    it.open('goal', 'goal_by=likes&goal=10&theme=paper', [800, 600]),
    it.open('leaderboard', 'max=5', [400, 600]),
    it.open('viewers', '', [240, 96]),
  ]);
  const empty = await alpha(chat, blank);
  assert.deepEqual(empty, { corners: [0, 0, 0, 0], most: 0 });
  const log = await it.play();
  const { json: stats } = await it.api.call('/sessions/show/stats');
  const { json: ranking } = await it.api.call('/sessions/show/leaderboard?by=gifts&limit=5');

  assert.ok(stats.gifts.diamonds > 0 && stats.likes.taps > 10);
  await until('the goal', async () => (await text(goal, '.goal-value')) === figure(stats.gifts.diamonds));
  assert.equal(await text(goal, '.goal .title'), 'Road to a million');
  await until('the likes', async () => (await text(likes, '.goal-value')) === figure(stats.likes.taps));
  assert.equal(await likes.locator('.goal.is-reached').count(), 1);
  const rows = () => board.locator('.row').evaluateAll((all) => all.map((row) => [row.querySelector('.name').textContent, row.querySelector('.score').textContent]));
  const wanted = ranking.leaderboard.map(({ user, score }) => [user.nickname, figure(score)]);
  await until('the leaderboard', async () => JSON.stringify(await rows()) === JSON.stringify(wanted));
  await until('the viewers', async () => (await text(viewers, '.viewers-value')) === figure(stats.viewers.now));

  // A sample of the comments, in their order, the last one among them.
  const comments = log.filter((e) => e.type === 'comment');
  const shown = await until('the last comment', async () => {
    const found = await cards(chat);
    return found.length === 12 && found.at(-1).text === comments.at(-1).comment && found;
  });
  let at = 0;
  for (const card of shown) {
    at = comments.findIndex((e, i) => i >= at && e.comment === card.text && e.user.nickname === card.name) + 1;
    assert.ok(at > 0, `${card.name}: ${card.text} stands where it was said`);
  }
  // Each streak is one card with its last count.
  const ends = log.filter((e) => e.type === 'gift' && e.streak_end !== false);
  const streaks = await until('the ends of the streaks', async () => {
    const found = await cards(gifts);
    return found.length > 0 && found.every((card) => !card.running) && found;
  });
  for (const card of streaks) assert.ok(ends.some((e) => e.user.nickname === card.name && `×${figure(e.count)}` === card.count && card.text === `sends ${e.name}`), JSON.stringify(card));
  assert.equal(streaks.length, Math.min(10, ends.length));

  for (const page of [chat, gifts, goal, likes, board, viewers]) {
    await until('pictures', async () => ['goal', 'viewers'].includes(new URL(page.url()).pathname.split('/').pop()) || (await pictures(page)).shown > 0);
    assert.deepEqual((await pictures(page)).broken, []);
    assert.deepEqual(await collisions(page), []);
    const seen = await alpha(page, blank);
    assert.deepEqual(seen.corners, [0, 0, 0, 0]);
    assert.ok(seen.most > 150, 'something is drawn');
  }
});

test('an overlay goes on after the service was killed; a cut is shown after 10 s; a revoked token is one line', limit, async (t) => {
  const it = await room(t, ['--seed', '6', '--rate', '60', '--backlog', '0'], { offline: false });
  const page = await browser.context.newPage();
  t.after(() => page.close());
  await page.clock.install();
  await page.goto(it.address('goal', 'goal_by=comments'));
  await page.waitForSelector('.goal:not(.is-empty)');
  const chat = await it.open('chat', 'types=comment&hold=0');
  await until('a comment', async () => (await cards(chat)).length > 1);
  const before = await cards(chat);
  await chat.reload();
  await until('the cards after a reload', async () => {
    const texts = (await cards(chat)).map((card) => card.text);
    return before.slice(-2).every((card) => texts.includes(card.text));
  });
  await chat.close();

  const { port, folder } = it.api;
  const counted = Number(await text(page, '.goal-value'));
  const closed = page.waitForEvent('console', { predicate: (message) => /overlay: closed/.test(message.text()) });
  await it.api.kill();
  await closed;
  await page.clock.fastForward(9000);
  assert.equal(await status(page), '');
  await page.clock.fastForward(1500);
  await until('the line', async () => (await status(page)) === 'reconnecting');
  it.api = await startApi(it.sim, { LIVE_CHECK_INTERVAL: '1', PORT: String(port) }, folder);
  await until('the end of the line', async () => {
    await page.clock.fastForward(1000); // waits are up to 15 s by now
    return (await status(page)) === '';
  });
  await until('comments of after the cut', async () => Number(await text(page, '.goal-value')) > counted + 5);
  await it.sim.rate('host', 0);
  await until('all comments, each once', async () => {
    const { json } = await it.api.call('/sessions/show/stats');
    return (await text(page, '.goal-value')) === figure(json.by_type.comment);
  });

  await page.clock.fastForward(3000); // a connection that holds: after its end the waits begin anew
  const began = performance.now();
  assert.equal((await it.api.call(`/auth/stream-tokens/${it.token.id}`, { method: 'DELETE' })).status, 200);
  await until('the line', async () => (await status(page)) === 'This overlay’s link is no longer valid');
  assert.ok(performance.now() - began < 2000);
  assert.equal(await page.locator('.goal').isVisible(), false);
  assert.equal((await page.locator('body').innerText()).includes('st_'), false);
  browser.complaints.splice(0, browser.complaints.length, ...browser.complaints.filter((line) => !/overlay: 401/.test(line)));
});

test('an overlay goes on after a restart of the simulator, and after half an hour without network', limit, async (t) => {
  const it = await room(t, ['--seed', '9', '--rate', '40', '--backlog', '0'], { offline: false });
  const page = await browser.context.newPage();
  t.after(() => page.close());
  await page.clock.install();
  await page.goto(it.address('goal', 'goal_by=comments'));
  await page.waitForSelector('.goal:not(.is-empty)');
  const value = async () => Number((await text(page, '.goal-value')).replace(/\D/g, ''));
  const counted = await value();
  await until('a comment', async () => (await value()) > counted);

  const port = String(it.sim.port);
  await it.sim.stop();
  const stopped = await value();
  it.sim = await startSim('--user', 'host', '--seed', '10', '--rate', '40', '--backlog', '0', '--port', port);
  t.after(() => it.sim.stop());
  await until('comments of after the restart', async () => (await value()) > stopped + 5);
  assert.equal(await status(page), '');

  const closed = page.waitForEvent('console', { predicate: (message) => /overlay: closed/.test(message.text()) });
  const before = it.tester.port;
  await it.tester.stop();
  await closed;
  for (let minute = 0; minute < 30; minute++) await page.clock.fastForward(60_000);
  assert.equal(await status(page), 'reconnecting');
  it.tester = await startTester(it.api.origin, { TESTER_PORT: String(before) });
  await until('the end of the line', async () => {
    await page.clock.fastForward(1000); // waits are up to 15 s by now
    return (await status(page)) === '';
  });
  await it.sim.rate('host', 0);
  await until('all comments, each once', async () => {
    const { json } = await it.api.call('/sessions/show/stats');
    return (await value()) === json.by_type.comment;
  });
});

test('a link whose token no header can hold says once that it is not valid', limit, async (t) => {
  const tester = await startTester('http://127.0.0.1:9');
  t.after(() => tester.stop());
  const page = await browser.context.newPage();
  t.after(() => page.close());
  const asked = [];
  const lines = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  page.on('console', (message) => lines.push(message.text()));
  await page.clock.install();
  await page.goto(`${tester.origin}/overlay/show/chat#t=••••••••••••`);
  await until('the line', async () => (await status(page)) === 'This overlay’s link is no longer valid');
  await page.clock.runFor(60_000);
  assert.deepEqual(asked.filter((path) => path.startsWith('/api/')), []);
  assert.deepEqual(lines, ['overlay: the address has something that is no token: #t=st_…']);
  browser.complaints.splice(0, browser.complaints.length, ...browser.complaints.filter((line) => !/is no token/.test(line)));
});

test('with reduced motion the cards of an overlay come without movement', limit, async (t) => {
  const tester = await startTester('http://127.0.0.1:9');
  t.after(() => tester.stop());
  const page = await browser.context.newPage();
  t.after(() => page.close());
  /** How many cards came, and whether something moved in the frames behind any of them. */
  const come = async (reducedMotion) => {
    await page.emulateMedia({ reducedMotion });
    await page.goto(`${tester.origin}/overlay/show/chat?demo=1&per=20`);
    return page.evaluate(async () => {
      let moved = false;
      for (let cards = 0; cards < 3; cards = document.querySelectorAll('.card').length) {
        await new Promise(requestAnimationFrame);
        moved ||= document.getAnimations().length > 0;
      }
      return moved;
    });
  };
  assert.equal(await come('no-preference'), true);
  assert.equal(await come('reduce'), false);
});

test('an overlay that was seen once opens while its server is away, and a local file waits for it', limit, async (t) => {
  const it = await room(t, ['--seed', '7', '--rate', '20'], { offline: false });
  const first = await it.open('viewers');
  await first.evaluate(() => navigator.serviceWorker.ready);
  await first.close();
  const folder = mkdtempSync(join(tmpdir(), 'overlay-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'overlay.html');
  writeFileSync(file, localFile(it.address('viewers')));
  const { port } = it.tester;
  await it.tester.stop();

  const [page, local] = [await browser.context.newPage(), await browser.context.newPage()];
  t.after(() => Promise.all([page.close(), local.close()]));
  await Promise.all([page.goto(it.address('viewers')), local.goto(`file://${file}`)]);
  assert.equal(await page.title(), 'Overlay');
  assert.deepEqual((await alpha(page, blank)).corners, [0, 0, 0, 0]);
  it.tester = await startTester(it.api.origin, { TESTER_PORT: String(port) });
  for (const each of [page, local]) await each.waitForSelector('.viewers:not(.is-empty)');
  assert.equal(local.url(), it.address('viewers'));
});

test('names and texts of strangers stay in their cards', limit, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'events.ndjson');
  const names = ['\u202egnp.exe\u202e', `a${'\u0301'.repeat(500)}b`, 'W'.repeat(10_000), '<img src=x onerror=alert(1)>', '', '👨‍👩‍👧‍👦 family', '\u2067\u2066\u200f', 'محمد بن عبد الله', '\u0000\u0007bell'];
  const now = Date.now();
  const events = names.map((nickname, i) => ({ offset: i + 1, id: String(7_000_000_000_000_000_000n + BigInt(i)), type: 'comment', timestamp_ms: now + i, user: { id: String(6_000_000 + i), username: `user_${i}`, nickname }, comment: `${nickname} ${i}`, emotes: [] }));
  writeFileSync(file, events.map((event) => JSON.stringify(event)).join('\n') + '\n');
  const it = await room(t, ['--replay', file, '--rate', '50']);
  const page = await it.open('chat', 'max=30&per=20&hold=0', [480, 1900]);
  let alerts = 0;
  page.on('dialog', (dialog) => (alerts++, dialog.dismiss()));
  await it.sim.fault('host', 'clear');
  const shown = await until('all cards', async () => {
    const found = await cards(page);
    return found.length === names.length && found;
  });
  assert.deepEqual(shown.map((card) => card.name), ['gnp.exe', 'a\u0301\u0301\u0301b', `${'W'.repeat(64)}…`, '<img src=x onerror=alert(1)>', '@user_4', '👨‍👩‍👧‍👦 family', '@user_6', 'محمد بن عبد الله', 'bell']);
  assert.deepEqual(await collisions(page), []);
  assert.equal(await page.evaluate(() => document.querySelectorAll('.card img[src="x"], .name *').length), 0);
  assert.equal(alerts, 0);
  for (const [width, height] of [[480, 900], [800, 600], [1080, 1920], [640, 240]]) {
    await page.setViewportSize({ width, height });
    assert.equal(await page.evaluate(() => document.querySelector('.cards').getBoundingClientRect().right <= innerWidth), true);
    assert.deepEqual((await alpha(page, blank)).corners.slice(0, 2), [0, 0]);
  }
});

test('the builder makes a link, shows what it will be, and hides it on air', limit, async (t) => {
  const it = await room(t, ['--seed', '8', '--rate', '20'], { offline: false });
  await browser.context.grantPermissions(['clipboard-write'], { origin: it.tester.origin });
  const page = await openSignedIn(browser, t, it.tester.origin, '/overlays?session=show');
  await page.setViewportSize({ width: 1280, height: 900 });
  const preview = page.frameLocator('iframe');
  await page.getByLabel('Invented room').uncheck();
  await preview.locator('html:not(:has(.card))').waitFor();
  await page.getByRole('button', { name: '99× streak' }).click();
  await preview.locator('.card-gift .count', { hasText: '×99' }).waitFor();
  assert.equal(await preview.locator('.card').count(), 1);
  await page.getByRole('button', { name: 'Reconnecting' }).click();
  await preview.locator('.status', { hasText: 'reconnecting' }).waitFor();

  await page.getByLabel('Theme').selectOption('paper');
  await page.getByLabel('Size of the text').fill('200');
  await page.getByText('Size of the text must be from 12 to 96').waitFor();
  await page.getByLabel('Size of the text').fill('32');
  assert.equal(await page.evaluate(() => location.search), '?session=show&theme=paper&size=32');
  await page.getByRole('button', { name: 'Make the link' }).click();
  await page.bringToFront(); // the clipboard is only for the page in front
  await page.evaluate(() => {
    // The policy lets the page write to the clipboard, and nobody read it.
    const write = navigator.clipboard.writeText.bind(navigator.clipboard);
    navigator.clipboard.writeText = (text) => write((window.copied = text));
  });
  await page.getByRole('button', { name: 'Copy the address' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  const address = await page.evaluate(() => window.copied);
  assert.match(address.replace(/st_[\w-]+$/, 'TOKEN'), /^http:\/\/[^/]+\/overlay\/show\/chat\?theme=paper&size=32#t=TOKEN$/);
  const token = address.split('#t=')[1];
  const dropped = await page.evaluateHandle(() => new DataTransfer());
  await page.getByText('Drag into OBS').dispatchEvent('dragstart', { dataTransfer: dropped });
  assert.equal(await dropped.evaluate((data) => data.getData('text/uri-list')), address.replace('#', '&layer-name=Chat+of+show&layer-width=480&layer-height=900#'));
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download file' }).click()]);
  assert.equal(download.suggestedFilename(), 'overlay-show-chat.html');
  assert.equal(readFileSync(await download.path(), 'utf8'), localFile(address).replace(/^ +/gm, '')); // the build removes indents
  const dom = () => page.evaluate(() => document.documentElement.outerHTML);
  assert.ok(!(await dom()).includes(token));
  await page.getByRole('button', { name: 'Show the token' }).click();
  assert.ok((await dom()).includes(token));
  await page.locator('h1').click();
  await page.keyboard.press('O');
  await until('nothing of the address', async () => !(await dom()).includes('#t='));
  assert.ok(!(await dom()).includes(token));
  await page.keyboard.press('O');

  const overlay = await browser.open(t, address);
  await overlay.waitForSelector('.card');
  await page.getByText('read by 1 overlay now').waitFor();
  for (const kind of ['Chat', 'Leaderboard']) {
    await page.getByRole('tab', { name: kind }).click();
    assert.deepEqual(await axeViolations(page), [], kind);
  }
  await page.getByRole('tab', { name: 'Chat' }).click();
  await page.getByRole('button', { name: 'Revoke chat overlay' }).click();
  await until('the line', async () => (await status(overlay)) === 'This overlay’s link is no longer valid');
  browser.complaints.splice(0, browser.complaints.length, ...browser.complaints.filter((line) => !/overlay: 401/.test(line)));
});

test('nothing broke the policy or complained', () => assert.deepEqual(browser.complaints, []));
