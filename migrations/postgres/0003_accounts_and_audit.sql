-- Users, API keys, tokens, failed logins and the audit trail. Times are milliseconds since 1970.

CREATE TABLE {schema}.users (
  id text PRIMARY KEY,
  username text NOT NULL,
  name_key text NOT NULL UNIQUE,          -- the username in lower case
  email text NOT NULL,
  role text NOT NULL,
  password text NOT NULL,                 -- its hash
  active boolean NOT NULL,
  demo boolean NOT NULL DEFAULT false,
  created_at bigint NOT NULL,
  last_login_at bigint NOT NULL DEFAULT 0
);
CREATE INDEX users_in_order ON {schema}.users (created_at, id);
CREATE INDEX users_admins ON {schema}.users (id) WHERE role = 'admin' AND active;

CREATE TABLE {schema}.api_keys (
  id text PRIMARY KEY,
  seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,  -- the order in which keys were made
  user_id text NOT NULL,
  name text NOT NULL,
  hash text NOT NULL UNIQUE,
  preview text NOT NULL,
  parent_id text NOT NULL DEFAULT '',     -- the key that made it, and with which it ends
  permissions smallint NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  last_used bigint NOT NULL DEFAULT 0,
  active boolean NOT NULL
);
CREATE INDEX api_keys_by_user ON {schema}.api_keys (user_id, seq);
CREATE INDEX api_keys_by_parent ON {schema}.api_keys (parent_id) WHERE parent_id <> '';

CREATE TABLE {schema}.token_families (
  id text PRIMARY KEY,
  user_id text NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  current text NOT NULL,
  current_at bigint NOT NULL,
  previous text NOT NULL
);
CREATE INDEX token_families_by_user ON {schema}.token_families (user_id);
CREATE INDEX token_families_by_end ON {schema}.token_families (expires_at);

CREATE TABLE {schema}.revoked_tokens (
  family text PRIMARY KEY,
  user_id text NOT NULL,
  revoked_at bigint NOT NULL,
  expires_at bigint NOT NULL
);
CREATE INDEX revoked_tokens_by_end ON {schema}.revoked_tokens (expires_at);

CREATE TABLE {schema}.login_failures (
  name_key text PRIMARY KEY,              -- a hash: people type passwords into the field of the name
  failures integer NOT NULL,
  locked_until bigint NOT NULL,
  last_at bigint NOT NULL
);
CREATE INDEX login_failures_by_time ON {schema}.login_failures (last_at);

-- The version of all accounts, and what changed with each version. A service that has seen a version reads
-- only what changed since. A version without a row: everything may have changed.
CREATE TABLE {schema}.auth_version (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  version bigint NOT NULL,
  noticed bigint NOT NULL                 -- the newest version that the running service has loaded
) WITH (fillfactor = 50);
INSERT INTO {schema}.auth_version (version, noticed) VALUES (1, 0);
CREATE TABLE {schema}.auth_changes (
  version bigint PRIMARY KEY,
  kind smallint NOT NULL,
  id text NOT NULL
);

CREATE FUNCTION {schema}.note_changes_v1(kinds smallint[], ids text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  newest bigint;
BEGIN
  UPDATE {schema}.auth_version SET version = version + cardinality(kinds) RETURNING version INTO newest;
  INSERT INTO {schema}.auth_changes (version, kind, id)
  SELECT newest - cardinality(kinds) + c.n, c.kind, c.id
  FROM unnest(kinds, ids) WITH ORDINALITY AS c(kind, id, n) WHERE c.kind IS NOT NULL;
  DELETE FROM {schema}.auth_changes WHERE version <= newest - 10000;
END $$;

-- Counts a login as failed before the password is verified, unless the name is locked out. Its row is locked
-- from the reading to the end of the transaction, so that parallel attempts are counted one after the other.
CREATE FUNCTION {schema}.reserve_attempt_v1(attempted text, max_failures integer, lock_ms bigint, now_ms bigint)
RETURNS TABLE (locked boolean, failures integer, locked_until bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  counted integer;
  ends bigint;
BEGIN
  LOOP
    INSERT INTO {schema}.login_failures AS f (name_key, failures, locked_until, last_at)
      VALUES (attempted, 0, 0, now_ms) ON CONFLICT (name_key) DO NOTHING;
    SELECT f.failures, f.locked_until INTO counted, ends
      FROM {schema}.login_failures AS f WHERE f.name_key = attempted FOR UPDATE;
    EXIT WHEN FOUND;  -- else it was removed in between
  END LOOP;
  -- The clock was set back, or the setting was lowered: the time left decreases from now on.
  IF ends > now_ms + lock_ms THEN
    ends := now_ms + lock_ms;
    UPDATE {schema}.login_failures AS f SET locked_until = ends, last_at = now_ms WHERE f.name_key = attempted;
  END IF;
  IF ends > now_ms THEN
    RETURN QUERY SELECT true, counted, ends;
    RETURN;
  END IF;
  -- When a lock-out has ended, counting starts again at one.
  counted := CASE WHEN ends > 0 THEN 1 ELSE counted + 1 END;
  ends := CASE WHEN counted >= max_failures THEN now_ms + lock_ms ELSE 0 END;
  UPDATE {schema}.login_failures AS f SET failures = counted, locked_until = ends, last_at = now_ms
    WHERE f.name_key = attempted;
  RETURN QUERY SELECT false, counted, ends;
END $$;

CREATE TABLE {schema}.audit_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at bigint NOT NULL,
  kind text NOT NULL,
  success boolean NOT NULL,
  username text NOT NULL,
  client_ip text NOT NULL,
  endpoint text NOT NULL,
  subject text NOT NULL,
  reason text NOT NULL,
  correlation_id text NOT NULL
);
CREATE INDEX audit_log_by_kind ON {schema}.audit_log (kind, at);
CREATE INDEX audit_log_by_time ON {schema}.audit_log (at);

CREATE FUNCTION {schema}.keep_audit_records() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF old.at <= (extract(epoch FROM clock_timestamp()) - 30 * 86400) * 1000 THEN
      RETURN old;
    END IF;
    RAISE EXCEPTION 'audit records are kept for 30 days';
  END IF;
  RAISE EXCEPTION 'the audit log is append-only';
END $$;
CREATE TRIGGER audit_log_no_change BEFORE UPDATE OR DELETE ON {schema}.audit_log
  FOR EACH ROW EXECUTE FUNCTION {schema}.keep_audit_records();
CREATE TRIGGER audit_log_no_truncation BEFORE TRUNCATE ON {schema}.audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION {schema}.keep_audit_records();

-- A share ends with its user or key, and with the owner of its session, whichever program removes them.
CREATE FUNCTION {schema}.end_shares_of_reader() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM {schema}.session_shares WHERE reader = old.id;
  IF TG_TABLE_NAME = 'users' THEN
    DELETE FROM {schema}.session_shares
      WHERE session_key IN (SELECT key FROM {schema}.sessions WHERE owner = old.id);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER session_shares_of_deleted_user AFTER DELETE ON {schema}.users
  FOR EACH ROW EXECUTE FUNCTION {schema}.end_shares_of_reader();
CREATE TRIGGER session_shares_of_deleted_key AFTER DELETE ON {schema}.api_keys
  FOR EACH ROW EXECUTE FUNCTION {schema}.end_shares_of_reader();
CREATE TRIGGER session_shares_of_revoked_key AFTER UPDATE OF active ON {schema}.api_keys
  FOR EACH ROW WHEN (NOT new.active) EXECUTE FUNCTION {schema}.end_shares_of_reader();
