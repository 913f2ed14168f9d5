// The documents of the API: valid by the tools that read such documents, and true of what the service really answers.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { left_out, requests } from './api_requests.mjs';
import { lint, require, validators } from './api_schemas.mjs';
import { freePort } from './free_port.mjs';
import { listen, runApi, sanitized, startApi, startSim, wholeRoom } from './programs.mjs';
import { skip as no_recording, withRecordedEvents } from './recording.mjs';
import { noteSecrets } from './secrets.mjs';

const folder = mkdtempSync(join(tmpdir(), 'api-documents-'));
const printed = (name) => {
  const { code, out, err } = runApi([name], { cwd: folder });
  assert.equal(code, 0, err);
  writeFileSync(join(folder, `${name}.json`), out);
  return JSON.parse(out);
};
const openapi = printed('openapi');
const asyncapi = printed('asyncapi');
after(() => rmSync(folder, { recursive: true, force: true }));

const methods = ['get', 'post', 'put', 'patch', 'delete'];
/** [operation, path, method] of every route. */
const operations = Object.entries(openapi.paths).flatMap(([path, item]) => methods.filter((method) => item[method]).map((method) => [item[method], path, method]));
const resolved = (part, object) => (object.$ref ? openapi.components[part][object.$ref.split('/').at(-1)] : object);

