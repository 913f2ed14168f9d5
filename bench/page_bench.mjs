// The tester page and an overlay in chromium: first paint, frames, main thread and memory; typing at 2,000 events/s; a large answer.
//   bench/page_bench.mjs [MINUTES (5)] [EVENTS A SECOND (500)]
// The page follows a room at that rate. The overlay shows a room of 657 people at 150 events a second; none of its pictures
// may be broken. "task" is the whole main thread, per frame. Heaps are after forced garbage collection. From an input to the next
// paint it should be at most 200 ms, and from an answer of 5 MiB in the console to its first 256 KiB on screen at most 300 ms.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pictures, streamToken } from '../tests/service/overlay_page.mjs';
import { footer, goTo, openSignedIn, startPageBrowser } from '../tests/service/page_browser.mjs';
import { startApi, startSim, startTester } from '../tests/service/programs.mjs';
import { until } from '../tests/service/wait.mjs';

const minutes = Number(process.argv[2] ?? 5);
const rate = Number(process.argv[3] ?? 500);
const PEOPLE = 657;
const OVERLAY_RATE = 150;
const TYPING_RATE = 2000;
const TYPING_SECONDS = 30;
if (!(minutes > 0) || !(rate > 0)) {
  console.error('page_bench.mjs [MINUTES] [EVENTS A SECOND]');
  process.exit(2);
}

/** What chromium counts since the start of the page. */
async function counters(session) {
  const { metrics } = await session.send('Performance.getMetrics');
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}
async function heap(session) {
  await session.send('HeapProfiler.collectGarbage');
  return (await counters(session)).JSHeapUsedSize / 1e6;
}

