#pragma once

#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "events/viewer.hpp"

namespace papi::events {

/// A user or a key that a session can be shared with.
struct Reader {
  std::string id;       // of the user or of the key
  std::string name;     // the user's name, or the key's id
  std::string user_id;  // id of the user, or of the key's owner
  bool key = false;
};

/// Looks up the users and keys that exist now. Any thread.
class ReaderDirectory {
 public:
  virtual ~ReaderDirectory() = default;
  /// Returns the key with that id, else the user with that name. Only users and keys that are valid now are
  /// found.
  virtual std::optional<Reader> find(const std::string& name) const = 0;
  /// Returns the user or key with that id, even if it is not valid now.
  virtual std::optional<Reader> by_id(const std::string& id) const = 0;
};

/// Decides who may read one session. Its owner and admins may. The users and keys that it is shared with may
/// while its owner exists. The object may outlive the session, because open sockets still ask. Any thread.
class SessionAccess {
 public:
  /// `readers`: the ids of the users and keys that the session is shared with. `directory` must outlive this
  /// object.
  SessionAccess(std::string owner, std::vector<std::string> readers, const ReaderDirectory* directory)
      : owner_(std::move(owner)), directory_(directory), readers_(std::move(readers)) {}

  bool lets_read(const Viewer& viewer) const;
  /// Replaces all readers.
  void set_readers(std::vector<std::string> readers);

 private:
  const std::string owner_;
  const ReaderDirectory* const directory_;  // nullptr: shares do not count
  mutable std::shared_mutex mutex_;
  std::vector<std::string> readers_;
};
using SessionAccessPtr = std::shared_ptr<const SessionAccess>;

/// The authorization of an open socket or stream for one session. It ends when the caller's credentials are
/// no longer valid, or when the session is no longer shared with the caller. Any thread.
class SessionGuard final : public http::AuthorizationGuard {
 public:
  SessionGuard(std::shared_ptr<const http::AuthorizationGuard> credentials, Viewer viewer,
               SessionAccessPtr access = {})
      : credentials_(std::move(credentials)), viewer_(std::move(viewer)), access_(std::move(access)) {}

  /// From now on the caller must also be allowed to read that session. Without an `access`, only the
  /// credentials count.
  void bind(SessionAccessPtr access);

  bool still_valid() const override;
  bool only_access_withdrawn() const override;
  std::shared_ptr<const http::AuthorizationGuard> for_permission(Permission permission) const override;

 private:
  SessionAccessPtr access() const;

  const std::shared_ptr<const http::AuthorizationGuard> credentials_;
  const Viewer viewer_;
  mutable std::shared_mutex mutex_;
  SessionAccessPtr access_;
};

/// Puts a SessionGuard in the place of the caller's authorization and returns it.
std::shared_ptr<SessionGuard> take_session_guard(http::Exchange& exchange);

}  // namespace papi::events
