#pragma once

#include "platform/log/log_level.hpp"

namespace papi {

/// Returns true if `descriptor` is the stream to journald that `stream` names: "device:inode", the value of
/// $JOURNAL_STREAM (systemd.exec(5)). It is nullptr if the variable is not set.
bool is_journal_stream(int descriptor, const char* stream);

/// Returns the digit of `<N>` with which a line of a journal stream begins (sd-daemon(3), syslog(3)).
char journal_priority(LogLevel level);

}  // namespace papi
