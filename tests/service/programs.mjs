// Starts the real programs on ports that the system chooses, and ends them.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { connect } from 'node:net';
import { databaseSettings, leaseOfKilledOwner, noteOwner, onSqlite } from './databases.mjs';
import { keepErrorBody, keepOutput, noteSecrets, noteSecretsOfSettings } from './secrets.mjs';
import { summaryOf, within } from './wait.mjs';

const build = process.env.PAPI_BUILD_DIR ?? join(import.meta.dirname, '../../build/release');
/** The simulator may come from another build than the program that is tested. */
const simBuild = process.env.PAPI_SIM_DIR ?? build;
export const program = join(build, 'profile-api');
export const KEY = 'test-key-of-the-service-tests';

/** Sanitizers make everything slower; a deadline that users were promised is held to in the release build. */
export const sanitized = /\/(asan|tsan)$/.test(build);

/** Starts a program and waits for the line of its output that `ready` matches. `spawned` gets the process before that. */
async function start(folder, program, args, env, cwd, ready, spawned = () => {}) {
  const child = spawn(join(folder, program), args, { cwd, env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  spawned(child);
  const match = await new Promise((resolve, reject) => {
    const take = (chunk) => {
      output += chunk;
      const found = ready.exec(output);
      if (found) resolve(found);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code}:\n${output}`)));
  });
  return { child, match, output: () => output };
}

/** Ends a program. What a sanitizer said in it fails the test. */
async function stop(child, output) {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  const report = /(ERROR: AddressSanitizer|WARNING: ThreadSanitizer|runtime error:)[\s\S]{0,4000}/.exec(output());
  if (report) throw new Error(report[0]);
  return child.exitCode;
}

/** On a port that the system chooses, unless `args` have one. */
export async function startSim(...args) {
  const port0 = args.includes('--port') ? [] : ['--port', '0'];
  const { child, match, output } = await start(simBuild, 'webcast-sim', [...port0, ...args], {}, tmpdir(), /listening on (https?):\/\/[^:]+:(\d+)/);
  const port = Number(match[2]);
  const origin = `${match[1]}://127.0.0.1:${port}`;
  const get = async (path, method = 'GET') => {
    const reply = await fetch(origin + path, { method });
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
    return reply.json();
  };
  return {
    port,
    origin,
    truth: async (user) => (await get('/sim/truth'))[user],
    /** The ids of all that was said, in order. */
    said: async (user) => (await get(`/sim/said?user=${user}`)).ids,
    fault: (user, kind, more = '') => get(`/sim/fault?user=${user}&kind=${kind}${more}`, 'POST'),
    rate: (user, rate) => get(`/sim/rate?user=${user}&rate=${rate}`, 'POST'),
    output,
    stop: () => stop(child, output),
  };
}

/** The database of the folder, unless `env` chooses another. */
const withDatabase = (folder, env) => (env.DATABASE_URL || env.DATABASE_URL_FILE ? env : { ...databaseSettings(folder), ...env });

/** Runs a command of profile-api to its end, or to SIGTERM after `timeout` milliseconds. */
export function runApi(args, { cwd = tmpdir(), env = {}, input = '', timeout } = {}) {
  const settings = { PATH: process.env.PATH, ...(args[0] === 'config' ? env : withDatabase(cwd, env)) };
  const done = spawnSync(program, args, { cwd, env: settings, input, timeout, encoding: 'utf8' });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

/**
 * `folder`: of an earlier one that was stopped with `keep`, to go on with its database. `spawned` gets the process at once, so
 * that it can be killed while it starts.
 */
export async function startApi(sim, env = {}, folder = mkdtempSync(join(tmpdir(), 'profile-api-')), spawned = () => {}) {
  const upstream = sim ? { TIKTOK_WEB_URL: sim.origin, TIKTOK_WEBCAST_URL: sim.origin, TIKTOK_SIGN_URL: sim.origin } : {};
  const settings = { API_KEY: KEY, HOST: '127.0.0.1', PORT: '0', LOG_FORMAT: 'json', LOG_TO_FILE: 'false', TIKTOK_HTTP_TIMEOUT: '5', RATE_LIMIT_ENABLED: 'false', TIKTOK_SIGN_PER_MINUTE: '6000', ...upstream, ...withDatabase(folder, env) };
  for (const [name, value] of Object.entries(settings)) if (value === undefined) delete settings[name];
  noteSecretsOfSettings(settings);
  await leaseOfKilledOwner(folder);
  const { child, match, output } = await start(build, 'profile-api', [], settings, folder, /"url":"(https?:[^"]+)"/, (owner) => {
    noteOwner(folder, owner);
    spawned(owner);
  });
  const origin = match[1];
  /** With the key of the settings, unless `key` (another one, or null for none) or `token` says otherwise. */
  const call = async (path, { key = KEY, token, ...options } = {}) => {
    const headers = token ? { Authorization: `Bearer ${token}` } : key ? { 'X-API-Key': key } : {};
    Object.assign(headers, options.headers);
    noteSecrets(options.body, { key, token });
    if (options.body !== undefined) headers['Content-Type'] ??= 'application/json';
    const body = typeof options.body === 'object' ? JSON.stringify(options.body) : options.body;
    const reply = await fetch(origin + path, { ...options, headers, body });
    const text = await reply.text();
    if (reply.status >= 400) keepErrorBody(text);
    const json = text ? JSON.parse(text) : null;
    noteSecrets(json);
    return { status: reply.status, headers: reply.headers, json };
  };
  return {
    origin,
    port: Number(new URL(origin).port),
    folder,
    database: onSqlite ? join(folder, 'profiles.db') : undefined,
    child,
    output,
    /** Waits until the log says so. */
    logged: async (pattern) => {
      const signal = AbortSignal.timeout(15_000);
      while (!pattern.test(output())) {
        await once(child.stdout, 'data', { signal }).catch(() => {
          throw new Error(`the log never said ${pattern}:\n${output()}`);
        });
      }
    },
    call,
    connect: (session_id, username, more = {}) => call('/connect', { method: 'POST', body: { session_id, username, ...more } }),
    run: (args, input) => runApi(args, { cwd: folder, input }),
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
      keepOutput(output());
    },
    stop: async ({ keep = false } = {}) => {
      const code = await stop(child, output);
      keepOutput(output());
      if (!keep) rmSync(folder, { recursive: true, force: true });
      return code;
    },
  };
}

/** The page's server as a process of its own, which passes requests on to `upstream`. */
export async function startTester(upstream, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tester-'));
  const settings = { TESTER_PORT: '0', LOG_FORMAT: 'json', PROFILE_API_URL: upstream, ...env };
  const { child, match, output } = await start(build, 'profile-api', ['tester'], settings, folder, /"page":"https?:[^"]+:(\d+)"[\s\S]*passed on/);
  const port = Number(match[1]);
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    child,
    output,
    stop: async () => {
      const code = await stop(child, output);
      keepOutput(output());
      rmSync(folder, { recursive: true, force: true });
      return code;
    },
  };
}

