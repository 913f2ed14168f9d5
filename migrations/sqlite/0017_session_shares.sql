-- Sessions that are shared with a user or a key for reading.
CREATE TABLE session_shares (
  session_key INTEGER NOT NULL,
  reader TEXT NOT NULL,
  shared_at INTEGER NOT NULL,
  PRIMARY KEY (session_key, reader)
) WITHOUT ROWID;
CREATE INDEX session_shares_by_reader ON session_shares(reader);
