#include "profiles/profile_sources.hpp"

#include <algorithm>

namespace papi::profiles {
namespace {

std::string_view to_string(CircuitBreaker::State state) {
  switch (state) {
    case CircuitBreaker::State::closed:
      return "closed";
    case CircuitBreaker::State::open:
      return "open";
    case CircuitBreaker::State::half_open:
      break;
  }
  return "half_open";
}

}  // namespace

ProfileSources::ProfileSources(const Dependencies& deps, const ProfileOptions& options)
    : deps_(deps), options_(options) {
  states_.reserve(source_count);
  for (std::size_t i = 0; i < source_count; ++i)
    states_.push_back(
        {nullptr, CircuitBreaker(CircuitBreaker::Limits(), deps_.clock, deps_.random), 0, 0, 0});
  state_of(Source::scraper).remote = deps_.scraper;
  state_of(Source::generator).remote = deps_.generator;
  for (const Source source : {Source::scraper, Source::generator}) {
    if (state_of(source).remote && options_.of(source).enabled) remotes_.push_back(source);
  }
  std::stable_sort(remotes_.begin(), remotes_.end(),
                   [this](Source a, Source b) { return options_.of(a).priority > options_.of(b).priority; });
}

Task<SourceAnswer> ProfileSources::ask(Username username, std::int64_t at_least) {
  SourceAnswer answer;
  std::optional<std::chrono::steady_clock::time_point> deadline;
  for (const Source source : remotes_) {
    const SourceSettings& settings = options_.of(source);
    State& state = state_of(source);
    // A drawn picture never fails. So no source below it needs to be asked.
    if (settings.priority < std::max(at_least, options_.of(options_.drawing()).priority)) continue;
    if (!deadline) deadline = deps_.clock.steady() + settings.timeout;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*deadline - deps_.clock.steady());
    auto fetched = co_await ask_one(state, username, std::min(left, settings.timeout));
    if (fetched && answer.nickname.empty()) answer.nickname = std::move(fetched->nickname);
    if (!fetched || fetched->trouble) {
      // If a better source has given a sure answer, a failure of a lower one does not count.
      answer.failed = answer.failed || !answer.negative;
      continue;
    }
    if (!fetched->image) {
      answer.negative = true;
      continue;
    }
    answer.image = std::move(fetched->image);
    answer.source = source;
    break;
  }
  co_return answer;
}

Task<Result<FetchedProfile>> ProfileSources::ask_one(State& state, Username username,
                                                     std::chrono::milliseconds budget) {
  if (stopped_) co_return Error(ErrorCode::unavailable, "the service is stopping");
  if (budget.count() <= 0) co_return Error(ErrorCode::unavailable, "no time is left");
  if (!state.breaker.may_try()) co_return Error(ErrorCode::unavailable, "the source is failing");
  auto fetched = co_await state.remote->fetch(deps_.executor, std::move(username), budget);
  if (!fetched && fetched.error().code == ErrorCode::unavailable) {
    state.breaker.gave_up();
    co_return fetched;
  }
  ++state.asked;
  std::optional<Error> trouble;
  if (!fetched) trouble = fetched.error();
  if (fetched) trouble = fetched->trouble;
  if (!trouble) {
    state.breaker.succeeded();
    state.last_success = deps_.clock.now_ms();
    co_return fetched;
  }
  ++state.failed;
  if (trouble->code == ErrorCode::not_found) {
    state.breaker.succeeded();  // only this person failed, not the source
  } else {
    state.breaker.failed(trouble->code == ErrorCode::blocked);
  }
  deps_.log.info("Profile source failed", {{"reason", trouble->message}});
  co_return fetched;
}

bool ProfileSources::live_may_try() { return state_of(Source::live).breaker.may_try(); }

void ProfileSources::live_succeeded() {
  State& state = state_of(Source::live);
  ++state.asked;
  state.last_success = deps_.clock.now_ms();
  state.breaker.succeeded();
}

void ProfileSources::live_failed(bool for_now) {
  State& state = state_of(Source::live);
  ++state.asked;
  ++state.failed;
  if (for_now) {
    state.breaker.failed();
  } else {
    state.breaker.gave_up();
  }
}

std::vector<SourceHealth> ProfileSources::health() const {
  std::vector<SourceHealth> out;
  for (std::size_t i = 0; i < source_count; ++i) {
    const State& state = states_[i];
    SourceHealth health;
    health.source = static_cast<Source>(i);
    health.enabled = options_.sources[i].enabled;
    health.asked = state.asked;
    health.failed = state.failed;
    health.last_success = state.last_success;
    health.breaker = to_string(state.breaker.state());
    out.push_back(health);
  }
  return out;
}

}  // namespace papi::profiles
