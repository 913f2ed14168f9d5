-- The lease by which one process owns the database. A session lock would not do: through a pooler in
-- transaction mode two clients share it, and it stays when both have gone.
CREATE TABLE {schema}.leases (
  scope text PRIMARY KEY,           -- what is owned: 'database'
  owner text NOT NULL,              -- a text that is new at each start of a process
  epoch bigint NOT NULL,            -- grows with each change of the owner
  expires_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Fails with QT001 unless the lease has this epoch. The lock lets the owner renew the lease meanwhile, and
-- keeps a new owner waiting until the transaction that was checked has ended, so that it reads what was written.
CREATE FUNCTION {schema}.check_lease_v1(wanted_scope text, wanted_epoch bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM {schema}.leases WHERE scope = wanted_scope AND epoch = wanted_epoch FOR KEY SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'another process owns this database' USING ERRCODE = 'QT001';
  END IF;
END $$;

-- Takes the lease if nobody has it, if it has expired, or if it has our name: then the answer to an earlier try
-- was lost. Returns its epoch, or 0 if another process has it.
CREATE FUNCTION {schema}.take_lease_v1(wanted_scope text, new_owner text, duration_ms bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  taken bigint;
BEGIN
  -- FOR UPDATE waits for the transactions that check_lease_v1 has let pass.
  PERFORM FROM {schema}.leases
    WHERE scope = wanted_scope AND (owner = new_owner OR expires_at < clock_timestamp()) FOR UPDATE;
  INSERT INTO {schema}.leases AS l (scope, owner, epoch, expires_at)
    VALUES (wanted_scope, new_owner, 1, clock_timestamp() + duration_ms * interval '1 millisecond')
  ON CONFLICT (scope) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at,
    epoch = l.epoch + (l.owner <> excluded.owner)::integer
    WHERE l.owner = excluded.owner OR l.expires_at < clock_timestamp()
  RETURNING epoch INTO taken;
  RETURN coalesce(taken, 0);
END $$;
