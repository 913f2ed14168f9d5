#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "events/ids.hpp"
#include "events/session_access.hpp"
#include "platform/base/clock.hpp"
#include "platform/net/io_threads.hpp"

namespace papi::events {

/// One open socket or stream of a session, as GET /sessions/{id}/readers tells about it.
struct ReaderView {
  Viewer viewer;
  std::string_view transport;   // websocket, sse, ndjson or comments; static storage
  std::string_view credential;  // how the caller was identified; static storage
  Offset offset;                // of the last event that was queued for the reader or left out by its filter
  std::size_t queue_events = 0;
  std::size_t queue_bytes = 0;
  UnixMs connected_at = 0;
};

/// A socket or stream that is open. It is asked on its own thread.
class OpenReader {
 public:
  virtual ~OpenReader() = default;
  virtual ReaderView view() const = 0;
};

/// The open sockets and streams of all sessions. Each thread keeps those that live on it, so nothing is
/// locked. Sessions are known by id. Stop the threads before this object is destroyed.
class OpenReaders {
 public:
  explicit OpenReaders(IoThreads& threads);

  /// Returns the readers of the session who may read it according to `access`, those of longest standing
  /// first. Others may be open for an earlier session of the same id. Any io thread.
  Task<std::vector<ReaderView>> of(std::string session_id, SessionAccessPtr access) const;

 private:
  friend class ReaderEntry;
  struct Shard {
    explicit Shard(Executor e) : executor(e) {}
    Executor executor;
    /// Used on the executor's thread only.
    std::unordered_map<std::string, std::vector<const OpenReader*>> sessions;
  };
  Shard& shard_of(Executor thread);

  std::vector<std::unique_ptr<Shard>> shards_;
};

/// Keeps a reader in the list. Lives on the reader's thread.
class ReaderEntry {
 public:
  ReaderEntry(OpenReaders& readers, Executor thread, std::string session_id, const OpenReader& reader);
  ~ReaderEntry();
  ReaderEntry(const ReaderEntry&) = delete;
  ReaderEntry& operator=(const ReaderEntry&) = delete;

 private:
  OpenReaders::Shard& shard_;
  const std::string session_id_;
  const OpenReader& reader_;
};

}  // namespace papi::events
