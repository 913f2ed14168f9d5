#include "platform/http/accept.hpp"

#include <optional>

#include "platform/base/text.hpp"

namespace papi::http {
namespace {

struct Range {
  std::string_view type;
  int quality = 1000;
};

/// Reads `0`, `0.75` or `1.000` as thousandths. Returns nullopt if it is malformed.
std::optional<int> read_quality(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int thousandths = (text[0] - '0') * 1000;
  int weight = 100;
  for (char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (c < '0' || c > '9') return std::nullopt;
    thousandths += (c - '0') * weight;
    weight /= 10;
  }
  return thousandths <= 1000 ? std::optional(thousandths) : std::nullopt;
}

/// Reads one element of the list. Returns nullopt if its weight is malformed.
std::optional<Range> read_range(std::string_view element) {
  Range range;
  bool first = true;
  for (std::string_view part : split(element, ';')) {
    part = trim(part);
    if (first) range.type = part;
    const bool weight = !first && part.size() > 1 && (part[0] == 'q' || part[0] == 'Q') && part[1] == '=';
    first = false;
    if (!weight) continue;
    const auto quality = read_quality(part.substr(2));
    if (!quality) return std::nullopt;
    range.quality = *quality;
  }
  return range;
}

/// Returns 3 for the type itself, 2 for `kind/*`, 1 for `*/*`, 0 if they do not match.
int specificity(std::string_view range, std::string_view type) {
  if (equals_ignoring_case(range, type)) return 3;
  if (range == "*/*") return 1;
  const auto slash = type.find('/');
  const bool of_kind = range.size() == slash + 2 && range.ends_with("/*") &&
                       equals_ignoring_case(range.substr(0, slash), type.substr(0, slash));
  return of_kind ? 2 : 0;
}

}  // namespace

int quality_of(std::string_view accept, std::string_view type) {
  if (trim(accept).empty()) return 1000;
  int best = 0, quality = 0;
  for (std::string_view element : split(accept, ',')) {
    const auto range = read_range(element);
    const int found = range ? specificity(range->type, type) : 0;
    if (found > best) {
      best = found;
      quality = range->quality;
    }
  }
  return quality;
}

bool asks_for(const Request& request, std::string_view type, std::string_view fallback) {
  const std::string accept = request.header_list("accept");
  bool named = false;
  for (std::string_view element : split(accept, ','))
    named = named || equals_ignoring_case(trim(element.substr(0, element.find(';'))), type);
  if (!named) return false;
  const int wanted = quality_of(accept, type);
  return wanted > 0 && wanted >= quality_of(accept, fallback);
}

}  // namespace papi::http
