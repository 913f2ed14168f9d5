// What the page shows of rooms is what the service has: lists, files, boards and charts. And how that looks on small and large screens.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { KEY, wholeLog } from './programs.mjs';
import { startSite } from './browser.mjs';
import { allRows, assertRows, axeViolations, goTo, openSignedIn, rowKey, untilRows } from './page_browser.mjs';
import { frames, startRooms, tall, untilOffset, untilOldest } from './page_rooms_fixture.mjs';
import { until } from './wait.mjs';

const limit = { timeout: 120_000 };

let rooms, sim, tester, browser;
before(async () => {
  rooms = await startRooms(['deep', 'steady', 'dead', 'back'], 23, 280);
  ({ sim, tester, browser } = rooms);
  await rooms.follow('deep', 'steady', 'dead', 'back');
  for (const user of ['dead', 'back']) {
    await sim.fault(user, 'captcha');
    await sim.fault(user, 'drop');
  }
  await sim.rate('back', 2);
  await rooms.speak('deep', 1250, 2000);
  await until('a gap of two seconds', async () => {
    const lost = (await rooms.changes('back')).find((event) => event.state === 'reconnecting');
    return lost && Date.now() - lost.timestamp_ms > 2000;
  });
  await sim.fault('back', 'clear');
});
after(() => rooms?.stop());

test('a streak is one row that counts, and its diamonds are added once', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/live/steady?types=gift');
  await page.setViewportSize(tall);
  const diamonds = () => page.locator('.tile', { hasText: 'Diamonds' }).locator('dd').innerText();
  const number = async () => Number((await diamonds()).replace(/\D/g, ''));
  const stats = async () => (await rooms.api.call('/sessions/steady/stats')).json.gifts.diamonds;
  const told = (sum) => until(`${sum} diamonds in the page`, async () => /\d/.test(await diamonds()) && (await number()) === sum);
  const before = await rooms.settled('steady');
  await untilOffset(page, before);
  await told(await stats());
  const sum = await number();
  const truth = (await sim.truth('steady')).gifts.diamonds;
  await rooms.post('/sim/gift?user=steady', { username: 'ann', gift_id: 5655, count: 99 });
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
  const gifts = async () => (await rooms.api.call(`/sessions/steady/events?types=gift&after=${before}&limit=1000`)).json.events;
  const streaks = (events) => Object.values(Object.groupBy(events.filter((event) => event.streak_id), (event) => event.streak_id));
  await until('a streak of four events that has ended', async () => streaks(await gifts()).some((streak) => streak.length >= 4 && streak.at(-1).streak_end), { every: 100 });
  await sim.rate('steady', 0);
  const last = await rooms.settled('steady');
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
  await rooms.post('/sim/comment?user=deep', { username: 'ann', text: 'Stra\u00DFe f\u00FCr zwei\u200Bdeutig \uFF21\uFF22\uFF23' });
  const last = await rooms.settled('deep');
  const log = await wholeLog(rooms.api, 'deep');
  const query = async (text) => {
    const found = [];
    for (let after = 0, more = true; more;) {
      const { json } = await rooms.api.call(`/sessions/deep/events?limit=1000&after=${after}&${text}`);
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
  const worth = new Map(gifts.map((event) => [rowKey(event), event.diamonds])); // of its last event
  const large = gifts.filter((event) => worth.get(rowKey(event)) >= 100);
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
    const reply = await fetch(`${rooms.api.origin}/sessions/deep/export?format=${format}&types=comment,question,emote&contains=${encodeURIComponent(said)}`, { headers: { 'X-API-Key': KEY } });
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
        assert.deepEqual((await rooms.api.call(`/sessions/deep/leaderboard?by=${by}&limit=20`)).json.leaderboard.map((entry) => [entry.rank, entry.score, `/people/${entry.user.username}`]), wanted);
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
  await goTo(page, path);
  await page.waitForSelector(roots[path.split(/[/?]/)[1]], { state: 'attached' });
  if (path === '/people/anna') await page.waitForSelector('.profile');
  if (path.startsWith('/console/')) await page.waitForSelector('.op-form');
  await page.waitForSelector('.skeleton', { state: 'detached' });
}

test('at 320 pixels nothing scrolls sideways but tables, and axe-core finds nothing there and at 2560 pixels, dark and light', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/live/deep');
  await untilRows(page, 20);
  const scheme = async (name) => {
    await page.emulateMedia({ colorScheme: name, reducedMotion: 'reduce' }); // a colour on its way is not a colour
    await page.waitForFunction((theme) => document.documentElement.dataset.theme === theme, name);
  };
  await scheme('dark');
  for (const [width, height] of [[320, 640], [2560, 720]]) {
    await page.setViewportSize({ width, height });
    for (const path of views) {
      await show(page, path);
      await frames(page, 2);
      assert.deepEqual(await sideways(page), [], `${path} at ${width}`);
      if (path.includes('=')) continue;
      assert.deepEqual(await axeViolations(page), [], `${path} at ${width}, dark`);
      if (width === 320) continue; // the colours are those of wide screens
      await scheme('light');
      assert.deepEqual(await axeViolations(page, { runOnly: ['color-contrast'] }), [], `${path} at ${width}, light`);
      await scheme('dark');
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

// ---- charts, last: the gap of a room takes its time

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
    await goTo(page, `/charts/${session}?from=${from}&to=${to}&bucket=${bucket}`);
    await page.waitForFunction((id) => location.pathname === `/charts/${id}` && document.querySelectorAll('.chart canvas').length > 3, session);
    const { buckets } = (await rooms.api.call(`/sessions/${session}/timeline?bucket=${bucket}&since=${new Date(from * 1000).toISOString()}&until=${new Date(to * 1000).toISOString()}`)).json;
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
  const dead = (await rooms.changes('dead')).find((event) => event.state === 'reconnecting').timestamp_ms / 1000;
  assert.equal((await rooms.api.call('/sessions/dead')).json.state, 'reconnecting');
  const later = floor(dead) + 3 * bucket;
  await until('20 seconds without a word', () => Date.now() / 1000 > later);
  assert.ok((await look('dead', dead, later, later)) > 0);
  const back = (await rooms.changes('back')).find((event) => event.state === 'connected' && event.gap_ms);
  const again = back.timestamp_ms / 1000;
  await until('what came behind the gap', () => floor(Date.now() / 1000) - bucket > again);
  await look('back', again - back.gap_ms / 1000, again, floor(Date.now() / 1000));
});

test('nothing was refused by the policy, and no error was written', () => assert.deepEqual(browser.complaints, []));
