#include "platform/http/fault_list.hpp"

#include "platform/base/text.hpp"

namespace papi::http {
namespace {

constexpr std::size_t shown_of_a_name = 64;

}  // namespace

void FaultList::add(std::string_view field, std::string_view what) {
  if (full()) return add_undescribed();
  faults_.push_back({to_utf8(field.substr(0, shown_of_a_name)), std::string(what)});
}

std::optional<Error> FaultList::error() const {
  if (faults_.empty()) return std::nullopt;
  Error error(ErrorCode::validation, {});
  for (const FieldFault& fault : faults_) {
    if (!error.message.empty()) error.message += "; ";
    error.message += fault.field + ": " + fault.message;
  }
  if (unlisted_ > 0) error.message += "; and " + std::to_string(unlisted_) + " more faults";
  ErrorDetails& details = error.edit();
  details.field = faults_.front().field;
  details.faults = faults_;
  details.more_faults = unlisted_;
  return error;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& known) {
  constexpr std::size_t most_edits = 2;
  const std::string* nearest = nullptr;
  std::size_t fewest = most_edits + 1;
  for (const std::string& candidate : known) {
    if (name.size() > candidate.size() + most_edits || candidate.size() > name.size() + most_edits) continue;
    const std::size_t edits = edit_distance(name, candidate);
    // A name of one or two characters is within two edits of every other such name.
    if (edits < fewest && edits < candidate.size()) {
      nearest = &candidate;
      fewest = edits;
    }
  }
  return nearest ? "; did you mean '" + *nearest + "'?" : std::string();
}

}  // namespace papi::http
