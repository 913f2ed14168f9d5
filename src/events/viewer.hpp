#pragma once

#include <string>
#include <string_view>

#include "platform/http/exchange.hpp"

namespace papi::events {

/// Who looks at sessions. A session belongs to the user who made it, who may share it for reading (see
/// SessionAccess). To everybody else it is not there: they get what they would get for an id that nobody
/// uses. Admins, and all callers where sessions are shared by setting, manage every session. What has no
/// owner (it was made before there were users) is theirs alone.
class Viewer {
 public:
  /// Sees nothing.
  Viewer() = default;
  explicit Viewer(const http::Caller& caller)
      : user_id_(caller.id),
        key_id_(caller.key_id),
        credential_(caller.bucket()),
        name_(caller.username.empty() ? caller.id : caller.username),
        all_(caller.all_objects) {}

  /// May see and change what belongs to that user.
  bool manages(std::string_view owner) const { return all_ || (!owner.empty() && owner == user_id_); }
  /// Is that user, or called with that key.
  bool is(std::string_view reader) const {
    return !reader.empty() && (reader == user_id_ || reader == key_id_);
  }
  const std::string& user_id() const { return user_id_; }
  /// The key that was called with, or the user: whose running sessions are counted.
  const std::string& credential() const { return credential_; }
  /// For people.
  const std::string& name() const { return name_; }

 private:
  std::string user_id_;
  std::string key_id_;  // empty: called with a token
  std::string credential_;
  std::string name_;
  bool all_ = false;
};

}  // namespace papi::events
