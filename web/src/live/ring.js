// Rows of one room: a list that grows at the end and is cut at the beginning, and the part of it that a filter lets through.

/**
 * Positions are absolute: the row at position `first + i` keeps that position while rows before it go. Rows are in the order of
 * their keys `k`: offsets begin again with each log, keys do not.
 */
export class Rows {
  constructor() {
    this.items = [];
    this.head = 0; // items before it are gone; cut away now and then
    this.first = 0;
  }
  get length() {
    return this.items.length - this.head;
  }
  get end() {
    return this.first + this.length;
  }
  at(position) {
    return this.items[this.head + position - this.first];
  }
  push(row) {
    this.items.push(row);
  }
  drop(n) {
    this.head += n;
    this.first += n;
    if (this.head > 4096) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
  }
  prepend(rows) {
    this.items = rows.concat(this.items.slice(this.head));
    this.head = 0;
    this.first -= rows.length;
  }
  /** Puts a row where its key belongs (a streak that has just passed a filter). */
  insert(row) {
    let i = this.items.length;
    while (i > this.head && this.items[i - 1].k > row.k) i--;
    if (i > this.head && this.items[i - 1] === row) return;
    this.items.splice(i, 0, row);
  }
  /** The position of the first row whose key is at least `k`. */
  find(k) {
    let low = this.head;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.items[middle].k < k) low = middle + 1;
      else high = middle;
    }
    return this.first + low - this.head;
  }
  *[Symbol.iterator]() {
    for (let i = this.head; i < this.items.length; i++) yield this.items[i];
  }
}

export const KEPT = 10_000;
export const KEPT_PAUSED = 30_000;

export class Ring {
  constructor() {
    this.all = new Rows();
    this.view = this.all;
    this.passes = null;
    /** Rows at the beginning that came from history; with a filter they are not all that there was. */
    this.older = 0;
    /** What the keys of this log have above its offsets. */
    this.base = 0;
  }
  /** Rows of another log follow; the offsets of a log are far below 2⁴⁰. */
  renew() {
    this.base += 2 ** 40;
  }
  /** A note stands behind the event whose offset it has. */
  number(row) {
    row.k = this.base + row.from + (row.type === 'note' ? 0.5 : 0);
  }
  push(row) {
    this.number(row);
    this.all.push(row);
    if (this.view !== this.all && this.passes(row)) this.view.push(row);
  }
  /** Whether the row was not cut away yet. */
  has(row) {
    return this.all.length > 0 && row.k >= this.all.at(this.all.first).k;
  }
  /** A row has changed: a filter may let it through now. */
  changed(row) {
    if (this.view !== this.all && this.has(row) && this.passes(row)) this.view.insert(row);
  }
  /** Tells whether rows went. */
  trim(most) {
    const over = this.all.length - most;
    if (over > 0) this.cut(over);
    return over > 0;
  }
  cut(n) {
    this.all.drop(n);
    this.older = Math.max(0, this.older - n);
    if (this.view === this.all) return;
    const oldest = this.all.length ? this.all.at(this.all.first).k : Infinity;
    this.view.drop(this.view.find(oldest) - this.view.first);
  }
  /** Pages of history of this log, oldest first, that end right before the oldest row. */
  prepend(rows) {
    for (const row of rows) this.number(row);
    this.all.prepend(rows);
    this.older += rows.length;
    if (this.view !== this.all) this.view.prepend(rows.filter(this.passes));
  }
  forgetOlder() {
    if (this.older) this.cut(this.older);
  }
  /** `passes` null: everything. */
  filter(passes) {
    this.forgetOlder();
    this.passes = passes;
    if (!passes) {
      this.view = this.all;
      return;
    }
    this.view = new Rows();
    for (const row of this.all) if (passes(row)) this.view.push(row);
  }
}
