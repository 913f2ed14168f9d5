#include <cstdint>
#include <cstdlib>

#include "platform/base/fuzz_target.hpp"
#include "platform/http/json_body.hpp"

/// A body either has exactly the asked field or has faults. White space around it changes neither.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace papi::http;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto read = [](const std::string& body_text) {
    Request request;
    request.body = body_text;
    JsonBody body(request);
    const auto name = body.string("name");
    const auto flag = body.boolean("flag");
    const auto days = body.integer("days", 1, 365);
    const auto list = body.strings("list", 0, 3, false);
    if (days && (*days < 1 || *days > 365)) std::abort();
    const auto fault = body.fault();
    return fault ? "!" + fault->message : name.value_or("") + (flag.value_or(false) ? "1" : "0");
  };
  const std::string once = read(text);
  const std::string padded = read(" \n" + text + "\t ");
  if (!once.starts_with("!") && once != padded) std::abort();
  return 0;
}
