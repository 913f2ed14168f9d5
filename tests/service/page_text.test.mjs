// The page with larger text, wider spacing, colours of the system and no motion, and names of strangers in its rows.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startApi, startSim, startTester } from './programs.mjs';
import { goTo, openSignedIn, startPageBrowser, untilRows } from './page_browser.mjs';
import { until } from './wait.mjs';

const limit = { timeout: 120_000 };
const views = ['/live/demo', '/charts/demo', '/people', '/people/quizhost', '/overlays', '/console/list_events', '/health', '/access', '/access?tab=stream-tokens'];
const names = ['\u202egnp.exe\u202e', `a${'\u0301'.repeat(500)}b`, 'W'.repeat(10_000), '<img src=x onerror=alert(1)>', '', '👨‍👩‍👧‍👦 family', '\u2067\u2066\u200f', 'محمد بن عبد الله', '\u0000\u0007bell'];

let folder, sim, strangers, api, tester, browser;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'names-'));
  const file = join(folder, 'events.ndjson');
  const now = Date.now();
  const events = names.map((nickname, i) => ({ offset: i + 1, id: String(7_000_000_000_000_000_000n + BigInt(i)), type: 'comment', timestamp_ms: now + i, user: { id: String(6_000_000 + i), username: `user_${i}`, nickname }, comment: `${nickname} ${i}`, emotes: [] }));
  writeFileSync(file, `${events.map((event) => JSON.stringify(event)).join('\n')}\n`);
  sim = await startSim('--user', 'quizhost', '--seed', '5', '--rate', '20');
  strangers = await startSim('--user', 'host', '--replay', file, '--rate', '50');
  api = await startApi(sim);
  [tester, browser] = await Promise.all([startTester(api.origin), startPageBrowser()]);
  assert.equal((await api.connect('demo', 'quizhost')).status, 200);
});
after(async () => {
  await browser?.close();
  await tester?.stop();
  await api?.stop();
  await strangers?.stop();
  await sim?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/**
 * The texts of the page of which a box around them hides a part. A box that scrolls hides nothing, and the list of rows is one.
 * Names and words of strangers may end in an ellipsis: the inspector and the person's page have them in full.
 */
const cutTexts = (page) =>
  page.evaluate(() => {
    const cut = [];
    const range = document.createRange();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { currentNode: text } = walker;
      const { parentElement: parent } = text;
      if (!text.data.trim() || !parent.checkVisibility({ visibilityProperty: true }) || parent.closest('.sr, .skip, option, textarea')) continue;
      const ofStrangers = parent.closest('bdi, [dir=auto]') !== null;
      range.selectNodeContents(text);
      let parts = [...range.getClientRects()].filter(({ width, height }) => width > 1 && height > 1);
      for (let box = parent; box !== document.body; box = box.parentElement) {
        const { overflowX, overflowY, textOverflow, display, clipPath, contain } = getComputedStyle(box);
        if (clipPath !== 'none') break; // hidden from eyes on purpose, for screen readers
        if (display === 'inline' || display === 'contents') continue;
        if (box.matches('.layer') || /auto|scroll/.test(overflowX + overflowY)) break;
        const hides = (overflow) => overflow !== 'visible' || /strict|content|paint/.test(contain);
        const { left, top } = box.getBoundingClientRect();
        const edge = { left: left + box.clientLeft - 1, top: top + box.clientTop - 1 };
        edge.right = edge.left + box.clientWidth + 2;
        edge.bottom = edge.top + box.clientHeight + 2;
        if (ofStrangers && textOverflow === 'ellipsis') parts = parts.map(({ top: up, bottom }) => ({ left: edge.left, right: edge.left, top: up, bottom }));
        const wide = hides(overflowX) && parts.some((part) => part.left < edge.left || part.right > edge.right);
        const high = hides(overflowY) && parts.some((part) => part.top < edge.top || part.bottom > edge.bottom);
        if (wide || high) cut.push(`${box.tagName}.${box.className} cuts ${wide ? 'the width' : 'the height'} of “${text.data.trim().slice(0, 40)}”`);
      }
    }
    return [...new Set(cut)];
  });

/** Goes through the views and looks at each, once it is there. */
async function eachView(page, look) {
  for (const view of views) {
    await goTo(page, view);
    await page.waitForFunction((path) => location.pathname + location.search === path && document.querySelector('main h1') && !document.querySelector('.skeleton'), view);
    await look(view);
  }
}
const looksWhole = async (page, view) => {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  assert.deepEqual(await cutTexts(page), [], view);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `${view} goes beyond the window`);
};

