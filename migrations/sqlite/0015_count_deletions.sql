-- Counts deletions, so that a copy from before a deletion is recognised as older.
ALTER TABLE identity ADD COLUMN deletions INTEGER NOT NULL DEFAULT 0;
