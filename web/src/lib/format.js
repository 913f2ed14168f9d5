// Numbers, times and sizes as the reader's language writes them. Formatters are costly to make, so each is made once.
const language = navigator.language || 'en';
const whole = new Intl.NumberFormat(language);
const tenths = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
const short = new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const minute = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });

export const count = (n) => whole.format(n ?? 0);
export const decimal = (n) => tenths.format(n ?? 0);
export const compact = (n) => short.format(n ?? 0);
export const time = (ms) => clock.format(ms);
export const hourMinute = (ms) => minute.format(ms);
export const date = (value) => (value ? day.format(new Date(value)) : '–');

/** 4.2 s, 3 min 5 s, 2 h 4 min. */
export function duration(ms) {
  if (ms < 0 || !Number.isFinite(ms)) return '0 s';
  if (ms < 950) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${decimal(ms / 1000)} s`;
  const s = Math.round(ms / 1000);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 172_800) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86_400)} days`;
}

/** 00:12:41, for clocks that run. */
export function running(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  return [Math.floor(s / 3600), Math.floor((s % 3600) / 60), s % 60].map((n) => String(n).padStart(2, '0')).join(':');
}

export function bytes(n) {
  if (n < 1024) return `${n} B`;
  return n < 1_048_576 ? `${decimal(n / 1024)} KiB` : `${decimal(n / 1_048_576)} MiB`;
}

export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;
