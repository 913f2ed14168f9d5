// What comes in: bodies and their types, JSON that two readers could read differently, probes, origins, log lines.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEY, exchange, listen, startApi } from './programs.mjs';
import { ADMIN_KEY, withAccounts } from './people.mjs';

const post = (path, headers, body) => `POST ${path} HTTP/1.1\r\nHost: x\r\nX-API-Key: ${KEY}\r\nConnection: close\r\n${headers}\r\n${body}`;
const chunked = (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n0\r\n\r\n`;

test('a body must be JSON by name and by content, also where it comes in chunks', async (t) => {
  const api = await startApi(null, { SERVER_MAX_BODY_BYTES: '2000' });
  t.after(() => api.stop());
  const good = '{"session_id":"x"}';
  const json = 'Content-Type: application/json\r\n';
  const length = (text) => `Content-Length: ${Buffer.byteLength(text)}\r\n`;
  const chunks = 'Transfer-Encoding: chunked\r\n';
  const cases = [
    [json + length(good), good, 200],
    ['Content-Type: Application/JSON; charset=utf-8\r\n' + length(good), good, 200],
    [json + chunks, chunked(good), 200],
    [length(good), good, 415],
    [chunks, chunked(good), 415],
    ['Content-Type: text/plain\r\n' + chunks, chunked(good), 415],
    ['Content-Type: application/x-www-form-urlencoded\r\n' + length(good), good, 415],
    ['Content-Type: application/jsonp\r\n' + length(good), good, 415],
    [json + chunks, chunked(`{"session_id":"${'x'.repeat(3000)}"}`), 413],
    [json + length('x'.repeat(3000)), 'x'.repeat(3000), 413],
    [json + chunks, chunked('{"session_id":"x","session_id":"y"}'), 400, /session_id: given more than once/],
    [json + chunks, chunked('{"session_id":"x","\\u0073ession_id":"y"}'), 400, /given more than once/],
    [json + chunks, chunked('{"a":'.repeat(20) + '1' + '}'.repeat(20)), 400, /not valid JSON/],
    [json + 'Content-Length: 18\r\n', '{"session_id":"\xff"}', 400, /not valid UTF-8/],
    [json + length('[]'), '[]', 400, /must be a JSON object/],
    [json + length(good + 'x'), good + 'x', 400, /not valid JSON/],
    [json, '', 400, /a JSON object is required/],
  ];
  for (const [headers, body, status, message] of cases) {
    const answer = await exchange(api, Buffer.from(post('/disconnect', headers, body), 'latin1'));
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `), `${headers}${body.slice(0, 60)}\n${answer}`);
    if (message) assert.match(answer, message);
  }
});

