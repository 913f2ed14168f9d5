// What `profile-api --help` and its relatives print, and what wrong arguments answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runApi } from './programs.mjs';

const run = (...args) => runApi(args, { env: { DATABASE_URL: 'sqlite:///nowhere/no.db' } });
const linesOf = (text) => text.trimEnd().split('\n');
const screen = 40;

/** The commands that a page of help lists. */
const listed = (out) => {
  const lines = linesOf(out);
  const title = lines.findIndex((line) => /^(Commands \(COMMAND --help says more\)|Subcommands):$/.test(line));
  if (title < 0) return [];
  const end = lines.findIndex((line, i) => i > title && !line.startsWith('  '));
  return lines.slice(title + 1, end < 0 ? undefined : end).map((line) => /^ +(\S+)/.exec(line)[1]);
};

test('help fits a screen and begins with the commands', () => {
  const { code, out, err } = run('--help');
  assert.deepEqual([code, err], [0, '']);
  const lines = linesOf(out);
  assert.deepEqual(lines.slice(0, 4), [
    'Profile & Engagement API for TikTok LIVE: follows rooms and delivers their events without loss',
    '',
    'Usage: profile-api [COMMAND] [OPTIONS]',
    '',
  ]);
  assert.equal(lines[4], 'Commands (COMMAND --help says more):');
  assert.match(lines[5], /^ {2}serve +Run the service \(the default\)$/);
  assert.ok(lines.length >= 24 && lines.length <= screen, `${lines.length} lines`);
  assert.ok(lines.every((line) => line.length <= 100), lines.find((line) => line.length > 100));
  const commands = listed(out);
  for (const command of ['serve', 'users', 'keys', 'tokens', 'db', 'config', 'routes', 'errors']) assert.ok(commands.includes(command), command);
  assert.ok(lines.includes('  PORT                 Port of the API (default: 8002)'));
});

test('the help of each command fits a screen and has an example', () => {
  const look = (...words) => {
    const { code, out } = run(...words, '--help');
    assert.equal(code, 0);
    const lines = linesOf(out);
    assert.ok(lines.length <= screen, `${words.join(' ')}: ${lines.length} lines`);
    assert.equal(lines.at(-2), 'Example:', words.join(' '));
    assert.match(lines.at(-1), /^ {2}(\S+=\S+ )?profile-api( |$)/);
    for (const inner of listed(out)) look(...words, inner);
  };
  for (const command of listed(run('--help').out)) look(command);
});

test('--help-settings has every setting in a group, with its default', () => {
  const { code, out } = run('--help-settings');
  assert.equal(code, 0);
  const names = linesOf(out).map((line) => /^ {2}([A-Z][A-Z0-9_]+)\*? /.exec(line)?.[1]).filter(Boolean);
  const all = linesOf(run('config').out).map((line) => line.split(' ')[0]);
  assert.deepEqual([...names].sort(), [...all].sort());
  const groups = linesOf(out).filter((line) => /^\w.*:$/.test(line));
  assert.ok(groups.includes('Service:') && groups.includes('TikTok and the sign server:'));
  assert.ok(!groups.includes('Other:'), out.slice(out.indexOf('Other:')));
  assert.match(out, /\n {2}PORT +8002 +Port of the API; 0 lets the system choose\n/);
  assert.match(out, /\n {2}JWT_SECRET_KEY\* +- +HS256/);
});

test('wrong arguments end with 2 and say what was probably meant', () => {
  const wrong = (args, why, page = '') =>
    assert.deepEqual(run(...args), { code: 2, out: '', err: `profile-api: ${why}\nRun 'profile-api${page} --help' for what it takes.\n` });
  wrong(['srve'], "unknown command 'srve'; did you mean 'serve'?");
  wrong(['frobnicate'], "unknown command 'frobnicate'");
  wrong(['--lgo-level', 'DEBUG'], "unknown option '--lgo-level'; did you mean '--log-level'?");
  wrong(['serve', '--prot=1'], "unknown option '--prot'; did you mean '--port'?", ' serve');
  wrong(['users', 'creat', 'bob'], "unknown command 'creat'; did you mean 'create'?", ' users');
  wrong(['users', 'create', 'bob', '--rol', 'admin'], "unknown option '--rol'; did you mean '--role'?", ' users create');
  wrong(['users', 'create'], 'username is required', ' users create');
  wrong(['config', 'chek'], "unknown command 'chek'; did you mean 'check'?", ' config');
  wrong(['keys', 'rotate', 'k_1', '--overlap-hours', 'many'], '--overlap-hours: Value many not in range 0 to 8760', ' keys rotate');
  const none = run('keys');
  assert.equal(none.code, 2);
  assert.match(none.err, /^profile-api: A subcommand is required: create, list, rotate, revoke/);
});
