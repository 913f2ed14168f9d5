#include "events/session_access.hpp"

#include <algorithm>
#include <mutex>

namespace papi::events {

bool SessionAccess::lets_read(const Viewer& viewer) const {
  if (viewer.manages(owner_)) return true;
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

void SessionLease::bind(SessionAccessPtr access) {
  std::unique_lock lock(mutex_);
  access_ = std::move(access);
}

SessionAccessPtr SessionLease::access() const {
  std::shared_lock lock(mutex_);
  return access_;
}

bool SessionLease::holds() const {
  if (credentials_ && !credentials_->holds()) return false;
  const SessionAccessPtr access = this->access();
  return !access || access->lets_read(viewer_);
}

bool SessionLease::only_this_withdrawn() const {
  if (credentials_ && !credentials_->holds()) return credentials_->only_this_withdrawn();
  return !holds();
}

std::shared_ptr<const http::Lease> SessionLease::narrowed_to(http::Permission permission) const {
  return std::make_shared<SessionLease>(credentials_ ? credentials_->narrowed_to(permission) : nullptr,
                                        viewer_, access());
}

std::shared_ptr<SessionLease> take_session_lease(http::Exchange& exchange) {
  auto lease = std::make_shared<SessionLease>(exchange.caller.lease, Viewer(exchange.caller));
  exchange.caller.lease = lease;
  return lease;
}

}  // namespace papi::events
