#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace papi::auth {

/// Checks a secret that signs tokens. Returns why it can be guessed (too short, too regular, or an example
/// from documentation), or nullopt. It cannot prove that a secret is random. It only finds those that clearly
/// are not.
std::optional<std::string> secret_fault(std::string_view secret);

}  // namespace papi::auth
