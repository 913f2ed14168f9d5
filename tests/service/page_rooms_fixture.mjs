// Rooms that are quiet until a test lets them speak, with the programs and the browser in which they are looked at.
import assert from 'node:assert/strict';
import { KEY, startApi, startSim, startTester, wholeLog } from './programs.mjs';
import { freePort } from './free_port.mjs';
import { allRows, assertRows, footer, rowCount, startPageBrowser } from './page_browser.mjs';
import { until } from './wait.mjs';

/** So high that few steps lead through all rows. */
export const tall = { width: 1280, height: 2400 };

/** Each room begins with `backlog` comments of the last minutes (280: seven minutes). `rooms.api` is another object after the service was started again. */
export async function startRooms(users, seed, backlog) {
  const sim = await startSim(...users.flatMap((user) => ['--user', user]), '--seed', String(seed), '--backlog', String(backlog));
  await Promise.all(users.map((user) => sim.rate(user, 0)));
  const settings = { LIVE_CHECK_INTERVAL: '3', LIVE_STREAK_TIMEOUT: '3600', LIVE_SILENCE_TIMEOUT: '3600', PORT: String(await freePort()) };
  const rooms = { sim, api: await startApi(sim, settings) };
  [rooms.tester, rooms.browser] = await Promise.all([startTester(rooms.api.origin), startPageBrowser()]);
  await rooms.browser.context.grantPermissions(['clipboard-write'], { origin: rooms.tester.origin });

  /** Follows rooms, unless an earlier test did. */
  rooms.follow = (...names) => Promise.all(names.map(async (user) => assert.equal((await rooms.api.connect(user, user)).status, 200)));
  /** The events of a session about itself. */
  rooms.changes = async (session) => (await rooms.api.call(`/sessions/${session}/events?types=session&limit=1000`)).json.events;
  rooms.post = async (path, body) => {
    const reply = await fetch(sim.origin + path, { method: 'POST', body: body && JSON.stringify(body) });
    assert.equal(reply.status, 200);
    return reply.json();
  };
  /** Waits until the log of a quiet room holds all that was said, and returns its last offset. */
  rooms.settled = (session) =>
    until(`all that @${session} has said`, async () => {
      const [{ json }, own, truth] = await Promise.all([rooms.api.call(`/sessions/${session}`), rooms.changes(session), sim.truth(session)]);
      return json.offset === truth.total + own.length && json.offset;
    });
  /** Lets a room say at least `count` messages, and returns how many there were. */
  rooms.speak = async (user, count, rate) => {
    const before = (await sim.truth(user)).total;
    await sim.rate(user, rate);
    await until(`${count} messages of @${user}`, async () => (await sim.truth(user)).total >= before + count);
    await sim.rate(user, 0);
    await rooms.settled(user);
    return (await sim.truth(user)).total - before;
  };
  /** Kills the service, and starts it again on its port with its database when `meanwhile` is done. */
  rooms.killed = async (meanwhile) => {
    await rooms.api.kill();
    await meanwhile();
    rooms.api = await startApi(sim, settings, rooms.api.folder);
  };
  /** Waits until the list shows all that a quiet room has said. */
  rooms.untilWhole = async (page, session) => {
    await untilOffset(page, await rooms.settled(session));
    await until('the end of the list', () => list(page).evaluate((box) => box.scrollHeight > box.clientHeight && box.scrollTop >= box.scrollHeight - box.clientHeight - 1 && box.querySelectorAll('.line').length > 3));
    await frames(page, 18); // the height of the whole follows four times a second
  };
  /** The page shows the whole log of a quiet room, back to its first event. */
  rooms.assertWhole = async (page, session) => {
    await rooms.untilWhole(page, session);
    const log = await wholeLog(rooms.api, session);
    await untilOldest(page, log);
    assertRows(await allRows(page), log);
    assert.equal((await footer(page)).missing, 0);
  };
  /** A page whose clock can be put forward. */
  rooms.openWithClock = async (t, path) => {
    const page = await rooms.browser.context.newPage();
    t.after(() => page.close());
    await page.clock.install();
    await page.setViewportSize(tall);
    await page.goto(rooms.tester.origin + path);
    await page.fill('#key', KEY);
    await page.keyboard.press('Enter');
    return page;
  };
  rooms.stop = async () => {
    await rooms.browser.close();
    await rooms.tester.stop();
    await rooms.api.stop();
    await sim.stop();
  };
  return rooms;
}

export const list = (page) => page.locator('.list');
export const frames = (page, count) =>
  page.evaluate(async (left) => {
    while (left-- > 0) await new Promise(requestAnimationFrame);
  }, count);

/** The first row that is whole in sight, and how far below the top edge. */
export const place = (page) =>
  list(page).evaluate((box) => {
    const edge = box.getBoundingClientRect().top;
    const rows = [...box.querySelectorAll('.line[data-from]')].map((row) => ({ from: Number(row.dataset.from), y: Math.round(row.getBoundingClientRect().top - edge) }));
    return rows.filter(({ y }) => y >= 0).sort((a, b) => a.y - b.y)[0];
  });

/** Waits until the list is at a place, and stays there. */
export async function untilPlace(page, wanted) {
  let now;
  await until(`row ${wanted.from} at ${wanted.y}`, async () => JSON.stringify((now = await place(page).catch(() => null))) === JSON.stringify(wanted)).catch((error) => assert.fail(`${error.message}; it is ${JSON.stringify(now)}`));
  await frames(page, 20);
  assert.deepEqual(await place(page), wanted);
}

/** Looks upwards until the list has as many rows as these events make, and is at its beginning. */
export async function untilOldest(page, events) {
  const wanted = rowCount(events);
  await until(`${wanted} rows`, async () => {
    const shown = await list(page).evaluate((box) => {
      const number = Number(/(?:Shown|Kept here) ([\d,]+)/.exec(document.querySelector('.foot').innerText)[1].replaceAll(',', ''));
      const atTop = box.scrollTop === 0;
      box.scrollTop = 0;
      return atTop ? number : -1;
    });
    return shown === wanted;
  }).catch(async (error) => assert.fail(`${error.message}: ${await page.locator('.foot').innerText()} ${page.url()}`));
}

/** Waits until the line below the rows tells this offset, and nothing is missing. */
export async function untilOffset(page, offset) {
  await until(`offset ${offset} in the page`, async () => (await footer(page)).offset === offset);
  assert.equal((await footer(page)).missing, 0);
}
