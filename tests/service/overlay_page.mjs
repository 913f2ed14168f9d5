// Overlays in a real chromium: what stands on them, and what shines through.
import { noteSecrets } from './secrets.mjs';

/** A token as the builder makes it. */
export async function streamToken(api, session, types) {
  const { status, json } = await api.call('/auth/stream-tokens', { method: 'POST', body: { name: 'overlay', sessions: [session], types } });
  if (status !== 201) throw new Error(JSON.stringify(json));
  noteSecrets({ token: json.token });
  return { secret: json.token, id: json.stream_token.id };
}

/** The cards of an overlay from the oldest to the newest, as people read them. */
export const cards = (page) =>
  page.evaluate(() => [...document.querySelectorAll('.card:not(.is-leaving)')].map((card) => ({
    type: /card-(\w+)/.exec(card.className)[1],
    name: card.querySelector('.name').textContent,
    text: card.querySelector('.text').textContent,
    count: card.querySelector('.count')?.textContent,
    running: card.classList.contains('is-running'),
  })));

/** Pictures on screen: how many, and those that are broken. */
export const pictures = (page) =>
  page.evaluate(() => {
    const all = [...document.querySelectorAll('.overlay img')];
    return { shown: all.length, broken: all.filter((image) => !image.complete || image.naturalWidth === 0).map((image) => image.src) };
  });

/** What reaches out of the window or lies over another card. */
export const collisions = (page) =>
  page.evaluate(async () => {
    await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {})));
    const boxes = [...document.querySelectorAll('.card:not(.is-leaving), .plate, .row')].filter((node) => node.checkVisibility({ visibilityProperty: true })).map((node) => ({ node, box: node.getBoundingClientRect() }));
    const out = boxes.filter(({ box }) => box.left < -0.5 || box.top < -0.5 || box.right > innerWidth + 0.5 || box.bottom > innerHeight + 0.5);
    const over = boxes.filter(({ node, box }) => boxes.some((other) => other.node !== node && !other.node.contains(node) && !node.contains(other.node) && box.top < other.box.bottom - 0.5 && other.box.top < box.bottom - 0.5));
    return [...out, ...over].map(({ node }) => `${node.className}: ${node.textContent.slice(0, 40)}`);
  });

/** Alpha of the four corners and of the place with the least transparency, 0 to 255, as OBS gets it. */
export async function alpha(page, blank) {
  await page.bringToFront(); // pages behind draw once a second
  const png = await page.screenshot({ omitBackground: true });
  return blank.evaluate(async (base64) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const { data, width, height } = context.getImageData(0, 0, image.width, image.height);
    const at = (x, y) => data[4 * (y * width + x) + 3];
    let most = 0;
    for (let i = 3; i < data.length; i += 4) most = Math.max(most, data[i]);
    return { corners: [at(0, 0), at(width - 1, 0), at(0, height - 1), at(width - 1, height - 1)], most };
  }, png.toString('base64'));
}
