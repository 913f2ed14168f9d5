// /docs and /redoc in a real chromium, under their policies.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { KEY, startApi } from './programs.mjs';
import { until } from './wait.mjs';

const limit = { timeout: 60_000 };
let api;
let browser;
before(async () => {
  api = await startApi(null, { BASE_PATH: '/tiktok' });
  browser = await startBrowser();
}, limit);
after(async () => {
  await browser?.close();
  await api?.stop();
}, limit);

/** Opens a page. `seen` gets what its policy refused, what failed in it, and the origins that it asked. */
async function open(t, path) {
  const page = await browser.open(t, 'about:blank');
  const seen = { refused: [], faults: [], origins: new Set() };
  await page.exposeFunction('noteRefusal', (directive, address) => seen.refused.push(`${directive} ${address}`));
  await page.addInitScript(() => document.addEventListener('securitypolicyviolation', (event) => window.noteRefusal(event.effectiveDirective, event.blockedURI)));
  page.on('pageerror', (error) => seen.faults.push(error.message));
  page.on('response', (reply) => seen.origins.add(new URL(reply.url()).origin));
  await page.goto(api.origin + path);
  return { page, seen };
}

for (const prefix of ['', '/tiktok']) {
  test(`Swagger UI sends a request with a key, without a breach of its policy (${prefix || 'no prefix'})`, limit, async (t) => {
    const { page, seen } = await open(t, `${prefix}/docs`);
    await page.click('[id$="-list_sessions"] .opblock-summary-control');
    await page.click('.btn.authorize');
    await page.fill('.auth-container input', KEY);
    await page.click('.auth-btn-wrapper .authorize');
    await page.click('.btn-done');
    await page.click('.try-out__btn');
    await page.click('.execute');
    const status = '.live-responses-table tr.response td.response-col_status';
    await page.waitForSelector(status);
    assert.match(await page.textContent(status), /^200/);
    assert.equal(await page.textContent('.request-url pre'), `${api.origin}${prefix}/sessions`);
    assert.deepEqual(seen.refused, []);
    assert.deepEqual(seen.faults, []);
    assert.deepEqual([...seen.origins], [api.origin]);
  });
}

test('no address of the page can name a foreign document', async () => {
  for (const query of ['url=/asyncapi.json', 'configUrl=/asyncapi.json', 'urls=x']) assert.equal((await fetch(`${api.origin}/docs?${query}`)).status, 400, query);
});

test('Redoc shows the routes, asks nobody else and takes no credentials', limit, async (t) => {
  const { page, seen } = await open(t, '/redoc');
  await page.getByText('Profile & Engagement API', { exact: false }).first().waitFor();
  await until('the routes', () => page.evaluate(() => document.body.innerText.includes('/sessions/{id}/shares')));
  assert.deepEqual([...seen.origins], [api.origin]);
  assert.deepEqual(seen.faults, []);
  assert.equal(await page.locator('input[type=password]').count(), 0);
  // Its logo, an icon font and a check whether text can be made into script. It works without them.
  const known = /^(img-src https:\/\/cdn\.redoc\.ly\/redoc\/logo-mini.*\.svg|font-src data|script-src eval)$/;
  assert.deepEqual(seen.refused.filter((one) => !known.test(one)), []);
});

test('the pages have policies of their own, and no other answer has', async () => {
  const policy = async (path) => (await fetch(api.origin + path)).headers.get('content-security-policy');
  assert.match(await policy('/docs'), /^default-src 'none'; script-src 'self'; style-src 'self'; [^,]*frame-ancestors 'none'$/);
  assert.match(await policy('/redoc'), /^default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; [^,]*worker-src blob:[^,]*$/);
  assert.equal(await policy('/healthcheck'), await policy('/openapi.json'));
  assert.doesNotMatch(await policy('/healthcheck'), /script-src/);
  const { headers } = await fetch(`${api.origin}/docs/swagger-ui-bundle.js`, { headers: { 'Accept-Encoding': 'br' } });
  assert.equal(headers.get('content-encoding'), 'br');
  assert.equal((await fetch(`${api.origin}/assets.json`)).status, 404, 'the files of the page are for the tester');
});
