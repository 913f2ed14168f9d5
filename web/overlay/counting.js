// Goals and leaderboards: figures of the service, and the events that came after them. Pure.

/** What an event adds to a goal or to its sender's score. */
export function worth(event, by) {
  switch (by) {
    case 'diamonds':
      return event.type === 'gift' && event.streak_end !== false ? (event.diamonds ?? 0) : 0;
    case 'gifts':
      return event.type === 'gift' && event.streak_end !== false ? (event.count ?? 1) : 0;
    case 'likes':
      return event.type === 'like' ? (event.count ?? 1) : 0;
    default:
      return `${event.type}s` === by ? 1 : 0;
  }
}

/** The same figure in the answer of /stats. */
export function figureOf(stats, by) {
  switch (by) {
    case 'diamonds':
      return stats.gifts.diamonds;
    case 'gifts':
      return stats.gifts.count;
    case 'likes':
      return stats.likes.taps;
    default:
      return stats.by_type[by.slice(0, -1)] ?? 0;
  }
}

/** `by` of /leaderboard. */
export const boardOf = { diamonds: 'gifts', likes: 'likes', comments: 'comments', shares: 'shares' };

/**
 * Figures are read while events go on, so each event after the offset of the figures is added to them, and none twice.
 * `apply(value, item)` returns the value with the item in it.
 */
function createSum(empty, apply) {
  let value = empty();
  let at = 0;
  let later = [];
  return {
    /** Figures that hold all events up to `offset`. */
    begin(figures, offset) {
      at = offset;
      later = later.filter((each) => each.offset > offset);
      value = later.reduce((sum, { item }) => apply(sum, item), figures);
    },
    add(offset, item) {
      if (offset <= at) return;
      later.push({ offset, item });
      value = apply(value, item);
    },
    clear() {
      value = empty();
      at = 0;
      later = [];
    },
    value: () => value,
  };
}

export function createGoal(by) {
  const sum = createSum(() => 0, (total, item) => total + item);
  return {
    ...sum,
    add(event) {
      const item = worth(event, by);
      if (item) sum.add(event.offset, item);
      return item !== 0;
    },
  };
}

/** Ids are numbers of 64 bits in texts. */
const compareIds = (a, b) => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

/** Rows are `{user, score}`. */
export function createBoard(by) {
  const sum = createSum(() => new Map(), (rows, { user, item }) => rows.set(user.id, { user, score: (rows.get(user.id)?.score ?? 0) + item }));
  return {
    ...sum,
    begin: (rows, offset) => sum.begin(new Map(rows.map(({ user, score }) => [user.id, { user, score }])), offset),
    add(event) {
      const item = event.user?.id ? worth(event, by) : 0;
      if (item) sum.add(event.offset, { user: event.user, item });
      return item !== 0;
    },
    /** In the order of the service: the highest score first, of equal ones the lowest id. */
    value: () => [...sum.value().values()].sort((a, b) => b.score - a.score || compareIds(a.user.id, b.user.id)),
  };
}

/** Where the bar stands: 0 to 1. */
export const shareOf = (value, goal) => Math.max(0, Math.min(1, value / goal));

/**
 * When figures are read again: at the latest after 60 s, and 2 s after the room went quiet, so that the last word is the
 * service's. Never more often than every 5 s.
 */
export function isDue({ readAt, eventAt }, now) {
  if (now - readAt < 5000) return false;
  return now - readAt >= 60_000 || (eventAt > readAt && now - eventAt >= 2000);
}
