-- The upstream position belongs to the room. `room` is the username in lower case, or # and the room id. Of
-- a room's sessions, the one with the newest events had the newest position. Open streaks get a table of
-- their own, so that retention does not delete them.
ALTER TABLE sessions ADD COLUMN heard_at INTEGER NOT NULL DEFAULT 0;
UPDATE sessions SET heard_at = coalesce((SELECT timestamp_ms FROM events
  WHERE session_key = key AND "offset" = last_offset), 0);
CREATE TABLE upstream_positions (
  room TEXT PRIMARY KEY,
  room_id TEXT NOT NULL,
  cursor TEXT NOT NULL,
  likes INTEGER NOT NULL,
  heard_at INTEGER NOT NULL
) WITHOUT ROWID;
INSERT OR REPLACE INTO upstream_positions
  SELECT CASE username WHEN '' THEN '#' || room_id ELSE lower(username) END, room_id, cursor, 0, heard_at
  FROM sessions WHERE cursor <> '' AND state <> 'deleted' ORDER BY heard_at, key;
CREATE TABLE open_streaks (
  session_key INTEGER NOT NULL,
  streak_id TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (session_key, streak_id)
) WITHOUT ROWID;
INSERT INTO open_streaks
  SELECT session_key, streak_id, body FROM (
    SELECT e.session_key, json_extract(e.body, '$.streak_id') AS streak_id, e.body, max(e."offset"),
           sum(json_extract(e.body, '$.streak_end')) AS ends
    FROM sessions s JOIN events e ON e.session_key = s.key AND e."offset" > s.last_offset - 20000
    WHERE e.type = 'gift' GROUP BY 1, 2)
  WHERE ends = 0;
