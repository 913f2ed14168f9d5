// A quiz: viewers write A, B, C or D; each has one vote, the first one counts. Ctrl-C ends the question.
//   PROFILE_API_KEY=… node examples/quiz.mjs show B
import { ProfileEngagementApi } from '../clients/javascript/index.js'; // in a program of your own: 'profile-engagement-api'

const [session, right = 'A'] = process.argv.slice(2);
if (!session || !process.env.PROFILE_API_KEY) {
  console.error('PROFILE_API_KEY=… node examples/quiz.mjs SESSION [RIGHT-LETTER]');
  process.exit(2);
}
const api = new ProfileEngagementApi(process.env.PROFILE_API_URL ?? 'http://localhost:8002', { key: process.env.PROFILE_API_KEY });
const live = api.live(session, { types: ['comment'], from: process.env.QUIZ_FROM ?? 'now' });

/** The letter of a comment such as "b", "B!!", "(c)", "answer: D" or "ｄ"; undefined if it is none, or not one alone. */
function letterOf(comment) {
  const words = comment.normalize('NFKC').toUpperCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const letters = words.filter((word) => /^[ABCD]$/.test(word));
  const others = words.filter((word) => !/^([ABCD]|ANSWER|IS|THE|ITS|IT|S|MY|I|THINK|SAY)$/.test(word));
  return letters.length === 1 && others.length === 0 ? letters[0] : undefined;
}

const votes = new Map(); // by user id, because names change
let winner;
live.on('comment', ({ user, comment, historical }) => {
  const letter = letterOf(comment);
  if (historical || !user || !letter || votes.has(user.id)) return;
  votes.set(user.id, letter);
  const first = letter === right && !winner;
  if (first) winner = user;
  console.log(`${user.nickname} votes ${letter}${first ? ' and is the first who is right' : ''}`);
});
live.on('gap', () => console.log('Some comments may be missing: the service or TikTok was away.'));
live.on('closed', ({ error }) => {
  if (error) console.error(error.message);
  for (const letter of 'ABCD') {
    const count = [...votes.values()].filter((vote) => vote === letter).length;
    console.log(`${letter === right ? '✓' : ' '} ${letter} ${'█'.repeat(count)} ${count}`);
  }
  console.log(winner ? `First right answer: ${winner.nickname} (@${winner.username})` : 'Nobody is right.');
});
process.on('SIGINT', () => live.close());
