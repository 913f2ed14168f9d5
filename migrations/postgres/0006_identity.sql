-- Where the database was when this installation last used it. A start compares it with where the database is
-- now: see src/events/postgres_identity.hpp.
CREATE TABLE {schema}.identity (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  written_by bigint NOT NULL,             -- the transaction that wrote this row: its xmin, unless a dump was loaded
  database_oid bigint NOT NULL,
  events_oid bigint NOT NULL,             -- of the table events
  wal_position bigint NOT NULL,           -- bytes since the cluster was made; 0: the server does not tell it
  system_id text NOT NULL,                -- of the cluster; '': the server does not tell it
  timeline text NOT NULL                  -- eight hex digits; '': the server does not tell it
);

-- Fails with QT001 if the server has taken another history since the start of the process that owns the
-- database: a standby that was promoted may lack commits which readers have seen. The next start begins new
-- epochs.
CREATE FUNCTION {schema}.check_timeline_v1() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  settled text;
BEGIN
  SELECT timeline INTO settled FROM {schema}.identity;
  -- Two conditions: the rights of a whole expression are checked before any of it runs.
  IF settled <> '' THEN
    IF settled <> left(pg_walfile_name(pg_current_wal_lsn()), 8) THEN
      RAISE EXCEPTION 'the server was promoted or restored while this process ran; restart the service'
        USING ERRCODE = 'QT001';
    END IF;
  END IF;
END $$;

-- The tables whose files still hold text that an erasure has removed from their rows. An erasure notes them in
-- its own transactions: see src/events/postgres_dead_rows.hpp.
CREATE TABLE {schema}.erased_tables (
  name text PRIMARY KEY,
  erasures bigint NOT NULL                -- grows with each, so that one that comes meanwhile is not forgotten
) WITH (fillfactor = 50);

CREATE FUNCTION {schema}.note_erased_tables_v1(names text[]) RETURNS bigint LANGUAGE sql AS $$
  WITH noted AS (
    INSERT INTO {schema}.erased_tables AS t (name, erasures) SELECT DISTINCT n, 1 FROM unnest(names) AS n
    ON CONFLICT (name) DO UPDATE SET erasures = t.erasures + 1 RETURNING 1)
  SELECT count(*) FROM noted
$$;

-- A row that is inserted and deleted here leaves the file with VACUUM FULL exactly when those can go that were
-- deleted before.
CREATE TABLE {schema}.vacuum_probe (n integer NOT NULL);

-- ANALYZE keeps samples of a column's values in pg_statistic, where no erasure would reach them. No query is
-- planned by these columns.
ALTER TABLE {schema}.events ALTER COLUMN body SET STATISTICS 0;
ALTER TABLE {schema}.events ALTER COLUMN username SET STATISTICS 0;
ALTER TABLE {schema}.open_streaks ALTER COLUMN body SET STATISTICS 0;
ALTER TABLE {schema}.session_people ALTER COLUMN username SET STATISTICS 0;
ALTER TABLE {schema}.session_people ALTER COLUMN nickname SET STATISTICS 0;
ALTER TABLE {schema}.session_people ALTER COLUMN avatar_url SET STATISTICS 0;
ALTER TABLE {schema}.profiles ALTER COLUMN username SET STATISTICS 0;
ALTER TABLE {schema}.profiles ALTER COLUMN nickname SET STATISTICS 0;
ALTER TABLE {schema}.people ALTER COLUMN username SET STATISTICS 0;
ALTER TABLE {schema}.people ALTER COLUMN nickname SET STATISTICS 0;
