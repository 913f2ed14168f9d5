// The database of an installation. An installation is known by its folder: on SQLite the file in it, on PostgreSQL a schema that
// is named after it. PAPI_TEST_DATABASE=postgres runs the service tests on a PostgreSQL of their own, one for each test file;
// =pgbouncer puts a pooler in transaction mode before it.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Pooler, PostgresServer } from './postgres_server.mjs';

export const engine = process.env.PAPI_TEST_DATABASE || 'sqlite';
if (!['sqlite', 'postgres', 'pgbouncer'].includes(engine)) throw new Error(`PAPI_TEST_DATABASE: must be sqlite, postgres or pgbouncer, is '${engine}'`);
export const onSqlite = engine === 'sqlite';

/** The PostgreSQL of this process; undefined on SQLite. */
export const server = onSqlite ? undefined : await PostgresServer.start();
const pooler = engine === 'pgbouncer' ? await Pooler.start(server) : undefined;

/** The options of a test whose subject SQLite alone has. */
export const onlySqlite = (options = {}, why = 'about SQLite files') => (onSqlite ? options : { ...options, skip: why });

export const schemaOf = (folder) => `t_${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
const fileOf = (folder) => join(folder, 'profiles.db');

/** The settings with which a program that is started in `folder` finds its database. */
export const databaseSettings = (folder) => (onSqlite ? {} : { DATABASE_URL: server.url({ port: (pooler ?? server).port }), DB_SCHEMA: schemaOf(folder) });

/** Runs SQL that both engines know. Gives its rows: a line each, members separated by '|'. */
export function query(folder, text) {
  if (!onSqlite) return server.sql(text, { schema: schemaOf(folder) });
  const done = spawnSync('sqlite3', ['-cmd', '.timeout 10000', fileOf(folder), text], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`sqlite3: ${done.stderr}${done.error ?? ''}`);
  return done.stdout.trim();
}

/** Lets the database refuse an operation (INSERT, UPDATE, DELETE) on a table, until the function that it gives is called. */
export function refuse(folder, operation, table) {
  if (onSqlite) {
    query(folder, `CREATE TRIGGER refused BEFORE ${operation} ON ${table} BEGIN SELECT RAISE(ABORT, 'refused by the test'); END`);
    return () => query(folder, 'DROP TRIGGER refused');
  }
  query(folder, `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused by the test'; END $$;
    CREATE TRIGGER refused BEFORE ${operation} ON ${table} FOR EACH ROW EXECUTE FUNCTION refuse()`);
  return () => query(folder, 'DROP FUNCTION refuse CASCADE');
}

/** All rows as text; on SQLite also what is left of others in the file. */
export function everythingKept(folder) {
  if (!onSqlite) return server.dump(schemaOf(folder));
  return readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1')).join('');
}

/**
 * Lets nobody else write until the function that it gives is called, as an operator's tool does; reading goes on. `held` tells
 * whether the lock was got: the database may not be there yet.
 */
export async function holdLock(folder) {
  await leaseOfKilledOwner(folder);
  if (!onSqlite) {
    // Every write begins at the lease: behind its lock nobody else can be in the way of the next.
    const tables = `SELECT oid FROM pg_class WHERE relnamespace = '${schemaOf(folder)}'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname <> 'leases'`;
    const every = `DO $$ DECLARE t regclass; BEGIN FOR t IN ${tables} LOOP EXECUTE 'LOCK TABLE ' || t || ' IN EXCLUSIVE MODE'; END LOOP; END $$;`;
    const { held, end } = await server.hold(`BEGIN; ${every}`);
    return { held, release: () => end('ROLLBACK;') };
  }
  const tool = spawn('sqlite3', ['-batch', fileOf(folder)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exit = once(tool, 'exit');
  tool.stdin.write('.timeout 20000\nBEGIN EXCLUSIVE;\n.print held\n');
  const held = await Promise.race([once(tool.stdout, 'data').then(() => true), exit.then(() => false)]);
  return {
    held,
    release: async () => {
      tool.stdin.end('ROLLBACK;\n');
      await exit;
    },
  };
}

/** The last process that owned a folder's database, and the end of its lease if it was killed. */
const owners = new Map();

/**
 * Lets `child` be the next owner. On SQLite the lock of a killed owner is free at once. On PostgreSQL its lease would last for
 * 10 seconds, which only postgres.test.mjs and owner.test.mjs wait for.
 */
export function noteOwner(folder, child) {
  if (onSqlite) return;
  const owner = { child, freed: Promise.resolve() };
  owners.set(folder, owner);
  child.once('exit', (code, signal) => {
    if (signal !== 'SIGKILL' || !server.up) return;
    owner.freed = endLease(schemaOf(folder));
    owner.freed.catch(() => {}); // whoever waits for it is told
  });
}

async function endLease(schema) {
  const { held, end } = await server.hold(`DO $$ BEGIN IF to_regclass('${schema}.leases') IS NOT NULL THEN UPDATE ${schema}.leases SET expires_at = '-infinity'; END IF; END $$;`);
  await end('');
  if (!held && server.up) throw new Error(`the lease of ${schema} could not be ended`);
}

/** Waits until the lease of an owner that was killed is free. */
export async function leaseOfKilledOwner(folder) {
  const owner = owners.get(folder);
  if (!owner?.child.killed) return;
  if (owner.child.exitCode === null && owner.child.signalCode === null) await once(owner.child, 'exit');
  await owner.freed;
}
