// Elements. Nothing here reads HTML: texts of strangers only ever become text nodes.

/** `el('span.name', 'Ann')`: children are nodes, texts, or nothing. */
export function el(name, ...children) {
  const [tag, ...classes] = name.split('.');
  const node = document.createElement(tag || 'span');
  if (classes.length) node.className = classes.join(' ');
  node.append(...children.filter((child) => child || child === 0));
  return node;
}

/** Text of a stranger: its direction is its own, and moves nothing beside it. */
export function strange(name, text, language) {
  const node = el(name, text);
  node.dir = 'auto';
  if (language && language !== 'un') node.lang = language;
  return node;
}

const SVG = 'http://www.w3.org/2000/svg';
/** A drawn sign, for what no font is sure to have. */
export function sign(name, path) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', `sign ${name}`);
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(SVG, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}
export const signs = {
  diamond: 'M6 3h12l4 6-10 12L2 9z M2 9h20 M9 9l3 12 3-12 M6 3l3 6 3-6 3 6 3-6',
  gift: 'M4 11h16v10H4z M2 7h20v4H2z M12 7v14 M12 7C9 7 6 6 7 3.500S11 4 12 7c1-3 4-6 5-3.500S15 7 12 7',
  eye: 'M1.500 12C4 7 8 5 12 5s8 2 10.500 7C20 17 16 19 12 19S4 17 1.500 12z M12 15.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7z',
  heart: 'M12 20.500C5 15.500 2 12 2 8.200 2 5.300 4.200 3.500 6.600 3.500c2.200 0 4 1.200 5.400 3.500 1.400-2.300 3.200-3.500 5.400-3.500C19.800 3.500 22 5.300 22 8.200c0 3.800-3 7.300-10 12.300z',
  person: 'M12 12a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9z M3.500 21c.8-4.500 4-6.500 8.500-6.500s7.700 2 8.500 6.500',
  talk: 'M3 4h18v13H11l-5 4v-4H3z',
};

/** Reduced motion: by the address or by the system. */
let still = false;
export const stopMotion = (value) => (still = value);
/** Fades or moves a node over 180 ms; resolves when that is done. */
export function move(node, from, to) {
  if (still) return Promise.resolve();
  return node.animate([from, to], { duration: 180, easing: 'ease-out', fill: 'forwards' }).finished.catch(() => {});
}
/** As `move`, from a place to where the node stands; several of them add up. */
export function slide(node, from) {
  if (!still) node.animate([{ transform: from }, { transform: 'none' }], { duration: 180, easing: 'ease-out', composite: 'add' });
}
