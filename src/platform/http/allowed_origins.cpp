#include "platform/http/allowed_origins.hpp"

#include <algorithm>

#include "platform/base/text.hpp"
#include "platform/http/request_target.hpp"
#include "platform/net/ip_address.hpp"

namespace papi::http {
namespace {

constexpr std::string_view null_origin = "null";
constexpr std::string_view file_origin = "file://";
constexpr std::string_view any_subdomain = "*.";

bool is_web(std::string_view scheme) { return scheme == "http" || scheme == "https"; }

/// Returns true for a label of a host name as browsers send it, in lower case.
bool is_label(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
  });
}

bool are_labels(std::string_view text) {
  const auto labels = split(text, '.');
  return std::all_of(labels.begin(), labels.end(), is_label);
}

/// Returns an entry as an error message may show it.
std::string shown(std::string_view entry) {
  const auto at = entry.rfind('@');
  if (at == std::string_view::npos) return "'" + to_utf8(entry) + "'";
  return "'…" + to_utf8(entry.substr(at)) + "'";  // the text before '@' may be a password
}

/// Returns what is wrong with the `*` in `authority`, or nullopt.
std::optional<std::string> wildcard_fault(const std::string& scheme, std::string_view authority) {
  if (!is_web(scheme))
    return "has a wildcard, which only http and https origins may have: name each " + scheme + ":// origin";
  if (authority == "*")
    return "is every page of that scheme: name a domain, as in https://*.example.org, or write *";
  const std::string form = scheme + "://*.example.org";
  const std::string_view rest =
      authority.starts_with(any_subdomain) ? authority.substr(2) : std::string_view();
  const std::string_view host = rest.substr(0, rest.find(':'));
  if (!are_labels(host) || rest.find('*') != std::string_view::npos)
    return "has its '*' in a wrong place: one '*' stands for whole labels at the front, as in " + form;
  if (parse_ip_address(host)) return "has a wildcard before an address: name each address";
  if (host.find('.') == std::string_view::npos && host != "localhost")
    return "is every page of a top-level domain: name a domain of two labels or more, as in " + form;
  if (const auto fault = authority_fault(rest))
    return "is malformed, " + *fault + ": write " + form + " or " + form + ":8443";
  return std::nullopt;
}

/// Returns what is wrong with `scheme`, or nullopt. Some schemes never appear in a page's origin.
std::optional<std::string> scheme_fault(const std::string& scheme, const std::string& authority) {
  if (!is_scheme(scheme)) return "has a malformed scheme: write https://" + authority;
  if (scheme == "ws" || scheme == "wss") {
    return "is the address of a socket: name the page that opens it, " +
           std::string(scheme == "ws" ? "http://" : "https://") + authority;
  }
  for (const std::string_view without : {"about", "blob", "data", "ftp", "javascript"}) {
    if (scheme == without) return "has a scheme whose pages have no origin: write null";
  }
  return std::nullopt;
}

/// Returns what is wrong with an entry in lower case and what to write instead, or nullopt.
std::optional<std::string> entry_fault(std::string_view entry) {
  if (entry == "*" || entry == null_origin || entry == file_origin) return std::nullopt;
  const bool ascii =
      std::all_of(entry.begin(), entry.end(), [](unsigned char c) { return c > 0x20 && c < 0x7F; });
  if (!ascii) return "has a character that no origin has: write scheme://host[:port], names in ASCII (xn--…)";
  const auto scheme_end = entry.find("://");
  if (scheme_end == std::string_view::npos)
    return "has no scheme: write https://" + std::string(entry.substr(entry.rfind('@') + 1));
  const std::string scheme(entry.substr(0, scheme_end));
  const std::string_view rest = entry.substr(scheme_end + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos)
    return "must not hold user information: write scheme://host[:port]";
  if (auto fault = scheme_fault(scheme, std::string(authority))) return fault;
  if (scheme == "file") return "has a path: all files share one origin; write file://";
  if (authority.size() < rest.size())
    return "has a path, which no origin has: write " + scheme + "://" + std::string(authority);
  if (authority.find('*') != std::string_view::npos) return wildcard_fault(scheme, authority);
  if (authority.empty()) return "names no host: write " + scheme + "://host[:port]";
  if (auto fault = authority_fault(authority))
    return "is malformed, " + *fault + ": write " + scheme + "://host[:port]";
  const std::string host = parse_authority(authority)->host;
  if (is_web(scheme) && !host.starts_with('[') &&
      !are_labels(host.ends_with('.') ? host.substr(0, host.size() - 1) : host))
    return "has a character that no host name has: write " + scheme + "://host[:port]";
  return std::nullopt;
}

}  // namespace

Result<AllowedOrigins> AllowedOrigins::parse(std::string_view list) {
  AllowedOrigins out;
  std::string faults;
  for (const std::string_view part : split(list, ',')) {
    const std::string entry = to_lower_ascii(trim(part));
    if (entry.empty()) continue;
    if (const auto fault = entry_fault(entry)) {
      faults += (faults.empty() ? "" : "; ") + shown(entry) + " " + *fault;
    } else {
      out.add(entry);
    }
  }
  if (!faults.empty()) return Error(ErrorCode::validation, faults);
  return out;
}

void AllowedOrigins::add(std::string_view entry) {
  if (entry == "*") {
    any_ = true;
  } else if (entry == null_origin) {
    null_ = true;
  } else if (entry == file_origin) {
    files_ = true;
  } else if (const auto star = entry.find('*'); star != std::string_view::npos) {
    std::string domain(entry);
    domain.erase(star, any_subdomain.size());
    Origin of = *parse_origin(domain);
    of.host.insert(0, ".");
    subdomains_.push_back(std::move(of));
  } else {
    origins_.push_back(*parse_origin(entry));
  }
}

bool AllowedOrigins::allows(std::string_view origin) const {
  if (any_) return true;
  if (origin == null_origin) return null_;
  if (equals_ignoring_case(origin, file_origin)) return files_;
  const auto page = parse_origin(origin);
  if (!page) return false;
  if (std::find(origins_.begin(), origins_.end(), *page) != origins_.end()) return true;
  return std::any_of(subdomains_.begin(), subdomains_.end(), [&](const Origin& of) {
    if (page->scheme != of.scheme || page->port != of.port || !page->host.ends_with(of.host)) return false;
    return are_labels(std::string_view(page->host).substr(0, page->host.size() - of.host.size()));
  });
}

}  // namespace papi::http
