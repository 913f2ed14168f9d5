// Invented events: for demo=1, and for the buttons of the builder.
const people = ['Ann 🎤', 'Zoë 🎮', 'محمد', 'さくら', 'Иван', 'Inês 🐝', 'Kwame', 'Nguyễn Lan', 'दीपक', 'Chloé 🌸', 'Søren', '김민지'];
const lines = ['hello from Lisbon', 'which one is it? B!', 'ما شاء الله', 'first time here, love it', 'がんばって！', 'that was close', 'can you play it again?', 'Привет всем', '👏👏👏', 'B, no, C', 'que lindo ❤️', 'what a night'];
const gifts = [['Rose', 1], ['Finger Heart', 5], ['Perfume', 20], ['Doughnut', 30], ['Confetti', 100], ['Galaxy', 1000]];
const longArabic = 'عبد الرحمن بن محمد بن عبد الله الأنصاري الشرقاوي';

let offset = 0;
let streaks = 0;
const pick = (list) => list[Math.floor(Math.random() * list.length)];
const person = (nickname = pick(people)) => ({ id: `demo ${nickname}`, username: 'demo', nickname, is_moderator: nickname === 'Zoë 🎮', is_subscriber: nickname === 'Ann 🎤', is_follower: true });
const make = (type, more) => ({ type, epoch: 'demo', offset: ++offset, timestamp_ms: Date.now(), user: person(), ...more });
const comment = (more) => make('comment', { comment: pick(lines), ...more });
const gift = (count, end, streak = `demo ${++streaks}`, [name, each] = pick(gifts), user = person()) => make('gift', { name, count, diamonds: each * count, streak_id: streak, streak_end: end, user });

/** What each button of the builder makes: `emit(event)` is called at once and later. */
export const emulations = {
  comment: (emit) => emit(comment()),
  rtl: (emit) => emit(comment({ user: person(longArabic), comment: 'مساء الخير جميعا! B 12' })),
  streak(emit) {
    const [streak, which, user] = [`demo ${++streaks}`, gifts[0], person('Zoë 🎮')];
    for (let n = 1; n <= 99; n++) setTimeout(() => emit(gift(n, n === 99, streak, which, user)), n * 40);
  },
  follow: (emit) => emit(make('follow', {})),
  burst(emit) {
    for (let n = 0; n < 50; n++) setTimeout(() => emit(pick([comment, comment, () => make('follow', {}), () => gift(1, true), () => make('like', { count: 15 })])()), n * 20);
  },
};

/** A quiet room that talks for itself. */
export function play(emit, kind) {
  let watching = 1200;
  if (kind === 'goal' || kind === 'leaderboard') {
    people.forEach((name, n) => {
      const user = person(name);
      emit(gift(1 + (n % 3), true, undefined, gifts[n % gifts.length], user));
      for (const type of ['comment', 'like', 'follow', 'share']) emit(make(type, { user, count: 5 + n }));
    });
  }
  for (let n = 0; n < 6; n++) emit(n === 2 ? gift(12, true) : comment());
  const step = () => {
    const chance = Math.random();
    if (chance < 0.55) emit(comment());
    else if (chance < 0.7) emit(gift(1 + Math.floor(Math.random() * 12), true));
    else if (chance < 0.8) emit(make('follow', {}));
    else emit(make('like', { count: 1 + Math.floor(Math.random() * 15) }));
    if (Math.random() < 0.1) emit(make('share', {}));
    watching = Math.max(1, watching + Math.round((Math.random() - 0.45) * 40));
    emit(make('viewers', { count: watching }));
  };
  emit(make('viewers', { count: watching }));
  setInterval(step, 1500);
}
