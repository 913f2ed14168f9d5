-- audit 1, auth 1, ended_logs 1, engagement 1, events 5, gifts 1, identity 1, installation 1, people 1, profiles 1
BEGIN TRANSACTION;
CREATE TABLE api_keys (
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL,
      name TEXT NOT NULL,
      hash TEXT NOT NULL UNIQUE,
      preview TEXT NOT NULL,
      parent_id TEXT NOT NULL DEFAULT '',
      permissions INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      last_used INTEGER NOT NULL DEFAULT 0,
      active INTEGER NOT NULL
    );
INSERT INTO "api_keys" VALUES('k1','u1','bot','h','ab','',1,1,2,0,1);
CREATE TABLE audit_log (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      kind TEXT NOT NULL,
      success INTEGER NOT NULL,
      username TEXT NOT NULL,
      client_ip TEXT NOT NULL,
      endpoint TEXT NOT NULL,
      subject TEXT NOT NULL,
      reason TEXT NOT NULL,
      correlation_id TEXT NOT NULL
    );
INSERT INTO "audit_log" VALUES(1,1,'login',1,'ann','','','','','');
CREATE TABLE auth_version (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL);
INSERT INTO "auth_version" VALUES(1,1);
CREATE TABLE ended_logs (
      session_id TEXT PRIMARY KEY,
      ended_at INTEGER NOT NULL
    );
INSERT INTO "ended_logs" VALUES('old',1);
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
CREATE TABLE gift_list (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      listed_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL
    );
INSERT INTO "gift_list" VALUES(1,1,1);
CREATE TABLE gifts (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      diamonds INTEGER NOT NULL,
      image_url TEXT NOT NULL,
      type INTEGER NOT NULL,
      streakable INTEGER NOT NULL
    );
INSERT INTO "gifts" VALUES(5655,'Rose',1,'',1,1);
CREATE TABLE identity (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      database_id TEXT NOT NULL,
      generation INTEGER NOT NULL,
      starts INTEGER NOT NULL
    );
INSERT INTO "identity" VALUES(1,'d1',1,2);
CREATE TABLE installation (
      name TEXT PRIMARY KEY,
      value BLOB NOT NULL
    );
INSERT INTO "installation" VALUES('picture_secret',X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F');
CREATE TABLE login_failures (
      name_key TEXT PRIMARY KEY,
      failures INTEGER NOT NULL,
      locked_until INTEGER NOT NULL,
      last_at INTEGER NOT NULL
    );
INSERT INTO "login_failures" VALUES('bob',3,0,9);
CREATE TABLE open_streaks (
      session_key INTEGER NOT NULL,
      streak_id TEXT NOT NULL,
      body TEXT NOT NULL,
      PRIMARY KEY (session_key, streak_id)
    ) WITHOUT ROWID;
INSERT INTO "open_streaks" VALUES(1,'s-9','{"type":"gift","id":"g1","streak_id":"s-9","streak_end":false}');
CREATE TABLE people (
      user_id INTEGER PRIMARY KEY,
      username TEXT NOT NULL,
      nickname TEXT NOT NULL,
      seen_at INTEGER NOT NULL
    );
INSERT INTO "people" VALUES(8,'carl','Carl',9);
CREATE TABLE profile_images (
      hash TEXT PRIMARY KEY,
      type INTEGER NOT NULL,
      width INTEGER NOT NULL,
      height INTEGER NOT NULL,
      bytes BLOB NOT NULL
    );
INSERT INTO "profile_images" VALUES('h1',1,2,3,X'00FF');
CREATE TABLE profiles (
      username TEXT PRIMARY KEY,
      nickname TEXT NOT NULL,
      source INTEGER NOT NULL,
      priority INTEGER NOT NULL,
      image_hash TEXT NOT NULL REFERENCES profile_images(hash),
      created_at INTEGER NOT NULL,
      cached_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      look_again_at INTEGER NOT NULL
    );
INSERT INTO "profiles" VALUES('ann','Ann',1,3,'h1',1,2,3,4);
CREATE TABLE revoked_tokens (
      family TEXT PRIMARY KEY,
      user_id TEXT NOT NULL,
      revoked_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    );
INSERT INTO "revoked_tokens" VALUES('f0','u1',1,2);
CREATE TABLE schema_versions(component TEXT PRIMARY KEY, version INTEGER NOT NULL);
INSERT INTO "schema_versions" VALUES('audit',1);
INSERT INTO "schema_versions" VALUES('auth',1);
INSERT INTO "schema_versions" VALUES('ended_logs',1);
INSERT INTO "schema_versions" VALUES('engagement',1);
INSERT INTO "schema_versions" VALUES('events',5);
INSERT INTO "schema_versions" VALUES('gifts',1);
INSERT INTO "schema_versions" VALUES('identity',1);
INSERT INTO "schema_versions" VALUES('installation',1);
INSERT INTO "schema_versions" VALUES('people',1);
INSERT INTO "schema_versions" VALUES('profiles',1);
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
    , cursor TEXT NOT NULL DEFAULT '', owner TEXT NOT NULL DEFAULT '', started_by TEXT NOT NULL DEFAULT '', heard_at INTEGER NOT NULL DEFAULT 0);
