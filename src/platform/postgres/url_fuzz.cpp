#include <cstdlib>

#include "platform/base/fuzz_target.hpp"
#include "platform/base/text.hpp"
#include "platform/postgres/url.hpp"

// What is read can be written down again and then reads as the same. A password is in no error.

namespace {

using papi::postgres::Target;

std::string written(const Target& target) {
  std::string url = "postgresql://";
  if (!target.user.empty() || !target.password.empty()) {
    url += papi::percent_encode(target.user) + ":" + papi::percent_encode(target.password.reveal()) + "@";
  }
  url += "/" + papi::percent_encode(target.database) + "?sslmode=" + std::string(to_string(target.tls));
  for (const auto& host : target.hosts) url += "&host=" + papi::percent_encode(host.name);
  url += "&port=";
  for (std::size_t i = 0; i < target.hosts.size(); ++i)
    url += (i == 0 ? "" : ",") + std::to_string(target.hosts[i].port);
  return url;
}

void read_again(std::string_view url) {
  if (url.size() > 2'000) return;  // escaped, it would be longer than may be read
  const auto first = Target::parse(url);
  if (!first || first->database.find('/') != std::string::npos) return;
  const auto second = Target::parse(written(*first));
  if (!second || second->hosts != first->hosts || second->user != first->user ||
      second->password.reveal() != first->password.reveal() || second->database != first->database ||
      second->tls != first->tls) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  read_again(bytes);
  read_again("postgresql://" + std::string(bytes));
  constexpr std::string_view password = "Zq7xJw9vKk3pQm";
  const auto read = Target::parse("postgresql://u:" + std::string(password) + std::string(bytes));
  if (!read && read.error().message.find(password) != std::string::npos) std::abort();
  if (read && read->shown().find(password) != std::string::npos &&
      bytes.find(password) == std::string_view::npos) {
    std::abort();
  }
  return 0;
}
