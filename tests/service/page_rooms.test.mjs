// Rooms in the page: how they are followed, that what is read stays in its place, and that lists, boards and files are those of the service.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { KEY, sanitized, startApi, startSim, startTester, wholeLog } from './programs.mjs';
import { startSite } from './browser.mjs';
import { freePort } from './free_port.mjs';
import { allRows, axeViolations, footer, openSignedIn, startPageBrowser, untilRows } from './page_browser.mjs';
import { until } from './wait.mjs';

const limit = { timeout: 120_000 };
const users = ['anna', 'bert', 'cleo', 'ida', 'deep', 'steady', 'late', 'night', 'dead', 'back', 'held', 'gone', 'over', 'stopped'];
const settings = { LIVE_CHECK_INTERVAL: '3', LIVE_STREAK_TIMEOUT: '3600', LIVE_SILENCE_TIMEOUT: '3600' };
const tall = { width: 1280, height: 2400 };

let sim, api, tester, browser;
before(async () => {
  // Each room begins with comments of the last seven minutes, and is quiet until a test lets it speak.
  sim = await startSim(...users.flatMap((user) => ['--user', user]), '--seed', '23', '--backlog', '280');
  await Promise.all(users.map((user) => sim.rate(user, 0)));
  settings.PORT = String(await freePort());
  api = await startApi(sim, settings);
  [tester, browser] = await Promise.all([startTester(api.origin), startPageBrowser()]);
  await browser.context.grantPermissions(['clipboard-write'], { origin: tester.origin });
  await follow('deep', 'steady', 'dead', 'back', 'over', 'stopped');
  for (const user of ['dead', 'back']) {
    await sim.fault(user, 'captcha');
    await sim.fault(user, 'drop');
  }
  await sim.rate('back', 2);
  await speak('deep', 1400, 2000);
  await until('a gap of two seconds', async () => {
    const lost = (await changes('back')).find((event) => event.state === 'reconnecting');
    return lost && Date.now() - lost.timestamp_ms > 2000;
  });
  await sim.fault('back', 'clear');
});
after(async () => {
  await browser?.close();
  await tester?.stop();
  await api?.stop();
  await sim?.stop();
});

// ---- the rooms

/** Follows rooms, unless an earlier test did. */
async function follow(...names) {
  for (const user of names) assert.equal((await api.connect(user, user)).status, 200);
}

const changes = async (session) => (await api.call(`/sessions/${session}/events?types=session&limit=1000`)).json.events;
const post = async (path, body) => {
  const reply = await fetch(sim.origin + path, { method: 'POST', body: JSON.stringify(body) });
  assert.equal(reply.status, 200);
  return reply.json();
};

/** Waits until the log of a quiet room holds all that was said, and returns its last offset. */
const settled = (session) =>
  until(`all that @${session} has said`, async () => {
    const [{ json }, own, truth] = await Promise.all([api.call(`/sessions/${session}`), changes(session), sim.truth(session)]);
    return json.offset === truth.total + own.length && json.offset;
  });

/** Lets a room say at least `count` messages, and returns how many there were. */
async function speak(user, count, rate) {
  const before = (await sim.truth(user)).total;
  await sim.rate(user, rate);
  await until(`${count} messages of @${user}`, async () => (await sim.truth(user)).total >= before + count);
  await sim.rate(user, 0);
  await settled(user);
  return (await sim.truth(user)).total - before;
}

/** A row is an event, or all events of a streak. */
const keyOf = (event) => (event.type === 'gift' && event.streak_id) || event.offset;
/** What rows must be there for these events, in any order. */
const keysOf = (events) => [...new Set(events.map(keyOf))].map(String).sort();

/** The rows of the page are these events and no others, none twice, the oldest first. */
function assertRows(rows, events) {
  const byOffset = new Map(events.map((event) => [event.offset, event]));
  const found = rows.map(([from]) => String(keyOf(byOffset.get(from) ?? assert.fail(`row ${from} is no event of the query`))));
  assert.deepEqual(found.toSorted(), keysOf(events));
  for (const [from, type] of rows) assert.equal(type, byOffset.get(from).type);
}

// ---- the page

const list = (page) => page.locator('.list');
const frames = (page, count) => page.evaluate(async (left) => {
  while (left-- > 0) await new Promise(requestAnimationFrame);
}, count);

/** The first row that is whole in sight, and how far below the top edge. */
const place = (page) =>
  list(page).evaluate((box) => {
    const edge = box.getBoundingClientRect().top;
    const rows = [...box.querySelectorAll('.line[data-from]')].map((row) => ({ from: Number(row.dataset.from), y: Math.round(row.getBoundingClientRect().top - edge) }));
    return rows.filter(({ y }) => y >= 0).sort((a, b) => a.y - b.y)[0];
  });

/** Waits until the list is at a place, and stays there. */
async function untilPlace(page, wanted) {
  let now;
  await until(`row ${wanted.from} at ${wanted.y}`, async () => JSON.stringify((now = await place(page).catch(() => null))) === JSON.stringify(wanted)).catch((error) => assert.fail(`${error.message}; it is ${JSON.stringify(now)}`));
  await frames(page, 20);
  assert.deepEqual(await place(page), wanted);
}