/**
 * A WebSocket that keeps all its messages; until() waits for the moment when they satisfy a condition, for a minute unless its
 * `limit` says otherwise (`within` of wait.mjs). `hear()` names a function that gets all messages after each. Our own `session` events go
 * into `changes` and not into `messages`, unless `all` is set.
 */
export async function listen(api, path, key = KEY, { all = false } = {}) {
  const separator = path.includes('?') ? '&' : '?';
  noteSecrets({ key });
  const socket = new WebSocket(api.origin.replace('http', 'ws') + path + (key ? `${separator}api_key=${key}` : ''));
  const messages = [];
  const changes = [];
  const waiters = new Set();
  let heard = () => {};
  const check = () => {
    for (const waiter of waiters) if (waiter.condition(messages)) waiters.delete(waiter), waiter.resolve();
  };
  socket.onmessage = (event) => {
    const message = JSON.parse(event.data);
    (message.type === 'session' && !all ? changes : messages).push(message);
    heard(messages);
    check();
  };
  let end = 'open';
  const closed = new Promise((resolve) => {
    socket.onclose = (event) => {
      end = `closed with ${event.code}`;
      resolve({ code: event.code, reason: event.reason });
    };
  });
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`${path}: no WebSocket`));
  });
  return {
    messages,
    changes,
    closed,
    send: (value) => socket.send(JSON.stringify(value)),
    close: () => socket.close(),
    hear: (hearer) => {
      heard = hearer;
      heard(messages);
    },
    until: (condition, limit) => {
      const satisfied = new Promise((resolve) => {
        waiters.add({ condition, resolve });
        check();
      });
      const got = () => `${summaryOf(messages)}; ${changes.length} changes of the session; the socket is ${end}`;
      return within(`${path.split('?')[0]}: ${condition}`, satisfied, got, limit);
    },
  };
}

