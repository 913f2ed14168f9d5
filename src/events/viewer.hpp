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
        all_(caller.all_objects) {}

  /// Whether the viewer may see and change what belongs to that user.
  bool manages(std::string_view owner) const { return all_ || (!owner.empty() && owner == user_id_); }
  /// Whether the viewer is that user, or called with that key.
  bool is(std::string_view reader) const {
    return !reader.empty() && (reader == user_id_ || reader == key_id_);
  }
  const std::string& user_id() const { return user_id_; }
  /// The key that was used, or the user. Running sessions are counted by it.
  const std::string& credential() const { return credential_; }
  /// A name for people to read.
  const std::string& name() const { return name_; }

 private:
  std::string user_id_;
  std::string key_id_;  // empty: called with a token
  std::string credential_;
  std::string name_;
  bool all_ = false;
};

}  // namespace papi::events
