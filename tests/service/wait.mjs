// Waiting with a limit, which names what was waited for.
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

/**
 * Waits for a promise that an event resolves. If that takes longer than `seconds`, or four times as long under a sanitizer,
 * it fails and names `what` was waited for and what `got()` says there is instead. The limit keeps no program running.
 */
export async function within(what, promise, got, { seconds = 60 } = {}) {
  const most = seconds * patience;
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${most} s for this in vain: ${what}; there is ${got()}`)), most * 1000).unref();
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The number of messages and the beginning of the last one, for people. */
export const summaryOf = (messages) =>
  `${messages.length} messages${messages.length > 0 ? `, the last is ${(typeof messages.at(-1) === 'string' ? messages.at(-1) : JSON.stringify(messages.at(-1))).slice(0, 300)}` : ''}`;