/** Runs a tool of tests/api_lint; it has no word to say about a good document. */
async function tool(name, ...args) {
  const child = spawn(process.execPath, [join(lint, 'node_modules/.bin', name), ...args], { cwd: lint, env: { PATH: process.env.PATH, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const [code] = await once(child, 'close');
  return { code, said };
}

// The tools judge what every build prints alike, so once is enough.
test('no tool that reads such documents complains', { skip: sanitized, timeout: 120_000 }, async () => {
  const { Parser } = require('@asyncapi/parser');
  const [redocly, spectral, { diagnostics }] = await Promise.all([
    tool('redocly', 'lint', join(folder, 'openapi.json'), '--config', 'redocly.yaml'),
    tool('spectral', 'lint', join(folder, 'openapi.json'), '--ruleset', 'spectral.js', '--fail-severity', 'hint'),
    new Parser().parse(JSON.stringify(asyncapi)),
  ]);
  assert.equal(redocly.code, 0, redocly.said);
  assert.match(redocly.said, /Your API description is valid/);
  assert.doesNotMatch(redocly.said, /warning/);
  assert.equal(spectral.code, 0, spectral.said);
  assert.match(spectral.said, /No results/);
  assert.deepEqual(diagnostics.map((one) => one.code), ['asyncapi-latest-version'], JSON.stringify(diagnostics));
});

test('every route but a WebSocket has an answer of success', () => {
  for (const [operation] of operations) {
    const statuses = Object.keys(operation.responses);
    assert.equal(statuses.some((status) => status.startsWith('2')), !operation['x-websocket'], operation.operationId);
  }
});

test('every example is as its schema says', () => {
  const open = validators(openapi, { closed: false });
  const closed = validators(openapi, { closed: true });
  let seen = 0;
  const check = (validate, where, schema, example) => {
    assert.equal(validate(schema, example), '', where);
    seen += 1;
  };
  for (const [operation] of operations) {
    const where = operation.operationId;
    for (const parameter of operation.parameters ?? []) if (parameter.example !== undefined) check(open, `${where} ${parameter.name}`, parameter.schema, parameter.example);
    for (const { schema, example } of Object.values(operation.requestBody?.content ?? {})) check(open, where, schema, example);
    for (const answer of Object.values(operation.responses)) {
      for (const { schema, example } of Object.values(resolved('responses', answer).content ?? {})) if (example !== undefined) check(closed, where, schema, example);
    }
  }
  for (const answer of Object.values(openapi.components.responses)) {
    for (const { schema, examples } of Object.values(answer.content)) for (const [name, { value }] of Object.entries(examples)) check(closed, name, schema, value);
  }
  const message = validators(asyncapi, { closed: true });
  for (const [name, { payload, examples }] of Object.entries(asyncapi.components.messages)) {
    assert.ok(examples.length > 0, name);
    for (const example of examples) check(message, name, payload, example.payload);
  }
  assert.ok(seen > 200, `${seen} examples`);
});

test('a request with a misspelt member is against the document', () => {
  const validate = validators(openapi, { closed: false });
  for (const [operation] of operations) {
    for (const { schema, example } of Object.values(operation.requestBody?.content ?? {})) {
      assert.notEqual(validate(schema, { ...example, misspelt: 1 }), '', operation.operationId);
    }
  }
});

const messageOf = Object.fromEntries(Object.values(asyncapi.components.schemas)
  .filter((schema) => schema.title.endsWith('Event') && schema.properties?.type).map((schema) => [schema.properties.type.const, schema]));
/** No event has a member that is not described. */
function assertDescribed(events) {
  const validate = validators(asyncapi, { closed: true });
  for (const event of events) {
    assert.ok(messageOf[event.type], event.type);
    assert.equal(validate(messageOf[event.type], event), '', JSON.stringify(event));
  }
}

test('every event of a simulated room is described', { timeout: 60_000 }, async () => {
  const { sim, api, log } = await wholeRoom(['--rate', '2000', '--count', '1000', '--end']);
  try {
    assert.ok(log.length > 1000);
    assertDescribed(log);
  } finally {
    await api.stop();
    await sim.stop();
  }
});

test('every event of a recorded room is described', { skip: no_recording || sanitized, timeout: 60_000 }, async () => {
  await withRecordedEvents(({ events }) => assertDescribed(events));
});

test('the messages of the sockets are described', { timeout: 60_000 }, async () => {
  const sim = await startSim('--user', 'host', '--rate', '200');
  const api = await startApi(sim);
  const validate = validators(asyncapi, { closed: true });
  const described = (name, message) => assert.equal(validate(asyncapi.components.schemas[name], message), '', JSON.stringify(message));
  try {
    await api.connect('show', 'host');
    const comments = await listen(api, '/ws/comments/show');
    for (const type of ['ping', 'status', 'nonsense']) comments.send({ type });
    const names = { connected: 'CommentsConnectedMessage', comment: 'CommentMessage', pong: 'PongMessage', status_response: 'StatusMessage', error: 'CommentsFaultMessage' };
    await comments.until((messages) => Object.keys(names).every((type) => messages.some((message) => message.type === type)));
    for (const message of comments.messages) described(names[message.type], message);
    const events = await listen(api, '/ws/events/show?after=0');
    await events.until((messages) => messages.length > 1);
    described('ConnectedMessage', events.messages[0]);
    comments.close(), events.close();
  } finally {
    await api.stop();
    await sim.stop();
  }
});

/** Prism in front of the service compares every request and answer with the document. */
async function startPrism(api, document = join(folder, 'openapi.json')) {
  const port = await freePort();
  const child = spawn(process.execPath, [join(lint, 'node_modules/.bin/prism'), 'proxy', document, api.origin, '--host', '127.0.0.1', '--port', String(port), '--errors', 'false'], { cwd: lint, env: { PATH: process.env.PATH } });
  let said = '';
  await new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        said += chunk;
        if (/Prism is listening/.test(said)) resolve();
      });
    }
    child.once('exit', (code) => reject(new Error(`prism ended with ${code}:\n${said}`)));
  });
  const stop = async () => {
    child.kill();
    await once(child, 'exit');
  };
  return { origin: `http://127.0.0.1:${port}`, stop };
}

