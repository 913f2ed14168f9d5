-- Profiles and their pictures. Profiles with the same picture share one row of it.
CREATE TABLE profile_images (
  hash TEXT PRIMARY KEY,
  type INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  bytes BLOB NOT NULL
);
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
CREATE INDEX profiles_by_image ON profiles(image_hash);