/** Looks upwards until the list has as many rows as these events make, and is at its beginning. */
async function untilOldest(page, events) {
  const wanted = keysOf(events).length;
  await until(`${wanted} rows`, async () => {
    const shown = await list(page).evaluate((box) => {
      const number = Number(/(?:Shown|Kept here) ([\d,]+)/.exec(document.querySelector('.foot').innerText)[1].replaceAll(',', ''));
      const atTop = box.scrollTop === 0;
      box.scrollTop = 0;
      return atTop ? number : -1;
    });
    return shown === wanted;
  }).catch(async (error) => assert.fail(`${error.message}: ${await page.locator('.foot').innerText()} ${page.url()}`));
  await frames(page, 18); // the height of the whole follows four times a second
}

/** Waits until the line below the rows tells this offset, and nothing is missing. */
async function untilOffset(page, offset) {
  await until(`offset ${offset} in the page`, async () => (await footer(page)).offset === offset);
  assert.equal((await footer(page)).missing, 0);
}

/** Waits until the list shows all that a quiet room has said. */
async function untilWhole(page, session) {
  await untilOffset(page, await settled(session));
  await until('the end of the list', () => list(page).evaluate((box) => box.scrollHeight > box.clientHeight && box.scrollTop >= box.scrollHeight - box.clientHeight - 1 && box.querySelectorAll('.line').length > 3));
  await frames(page, 18); // the height of the whole follows four times a second
}

/** The page shows the whole log of a quiet room, back to its first event. */
async function assertWhole(page, session) {
  await untilWhole(page, session);
  const log = await wholeLog(api, session);
  await untilOldest(page, log);
  assertRows(await allRows(page), log);
  assert.equal((await footer(page)).missing, 0);
}

const go = (page, path) =>
  page.evaluate((to) => {
    history.pushState(null, '', to);
    dispatchEvent(new PopStateEvent('popstate'));
  }, path);

/** A page whose clock can be put forward. */
async function openWithClock(t, path) {
  const page = await browser.context.newPage();
  t.after(() => page.close());
  await page.clock.install();
  await page.goto(tester.origin + path);
  await page.fill('#key', KEY);
  await page.keyboard.press('Enter');
  return page;
}

// ---- following

