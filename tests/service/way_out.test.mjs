// What leaves the service: through which proxy, and with whose cookies.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { httpProxy, httpsProxy, socksProxy } from './proxies.mjs';
import { listen, startApi, startSim } from './programs.mjs';

const running = [];
const keep = (program) => (running.push(program), program);
const folder = mkdtempSync(join(tmpdir(), 'way-out-'));
const certificate = join(folder, 'cert.pem');
const key = join(folder, 'key.pem');
before(() => {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, '-days', '2',
    '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'], { stdio: 'ignore' });
});
after(async () => {
  for (const program of running.reverse()) await program.stop();
  rmSync(folder, { recursive: true });
});
const limit = { timeout: 60_000 };
const login = 'me:pass word';
const typed = 'me:pass%20word@';

/** Follows a room through the proxy until comments flow; the proxy has then carried the look-up, the signature and the socket. */
async function followThrough(proxy, simArguments = [], settings = {}) {
  const sim = keep(await startSim('--user', 'host', '--rate', '100', ...simArguments));
  const api = keep(await startApi(sim, { TIKTOK_PROXY: proxy.url(typed), ...settings }));
  const connected = await api.connect('s', 'host');
  assert.equal(connected.status, 200, JSON.stringify(connected.json));
  const listener = await listen(api, '/ws/events/s');
  await listener.until((m) => m.length > 10);
  const ports = new Set(proxy.tunnels.map((t) => t.port));
  assert.deepEqual([...ports], [sim.port]);
  assert.ok(proxy.tunnels.length >= 2, 'the socket has a tunnel of its own');
  assert.deepEqual(proxy.refused, []);
  const { json } = await api.call('/sessions/s');
  assert.equal(json.proxy, proxy.url());
  assert.ok(!api.output().includes('pass word') && !api.output().includes('pass%20word'));
  return { sim, api };
}

test('an HTTP proxy carries everything', limit, async () => {
  const proxy = keep(await httpProxy(login));
  const { sim } = await followThrough(proxy);
  const sent = proxy.sentTo(sim.port);
  for (const part of ['GET /@host/live', '/webcast/rooms/', 'Upgrade: websocket', '/webcast/gift/list/'])
    assert.ok(sent.includes(part), part);
});

test('a SOCKS5 proxy carries everything', limit, async () => {
  await followThrough(keep(await socksProxy(login)));
});

test('TLS to TikTok goes through each kind of proxy, also one that is reached by TLS itself', limit, async () => {
  const tls = ['--tls-cert', certificate, '--tls-key', key];
  const trust = { TIKTOK_CA_FILE: certificate };
  await followThrough(keep(await httpProxy(login)), tls, trust);
  await followThrough(keep(await socksProxy(login)), tls, trust);
  await followThrough(keep(await httpsProxy(login, readFileSync(certificate), readFileSync(key))), tls, trust);
  await followThrough(keep(await httpsProxy(login, readFileSync(certificate), readFileSync(key))), [], trust);
});

test('a proxy that refuses or is gone is an upstream error that says so', limit, async () => {
  for (const make of [httpProxy, socksProxy]) {
    const proxy = keep(await make('other:word'));
    const sim = keep(await startSim('--user', 'host'));
    const api = keep(await startApi(sim, { TIKTOK_PROXY: proxy.url(typed) }));
    const refused = await api.connect('s', 'host');
    assert.equal(refused.status, 502);
    assert.equal(refused.json.details.reason, 'upstream_error');
    assert.deepEqual(proxy.tunnels, []);
    assert.ok(!JSON.stringify(refused.json).includes('pass'));
    await proxy.stop();
    assert.equal((await api.connect('s', 'host')).status, 502);
  }
});

test('a stray proxy of the environment is not used', limit, async () => {
  const proxy = keep(await httpProxy());
  const sim = keep(await startSim('--user', 'host'));
  const api = keep(await startApi(sim, { http_proxy: proxy.url(), HTTP_PROXY: proxy.url(), ALL_PROXY: proxy.url() }));
  assert.equal((await api.connect('s', 'host')).status, 200);
  assert.deepEqual(proxy.tunnels, []);
});

