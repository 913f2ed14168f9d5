// The kinds goal, leaderboard and viewers: figures of the service and what came after them.
import { initialOf, nameOf } from '../src/live/text.js';
import { boardOf, createBoard, createGoal, figureOf, isDue, shareOf } from './counting.js';
import { el, sign, signs, strange } from './dom.js';
import { fold } from './parameters.js';
import { showPerson } from './pictures.js';

const signOf = { diamonds: 'diamond', gifts: 'gift', likes: 'heart', follows: 'person', comments: 'talk', shares: 'person' };
/** Drawn at most so often, in milliseconds. */
const DRAWN_EVERY = 250;
/** A board of the last minutes changes without events too. */
const WINDOW_EVERY = 10_000;

const drawGoal = (root, { goal, goal_by: by, title }, { say, figure }) => {
  const value = el('span.goal-value');
  const bar = el('span.bar-fill');
  const plate = root.appendChild(el('div.plate.goal',
    el('div.goal-head', title ? strange('span.title', title) : el('span.title', say(by)), el('span.goal-figures', value, el('span.goal-of', `/ ${figure(goal)}`), sign(signOf[by], signs[signOf[by]]))),
    el('div.bar', bar)));
  return (total) => {
    plate.classList.toggle('is-empty', total === null);
    value.textContent = figure(total ?? 0);
    bar.style.setProperty('transform', `scaleX(${shareOf(total, goal)})`);
    plate.classList.toggle('is-reached', total >= goal);
  };
};

const drawViewers = (root, { title }, { say, figure }) => {
  const value = el('span.viewers-value');
  const plate = root.appendChild(el('div.plate.viewers', sign('eye', signs.eye), value, title ? strange('span.title', title) : el('span.title', say('watching'))));
  return (count) => {
    plate.classList.toggle('is-empty', count === null);
    value.textContent = figure(count ?? 0);
  };
};

const drawBoard = (root, values, { say, figure }) => {
  const by = values.goal_by;
  const list = el('ol.rows');
  const plate = root.appendChild(el('div.plate.leaderboard', values.title ? strange('div.title', values.title) : el('div.title', say(by)), list));
  let fitting = Infinity;
  addEventListener('resize', () => (fitting = Infinity));
  const rows = new Map(); // user id -> {node, rank, score}
  const make = (user) => {
    const name = nameOf(user) || '?';
    const row = { rank: el('span.rank'), score: el('span.score') };
    row.node = el('li.row', row.rank);
    if (values.avatars) {
      const place = el('span.avatar', el('span.initial', initialOf(name)));
      showPerson(place, user);
      row.node.append(place);
    }
    row.node.append(strange('span.name', name), row.score);
    return row;
  };
  return (board) => {
    const best = board.filter(({ user }) => !values.hide.includes(fold(user.username)) && !values.hide.includes(fold(user.nickname))).slice(0, Math.min(values.max, fitting));
    const kept = new Set(best.map(({ user }) => user.id));
    for (const [id, row] of rows) if (!kept.has(id)) row.node.remove(), rows.delete(id);
    best.forEach(({ user, score }, i) => {
      let row = rows.get(user.id);
      if (!row) {
        row = make(user);
        rows.set(user.id, row);
      }
      row.rank.textContent = figure(i + 1);
      row.score.textContent = figure(score);
      if (list.children[i] !== row.node) list.insertBefore(row.node, list.children[i] ?? null);
    });
    plate.classList.toggle('is-empty', best.length === 0);
    // Rows that do not fit whole are not shown.
    while (list.children.length > 1 && plate.offsetHeight > root.clientHeight) {
      const last = best[list.children.length - 1].user.id;
      rows.get(last).node.remove();
      rows.delete(last);
      fitting = list.children.length;
    }
  };
};

/** `read(path)` gets JSON of the session; it throws when the service does not answer. */
export function createFigures(root, kind, values, texts, read) {
  const draw = { goal: drawGoal, leaderboard: drawBoard, viewers: drawViewers }[kind](root, values, texts);
  const sum = kind === 'goal' ? createGoal(values.goal_by) : kind === 'leaderboard' ? createBoard(values.goal_by) : null;
  const inWindow = kind === 'leaderboard' && values.window !== 'session';
  let watching = null;
  let dirty = true;
  let drawnAt = 0;
  let reading = false;
  let known = !read; // until figures were read once, a goal shows nothing
  const times = { readAt: -Infinity, eventAt: 0 };

  async function refresh(now) {
    if (reading || !read) return;
    reading = true;
    times.readAt = now;
    try {
      if (kind === 'leaderboard') {
        const query = `?by=${boardOf[values.goal_by]}&limit=200${inWindow ? `&window=${values.window}` : ''}`;
        // The board does not say which events it holds. An event between both answers waits for the next reading.
        const board = await read(`/leaderboard${query}`);
        const { offset } = await read('/stats');
        sum.begin(board.leaderboard, offset);
      } else {
        const stats = await read('/stats');
        if (kind === 'goal') sum.begin(figureOf(stats, values.goal_by), Math.max(stats.offset, stats.events));
        else watching = stats.viewers.now;
      }
      known = true;
      dirty = true;
    } catch (error) {
      console.info(`overlay: figures: ${error.message}`);
    } finally {
      reading = false;
    }
  }

  return {
    take(event, stale, now) {
      if (sum) {
        if (sum.add(event)) dirty = true, times.eventAt = now;
      } else if (event.type === 'viewers' && !event.historical) {
        watching = event.count;
        dirty = true;
      }
    },
    step(now) {
      if (isDue(times, now) || (inWindow && now - times.readAt >= WINDOW_EVERY)) refresh(now);
      if (!dirty || now - drawnAt < DRAWN_EVERY) return dirty;
      dirty = false;
      drawnAt = now;
      draw(kind === 'goal' && !known ? null : sum ? sum.value() : watching);
      return false;
    },
    /** The log starts anew. */
    anew(now) {
      sum?.clear();
      dirty = true;
      refresh(now);
    },
    isEmpty: () => false,
    shown: () => [],
    restore() {},
  };
}
