#pragma once

#include <cstddef>

namespace papi {

/// Raises the soft limit of open descriptors to the hard limit. Returns the limit that holds now.
std::size_t raise_descriptor_limit();

/// The number of descriptors that each use may take. The rest belongs to the service itself: the database,
/// the application log, certificates, and some for each thread.
struct DescriptorShares {
  std::size_t clients = 0;  // connections of clients to the service
  std::size_t rooms = 0;    // upstream connections
  std::size_t fetches = 0;  // outgoing HTTP requests

  bool operator==(const DescriptorShares&) const = default;
};

/// Divides the descriptor limit among the uses in `wanted`. First the service's own descriptors are taken
/// off. Rooms and fetches then get at most a quarter of the rest each, and clients get what remains. Each use
/// gets at least 1. `threads` is the number of io threads.
DescriptorShares share_descriptors(std::size_t limit, std::size_t threads, const DescriptorShares& wanted);

}  // namespace papi
