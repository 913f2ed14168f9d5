#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace papi::events {

/// Who is to be forgotten: the name in lower case (events may write it otherwise), and the platform's numbers
/// that it is known to belong to, as some messages have the number and the nickname only.
struct ForgottenPerson {
  std::string username;
  std::vector<std::int64_t> ids;
  std::vector<std::string> nicknames =
      {};  // for the platform's own sentences, which know people by these alone
};

/// The event without what names a person: wherever the username or a number of theirs stands as somebody's,
/// the name, the nickname and the picture's address become empty; a mention
/// `@username` in any text loses the name, and a sentence of the platform's the nickname; an unknown event
/// whose raw payload has the name loses the payload. The platform's number of the person stays: figures are
/// kept by it. Nothing: there was nothing to change, or `body` is no JSON object.
std::optional<std::string> redact(std::string_view body, const ForgottenPerson& person);

}  // namespace papi::events
