#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace papi::events {

/// A person to erase: the username in lower case (events may write it differently) and the user ids that are
/// known for it, because some messages contain only the user id and the nickname.
struct ErasedPerson {
  std::string username;
  std::vector<std::int64_t> ids;            // as they are stored
  std::vector<std::string> nicknames = {};  // TikTok's own sentences name people by these alone
};

/// Returns the event without what names the person:
/// - Where an object has the person's username or user id, its username, nickname and picture address become
///   empty.
/// - A mention `@username` in any text loses the name.
/// - A sentence of TikTok's own loses the nickname.
/// - An unknown event loses its raw payload if the payload contains the username.
///
/// The user id stays, because figures are counted by it. Returns nullopt if nothing had to be changed, or if
/// `body` is not a JSON object.
std::optional<std::string> redact(std::string_view body, const ErasedPerson& person);

}  // namespace papi::events
