// A real chromium uses the API from pages: of allowed origins, of others, and of pages that have none.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { html, startBrowser, startSite, startWitness } from './browser.mjs';
import { certificate, folderOf } from './clients.mjs';
import { makeKey, makeUser, withAccounts } from './people.mjs';
import { KEY, startApi, startSim, wholeLog } from './programs.mjs';
import { startProxy } from './reverse_proxies.mjs';
import { noteSecrets } from './secrets.mjs';
import { until } from './wait.mjs';

const limit = { timeout: 60_000 };
const running = [];
const keep = (program) => (running.push(program), program);
let site; // of the quiz maker
let publicSite; // the same, for chromium on a public address
let browser;
before(async () => {
  site = keep(await startSite());
  publicSite = keep(await startSite());
  browser = await startBrowser(`--ip-address-space-overrides=127.0.0.1:${publicSite.port}=public`);
}, limit);
after(async () => {
  await browser?.close();
  for (const program of running.reverse()) await program.stop();
}, limit);

const quiz = () => site.of('quiz.example');
const notAllowed = '4003 Origin: not allowed; name it in CORS_ALLOW_ORIGINS, or the proxy in TRUSTED_PROXIES';
const withKey = (more) => ({ 'X-API-Key': KEY, ...more });

/** A room and a service that the quiz maker's pages may use. */
async function service(t, settings = {}) {
  const sim = await startSim('--user', 'host', '--seed', '5', '--rate', '200', '--count', '100000');
  t.after(() => sim.stop());
  const api = await startApi(sim, { ...withAccounts, CORS_ALLOW_ORIGINS: quiz(), LIVE_CHECK_INTERVAL: '1', AVATAR_SCRAPER_ENABLED: 'false', AVATAR_LIVE_ENABLED: 'false', ...settings });
  t.after(() => api.stop());
  return { sim, api };
}

