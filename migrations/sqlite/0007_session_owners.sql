-- A session belongs to a user. Older sessions have no owner.
ALTER TABLE sessions ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN started_by TEXT NOT NULL DEFAULT '';
