// The kinds chat and gifts: cards that come and go.
import { clean, initialOf, nameOf } from '../src/live/text.js';
import { el, move, sign, signs, slide, strange } from './dom.js';
import { ownTypes } from './parameters.js';
import { showGift, showPerson } from './pictures.js';
import { createQueue, isWanted } from './queue.js';

const roles = { host: 'is_host', moderator: 'is_moderator', subscriber: 'is_subscriber' };

/** What is said in a card that is not a comment. */
const deeds = { follow: 'follow', subscribe: 'subscribe', share: 'share', join: 'join', like: 'like', emote: 'emote' };

export function createCards(root, kind, values, { say, figure }) {
  const list = root.appendChild(el('div.cards'));
  const nodes = new Map(); // key -> {node, count, worth}
  const top = values.from === 'top';

  const avatar = (user, name) => {
    const place = el('span.avatar', el('span.initial', initialOf(name)));
    showPerson(place, user);
    return place;
  };
  const badges = (user) => Object.entries(roles).flatMap(([role, member]) => (user?.[member] ? [el(`span.badge.badge-${role}`, say(role))] : []));
  const text = (event) => {
    if (event.type === 'comment') return strange('span.text', clean(event.comment) || (values.emotes ? say('emote') : '…'), event.language);
    if (event.type === 'question') return strange('span.text', clean(event.text));
    return el('span.text', say(deeds[event.type]));
  };

  function draw({ event }) {
    const name = nameOf(event.user) || '?';
    const node = el(`div.card.card-${event.type}`);
    if (values.avatars) node.append(avatar(event.user, name));
    const body = el('span.body', el('span.who', strange('span.name', name), ...(values.badges ? badges(event.user) : [])));
    node.append(body);
    const parts = { node };
    if (event.type === 'gift') {
      const picture = el('span.gift-image', sign('gift', signs.gift));
      showGift(picture, event);
      parts.count = el('span.count');
      parts.worth = el('span.worth-figure');
      body.append(el('span.text', el('span.sends', `${say('sent')} `), strange('span.gift-name', clean(event.name, 40) || '?')));
      body.append(el('span.worth', parts.worth, sign('diamond', signs.diamond)));
      node.append(picture, parts.count);
    } else {
      body.append(text(event));
    }
    return parts;
  }

  function fill(parts, { event, running }) {
    parts.node.classList.toggle('is-running', running);
    if (!parts.count) return;
    parts.count.textContent = `×${figure(event.count ?? 1)}`;
    parts.worth.textContent = figure(event.diamonds ?? 0);
  }

  /** What does not fit whole is not shown; the newest stays, whatever its size. */
  function fit(card) {
    for (let left = nodes.size; left > 1; left--) {
      const { node } = nodes.values().next().value; // the oldest stands at the far end
      if (top ? node.offsetTop + node.offsetHeight <= list.clientHeight + 1 : node.offsetTop >= -1) return;
      if (!queue.makeRoom(card)) return;
    }
  }

  const queue = createQueue({
    ...values,
    own: ownTypes[kind],
    show(card) {
      const parts = draw(card);
      nodes.set(card.key, parts);
      fill(parts, card);
      if (top) list.prepend(parts.node);
      else list.append(parts.node);
      fit(card);
      if (card.restored) return;
      move(parts.node, { opacity: 0 }, { opacity: 1 });
      slide(list, `translateY(${top ? '-' : ''}${parts.node.offsetHeight}px)`);
    },
    update(card) {
      const parts = nodes.get(card.key);
      const before = parts.count?.textContent;
      fill(parts, card);
      if (parts.count && parts.count.textContent !== before) slide(parts.count, 'scale(1.2)');
    },
    drop(card) {
      const { node } = nodes.get(card.key);
      nodes.delete(card.key);
      // At the far end it fades; between others it would lie over those that take its place.
      if (node !== (top ? list.lastElementChild : list.firstElementChild)) {
        node.remove();
        return;
      }
      node.style.setProperty('top', `${node.offsetTop}px`);
      node.classList.add('is-leaving');
      move(node, { opacity: 1 }, { opacity: 0 }).then(() => node.remove());
    },
  });

  addEventListener('resize', () => fit(queue.cards().at(-1)));

  return {
    count: queue.count,
    /** `stale`: too old to be shown. */
    take(event, stale, now) {
      if (!stale && isWanted(event, values)) queue.add(event, now);
    },
    restore: queue.restore,
    step: queue.step,
    /** `[offset, shown at]` of what is on screen. */
    shown: () => queue.cards().map((card) => [card.event.offset, card.touchedAt]),
    isEmpty: () => nodes.size === 0,
    anew() {},
  };
}
