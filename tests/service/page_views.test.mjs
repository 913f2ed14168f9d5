// The other views of the page: the console, the keyboard, and what axe-core says of each view.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { KEY, sanitized, startApi, startSim, startTester } from './programs.mjs';
import { allRows, axeViolations, footer, goTo, openSignedIn, rowsOf, startPageBrowser, untilRows } from './page_browser.mjs';
import { until } from './wait.mjs';

const limit = { timeout: 120_000 };

let sim, api, tester, browser, readKey;
before(async () => {
  sim = await startSim('--user', 'quizhost', '--seed', '5', '--rate', '20');
  api = await startApi(sim);
  [tester, browser] = await Promise.all([startTester(api.origin), startPageBrowser()]);
  assert.equal((await api.connect('demo', 'quizhost')).status, 200);
  readKey = (await api.call('/auth/api-keys', { method: 'POST', body: { name: 'reader', permissions: ['read'] } })).json.api_key;
});
after(async () => {
  await browser?.close();
  await tester?.stop();
  await api?.stop();
  await sim?.stop();
});

test('dropping the connection loses nothing', limit, async (t) => {
  await sim.rate('quizhost', 100);
  const page = await openSignedIn(browser, t, tester.origin, '/live/demo');
  await untilRows(page, 20);
  await page.locator('.list').focus();
  await page.keyboard.press('d');
  await page.waitForSelector('[data-band=away]');
  const said = await page.locator('[data-band=away] .figure').innerText();
  const [, replayed] = /^You were away [\d.]+ s · (\d+) events replayed · missing 0$/.exec(said) ?? assert.fail(said);
  assert.ok(Number(replayed) > 0, said);
  await sim.rate('quizhost', 20);
  const { offset, missing } = await footer(page);
  assert.equal(missing, 0);
  const rows = (await allRows(page)).filter(([from]) => from <= offset);
  const stored = [];
  for (let after = 0, more = true; more;) {
    const { json } = await api.call(`/sessions/demo/events?limit=1000&after=${after}`);
    stored.push(...json.events.filter((event) => event.offset <= offset));
    ({ next_after: after, more } = json);
    more &&= after < offset;
  }
  // A streak may have begun before the first row that was read.
  const expected = rowsOf(stored).filter((event) => event.offset >= rows[0][0]);
  assert.deepEqual(rows.map(([from, type]) => [from, type]), expected.map((event) => [event.offset, event.type]));
});

test('an access token that ends while the room is open costs nothing', { ...limit, skip: sanitized && 'it waits for 30 s, and the release build has seen it' }, async (t) => {
  const short = await startApi(sim, { JWT_ACCESS_TOKEN_EXPIRE: '30' }); // no token may be shorter
  const its = await startTester(short.origin);
  t.after(async () => {
    await its.stop();
    await short.stop();
  });
  assert.equal((await short.connect('demo', 'quizhost')).status, 200);
  const page = await browser.open(t, `${its.origin}/live/demo`);
  const sockets = [];
  page.on('websocket', (socket) => sockets.push(socket));
  await page.getByText('Use name and password').click();
  await page.fill('#username', 'admin');
  await page.fill('#password', 'Admin123!');
  await page.keyboard.press('Enter');
  await until('the second socket, with another access token', async () => sockets.length > 1 && (await footer(page)).phase === 'open', { seconds: 50 });
  assert.ok(sockets[0].isClosed());
  assert.equal((await footer(page)).missing, 0);
});

test('the console sends a request, and shows its answer, headers and curl line', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/console/list_sessions');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  assert.match(await page.locator('.answer-line').innerText(), /● 200/);
  const shown = JSON.parse(await page.locator('.answer-body').innerText());
  assert.deepEqual(shown.sessions.map((session) => session.session_id), ['demo']);
  assert.equal(await page.locator('.op .command code').innerText(), `curl -s -H "X-API-Key: $PROFILE_API_KEY" '${tester.origin}/api/sessions'`);
  await page.locator('.answer summary').click();
  assert.match(await page.locator('.answer .members').innerText(), /x-correlation-id/);
});

