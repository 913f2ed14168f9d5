// The page of the tester: signing in, following a room, and the proof that nothing is missing.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { KEY, startApi, startSim, startTester, wholeLog } from './programs.mjs';
import { allRows, footer, openSignedIn, rowsOf, signIn, startPageBrowser } from './page_browser.mjs';
import { until } from './wait.mjs';

const limit = { timeout: 120_000 };
const COUNT = 500;

let sim, api, tester, browser;
before(async () => {
  sim = await startSim('--user', 'quizhost', '--user', 'steady', '--seed', '11', '--rate', '200', '--count', String(COUNT));
  api = await startApi(sim);
  [tester, browser] = await Promise.all([startTester(api.origin), startPageBrowser()]);
});
after(async () => {
  await browser?.close();
  await tester?.stop();
  await api?.stop();
  await sim?.stop();
});

test('a wrong key shows the sentence of the service, and the right one is kept nowhere', limit, async (t) => {
  const page = await browser.open(t, tester.origin);
  await page.fill('#key', 'not-a-key');
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('#sign-in-fault').innerText(), '▲ Invalid API key. Nothing was stored.');
  assert.equal(await page.locator('.command code').innerText(), 'profile-api keys create --user me');
  await page.fill('#key', KEY);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.rooms-head');
  const places = await page.evaluate(() => JSON.stringify([location.href, { ...localStorage }, { ...sessionStorage }, document.documentElement.outerHTML, history.state, Object.keys(window).map((name) => String(window[name]))]));
  assert.ok(!places.includes(KEY));
});

test('all that is sent for the page is at most 80 KB, before the sign-in and with the first view after it', limit, async (t) => {
  const page = await browser.context.newPage();
  t.after(() => page.close());
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true }); // an earlier test has been here
  const paths = new Map();
  const sizes = {};
  session.on('Network.requestWillBeSent', ({ requestId, request }) => paths.set(requestId, new URL(request.url).pathname));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => (sizes[paths.get(requestId)] = (sizes[paths.get(requestId)] ?? 0) + encodedDataLength));
  const sum = (own = () => true) => Object.entries(sizes).filter(([path]) => own(path)).reduce((all, [, size]) => all + size, 0);
  // All that it asks for when it is opened, answers of the service too: headers and bodies, as they are sent.
  await page.goto(tester.origin);
  await page.waitForSelector('#key');
  await page.waitForLoadState('networkidle');
  for (const wanted of [/^\/$/, /app-\w+\.js$/, /app-\w+\.css$/, /icons-\w+\.svg$/]) assert.ok(Object.keys(sizes).some((path) => wanted.test(path)), `${wanted} in ${Object.keys(sizes)}`);
  assert.ok(sum() > 10_000 && sum() <= 80_000, JSON.stringify(sizes));
  // What only a view needs comes with the view.
  await signIn(page);
  await page.waitForSelector('.first-run, .live');
  await page.waitForLoadState('networkidle');
  const own = sum((path) => !path.startsWith('/api/'));
  assert.ok(own > 10_000 && own <= 80_000, JSON.stringify(sizes));
});

test('a password signs in, and a reload asks again', limit, async (t) => {
  const page = await browser.open(t, tester.origin);
  await page.getByText('Use name and password').click();
  await page.fill('#username', 'admin');
  await page.fill('#password', 'Admin123!');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.rooms-head');
  assert.match(await page.locator('.account-name').innerText(), /admin/);
  await page.reload();
  await page.waitForSelector('#key');
});

test('a code in the address is taken out of it, and one that is not good says so', limit, async (t) => {
  const page = await browser.open(t, `${tester.origin}/#code=used-before`);
  assert.match(await page.locator('#sign-in-fault').innerText(), /A code works once, for 15 minutes/);
  assert.equal(new URL(page.url()).hash, '');
});

test('a room is followed by its @name, and its comments are those that were sent, in order', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin);
  await page.fill('#follow', '@quizhost');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/live/quizhost');
  await page.waitForSelector('.room-state .ok');
  assert.match(await page.locator('.room.chosen .room-state').innerText(), /^● live/);
  const sent = await until('the room to be quiet', async () => {
    const truth = await sim.truth('quizhost');
    return truth.done && truth;
  });
  const stored = (await api.call('/sessions/quizhost/events?types=comment&limit=1000')).json.events;
  assert.equal(stored.length, sent.sent.comment);
  await page.getByRole('button', { name: 'Comments' }).click();
  assert.equal(new URL(page.url()).searchParams.get('types'), 'comment,question,emote');
  const { offset } = (await api.call('/sessions/quizhost')).json;
  await until('the page to be at the end', async () => (await footer(page)).offset === offset);
  const rows = (await allRows(page)).filter(([, type]) => type === 'comment');
  assert.deepEqual(rows.map(([from]) => from), stored.map((event) => event.offset));
  assert.deepEqual(rows.map(([, , text]) => text.replace(/^↪ .* · /, '')), stored.map((event) => event.comment.trim()));
  assert.equal((await footer(page)).missing, 0);
});

