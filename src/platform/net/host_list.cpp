#include "platform/net/host_list.hpp"

#include <algorithm>

#include "platform/base/text.hpp"

namespace papi {
namespace {

/// Accepts letters, digits, hyphens and dots, with a letter at the start of the last label. So an IP address
/// in any notation is refused.
bool is_host_name(std::string_view name) {
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos || name.starts_with('.') || name.find("..") != std::string_view::npos)
    return false;
  const std::string_view last = name.substr(dot + 1);
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return !last.empty() && lower(last.front()) && std::all_of(name.begin(), name.end(), [&](char c) {
    return lower(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

}  // namespace

Result<HostList> HostList::parse(std::string_view list) {
  HostList hosts;
  for (const std::string_view part : split(list, ',')) {
    const std::string entry = to_lower_ascii(trim(part));
    if (!entry.empty() && !hosts.add(entry))
      return Error(ErrorCode::validation, "'" + to_utf8(entry) + "' is neither a host name nor *.name");
  }
  return hosts;
}

bool HostList::add(std::string_view entry) {
  if (entry.starts_with("*.") && is_host_name(entry.substr(2))) {
    suffixes_.emplace_back(entry.substr(1));
  } else if (is_host_name(entry)) {
    names_.emplace_back(entry);
  } else {
    return false;
  }
  return true;
}

bool HostList::contains(std::string_view host) const {
  return is_host_name(host) &&
         (std::find(names_.begin(), names_.end(), host) != names_.end() ||
          std::any_of(suffixes_.begin(), suffixes_.end(), [&](const std::string& suffix) {
            return host.size() > suffix.size() && host.ends_with(suffix);
          }));
}

}  // namespace papi
