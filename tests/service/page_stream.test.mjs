// The stream of the page: a tab that sleeps, pauses and history, and what happens to rooms and their logs while they are read.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startApi, startSim, startTester, wholeLog } from './programs.mjs';
import { allRows, assertRows, footer, openSignedIn, rowsOf, signIn, startPageBrowser, untilRows } from './page_browser.mjs';
import { until } from './wait.mjs';

const limit = { timeout: 120_000 };

let sim, api, tester, browser, readKey;
before(async () => {
  sim = await startSim('--user', 'busy', '--user', 'calm', '--seed', '21', '--rate', '50');
  api = await startApi(sim);
  [tester, browser] = await Promise.all([startTester(api.origin), startPageBrowser()]);
  for (const user of ['busy', 'calm']) assert.equal((await api.connect(user, user)).status, 200);
  readKey = (await api.call('/auth/api-keys', { method: 'POST', body: { name: 'reader', permissions: ['read'] } })).json.api_key;
  await browser.context.grantPermissions(['clipboard-write'], { origin: tester.origin });
});
after(async () => {
  await browser?.close();
  await tester?.stop();
  await api?.stop();
  await sim?.stop();
});

const offsetOf = async (session) => (await api.call(`/sessions/${session}`)).json.offset;
/** Waits until the log of a session has `more` events. */
async function grows(session, more) {
  const least = (await offsetOf(session)) + more;
  await until(`${more} events`, async () => (await offsetOf(session)) >= least);
}
/** Ends the talk in a room, and waits until the page has all of it. */
async function untilAllIsRead(page, user, session = user) {
  await sim.rate(user, 0);
  await until('the page to be at the end', async () => {
    const offset = await offsetOf(session);
    return (await footer(page)).offset === offset;
  });
}
/** `window.copied` is what the page writes to the clipboard; the policy lets nobody read it there. */
const watchClipboard = (page) =>
  page.evaluate(() => {
    const write = navigator.clipboard.writeText.bind(navigator.clipboard);
    navigator.clipboard.writeText = (text) => write((window.copied = text));
  });
const tall = { width: 1280, height: 2000 }; // few steps lead through all rows
const pairs = (rows) => rows.map(([from, type]) => [from, type]);
const pairsOf = (events) => events.map((event) => [event.offset, event.type]);
/** The first whole row in sight, and where it is. */
const place = (page) =>
  page.locator('.list').evaluate(async (list) => {
    for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
    const { top } = list.getBoundingClientRect();
    const rows = [...list.querySelectorAll('.line[data-from]')].map((row) => [Number(row.dataset.from), Math.round(row.getBoundingClientRect().top - top)]);
    return rows.filter(([, y]) => y >= 0).sort((a, b) => a[1] - b[1])[0];
  });

test('a tab that was hidden, and then frozen, has every event when it comes back', limit, async (t) => {
  const page = await browser.open(t, `${tester.origin}/live/busy`);
  const sockets = [];
  page.on('websocket', (socket) => sockets.push(socket));
  await signIn(page);
  await page.setViewportSize(tall);
  await untilRows(page, 20);
  assert.equal(await page.locator('.list').getAttribute('data-first'), '1');
  await sim.rate('busy', 400);
  // Headless chromium draws every page, so the page is told that it is hidden. Then it asks for no frame, and a timer drains.
  const hide = (hidden) =>
    page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    }, hidden);
  await hide(true);
  await grows('busy', 150);
  const before = await offsetOf('busy');
  await until('the timer to take what came', async () => (await footer(page)).offset >= before);
  await until('the title to say so', async () => /^● \d+ · @busy$/.test(await page.title()));
  const session = await page.context().newCDPSession(page);
  await session.send('Page.setWebLifecycleState', { state: 'frozen' });
  await grows('busy', 1000);
  await session.send('Page.setWebLifecycleState', { state: 'active' });
  await hide(false);
  await untilAllIsRead(page, 'busy');
  assert.equal((await footer(page)).missing, 0);
  assert.ok(sockets.length <= 2, `${sockets.length} sockets`);
  assert.deepEqual(pairs(await allRows(page)), pairsOf(rowsOf(await wholeLog(api, 'busy'))));
});

test('history joins the rows that are kept, and what is read stays in its place', limit, async (t) => {
  await sim.rate('busy', 100);
  const page = await openSignedIn(browser, t, tester.origin, '/live/busy');
  await page.setViewportSize(tall);
  await untilRows(page, 1000);
  const list = page.locator('.list');
  assert.ok(Number(await list.getAttribute('data-first')) > 100);
  await until('the first event', () =>
    list.evaluate((box) => {
      box.scrollTop = 0;
      return box.dataset.first === '1';
    }));
  await list.evaluate((box) => (box.scrollTop = box.scrollHeight / 2));
  const read = await place(page);
  await grows('busy', 60);
  const { offset } = await footer(page);
  await until('the page to take more', async () => (await footer(page)).offset > offset + 30);
  assert.deepEqual(await place(page), read);
  await untilAllIsRead(page, 'busy');
  assertRows(await allRows(page), await wholeLog(api, 'busy'));
});

