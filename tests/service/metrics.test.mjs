// What the service says of itself: /monitoring/metrics as the guide shows it, and /metrics for Prometheus.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { onlySqlite, query } from './databases.mjs';
import { KEY, listen, startApi, startSim } from './programs.mjs';
import { ADMIN_KEY, withAccounts } from './people.mjs';
import { until } from './wait.mjs';

const limit = { timeout: 60_000 };
let sim, api;
before(async () => {
  sim = await startSim('--rate', '20', '--user', 'host');
  api = await startApi(sim, { ...withAccounts, RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_AUTH_REQUESTS: '3' });
});
after(async () => {
  await api.stop();
  await sim.stop();
});

const page = async (of = api, headers = {}) => {
  const reply = await fetch(`${of.origin}/metrics`, { headers });
  return { status: reply.status, type: reply.headers.get('content-type'), text: await reply.text() };
};
/** The samples of a page: the name with its labels as they stand, and the value. */
const samplesOf = (text) =>
  Object.fromEntries(text.split('\n').filter((line) => line && !line.startsWith('#')).map((line) => {
    const at = line.lastIndexOf(' ');
    return [line.slice(0, at), Number(line.slice(at + 1))];
  }));
const samples = async (of) => samplesOf((await page(of)).text);
const json = async (window) => (await api.call(`/monitoring/metrics?time_window=${window}`, { key: null })).json.metrics;

test('requests are in both forms, by pattern of the route and never by name', limit, async () => {
  const before = await samples(api);
  const earlier = await json(5);
  for (const name of ['ann', 'bob', 'ann']) assert.equal((await api.call(`/profile/${name}`)).status, 200);
  assert.equal((await api.call('/profile/ann', { method: 'HEAD' })).status, 200);
  assert.equal((await api.call('/no/such/ann', { key: null })).status, 404);
  assert.equal((await api.call('/sessions', { key: 'pk_wrong' })).status, 401);
  const now = await samples(api);
  const grown = (sample) => now[sample] - (before[sample] ?? 0);
  assert.equal(grown('profile_api_requests_total{method="GET",route="/profile/{username}",status="200"}'), 3);
  assert.equal(grown('profile_api_requests_total{method="HEAD",route="/profile/{username}",status="200"}'), 1);
  assert.equal(grown('profile_api_requests_total{method="GET",route="unmatched",status="404"}'), 1);
  assert.equal(grown('profile_api_requests_total{method="GET",route="/sessions",status="401"}'), 1);
  assert.equal(grown('profile_api_request_duration_seconds_count{method="GET",route="/profile/{username}"}'), 3);
  assert.equal(grown('profile_api_request_duration_seconds_bucket{method="GET",route="/profile/{username}",le="+Inf"}'), 3);
  assert.ok(grown('profile_api_request_duration_seconds_sum{method="GET",route="/profile/{username}"}') > 0);
  assert.ok(now.profile_api_request_duration_p95 > 0 && now.profile_api_request_duration_p99 >= now.profile_api_request_duration_p95);
  assert.equal(grown('profile_api_authentication_failures_total'), 1);
  assert.equal(grown('profile_api_authenticated_requests_total'), 4);
  assert.equal(grown('profile_api_cache_hits_total'), 2, 'ann again, and HEAD');
  assert.equal(grown('profile_api_cache_misses_total'), 2, 'ann and bob');
  const metrics = await json(5);
  const more = (name) => metrics.requests.endpoints[name] - (earlier.requests.endpoints[name] ?? 0);
  assert.deepEqual([more('GET /profile/*'), more('HEAD /profile/*'), more('GET /sessions')], [3, 1, 1]);
  const text = (await page()).text + JSON.stringify(metrics);
  for (const name of ['ann', 'bob', '127.0.0.1']) assert.ok(!text.includes(name), name);
});

