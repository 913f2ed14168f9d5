#pragma once

#include <string>
#include <string_view>

#include "platform/http/exchange.hpp"

namespace papi::events {

/// A caller as a look-up of a session sees it. A session belongs to the user who made it. The owner may share
/// it for reading (see SessionAccess). For everybody else it does not exist: they get the same answer as for
/// an unused id. Admins manage every session, and so do all callers if a setting shares sessions. Only they
/// manage sessions without an owner, which were made before there were users.
class Viewer {
 public:
  /// Sees no session.
  Viewer() = default;
  explicit Viewer(const http::Caller& caller)
      : user_id_(caller.id),
        key_id_(caller.key_id),
        credential_(caller.bucket()),
        name_(caller.username.empty() ? caller.id : caller.username),
        all_(caller.all_objects),
        only_reads_(caller.scope != nullptr) {}

  /// Whether the viewer may see what belongs to that user without a share.
  bool sees(std::string_view owner) const { return all_ || (!owner.empty() && owner == user_id_); }
  /// Whether the viewer may see and change what belongs to that user. A viewer whose credential is limited to
  /// some sessions changes nothing.
  bool manages(std::string_view owner) const { return !only_reads_ && sees(owner); }
  /// Whether the viewer is that user, or called with that key.
  bool is(std::string_view reader) const {
    return !reader.empty() && (reader == user_id_ || reader == key_id_);
  }
  /// Whether the viewer's credential is limited to reading some sessions, such as that of an overlay.
  bool only_reads() const { return only_reads_; }
  const std::string& user_id() const { return user_id_; }
  /// The key or stream token that was used, or the user. Running sessions are counted by it.
  const std::string& credential() const { return credential_; }
  /// A name for people to read.
  const std::string& name() const { return name_; }

 private:
  std::string user_id_;
  std::string key_id_;  // empty: called with a token; the maker's key of a stream token
  std::string credential_;
  std::string name_;
  bool all_ = false;
  bool only_reads_ = false;
};

}  // namespace papi::events
