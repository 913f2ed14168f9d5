// The alerts and the dashboard of deploy/, against a running service, Debian's Prometheus and its Alertmanager.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { certificate, folderOf, get } from './clients.mjs';
import { onSqlite, refuse } from './databases.mjs';
import { listen, startApi, startSim } from './programs.mjs';
import { makeUser, withAccounts } from './people.mjs';
import { shortened, startAlertmanager, startPrometheus } from './prometheus.mjs';
import { matches, readExpression, samplesOf } from './promql.mjs';
import { until } from './wait.mjs';

const limit = { timeout: 60_000 };
const top = join(import.meta.dirname, '../..');
const read = (path) => readFileSync(join(top, path), 'utf8');
const rulesText = read('deploy/prometheus/rules.yml');
const dashboard = JSON.parse(read('deploy/grafana/dashboard.json'));

/** What no server of this test shows. */
const notShown = {
  up: 'Prometheus makes it',
  ALERTS: 'Prometheus makes it',
  profile_api_backup_last_success_timestamp_seconds: 'comes with the version that makes backups',
  ...(onSqlite
    ? {
        profile_api_database_connections: 'PostgreSQL only',
        profile_api_database_connections_limit: 'PostgreSQL only',
        profile_api_database_connection_wait_seconds_bucket: 'PostgreSQL only',
      }
    : { profile_api_database_size_bytes: 'SQLite only', profile_api_database_wal_size_bytes: 'SQLite only' }),
};
/** Panels that may be empty here, with the queries that are. */
const emptyPanels = {
  ...(onSqlite ? { 'Connections to PostgreSQL': [0, 1], 'Wait for a connection to PostgreSQL': [0] } : { 'Files of SQLite': [0, 1] }),
};