test('a room is followed by name, @name, link and room id', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/live');
  const id = (await sim.truth('ida')).room_id;
  for (const [typed, session, user] of [['anna', 'anna', 'anna'], ['@bert', 'bert', 'bert'], ['https://www.tiktok.com/@cleo/live', 'cleo', 'cleo'], [id, id, 'ida']]) {
    await page.fill('#follow', typed);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/live/${session}`);
    await page.waitForFunction(() => /^● live/.test(document.querySelector('.room.chosen .room-state')?.innerText));
    const { json } = await api.call(`/sessions/${session}`);
    assert.deepEqual([json.state, json.room_id], ['connected', (await sim.truth(user)).room_id]);
    await untilRows(page, 20);
  }
});

test('a room that is offline is waited for, and is live here when it is live there', limit, async (t) => {
  for (const user of ['late', 'night']) await sim.fault(user, 'offline');
  const page = await openSignedIn(browser, t, tester.origin, '/live/deep');
  const state = page.locator('.room.chosen .room-state');
  // The service refuses, and the page offers to wait.
  await page.fill('#follow', 'night');
  await page.keyboard.press('Enter');
  const refused = await until('the refusal', async () => (await api.call('/sessions')).json.sessions.find((session) => session.session_id === 'night' && session.state === 'failed'));
  await page.locator('.follow .problem').getByText(refused.reason).waitFor();
  await page.locator('.follow').getByRole('button', { name: 'Wait until live' }).click();
  await page.waitForURL('**/live/night');
  await page.waitForFunction(() => /^◔ waiting/.test(document.querySelector('.room.chosen .room-state')?.innerText));
  // The box says so from the beginning.
  await page.getByLabel('Wait until live').check();
  await page.fill('#follow', 'late');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/live/late');
  await page.waitForFunction(() => /^◔ waiting · looks again in [1-3] s · /.test(document.querySelector('.room.chosen .room-state')?.innerText));
  assert.equal((await api.call('/sessions/late')).json.state, 'waiting');
  // A look that finds nobody changes no state; the time of the next one is shown all the same.
  const { next_try } = (await api.call('/sessions/late')).json;
  await until('another look', async () => (await api.call('/sessions/late')).json.next_try > next_try);
  await page.waitForFunction(() => /looks again in [23] s/.test(document.querySelector('.room.chosen .room-state')?.innerText), undefined, { timeout: sanitized ? 12_000 : 3000 });
  await sim.fault('late', 'clear');
  await page.waitForFunction(() => /^● live/.test(document.querySelector('.room.chosen .room-state')?.innerText));
  assert.equal((await api.call('/sessions/late')).json.state, 'connected');
  await post('/sim/comment?user=late', { username: 'ann', text: 'here we are' });
  await page.locator('.line[data-type=comment]', { hasText: 'here we are' }).waitFor();
  assert.match(await state.innerText(), /^● live/);
});

test('each state of a session is shown with its shape, word, reason and next try', limit, async (t) => {
  await fetch(`${sim.origin}/sim/end?user=over`, { method: 'POST' });
  await api.call('/disconnect', { method: 'POST', body: { session_id: 'stopped' } });
  await sim.fault('gone', 'not_found');
  await api.connect('gone', 'gone');
  await sim.fault('held', 'held_page');
  const held = api.connect('held', 'held');
  const words = { connecting: '◔ connecting', waiting: '◔ waiting', connected: '● live', reconnecting: '↻ reconnecting', disconnected: '■ stopped', ended: '■ ended', failed: '▲ failed' };
  const wanted = { held: 'connecting', night: 'waiting', deep: 'connected', dead: 'reconnecting', stopped: 'disconnected', over: 'ended', gone: 'failed' };
  const page = await openSignedIn(browser, t, tester.origin, '/access');
  const shown = (id) => page.locator('.room', { has: page.locator(`a[href="/live/${id}"]`) }).locator('.room-state').innerText();
  for (const [id, state] of Object.entries(wanted)) {
    let text, session;
    await until(`${id} is ${state}`, async () => {
      session = (await api.call(`/sessions/${id}`)).json;
      text = await shown(id);
      const [beginning, ...parts] = text.split(' · ');
      if (session.state !== state || beginning !== words[state]) return false;
      if (state !== 'connected' && !text.endsWith(` · ${session.reason}`)) return false;
      if (state === 'connected') return parts.length === 2 && parts[0].endsWith(' watching') && /^\d\d:\d\d:\d\d$/.test(parts[1]);
      const left = Math.ceil((Date.parse(session.next_try) - Date.now()) / 1000);
      const told = Number(/(?:looks again|next try) in (\d+) s/.exec(text)?.[1]);
      return session.next_try ? Math.abs(told - left) <= 1 : Number.isNaN(told);
    }).catch((error) => assert.fail(`${error.message}: "${text}", ${JSON.stringify(session)}`));
    if (['waiting', 'reconnecting'].includes(state)) assert.ok(session.next_try, `${id} has a next try`);
    if (state !== 'connected') assert.notEqual(session.reason, '');
  }
  await sim.fault('held', 'clear');
  assert.equal((await held).status, 200);
});

// ---- places, filters and pauses

test('three rooms at once keep their places, filters and pauses', limit, async (t) => {
  await follow('anna', 'bert');
  const page = await openSignedIn(browser, t, tester.origin, '/live/anna');
  const open = async (id) => {
    await page.locator(`.room-link[href="/live/${id}"]`).click();
    await page.waitForFunction((name) => document.querySelector('.toolbar h1')?.textContent === `@${name}`, id);
    await page.waitForSelector('.foot[data-phase=open]');
  };
  const pressed = () => page.locator('.filters .pill[aria-pressed=true]').allInnerTexts();
  const paused = () => page.locator('.pause').getAttribute('aria-pressed');
  const scroll = (by) => page.evaluate((pixels) => (document.querySelector('.list').scrollTop += pixels), by);
  await untilWhole(page, 'anna');
  await page.getByRole('button', { name: 'Comments' }).click();
  await page.waitForURL('**types=comment**');
  await frames(page, 30);
  await scroll(-333);
  await page.waitForURL('**paused=1**');
  await frames(page, 4);
  const anna = await place(page);
  assert.ok(anna.y > 0 && anna.y < 28, 'not at the edge of a row');
  await open('bert');
  await page.fill('#search', 'a');
  await page.waitForURL('**q=a');
  await open('deep');
  const oldest = () => list(page).evaluate((box) => Number(box.dataset.first));
  await untilWhole(page, 'deep');
  const first = await oldest();
  await scroll(-1e6);
  await until('a page of history', async () => (await oldest()) < first);
  await scroll(-2345);
  await frames(page, 4);
  const deep = await place(page);
  assert.ok(deep.from < first, 'the place is in the history');

  for (const user of ['anna', 'bert']) await sim.rate(user, 100);
  await open('anna');
  await untilPlace(page, anna);
  assert.deepEqual([await pressed(), await paused(), new URL(page.url()).search], [['Comments'], 'true', '?paused=1&types=comment%2Cquestion%2Cemote']);
  await open('bert');
  await until('the filter', () => page.url().endsWith('/live/bert?q=a'));
  assert.deepEqual([await pressed(), await paused(), await page.inputValue('#search')], [[], 'false', 'a']);
  const { offset } = await footer(page);
  await until('bert goes on', async () => (await footer(page)).offset > offset + 20);
  await page.evaluate(() => document.activeElement.blur());
  await open('deep');
  await untilPlace(page, deep);
  assert.deepEqual([await pressed(), await paused(), new URL(page.url()).search], [[], 'true', '?paused=1']);
  await open('anna');
  await untilPlace(page, anna);
  for (const user of ['anna', 'bert']) await sim.rate(user, 0);
});

test('behind the oldest row come pages of history without a gap, and the place stays while the room goes on', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/live/deep');
  await page.setViewportSize(tall);
  await untilOffset(page, await settled('deep'));
  await untilRows(page, 20);
  await page.evaluate(() => {
    document.querySelector('.list').scrollTop = 1000;
    window.places = new Set();
    const look = () => {
      const box = document.querySelector('.list');
      const edge = box.getBoundingClientRect().top;
      const rows = [...box.querySelectorAll('.line[data-from]')].map((row) => [Number(row.dataset.from), row.getBoundingClientRect().top - edge]).filter(([, y]) => y >= 0).sort((a, b) => a[1] - b[1]);
      if (window.watched) window.places.add(`${rows[0][0]} at ${Math.round(rows[0][1])}`);
      requestAnimationFrame(look);
    };
    look();
  });
  await frames(page, 4);
  const here = await place(page);
  const first = await list(page).evaluate((box) => ((window.watched = true), Number(box.dataset.first)));
  await sim.rate('deep', 200);
  const { offset } = await footer(page);
  await until('200 events', async () => (await footer(page)).offset > offset + 200);
  // A row that is less than 20 rows below the oldest one: a page of history comes, and the row stays.
  await page.evaluate(() => ((window.watched = false), (document.querySelector('.list').scrollTop = 100)));
  const near = await until('a row near the oldest one', async () => {
    const now = await place(page);
    return now.from !== here.from && now;
  });
  await page.evaluate(() => (window.watched = true));
  await until('a page of history', () => list(page).evaluate((box, was) => Number(box.dataset.first) < was, first));
  await frames(page, 20);
  const seen = await page.evaluate(() => ((window.watched = false), [...window.places]));
  assert.deepEqual(seen, [`${here.from} at ${here.y}`, `${near.from} at ${near.y}`]);
  await sim.rate('deep', 0);
  await untilOffset(page, await settled('deep'));
  const log = await wholeLog(api, 'deep');
  await untilOldest(page, log);
  assertRows(await allRows(page), log);
});

test('a pause at 500 events a second misses nothing, and a row can be copied', limit, async (t) => {
  await follow('bert');
  const page = await openSignedIn(browser, t, tester.origin, '/live/bert');
  await page.setViewportSize(tall);
  await untilRows(page, 20);
  await page.bringToFront(); // the clipboard is only for the page in front
  await page.evaluate(() => {
    const write = navigator.clipboard.writeText.bind(navigator.clipboard);
    navigator.clipboard.writeText = (text) => write((window.copied = text)); // the policy lets nobody read it
    document.activeElement.blur();
  });
  await sim.rate('bert', 500);
  const began = (await footer(page)).offset;
  await until('the room speaks', async () => (await footer(page)).offset > began + 200);
  await page.keyboard.press('Space');
  await page.waitForURL('**paused=1');
  await page.keyboard.press('k');
  const chosen = page.locator('.line.chosen');
  await chosen.waitFor();
  const here = await place(page);
  await until('1,000 events', async () => (await footer(page)).offset > began + 1200);
  assert.deepEqual(await place(page), here);
  await page.keyboard.press('c');
  await page.locator('.foot', { hasText: /row \d+ copied/ }).waitFor();
  const offset = Number(/row (\d+) copied/.exec(await page.locator('.foot').innerText())[1]);
  const [event] = (await api.call(`/sessions/bert/events?after=${offset - 1}&limit=1`)).json.events;
  assert.deepEqual(JSON.parse(await page.evaluate(() => window.copied)), event);
  assert.equal(Number(await chosen.getAttribute('data-from')) <= offset, true);
  await page.keyboard.press('Space');
  await page.waitForFunction(() => document.querySelector('.pause').getAttribute('aria-pressed') === 'false');
  await sim.rate('bert', 0);
  await assertWhole(page, 'bert');
});

test('a streak is one row that counts, and its diamonds are added once', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/live/steady?types=gift');
  await page.setViewportSize(tall);
  const diamonds = () => page.locator('.tile', { hasText: 'Diamonds' }).locator('dd').innerText();
  const number = async () => Number((await diamonds()).replace(/\D/g, ''));
  const stats = async () => (await api.call('/sessions/steady/stats')).json.gifts.diamonds;
  const told = (sum) => until(`${sum} diamonds in the page`, async () => /\d/.test(await diamonds()) && (await number()) === sum);
  const before = await settled('steady');
  await untilOffset(page, before);
  await told(await stats());
  const sum = await number();
  const truth = (await sim.truth('steady')).gifts.diamonds;
  await post('/sim/gift?user=steady', { username: 'ann', gift_id: 5655, count: 99 });
  const rose = page.locator('.line[data-type=gift] .c-text', { hasText: /^Rose ×99 · 99 💎$/ });
  await rose.waitFor();
  await told(sum + 99);
  assert.equal((await sim.truth('steady')).gifts.diamonds, truth + 99);
  assert.equal(await page.locator('.line[data-type=gift] .c-name', { hasText: /^ann$/ }).count(), 1);

  // Streaks of the room count while they are in sight.
  await page.evaluate(() => {
    window.counts = {};
    const look = () => {
      for (const row of document.querySelectorAll('.line[data-type=gift]')) {
        const texts = (window.counts[row.dataset.from] ??= []);
        const text = row.querySelector('.c-text').textContent;
        if (texts.at(-1) !== text) texts.push(text);
      }
    };
    new MutationObserver(look).observe(document.querySelector('.list'), { subtree: true, childList: true, characterData: true, attributes: true });
  });
  await sim.rate('steady', 250);
  const gifts = async () => (await api.call(`/sessions/steady/events?types=gift&after=${before}&limit=1000`)).json.events;
  const streaks = (events) => Object.values(Object.groupBy(events.filter((event) => event.streak_id), (event) => event.streak_id));
  await until('a streak of four events that has ended', async () => streaks(await gifts()).some((streak) => streak.length >= 4 && streak.at(-1).streak_end), { every: 100 });
  await sim.rate('steady', 0);
  const last = await settled('steady');
  await untilOffset(page, last);
  await told(await stats());
  const all = await gifts();
  await frames(page, 10);
  const counts = await page.evaluate(() => window.counts);
  const wanted = (event) => `${event.name} ×${event.count}${event.streak_end ? '' : ' (running)'} · ${event.diamonds.toLocaleString('en-US')} 💎`;
  const plain = (text) => text.replace(/ → .*/, '');
  let counted = 0;
  for (const streak of streaks(all)) {
    const seen = (counts[streak[0].offset] ?? []).map(plain);
    const said = streak.map(wanted);
    assert.equal(seen.at(-1), said.at(-1));
    let at = -1;
    for (const text of seen) assert.ok((at = said.indexOf(text, at + 1)) >= 0, `${text} of ${said}`);
    for (const event of streak.slice(1)) assert.equal(counts[event.offset], undefined, 'a later event of a streak has no row');
    if (seen.length >= 3) counted++;
  }
  assert.ok(counted > 0, 'some streak was seen to count');
});

// ---- lists, files and boards of the service

test('a filter shows what /events has for the same query, its address opens it again, and its export is that of the service', limit, async (t) => {
  await post('/sim/comment?user=deep', { username: 'ann', text: 'Stra\u00DFe f\u00FCr zwei\u200Bdeutig \uFF21\uFF22\uFF23' });
  const last = await settled('deep');
  const log = await wholeLog(api, 'deep');
  const query = async (text) => {
    const found = [];
    for (let after = 0, more = true; more;) {
      const { json } = await api.call(`/sessions/deep/events?limit=1000&after=${after}&${text}`);
      found.push(...json.events);
      ({ next_after: after, more } = json);
    }
    return found;
  };
  const page = await openSignedIn(browser, t, tester.origin, '/live/deep');
  await page.setViewportSize(tall);
  await untilOffset(page, last);
  const assertShown = async (what, events, where = page) => {
    assert.ok(events.length > 0, what);
    await untilOldest(where, events);
    assertRows(await allRows(where), events);
    await where.locator('.list').focus();
    await where.keyboard.press('End');
  };
  const search = new URLSearchParams();
  const told = async (changes) => {
    for (const [name, value] of Object.entries(changes)) value ? search.set(name, value) : search.delete(name);
    const wanted = JSON.stringify([...search].sort());
    await until(`the address has ${search}`, () => JSON.stringify([...new URL(page.url()).searchParams].filter(([name]) => name !== 'paused').sort()) === wanted);
  };

  await page.getByRole('button', { name: 'Follows, shares' }).click();
  await told({ types: 'follow,share' });
  await assertShown('types', await query('types=follow,share'));
  await page.keyboard.press('0');

  const names = log.filter((event) => event.user?.username).map((event) => event.user.username);
  const person = names.reduce((best, name) => (names.filter((one) => one === name).length > names.filter((one) => one === best).length ? name : best));
  await page.fill('#search', `@${person}`);
  await page.keyboard.press('Enter');
  await told({ types: '', user: person });
  await assertShown('a person', await query(`user=${person}`));

  const said = log.find((event) => event.type === 'comment' && event.offset < last - 1100 && /^[\w ]{4,}$/.test(event.comment)).comment;
  await page.getByRole('button', { name: new RegExp(`^by ${person}`) }).click();
  await page.fill('#search', said.toUpperCase());
  await told({ user: '', q: said.toUpperCase() });
  await assertShown('words', await query(`contains=${encodeURIComponent(said)}`));
  for (const words of ['STRASSE', 'zweideutig abc', 'F\u00DCR\u00AD']) {
    await page.fill('#search', words);
    await told({ q: words });
    const found = await query(`contains=${encodeURIComponent(words)}`);
    assert.equal(found.at(-1)?.offset, last, words);
    await assertShown(words, found);
  }

  await page.fill('#search', '');
  await told({ q: '' });
  await page.getByLabel('Least diamonds of a gift').fill('100');
  await told({ min: '100' });
  const gifts = await query('types=gift');
  const worth = new Map(gifts.map((event) => [keyOf(event), event.diamonds])); // of its last event
  const large = gifts.filter((event) => worth.get(keyOf(event)) >= 100);
  assert.ok(large.length < gifts.length);
  await assertShown('least diamonds', large);

  await page.getByLabel('Least diamonds of a gift').fill('');
  await page.getByRole('button', { name: 'Comments' }).click();
  await page.fill('#search', said);
  await told({ min: '', q: said, types: 'comment,question,emote' });
  const both = await query(`types=comment,question,emote&contains=${encodeURIComponent(said)}`);
  await assertShown('types and words', both);
  const again = await openSignedIn(browser, t, tester.origin, new URL(page.url()).pathname + new URL(page.url()).search);
  await again.setViewportSize(tall);
  await assertShown('the address', both, again);
  await again.close();

  for (const format of ['ndjson', 'csv']) {
    await page.getByRole('button', { name: 'Export' }).click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: format.toUpperCase(), exact: true }).click()]);
    const reply = await fetch(`${api.origin}/sessions/deep/export?format=${format}&types=comment,question,emote&contains=${encodeURIComponent(said)}`, { headers: { 'X-API-Key': KEY } });
    assert.ok(reply.headers.get('content-disposition').includes(`"${download.suggestedFilename()}"`));
    const file = readFileSync(await download.path(), 'utf8');
    assert.equal(file, Buffer.from(await reply.arrayBuffer()).toString());
    if (format === 'ndjson') assert.deepEqual(file.trim().split('\n').map((line) => JSON.parse(line)), both);
    else assert.equal(file.trim().split('\r\n').length, both.length + 1);
  }
});

test('the leaderboards are those of the service, of the whole session and of a window', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/charts/deep');
  await page.waitForSelector('.board');
  const shown = () => page.locator('.board li').evaluateAll((rows) => rows.map((row) => [Number(row.querySelector('.place').textContent), Number(row.querySelector('.score').textContent.replace(/\D/g, '')), new URL(row.querySelector('a').href).pathname]));
  const whole = {};
  const boards = [['Comments', 'comments'], ['Likes', 'likes'], ['Shares', 'shares'], ['Gifts', 'gifts']];
  for (const window of ['', '300']) {
    if (window) await page.getByLabel('Window').selectOption(window);
    for (const [tab, by] of boards) {
      const answered = page.waitForResponse((reply) => {
        const asked = new URL(reply.url());
        return asked.pathname === '/api/sessions/deep/leaderboard' && asked.searchParams.get('by') === by && (asked.searchParams.get('window') ?? '') === window;
      });
      await page.getByRole('tab', { name: tab }).click();
      const { leaderboard } = await (await answered).json();
      assert.ok(leaderboard.length > 0, by);
      const wanted = leaderboard.map((entry) => [entry.rank, entry.score, `/people/${entry.user.username}`]);
      await until(`the board of ${by}`, async () => JSON.stringify(await shown()) === JSON.stringify(wanted)).catch(async (error) => assert.fail(`${error.message}\n${JSON.stringify(await shown())}\n${JSON.stringify(wanted)}`));
      if (!window) {
        whole[by] = wanted;
        assert.deepEqual((await api.call(`/sessions/deep/leaderboard?by=${by}&limit=20`)).json.leaderboard.map((entry) => [entry.rank, entry.score, `/people/${entry.user.username}`]), wanted);
      }
      if (window && by === 'comments') assert.notDeepEqual(wanted, whole.comments, 'the oldest comments are outside of the window');
    }
  }
});

// ---- looks

/** Elements that scroll sideways and are no table, line to copy or strip of buttons, and controls that nobody can reach. */
const sideways = (page) =>
  page.evaluate(() => {
    const strips = '.table-box, .filters, .tabs, .command code, pre';
    const name = (element) => `${element.localName}.${[...element.classList].join('.')} ${element.textContent.slice(0, 30)}`;
    const faults = [];
    if (document.scrollingElement.scrollWidth > innerWidth) faults.push(`the page: ${document.scrollingElement.scrollWidth}`);
    for (const element of document.querySelectorAll('body, body *')) {
      if (!element.checkVisibility({ visibilityProperty: true })) continue;
      if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth && ['auto', 'scroll'].includes(getComputedStyle(element).overflowX) && !element.matches(strips)) faults.push(`scrolls: ${name(element)}`);
      if (!element.matches('a, button, input, select, textarea, summary') || element.closest(strips) || element.matches('.skip')) continue;
      const { left, right, width } = element.getBoundingClientRect();
      if (width && (left < -0.5 || right > innerWidth + 0.5)) faults.push(`out of sight: ${name(element)} ${left} to ${right}`);
    }
    return faults;
  });

const roots = { live: '.live .foot', charts: '.charts .board', people: '.people', overlays: '.builder', console: '.console .op-list', health: '.health', access: '.access' };
const views = ['/live/deep', '/charts/deep', '/people', '/people/anna', '/overlays', '/console', '/console/connect_session', '/health', '/access', '/access?tab=stream-tokens', '/access?tab=shares', '/access?tab=me'];
async function show(page, path) {
  await go(page, path);
  await page.waitForSelector(roots[path.split(/[/?]/)[1]], { state: 'attached' });
  if (path === '/people/anna') await page.waitForSelector('.profile');
  if (path.startsWith('/console/')) await page.waitForSelector('.op-form');
  await page.waitForSelector('.skeleton', { state: 'detached' });
}

test('at 320 pixels nothing scrolls sideways but tables, and axe-core finds nothing there and at 2560 pixels', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/live/deep');
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await untilRows(page, 20);
  for (const [width, height] of [[320, 640], [2560, 1440]]) {
    await page.setViewportSize({ width, height });
    for (const path of views) {
      await show(page, path);
      await frames(page, 2);
      assert.deepEqual(await sideways(page), [], `${path} at ${width}`);
      if (!path.includes('=')) assert.deepEqual(await axeViolations(page), [], `${path} at ${width}`);
    }
  }
  await page.setViewportSize({ width: 320, height: 640 });
  await show(page, '/live/deep');
  await page.waitForSelector('.line[data-from]');
  for (const sheet of ['Rooms', 'Figures', 'More']) {
    await page.locator('.bottom').getByRole('button', { name: sheet }).click();
    await frames(page, 3);
    assert.deepEqual(await sideways(page), [], `the sheet ${sheet}`);
    await page.keyboard.press('Escape');
  }
  await page.locator('.line[data-type=comment] .c-text').first().click();
  await page.waitForSelector('.inspector .members');
  for (const tab of ['Event', 'Person', 'Raw']) {
    await page.locator('.inspector').getByRole('tab', { name: tab }).click();
    await frames(page, 2);
    assert.deepEqual(await sideways(page), [], `the inspector, ${tab}`);
  }
});

test('axe-core finds nothing in dialogs and menus, dark and light, at 320, 1280 and 2560 pixels', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/access');
  const colours = { runOnly: ['color-contrast'] };
  const close = async () => {
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
  };
  const menu = async (item) => {
    await page.getByRole('button', { name: 'Actions for @deep' }).click();
    await page.getByRole('button', { name: item }).click();
  };
  const opened = {
    keyboard: () => page.keyboard.press('?'),
    share: () => menu('Share…'),
    delete: () => menu('Delete with its events…'),
  };
  const look = async (what) => {
    for (const [scheme, rules] of [['dark', {}], ['light', colours]]) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await page.waitForFunction((name) => document.documentElement.dataset.theme === name, scheme);
      assert.deepEqual(await axeViolations(page, rules), [], `${what}, ${scheme}`);
    }
  };
  for (const [what, open] of Object.entries(opened)) {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.evaluate(() => document.activeElement.blur());
    await open();
    await page.waitForSelector('dialog[open]');
    await page.waitForSelector('dialog .skeleton', { state: 'detached' });
    await look(`${what}, 1280`);
    for (const width of [320, 2560]) {
      await page.setViewportSize({ width, height: 640 });
      await frames(page, 2);
      assert.deepEqual(await sideways(page), [], `${what}, ${width}`);
      await look(`${what}, ${width}`);
    }
    await close();
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole('button', { name: 'Account' }).click();
  await look('account menu');
});

test('no other origin can put an overlay or the page into a frame', limit, async (t) => {
  const site = await startSite((request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' });
    response.end(request.url === '/own' ? 'own' : `<!doctype html><iframe src="/own"></iframe><iframe src="${tester.origin}/overlay/deep/chat"></iframe><iframe src="${tester.origin}/"></iframe>`);
  });
  t.after(() => site.stop());
  const page = await browser.open(t, site.of('evil.example'));
  const refused = await until('two refusals', () => {
    const found = browser.complaints.filter((line) => line.includes(`Framing '${tester.origin}/' violates`));
    return found.length === 2 && found;
  });
  for (const [i, ancestors] of ["'none'", "'self'"].entries()) assert.ok(refused.toSorted()[i].includes(`"frame-ancestors ${ancestors}"`), refused.join('\n'));
  assert.deepEqual(page.frames().slice(1).map((frame) => frame.url()).filter((url) => url.startsWith('http')), [`${site.of('evil.example')}/own`]);
  browser.complaints.splice(0, browser.complaints.length, ...browser.complaints.filter((line) => !refused.includes(line)));
});

// ---- charts

/** The pixels of a chart, from its left to its right edge, in which the pattern of a gap is drawn, and its width. */
const hatched = (page, title) =>
  page.locator(`.plot[aria-label^="${title}"]`).evaluate((plot) => {
    const canvas = plot.querySelector('canvas');
    const copy = new OffscreenCanvas(canvas.width, canvas.height);
    const pen = copy.getContext('2d', { willReadFrequently: true });
    pen.drawImage(canvas, 0, 0);
    const over = plot.querySelector('.u-over');
    const ratio = canvas.width / canvas.clientWidth;
    const [left, top, width, height] = [over.offsetLeft, over.offsetTop, over.clientWidth, over.clientHeight].map((n) => Math.round(n * ratio));
    const edge = /^#(..)(..)(..)$/.exec(getComputedStyle(document.documentElement).getPropertyValue('--edge').trim()).slice(1).map((part) => Number.parseInt(part, 16));
    const { data } = pen.getImageData(left, top, width, height);
    const columns = [];
    for (let x = 0; x < width; x++) {
      let pixels = 0;
      for (let y = 0; y < height; y++) {
        const at = 4 * (y * width + x);
        if (data[at + 3] > 100 && edge.every((value, i) => Math.abs(data[at + i] - value) < 12)) pixels++;
      }
      if (pixels > height / 20) columns.push(x);
    }
    return { width, first: columns[0], last: columns.at(-1), count: columns.length };
  });

test('a gap of a room is hatched in its charts: one that is over, and one that goes on', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/access');
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  const bucket = 10;
  const floor = (seconds) => Math.floor(seconds / bucket) * bucket;
  /** Looks at the chart of a room until `to`, of a gap with this beginning and end. */
  const look = async (session, began, ended, to) => {
    const from = floor(began) - 60;
    await go(page, `/charts/${session}?from=${from}&to=${to}&bucket=${bucket}`);
    await page.waitForFunction((id) => location.pathname === `/charts/${id}` && document.querySelectorAll('.chart canvas').length > 3, session);
    const { buckets } = (await api.call(`/sessions/${session}/timeline?bucket=${bucket}&since=${new Date(from * 1000).toISOString()}&until=${new Date(to * 1000).toISOString()}`)).json;
    const starts = buckets.map((each) => each.starts_at_ms / 1000);
    const [start, end] = [starts[0], to - bucket];
    const seen = await until('a hatched gap', async () => {
      const now = await hatched(page, 'Diamonds per minute');
      return now.count > 0 && now;
    });
    const [first, last] = [began, ended].map((seconds) => ((Math.min(seconds, end) - start) / (end - start)) * seen.width);
    assert.ok(Math.abs(seen.first - first) <= 6 && Math.abs(seen.last - last) <= 6, `${session}: ${JSON.stringify(seen)}, wanted ${first} to ${last}`);
    assert.ok(seen.count > (last - first) * 0.8, JSON.stringify(seen));
    await page.locator('.legend', { hasText: 'the room was not heard' }).waitFor();
    await page.getByRole('button', { name: 'Table' }).click();
    let silent = 0;
    for (let at = start; at <= end; at += bucket) if (!starts.includes(at) && at < ended && at + bucket > began) silent++;
    assert.equal(await page.locator('.twin tbody tr', { hasText: 'not heard' }).count(), silent);
    return silent;
  };
  const dead = (await changes('dead')).find((event) => event.state === 'reconnecting').timestamp_ms / 1000;
  assert.equal((await api.call('/sessions/dead')).json.state, 'reconnecting');
  const later = floor(dead) + 3 * bucket;
  await until('20 seconds without a word', () => Date.now() / 1000 > later);
  assert.ok((await look('dead', dead, later, later)) > 0);
  const back = (await changes('back')).find((event) => event.state === 'connected' && event.gap_ms);
  const again = back.timestamp_ms / 1000;
  await until('what came behind the gap', () => floor(Date.now() / 1000) - bucket > again);
  await look('back', again - back.gap_ms / 1000, again, floor(Date.now() / 1000));
});

// ---- cuts

test('ten drops lose nothing, and each tells how many events were replayed', limit, async (t) => {
  const page = await openWithClock(t, '/live/steady');
  await page.setViewportSize(tall);
  const began = await settled('steady');
  await untilOffset(page, began);
  for (let i = 1; i <= 10; i++) {
    const { offset } = await footer(page);
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press('d');
    await page.waitForSelector('.foot[data-phase=reconnecting]');
    let count = 5 + i;
    if (i % 3) for (let n = 0; n < count; n++) await post('/sim/comment?user=steady', { username: 'ann', text: `drop ${i}, comment ${n}` });
    else count = await speak('steady', 20, 500);
    const last = await settled('steady');
    const missed = (await api.call(`/sessions/steady/events?after=${offset}&limit=1000`)).json.events;
    assert.equal(missed.length, count, missed.map((event) => event.type).join());
    await page.clock.fastForward(2000); // as long as this page stays away
    const band = page.locator('[data-band=away] .figure');
    await band.waitFor();
    assert.match(await band.innerText(), new RegExp(`^You were away [\\d.]+ s · ${count} events replayed · missing 0$`));
    await untilOffset(page, last);
    await page.locator('[data-band=away]').getByRole('button', { name: 'Close' }).click();
  }
  await assertWhole(page, 'steady');
});

test('the service is killed in mid-stream: the page is back within three seconds, and nothing is missing', limit, async (t) => {
  const page = await openWithClock(t, '/live/steady');
  await page.setViewportSize(tall);
  let refused = 0;
  page.on('response', (reply) => reply.status() === 502 && new URL(reply.url()).pathname === '/api/auth/tickets' && refused++);
  const began = await settled('steady');
  await untilOffset(page, began);
  await sim.rate('steady', 200);
  await until('the room speaks', async () => (await footer(page)).offset > began + 50);
  await api.kill();
  await page.waitForSelector('.foot[data-phase=reconnecting]');
  await sim.rate('steady', 0);
  // An outage so long that tries would be rare by now.
  await until('eight tries', async () => {
    await page.clock.fastForward(15_000);
    return refused >= 8;
  });
  api = await startApi(sim, settings, api.folder);
  const answers = performance.now();
  await page.waitForSelector('.foot[data-phase=open]');
  const took = performance.now() - answers;
  assert.ok(took <= (sanitized ? 15_000 : 3000), `${took} ms`);
  assert.match(await page.locator('[data-band=away] .figure').innerText(), / · missing 0$/);
  await speak('steady', 50, 200);
  await assertWhole(page, 'steady');
});

test('a room that is deleted and followed again under its name is a new log, and no event of the old one is repeated', limit, async (t) => {
  await sim.rate('cleo', 20); // a room that says nothing is not connected
  await follow('cleo');
  const page = await openWithClock(t, '/live/cleo');
  await page.setViewportSize(tall);
  await speak('cleo', 60, 300);
  await page.waitForSelector('.foot');
  await untilOffset(page, await settled('cleo'));
  const old = await wholeLog(api, 'cleo');
  await page.getByRole('button', { name: 'Actions for @cleo' }).click();
  await page.getByRole('button', { name: 'Delete with its events…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
  await page.waitForSelector('.room-link[href="/live/cleo"]', { state: 'detached' });
  assert.equal((await api.call('/sessions/cleo')).status, 404);
  await sim.rate('cleo', 20);
  await page.fill('#follow', 'cleo');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/live/cleo');
  await page.waitForSelector('.list');
  const { epoch } = (await api.call('/sessions/cleo')).json;
  assert.notEqual(epoch, old[0].epoch);
  await until('the new log in the page', async () => {
    await page.clock.fastForward(3000); // an unknown session is asked for every three seconds
    return (await footer(page)).epoch === epoch;
  });
  await until('the room is followed again', async () => (await api.call('/sessions/cleo')).json.state === 'connected');
  await sim.rate('cleo', 0);
  await post('/sim/comment?user=cleo', { username: 'ann', text: 'a new beginning' });
  const newest = page.locator('.line[data-type=comment]', { hasText: 'a new beginning' });
  await newest.waitFor();
  const log = await wholeLog(api, 'cleo');
  assert.equal(log.at(-1).comment, 'a new beginning');
  await untilOffset(page, log.at(-1).offset);
  await frames(page, 18);
  const rows = await list(page).evaluate(async (box) => {
    const found = new Map();
    for (let i = 0; i < 8 && (i < 2 || box.scrollTop > 0); i++) {
      box.scrollTop = 0;
      await new Promise(requestAnimationFrame);
    }
    for (let atEnd = false; !atEnd;) {
      for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
      const edge = box.getBoundingClientRect().top - box.scrollTop;
      for (const row of box.querySelectorAll('.line')) found.set(Math.round(row.getBoundingClientRect().top - edge), row.dataset.from ? Number(row.dataset.from) : row.innerText);
      atEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 2;
      box.scrollTop += box.clientHeight - 30;
    }
    return [...found].sort((a, b) => a[0] - b[0]).map(([, row]) => row);
  });
  const firsts = (events) => {
    const seen = new Set();
    return events.filter((event) => !seen.has(keyOf(event)) && seen.add(keyOf(event))).map((event) => event.offset);
  };
  assert.deepEqual(rows, [...firsts(old), `The log starts anew here (epoch ${old[0].epoch.slice(0, 8)} → ${epoch.slice(0, 8)})`, ...firsts(log)]);
});

test('nothing was refused by the policy, and no error was written', () => assert.deepEqual(browser.complaints, []));
