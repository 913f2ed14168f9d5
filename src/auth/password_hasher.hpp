#pragma once

#include <string>

#include "auth/actor.hpp"
#include "platform/base/secret.hpp"
#include "platform/base/thread_pool.hpp"

namespace papi::auth {

/// Hashes and verifies passwords on a pool of threads, in which client addresses take turns. Any thread.
class PasswordHasher {
 public:
  explicit PasswordHasher(ThreadPool& pool) : pool_(pool) {}

  /// Fails with UNAVAILABLE if too many passwords wait.
  Task<Result<std::string>> hash(Executor executor, const Actor& actor, Secret password);
  Task<Result<bool>> matches(Executor executor, const Actor& actor, std::string hash, Secret password);

 private:
  ThreadPool& pool_;
};

}  // namespace papi::auth
