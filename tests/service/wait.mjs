// Waiting for what no event tells.
import { setTimeout as pause } from 'node:timers/promises';

/** Sanitizers make everything slower. */
const patience = /\/(asan|tsan)$/.test(process.env.PAPI_BUILD_DIR ?? '') ? 4 : 1;

/**
 * Asks until the answer is truthy, and returns it. If that takes longer than `seconds`, or four times as long under a
 * sanitizer, it fails and names `what` was waited for. `every`: milliseconds between two questions.
 */
export async function until(what, ask, { seconds = 30, every = 20 } = {}) {
  const most = seconds * patience * 1000;
  const began = performance.now();
  let answer;
  while (!(answer = await ask())) {
    if (performance.now() - began > most) throw new Error(`waited ${most / 1000} s for this in vain: ${what}`);
    await pause(every);
  }
  return answer;
}