test('the rows of a room that is deleted stay, with a sentence above them, and its next log goes on below', limit, async (t) => {
  await sim.rate('calm', 50);
  assert.equal((await api.connect('gone', 'calm')).status, 200);
  const page = await openSignedIn(browser, t, tester.origin, '/live/gone');
  await untilRows(page, 20);
  const { epoch } = await footer(page);
  assert.equal((await api.call('/sessions/gone', { method: 'DELETE' })).status, 200);
  await page.locator('.band', { hasText: 'This session is unknown, or it was deleted or replaced. The rows stay' }).waitFor();
  await page.locator('.room-link[href="/live/gone"]').waitFor({ state: 'detached' });
  assert.ok((await page.locator('.line[data-from]').count()) > 10);
  assert.equal((await api.connect('gone', 'calm')).status, 200);
  await page.locator('.line[data-type=note]', { hasText: `The log starts anew here (epoch ${epoch.slice(0, 8)} →` }).waitFor();
  await until('the new log', async () => {
    const found = await footer(page);
    return found.phase === 'open' && found.epoch !== epoch && found.offset > 0;
  });
  assert.equal((await footer(page)).missing, 0);
});

/** A page whose session `calm` is told by the test: `log` has `epoch` and `events` and gets `socket`, and `limits` of the pages that were asked for. */
async function openInvented(t, log, query = '') {
  log.limits = [];
  const end = () => log.events.at(-1)?.offset ?? 0;
  const from = (after) => log.events.filter((event) => event.offset > after);
  const page = await browser.context.newPage();
  t.after(() => page.close());
  await page.setViewportSize({ width: 1280, height: 2600 });
  await page.route(/\/api\/sessions\/calm$/, (route) => route.fulfill({ json: { session_id: 'calm', epoch: log.epoch, offset: end() } }));
  await page.route(/\/api\/sessions\/calm\/events\?/, (route) => {
    const query = new URL(route.request().url()).searchParams;
    if (query.get('epoch') !== log.epoch) return route.fulfill({ status: 400, json: { error: 'VALIDATION_ERROR', message: 'the log has another epoch now' } });
    log.limits.push(Number(query.get('limit')));
    return route.fulfill({ json: { events: from(Number(query.get('after'))).slice(0, log.limits.at(-1)), more: false } });
  });
  await page.routeWebSocket(/\/ws\/events\/calm/, (socket) => {
    const query = new URL(socket.url()).searchParams;
    log.socket = socket;
    socket.send(JSON.stringify({ type: 'connected', epoch: log.epoch, offset: end(), recovered: query.get('epoch') === log.epoch }));
    if (query.get('epoch') === log.epoch) socket.send(JSON.stringify(from(Number(query.get('after')))));
  });
  await page.goto(`${tester.origin}/live/calm${query}`);
  await signIn(page);
  return page;
}
const user = { id: '1', username: 'ann', nickname: 'Ann' };
const comments = (epoch, n, from = 1) => Array.from({ length: n }, (_, i) => ({ type: 'comment', id: `${epoch}-${from + i}`, offset: from + i, epoch, timestamp_ms: Date.now(), user, comment: `${epoch} ${from + i}`, emotes: [] }));
const said = (page, text) => page.locator('.line .c-text', { hasText: new RegExp(`^${text}$`) });

