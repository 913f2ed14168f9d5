-- The gifts that TikTok offers, as last listed.
CREATE TABLE gifts (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  diamonds INTEGER NOT NULL,
  image_url TEXT NOT NULL,
  type INTEGER NOT NULL,
  streakable INTEGER NOT NULL
);
CREATE TABLE gift_list (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  listed_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
