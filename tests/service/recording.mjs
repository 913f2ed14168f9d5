// The recording of real messages, and the events that the service makes of it. The recording is not part of the project:
// PAPI_CAPTURES names the file (CONTRIBUTING.md). Without it the tests of the recording are skipped.
import { readFileSync } from 'node:fs';
import { followFromTheStart, startApi, startSim } from './programs.mjs';

const file = process.env.PAPI_CAPTURES;
export const skip = file ? false : 'no recording here: set PAPI_CAPTURES';

/** 1,300 lines {method, payload_b64}, of which one message stands twice. */
export const recordedLines = () => readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));

/** Plays the recording to the service and gives `use` all that came of it. */
export async function withRecordedEvents(use) {
  const sim = await startSim('--user', 'recorded', '--replay', file, '--rate', '2000');
  const api = await startApi(sim, { LIVE_CHECK_INTERVAL: '1' });
  try {
    const [listener] = await followFromTheStart(api, sim, 'replay', 'recorded');
    // The recording holds pieces of many rooms, some of which end: streaks that are open then are closed by us.
    const recorded = () => listener.messages.slice(1).filter((e) => !e.inferred);
    await listener.until(() => recorded().length >= 1299);
    await use({ events: recorded(), truth: await sim.truth('recorded'), session: (await api.call('/sessions/replay')).json });
  } finally {
    await api.stop();
    await sim.stop();
  }
}