/**
 * Subscribes `count` listeners to all events before the room speaks: the session waits for a room that is offline, and
 * follows it by itself when it comes. Needs LIVE_CHECK_INTERVAL=1.
 */
export async function followFromTheStart(api, sim, session, user, count = 1, options = {}) {
  await sim.fault(user, 'offline');
  const waiting = await api.connect(session, user, { wait_until_live: true });
  if (waiting.status !== 200 || waiting.json.state !== 'waiting') throw new Error(JSON.stringify(waiting.json));
  const listeners = [];
  for (let i = 0; i < count; i++) listeners.push(await listen(api, `/ws/events/${session}`, KEY, options));
  for (const listener of listeners) await listener.until((m) => m.length === 1);
  await sim.fault(user, 'clear');
  return listeners;
}

/** The whole log of a session, by pages. */
export async function wholeLog(api, session) {
  const log = [];
  for (let after = 0, more = true; more; ) {
    const { json } = await api.call(`/sessions/${session}/events?after=${after}&limit=1000`);
    log.push(...json.events);
    assert.ok(!json.more || json.next_after > after, 'a page goes on');
    after = json.next_after;
    more = json.more;
  }
  return log;
}

export const said = (log) => log.filter((e) => e.type !== 'session');

/** The offsets of all that a listener got follow one another. */
export function assertNoHoles({ messages, changes }) {
  const offsets = [...messages.slice(1), ...changes].map((e) => e.offset).sort((a, b) => a - b);
  assert.deepEqual(offsets, offsets.map((_, i) => offsets[0] + i));
}

/** Follows a room of the simulator to its end: both programs, and all events of session `s` in order. */
export async function wholeRoom(simArguments, settings = {}) {
  const sim = await startSim('--user', 'host', ...simArguments);
  const api = await startApi(sim, { LIVE_CHECK_INTERVAL: '1', ...settings });
  const [listener] = await followFromTheStart(api, sim, 's', 'host', 1, { all: true });
  let truth;
  do {
    truth = await sim.truth('host');
    await listener.until((m) => said(m).length > truth.total);
  } while (!truth.done);
  listener.close();
  const live = listener.messages.slice(1);
  const kept = settings.EVENTS_DURABILITY === 'off' || settings.EVENTS_MAX_PER_SESSION ? [] : await wholeLog(api, 's');
  return { sim, api, log: kept.length > 0 ? kept : live };
}

/** Writes bytes to the API's port and gives what came back when the other side closed, or when `enough` says so. */
export const exchange = (api, bytes, enough = () => false) =>
  new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(api.port, '127.0.0.1', () => socket.write(bytes));
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (enough(text)) socket.destroy();
    });
  });

export const countBy = (items, key) => {
  const counts = {};
  for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
  return counts;
};
