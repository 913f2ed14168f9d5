// profile-api db copy: an installation moves from SQLite to PostgreSQL and back.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { onlySqlite } from './databases.mjs';
import { PASSWORD, login, makeUser, withAccounts } from './people.mjs';
import { PostgresServer } from './postgres_server.mjs';
import { runApi, startApi, wholeLog, wholeRoom } from './programs.mjs';

let postgres;
const folder = mkdtempSync(join(tmpdir(), 'db-copy-'));
before(async () => {
  postgres = await PostgresServer.start();
  writeFileSync(join(folder, 'url'), postgres.url() + '\n', { mode: 0o600 });
});
after(() => rmSync(folder, { recursive: true, force: true }));

const copy = (...args) => {
  const done = runApi(['db', 'copy', ...args], { cwd: folder });
  assert.ok(!(done.out + done.err).includes('s3cret'), 'the password is never shown');
  return done;
};
const sqlite = (file, text) => execFileSync('sqlite3', [file, text]);
/** The events of the session as it was copied; the service that was started since has added what became of the session. */
const copiedPart = (log, length) => log.slice(0, length).map(({ epoch, ...event }) => event);
const settings = { ...withAccounts, LIVE_RESUME_SESSIONS: 'false' };

test('an installation moves to PostgreSQL and back with its log, accounts and keys', onlySqlite({ timeout: 120_000 }), async (t) => {
  const { sim, api, log } = await wholeRoom(['--seed', '13', '--rate', '400', '--count', '300'], withAccounts);
  t.after(() => sim.stop());
  const made = api.run(['users', 'create', 'ann', '--role', 'admin', '--password-file', '-'], PASSWORD + '\n');
  assert.equal(made.code, 0, made.err);
  const from = `sqlite:///${api.database}`;

  const used = copy('--from', from, '--to-file', 'url');
  assert.equal(used.code, 4);
  assert.match(used.err, /^profile-api db copy: .*is in use by process \d+ on host/m);

  await api.stop({ keep: true });
  t.after(() => rmSync(api.folder, { recursive: true, force: true }));
  const moved = copy('--from', from, '--to-file', 'url');
  assert.equal(moved.code, 0, moved.err);
  assert.match(moved.out, /^Copied [\d,]+ rows from sqlite \S+ to postgresql 127\.0\.0\.1:\d+\/papi_test, schema profile_api\. Both sides were read again and are the same\./);
  assert.match(moved.err, /^copying users: 0 of [\d,]+ rows, 0 %\n(.*\n)*checking users: /);
  assert.equal(Number(postgres.sql('SELECT count(*) FROM profile_api.events')), log.length);

  const again = copy('--from', from, '--to-file', 'url');
  assert.equal(again.code, 1);
  assert.match(again.err, /is not empty: its table 'users' has rows/);

  const there = await startApi(null, { ...settings, DATABASE_URL: postgres.url() }, folder);
  t.after(() => there.stop({ keep: true }));
  const copied = await wholeLog(there, 's');
  assert.deepEqual(copiedPart(copied, log.length), copiedPart(log));
  assert.notEqual(copied[0].epoch, log[0].epoch, 'the source may go on, with events of its own');
  await login(there, 'ann');
  await makeUser(there, 'ben');
  const usedThere = copy('--from-file', 'url', '--to', 'sqlite:///none.db');
  assert.equal(usedThere.code, 4);
  assert.match(usedThere.err, /the database is in use by process \d+ on host .* or a --from-schema of its own/);
  assert.match(usedThere.err, /^waiting for process \d+ on host .* to end, which uses postgresql .*, schema profile_api: \d+ s at most, until \S+Z\. A service that was killed keeps it for 10 s$/m);
  assert.equal(usedThere.err.split('waiting for').length, 2, 'said once');
  await there.stop({ keep: true });

  const back = join(folder, 'back.db');
  const returned = copy('--from-file', 'url', '--to', `sqlite:///${back}`);
  assert.equal(returned.code, 0, returned.err);
  assert.equal(statSync(back).mode & 0o777, 0o640);

  const home = await startApi(null, { ...settings, DATABASE_URL: `sqlite:///${back}` }, folder);
  t.after(() => home.stop({ keep: true }));
  const returnedLog = await wholeLog(home, 's');
  assert.deepEqual(copiedPart(returnedLog, log.length), copiedPart(log));
  assert.notEqual(returnedLog[0].epoch, copied[0].epoch);
  await login(home, 'ann');
  await login(home, 'ben');
});

