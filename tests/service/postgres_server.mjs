// A PostgreSQL 15 of the tests' own and a pgbouncer before it, as tests/postgres_server.hpp has them for the unit tests.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free_port.mjs';
import { noteSecret } from './secrets.mjs';

const programs = '/usr/lib/postgresql/15/bin';
const asRoot = process.getuid() === 0;

function need(program, debianPackage) {
  if (!existsSync(program)) throw new Error(`${program} is missing: these tests need the Debian package ${debianPackage}; ./run_tests installs it, or apt-get install ${debianPackage}`);
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The programs refuse to run as root, and end with this process, however it ends. */
function asServerUser(command, endSignal = 'QUIT') {
  const user = asRoot ? ['--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
  return ['setpriv', ...user, '--pdeathsig', endSignal, ...command];
}

function run(command, options = {}) {
  const done = spawnSync(command[0], command.slice(1), { cwd: '/', encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (done.status !== 0) throw new Error(`${command.join(' ')} ended with ${done.status ?? done.signal}: ${done.stderr}${done.error ?? ''}`);
  return done.stdout;
}

let serverIds;
function giveToServerUser(path) {
  if (!asRoot) return;
  serverIds ??= ['-u', '-g'].map((what) => Number(run(['id', what, 'postgres'])));
  chownSync(path, ...serverIds);
}

const write = (path, text) => (writeFileSync(path, text), chmodSync(path, 0o600), giveToServerUser(path));

/** A folder that goes when this process ends, also by SIGKILL: then a shell notices that its input has ended. */
function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'pg-')); // short: the path of a Unix socket may have 107 bytes
  giveToServerUser(folder);
  const script = 'cat >/dev/null; for i in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$1" 2>/dev/null && exit; sleep 0.5; done';
  const cleaner = spawn('sh', ['-c', script, 'cleaner', folder], { cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  cleaner.unref();
  cleaner.stdin.unref();
  return folder;
}

/** Starts `command`, whose output goes to a file, and waits until `ready` is true. It keeps no test from ending. */
async function startProgram(command, log, ready) {
  const file = openSync(log, 'a');
  const child = spawn(command[0], command.slice(1), { cwd: '/', stdio: ['ignore', file, file] });
  closeSync(file);
  child.unref();
  for (const until = Date.now() + 60_000; !ready(); await pause(50)) {
    const ended = child.exitCode !== null || child.signalCode !== null;
    if (ended || Date.now() > until) {
      child.kill('SIGKILL');
      throw new Error(`${command.join(' ')} did not get ready:\n${readFileSync(log, 'utf8').slice(-3000)}`);
    }
  }
  return child;
}

/** Calls `start` again, up to five times, while it throws. */
async function insist(start) {
  for (let tries = 1; ; tries++) {
    try {
      return await start();
    } catch (error) {
      if (tries === 5) throw error;
      await pause(100);
    }
  }
}

const ended = async (child) => {
  if (child.exitCode === null && child.signalCode === null) {
    child.ref();
    await once(child, 'exit');
  }
};

const servers = new Set();
process.on('exit', () => {
  for (const server of servers) server.endNow();
});

/**
 * Its database papi_test belongs to the user papi, who is no superuser and needs a password over TCP. `disk`: the size
 * of a small disk on which papi_test lies, such as '64m'; see `canLimitDisk()`.
 */
export class PostgresServer {
  static user = 'papi';
  static password = 's3cret:of/papi-tests';
  static database = 'papi_test';

  #folder;
  #child;
  #disk;
  #settings;
  port;
  /** False between kill() or stop() and the next start(). */
  up = false;

  static async start({ disk = 0, settings = [] } = {}) {
    need(`${programs}/initdb`, 'postgresql-15');
    noteSecret(PostgresServer.password);
    noteSecret(encodeURIComponent(PostgresServer.password));
    const server = new PostgresServer();
    const folder = (server.#folder = temporaryFolder());
    servers.add(server);
    server.#disk = disk;
    server.#settings = settings;
    run(asServerUser([`${programs}/initdb`, `--pgdata=${folder}/data`, '--username=postgres', '--encoding=UTF8', '--locale=C.UTF-8', '--auth-local=trust', '--auth-host=scram-sha-256', '--no-sync']));
    if (disk) mkdirSync(`${folder}/disk`), giveToServerUser(`${folder}/disk`);
    await server.start();
    const { user, password, database } = PostgresServer;
    server.sql(`CREATE ROLE ${user} LOGIN PASSWORD '${password}'`, { database: 'postgres' });
    if (disk) server.sql(`CREATE TABLESPACE small LOCATION '${folder}/disk/space'`, { database: 'postgres' });
    server.sql(`CREATE DATABASE ${database} OWNER ${user}${disk ? ' TABLESPACE small' : ''}`, { database: 'postgres' });
    return server;
  }

  /** Again, behind kill() or stop(): clients know the port already. */
  async start() {
    const folder = this.#folder;
    const startAt = async (port) => {
      const options = ['max_connections=400', 'shared_buffers=32MB', 'lc_messages=C', 'synchronous_commit=on',
        // Kills end the program, not the kernel: what was written is there without a sync.
        'fsync=off', ...this.#settings].flatMap((option) => ['-c', option]);
      const postgres = asServerUser([`${programs}/postgres`, '-D', `${folder}/data`, '-p', String(port), '-h', '127.0.0.1', '-k', folder, ...options]);
      // The mount is seen by the server alone, and goes with it.
      const mount = `mount -t tmpfs -o size=${this.#disk} tmpfs "$1" && mkdir "$1/space" && chown postgres: "$1" "$1/space" && shift && exec "$@"`;
      const command = this.#disk ? ['unshare', '-m', 'sh', '-c', mount, 'mount', `${folder}/disk`, ...postgres] : postgres;
      const ready = () => spawnSync(`${programs}/psql`, ['-h', folder, '-p', port, '-U', 'postgres', '-c', 'SELECT 1']).status === 0;
      this.#child = await startProgram(command, `${folder}/log`, ready);
      this.port = port;
      this.up = true;
    };
    // Somebody else may take a free port in between; a server that was killed may leave a process for a moment.
    await insist(async () => startAt(this.port ?? (await freePort())));
  }

  /** SIGKILL to all of its processes, as if the machine had no memory left. */
  async kill() {
    this.up = false;
    this.#killAll();
    await ended(this.#child);
  }
  #killAll() {
    const { pid } = this.#child;
    let children = '';
    try {
      children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    } catch { /* it has ended */ }
    for (const one of [pid, ...children.trim().split(' ').filter(Boolean).map(Number)]) {
      try {
        process.kill(one, 'SIGKILL');
      } catch { /* it has ended */ }
    }
  }

  /** As an operator does it: `immediate` leaves recovery to the next start. */
  async stop(mode = 'immediate') {
    this.up = false;
    run(asServerUser([`${programs}/pg_ctl`, 'stop', '-w', '-m', mode, '-D', `${this.#folder}/data`]));
    await ended(this.#child);
  }

  /** At the end of this process, which waits for nothing. */
  endNow() {
    this.#killAll();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Runs SQL as the superuser and gives its rows, members separated by '|'. `schema` comes first in the search path. */
  sql(text, { database = PostgresServer.database, schema } = {}) {
    const env = { PATH: process.env.PATH, PGOPTIONS: schema ? `-c search_path=${schema}` : '' };
    return run([...this.#psql(database), '-c', text], { env }).trim();
  }
  #psql(database, user = 'postgres') {
    return [`${programs}/psql`, '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', this.#folder, '-p', String(this.port), '-U', user, '-d', database];
  }

  /** All rows of a schema as text. */
  dump(schema) {
    const dump = run([`${programs}/pg_dump`, '--data-only', `--schema=${schema}`, '-h', this.#folder, '-p', String(this.port), '-U', 'postgres', PostgresServer.database]);
    return dump.replace(/^\\(un)?restrict .*$/gm, ''); // a word that is new each time
  }

  /** Runs SQL in one session, and keeps that open until `end` is called with more of it. */
  async hold(text) {
    const [program, ...args] = this.#psql(PostgresServer.database);
    const tool = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] }); // its end is told by `held`
    const exit = once(tool, 'exit');
    tool.stdin.write(`${text}\n\\echo held\n`);
    const held = await Promise.race([once(tool.stdout, 'data').then(() => true), exit.then(() => false)]);
    return {
      held,
      end: async (more) => {
        tool.stdin.end(`${more}\n`);
        await exit;
      },
    };
  }

  /** Cuts every connection of the user papi, in the middle of whatever it does. Gives how many. */
  cutConnections() {
    return Number(this.sql(`SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '${PostgresServer.user}'`, { database: 'postgres' }));
  }

  /** Fills the small disk to its last byte, as another program's file does; `freeDisk()` removes that file. */
  fillDisk() {
    const file = `${this.#folder}/disk/filler`;
    this.sql(`COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; dd if=/dev/zero of=${file} bs=64k 2>/dev/null; true'`);
  }
  freeDisk() {
    this.sql(`COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; rm ${this.#folder}/disk/filler'`);
  }

  url({ user = PostgresServer.user, password = PostgresServer.password, port = this.port, database = PostgresServer.database, parameters = 'sslmode=disable' } = {}) {
    return `postgresql://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}?${parameters}`;
  }
}

/** A pgbouncer in transaction mode with few server connections. It asks clients for no password. */
export class Pooler {
  #folder;
  #child;
  port;

  static async start(server) {
    need('/usr/sbin/pgbouncer', 'pgbouncer');
    const pooler = new Pooler();
    const folder = (pooler.#folder = temporaryFolder());
    servers.add(pooler);
    const { user, password, database } = PostgresServer;
    await insist(async () => {
      const port = await freePort();
      write(`${folder}/pgbouncer.ini`, `[databases]\n${database} = host=127.0.0.1 port=${server.port} dbname=${database} user=${user} password='${password}'\n` +
        `[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 4\nmax_client_conn = 200\n`);
      const ready = () => existsSync(`${folder}/log`) && readFileSync(`${folder}/log`, 'utf8').includes('process up: PgBouncer');
      rmSync(`${folder}/log`, { force: true });
      pooler.#child = await startProgram(asServerUser(['/usr/sbin/pgbouncer', `${folder}/pgbouncer.ini`], 'TERM'), `${folder}/log`, ready);
      pooler.port = port;
    });
    return pooler;
  }

  endNow() {
    this.#child?.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Whether this machine lets us mount a small disk. */
export const canLimitDisk = () => asRoot && spawnSync('unshare', ['-m', 'sh', '-c', `mount -t tmpfs -o size=1m tmpfs "${tmpdir()}"`]).status === 0;
