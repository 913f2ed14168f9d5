-- The row that the readiness check writes.
CREATE TABLE write_check (one INTEGER PRIMARY KEY CHECK (one = 1), written_at INTEGER NOT NULL);
