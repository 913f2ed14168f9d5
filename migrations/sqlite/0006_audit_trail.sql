-- The audit trail. Triggers keep it append-only: records can be deleted after 30 days and never changed.
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
CREATE INDEX audit_log_by_kind ON audit_log(kind, at);
CREATE INDEX audit_log_by_time ON audit_log(at);
CREATE TRIGGER audit_log_no_change BEFORE UPDATE ON audit_log
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_log_no_removal BEFORE DELETE ON audit_log
  WHEN old.at > (unixepoch() - 30 * 86400) * 1000
  BEGIN SELECT RAISE(ABORT, 'audit records are kept for 30 days'); END;