test('the JSON has everything that the guide shows', limit, async () => {
  const reply = await api.call('/monitoring/metrics', { key: null });
  assert.equal(reply.status, 200);
  const { metrics } = reply.json;
  assert.equal(metrics.time_window_minutes, 60, 'the default');
  for (const path of ['requests.total', 'requests.avg_duration_ms', 'requests.min_duration_ms', 'requests.max_duration_ms', 'requests.p95_duration_ms', 'requests.p99_duration_ms',
    'requests.requests_per_second', 'system.cpu.count', 'system.memory.total_bytes', 'system.memory.used_bytes', 'system.memory.percent', 'system.disk.total_bytes',
    'system.disk.used_bytes', 'system.disk.percent', 'counters.requests_total', 'counters.requests_get', 'process.memory_bytes']) {
    const value = path.split('.').reduce((at, name) => at?.[name], metrics);
    assert.ok(value > 0, `${path} is ${value}`);
  }
  for (const path of ['system.cpu.percent', 'system.network.received_bytes', 'cache.hit_rate', 'database.avg_duration_ms', 'authentication.failure', 'rate_limit.violations']) {
    const value = path.split('.').reduce((at, name) => at?.[name], metrics);
    assert.ok(value >= 0, `${path} is ${value}`);
  }
  assert.ok(metrics.requests.min_duration_ms <= metrics.requests.avg_duration_ms && metrics.requests.avg_duration_ms <= metrics.requests.max_duration_ms);
  assert.ok(metrics.requests.p95_duration_ms <= metrics.requests.p99_duration_ms && metrics.requests.p99_duration_ms <= metrics.requests.max_duration_ms);
  const sum = (counts) => Object.values(counts).reduce((a, b) => a + b, 0);
  assert.equal(sum(metrics.requests.status_codes), metrics.requests.total);
  assert.equal(sum(metrics.requests.endpoints), metrics.requests.total);
  assert.equal(metrics.requests.total, metrics.counters.requests_total, 'the service is younger than the window');
  for (const window of ['0', '1441', 'x', '']) {
    const refused = await api.call(`/monitoring/metrics?time_window=${window}`, { key: null });
    assert.deepEqual([refused.status, refused.json.details?.errors?.[0]?.field ?? refused.json.details?.field], [400, 'time_window'], window);
  }
  assert.equal((await json(1440)).time_window_minutes, 1440);
});

test('the figures of each hour are kept in the database, and shown for days', limit, async (t) => {
  const days = async (of, n) => (await of.call(`/monitoring/metrics?days=${n}`, { key: null })).json.metrics;
  const first = await startApi(null, withAccounts);
  const started = [first];
  t.after(() => Promise.all(started.map((one) => one.stop())));
  for (let i = 0; i < 3; i++) assert.equal((await first.call('/gifts/5655/image', { key: 'pk_wrong' })).status, 401);
  const before = await days(first, 1);
  assert.equal(before.requests.endpoints['GET /gifts/*/image'], 3);
  assert.equal(before.authentication.failure, 3);
  assert.ok(before.requests.endpoint_avg_duration_ms['GET /gifts/*/image'] > 0);
  assert.ok(before.peaks.memory_bytes >= 0 && before.time_window_minutes === 1440);
  // What was counted is stored at the stop, and the next process goes on from there.
  started.pop();
  assert.equal(await first.stop({ keep: true }), 0);
  const { folder } = first;
  const hours = query(folder, 'SELECT figures FROM hourly_metrics').split('\n').map((line) => JSON.parse(line));
  assert.equal(hours.reduce((sum, hour) => sum + (hour.endpoints['GET /gifts/*/image']?.requests ?? 0), 0), 3);
  const second = await startApi(null, withAccounts, folder);
  started.push(second);
  assert.equal((await second.call('/gifts/5655/image', { key: 'pk_wrong' })).status, 401);
  const now = await until('the past is read', async () => {
    const found = await days(second, 2);
    return found.requests.endpoints['GET /gifts/*/image'] === 4 && found;
  });
  assert.equal(now.authentication.failure, 4);
  assert.equal((await second.call('/monitoring/metrics?time_window=60', { key: null })).json.metrics.requests.endpoints['GET /gifts/*/image'], 1, 'windows are those of the process');
  for (const [wrong, field] of [['days=401', 'days'], ['days=0', 'days'], ['days=2&time_window=5', 'days']]) {
    const refused = await second.call(`/monitoring/metrics?${wrong}`, { key: null });
    assert.deepEqual([refused.status, refused.json.details?.errors?.[0]?.field ?? refused.json.details?.field], [400, field], wrong);
  }
});

test('Accept chooses between the text of Prometheus and OpenMetrics', limit, async () => {
  const plain = await page();
  assert.equal(plain.type, 'text/plain; version=0.0.4; charset=utf-8');
  assert.match(plain.text, /^# TYPE profile_api_requests_total counter$/m);
  assert.ok(!plain.text.includes('# EOF'));
  const ofPrometheus = 'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
  const open = await page(api, { Accept: ofPrometheus });
  assert.equal(open.type, 'application/openmetrics-text; version=1.0.0; charset=utf-8');
  assert.match(open.text, /^# TYPE profile_api_requests counter$/m);
  assert.ok(open.text.endsWith('\n# EOF\n'));
  assert.equal((await page(api, { Accept: 'text/plain, application/openmetrics-text;q=0.5' })).type, plain.type);
});

test('promtool finds nothing to say about the conventions', limit, async () => {
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: (await page()).text, encoding: 'utf8' });
  assert.deepEqual([checked.error, checked.status, checked.stdout, checked.stderr], [undefined, 0, '', '']);
});