test('an answer above 256 KiB is shown to that length, and whole on demand', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/console/get_leaderboard?path.id=demo');
  const body = page.locator('.answer-body');
  const all = page.getByRole('button', { name: /^Show all/ });
  const lines = (size) => `${'0123456789 abcdefg\n'.repeat(size / 18 + 1).slice(0, size - 1)}!`;
  const send = async (size) => {
    await page.unrouteAll();
    await page.route(/\/leaderboard/, (route) => route.fulfill({ contentType: 'text/plain', body: lines(size) }));
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.locator('.answer-line', { hasText: size < 1_000_000 ? '256 KiB' : '5 MiB' }).waitFor();
  };
  const shown = () => body.evaluate(({ textContent: text }) => [text.length, text.at(-1)]);
  await send(262_144);
  await until('all of it', async () => (await shown())[1] === '!');
  assert.deepEqual([await shown(), await all.count()], [[262_144, '!'], 0]);
  await send(5_242_880);
  await all.waitFor();
  assert.deepEqual(await shown(), [262_144, lines(5_242_880)[262_143]]);
  await all.click();
  await all.waitFor({ state: 'detached' });
  assert.deepEqual(await shown(), [5_242_880, '!']);
});

test('a request that is taken again leaves its body out of the address', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/console/login');
  await page.fill('#f-body-username', 'nobody');
  await page.fill('#f-body-password', 'not-the-password');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.waitForSelector('.answer-line');
  await page.locator('.op-list a[href="/console/list_sessions"]').click();
  await page.locator('summary', { hasText: 'Sent from here' }).click();
  await page.getByRole('button', { name: 'Take' }).first().click();
  await page.waitForURL('**/console/login*');
  assert.equal(new URL(page.url()).search, '');
});

test('each operation of the document has a form that marks what is needed', limit, async (t) => {
  const document = await (await fetch(`${tester.origin}/api/openapi.json`, { headers: { 'X-API-Key': KEY } })).json();
  const page = await openSignedIn(browser, t, tester.origin, '/console/list_sessions');
  await page.waitForSelector('.op-form');
  const listed = await page.locator('.op-list a').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  let needed = 0;
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of ['get', 'post', 'put', 'patch', 'delete']) {
      const operation = item[method];
      if (!operation || path.startsWith('/ws/')) continue;
      assert.ok(listed.includes(`/console/${operation.operationId}`), operation.operationId);
      if (!path.includes('{')) continue;
      await page.evaluate((id) => document.querySelector(`.op-list a[href="/console/${id}"]`).click(), operation.operationId);
      await page.waitForFunction((text) => document.querySelector('.op h1 code')?.textContent === text, path);
      const marked = await page.locator('[id^=f-path-]').evaluateAll((fields) => fields.filter((field) => field.required).length);
      assert.equal(marked, path.split('{').length - 1, path);
      needed += marked;
    }
  }
  assert.ok(needed > 0);
});

test('the socket console shows each frame, and the close code with its meaning', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/console/websocket');
  await page.fill('#ws-session', 'demo');
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await page.waitForSelector('.ws-frame.frame');
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await page.waitForFunction(() => /closed with 1000.*the conversation has ended/.test(document.querySelector('.frames').textContent));
  await page.fill('#ws-session', 'nobody');
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await page.waitForFunction(() => /4004|not_found|No session|unknown/i.test(document.querySelector('.op').textContent));
});

