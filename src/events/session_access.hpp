#pragma once

#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "events/viewer.hpp"

namespace papi::events {

/// A user or a key that a session can be shared with.
struct Reader {
  std::string id;       // of the user, or of the key
  std::string name;     // a user's name; a key's id
  std::string user_id;  // the user, or the key's owner
  bool key = false;
};

/// The users and keys that there are now. Any thread.
class ReaderDirectory {
 public:
  virtual ~ReaderDirectory() = default;
  /// Returns the key of that id, else the user of that name. Only those that may call at this moment.
  virtual std::optional<Reader> find(const std::string& name) const = 0;
  /// Returns the user or key of that id, also if it may not call at this moment.
  virtual std::optional<Reader> by_id(const std::string& id) const = 0;
};

/// Who may read one session: whoever manages it, and the users and keys that it is shared with while its
/// owner exists. Outlives the session where a socket still asks. Any thread.
class SessionAccess {
 public:
  /// `readers`: the ids of the users and keys that it is shared with. `directory` must outlive it.
  SessionAccess(std::string owner, std::vector<std::string> readers, const ReaderDirectory* directory)
      : owner_(std::move(owner)), directory_(directory), readers_(std::move(readers)) {}

  bool lets_read(const Viewer& viewer) const;
  /// Replaces all readers.
  void set_readers(std::vector<std::string> readers);

 private:
  const std::string owner_;
  const ReaderDirectory* const directory_;  // nullptr: shares let nobody in
  mutable std::shared_mutex mutex_;
  std::vector<std::string> readers_;
};
using SessionAccessPtr = std::shared_ptr<const SessionAccess>;

/// A caller's right to one session, for as long as a socket or a stream of it is open: ends with the caller's
/// credentials, and when the session is no longer shared with them. Any thread.
class SessionLease final : public http::Lease {
 public:
  SessionLease(std::shared_ptr<const http::Lease> credentials, Viewer viewer, SessionAccessPtr access = {})
      : credentials_(std::move(credentials)), viewer_(std::move(viewer)), access_(std::move(access)) {}

  /// The caller reads that session from now on. Before the first call the lease is that of the credentials.
  void bind(SessionAccessPtr access);

  bool holds() const override;
  bool only_this_withdrawn() const override;
  std::shared_ptr<const http::Lease> narrowed_to(http::Permission permission) const override;

 private:
  SessionAccessPtr access() const;

  const std::shared_ptr<const http::Lease> credentials_;
  const Viewer viewer_;
  mutable std::shared_mutex mutex_;
  SessionAccessPtr access_;
};

/// Puts such a lease in the place of the caller's.
std::shared_ptr<SessionLease> take_session_lease(http::Exchange& exchange);

}  // namespace papi::events