test('a row of an earlier log is never taken for one of the new log', limit, async (t) => {
  const log = { epoch: 'old', events: comments('old', 1000, 601) };
  const page = await openInvented(t, log);
  await said(page, 'old 1600').waitFor();
  Object.assign(log, { epoch: 'new', events: comments('new', 700) });
  await log.socket.close({ code: 1001 });
  await said(page, 'new 700').waitFor();
  await page.bringToFront(); // the clipboard is only for the page in front
  await watchClipboard(page);
  const chosen = () => page.locator('.line.chosen .c-text').allInnerTexts();
  await said(page, 'new 650').click();
  await page.locator('.inspector .members', { hasText: 'new 650' }).waitFor();
  assert.deepEqual(await chosen(), ['new 650']);
  await page.locator('.list').focus();
  await page.keyboard.press('k');
  await page.locator('.inspector .members', { hasText: 'new 649' }).waitFor();
  assert.deepEqual(await chosen(), ['new 649']);
  await page.locator('.list').evaluate((list) => (list.scrollTop = 0));
  await said(page, 'old 650').click();
  await page.locator('.inspector .problem', { hasText: 'another epoch' }).waitFor();
  assert.deepEqual(await chosen(), ['old 650']);
  assert.equal(await page.locator('.inspector .members').count(), 0);
  // Before the rows of the earlier log nothing is kept: no page of the new one is asked for.
  assert.deepEqual(log.limits, [1, 1]);
  await page.getByText('Kept here 1,701 of 30,000').waitFor();
  const copied = async () => {
    await page.locator('.list').focus();
    await page.keyboard.press('C');
    await page.getByText('row 650 copied').waitFor();
    return page.evaluate(() => window.copied);
  };
  const curl = (epoch) => `curl -s -H "X-API-Key: $PROFILE_API_KEY" '${tester.origin}/api/sessions/calm/events?after=649&limit=1&epoch=${epoch}'`;
  assert.equal(await copied(), curl('old'));
  await page.keyboard.press('End');
  await said(page, 'new 650').click();
  await page.locator('.inspector .members', { hasText: 'new 650' }).waitFor();
  assert.equal(await copied(), curl('new'));
  const link = await openInvented(t, log, '?at=5&epoch=old');
  await link.locator('.inspector .problem', { hasText: 'another epoch' }).waitFor();
});

const gift = (offset, n, end) => ({ type: 'gift', id: `g-${offset}`, offset, epoch: 'e', timestamp_ms: Date.now(), user, gift_id: 1, name: 'Rose', count: n, diamonds: n, streak_id: 's', streak_end: end });

test('a streak that began before the first row is one row, also when its beginning comes from history', limit, async (t) => {
  const log = { epoch: 'e', events: comments('e', 1200) };
  for (const [offset, n] of [[150, 1], [190, 2], [250, 3], [1100, 4]]) log.events[offset - 1] = gift(offset, n, n === 4);
  const page = await openInvented(t, log);
  await said(page, 'e 1200').waitFor();
  const list = page.locator('.list');
  assert.equal(await list.getAttribute('data-first'), '201');
  await until('the first event', () =>
    list.evaluate((box) => {
      box.scrollTop = 0;
      return box.dataset.first === '1';
    }));
  const rows = await allRows(page);
  assertRows(rows, log.events);
  assert.deepEqual(rows.filter(([, type]) => type === 'gift'), [[250, 'gift', 'Rose ×4 · 4 💎']]);
});

test('a streak whose row was cut away goes on in a new row', limit, async (t) => {
  const log = { epoch: 'e', events: [] };
  const page = await openInvented(t, log);
  await until('a reader', async () => (await footer(page)).phase === 'open');
  const say = (events) => {
    log.events.push(...events);
    log.socket.send(JSON.stringify(events));
  };
  say([gift(1, 1, false)]);
  await said(page, 'Rose ×1 \\(running\\) · 1 💎').waitFor();
  for (let from = 2; from < 10_402; from += 400) say(comments('e', 400, from));
  await page.getByText('Kept here 10,000 of 10,000').waitFor();
  say([gift(10_402, 98, false), gift(10_403, 99, true)]);
  await said(page, 'Rose ×99 · 99 💎').waitFor();
  await page.getByRole('button', { name: 'Gifts' }).click();
  await page.waitForURL('**types=gift**');
  await until('one row', async () => (await page.locator('.line').count()) === 1);
  assert.deepEqual(pairs(await allRows(page)), [[10_402, 'gift']]);
  assert.equal((await footer(page)).missing, 0);
});

test('an answer that comes after signing out belongs to nobody', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/live/calm');
  await page.locator('.room').first().waitFor();
  const held = [];
  await page.route(/\/api\/sessions$/, (route) => held.push(route));
  await page.evaluate(() => dispatchEvent(new Event('visibilitychange')));
  await until('the question of the first reader', () => held.length === 1);
  await page.locator('.account-name').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await signIn(page, readKey);
  await until('the question of the second reader', () => held.length === 2);
  const json = { sessions: [{ session_id: 'of-the-first', username: 'first', state: 'ended', offset: 1 }], total: 1 };
  const answered = page.waitForEvent('requestfinished', (request) => request === held[0].request());
  await held[0].fulfill({ json });
  await answered;
  await page.evaluate(async () => {
    for (let i = 0; i < 4; i++) await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  });
  assert.equal(await page.locator('.room').count(), 0);
  await held[1].fulfill({ json: { ...json, sessions: [{ ...json.sessions[0], session_id: 'of-the-second' }] } });
  await page.locator('.room', { hasText: 'of-the-second' }).waitFor();
});

test('nothing was refused by the policy, and no error was written', () => assert.deepEqual(browser.complaints, []));
