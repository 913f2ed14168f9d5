/** How long to wait before a try: it doubles with each failure up to a cap, and chance takes up to half of it away. */
export class BackOff {
  #failures = 0;
  constructor({ first = 500, cap = 30_000, random = Math.random } = {}) {
    this.first = first;
    this.cap = cap;
    this.random = random;
  }
  get failures() {
    return this.#failures;
  }
  /** Milliseconds until the next try, at least `atLeast`. */
  next(atLeast = 0) {
    const full = Math.min(this.cap, this.first * 2 ** Math.min(this.#failures++, 30));
    return Math.max(atLeast, full * (1 - this.random() / 2));
  }
  reset() {
    this.#failures = 0;
  }
}