test('the check of cut texts finds them', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/live/demo');
  await untilRows(page, 5);
  assert.deepEqual(await cutTexts(page), []);
  await page.locator('.rooms-head h2').evaluate((head) => Object.assign(head.style, { width: '20px', height: '5px', overflow: 'hidden' }));
  assert.deepEqual(await cutTexts(page), ['H2. cuts the width of “Rooms”']);
});

test('with text of 200 % nothing is cut, in any view', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/live/demo');
  const session = await page.context().newCDPSession(page);
  await session.send('Page.setFontSizes', { fontSizes: { standard: 32, fixed: 26 } });
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize), '32px');
  await eachView(page, (view) => looksWhole(page, view));
});

test('with the text spacing of WCAG 1.4.12, and with the colours of the system, nothing is cut, in any view', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/live/demo');
  await page.evaluate(() => {
    window.spacing = new CSSStyleSheet();
    window.spacing.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }');
  });
  const spaced = (on) => page.evaluate((value) => void (document.adoptedStyleSheets = value ? [window.spacing] : []), on);
  await eachView(page, async (view) => {
    await spaced(true);
    await looksWhole(page, `${view}, spaced`);
    await page.setViewportSize({ width: 320, height: 640 });
    await looksWhole(page, `${view}, spaced, 320`);
    await page.setViewportSize({ width: 1280, height: 720 });
    await spaced(false);
    await page.emulateMedia({ forcedColors: 'active' });
    await looksWhole(page, `${view}, forced colours`);
    await page.emulateMedia({ forcedColors: 'none' });
  });
  // What only a hue tells is told by an edge where hues are dropped.
  await page.emulateMedia({ forcedColors: 'active' });
  await goTo(page, '/live/demo?types=comment,question,emote');
  assert.equal(await page.locator('.pill[aria-pressed=true]').evaluate((pill) => getComputedStyle(pill).outlineStyle), 'solid');
});

test('with reduced motion nothing moves', limit, async (t) => {
  const page = await openSignedIn(browser, t, tester.origin, '/live/demo');
  await page.setViewportSize({ width: 320, height: 640 });
  /** Animations that run after the sheet of rooms was opened and closed, and a filter was pressed. */
  const moving = () =>
    page.evaluate(async () => {
      const running = [];
      for (const selector of ['.bottom [aria-expanded]', '.veil', '.pill']) {
        document.querySelector(selector).click();
        for (let i = 0; i < 2; i++) {
          await new Promise(requestAnimationFrame);
          running.push(...document.getAnimations().map((animation) => animation.effect.target.className));
        }
      }
      return running;
    });
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  assert.notDeepEqual(await moving(), []);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {}))));
  assert.deepEqual(await moving(), []);
});

test('names and words of strangers stay in their rows', limit, async (t) => {
  const other = await startApi(strangers, { LIVE_CHECK_INTERVAL: '1' });
  const front = await startTester(other.origin);
  t.after(async () => {
    await front.stop();
    await other.stop();
  });
  await strangers.fault('host', 'offline');
  assert.equal((await other.connect('show', 'host', { wait_until_live: true })).status, 200);
  await strangers.fault('host', 'clear');
  const page = await openSignedIn(browser, t, front.origin, '/live/show');
  let alerts = 0;
  page.on('dialog', (dialog) => (alerts++, dialog.dismiss()));
  const rows = page.locator('.line[data-type=comment]');
  await until('all comments', async () => (await rows.count()) === names.length);
  assert.deepEqual(await rows.locator('.c-name').allTextContents(), ['gnp.exe', 'a\u0301\u0301\u0301b', `${'W'.repeat(64)}…`, '<img src=x onerror=alert(1)>', '@user_4', '👨‍👩‍👧‍👦 family', '@user_6', 'محمد بن عبد الله', 'bell']);
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 640 });
    // In a row each part ends before the next one begins, in the same order for names of both directions; no row is higher than the others.
    const faults = await rows.evaluateAll((all) => all.flatMap((row) => {
      const box = row.getBoundingClientRect();
      const parts = [...row.children].map((part) => part.getBoundingClientRect()).filter((part) => part.width > 0 && part.height > 0);
      const over = parts.filter((part, i) => part.left < (parts[i - 1]?.right ?? box.left) - 1 || part.right > box.right + 1);
      return over.length || Math.round(box.height) !== 28 ? [row.textContent.slice(0, 60)] : [];
    }));
    assert.deepEqual(faults, [], String(width));
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
  }
  assert.equal(await page.evaluate(() => document.querySelectorAll('img[src="x"]').length), 0);
  assert.equal(alerts, 0);
});

test('nothing was refused by the policy, and no error was written', () => assert.deepEqual(browser.complaints, []));
