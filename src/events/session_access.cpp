#include "events/session_access.hpp"

#include <algorithm>
#include <mutex>

namespace papi::events {

bool SessionAccess::lets_read(const Viewer& viewer) const {
  if (viewer.sees(owner_)) return true;
  {
    std::shared_lock lock(mutex_);
    const auto is_viewer = [&viewer](const std::string& reader) { return viewer.is(reader); };
    if (std::none_of(readers_.begin(), readers_.end(), is_viewer)) return false;
  }
  return directory_ && directory_->by_id(owner_);
}

void SessionAccess::set_readers(std::vector<std::string> readers) {
  std::unique_lock lock(mutex_);
  readers_ = std::move(readers);
}

void SessionGuard::bind(SessionAccessPtr access) {
  std::unique_lock lock(mutex_);
  access_ = std::move(access);
}

SessionAccessPtr SessionGuard::access() const {
  std::shared_lock lock(mutex_);
  return access_;
}

bool SessionGuard::still_valid() const {
  if (credentials_ && !credentials_->still_valid()) return false;
  const SessionAccessPtr access = this->access();
  return !access || access->lets_read(viewer_);
}

bool SessionGuard::only_access_withdrawn() const {
  if (credentials_ && !credentials_->still_valid()) return credentials_->only_access_withdrawn();
  return !still_valid();
}

std::shared_ptr<const http::AuthorizationGuard> SessionGuard::for_permission(Permission permission) const {
  return std::make_shared<SessionGuard>(credentials_ ? credentials_->for_permission(permission) : nullptr,
                                        viewer_, access());
}

std::shared_ptr<SessionGuard> take_session_guard(http::Exchange& exchange) {
  auto guard = std::make_shared<SessionGuard>(exchange.caller.guard, Viewer(exchange.caller));
  exchange.caller.guard = guard;
  return guard;
}

}  // namespace papi::events