test('without a mouse: sign in, search, pause, inspect, drop, and go to every view', limit, async (t) => {
  const page = await browser.open(t, tester.origin);
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  await page.waitForFunction(() => document.activeElement?.id === 'key');
  await page.keyboard.type(KEY);
  await press('Enter');
  await untilRows(page, 30);
  await press('Tab');
  assert.ok(await page.evaluate(() => document.activeElement.className === 'skip' || document.activeElement !== document.body));
  await page.evaluate(() => document.activeElement.blur());
  await press('/');
  await page.waitForFunction(() => document.activeElement?.id === 'search');
  await press('Escape', 'Space');
  await page.waitForURL('**paused=1');
  await press('k', 'k', 'Enter');
  await page.waitForSelector('.inspector .members');
  const before = await page.locator('.line.chosen').getAttribute('data-from');
  await press('j');
  await page.waitForFunction((from) => document.querySelector('.line.chosen').dataset.from !== from, before);
  await press('Escape');
  await page.waitForSelector('.inspector', { state: 'detached' });
  await press('End', '1');
  await page.waitForURL('**types=comment**');
  await press('0', 'd');
  await page.waitForSelector('[data-band=away]');
  for (const [key, view] of [['c', 'charts'], ['p', 'people'], ['o', 'overlays'], ['k', 'console'], ['h', 'health'], ['a', 'access'], ['l', 'live']]) {
    await press('g', key);
    await page.waitForFunction((name) => location.pathname.startsWith(`/${name}`), view);
  }
  await page.waitForSelector('.foot'); // the view has come: before, it would take the place of the list
  await press('?');
  await page.waitForSelector('dialog[open] .key-map');
  await press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });
  await press('f');
  await page.waitForFunction(() => document.activeElement?.id === 'follow');
  await press('Escape');
  await page.locator('#main').focus();
  await press('?');
  await page.waitForSelector('dialog[open] .key-map');
  // One key right behind the other, and then all effects of the dialog: none of them takes the focus again.
  assert.equal(await page.evaluate(async () => {
    for (const key of ['Escape', 'f']) {
      document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
      await null; // the page draws
    }
    for (let i = 0; i < 4; i++) await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    return document.querySelector('dialog') ? 'a dialog' : document.activeElement.id;
  }), 'follow');
});

test('a key that may only read sees no control that changes something', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/', readKey);
  await page.waitForSelector('.room');
  assert.equal(await page.locator('#follow').count(), 0);
  assert.equal(await page.locator('.room .menu').count(), 0);
  assert.match(await page.locator('.rooms-note').innerText(), /needs connect/);
});

test('on air no part of a key is shown, not even of one that was just made, and none is drawn', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/access');
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const shown = () => page.evaluate(() => document.body.innerText + [...document.querySelectorAll('input')].map((input) => input.value));
  const press = async (key) => {
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press(key);
  };
  /** Makes a key, and gives the pixels of its place while everybody may see it and on air. */
  const make = async () => {
    await page.fill('#key-name', 'for the show');
    const made = page.waitForResponse((reply) => reply.request().method() === 'POST' && new URL(reply.url()).pathname === '/api/auth/api-keys');
    await page.getByRole('button', { name: 'Make', exact: true }).click();
    const { api_key: key } = await (await made).json();
    assert.match(key, /^pk_[\w-]{43}$/);
    const code = page.locator('.made code');
    await page.locator('.made').getByRole('button', { name: 'Show' }).click(); // also where the key before was shown
    assert.equal(await code.innerText(), key);
    assert.ok((await shown()).includes(key.slice(0, 8)));
    await page.mouse.move(0, 0);
    const open = await code.screenshot({ caret: 'hide' });
    await press('O');
    await page.waitForSelector('.on-air');
    assert.doesNotMatch(await shown(), /pk_/);
    assert.ok(await page.locator('.made').getByRole('button', { name: 'Show' }).isDisabled());
    const onAir = await code.screenshot({ caret: 'hide' });
    await press('O');
    await page.waitForSelector('.on-air', { state: 'detached' });
    assert.ok(!(await shown()).includes(key), 'what was shown is not shown again by itself');
    await page.locator('.made').getByRole('button', { name: 'Show' }).click();
    return { key, open, onAir };
  };
  const [first, second] = [await make(), await make()];
  assert.notEqual(first.key, second.key);
  assert.notDeepEqual(first.open, second.open);
  assert.deepEqual(first.onAir, second.onAir);
});

/** All that a page says to readers and to programs that read it for them, its frames too. Dots stand for what is in a field for passwords. */
const said = async (page) => {
  const texts = await Promise.all(page.frames().map((frame) => frame.evaluate(() => {
    const parts = [document.title];
    const walker = document.createTreeWalker(document, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT | NodeFilter.SHOW_COMMENT);
    while (walker.nextNode()) {
      const { currentNode: node } = walker;
      if (node.nodeType !== Node.ELEMENT_NODE) parts.push(node.data);
      else parts.push(...[...node.attributes].map(({ name, value }) => `${name}=${value}`), node.type !== 'password' && typeof node.value === 'string' ? node.value : '');
    }
    return parts.join('\n');
  })));
  return texts.join('\n');
};

