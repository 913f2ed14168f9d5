#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace papi::auth {

/// What makes a secret that signs tokens guessable: too short, too regular, or an example out of documents;
/// or nothing. It cannot tell what is random, only what is plainly not.
std::optional<std::string> secret_fault(std::string_view secret);

}  // namespace papi::auth
