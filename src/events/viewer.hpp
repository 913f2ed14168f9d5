#pragma once

#include <string>
#include <string_view>

#include "platform/http/exchange.hpp"

namespace papi::events {

/// Who looks at sessions. A session belongs to the user who made it; to everybody else it is not there: they
/// get what they would get for an id that nobody uses. Admins, and all callers where sessions are shared by
/// setting, see every session. What has no owner (it was made before there were users) is theirs alone.
class Viewer {
 public:
  /// Sees nothing.
  Viewer() = default;
  explicit Viewer(const http::Caller& caller)
      : user_id_(caller.id),
        credential_(caller.bucket()),
        name_(caller.username.empty() ? caller.id : caller.username),
        all_(caller.all_objects) {}

  bool sees(std::string_view owner) const { return all_ || (!owner.empty() && owner == user_id_); }
  const std::string& user_id() const { return user_id_; }
  /// The key that was called with, or the user: whose running sessions are counted.
  const std::string& credential() const { return credential_; }
  /// For people.
  const std::string& name() const { return name_; }

 private:
  std::string user_id_;
  std::string credential_;
  std::string name_;
  bool all_ = false;
};

}  // namespace papi::events
