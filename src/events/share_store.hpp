#pragma once

#include <map>
#include <string>
#include <vector>

#include "events/ids.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"
#include "platform/base/task.hpp"

namespace papi::events {

/// One share: the user or key that a session is shared with.
struct SessionShare {
  std::string reader;  // id of the user or of the key
  UnixMs shared_at = 0;
};
using SessionShares = std::vector<SessionShare>;  // oldest first

/// Keeps the shares of sessions. A share ends with its session (EventStore deletes it in the same
/// transaction), with its user or key, and with the session's owner.
///
/// All operations may be called from any thread and resume on `executor`, which is that of the caller. After
/// an Error it is unknown whether the change was stored.
class ShareStore {
 public:
  ShareStore() = default;
  ShareStore(const ShareStore&) = delete;
  ShareStore& operator=(const ShareStore&) = delete;
  virtual ~ShareStore() = default;

  /// Returns all shares by session key.
  virtual Task<Result<std::map<SessionKey, SessionShares>>> load(Executor executor) = 0;

  // Each returns the session's shares as they are stored afterwards.
  virtual Task<Result<SessionShares>> read(Executor executor, SessionKey session_key) = 0;
  /// Deletes the shares of `gone`, and adds `share` unless that reader already has one.
  virtual Task<Result<SessionShares>> add(Executor executor, SessionKey session_key, SessionShare share,
                                          std::vector<std::string> gone) = 0;
  virtual Task<Result<SessionShares>> remove(Executor executor, SessionKey session_key,
                                             std::string reader) = 0;
};

}  // namespace papi::events
