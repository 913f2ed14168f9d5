-- Any program that has the database open may delete a user or a key. Therefore triggers in the database end
-- the shares.
CREATE TRIGGER session_shares_of_deleted_user AFTER DELETE ON users BEGIN
  DELETE FROM session_shares WHERE reader = old.id;
  DELETE FROM session_shares WHERE session_key IN (SELECT key FROM sessions WHERE owner = old.id);
END;
CREATE TRIGGER session_shares_of_deleted_key AFTER DELETE ON api_keys BEGIN
  DELETE FROM session_shares WHERE reader = old.id;
END;
CREATE TRIGGER session_shares_of_revoked_key AFTER UPDATE OF active ON api_keys WHEN new.active = 0 BEGIN
  DELETE FROM session_shares WHERE reader = old.id;
END;
