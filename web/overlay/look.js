// Brings the parameters of the look into custom properties. Values are numbers, colours and words that were parsed before.
import { el } from './dom.js';

/** Margins of a 9:16 canvas below the controls of the phone app, in percent: top, right, bottom, left. */
const phone = [12, 18, 24, 4];

/** Returns the element that a kind is drawn in. */
export function dress(kind, values, { language }) {
  const page = document.documentElement;
  page.lang = language;
  page.dir = values.dir;
  Object.assign(page.dataset, { kind, theme: values.theme, align: values.align, from: values.from });
  if (values.plate === 'none') page.dataset.plate = 'none';
  const set = (name, value) => value !== '' && page.style.setProperty(name, value);
  set('font-size', `${values.size}px`);
  set('--overlay-text', values.color);
  if (values.plate !== 'none') for (const name of ['--overlay-plate', '--overlay-gift-plate']) set(name, values.plate);
  for (const name of ['--overlay-accent', '--overlay-gift-accent']) set(name, values.accent);
  set('--overlay-font', values.font && `"${values.font}"`);
  const margins = values.safe === 'tiktok' ? phone : Array(4).fill(values.safe);
  ['top', 'right', 'bottom', 'left'].forEach((side, i) => set(`--safe-${side}`, `${margins[i]}${i % 2 ? 'vw' : 'vh'}`));
  return document.body.appendChild(el('main.overlay'));
}
