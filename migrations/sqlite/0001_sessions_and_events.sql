-- Sessions and their events. Offsets have no holes within a session. Events are read back in the order of
-- (session, offset).
CREATE TABLE sessions (
  key INTEGER PRIMARY KEY,
  session_id TEXT NOT NULL,
  epoch TEXT NOT NULL,
  username TEXT NOT NULL,
  room_id TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  wait_until_live INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  started_at INTEGER NOT NULL DEFAULT 0,
  last_offset INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX sessions_by_id ON sessions(session_id);
CREATE TABLE events (
  session_key INTEGER NOT NULL REFERENCES sessions(key),
  "offset" INTEGER NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  timestamp_ms INTEGER NOT NULL,
  user_id INTEGER NOT NULL,
  username TEXT NOT NULL,
  amount INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (session_key, "offset")
) WITHOUT ROWID;
CREATE TABLE room_cursors (
  room TEXT PRIMARY KEY,
  room_id TEXT NOT NULL,
  cursor TEXT NOT NULL
);
