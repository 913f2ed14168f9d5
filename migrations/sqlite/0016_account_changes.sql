-- A list of changed accounts and keys, so that a reader loads only those. Indexes for lists and for removal
-- by time.
CREATE TABLE auth_changes (version INTEGER PRIMARY KEY, kind INTEGER NOT NULL, id TEXT NOT NULL);
CREATE TABLE auth_noticed (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL);
INSERT INTO auth_noticed VALUES (1, 0);
CREATE INDEX api_keys_by_parent ON api_keys(parent_id) WHERE parent_id <> '';
CREATE INDEX users_in_order ON users(created_at, id);
CREATE INDEX users_admins ON users(id) WHERE role = 'admin' AND active = 1;
CREATE INDEX token_families_by_end ON token_families(expires_at);
CREATE INDEX revoked_tokens_by_end ON revoked_tokens(expires_at);
CREATE INDEX login_failures_by_time ON login_failures(last_at);
