-- Tokens for pages and overlays, which read only the sessions that they name. The lists are texts with
-- commas; none of their elements has one.
CREATE TABLE stream_tokens (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  name TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  preview TEXT NOT NULL,
  maker_id TEXT NOT NULL,
  sessions TEXT NOT NULL,
  types TEXT NOT NULL,
  origins TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  last_used INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX stream_tokens_by_user ON stream_tokens(user_id, expires_at);
CREATE INDEX stream_tokens_by_end ON stream_tokens(expires_at);
-- Codes with which a user signs in once.
CREATE TABLE sign_in_codes (
  hash TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX sign_in_codes_by_user ON sign_in_codes(user_id);
CREATE INDEX sign_in_codes_by_end ON sign_in_codes(expires_at);