test('an account is shown to TikTok, and to the sign server only where that is allowed', limit, async () => {
  const account = { TIKTOK_SESSION_ID: 'secret-session-42', TIKTOK_TARGET_IDC: 'eu-ttp2' };
  for (const allowed of [false, true]) {
    const proxy = keep(await httpProxy(login));
    const host = keep(await startSim('--user', 'host', '--rate', '100'));
    // The look-up, the signature and the socket on one port would be told apart by their paths only: the log has them all.
    const settings = { ...account, ...(allowed ? { TIKTOK_SESSION_SIGN_HOST: `127.0.0.1:${host.port}` } : {}) };
    const api = keep(await startApi(host, { TIKTOK_PROXY: proxy.url(typed), ...settings }));
    assert.equal((await api.connect('s', 'host')).status, 200);
    const listener = await listen(api, '/ws/events/s');
    await listener.until((m) => m.length > 5);
    const requests = proxy.sentTo(host.port).split(/(?=GET \/)/).filter((r) => r.startsWith('GET /'));
    const of = (path) => requests.filter((r) => r.startsWith(`GET ${path}`));
    const cookies = 'sessionid=secret-session-42; sessionid_ss=secret-session-42; sid_tt=secret-session-42; tt-target-idc=eu-ttp2';
    for (const path of ['/@host/live', '/webcast/im/ws_proxy']) {
      assert.ok(of(path).length > 0, path);
      for (const request of of(path)) assert.ok(request.includes(cookies), path);
    }
    const signing = of('/webcast/rooms/');
    assert.ok(signing.length > 0);
    for (const request of signing) assert.equal(request.includes('secret-session-42'), allowed);
    assert.ok(!api.output().includes('secret-session-42'));
    const view = JSON.stringify((await api.call('/sessions/s')).json);
    assert.ok(!view.includes('secret-session-42'));
  }
});

test('a socket elsewhere than at the webcast host gets nothing of the account', limit, async () => {
  const proxy = keep(await httpProxy(login));
  const sim = keep(await startSim('--user', 'host', '--rate', '100'));
  // The sign server says 127.0.0.1, and that is not the name under which we know the webcast host.
  const settings = { TIKTOK_SESSION_ID: 'secret-session-43', TIKTOK_WEBCAST_URL: `http://localhost:${sim.port}` };
  const api = keep(await startApi(sim, { TIKTOK_PROXY: proxy.url(typed), ...settings }));
  assert.equal((await api.connect('s', 'host')).status, 200);
  const requests = proxy.sentTo(sim.port).split(/(?=GET \/)/);
  const socket = requests.filter((r) => r.startsWith('GET /webcast/im/ws_proxy'));
  assert.equal(socket.length, 1);
  assert.ok(!socket[0].includes('secret-session-43'));
  assert.ok(requests.some((r) => r.startsWith('GET /@host/live') && r.includes('secret-session-43')));
});

test('gifts that come without their details get name and price from the gift list', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--seed', '6', '--rate', '300', '--count', '900'));
  const api = keep(await startApi(sim));
  await sim.fault('host', 'gift_without_details', '&n=0');
  assert.equal((await api.connect('s', 'host')).status, 200);
  const listener = await listen(api, '/ws/events/s?after=0');
  await api.logged(/"Gift list"/);
  const known = listener.messages.length;
  let truth;
  do {
    truth = await sim.truth('host');
    await listener.until((m) => m.slice(1).filter((e) => !e.inferred).length >= truth.total);
  } while (!truth.done);
  const gifts = listener.messages.slice(known).filter((e) => e.type === 'gift');
  assert.ok(gifts.length > 50);
  for (const gift of gifts) assert.ok(gift.name && gift.diamonds_each > 0, JSON.stringify(gift));
});
