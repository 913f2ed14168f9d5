#pragma once

namespace papi::events {

/// The tables of sessions and their events, one script per version. A released script never changes.
/// Offsets have no holes within a session, and (session, offset) is the order in which events are read back.
inline constexpr const char* event_schema[] = {
    R"sql(
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
    )sql",
    // Where an upstream stands belongs to the sessions that follow it. `room` was the name in lower case, or
    // # and the number.
    R"sql(
    ALTER TABLE sessions ADD COLUMN cursor TEXT NOT NULL DEFAULT '';
    UPDATE sessions SET cursor = c.cursor, room_id = c.room_id FROM room_cursors c
      WHERE c.room = CASE username WHEN '' THEN '#' || sessions.room_id ELSE lower(username) END;
    DROP TABLE room_cursors;
    )sql",
    // A session belongs to a user. Those that were made before there were users belong to nobody.
    R"sql(
    ALTER TABLE sessions ADD COLUMN owner TEXT NOT NULL DEFAULT '';
    ALTER TABLE sessions ADD COLUMN started_by TEXT NOT NULL DEFAULT '';
    )sql",
    // The upstream position belongs to the room. `room` is the name in lower case, or # and the number. Of
    // the sessions of a room, the one with the newest events had the newest position. Open streaks have a
    // table of their own, so that they survive retention.
    R"sql(
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
    )sql",
    // Retention by age compares the wall clock with the platform's time. What a start has to know of events
    // that retention has deleted is kept.
    R"sql(
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
    )sql",
};

}  // namespace papi::events
