#pragma once

#include "events/ended_logs.hpp"
#include "platform/postgres/pool.hpp"
#include "platform/postgres/schema.hpp"

namespace papi::events {

/// Deletes the oldest entries of ended event logs beyond `most`, except those of existing sessions. Call it
/// at start only. May be called again.
Task<Result<void>> prepare_ended_logs(postgres::Pool& pool, const postgres::Schema& schema,
                                      std::int64_t most = max_ended_logs);

}  // namespace papi::events
