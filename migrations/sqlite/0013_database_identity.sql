-- Tells a database from its copies: see docs/decisions/0004-database-identity.md.
CREATE TABLE identity (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  database_id TEXT NOT NULL,
  generation INTEGER NOT NULL,
  starts INTEGER NOT NULL
);