/** Frames of the page while it is watched, in milliseconds between two. */
const watchFrames = (page) =>
  page.evaluate(() => {
    window.frames_ms = [];
    let last = performance.now();
    const frame = (now) => {
      window.frames_ms.push(now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    window.long_tasks = 0;
    new PerformanceObserver((list) => (window.long_tasks += list.getEntries().length)).observe({ type: 'longtask' });
  });

/** Watches `page` for the time of the bench; `look` is asked every second. */
async function measure(page, look = () => {}) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
  await pause(Math.min(30_000, minutes * 15_000)); // rings and caches fill
  const first = await heap(session);
  await watchFrames(page);
  const begin = await counters(session);
  const end = performance.now() + minutes * 60_000;
  while (performance.now() < end) {
    await look();
    await pause(1000);
  }
  const after = await counters(session);
  const { frames, long } = await page.evaluate(() => ({ frames: window.frames_ms, long: window.long_tasks }));
  frames.sort((a, b) => a - b);
  const seconds = frames.reduce((sum, ms) => sum + ms, 0) / 1000;
  const one = (value) => value.toFixed(1);
  return {
    'first paint, ms': paint ? Math.round(paint) : 'none: transparent',
    'frames a second': one(frames.length / seconds),
    'frame p99, ms': one(frames[Math.floor(frames.length * 0.99)]),
    'task, ms a frame': one(((after.TaskDuration - begin.TaskDuration) * 1000) / frames.length),
    'long tasks': long,
    'DOM nodes': after.Nodes,
    'heap, MB': `${one(first)} → ${one(await heap(session))}`,
  };
}

/** Types into the search field: milliseconds from a key to the next paint. Chromium tells of those from 16 ms on. */
async function type(page) {
  await page.evaluate(() => {
    window.inputs = [];
    const keep = (list) => window.inputs.push(...list.getEntries().filter((entry) => entry.interactionId).map((entry) => entry.duration));
    new PerformanceObserver(keep).observe({ type: 'event', durationThreshold: 16 });
  });
  const { offset } = await footer(page);
  const began = performance.now();
  const search = page.locator('#search');
  const words = 'which one';
  let keys = 0;
  while (performance.now() - began < TYPING_SECONDS * 1000) {
    await search.pressSequentially(words, { delay: 100 });
    for (let n = 0; n < words.length; n++) await search.press('Backspace', { delay: 50 });
    keys += 2 * words.length;
  }
  const seconds = (performance.now() - began) / 1000;
  const inputs = (await page.evaluate(() => window.inputs)).sort((a, b) => a - b);
  const { offset: end, missing } = await footer(page);
  return {
    keys,
    'events from 16 ms on': inputs.length,
    'their median, ms': inputs[Math.floor(inputs.length / 2)] ?? 0,
    'worst, ms': inputs.at(-1) ?? 0,
    'events a second here': Math.round((end - offset) / seconds),
    missing,
  };
}

/** An answer of 5 MiB in the console: milliseconds from its last byte to its first part on screen, and from a press to all of it. */
async function answer(page) {
  const lines = Array.from({ length: 40_000 }, (_, i) => JSON.stringify({ offset: i, type: 'comment', comment: `comment ${i} ${'x'.repeat(80)}` }));
  const body = lines.join('\n').slice(0, 5 * 1024 * 1024);
  await page.route(/\/leaderboard/, (route) => route.fulfill({ contentType: 'text/plain', body }));
  await goTo(page, '/console/get_leaderboard?path.id=busy');
  await page.getByRole('button', { name: 'Send', exact: true }).waitFor();
  const first = await page.evaluate(() => new Promise((done) => {
    const { blob } = Response.prototype;
    let at = 0;
    Response.prototype.blob = async function () {
      const found = await blob.call(this);
      if (found.size > 1_000_000) at = performance.now();
      return found;
    };
    new MutationObserver((_, watcher) => {
      if (!at || !document.querySelector('.answer-body')) return;
      watcher.disconnect();
      requestAnimationFrame(() => setTimeout(() => done(performance.now() - at)));
    }).observe(document.body, { childList: true, subtree: true });
    document.querySelector('.op-form .primary').click();
  }));
  const all = await page.evaluate(() => new Promise((done) => {
    const at = performance.now();
    const body = document.querySelector('.answer-body');
    new MutationObserver((_, watcher) => {
      if (body.textContent.length < 1_000_000) return;
      watcher.disconnect();
      requestAnimationFrame(() => setTimeout(() => done(performance.now() - at)));
    }).observe(document.body, { childList: true, characterData: true, subtree: true });
    [...document.querySelectorAll('.answer button')].find((button) => button.textContent.startsWith('Show all')).click();
  }));
  return { 'first 256 KiB, ms': Math.round(first), 'all 5 MiB, ms': Math.round(all) };
}

/** Comments and gifts of many people, as an export that the simulator plays. */
function manyPeople(file) {
  const lines = [];
  const began = Date.now();
  for (let i = 0; i < OVERLAY_RATE * (minutes * 60 + 60); i++) {
    const n = (i * 7919) % PEOPLE; // each person comes again after 656 others
    const user = { id: String(6_100_000_000_000_000_000n + BigInt(n)), username: `person_${n}`, nickname: `Person ${n}` };
    const shared = { offset: i + 1, id: String(7_100_000_000_000_000_000n + BigInt(i)), timestamp_ms: began + (i * 1000) / OVERLAY_RATE, user };
    lines.push(JSON.stringify(i % 5 ? { ...shared, type: 'comment', comment: `comment ${i}`, emotes: [] } : { ...shared, type: 'follow' }));
  }
  writeFileSync(file, `${lines.join('\n')}\n`);
}

const running = [];
const keep = (program) => (running.push(program), program);
const folder = mkdtempSync(join(tmpdir(), 'page-bench-'));
try {
  const file = join(folder, 'people.ndjson');
  manyPeople(file);
  const busy = keep(await startSim('--user', 'busy', '--seed', '7', '--rate', String(rate)));
  const crowd = keep(await startSim('--user', 'crowd', '--replay', file, '--rate', String(OVERLAY_RATE)));
  const browser = await startPageBrowser();
  running.push({ stop: () => browser.close() });
  const t = { after() {} };

  const api = keep(await startApi(busy));
  const tester = keep(await startTester(api.origin));
  await api.connect('busy', 'busy');
  const page = await openSignedIn(browser, t, tester.origin, '/live/busy');
  console.log(`The page, ${rate} events/s, ${minutes} min`);
  console.table({ ...(await measure(page)), 'events here': (await footer(page)).offset, missing: (await footer(page)).missing });
  await busy.rate('busy', TYPING_RATE);
  console.log(`Typing, ${TYPING_RATE} events/s, ${TYPING_SECONDS} s`);
  console.table(await type(page));
  await busy.rate('busy', 1);
  console.log('A large answer in the console');
  console.table(await answer(page));
  await page.close();
  await api.call('/disconnect', { method: 'POST', body: { session_id: 'busy' } });

  const second = keep(await startApi(crowd));
  const front = keep(await startTester(second.origin));
  await second.connect('crowd', 'crowd');
  const { secret } = await streamToken(second, 'crowd');
  const overlay = await browser.context.newPage();
  await overlay.setViewportSize({ width: 480, height: 900 });
  await overlay.goto(`${front.origin}/overlay/crowd/chat#t=${secret}`);
  await until('the first picture', async () => (await pictures(overlay)).shown > 0);
  const people = new Set();
  const broken = new Set();
  let looks = 0;
  console.log(`An overlay, ${OVERLAY_RATE} events/s, ${PEOPLE} people, ${minutes} min`);
  const figures = await measure(overlay, async () => {
    looks++;
    const found = await pictures(overlay);
    for (const address of found.broken) broken.add(address);
    for (const address of await overlay.evaluate(() => [...document.querySelectorAll('.avatar img')].map((image) => image.src))) people.add(address);
  });
  console.table({ ...figures, 'people seen in samples': people.size, samples: looks, 'broken pictures': broken.size });
  for (const complaint of browser.complaints) console.log(complaint);
  if (broken.size > 0 || browser.complaints.length > 0) process.exitCode = 1;
} finally {
  for (const program of running.reverse()) await program.stop();
  rmSync(folder, { recursive: true, force: true });
}
