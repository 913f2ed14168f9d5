import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fold, kinds, parameters, readParameters, readPath, takes, typesOf } from './parameters.js';

const read = (query, kind = 'chat') => readParameters(kind, query);

test('without a query each kind has its defaults', () => {
  const { values, problems } = read('');
  assert.deepEqual(problems, []);
  assert.deepEqual(values, {
    theme: 'glass', size: 24, color: '', plate: '', accent: '', font: '', align: 'left', from: 'bottom', max: 8, hold: 20, per: 6,
    types: ['comment', 'emote', 'question', 'gift', 'follow', 'subscribe'], min: 0, hide: [], only: [], avatars: true, badges: true, emotes: true,
    lang: '', dir: 'ltr', goal: 1000, goal_by: 'diamonds', title: '', window: 'session', safe: 3, motion: true, status: true, demo: false,
  });
  assert.deepEqual(read('', 'gifts').values.types, ['gift', 'subscribe']);
});

test('values are typed', () => {
  const { values, problems } = read('theme=paper&size=32&color=fff&plate=0a0c10b8&accent=%238fe3da&font=Noto Sans&align=right&from=top&max=3&hold=0&per=1&types=comment,gift&min=100&hide=@Bot, Nightbot&only=subscribers&avatars=0&badges=0&emotes=0&lang=pt-br&dir=rtl&safe=tiktok&motion=0&status=0&demo=1');
  assert.deepEqual(problems, []);
  assert.deepEqual(values, {
    theme: 'paper', size: 32, color: '#fff', plate: '#0a0c10b8', accent: '#8fe3da', font: 'Noto Sans', align: 'right', from: 'top', max: 3, hold: 0, per: 1,
    types: ['comment', 'gift'], min: 100, hide: ['bot', 'nightbot'], only: ['subscribers'], avatars: false, badges: false, emotes: false,
    lang: 'pt-BR', dir: 'rtl', goal: 1000, goal_by: 'diamonds', title: '', window: 'session', safe: 'tiktok', motion: false, status: false, demo: true,
  });
  assert.deepEqual(read('goal=5000&goal_by=likes&title=Road to 5000', 'goal').values.title, 'Road to 5000');
  assert.equal(read('window=600', 'leaderboard').values.window, 600);
});

test('what is wrong becomes the default or the nearest bound, and is told', () => {
  const cases = [
    ['theme=neon', 'theme', 'glass', 'must be one of: glass, solid, outline, minimal, paper'],
    ['size=200', 'size', 96, 'must be from 12 to 96'],
    ['size=1', 'size', 12, 'must be from 12 to 96'],
    ['size=big', 'size', 24, 'must be a number from 12 to 96'],
    ['size=1e2', 'size', 24, 'must be a number from 12 to 96'],
    ['color=red', 'color', '', 'must be a colour of 3, 4, 6 or 8 hexadecimal digits'],
    ['color=12345', 'color', '', 'must be a colour of 3, 4, 6 or 8 hexadecimal digits'],
    ['plate=url(//evil.example)', 'plate', '', 'must be a colour of 3, 4, 6 or 8 hexadecimal digits'],
    ['font=x"; background: url(//evil.example)', 'font', '', 'must be the name of a font: at most 64 letters, digits, spaces, and . _ -'],
    ['types=comment,coment', 'types', ['comment'], 'may hold: comment, emote, question, gift, follow, subscribe, share, like, join'],
    ['types=coment', 'types', ['comment', 'emote', 'question', 'gift', 'follow', 'subscribe'], 'may hold: comment, emote, question, gift, follow, subscribe, share, like, join'],
    ['avatars=yes', 'avatars', true, 'must be one of: 0, 1'],
    ['lang=klingon_1', 'lang', '', 'must be a language tag, for example de or pt-BR'],
    ['safe=40', 'safe', 30, 'must be from 0 to 30'],
    ['sise=30', 'sise', undefined, 'is not a parameter of an overlay'],
    ['goal=5', 'goal', 1000, 'means nothing to an overlay of the kind chat'],
    ['constructor=1', 'constructor', undefined, 'is not a parameter of an overlay'],
  ];
  for (const [query, name, value, message] of cases) {
    const { values, problems } = read(query.replaceAll('+', ' '));
    assert.deepEqual(name === 'constructor' ? undefined : values[name], value, query);
    assert.deepEqual(problems, [{ name, message }], query);
  }
  assert.deepEqual(read('goal_by=shares', 'leaderboard').values.goal_by, 'shares');
  assert.deepEqual(read('goal_by=follows', 'leaderboard').problems, [{ name: 'goal_by', message: 'must be one of: diamonds, likes, comments, shares' }]);
});

test('an empty value is the default, and what OBS and tools add is not told', () => {
  assert.deepEqual(read('size=&theme=&token=st_x&layer-width=480&layer-height=900&layer-name=Chat').problems, []);
});

test('each kind takes at most 24 parameters', () => {
  const counts = Object.fromEntries(kinds.map((kind) => [kind, Object.keys(parameters).filter((name) => takes(kind, name)).length]));
  assert.deepEqual(counts, { chat: 24, gifts: 23, goal: 16, leaderboard: 19, viewers: 14 });
});

test('an overlay reads the types that it draws', () => {
  const types = (kind, query) => typesOf(kind, read(query, kind).values);
  assert.deepEqual(types('chat', 'types=gift,like'), ['gift', 'like']);
  assert.deepEqual(types('chat', 'types=comment,emote&emotes=0'), ['comment']);
  assert.deepEqual(types('viewers', ''), ['viewers']);
  for (const [by, type] of [['diamonds', 'gift'], ['gifts', 'gift'], ['likes', 'like'], ['follows', 'follow'], ['comments', 'comment'], ['shares', 'share']]) {
    assert.deepEqual(types('goal', `goal_by=${by}`), [type]);
  }
});

test('the path names session and kind', () => {
  assert.deepEqual(readPath('/overlay/show/chat'), { session: 'show', kind: 'chat' });
  assert.deepEqual(readPath('/overlay/a%3Ab/goal'), { session: 'a:b', kind: 'goal' });
  for (const path of ['/overlay/show', '/overlay/show/', '/overlay//chat', '/overlay/show/clock', '/overlay/show/chat/more', '/live/show/chat', '/overlay/%E0/chat']) assert.equal(readPath(path), null, path);
});

test('names are compared without case and width', () => {
  assert.equal(fold(' Ｂot '), 'bot');
  assert.equal(fold(undefined), '');
});