test('a service does not start on an unfinished copy, and the copy goes on', onlySqlite({ timeout: 60_000 }), () => {
  const from = join(folder, 'from.db');
  assert.equal(runApi(['users', 'create', 'ann', '--password-file', '-'], { cwd: folder, env: { DATABASE_URL: `sqlite:///${from}` }, input: PASSWORD + '\n' }).code, 0);
  // A table that cannot be read ends the copy in its middle.
  sqlite(from, "INSERT INTO gifts VALUES (1, x'00', 1, '', 1, 1)");
  for (const [to, url] of [[['--to', 'sqlite:///half.db'], 'sqlite:///half.db'], [['--to-file', 'url', '--to-schema', 'half'], postgres.url()]]) {
    const ended = copy('--from', `sqlite:///${from}`, ...to);
    assert.equal(ended.code, 5, ended.err);
    assert.match(ended.err, /gifts, id 1, column name: is bytes and must be a text/);
    for (const command of ['serve', 'users']) {
      const started = runApi(command === 'serve' ? ['serve'] : ['users', 'list'], { cwd: folder, env: { DATABASE_URL: url, DB_SCHEMA: 'half', HOST: '127.0.0.1', PORT: '0' } });
      assert.notEqual(started.code, 0);
      assert.match(started.err, /the database is not ready: an unfinished copy: run the same 'profile-api db copy' again, or use an empty database/);
      if (command === 'serve') assert.equal(started.code, 5, started.err);
    }
  }
  sqlite(from, "UPDATE gifts SET name = 'Rose'");
  for (const to of [['--to', 'sqlite:///half.db'], ['--to-file', 'url', '--to-schema', 'half']]) {
    const finished = copy('--from', `sqlite:///${from}`, ...to);
    assert.equal(finished.code, 0, finished.err);
    assert.match(finished.out, /of the rows were copied by an earlier run/);
  }
  assert.equal(postgres.sql('SELECT name FROM half.gifts'), 'Rose');
});

test('arguments that cannot be and files that are no database have their exit codes', onlySqlite(), () => {
  const bad = join(folder, 'bad.db');
  writeFileSync(bad, 'x'.repeat(5_000));
  const rows = [
    [['--from', 'sqlite:///a.db'], 3, /--to: must be a database URL, or give a file that holds it with --to-file/],
    [['--from', 'sqlite:///a.db', '--to', 'mysql://x'], 3, /--to: must be sqlite:\/\/\/PATH or postgresql:/],
    [['--from', 'sqlite:///a.db', '--to', 'sqlite:///a.db'], 3, /--to: is the database of --from/],
    [['--from', 'sqlite:///a.db', '--from-file', 'url', '--to', 'sqlite:///b.db'], 3, /--from: given twice/],
    [['--from-file', 'no-such-file', '--to', 'sqlite:///b.db'], 3, /--from-file: 'no-such-file' cannot be read/],
    [['--from', 'sqlite:///a.db', '--to', 'sqlite:///b.db', '--to-schema', 'x'], 3, /--to-schema: only a PostgreSQL database/],
    [['--from', 'sqlite:///a.db', '--to-file', 'url', '--to-schema', 'Not Good'], 3, /--to-schema/],
    [['--from', 'sqlite:///missing.db', '--to', 'sqlite:///b.db'], 3, /the source sqlite \S+missing\.db does not exist/],
    [['--from-file', 'url', '--from-schema', 'nothing_here', '--to', 'sqlite:///b.db'], 1, /has no tables of this program/],
    [['--from', `sqlite:///${bad}`, '--to', 'sqlite:///b.db'], 5, /bad\.db/],
    [['--from', 'postgresql://u:s3cret@127.0.0.1:1/x', '--to', 'sqlite:///b.db'], 5, /correct host and port in --from/],
  ];
  for (const [args, code, text] of rows) {
    const done = copy(...args);
    assert.equal(done.code, code, `${args.join(' ')}: ${done.err}`);
    assert.match(done.err, text);
  }
});