INSERT INTO "sessions" VALUES(1,'quiz','e1','Ann','70','connected','',1,5,6,2,99,'t-1','u1','k1',2000);
INSERT INTO "sessions" VALUES(2,'talk','e2','','71','ended','',0,7,8,0,0,'','u1','k1',0);
CREATE TABLE token_families (
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      current TEXT NOT NULL,
      current_at INTEGER NOT NULL,
      previous TEXT NOT NULL
    );
INSERT INTO "token_families" VALUES('f1','u1',1,2,'c',1,'');
CREATE TABLE trimmed_events (
      session_key INTEGER NOT NULL,
      "offset" INTEGER NOT NULL,
      id TEXT NOT NULL,
      streak_id TEXT NOT NULL,
      count INTEGER NOT NULL,
      timestamp_ms INTEGER NOT NULL,
      PRIMARY KEY (session_key, "offset")
    ) WITHOUT ROWID;
INSERT INTO "trimmed_events" VALUES(2,1,'c0','',0,500);
CREATE TABLE upstream_positions (
      room TEXT PRIMARY KEY,
      room_id TEXT NOT NULL,
      cursor TEXT NOT NULL,
      likes INTEGER NOT NULL,
      heard_at INTEGER NOT NULL
    , platform_time INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
INSERT INTO "upstream_positions" VALUES('ann','70','t-1',0,2000,2100);
CREATE TABLE users (
      id TEXT PRIMARY KEY,
      username TEXT NOT NULL,
      name_key TEXT NOT NULL UNIQUE,
      email TEXT NOT NULL,
      role TEXT NOT NULL,
      password TEXT NOT NULL,
      active INTEGER NOT NULL,
      demo INTEGER NOT NULL DEFAULT 0,
      created_at INTEGER NOT NULL,
      last_login_at INTEGER NOT NULL DEFAULT 0
    );
INSERT INTO "users" VALUES('u1','Ann','ann','a@example.org','admin','$argon2id$',1,0,1,2);
CREATE INDEX audit_log_by_kind ON audit_log(kind, at);
CREATE INDEX audit_log_by_time ON audit_log(at);
CREATE TRIGGER audit_log_no_change BEFORE UPDATE ON audit_log
      BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_log_no_removal BEFORE DELETE ON audit_log
      WHEN old.at > (unixepoch() - 30 * 86400) * 1000
      BEGIN SELECT RAISE(ABORT, 'audit records are kept for 30 days'); END;
CREATE INDEX api_keys_by_user ON api_keys(user_id, created_at);
CREATE INDEX token_families_by_user ON token_families(user_id);
CREATE INDEX sessions_by_id ON sessions(session_id);
CREATE INDEX people_by_name ON people(username);
CREATE INDEX people_by_time ON people(seen_at);
CREATE INDEX profiles_by_image ON profiles(image_hash);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('audit_log',1);
COMMIT;