test('probes are logged and counted, and legitimate names are not', async (t) => {
  const api = await startApi(null, { ...withAccounts, AVATAR_SCRAPER_ENABLED: 'false' });
  t.after(() => api.stop());
  const alerts = async () => (await api.call('/monitoring/security/alerts', { key: ADMIN_KEY })).json;
  for (const name of ['selecta_fan', 'updater', 'drop.table', 'union_select', 'or1']) {
    assert.equal((await api.call(`/profile/${name}`)).status, 200, name);
  }
  await api.call('/profiles?cursor=select+a+song&limit=1');
  assert.equal((await alerts()).total, 0);
  const probes = ['/profile/..%2f..%2fetc%2fpasswd', '/profile/%252e%252e%252fx', '/profiles?cursor=%3Cscript%3Ealert(1)%3C/script%3E', "/profiles?cursor=1'+or+'1'='1", '/profiles?cursor=1+UNION/**/SELECT+1'];
  for (const probe of probes) await exchange(api, `GET ${probe} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  await exchange(api, 'GET /livez HTTP/1.1\r\nHost: x\r\nUser-Agent: ${jndi:ldap://x/y}\r\nConnection: close\r\n\r\n');
  const seen = await alerts();
  assert.deepEqual([seen.total, seen.by_kind.suspicious], [6, 6]);
  assert.deepEqual(seen.alerts.map((a) => a.reason).reverse(), ['path traversal', 'path traversal', 'script injection', 'SQL injection', 'SQL injection', 'code injection']);
  for (let i = 0; i < 50; i++) await exchange(api, `GET /.env HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  assert.equal((await alerts()).total, 10, 'ten a minute of one address are worth a record');
  assert.equal((await api.call('/monitoring/rate-limits', { key: ADMIN_KEY })).json.since_start.suspicious_requests, 56, 'all are counted');
  await api.stop({ keep: true });
  assert.equal(api.output().split('"Suspicious activity detected"').length - 1, 10);
});

test('what callers send cannot make log lines, and credentials in a URL reach none', async (t) => {
  const api = await startApi(null, { LOG_FORMAT: 'json', LOG_LEVEL: 'DEBUG' });
  t.after(() => api.stop());
  const nasty = 'x%0a%7b%22level%22%3a%22FAKE%22%7d';
  await exchange(api, `GET /profile/${nasty} HTTP/1.1\r\nHost: x\r\nUser-Agent: a"}\\{"b\r\nX-Correlation-ID: a\u0001b\r\nConnection: close\r\n\r\n`);
  await exchange(api, `GET /nowhere\u007f HTTP/1.1\r\nHost: x\r\nUser-Agent: \u001b[31mred\r\nConnection: close\r\n\r\n`);
  await exchange(api, `GET /nowhere HTTP/1.1\r\nHost: x\r\nUser-Agent: a\u202etxt \u009b2J \u2066b\u2069 \u061c\u200f\r\nConnection: close\r\n\r\n`);
  for (const name of ['api_key', 'token', 'ticket', 'access_token']) {
    for (const path of ['/sessions/x/stream', '/sessions', '/nowhere']) {
      const reply = await fetch(`${api.origin}${path}?${name}=do-not-write-me-down`);
      assert.equal((await reply.text()).includes('do-not-write-me-down'), false);
    }
    await (await listen(api, `/ws/events/x?${name}=do-not-write-me-down`, null)).closed;
  }
  await api.stop({ keep: true });
  const lines = api.output().trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(lines.some((line) => line.level === 'FAKE'), false);
  assert.equal(api.output().includes('do-not-write-me-down'), false);
  assert.doesNotMatch(api.output(), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
  assert.match(api.output(), /"user_agent":"a\\u202etxt \\u009b2J \\u2066b\\u2069 \\u061c\\u200f"/);
});

test('pages of allowed origins may call and open sockets, others may not', async (t) => {
  const api = await startApi(null, { CORS_ALLOW_ORIGINS: 'https://quiz.example, http://localhost:3001' });
  t.after(() => api.stop());
  const head = (origin) => exchange(api, `GET /healthcheck HTTP/1.1\r\nHost: x\r\nOrigin: ${origin}\r\nConnection: close\r\n\r\n`);
  assert.match(await head('https://quiz.example'), /Access-Control-Allow-Origin: https:\/\/quiz\.example\r\n/);
  assert.match(await head('https://quiz.example'), /Vary: Origin\r\n/);
  for (const origin of ['https://quiz.example.evil.com', 'http://quiz.example', 'null', 'https://evil.example']) {
    assert.doesNotMatch(await head(origin), /Access-Control-Allow-Origin/, origin);
  }
  const preflight = await exchange(api, 'OPTIONS /connect HTTP/1.1\r\nHost: x\r\nOrigin: http://localhost:3001\r\nAccess-Control-Request-Method: POST\r\nConnection: close\r\n\r\n');
  assert.match(preflight, /^HTTP\/1\.1 204[\s\S]*Access-Control-Allow-Methods: POST[\s\S]*Access-Control-Allow-Headers: [^\r]*X-API-Key/);
  assert.doesNotMatch(preflight, /Access-Control-Allow-Credentials/);
  const upgrade = (origin) => exchange(api, `GET /ws/comments/x?api_key=${KEY} HTTP/1.1\r\nHost: api.example\r\n${origin ? `Origin: ${origin}\r\n` : ''}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`, (text) => text.includes('"connected"') || text.includes('\x0f\xa3'));
  for (const origin of ['https://quiz.example', 'http://localhost:3001', 'http://api.example', '']) assert.match(await upgrade(origin), /"connected"/, origin);
  for (const origin of ['https://evil.example', 'null']) assert.match(await upgrade(origin), /\x0f\xa3Origin: not allowed/, origin);
});