test('words and a person filter as the service does, and the address opens the same list', limit, async (t) => {
  const all = (await api.call('/sessions/quizhost/events?types=comment&limit=1000')).json.events;
  const word = all.map((event) => event.comment.toUpperCase()).find((text) => /^[A-Z ]{4,}$/.test(text));
  const expected = (await api.call(`/sessions/quizhost/events?limit=1000&contains=${encodeURIComponent(word)}`)).json.events;
  const page = await openSignedIn(browser, t, tester.origin, `/live/quizhost?q=${encodeURIComponent(word)}`);
  await until('all events', async () => (await footer(page)).phase === 'open' && (await footer(page)).offset >= all.at(-1).offset);
  assert.deepEqual((await allRows(page)).map(([from]) => from), expected.map((event) => event.offset));
  assert.ok(expected.length > 0);
  const { username } = all[0].user;
  await page.fill('#search', `@${username}`);
  await page.keyboard.press('Enter');
  const theirs = (await api.call(`/sessions/quizhost/events?limit=1000&user=${username}`)).json.events;
  await page.waitForURL(`**user=${username}**`);
  assert.deepEqual((await allRows(page)).map(([from]) => from), rowsOf(theirs).map((event) => event.offset));
});

test('the last value of the chart is that of the timeline', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/charts/quizhost?bucket=10');
  const shown = () => page.locator('.chart-grid').evaluate((grid) => ({ ...grid.dataset }));
  // An event that is stored late still belongs to the bucket of its time.
  const { same, bucket } = await until('the chart to agree with the timeline', async () => {
    const found = await shown();
    const { buckets } = (await api.call('/sessions/quizhost/timeline?bucket=10')).json;
    const same = buckets.find((each) => each.starts_at_ms === Number(found.lastStart));
    return same && same.starts_at_ms + 10_000 <= Date.now() && same.events === Number(found.lastEvents) && { ...found, same };
  });
  assert.equal(bucket, '10');
  await page.getByRole('button', { name: 'Table' }).click();
  const cells = await page.locator('.twin tbody tr').first().locator('td').allInnerTexts();
  assert.equal(cells[0], String(same.events));
  const board = (await api.call('/sessions/quizhost/leaderboard?by=gifts&limit=20')).json.leaderboard;
  assert.deepEqual(await page.locator('.board .score').evaluateAll((all) => all.map((each) => Number(each.textContent.replace(/\D/g, '')))), board.map((entry) => entry.score));
});

test('a session that is deleted and made again is shown as a new log', limit, async (t) => {
  await api.connect('again', 'steady');
  const page = await openSignedIn(browser, t, tester.origin, '/live/again');
  const first = await until('events', async () => {
    const found = await footer(page);
    return found.offset > 0 && found.phase === 'open' && found;
  });
  assert.equal((await api.connect('again', 'quizhost', { replace: true })).status, 200);
  const note = page.locator('.line[data-type=note]', { hasText: 'The log starts anew here' });
  await note.waitFor();
  const second = await until('events of the new log', async () => {
    const found = await footer(page);
    return found.offset > 0 && found.phase === 'open' && found.epoch !== first.epoch && found;
  });
  assert.equal(await note.innerText(), `The log starts anew here (epoch ${first.epoch.slice(0, 8)} → ${second.epoch.slice(0, 8)})`);
  assert.equal(second.missing, 0);
});

test('a room that is over has a summary with its whole log as a file', limit, async (t) => {
  assert.equal((await api.call('/disconnect', { method: 'POST', body: { session_id: 'quizhost' } })).status, 200);
  const page = await openSignedIn(browser, t, tester.origin, '/live/quizhost');
  await page.getByRole('link', { name: 'Summary' }).click();
  await page.waitForURL('**/charts/quizhost');
  const { json: stats } = await api.call('/sessions/quizhost/stats');
  await page.waitForSelector('.summary .tile');
  const tiles = await page.locator('.summary .tile').evaluateAll((all) => all.map((tile) => [...tile.children].map((each) => each.textContent)));
  const expected = { Events: stats.events, People: stats.unique_users, Comments: stats.by_type.comment, Diamonds: stats.gifts.diamonds, Likes: stats.likes.total, 'Viewers, at most': stats.viewers.peak, 'Viewers, on average': stats.viewers.mean };
  assert.deepEqual(tiles, Object.entries(expected).map(([name, n]) => [name, n.toLocaleString('en-US')]));
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export NDJSON' }).click()]);
  const saved = readFileSync(await download.path(), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(saved, await wholeLog(api, 'quizhost'));
});

test('nothing was refused by the policy, and no error was written', () => assert.deepEqual(browser.complaints, []));
