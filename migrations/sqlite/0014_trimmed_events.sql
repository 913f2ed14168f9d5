-- Retention by age compares the wall clock with TikTok's time. `trimmed_events` has what a start must know
-- of events that retention has deleted.
ALTER TABLE upstream_positions ADD COLUMN platform_time INTEGER NOT NULL DEFAULT 0;
CREATE TABLE trimmed_events (
  session_key INTEGER NOT NULL,
  "offset" INTEGER NOT NULL,
  id TEXT NOT NULL,
  streak_id TEXT NOT NULL,
  count INTEGER NOT NULL,
  timestamp_ms INTEGER NOT NULL,
  PRIMARY KEY (session_key, "offset")
) WITHOUT ROWID;
