-- Who was seen in the events: user id, username and nickname.
CREATE TABLE people (
  user_id INTEGER PRIMARY KEY,
  username TEXT NOT NULL,
  nickname TEXT NOT NULL,
  seen_at INTEGER NOT NULL
);
CREATE INDEX people_by_name ON people(username);
CREATE INDEX people_by_time ON people(seen_at);
