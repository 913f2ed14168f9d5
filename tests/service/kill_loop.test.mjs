// The short form of `./dev soak kills`. PAPI_KILL_SEED repeats one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runKillLoop } from '../soak/kill_loop.mjs';
import { sanitized } from './programs.mjs';

const seed = Number(process.env.PAPI_KILL_SEED ?? Date.now() % 100_000);
const kills = sanitized ? 10 : 25;

test(`${kills} kills while sessions come and go: every log is the truth (seed ${seed})`, { timeout: 600_000 }, async (t) => {
  const { figures, problems } = await runKillLoop({ kills, seed, longest_lock: 6_500 });
  t.diagnostic(Object.entries(figures).map(([name, count]) => `${count} ${name.replaceAll('_', ' ')}`).join(', '));
  assert.equal(problems.count, 0, `seed ${seed}\n${problems}`);
});
