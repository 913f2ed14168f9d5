// Programs of a test file, and sessions that are compared with what their rooms said.
import assert from 'node:assert/strict';
import { KEY, listen, said, startApi } from './programs.mjs';
import { until } from './wait.mjs';

const running = [];
/** Notes a program that stopKept() ends. */
export const keep = (program) => (running.push(program), program);
export async function stopKept() {
  for (const program of running.reverse()) await program.stop();
}

/** Settings with which nothing waits for long. */
export const fast = { LIVE_CHECK_INTERVAL: '1', LIVE_BACKOFF_MAX: '1', LIVE_SILENCE_TIMEOUT: '5' };

/** Starts the service again on what it has kept. */
export const restarted = async (api, sim, settings = {}) => keep(await startApi(sim, { ...fast, ...settings }, api.folder));

/** Waits until the session is in one of the states. */
export const reaches = (api, id, ...states) =>
  until(`session ${id} is ${states.join(' or ')}`, async () => {
    const { json } = await api.call(`/sessions/${id}`);
    return states.includes(json.state) && json;
  }, { seconds: 90 });

/** Waits until a session's log holds all that the room has said. */
export async function complete(api, sim, session, user) {
  const reader = await listen(api, `/ws/events/${session}?after=0`, KEY, { all: true });
  const sent = () => said(reader.messages.slice(1)).filter((e) => !e.inferred);
  let truth;
  do {
    truth = await sim.truth(user);
    await reader.until(() => sent().length >= truth.total + (truth.done ? 0 : 1));
  } while (!truth.done);
  reader.close();
  return { truth, log: reader.messages.slice(1), sent: sent() };
}

/** The log is all that was said, once and without a hole. */
export function equalsTruth({ truth, log, sent }) {
  assert.equal(sent.length, truth.total);
  assert.equal(new Set(log.map((e) => e.id)).size, log.length, 'an id came twice');
  assert.deepEqual(log.map((e) => e.offset), log.map((_, i) => i + 1));
}
