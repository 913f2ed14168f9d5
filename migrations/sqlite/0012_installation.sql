-- Secrets that belong to this installation.
CREATE TABLE IF NOT EXISTS installation (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
);
