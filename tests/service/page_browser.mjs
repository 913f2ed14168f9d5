// A page of the tester in a real chromium, with everything that its policy or its console objects to.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { KEY, sanitized } from './programs.mjs';
import { startBrowser } from './browser.mjs';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A browser whose pages report violations. `complaints` collects them over all pages. */
export async function startPageBrowser() {
  const browser = await startBrowser();
  const complaints = [];
  browser.context.setDefaultTimeout(sanitized ? 60_000 : 20_000);
  await browser.context.exposeBinding('reportViolation', (_, text) => complaints.push(text));
  await browser.context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => window.reportViolation(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
  });
  browser.context.on('page', (page) => {
    page.on('pageerror', (error) => complaints.push(`error: ${error.stack ?? error}`));
    page.on('console', (message) => {
      // The browser itself writes a line for each status of 400 and above; tests provoke some of those.
      if (['error', 'warning'].includes(message.type()) && !/^Failed to load resource/.test(message.text())) complaints.push(`console: ${message.text()}`);
    });
  });
  return { ...browser, complaints };
}

/** Opens `path` and signs in with a key, as a reader does. */
export async function openSignedIn(browser, t, origin, path = '/', key = KEY) {
  const page = await browser.open(t, origin + path);
  await signIn(page, key);
  return page;
}

export async function signIn(page, key = KEY) {
  await page.fill('#key', key);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.rooms-head', { state: 'attached' });
}

/** Goes to another view, as a link of the page does; a reload would ask for the key again. */
export const goTo = (page, path) =>
  page.evaluate((to) => {
    history.pushState(null, '', to);
    dispatchEvent(new PopStateEvent('popstate'));
  }, path);

/** What axe-core objects to. It runs in a world of its own, as the page's policy lets nobody put a script into it. */
export async function axeViolations(page, rules = {}) {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send('Page.getFrameTree');
  const { executionContextId: contextId } = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id, worldName: 'axe' });
  await session.send('Runtime.evaluate', { contextId, expression: axeSource });
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', { contextId, awaitPromise: true, returnByValue: true, expression: `axe.run(document, ${JSON.stringify(rules)}).then((found) => found.violations.map((each) => each.id + ': ' + each.nodes.slice(0, 3).map((node) => node.target.join(' ') + ' ' + (node.any[0]?.message ?? node.all[0]?.message ?? '')).join(' | ')))` });
  await session.detach();
  assert.equal(exceptionDetails, undefined, exceptionDetails?.exception?.description);
  return result.value;
}

/** Offset and text of each row, from the first to the last that is kept here, by scrolling through the list. */
export async function allRows(page) {
  const found = new Map();
  await page.locator('.list').evaluate((list) => (list.scrollTop = 0));
  for (let step = 0; step < 400; step++) {
    // Two frames: one in which the list notices, one in which the rows are drawn.
    const { rows, atEnd } = await page.locator('.list').evaluate(async (list) => {
      for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
      const rows = [...list.querySelectorAll('.line[data-from]')].map((row) => [Number(row.dataset.from), row.dataset.type, row.querySelector('.c-text')?.textContent ?? '']);
      const atEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 2;
      list.scrollTop += list.clientHeight - 30;
      return { rows, atEnd };
    });
    for (const row of rows) found.set(row[0], row);
    if (atEnd) return [...found.values()].sort((a, b) => a[0] - b[0]);
  }
  throw new Error('the list has no end');
}

/** The rows that events make: a streak is one row, and its first event is what the row is known by. */
export function rowsOf(events) {
  const streaks = new Set();
  return events.filter((event) => event.type !== 'gift' || !event.streak_id || (!streaks.has(event.streak_id) && streaks.add(event.streak_id)));
}

/** A number of the line below the rows. */
export const footer = (page) => page.locator('.foot').evaluate((foot) => ({ offset: Number(foot.dataset.offset), missing: Number(foot.dataset.missing), epoch: foot.dataset.epoch, phase: foot.dataset.phase }));

/** Waits until the room is read: rows are drawn, and the newest of them is beyond `offset`. The line below the rows has its offset before. */
export const untilRows = (page, offset) => page.waitForFunction((least) => {
  const foot = document.querySelector('.foot');
  return foot?.dataset.phase === 'open' && Number(foot.dataset.offset) > least && document.querySelectorAll('.line[data-from]').length > 1;
}, offset);
