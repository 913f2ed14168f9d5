-- Totals of a session's people, of its spans of 10 seconds, and what is true now. They are drawn from the
-- events.
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
CREATE TABLE session_spans (
  session_key INTEGER NOT NULL,
  starts_at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  n INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  peak INTEGER NOT NULL,
  PRIMARY KEY (session_key, starts_at, kind)
) WITHOUT ROWID;
CREATE TABLE session_now (
  session_key INTEGER PRIMARY KEY,
  viewers INTEGER NOT NULL
);
