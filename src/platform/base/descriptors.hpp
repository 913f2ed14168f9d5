#pragma once

#include <cstddef>

namespace papi {

/// Raises the soft limit of open descriptors to the hard one. Returns the limit.
std::size_t raise_descriptor_limit();

/// How many descriptors each use may take. What is left is the service's own: the database, the application
/// log, certificates, and some for each thread.
struct DescriptorShares {
  std::size_t clients = 0;  // connections to the service
  std::size_t rooms = 0;    // sockets to the platform
  std::size_t fetches = 0;  // outgoing HTTP

  bool operator==(const DescriptorShares&) const = default;
};

/// Shares a descriptor limit among what is wanted: rooms and fetches get at most a quarter each of what is
/// not the service's own, clients the rest. Each gets at least 1. `threads`: of io.
DescriptorShares share_descriptors(std::size_t limit, std::size_t threads, const DescriptorShares& wanted);

}  // namespace papi
