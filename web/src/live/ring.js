// Rows of one room: a list that grows at the end and is cut at the beginning, and the part of it that a filter lets through.

/** Positions are absolute: the row at position `first + i` keeps that position while rows before it go. */
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
  /** Puts a row where its offset belongs (a streak that has just passed a filter). */
  insert(row) {
    let i = this.items.length;
    while (i > this.head && this.items[i - 1].from > row.from) i--;
    if (i > this.head && this.items[i - 1] === row) return;
    this.items.splice(i, 0, row);
  }
  /** The position of the first row whose offset is at least `offset`. */
  find(offset) {
    let low = this.head;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.items[middle].from < offset) low = middle + 1;
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
  }
  push(row) {
    this.all.push(row);
    if (this.view !== this.all && this.passes(row)) this.view.push(row);
  }
  /** A row has changed: a filter may let it through now. */
  changed(row) {
    if (this.view !== this.all && this.passes(row) && this.all.length && row.from >= this.all.at(this.all.first).from) this.view.insert(row);
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
    const oldest = this.all.length ? this.all.at(this.all.first).from : Infinity;
    this.view.drop(this.view.find(oldest) - this.view.first);
  }
  /** Pages of history, oldest first, that end right before the oldest row. */
  prepend(rows) {
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
  clear() {
    this.all.drop(this.all.length);
    this.older = 0;
    if (this.view !== this.all) this.view.drop(this.view.length);
  }
}
