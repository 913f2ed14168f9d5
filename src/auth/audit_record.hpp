#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "auth/actor.hpp"

namespace papi::auth {

enum class AuditKind {
  authentication,  // a credential was refused
  login,
  lockout,
  logout,
  token_reuse,
  permission,  // a caller with valid credentials lacks the permission
  rate_limit,
  suspicious,
  user_change,
  key_change,
  token_change,
  share_change,
  stream_token_change,
  setting_change,  // what an admin changed in the running service
  overflow,        // records that were not written because there were too many; `reason` has the number
};
std::string_view to_string(AuditKind kind);
/// Returns the kind of that name, or all kinds for `all`. Returns an empty list if the name is unknown.
std::vector<AuditKind> audit_kinds(std::string_view name);
/// Returns the kind of a stored name, or `overflow` if this version does not know the name.
AuditKind stored_audit_kind(std::string_view name);
/// Returns all names, separated by commas.
std::string audit_kind_names();

/// One security event: who did what, from where, with what outcome. It never contains a secret, nor what a
/// client sent in place of one.
struct AuditRecord {
  UnixMs at = 0;
  AuditKind kind = AuditKind::authentication;
  bool success = false;
  std::string username;  // of the caller, if known
  std::string client_ip;
  std::string endpoint;
  std::string subject;  // the target of the action: a username, the id of a key or stream token
  std::string reason;
  std::string correlation_id;
};

/// Returns what is stored of a username, a subject or a reason: at most 200 bytes, cut between two
/// characters.
std::string_view audit_text(std::string_view text);

/// Fills in who acts, from where and how.
AuditRecord record_of(const Actor& actor, AuditKind kind, bool success, std::string reason);

/// Takes records of what happened, for the audit trail. A change of accounts is recorded in its own
/// transaction instead (AccountTransaction::record). Any thread.
class AuditSink {
 public:
  virtual ~AuditSink() = default;
  virtual void record(AuditRecord record) = 0;
  /// Records that a credential was refused, and logs it, because operators look for it in the application
  /// log. `subject`: the username that the credential was for, if known.
  virtual void refused(const Actor& actor, std::string subject, std::string reason) = 0;
};

}  // namespace papi::auth