test('the page of documentation names every series, and no other', onlySqlite(limit, 'PostgreSQL has no files to show'), async () => {
  const document = readFileSync(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8');
  const rows = document.split('\n').filter((line) => /^\| `p/.test(line)).map((line) => line.split('|')[1]);
  const named = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map((m) => m[1]));
  const shown = [...(await page()).text.matchAll(/^# TYPE (\S+) /gm)].map((m) => m[1]);
  shown.push('profile_api_tls_certificate_expiry_timestamp_seconds'); // only with TLS: tls.test.mjs
  shown.push('profile_api_database_connections', 'profile_api_database_connections_limit', 'profile_api_database_connection_wait_seconds'); // postgres.test.mjs
  assert.deepEqual(shown.toSorted(), named.toSorted());
});

test('events are counted with their delays from TikTok to the socket', limit, async () => {
  assert.equal((await api.connect('show', '@host')).status, 200);
  const socket = await listen(api, '/ws/events/show');
  await socket.until((messages) => messages.length > 20);
  const now = await until('figures of the live thread', async () => {
    const found = await samples(api);
    return found['profile_api_sessions{state="connected"}'] === 1 && found.profile_api_subscribers === 1 && found;
  });
  assert.equal(now['profile_api_upstream_connections{state="connected"}'], 1);
  const committed = Object.entries(now).filter(([name]) => name.startsWith('profile_api_events_total{')).reduce((sum, [, n]) => sum + n, 0);
  assert.ok(committed > 20);
  assert.ok(now.profile_api_events_delivered_total > 10);
  for (const name of ['profile_api_event_commit_delay_seconds', 'profile_api_event_delivery_delay_seconds']) {
    assert.ok(now[`${name}_count`] > 5, name);
    assert.ok(now[`${name}_sum`] > 0 && now[`${name}_sum`] / now[`${name}_count`] < 5, name);
  }
  assert.ok(now['profile_api_database_operation_duration_seconds_count{operation="write"}'] > 0);
  assert.equal(now.profile_api_database_available, 1);
  assert.equal(now.profile_api_sign_budget_per_minute, 6000);
  socket.close();
});

test('messages that come again or cannot be read, and lost connections, are counted', limit, async () => {
  assert.equal((await api.connect('twice', '@host')).status, 200);
  const before = await samples(api);
  const grows = (sample) => until(sample, async () => (await samples(api))[sample] > before[sample]);
  await sim.fault('host', 'duplicate_batch');
  await grows('profile_api_upstream_duplicates_total');
  await sim.fault('host', 'truncated_payload');
  await grows('profile_api_upstream_undecodable_total');
  await sim.fault('host', 'drop');
  await grows('profile_api_upstream_attempts_total{end="dropped"}');
});

test('sources of profiles and outgoing requests are shown', limit, async () => {
  const now = await until('figures of the profile thread', async () => {
    const found = await samples(api);
    return found['profile_api_profile_source_available{source="initials"}'] === 1 && found;
  });
  for (const client of ['live', 'profiles']) {
    assert.ok(now[`profile_api_http_client_requests_limit{client="${client}"}`] > 0, client);
    assert.equal(now[`profile_api_http_client_refused_total{client="${client}"}`], 0, client);
  }
});

test('the sizes of the files of SQLite are shown', onlySqlite(limit), async () => {
  const now = await samples(api);
  assert.ok(now.profile_api_database_size_bytes + now.profile_api_database_wal_size_bytes > 0);
});

test('a rate limit that was passed is counted', limit, async () => {
  const before = await samples(api);
  const answers = {};
  for (let i = 0; i < 6; i++) {
    const { status } = await api.call('/auth/login', { method: 'POST', key: null, body: { username: 'nobody', password: 'wrong password' } });
    answers[status] = (answers[status] ?? 0) + 1;
  }
  const now = await samples(api);
  assert.ok(answers[401] >= 1 && answers[429] >= 1, JSON.stringify(answers));
  for (const [status, times] of Object.entries(answers)) {
    const sample = `profile_api_requests_total{method="POST",route="/auth/login",status="${status}"}`;
    assert.equal(now[sample] - (before[sample] ?? 0), times, 'also what is refused is counted');
  }
  assert.ok(now.profile_api_rate_limit_violations_total > before.profile_api_rate_limit_violations_total);
  assert.ok((await json(5)).rate_limit.violations >= 1);
});

test('both routes ask for credentials if the settings say so', limit, async (t) => {
  const closed = await startApi(null, { ...withAccounts, METRICS_REQUIRE_AUTH: 'true', MONITORING_REQUIRE_AUTH: 'true' });
  t.after(() => closed.stop());
  const ask = async (path, key) => (await fetch(closed.origin + path, { headers: key ? { 'X-API-Key': key } : {} })).status;
  assert.deepEqual([await ask('/metrics'), await ask('/monitoring/metrics'), await ask('/monitoring/ping')], [401, 401, 200]);
  assert.deepEqual([await ask('/metrics', ADMIN_KEY), await ask('/monitoring/metrics', KEY)], [200, 200]);
});
