-- SQLite would give the key of the newest session again after its row was deleted. Whatever still waits for
-- the deleted session would then find the new one.
CREATE TABLE session_keys (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  last INTEGER NOT NULL
);
INSERT INTO session_keys SELECT 1, coalesce(max(key), 0) FROM sessions;
