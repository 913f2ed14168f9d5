#include "profiles/erase_person.hpp"

#include <algorithm>
#include <numeric>
#include <span>

namespace papi::profiles {
namespace {

constexpr std::string_view kind_names[] = {"live memory", "seen people", "events and figures", "profile",
                                           "database files"};
static_assert(std::size(kind_names) == enum_count<PersonalData>());

std::string list_of(const std::vector<PersonalData>& kinds) {
  std::string names;
  for (const PersonalData kind : kinds) names += (names.empty() ? "" : ", ") + std::string(to_string(kind));
  return names.empty() ? "nothing" : names;
}

bool has(std::span<const ErasableStore> stores, PersonalData kind) {
  return std::any_of(stores.begin(), stores.end(),
                     [&](const ErasableStore& store) { return store.kind == kind; });
}

/// `failed`: the index of the store that failed. A kind is erased when all its stores have been asked.
Error incomplete(const Error& cause, std::span<const ErasableStore> stores, std::size_t failed) {
  std::vector<PersonalData> erased, left;
  for (std::size_t i = 0; i < enum_count<PersonalData>(); ++i) {
    const auto kind = static_cast<PersonalData>(i);
    if (!has(stores, kind)) continue;
    (has(stores.subspan(failed), kind) ? left : erased).push_back(kind);
  }
  Error error = cause;
  error.message = "The person is not erased completely: the step '" +
                  std::string(to_string(stores[failed].kind)) + "' failed (" + cause.message +
                  "). Erased: " + list_of(erased) + ". Not erased: " + list_of(left) +
                  ". Send the request again: it erases the rest, and 200 or 404 means that nothing is left";
  return error;
}

}  // namespace

std::string_view to_string(PersonalData kind) { return kind_names[static_cast<std::size_t>(kind)]; }

Task<Result<ErasureReport>> ErasePerson::erase(Executor executor, Username username) const {
  ErasureReport report;
  report.username = username.text();
  auto nickname = co_await nickname_of_(executor, report.username);
  if (!nickname) {
    Error error = nickname.error();
    error.message = "Nothing of the person is erased: the profile could not be read (" + error.message +
                    "). Send the request again";
    co_return error;
  }
  const ErasureSubject subject{report.username, *std::move(nickname)};
  for (std::size_t i = 0; i < stores_.size(); ++i) {
    ErasureSubject copy = subject;
    const auto erased = co_await stores_[i].erase(executor, std::move(copy));
    if (!erased) co_return incomplete(erased.error(), stores_, i);
    report.records[static_cast<std::size_t>(stores_[i].kind)] += *erased;
  }
  const auto& counts = report.records;
  if (std::accumulate(counts.begin(), counts.end(), std::size_t{0}) == 0)
    co_return Error(ErrorCode::not_found, "Nothing is known of that person");
  co_return report;
}

}  // namespace papi::profiles
