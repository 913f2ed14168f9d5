#pragma once

#include "copy/checks.hpp"
#include "copy/progress.hpp"
#include "copy/sides.hpp"

namespace papi::copy {

struct CopyOptions {
  std::size_t chunk_rows = 10'000;
  std::size_t chunk_bytes = 16 * 1024 * 1024;  // or fewer rows, if they are large
  /// Copies texts that PostgreSQL cannot hold without their zero bytes, and with U+FFFD in place of bytes
  /// that are no UTF-8. Else such a text ends the copy.
  bool replace_text = false;
};

struct CopyReport {
  std::int64_t rows = 0;         // of all tables
  std::int64_t rows_before = 0;  // of these, copied by an earlier run
  std::int64_t replaced = 0;     // texts that were changed, see CopyOptions
  std::string first_replaced;    // where the first one stands
};

/// Copies all tables and counters, then reads both sides again and compares them. An interrupted copy goes on
/// behind the last chunk that was committed.
///
/// Each session of the copy has an epoch of its own: the source may go on too, and within one epoch an offset
/// must never mean two events.
///
/// Fails with `refused` if the sides differ: then the target stays unfinished, and no service starts on it.
Result<CopyReport> copy_all(Source& source, Target& target, const CopyOptions& options,
                            const OnProgress& on_progress);

/// The epoch of a session in a copy: the same for each run of the same copy.
std::string epoch_in_copy(std::string_view copy_id, events::SessionKey session_key, std::string_view epoch);

}  // namespace papi::copy
