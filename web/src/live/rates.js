// What a room did in each of the last 3,600 seconds, counted from its events as they come.
export const SECONDS = 3600;

export class Rates {
  constructor() {
    this.second = new Float64Array(SECONDS); // which second a place holds
    this.families = Array.from({ length: 8 }, () => new Float64Array(SECONDS));
    this.diamonds = new Float64Array(SECONDS);
    this.likes = new Float64Array(SECONDS);
    this.viewers = new Float64Array(SECONDS);
    this.delay = new Float64Array(SECONDS); // the largest of the second
    this.last = 0;
  }
  place(second) {
    const i = second % SECONDS;
    if (this.second[i] === second) return i;
    if (this.second[i] > second) return -1; // older than what is kept
    this.second[i] = second;
    for (const family of this.families) family[i] = 0;
    this.diamonds[i] = this.likes[i] = 0;
    this.viewers[i] = this.delay[i] = NaN;
    return i;
  }
  add(event, family, delay) {
    const second = Math.floor(event.timestamp_ms / 1000);
    const i = this.place(second);
    if (i < 0) return;
    if (second > this.last) this.last = second;
    this.families[family][i]++;
    if (event.type === 'gift' && event.streak_end) this.diamonds[i] += event.diamonds ?? 0;
    else if (event.type === 'like') this.likes[i] += event.count ?? 0;
    else if (event.type === 'viewers') this.viewers[i] = event.count;
    if (delay >= 0 && !(this.delay[i] >= delay)) this.delay[i] = delay;
  }
  /** The seconds `from` to `to` (both included) of a series; `empty` stands where nothing came. */
  read(series, from, to, empty = 0) {
    const out = new Array(to - from + 1);
    for (let s = from; s <= to; s++) {
      const i = s % SECONDS;
      const value = this.second[i] === s ? series[i] : empty;
      out[s - from] = Number.isNaN(value) ? null : value;
    }
    return out;
  }
  /** Events a second, over the last whole seconds before now. */
  perSecond(now, over = 3) {
    const to = Math.floor(now / 1000) - 1;
    let sum = 0;
    for (const family of this.families) for (const n of this.read(family, to - over + 1, to)) sum += n;
    return sum / over;
  }
}
