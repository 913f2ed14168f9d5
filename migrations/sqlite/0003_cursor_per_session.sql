-- The cursor moves to the sessions that follow the room. `room` was the username in lower case, or # and
-- the room id.
ALTER TABLE sessions ADD COLUMN cursor TEXT NOT NULL DEFAULT '';
UPDATE sessions SET cursor = c.cursor, room_id = c.room_id FROM room_cursors c
  WHERE c.room = CASE username WHEN '' THEN '#' || sessions.room_id ELSE lower(username) END;
DROP TABLE room_cursors;