test('on air no secret stands in a text, an attribute, a field or the title of any view', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/access');
  const press = async (key) => {
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press(key);
  };
  const make = async (path, fill, shown) => {
    await goTo(page, path);
    await fill();
    const text = await shown.innerText();
    const secret = /(?:pk|st)_[\w-]{20,}|[\w-]{22,}/.exec(text)?.[0] ?? assert.fail(`${path}: ${text}`);
    assert.ok((await said(page)).includes(secret), path);
    await press('O');
    await page.waitForSelector('.on-air');
    assert.ok(!(await said(page)).includes(secret), path);
    await press('O');
    await page.waitForSelector('.on-air', { state: 'detached' });
    return secret;
  };
  const show = () => page.getByRole('button', { name: /^Show/ }).click();
  const secrets = [
    await make('/access?tab=stream-tokens', async () => {
      await page.fill('#token-name', 'for the show');
      await page.getByRole('button', { name: 'Make', exact: true }).click();
      await show();
    }, page.locator('.made code')),
    await make('/access?tab=me', async () => {
      await page.getByRole('button', { name: 'Make a ticket' }).click();
      await show();
    }, page.locator('.secret code')),
    await make('/overlays?session=demo', async () => {
      await page.getByRole('button', { name: 'Make the link' }).click();
      await show();
    }, page.locator('.overlay-address code')),
    await make('/console/create_ticket', async () => {
      await page.fill('#f-body-session_ids', 'demo');
      await page.getByRole('button', { name: 'Send', exact: true }).click();
    }, page.locator('.answer-body')),
    await make('/console/list_sessions', () => page.getByLabel('with my real credential').check(), page.locator('.command code')),
  ];
  assert.equal(secrets.at(-1), KEY);
  const { keys } = (await api.call('/auth/api-keys')).json;
  const tokens = (await api.call('/auth/stream-tokens')).json.stream_tokens;
  const { email } = (await api.call('/auth/me')).json;
  const masked = [...secrets, ...[...keys, ...tokens].map((each) => each.preview), ...(email ? [email] : [])];
  assert.ok(keys.length > 0 && tokens.length > 1);
  await press('O');
  for (const view of ['/live/demo', '/charts/demo', '/people', '/people/quizhost', '/overlays?session=demo', '/console/create_ticket', '/console/list_sessions', '/health', '/access', '/access?tab=stream-tokens', '/access?tab=shares', '/access?tab=me']) {
    await goTo(page, view);
    await page.waitForFunction((path) => location.pathname + location.search === path && document.querySelector('main h1, main h2') && !document.querySelector('.skeleton'), view);
    const text = await said(page);
    assert.deepEqual(masked.filter((secret) => text.includes(secret)), [], view);
  }
});

test('axe-core finds nothing, in any view, dark and light, wide and narrow', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/live/demo');
  const colours = { runOnly: ['color-contrast'] };
  const look = async (where, rules) => assert.deepEqual(await axeViolations(page, rules), [], where);
  const theme = async (scheme) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' }); // a colour on its way is not a colour
    await page.waitForFunction((name) => document.documentElement.dataset.theme === name, scheme);
  };
  await untilRows(page, 30);
  await page.keyboard.press('k');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.inspector .members');
  const places = ['/charts/demo', '/people', '/people/quizhost', '/overlays', '/console/list_sessions', '/health', '/access', '/access?tab=stream-tokens'];
  await theme('dark');
  await look('live, dark');
  await theme('light');
  await look('live, light', colours);
  for (const place of places) {
    await goTo(page, place);
    await page.waitForSelector('main h1');
    await page.waitForSelector('.skeleton', { state: 'detached' });
    await theme('light');
    await look(`${place}, light`, colours);
    await theme('dark');
    await look(`${place}, dark`);
  }
  await page.setViewportSize({ width: 320, height: 640 });
  await look('access, 320');
  await page.goBack();
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
});

test('nothing was refused by the policy, and no error was written', () => assert.deepEqual(browser.complaints, []));