const ask = (page, url, options) => page.evaluate(([url, options]) => ask(url, options), [url, options]);
/** A ticket that the page itself gets. */
async function ticket(page, api, body = { session_ids: ['quiz'] }, key = KEY) {
  const reply = await ask(page, `${api.origin}/auth/tickets`, { method: 'POST', headers: { 'X-API-Key': key, 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  const json = JSON.parse(reply.text);
  noteSecrets(json);
  return json.ticket;
}
/** Ends session `quiz`, and gives its log, to which nothing is added any more. */
async function endOf(api) {
  assert.equal((await api.call('/disconnect', { method: 'POST', body: { session_id: 'quiz' } })).status, 200);
  return until('the event of the disconnect', async () => {
    const log = await wholeLog(api, 'quiz');
    return log.at(-1).state === 'disconnected' && log;
  });
}
const openStream = (page, url) => page.evaluateHandle((url) => new Stream(url), url);
const openSocket = (page, url) => page.evaluateHandle((url) => new Socket(url), url);


const cors = ['cache-control', 'content-length', 'content-type', 'x-correlation-id'];
const limits = ['ratelimit', 'ratelimit-policy', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'];

test('a page of an allowed origin sends the headers that the API reads, and reads those that say something to it', limit, async (t) => {
  const { api } = await service(t, { RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_API_REQUESTS: '5000' });
  assert.equal((await api.connect('quiz', 'host')).status, 200);
  const epoch = (await api.call('/sessions/quiz/events')).json.epoch;
  const page = await browser.open(t, quiz());
  const avatar = (await ask(page, `${api.origin}/profile/ann/avatar`, { headers: withKey() })).headers.etag;
  assert.match(avatar, /^"[0-9a-f]{16}"$/);
  const json = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  const picture = { etag: avatar, 'cache-control': 'private, max-age=300' };
  const rows = [
    // path, what the page sends, status, what its script finds: values, names of other headers, in the body
    ['/healthcheck', {}, 200, { 'content-type': 'application/json' }, ['content-length', 'x-correlation-id'], '"status":"healthy"'],
    ['/sessions/quiz', { headers: withKey() }, 200, { ...json, 'x-ratelimit-limit': '5000', 'ratelimit-policy': '"api";q=5000;w=60' }, [...cors, ...limits], '"session_id":"quiz"'],
    ['/sessions/quiz/', { headers: withKey() }, 200, json, [...cors, ...limits], '"session_id":"quiz"'], // 308, with a preflight for each of both
    ['/sessions/quiz/events?limit=1', { headers: withKey({ 'Cache-Control': 'no-cache', 'X-Correlation-ID': 'quiz-1' }) }, 200, { ...json, 'x-correlation-id': 'quiz-1' }, [...cors, ...limits], '"offset":1,'],
    ['/sessions/quiz/events?after=1', { headers: withKey({ Accept: 'application/x-ndjson' }) }, 200, { 'x-stream-epoch': epoch, 'x-stream-offset': '1', 'x-stream-recovered': 'true' }, ['cache-control', 'content-type', 'x-correlation-id', 'x-session-epoch', ...limits], '"offset":2,'],
    ['/sessions/quiz/stream', { headers: withKey({ 'Last-Event-ID': `${epoch}:2` }), enough: '"offset":3,' }, 200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-session-epoch': epoch }, ['cache-control', 'x-correlation-id', ...limits], `\nevent: connected\nid: ${epoch}:2\n`],
    ['/sessions/quiz/export', { headers: withKey() }, 200, { 'content-type': 'application/x-ndjson' }, ['cache-control', 'content-disposition', 'x-correlation-id', ...limits], '"offset":1,'],
    ['/profile/ann/avatar', { headers: withKey({ 'If-None-Match': avatar }) }, 304, picture, ['x-correlation-id'], ''],
    ['/profile/ann/avatar', { headers: withKey({ 'If-None-Match': '"other"' }) }, 200, { ...picture, 'content-type': 'image/svg+xml' }, ['content-length', 'x-correlation-id'], '<svg '],
    ['/auth/tickets', { method: 'POST', headers: withKey({ 'Content-Type': 'application/json' }), body: '{}' }, 201, json, [...cors, ...limits], '"expires_in":60'],
    ['/sessions/none', { method: 'DELETE', headers: withKey() }, 404, json, [...cors, ...limits], '"error":"NOT_FOUND"'],
    ['/sessions', { headers: { Authorization: 'Bearer x.y.z' } }, 401, { ...json, 'www-authenticate': 'Bearer' }, cors, '"error":"AUTHENTICATION_FAILED"'],
    ['/connect', { headers: withKey() }, 405, { allow: 'POST' }, ['content-length', 'content-type', 'x-correlation-id', ...limits], '"error":"METHOD_NOT_ALLOWED"'],
  ];
  for (const [path, options, status, values, names, text] of rows) {
    const reply = await ask(page, api.origin + path, options);
    const what = `${options.method ?? 'GET'} ${path} ${JSON.stringify(reply)}`;
    assert.equal(reply.status, status, what);
    for (const [name, value] of Object.entries(values)) assert.equal(reply.headers[name], value, what);
    assert.deepEqual(Object.keys(reply.headers).sort(), [...new Set([...Object.keys(values), ...names])].sort(), what);
    assert.ok(reply.text.includes(text), what);
  }
  await api.logged(/"method":"OPTIONS","path":"\/sessions\/quiz","endpoint":"OPTIONS","status_code":204/); // chromium did ask before
});

test('a page reads the whole log of a room live from an EventSource and its comments from a WebSocket, each by a ticket', limit, async (t) => {
  const { sim, api } = await service(t);
  await sim.fault('host', 'offline');
  assert.equal((await api.connect('quiz', 'host', { wait_until_live: true })).json.state, 'waiting');
  const page = await browser.open(t, quiz());
  const stream = await openStream(page, `${api.origin}/sessions/quiz/stream?after=0&ticket=${await ticket(page, api)}`);
  const comments = await openSocket(page, `${api.origin}/ws/comments/quiz?ticket=${await ticket(page, api)}`);
  for (const reader of [stream, comments]) assert.equal(await reader.evaluate((r) => r.begun), 'open');
  await sim.fault('host', 'clear');
  await stream.evaluate((s) => s.reach(50, 'comment'));
  const log = await endOf(api);
  await stream.evaluate((s, count) => s.reach(count), log.length);
  const seen = await stream.evaluate((s) => ({ events: s.events.items, ids: s.ids, hellos: s.hellos.items, cuts: s.cuts }));
  assert.deepEqual(log.map((e) => e.offset), log.map((_, i) => i + 1));
  assert.deepEqual(seen.events, log);
  assert.deepEqual(seen.ids, log.map((e) => `${e.epoch}:${e.offset}`));
  assert.deepEqual([seen.cuts, seen.hellos.map((hello) => [hello.offset, hello.recovered])], [0, [[0, true]]]);

  const said = log.filter((e) => e.type === 'comment');
  await comments.evaluate((s, count) => s.messages.reach(count, 'comment'), said.length);
  await comments.evaluate((s) => (s.socket.send('{"type":"ping"}'), s.messages.reach(1, 'pong')));
  const messages = await comments.evaluate((s) => s.messages.items);
  assert.deepEqual(messages, [
    { type: 'connected', session_id: 'quiz', message: 'Subscribed to the comments of this session' },
    ...said.map((e) => ({
      type: 'comment',
      data: { id: e.id, comment: e.comment, text: e.comment, username: e.user.username, user: { username: e.user.username, nickname: e.user.nickname, userId: e.user.id }, timestamp: e.timestamp, timestamp_ms: e.timestamp_ms, session_id: 'quiz', source: 'tiktok' },
    })),
    { type: 'pong' },
  ]);
});

/** What a page may do with each of these services: by fetch with a key in a header and without, by EventSource, and by WebSocket. */
const useAll = (frame, origins) =>
  frame.evaluate(([origins, key]) => {
    const use = async (origin) => {
      const stream = new Stream(`${origin}/sessions/quiz/stream?api_key=${key}`);
      const socket = new Socket(`${origin}/ws/comments/quiz?api_key=${key}`);
      const asked = await ask(`${origin}/sessions/quiz`, { headers: { 'X-API-Key': key } });
      const simple = await ask(`${origin}/healthcheck`);
      const result = [asked.failed ?? asked.status, simple.failed ?? simple.status, await stream.begun, await socket.begun];
      stream.source.close();
      socket.socket.close();
      return result;
    };
    return Promise.all(origins.map(use));
  }, [origins, KEY]);
const use = async (frame, origin) => (await useAll(frame, [origin]))[0];
const mayAll = [200, 200, 'open', 'open'];
const mayNothing = ['TypeError', 'TypeError', 'closed', notAllowed];

/** A frame in a page of the quiz maker: what its element is given. */
async function frameIn(page, attributes) {
  await page.evaluate(async ([attributes, html]) => {
    const frame = document.createElement('iframe');
    const sources = { srcdoc: html, data: `data:text/html,${encodeURIComponent(html)}`, blob: URL.createObjectURL(new Blob([html], { type: 'text/html' })) };
    if (attributes.sandbox) frame.sandbox = attributes.sandbox;
    if (attributes.source === 'srcdoc') frame.srcdoc = html;
    else frame.src = sources[attributes.source];
    await new Promise((resolve) => ((frame.onload = resolve), document.body.append(frame)));
  }, [attributes, html]);
  return page.frames().at(-1);
}

test('chromium says which page it is, and each form of CORS_ALLOW_ORIGINS lets in its own and no other', limit, async (t) => {
  const other = await startSite();
  const witness = await startWitness();
  t.after(() => Promise.all([other.stop(), witness.stop()]));
  const sim = await startSim('--user', 'host', '--rate', '20', '--count', '100000');
  t.after(() => sim.stop());
  const forms = [quiz(), site.of('*.wild.example'), site.of('xn--bcher-kva.example'), 'null', 'file://', undefined];
  const services = await Promise.all(forms.map((form) => startApi(sim, { CORS_ALLOW_ORIGINS: form })));
  t.after(() => Promise.all(services.map((api) => api.stop())));
  for (const api of services) assert.equal((await api.connect('quiz', 'host')).status, 200);
  const any = undefined; // development's default: every page
  const files = await startBrowser('--allow-file-access-from-files'); // as apps that show files set their web view
  t.after(() => files.close());
  const frame = (attributes) => async () => frameIn(await browser.open(t, quiz()), attributes);
  const at = (url, of = browser) => () => of.open(t, url);
  const rows = [
    // the page, the Origin that chromium sends, the forms that let it in
    ['a page', at(quiz()), quiz(), [quiz(), any]],
    ['a page of the same host on another port', at(other.of('quiz.example')), other.of('quiz.example'), [any]],
    ['a sub-domain', at(site.of('a.quiz.example')), site.of('a.quiz.example'), [any]],
    ['another host', at(site.of('evil.example')), site.of('evil.example'), [any]],
    ['a sub-domain of a wildcard', at(site.of('a.wild.example')), site.of('a.wild.example'), [site.of('*.wild.example'), any]],
    ['the domain of a wildcard itself', at(site.of('wild.example')), site.of('wild.example'), [any]],
    ['a name in Unicode', at(site.of('bücher.example')), site.of('xn--bcher-kva.example'), [site.of('xn--bcher-kva.example'), any]],
    ['a frame with its own text', frame({ source: 'srcdoc' }), quiz(), [quiz(), any]],
    ['a blob', frame({ source: 'blob' }), quiz(), [quiz(), any]],
    ['a sandboxed frame', frame({ source: 'srcdoc', sandbox: 'allow-scripts' }), 'null', ['null', any]],
    ['a data: frame', frame({ source: 'data' }), 'null', ['null', any]],
    ['a file', at(browser.file), 'null', ['null', any]],
    ['a file, where files may read files', at(files.file, files), 'file://', ['file://', any]],
  ];
  for (const [what, open, origin, expected] of rows) {
    const page = await open();
    await page.evaluate(async (witness) => {
      await ask(`${witness}/fetch`);
      const stream = new Stream(`${witness}/stream`);
      await stream.begun;
      stream.source.close();
      await new Socket(`${witness}/socket`).closed;
    }, witness.of('127.0.0.1'));
    assert.deepEqual(witness.origins, { fetch: origin, stream: origin, socket: origin }, what);
    for (const name of Object.keys(witness.origins)) delete witness.origins[name];
    const found = await useAll(page, services.map((api) => api.origin));
    assert.deepEqual(forms.filter((_, i) => found[i][0] === 200), expected, what);
    for (const [i, form] of forms.entries()) assert.deepEqual(found[i], expected.includes(form) ? mayAll : mayNothing, `${what}, CORS_ALLOW_ORIGINS=${form}`);
  }
  // What a page learns that asks without CORS: that something is there.
  const stranger = await browser.open(t, site.of('evil.example'));
  assert.deepEqual(await ask(stranger, `${services[0].origin}/healthcheck`, { mode: 'no-cors' }), { status: 0, type: 'opaque', headers: {}, text: '' });
});

test('a page of the own origin, behind nginx, needs no setting', limit, async (t) => {
  const own = certificate(folderOf(t), 'localhost');
  const { api } = await service(t, { CORS_ALLOW_ORIGINS: 'https://nobody.example', TRUSTED_PROXIES: '127.0.0.1' });
  assert.equal((await api.connect('quiz', 'host')).status, 200);
  const locations = `location /pages/ { proxy_pass ${site.of('127.0.0.1')}; }`;
  const { origin } = await startProxy('nginx', t, api, own, { locations });
  const page = await browser.open(t, `${origin}/pages/quiz.html`);
  assert.deepEqual(await use(page, origin), mayAll);
  assert.deepEqual(await use(await browser.open(t, quiz()), origin), mayNothing);
});

test('a page from a public address reaches a service on loopback where its user permits that, and needs TLS to ask', limit, async (t) => {
  const { api } = await service(t, { CORS_ALLOW_ORIGINS: '*' });
  assert.equal((await api.connect('quiz', 'host')).status, 200);
  const blocked = ['TypeError', 'TypeError', 'closed', '1006 '];
  const secure = publicSite.of('localhost'); // chromium takes it for as good as https
  for (const [origin, permissions, expected] of [
    [publicSite.of('quiz.example'), [], blocked],
    [secure, [], blocked],
    [secure, ['local-network-access'], mayAll],
  ]) {
    await browser.context.clearPermissions();
    await browser.context.grantPermissions(permissions, { origin });
    assert.deepEqual(await use(await browser.open(t, origin), api.origin), expected, `${origin} ${permissions}`);
  }
  await browser.context.clearPermissions();
});

test('an EventSource that is cut goes on by itself, and the page has every event once and in order', limit, async (t) => {
  const { sim, api: first } = await service(t);
  let api = first;
  assert.equal((await api.connect('quiz', 'host')).status, 200);
  const page = await browser.open(t, quiz());
  const stream = await openStream(page, `${api.origin}/sessions/quiz/stream?after=0&api_key=${KEY}`);
  const once = await openStream(page, `${api.origin}/sessions/quiz/stream?ticket=${await ticket(page, api)}`);
  assert.equal(await once.evaluate((s) => s.begun), 'open');
  const settings = { ...withAccounts, CORS_ALLOW_ORIGINS: quiz(), PORT: String(api.port) };
  const longer = () => stream.evaluate((s) => s.reach(s.events.items.length + 50));
  for (const end of [() => api.stop({ keep: true }), () => api.kill()]) {
    await longer();
    await end();
    api = await startApi(sim, settings, first.folder);
    t.after(api.stop);
    await stream.evaluate((s) => s.hellos.reach(s.hellos.items.length + 1));
  }
  await longer();
  assert.equal(await once.evaluate((s) => s.lost), 'closed', 'a ticket works once');
  const log = await endOf(api);
  await stream.evaluate((s, count) => s.reach(count), log.length);
  const seen = await stream.evaluate((s) => ({ events: s.events.items, hellos: s.hellos.items, cuts: s.cuts }));
  assert.deepEqual(log.map((e) => e.offset), log.map((_, i) => i + 1));
  assert.deepEqual(seen.events, log);
  assert.ok(seen.cuts >= 2, `${seen.cuts} cuts`);
  const { epoch } = log[0];
  assert.deepEqual(seen.hellos.map(({ id, recovered, before }) => [id, recovered, before > 0]), [0, 1, 2].map((i) => [`${epoch}:${seen.hellos[i].before}`, true, i > 0]), 'each goes on behind the last event that the page had');
});

test('CloseEvents have the code and the reason that were sent, on either side', limit, async (t) => {
  const { api } = await service(t, { WEBSOCKET_MAX_MESSAGE_BYTES: '1000' });
  await makeUser(api, 'bob');
  for (const id of ['quiz', 'gone', 'replaced']) assert.equal((await api.connect(id, 'host')).status, 200);
  const bob = await makeKey(api, { user: 'bob', name: 'k' });
  const writer = await makeKey(api, { user: 'bob', name: 'writer', permissions: ['write'] });
  const short = (await api.call('/auth/api-keys', { method: 'POST', body: { name: 'short' } })).json;
  assert.equal((await api.call('/sessions/quiz/shares/bob', { method: 'PUT' })).status, 201);
  const page = await browser.open(t, quiz());
  const limited = await startApi(null, { CORS_ALLOW_ORIGINS: quiz(), RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_WEBSOCKET_REQUESTS: '1' });
  t.after(() => limited.stop());
  const open = (path, query = `api_key=${KEY}`, of = api) => openSocket(page, `${of.origin}${path}?${query}`);
  const used = await ticket(page, api);
  await (await open('/ws/comments/quiz', `ticket=${used}`)).evaluate((s) => s.begun);

  // The page closes: what it is answered.
  for (const [args, code] of [[[], 1000], [[1000], 1000], [[1000, 'done'], 1000], [[4001, 'quiz over ✓'], 4001], [[3000, 'x'.repeat(123)], 3000]]) {
    for (const path of ['/ws/comments/quiz', '/ws/events/quiz']) {
      const closed = await (await open(path)).evaluate(async (s, args) => (await s.begun, s.socket.close(...args), s.closed), args);
      assert.deepEqual([closed.code, closed.wasClean], [code, true], `${path} ${args}`);
    }
  }

  // The service closes: at once, or when something `ends` what was open.
  const required = 'Valid authentication credentials required: send X-API-Key, or Authorization: Bearer with an access token of POST /auth/login';
  const ownOf = (query) => ['/ws/comments/quiz', '/ws/events/quiz'].map((path) => [path, query]);
  const send = (text) => (opened) => Promise.all(opened.map((socket) => socket.evaluate((s, text) => s.socket.send(text), text)));
  const rows = [
    [ownOf('api_key=pk_wrong'), null, 4001, 'Invalid API key'],
    [ownOf(''), null, 4001, required.slice(0, 123)],
    [ownOf(`ticket=${used}`), null, 4001, 'This ticket was used: each works once. Get another for every connection (POST /auth/tickets)'],
    [[['/ws/events/gone', `ticket=${await ticket(page, api)}`]], null, 4001, 'Invalid ticket: it works once, for 60 seconds, for pictures and the sessions it names'],
    [ownOf(`api_key=${writer.key}`), null, 4003, "Insufficient permissions for this endpoint: the permission 'read' is needed"],
    [[['/ws/events/gone', `api_key=${bob.key}`], ['/ws/events/none', `api_key=${KEY}`]], null, 4004, 'unknown session: POST /connect first'],
    [[['/ws/events/quiz', `api_key=${KEY}&typos=1`]], null, 1008, "typos: unknown query parameter; did you mean 'types'?"],
    [ownOf(`api_key=${KEY}`), send('x'.repeat(1001)), 1009, 'message too big'],
    [[['/ws/events/gone', `api_key=${KEY}`]], () => api.call('/sessions/gone', { method: 'DELETE' }), 4004, 'the session was deleted or replaced'],
    [ownOf(`api_key=${short.api_key}`), () => api.call(`/auth/api-keys/${short.id}`, { method: 'DELETE' }), 4001, 'credentials are no longer valid'],
    [ownOf(`api_key=${bob.key}`), () => api.call('/sessions/quiz/shares/bob', { method: 'DELETE' }), 4003, 'access to this was withdrawn'],
    [ownOf(`api_key=${KEY}`), () => api.child.kill('SIGTERM'), 1001, 'server is shutting down'],
  ];
  assert.equal(await (await open('/ws/comments/quiz', undefined, limited)).evaluate((s) => s.begun), 'open');
  const many = await (await open('/ws/comments/quiz', undefined, limited)).evaluate((s) => s.closed);
  assert.deepEqual([many.code, many.reason.replace(/\d+ s$/, 'S')], [4029, "Rate limit exceeded: rule 'websocket' allows 1 requests in 60 s (RATE_LIMIT_WEBSOCKET_REQUESTS); try again in S"]);
  for (const [sockets, ends, code, reason] of rows) {
    const opened = [];
    for (const [path, query] of sockets) opened.push(await open(path, query));
    if (ends) for (const socket of opened) assert.equal(await socket.evaluate((s) => s.begun), 'open', reason);
    await ends?.(opened);
    for (const socket of opened) assert.deepEqual(await socket.evaluate((s) => s.closed), { code, reason, wasClean: true });
  }
});

test('an EventSource whose session or credential is gone is not opened again', limit, async (t) => {
  const { api } = await service(t);
  for (const id of ['quiz', 'gone']) assert.equal((await api.connect(id, 'host')).status, 200);
  const short = (await api.call('/auth/api-keys', { method: 'POST', body: { name: 'short' } })).json;
  const page = await browser.open(t, quiz());
  const rows = [
    [`gone/stream?api_key=${KEY}`, () => api.call('/sessions/gone', { method: 'DELETE' })],
    [`quiz/stream?api_key=${short.api_key}`, () => api.call(`/auth/api-keys/${short.id}`, { method: 'DELETE' })],
  ];
  const streams = [];
  for (const [path, ends] of rows) {
    const stream = await openStream(page, `${api.origin}/sessions/${path}`);
    assert.equal(await stream.evaluate((s) => s.begun), 'open');
    streams.push(stream);
    assert.equal((await ends()).status, 200);
  }
  for (const stream of streams) assert.deepEqual(await stream.evaluate(async (s) => [await s.lost, s.cuts]), ['closed', 1]);
});

test('an <img> shows pictures, and a page that may read answers reads their pixels', limit, async (t) => {
  for (const origins of [quiz(), '*']) {
    const { api } = await service(t, { CORS_ALLOW_ORIGINS: origins });
    assert.equal((await api.connect('quiz', 'host')).status, 200);
    const page = await browser.open(t, quiz());
    const stranger = await browser.open(t, site.of('evil.example'));
    const stream = await openStream(page, `${api.origin}/sessions/quiz/stream?after=0&api_key=${KEY}`);
    await stream.evaluate((s) => s.reach(3, 'comment'));
    const { user } = (await stream.evaluate((s) => s.events.items)).find((event) => event.type === 'comment');
    const used = await ticket(page, api, {});
    const avatar = (name, query = '') => `/profile/${name}/avatar${query}`;
    const shown = { width: 256, alpha: 'SecurityError' };
    const readable = { width: 256, alpha: 255 };
    const theirs = origins === '*' ? readable : { width: 0 };
    const rows = [
      // address, crossorigin, on a page of the quiz maker, and on another: pictures may be shown by all, as everywhere in the web
      [user.picture, null, shown, shown],
      [user.picture, 'anonymous', readable, theirs], // though the browser has it in its cache from an <img> that sent no Origin
      [avatar('ann', `?api_key=${KEY}`), 'anonymous', readable, theirs],
      [avatar('ann', `?ticket=${used}`), null, shown],
      [avatar('bob', `?ticket=${used}`), null, { width: 0 }, { width: 0 }],
      [avatar('bob', `?ticket=${await ticket(page, api, {})}`), 'anonymous', readable],
      [avatar('bob'), null, { width: 0 }, { width: 0 }],
    ];
    for (const [path, crossOrigin, ...expected] of rows) {
      for (const [i, where] of [page, stranger].slice(0, expected.length).entries()) {
        const found = await where.evaluate(([url, crossOrigin]) => picture(url, crossOrigin), [api.origin + path, crossOrigin]);
        assert.deepEqual(found, expected[i], `${origins} ${path} ${crossOrigin} ${['quiz', 'stranger'][i]}`);
      }
    }
    assert.equal((await ask(page, api.origin + user.picture)).status, 200);
  }
});
