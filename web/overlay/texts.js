// The few words of an overlay in English, and how other languages come to it.
export const keys = ['sent', 'follow', 'subscribe', 'share', 'join', 'like', 'emote', 'watching', 'reconnecting', 'invalid', 'diamonds', 'likes', 'follows', 'gifts', 'comments', 'shares', 'host', 'moderator', 'subscriber'];
export const english = 'sends|follows now|subscribes|shares the stream|joined|likes this|sends a sticker|watching|reconnecting|This overlay’s link is no longer valid|Diamonds|Likes|New followers|Gifts|Comments|Shares|host|mod|sub';

/** `say(key)` and `figure(number)` in the language of the tag, else of the browser, else in English. */
export async function createTexts(tag) {
  const language = tag || navigator.language || 'en';
  const short = language.split('-')[0];
  const others = short === 'en' ? {} : await import('./languages.js').then(({ words }) => words, () => ({}));
  const list = (others[short] ?? english).split('|');
  const format = new Intl.NumberFormat(language);
  return { language, say: (key) => list[keys.indexOf(key)], figure: (number) => format.format(number) };
}
