#pragma once

#include <optional>
#include <string>

namespace papi {

/// Returns why the folder of `file` does not exist and must not be made, or nullopt. It may be made if the
/// folder around it belongs to this user or to root, and if nobody else can put another one in its place:
/// either not everybody may write there, or the folder is sticky as /tmp is.
std::optional<std::string> log_folder_fault(const std::string& file);

/// Makes the folder of `file`, and those around it, if they do not exist. Only the user and the group may
/// enter them. Returns what went wrong, or nullopt.
std::optional<std::string> make_log_folder(const std::string& file);

}  // namespace papi
