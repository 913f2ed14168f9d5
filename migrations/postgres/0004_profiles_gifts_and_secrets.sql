-- Profiles and their pictures, who was seen in events, the gifts, and the secrets of the installation. Times
-- are milliseconds since 1970.

-- Profiles with the same picture share one row of it.
CREATE TABLE {schema}.profile_images (
  width bigint NOT NULL,
  height bigint NOT NULL,
  type smallint NOT NULL,                 -- see ImageType in src/profiles
  hash text PRIMARY KEY,                  -- SHA-256 of the bytes, hexadecimal
  bytes bytea NOT NULL
);
-- Pictures are compressed already.
ALTER TABLE {schema}.profile_images ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE {schema}.profiles (
  priority bigint NOT NULL,
  created_at bigint NOT NULL,
  cached_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  look_again_at bigint NOT NULL,
  source smallint NOT NULL,               -- see Source in src/profiles
  username text COLLATE "C" PRIMARY KEY,  -- lists go by the bytes of the names
  nickname text NOT NULL,
  image_hash text NOT NULL REFERENCES {schema}.profile_images (hash)
);
CREATE INDEX profiles_by_image ON {schema}.profiles (image_hash);
CREATE INDEX profiles_by_end ON {schema}.profiles (expires_at);

-- Removes a picture that no profile uses. The lock waits for whoever is about to use the picture: see
-- save_profile_v1. The second statement sees what they have stored.
CREATE FUNCTION {schema}.drop_unused_image_v1(old_hash text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM {schema}.profile_images WHERE hash = old_hash FOR UPDATE;
  DELETE FROM {schema}.profile_images
    WHERE hash = old_hash AND NOT EXISTS (SELECT FROM {schema}.profiles WHERE image_hash = old_hash);
END $$;

-- A picture ends with its last profile, whichever program removes or changes that.
CREATE FUNCTION {schema}.end_image_of_profile() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM {schema}.drop_unused_image_v1(old.image_hash);
  RETURN NULL;
END $$;
CREATE TRIGGER profile_images_of_deleted_profile AFTER DELETE ON {schema}.profiles
  FOR EACH ROW EXECUTE FUNCTION {schema}.end_image_of_profile();
CREATE TRIGGER profile_images_of_changed_profile AFTER UPDATE OF image_hash ON {schema}.profiles
  FOR EACH ROW WHEN (old.image_hash <> new.image_hash) EXECUTE FUNCTION {schema}.end_image_of_profile();

-- Stores a profile with its picture, or nothing if a profile of higher priority is stored that has not
-- expired at new_cached_at. May be repeated.
CREATE FUNCTION {schema}.save_profile_v1(
  new_name text, new_nickname text, new_source smallint, new_priority bigint, new_hash text,
  new_cached_at bigint, new_expires_at bigint, new_look_again_at bigint,
  image_type smallint, image_width bigint, image_height bigint, image_bytes bytea
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  -- The profile is locked before its pictures, as a deletion does it.
  PERFORM FROM {schema}.profiles WHERE username = new_name FOR UPDATE;
  -- Holds the picture until the commit, so that nobody removes it as unused before the profile is there.
  LOOP
    PERFORM FROM {schema}.profile_images WHERE hash = new_hash FOR KEY SHARE;
    EXIT WHEN FOUND;
    INSERT INTO {schema}.profile_images (hash, type, width, height, bytes)
      VALUES (new_hash, image_type, image_width, image_height, image_bytes) ON CONFLICT (hash) DO NOTHING;
  END LOOP;
  INSERT INTO {schema}.profiles AS p (username, nickname, source, priority, image_hash, created_at, cached_at,
                                      expires_at, look_again_at)
    VALUES (new_name, new_nickname, new_source, new_priority, new_hash, new_cached_at, new_cached_at,
            new_expires_at, new_look_again_at)
  ON CONFLICT (username) DO UPDATE SET
    nickname = excluded.nickname, source = excluded.source, priority = excluded.priority,
    image_hash = excluded.image_hash, cached_at = excluded.cached_at, expires_at = excluded.expires_at,
    look_again_at = excluded.look_again_at
    -- The writer may not have read the row. A lower source never replaces an unexpired higher one.
    WHERE excluded.priority >= p.priority OR p.expires_at <= excluded.cached_at;
  IF NOT FOUND THEN
    PERFORM {schema}.drop_unused_image_v1(new_hash);
  END IF;
END $$;

-- Who was seen in the events. A name that was never seen is empty.
CREATE TABLE {schema}.people (
  user_id bigint PRIMARY KEY,             -- 64 bits, as in 0002
  seen_at bigint NOT NULL,
  username text NOT NULL,
  nickname text NOT NULL
);
-- A hash index takes names of any length.
CREATE INDEX people_by_name ON {schema}.people USING hash (username) WHERE username <> '';
CREATE INDEX people_by_time ON {schema}.people (seen_at);

-- The gifts that TikTok offers, as last listed.
CREATE TABLE {schema}.gifts (
  id bigint PRIMARY KEY,
  diamonds bigint NOT NULL,
  type bigint NOT NULL,
  streakable boolean NOT NULL,
  name text NOT NULL,
  image_url text NOT NULL
);
CREATE TABLE {schema}.gift_list (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  listed_at bigint NOT NULL,
  updated_at bigint NOT NULL
);

-- Secrets that belong to this installation.
CREATE TABLE {schema}.installation (
  name text PRIMARY KEY,
  value bytea NOT NULL
);
