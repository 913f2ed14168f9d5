/** What an iterator has not handed out yet. */
export class EventQueue {
  #items = [];
  #first = 0;
  #waiting = [];
  #end;
  /** `taken` is called after each event that is handed out, `left` when the loop is left. */
  constructor(taken, left) {
    this.taken = taken;
    this.left = left;
  }
  get size() {
    return this.#items.length - this.#first;
  }
  add(event) {
    if (this.#waiting.length > 0) {
      this.#waiting.shift().resolve({ value: event, done: false });
      this.taken(event);
    } else {
      this.#items.push(event);
    }
  }
  /** Ends the loop behind what is still here, with `error` if there is one. */
  end(error) {
    this.#end = { error };
    for (const { resolve, reject } of this.#waiting.splice(0)) error ? reject(error) : resolve({ value: undefined, done: true });
  }
  async next() {
    if (this.size > 0) {
      const value = this.#items[this.#first];
      this.#items[this.#first++] = undefined;
      if (this.#first > 1024 && this.#first * 2 > this.#items.length) this.#items.splice(0, this.#first), (this.#first = 0);
      this.taken(value);
      return { value, done: false };
    }
    if (this.#end?.error) throw this.#end.error;
    if (this.#end) return { value: undefined, done: true };
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }
  async return(value) {
    this.#items = [];
    this.#first = 0;
    this.end();
    this.left();
    return { value, done: true };
  }
  [Symbol.asyncIterator]() {
    return this;
  }
}