test('each route answers as the document says', { skip: sanitized, timeout: 120_000 }, async () => {
  const limits = Object.fromEntries(['API', 'AUTH', 'CONNECT', 'STRICT'].map((rule) => [`RATE_LIMIT_${rule}_REQUESTS`, '1000']));
  const keys = { key: 'key-of-the-document-test-0123456789', admin: 'admin-of-the-document-test-012345678' };
  const sim = await startSim('--user', 'host', '--user', 'away', '--rate', '500', '--count', '1500');
  const api = await startApi(sim, { ...limits, RATE_LIMIT_ENABLED: 'true', API_KEY: keys.key, ADMIN_API_KEY: keys.admin });
  const prism = await startPrism(api);
  const validate = validators(openapi, { closed: true });
  const asked = new Set();
  let limited = 0;

  const ask = async (id, method, path, { body, as = 'key', headers = {}, status = 200 } = {}) => {
    asked.add(id);
    const where = `${id}: ${method} ${path}`;
    const sent = { ...headers };
    if (keys[as]) sent['X-API-Key'] = keys[as];
    else if (as !== 'nobody') sent.Authorization = `Bearer ${as}`;
    if (body) sent['Content-Type'] = 'application/json';
    noteSecrets(body);
    const reply = await fetch(prism.origin + path, { method, headers: sent, body: body && JSON.stringify(body) });
    const bytes = Buffer.from(await reply.arrayBuffer());
    const text = /json|text/.test(reply.headers.get('content-type') ?? '') ? bytes.toString() : '';
    assert.equal(reply.status, status, `${where}: ${text}`);
    const violations = JSON.parse(reply.headers.get('sl-violations') ?? '[]');
    // A request that is meant to be refused may be against the document. Its answer may not.
    assert.deepEqual(violations.filter((one) => status < 400 || one.location[0] === 'response'), [], where);
    const operation = operations.find(([one]) => one.operationId === id)?.[0];
    assert.ok(operation, `${id} is not in the document`);
    const answer = resolved('responses', operation.responses[status]);
    const type = reply.headers.get('content-type')?.split(';')[0];
    if (status !== 304 && !type.startsWith('image/') && !id.endsWith('_file')) assert.ok(answer.content[type], `${where}: ${type} is not described`);
    for (const name of Object.keys(answer.headers)) if (/^X-RateLimit/.test(name) && reply.headers.has(name)) limited += 1;
    if (type !== 'application/json' || id.endsWith('api')) return text;
    const json = JSON.parse(text);
    noteSecrets(json);
    assert.equal(validate(answer.content[type].schema, json), '', `${where}: ${text}`);
    return json;
  };

  try {
    await sim.fault('away', 'offline');
    await requests(ask);
    assert.ok(limited > 100, 'the limits are in force');
    const known = operations.map(([operation]) => operation.operationId);
    const missing = known.filter((id) => !asked.has(id) && !left_out[id]);
    assert.deepEqual(missing, [], 'see tests/service/api_requests.mjs');
  } finally {
    await prism.stop();
    await api.stop();
    await sim.stop();
  }
});

test('Prism reports an answer that differs from the document', { skip: sanitized }, async () => {
  const spoilt = structuredClone(openapi);
  const answer = spoilt.paths['/healthcheck'].get.responses['200'];
  answer.content['application/json'].schema = { type: 'object', required: ['never_sent'], properties: { status: { type: 'integer' } } };
  const path = join(folder, 'spoilt.json');
  writeFileSync(path, JSON.stringify(spoilt));
  const api = await startApi(null);
  const prism = await startPrism(api, path);
  try {
    const reply = await fetch(`${prism.origin}/healthcheck`);
    const violations = JSON.parse(reply.headers.get('sl-violations') ?? '[]');
    const faults = violations.map(({ location, code }) => `${location.join('.')} ${code}`).sort();
    assert.deepEqual(faults, ['response.body required', 'response.body.status type']);
  } finally {
    await prism.stop();
    await api.stop();
  }
});

test('the service sends the documents that the commands print, with an ETag', async () => {
  const api = await startApi(null);
  try {
    for (const [path, document] of [['/openapi.json', openapi], ['/asyncapi.json', asyncapi]]) {
      const { status, headers, json } = await api.call(path, { key: null });
      assert.equal(status, 200);
      assert.deepEqual(json, document);
      assert.equal(headers.get('cache-control'), 'no-cache');
      const again = await api.call(path, { key: null, headers: { 'If-None-Match': headers.get('etag') } });
      assert.equal(again.status, 304);
    }
  } finally {
    await api.stop();
  }
});
