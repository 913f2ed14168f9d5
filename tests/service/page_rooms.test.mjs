// Rooms in the page: how they are followed, and that what is read stays in its place and whole, through pauses, cuts and new logs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sanitized, wholeLog } from './programs.mjs';
import { allLines, allRows, assertRows, footer, openSignedIn, rowsOf, untilRows } from './page_browser.mjs';
import { frames, list, place, startRooms, tall, untilOffset, untilOldest, untilPlace } from './page_rooms_fixture.mjs';
import { until } from './wait.mjs';

const limit = { timeout: 120_000 };

let rooms, sim, tester, browser;
before(async () => {
  rooms = await startRooms(['anna', 'bert', 'cleo', 'ida', 'deep', 'steady', 'late', 'night', 'dead', 'held', 'gone', 'over', 'stopped'], 23, 120);
  ({ sim, tester, browser } = rooms);
  await rooms.follow('deep', 'steady', 'dead', 'over', 'stopped');
  await sim.fault('dead', 'captcha');
  await sim.fault('dead', 'drop');
  await rooms.speak('deep', 1250, 2000);
});
after(() => rooms?.stop());

// ---- following

test('a room is followed by name, @name, link and room id', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/live');
  const id = (await sim.truth('ida')).room_id;
  for (const [typed, session, user] of [['anna', 'anna', 'anna'], ['@bert', 'bert', 'bert'], ['https://www.tiktok.com/@cleo/live', 'cleo', 'cleo'], [id, id, 'ida']]) {
    await page.fill('#follow', typed);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/live/${session}`);
    await page.waitForFunction(() => /^● live/.test(document.querySelector('.room.chosen .room-state')?.innerText));
    const { json } = await rooms.api.call(`/sessions/${session}`);
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
  const refused = await until('the refusal', async () => (await rooms.api.call('/sessions')).json.sessions.find((session) => session.session_id === 'night' && session.state === 'failed'));
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
  assert.equal((await rooms.api.call('/sessions/late')).json.state, 'waiting');
  // A look that finds nobody changes no state; the time of the next one is shown all the same.
  const { next_try } = (await rooms.api.call('/sessions/late')).json;
  await until('another look', async () => (await rooms.api.call('/sessions/late')).json.next_try > next_try);
  await page.waitForFunction(() => /looks again in [23] s/.test(document.querySelector('.room.chosen .room-state')?.innerText), undefined, { timeout: sanitized ? 12_000 : 3000 });
  await sim.fault('late', 'clear');
  await page.waitForFunction(() => /^● live/.test(document.querySelector('.room.chosen .room-state')?.innerText));
  assert.equal((await rooms.api.call('/sessions/late')).json.state, 'connected');
  await rooms.post('/sim/comment?user=late', { username: 'ann', text: 'here we are' });
  await page.locator('.line[data-type=comment]', { hasText: 'here we are' }).waitFor();
  assert.match(await state.innerText(), /^● live/);
});

test('each state of a session is shown with its shape, word, reason and next try', limit, async (t) => {
  await fetch(`${sim.origin}/sim/end?user=over`, { method: 'POST' });
  await rooms.api.call('/disconnect', { method: 'POST', body: { session_id: 'stopped' } });
  await sim.fault('gone', 'not_found');
  await rooms.api.connect('gone', 'gone');
  await sim.fault('held', 'held_page');
  const held = rooms.api.connect('held', 'held');
  const words = { connecting: '◔ connecting', waiting: '◔ waiting', connected: '● live', reconnecting: '↻ reconnecting', disconnected: '■ stopped', ended: '■ ended', failed: '▲ failed' };
  const wanted = { held: 'connecting', night: 'waiting', deep: 'connected', dead: 'reconnecting', stopped: 'disconnected', over: 'ended', gone: 'failed' };
  const page = await openSignedIn(browser, t, tester.origin, '/access');
  const shown = (id) => page.locator('.room', { has: page.locator(`a[href="/live/${id}"]`) }).locator('.room-state').innerText();
  for (const [id, state] of Object.entries(wanted)) {
    let text, session;
    await until(`${id} is ${state}`, async () => {
      session = (await rooms.api.call(`/sessions/${id}`)).json;
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
  await rooms.follow('anna', 'bert');
  const page = await openSignedIn(browser, t, tester.origin, '/live/anna');
  const open = async (id) => {
    await page.locator(`.room-link[href="/live/${id}"]`).click();
    await page.waitForFunction((name) => document.querySelector('.toolbar h1')?.textContent === `@${name}`, id);
    await page.waitForSelector('.foot[data-phase=open]');
  };
  const pressed = () => page.locator('.filters .pill[aria-pressed=true]').allInnerTexts();
  const paused = () => page.locator('.pause').getAttribute('aria-pressed');
  const scroll = (by) => page.evaluate((pixels) => (document.querySelector('.list').scrollTop += pixels), by);
  await rooms.untilWhole(page, 'anna');
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
  await rooms.untilWhole(page, 'deep');
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
  await untilOffset(page, await rooms.settled('deep'));
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
  await sim.rate('deep', 400);
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
  await untilOffset(page, await rooms.settled('deep'));
  const log = await wholeLog(rooms.api, 'deep');
  await untilOldest(page, log);
  assertRows(await allRows(page), log);
});

test('a scroll in the moment in which the list gets another height is kept', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/live/deep');
  await rooms.untilWhole(page, 'deep');
  const top = () => list(page).evaluate((box) => box.scrollTop);
  // What stands below the rows gets higher or lower, and the reader scrolls before the next frame. Returns where the end is then.
  const scroll = (height, by) => list(page).evaluate((box, [pixels, way]) => {
    document.querySelector('.foot').style.minHeight = pixels;
    box.scrollTop += way;
    return box.scrollHeight - box.clientHeight;
  }, [height, by]);
  const old = await top();
  const end = await scroll('150px', -300);
  assert.ok(end > old + 50, 'the list is lower');
  await page.waitForURL('**paused=1');
  assert.equal(await top(), end - 300);
  await scroll('', -280);
  await frames(page, 10);
  assert.equal(await top(), end - 580);
  assert.equal(new URL(page.url()).search, '?paused=1');
});

test('a pause at 500 events a second misses nothing, and a row can be copied', limit, async (t) => {
  await rooms.follow('bert');
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
  await until('more events', async () => (await footer(page)).offset > began + 700);
  assert.deepEqual(await place(page), here);
  await page.keyboard.press('c');
  await page.locator('.foot', { hasText: /row \d+ copied/ }).waitFor();
  const offset = Number(/row (\d+) copied/.exec(await page.locator('.foot').innerText())[1]);
  const [event] = (await rooms.api.call(`/sessions/bert/events?after=${offset - 1}&limit=1`)).json.events;
  assert.deepEqual(JSON.parse(await page.evaluate(() => window.copied)), event);
  assert.equal(Number(await chosen.getAttribute('data-from')) <= offset, true);
  await page.keyboard.press('Space');
  await page.waitForFunction(() => document.querySelector('.pause').getAttribute('aria-pressed') === 'false');
  await sim.rate('bert', 0);
  await rooms.assertWhole(page, 'bert');
});

// ---- cuts

test('ten drops lose nothing, and each tells how many events were replayed', limit, async (t) => {
  const page = await rooms.openWithClock(t, '/live/steady');
  const began = await rooms.settled('steady');
  await untilOffset(page, began);
  for (let i = 1; i <= 10; i++) {
    const { offset } = await footer(page);
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press('d');
    await page.waitForSelector('.foot[data-phase=reconnecting]');
    let count = 5 + i;
    if (i % 3) for (let n = 0; n < count; n++) await rooms.post('/sim/comment?user=steady', { username: 'ann', text: `drop ${i}, comment ${n}` });
    else count = await rooms.speak('steady', 20, 500);
    const last = await rooms.settled('steady');
    const missed = (await rooms.api.call(`/sessions/steady/events?after=${offset}&limit=1000`)).json.events;
    assert.equal(missed.length, count, missed.map((event) => event.type).join());
    await page.clock.fastForward(2000); // as long as this page stays away
    const band = page.locator('[data-band=away] .figure');
    await band.waitFor();
    assert.match(await band.innerText(), new RegExp(`^You were away [\\d.]+ s · ${count} events replayed · missing 0$`));
    await untilOffset(page, last);
    await page.locator('[data-band=away]').getByRole('button', { name: 'Close' }).click();
  }
  await rooms.assertWhole(page, 'steady');
});

test('the service is killed in mid-stream: the page is back within three seconds, and nothing is missing', limit, async (t) => {
  const page = await rooms.openWithClock(t, '/live/steady');
  let refused = 0;
  page.on('response', (reply) => reply.status() === 502 && new URL(reply.url()).pathname === '/api/auth/tickets' && refused++);
  const began = await rooms.settled('steady');
  await untilOffset(page, began);
  await sim.rate('steady', 200);
  await until('the room speaks', async () => (await footer(page)).offset > began + 50);
  await rooms.killed(async () => {
    await page.waitForSelector('.foot[data-phase=reconnecting]');
    await sim.rate('steady', 0);
    // An outage so long that tries would be rare by now.
    await until('eight tries', async () => {
      await page.clock.fastForward(15_000);
      return refused >= 8;
    });
  });
  const answers = performance.now();
  await page.waitForSelector('.foot[data-phase=open]');
  const took = performance.now() - answers;
  assert.ok(took <= (sanitized ? 15_000 : 3000), `${took} ms`);
  assert.match(await page.locator('[data-band=away] .figure').innerText(), / · missing 0$/);
  await rooms.speak('steady', 50, 200);
  await rooms.assertWhole(page, 'steady');
});

test('a room that is deleted and followed again under its name is a new log, and no event of the old one is repeated', limit, async (t) => {
  await sim.rate('cleo', 20); // a room that says nothing is not connected
  await rooms.follow('cleo');
  const page = await rooms.openWithClock(t, '/live/cleo');
  await rooms.speak('cleo', 60, 300);
  await page.waitForSelector('.foot');
  await untilOffset(page, await rooms.settled('cleo'));
  const old = await wholeLog(rooms.api, 'cleo');
  await page.getByRole('button', { name: 'Actions for @cleo' }).click();
  await page.getByRole('button', { name: 'Delete with its events…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
  await page.waitForSelector('.room-link[href="/live/cleo"]', { state: 'detached' });
  assert.equal((await rooms.api.call('/sessions/cleo')).status, 404);
  await sim.rate('cleo', 20);
  await page.fill('#follow', 'cleo');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/live/cleo');
  await page.waitForSelector('.list');
  const { epoch } = (await rooms.api.call('/sessions/cleo')).json;
  assert.notEqual(epoch, old[0].epoch);
  await until('the new log in the page', async () => {
    await page.clock.fastForward(3000); // an unknown session is asked for every three seconds
    return (await footer(page)).epoch === epoch;
  });
  await until('the room is followed again', async () => (await rooms.api.call('/sessions/cleo')).json.state === 'connected');
  await sim.rate('cleo', 0);
  await rooms.post('/sim/comment?user=cleo', { username: 'ann', text: 'a new beginning' });
  const newest = page.locator('.line[data-type=comment]', { hasText: 'a new beginning' });
  await newest.waitFor();
  const log = await wholeLog(rooms.api, 'cleo');
  assert.equal(log.at(-1).comment, 'a new beginning');
  await untilOffset(page, log.at(-1).offset);
  const lines = (await allLines(page)).map(({ from, text }) => from ?? text);
  const offsets = (events) => rowsOf(events).map((event) => event.offset);
  assert.deepEqual(lines, [...offsets(old), `The log starts anew here (epoch ${old[0].epoch.slice(0, 8)} → ${epoch.slice(0, 8)})`, ...offsets(log)]);
});

test('nothing was refused by the policy, and no error was written', () => assert.deepEqual(browser.complaints, []));
