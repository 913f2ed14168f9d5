-- engagement 1, events 1
BEGIN TRANSACTION;
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
INSERT INTO "events" VALUES(1,1,'c1','comment',1000,7,'bob',0,'{"type":"comment","id":"c1"}');
INSERT INTO "events" VALUES(1,2,'g1','gift',2000,8,'carl',5,'{"type":"gift","id":"g1","streak_id":"s-9","streak_end":false}');
CREATE TABLE room_cursors (
      room TEXT PRIMARY KEY,
      room_id TEXT NOT NULL,
      cursor TEXT NOT NULL
    );
INSERT INTO "room_cursors" VALUES('ann','70','t-1');
CREATE TABLE schema_versions(component TEXT PRIMARY KEY, version INTEGER NOT NULL);
INSERT INTO "schema_versions" VALUES('engagement',1);
INSERT INTO "schema_versions" VALUES('events',1);
CREATE TABLE session_now (
      session_key INTEGER PRIMARY KEY,
      viewers INTEGER NOT NULL
    );
INSERT INTO "session_now" VALUES(1,12);
CREATE TABLE session_people (
      session_key INTEGER NOT NULL,
      user_id INTEGER NOT NULL,
      username TEXT NOT NULL,
      nickname TEXT NOT NULL,
      avatar_url TEXT NOT NULL,
      comments INTEGER NOT NULL,
      diamonds INTEGER NOT NULL,
      likes INTEGER NOT NULL,
      shares INTEGER NOT NULL,
      PRIMARY KEY (session_key, user_id)
    ) WITHOUT ROWID;
INSERT INTO "session_people" VALUES(1,8,'carl','Carl','',0,5,0,0);
CREATE TABLE session_spans (
      session_key INTEGER NOT NULL,
      starts_at INTEGER NOT NULL,
      kind TEXT NOT NULL,
      n INTEGER NOT NULL,
      amount INTEGER NOT NULL,
      peak INTEGER NOT NULL,
      PRIMARY KEY (session_key, starts_at, kind)
    ) WITHOUT ROWID;
INSERT INTO "session_spans" VALUES(1,0,'gift',1,5,5);
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
INSERT INTO "sessions" VALUES(1,'quiz','e1','Ann','70','connected','',1,5,6,2,99);
INSERT INTO "sessions" VALUES(2,'talk','e2','','71','ended','',0,7,8,0,0);
CREATE INDEX sessions_by_id ON sessions(session_id);
COMMIT;
