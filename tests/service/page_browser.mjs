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

/**
 * All lines of the list of a quiet room, in the order in which they stand, notes too: `from` (a note has none), `type`, `text`.
 * A step goes to the last line that was seen, and the next one is taken when that line has moved as far as the step was. A page whose
 * clock is installed has frames of that clock: several of them may pass before the browser reports a scroll and the list is drawn.
 */
export const allLines = (page) =>
  page.locator('.list').evaluate(async (list) => {
    let waited = 0;
    const drawn = async (last) => {
      await new Promise(requestAnimationFrame);
      if (++waited > 2000) throw new Error(`the list is not drawn any further than ${last?.text}, at ${list.scrollTop} of ${list.scrollHeight}`);
      const edge = list.getBoundingClientRect().top;
      return [...list.querySelectorAll('.line')]
        .map((line) => {
          const { top, bottom } = line.getBoundingClientRect();
          const { key, from, type } = line.dataset;
          const text = key ? (line.querySelector('.c-text')?.textContent ?? '') : line.innerText;
          return { id: key ?? text, from: from && Number(from), type, text, top: top - edge, bottom: bottom - edge };
        })
        .sort((a, b) => a.top - b.top);
    };
    let lines;
    do {
      if (list.scrollTop) list.scrollTop = 0;
      lines = await drawn();
    } while (waited < 4 || list.scrollTop || (lines.length ? Math.abs(lines[0].top) > 1 || String(lines[0].from) !== list.dataset.first : list.dataset.first));
    const found = lines.slice(0, 1);
    const take = () => {
      const last = found.at(-1);
      const at = lines.findIndex(({ id }) => id === last.id);
      if (at < 0) throw new Error(`behind ${last.from} ${last.text} other lines are drawn: ${lines[0]?.from} to ${lines.at(-1)?.from}`);
      for (let i = at + 1; i < lines.length; i++) {
        if (Math.abs(lines[i].top - lines[i - 1].bottom) > 1) throw new Error(`between ${lines[i - 1].text} and ${lines[i].text} are ${lines[i].top - lines[i - 1].bottom} pixels`);
        found.push(lines[i]);
        waited = 0;
      }
      // There is always one line more than fits, unless it is the last one.
      return lines.at(-1).bottom <= list.clientHeight + 0.5;
    };
    let atEnd = lines.length === 0 || take();
    while (!atEnd) {
      const last = lines.at(-1);
      const before = list.scrollTop;
      list.scrollTop += last.top;
      const wanted = list.scrollTop;
      // The list may go to another place by itself (its end, another height): then what it draws two frames later counts.
      for (let elsewhere = 0, there = false; !there && !atEnd; ) {
        lines = await drawn(last);
        atEnd = take();
        there = Math.abs(lines.find(({ id }) => id === last.id).top - (last.top - (wanted - before))) <= 1 || (list.scrollTop !== wanted && ++elsewhere > 2);
      }
    }
    return found;
  });

/** Offset, type and text of each row, from the first to the last that is kept here. */
export const allRows = async (page) => (await allLines(page)).filter(({ from }) => from !== undefined).map(({ from, type, text }) => [from, type, text]);

/** The rows that events make: a streak is one row, and its first event is what the row is known by. */
export function rowsOf(events) {
  const streaks = new Set();
  return events.filter((event) => event.type !== 'gift' || !event.streak_id || (!streaks.has(event.streak_id) && streaks.add(event.streak_id)));
}

/** What tells rows apart: an event has a row, or all events of a streak together. */
export const rowKey = (event) => (event.type === 'gift' && event.streak_id) || event.offset;
/** How many rows events make. */
export const rowCount = (events) => new Set(events.map(rowKey)).size;

/**
 * The rows of the page are these events and no others, none twice, in their order. The row of a streak stands where the page met
 * the streak first: that is any of its events, for example one behind the border to history.
 */
export function assertRows(rows, events) {
  const byOffset = new Map(events.map((event) => [event.offset, event]));
  for (const [from, type] of rows) assert.equal(type, byOffset.get(from)?.type, `row ${from}`);
  assert.deepEqual(rows.map(([from]) => from), rows.map(([from]) => from).toSorted((a, b) => a - b));
  const keys = (all) => all.map(String).sort();
  assert.deepEqual(keys(rows.map(([from]) => rowKey(byOffset.get(from)))), keys([...new Set(events.map(rowKey))]));
}

/** A number of the line below the rows. */
export const footer = (page) => page.locator('.foot').evaluate((foot) => ({ offset: Number(foot.dataset.offset), missing: Number(foot.dataset.missing), epoch: foot.dataset.epoch, phase: foot.dataset.phase }));

/** Waits until the room is read: rows are drawn, and the newest of them is beyond `offset`. The line below the rows has its offset before. */
export const untilRows = (page, offset) => page.waitForFunction((least) => {
  const foot = document.querySelector('.foot');
  return foot?.dataset.phase === 'open' && Number(foot.dataset.offset) > least && document.querySelectorAll('.line[data-from]').length > 1;
}, offset);
