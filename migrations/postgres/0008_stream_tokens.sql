-- Tokens for pages and overlays, which read only the sessions that they name. The lists are texts with
-- commas; none of their elements has one.
CREATE TABLE {schema}.stream_tokens (
  id text PRIMARY KEY,
  seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,  -- the order in which tokens were made
  user_id text NOT NULL,
  name text NOT NULL,
  hash text NOT NULL UNIQUE,
  preview text NOT NULL,
  maker_id text NOT NULL,                 -- the key that made it, and with which it ends
  sessions text NOT NULL,
  types text NOT NULL,                    -- empty: all
  origins text NOT NULL,                  -- empty: it is bound to none
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  last_used bigint NOT NULL DEFAULT 0
);
CREATE INDEX stream_tokens_by_user ON {schema}.stream_tokens (user_id, expires_at);
CREATE INDEX stream_tokens_by_end ON {schema}.stream_tokens (expires_at);
-- Codes with which a user signs in once.
CREATE TABLE {schema}.sign_in_codes (
  hash text PRIMARY KEY,
  user_id text NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  used_at bigint NOT NULL DEFAULT 0
);
CREATE INDEX sign_in_codes_by_user ON {schema}.sign_in_codes (user_id);
CREATE INDEX sign_in_codes_by_end ON {schema}.sign_in_codes (expires_at);
