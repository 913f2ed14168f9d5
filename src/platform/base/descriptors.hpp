#pragma once

#include <cstddef>

namespace papi {

/// Raises the soft limit of open descriptors to the hard one. Returns the limit.
std::size_t raise_descriptor_limit();

/// How many client connections fit into a descriptor limit, so that the service's own files (the database,
/// the application log, certificates) can still be opened when all of them are used. At least 1. `threads`:
/// of io; each needs some descriptors of its own.
std::size_t connections_within(std::size_t limit, std::size_t threads);

}  // namespace papi