const run = async (command, args) => {
  const child = spawn(command, args, { cwd: join(top, 'deploy/prometheus'), stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  return { code, output };
};

const closing = [];
const opened = async (starting) => {
  const program = await starting;
  closing.unshift(() => program.stop());
  return program;
};
after(async () => {
  for (const close of closing) await close();
});

let sim, api, secure, ca, socket, prometheus, alertmanager, rules, records, ruleTests;
const webhooks = [];
before(async () => {
  ruleTests = run('promtool', ['test', 'rules', 'rules_test.yml']);
  sim = await opened(startSim('--rate', '20', '--user', 'host', '--user', 'other'));
  api = await opened(startApi(sim, withAccounts));
  const pair = certificate(folderOf({ after: (clean) => closing.push(clean) }), 'two-days');
  ca = pair.ca;
  secure = await opened(startApi(null, { TLS_CERT_FILE: pair.cert, TLS_KEY_FILE: pair.key }));

  const receiver = createServer((request, reply) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk)).on('end', () => {
      webhooks.push({ path: request.url, ...JSON.parse(body) });
      reply.end();
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  closing.push(() => receiver.close());
  const config = read('deploy/prometheus/alertmanager.yml')
    .replaceAll('http://127.0.0.1:9095/', `http://127.0.0.1:${receiver.address().port}/`)
    .replace('group_wait: 30s', 'group_wait: 1s');
  alertmanager = await opened(startAlertmanager(config));
  const scraped = read('deploy/prometheus/prometheus.yml')
    .replaceAll('_interval: 15s', '_interval: 1s')
    .replace('  - rules.yml', '  - rules.yml\n  - guide_rules.yml')
    .replace('127.0.0.1:8002', `127.0.0.1:${api.port}`)
    .replace('127.0.0.1:9093', `127.0.0.1:${alertmanager.port}`)
    .replace('\nalerting:', `  - job_name: with-tls\n    scheme: https\n    tls_config: { insecure_skip_verify: true }\n    static_configs:\n      - targets: ['127.0.0.1:${secure.port}']\n\nalerting:`);
  prometheus = await opened(startPrometheus({ 'prometheus.yml': scraped, 'rules.yml': shortened(rulesText), 'guide_rules.yml': shortened(read('deploy/prometheus/guide_rules.yml')) }));
  const all = await prometheus.rules();
  rules = all.filter((rule) => rule.type === 'alerting' && !['HighResponseTime', 'HighErrorRate'].includes(rule.name));
  records = all.filter((rule) => rule.type === 'recording');

  // A room with a reader, and a request of each kind that the dashboard shows.
  assert.equal((await api.connect('show', '@host')).status, 200);
  socket = await listen(api, '/ws/events/show');
  closing.unshift(() => socket.close());
  await socket.until((messages) => messages.length > 20);
});

/** Requests that fail with the status, until `done`. */
async function failing(what, ask, status, done) {
  return until(what, async () => {
    assert.equal((await ask()).status, status);
    return done();
  }, { every: 200 });
}

test('the rules of this test have a sixtieth of each window and time', () => {
  assert.equal(shortened('x[5m] y[3d] z[10s]\n        for: 2m\n        for: 10s\n'), 'x[5s] y[4320s] z[5s]\n        for: 2s\n        for: 1s\n');
  assert.ok(!/\[\d+[mhd]\]|for: \d+[mhd]/.test(shortened(rulesText)));
});

test('an expression is read into its selectors and labels', () => {
  const rows = [
    ['a > 1', [['a', []]], []],
    ['sum by (x, y) (rate(a_total{s=~"5..",r!="/a{b}(c)"}[5m])) / ignoring (le) group_left b', [['a_total', [['s', '=~', '5..'], ['r', '!=', '/a{b}(c)']]], ['b', []]], ['x', 'y', 'le']],
    ['(sum(a) or vector(0)) and topk(3, sum without (z) (b{})) offset 5m', [['a', []], ['b', []]], ['z']],
    ['predict_linear(a:b:c{j="$job"}[6h], 86400) >= 1 unless on (job) time() - d', [['a:b:c', [['j', '=', '$job']]], ['d', []]], ['job']],
  ];
  for (const [text, selectors, labels] of rows) {
    const found = readExpression(text);
    assert.deepEqual(found.selectors.map((s) => [s.name, s.matchers.map((m) => [m.label, m.operator, m.value])]), selectors, text);
    assert.deepEqual(found.labels, labels, text);
  }
});

test('promtool and amtool accept the files, and the rules pass their tests', limit, async () => {
  const checks = [['promtool', 'check', 'config', 'prometheus.yml'], ['promtool', 'check', 'rules', 'rules.yml', 'guide_rules.yml'], ['amtool', 'check-config', 'alertmanager.yml']];
  for (const [command, ...args] of checks) {
    const { code, output } = await run(command, args);
    assert.equal(code, 0, output);
  }
  const { code, output } = await ruleTests;
  assert.equal(code, 0, output);
});

test('critical alerts go to one receiver, warnings to the other', limit, async () => {
  for (const [severity, receiver] of [['critical', 'on-call'], ['warning', 'working-hours']]) {
    const { code, output } = await run('amtool', ['config', 'routes', 'test', '--config.file=alertmanager.yml', `severity=${severity}`]);
    assert.deepEqual([code, output.trim().split('\n').at(-1)], [0, receiver], output);
  }
});

test('the table of the guide is there, row by row', limit, () => {
  const table = [
    ['AverageResponseTimeHigh', '> 0.5', 'warning'],
    ['P95ResponseTimeHigh', '> 1000', 'critical'],
    ['ErrorRateHigh', '> 0.01', 'critical'],
    ['MemoryUsageHigh', '> 0.8', 'warning'],
    ['MemoryUsageCritical', '> 0.9', 'critical'],
    ['CpuUsageHigh', '> 0.7', 'warning'],
    ['CpuUsageCritical', '> 0.85', 'critical'],
    ['CacheHitRateLow', '< 0.7', 'warning'],
    ['DiskUsageHigh', '> 0.8', 'warning'],
    ['DiskUsageCritical', '> 0.9', 'critical'],
  ];
  for (const [name, threshold, severity] of table) {
    const rule = rules.find((one) => one.name === name);
    assert.deepEqual([/[<>] [\d.]+$/.exec(rule.query)[0], rule.labels.severity], [threshold, severity], name);
  }
});

test('the objectives have their burn rates and windows, and each record its own window', limit, () => {
  const objectives = [
    ['AvailabilityBudget', 'instance:profile_api_requests_failed:ratio_rate', '0.001'],
    ['DeliveryDelayBudget', 'instance:profile_api_event_deliveries_late:ratio_rate', '0.01'],
    ['RoomDataBudget', 'instance:profile_api_rooms_without_data:ratio_avg', '0.01'],
  ];
  const speeds = { BurnsFast: [['14.4', '1h', '5m'], ['6', '6h', '30m']], BurnsSlowly: [['3', '1d', '2h'], ['1', '3d', '6h']] };
  for (const [objective, record, budget] of objectives) {
    for (const [speed, pairs] of Object.entries(speeds)) {
      const expected = pairs.map(([factor, long, short]) => `(${record}${long} > ${factor} * ${budget} and ${record}${short} > ${factor} * ${budget})`).join(' or ');
      assert.equal(rules.find((rule) => rule.name === objective + speed).query.replace(/\s+/g, ' '), expected);
    }
    const written = [...rulesText.matchAll(/record: (\S+)\n((?: {8,}.*\n)*)/g)].filter(([, name]) => name.startsWith(record));
    assert.deepEqual(written.map(([, name]) => name.slice(record.length)), ['5m', '30m', '1h', '2h', '6h', '1d', '3d']);
    for (const [, name, text] of written) assert.deepEqual(text.match(/\[\w+\]/g), Array(2).fill(`[${name.slice(record.length)}]`), name);
  }
});

test('each alert says what it means, and its runbook is a section of the page', limit, () => {
  const anchors = read('docs/operations.md').split('\n').filter((line) => /^#+ /.test(line)).map((line) => line.replace(/^#+ /, '').toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'));
  for (const { name, labels, annotations } of rules) {
    assert.ok(['critical', 'warning'].includes(labels.severity), name);
    assert.match(labels.subject, /^[a-z_]+$/, name);
    assert.ok(annotations.summary.length > 10 && annotations.description.includes('{{ $labels.instance }}'), name);
    const [page, anchor] = annotations.runbook_url.split('#');
    assert.equal(page, 'docs/operations.md', name);
    assert.ok(anchors.includes(anchor), `${name}: docs/operations.md has no section #${anchor}`);
  }
  assert.equal(new Set(rules.map((rule) => rule.name)).size, rules.length, 'names are unique');
  const page = read('docs/operations.md');
  for (const { name, annotations } of rules) {
    const [, anchor] = annotations.runbook_url.split('#');
    const section = page.split(/^#{2,3} /m).find((text) => text.split('\n')[0].toLowerCase().replaceAll(' ', '-') === anchor);
    assert.ok(section.includes(`\`${name}\``), `the section #${anchor} does not name ${name}`);
  }
});

test('each alert has a test in which it fires, and one in which it does not', limit, () => {
  const groups = read('deploy/prometheus/rules_test.yml').split(/^ {2}- name: /m).slice(1);
  const fires = new Set();
  const silent = new Set();
  for (const group of groups) {
    const checks = group.split('eval_time: ').slice(1).map((check) => ({ name: /alertname: (\w+)/.exec(check)[1], fires: check.includes('exp_alerts') }));
    for (const check of checks) if (check.fires) fires.add(check.name);
    for (const check of checks) if (!checks.some((one) => one.fires)) silent.add(check.name);
  }
  const names = [...rules.map((rule) => rule.name), 'HighResponseTime', 'HighErrorRate'].toSorted();
  assert.deepEqual([...fires].toSorted(), names);
  assert.deepEqual([...silent].toSorted(), names);
});

test('errors of one route fire the alert, which reaches Alertmanager and its receiver, and it ends', limit, async () => {
  assert.deepEqual(await prometheus.firing('ErrorRateHigh'), []);
  await sim.fault('other', 'captcha');
  const refused = () => api.connect('refused', '@other');
  const [alert] = await failing('ErrorRateHigh fires', refused, 502, async () => {
    const found = await prometheus.firing('ErrorRateHigh');
    return found.length > 0 && found;
  });
  assert.deepEqual(alert.labels, { alertname: 'ErrorRateHigh', instance: `127.0.0.1:${api.port}`, job: 'profile-api', severity: 'critical', subject: 'errors' });
  assert.equal(alert.annotations.runbook_url, 'docs/operations.md#error-rate');
  // The rule of the guide as it stands, of the same errors, by method, route and status.
  const [guide] = await failing("the guide's rule fires", refused, 502, async () => {
    const found = await prometheus.firing('HighErrorRate');
    return found.length > 0 && found;
  });
  assert.deepEqual([guide.labels.route, guide.labels.status], ['/connect', '502']);
  const [received] = await until('Alertmanager has it', async () => {
    const found = await alertmanager.alerts('ErrorRateHigh');
    return found.length > 0 && found;
  }, { every: 200 });
  assert.deepEqual([received.status.state, received.receivers[0].name, received.labels.instance], ['active', 'on-call', `127.0.0.1:${api.port}`]);
  const hook = await until('the receiver gets it', () => webhooks.find((one) => one.commonLabels.alertname === 'ErrorRateHigh'), { every: 100 });
  assert.deepEqual([hook.path, hook.status, hook.groupLabels], ['/on-call', 'firing', { instance: `127.0.0.1:${api.port}`, job: 'profile-api', subject: 'errors' }]);
  // TikTok's refusals are no lack of availability.
  assert.deepEqual(await prometheus.firing('AvailabilityBudgetBurnsFast'), []);
  await sim.fault('other', 'clear');
  await until('ErrorRateHigh ends', async () => (await prometheus.firing('ErrorRateHigh')).length === 0, { every: 200 });
});

test('failures of the database fire the alerts on the database and on availability', limit, async (t) => {
  await makeUser(api, 'reader');
  const allow = refuse(api.folder, 'INSERT', 'session_shares');
  t.after(allow);
  const share = async () => {
    assert.equal((await api.call('/sessions', { key: 'pk_wrong' })).status, 401, 'for the panel of the audit trail');
    return api.call('/sessions/show/shares/reader', { method: 'PUT' });
  };
  for (const name of ['DatabaseFails', 'AvailabilityBudgetBurnsFast']) {
    const [alert] = await failing(`${name} fires`, share, 500, async () => {
      const found = await prometheus.firing(name);
      return found.length > 0 && found;
    });
    assert.equal(alert.labels.severity, 'critical');
  }
});

test('the certificate that ends in two days fires its alert, of the instance that has it', limit, async () => {
  const [alert] = await until('CertificateExpiresVerySoon fires', async () => {
    const found = await prometheus.firing('CertificateExpiresVerySoon');
    return found.length > 0 && found;
  }, { every: 200 });
  assert.deepEqual([alert.labels.job, alert.labels.instance], ['with-tls', `127.0.0.1:${secure.port}`]);
});

test('rules and dashboard ask only for series and labels that the service shows', limit, async () => {
  const pages = [await (await fetch(`${api.origin}/metrics`)).text(), (await get(`${secure.origin}/metrics`, { ca })).body];
  const samples = pages.flatMap(samplesOf);
  const shown = new Set(samples.map((sample) => sample.name));
  const recorded = new Set(records.map((record) => record.name));
  const expressions = [
    ...[...rules, ...records].map((rule) => [rule.name, rule.query]),
    ...dashboard.panels.flatMap((panel) => (panel.targets ?? []).map((target) => [panel.title, target.expr])),
    ...dashboard.annotations.list.map((one) => [one.name, one.expr]),
    ...dashboard.templating.list.filter((one) => one.type === 'query').map((one) => [one.name, /^label_values\((.*), \w+\)$/.exec(one.query)[1]]),
  ];
  const used = new Set();
  const faults = [];
  for (const [where, text] of expressions) {
    const { selectors, labels } = readExpression(text);
    for (const selector of selectors) {
      used.add(selector.name);
      if (recorded.has(selector.name) || selector.name in notShown) continue;
      if (!samples.some((sample) => matches(sample, selector))) faults.push(`${where}: nothing is ${JSON.stringify(selector)}`);
    }
    for (const label of labels) {
      const known = ['job', 'instance', 'version'].includes(label) || samples.some((sample) => label in sample.labels && selectors.some(({ name }) => name === sample.name));
      if (!known && !selectors.every(({ name }) => name in notShown)) faults.push(`${where}: no series of it has the label ${label}`);
    }
  }
  assert.deepEqual(faults, []);
  assert.deepEqual(Object.keys(notShown).filter((name) => shown.has(name) || !used.has(name)), [], 'exceptions that are none any more');
  assert.deepEqual([...recorded].filter((name) => !used.has(name)), [], 'records that nobody asks for');
  // The dashboard shows all that there is.
  const asked = new Set(dashboard.panels.flatMap((panel) => (panel.targets ?? []).flatMap((target) => readExpression(target.expr).selectors.map(({ name }) => name))));
  const families = [...pages.join('\n').matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((m) => (m[2] === 'histogram' ? `${m[1]}_bucket` : m[1]));
  assert.deepEqual(families.filter((name) => !asked.has(name)), [], 'series without a panel');
});

test('each panel of the dashboard shows something', limit, async () => {
  const faults = [];
  for (const panel of dashboard.panels.filter((one) => one.targets)) {
    for (const [i, { expr }] of panel.targets.entries()) {
      const query = expr.replaceAll('$job', panel.title.startsWith('Certificate') ? 'with-tls' : 'profile-api').replaceAll('$instance', '.*').replaceAll('$__rate_interval', '1m');
      const found = await prometheus.query(query);
      if ((found.length === 0) !== Boolean(emptyPanels[panel.title]?.includes(i))) faults.push(`${panel.title}: ${found.length} results of ${query}`);
    }
  }
  assert.deepEqual(faults, []);
  const at = new Set(dashboard.panels.map(({ gridPos: { x, y } }) => `${x},${y}`));
  assert.equal(at.size, dashboard.panels.length, 'no panel covers another');
});

test('a room whose connection is lost, and does not come back, fires the alert on rooms', limit, async () => {
  assert.deepEqual(await prometheus.firing('RoomDataBudgetBurnsFast'), []);
  await sim.fault('host', 'captcha');
  await sim.fault('host', 'drop');
  const [alert] = await until('RoomDataBudgetBurnsFast fires', async () => {
    const found = await prometheus.firing('RoomDataBudgetBurnsFast');
    return found.length > 0 && found;
  }, { every: 200 });
  assert.deepEqual([alert.labels.severity, alert.labels.instance], ['critical', `127.0.0.1:${api.port}`]);
});
