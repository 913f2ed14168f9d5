-- Session ids whose event log has ended once: a new log of the same id begins a new epoch.
CREATE TABLE ended_logs (
  session_id TEXT PRIMARY KEY,
  ended_at INTEGER NOT NULL
);
