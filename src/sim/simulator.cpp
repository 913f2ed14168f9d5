#include "sim/simulator.hpp"

#include <algorithm>
#include <boost/asio/detached.hpp>

#include "platform/base/random.hpp"
#include "platform/base/text.hpp"
#include "sim/quiz_script.hpp"
#include "sim/replay.hpp"

namespace papi::sim {
namespace {

constexpr std::size_t most_addresses = 10'000;
constexpr std::size_t most_signatures = 1'000;

}  // namespace

Simulator::Simulator(SimOptions options, const Clock& clock) : options_(std::move(options)), clock_(clock) {
  for (const std::string& user : options_.users) {
    const std::uint64_t seed = stable_hash(user, options_.seed);
    casts_.push_back(std::make_unique<Cast>(seed, user));
    std::unique_ptr<MessageSource> source;
    if (options_.recording) {
      source = std::make_unique<Replay>(*options_.recording);
    } else {
      ScriptOptions script;
      script.seed = seed;
      script.count = options_.count;
      script.backlog = options_.backlog;
      if (options_.quiz) {
        source = std::make_unique<QuizScript>(script, options_.quiz_answer.count(), *casts_.back());
      } else {
        source = std::make_unique<RoomScript>(script, *casts_.back());
      }
    }
    RoomOptions room{user, seed, options_.rate, options_.end_when_done, options_.offline};
    rooms_.push_back(std::make_unique<Room>(std::move(room), *casts_.back(), std::move(source), clock_));
    for (const SimOptions::StartFault& fault : options_.faults)
      rooms_.back()->faults().set(*fault.kind, fault.n);
  }
}

void Simulator::start(Executor executor) { net::co_spawn(executor, run(executor), net::detached); }

void Simulator::stop() { stopping_ = true; }

Task<void> Simulator::run(Executor executor) {
  SteadyTimer timer(executor);
  auto next = clock_.steady();
  while (!stopping_) {
    next = std::max(next + options_.tick, clock_.steady() - options_.tick);
    timer.expires_at(next);
    co_await timer.async_wait(as_result);
    for (const auto& room : rooms_) room->tick();
  }
}

Task<void> Simulator::pause(Executor executor, std::chrono::milliseconds time) {
  SteadyTimer timer(executor);
  const auto until = clock_.steady() + time;
  while (!stopping_ && clock_.steady() < until) {
    timer.expires_after(
        std::min<std::chrono::steady_clock::duration>(options_.tick, until - clock_.steady()));
    co_await timer.async_wait(as_result);
  }
}

Task<void> Simulator::pause_while(Executor executor, const Room& room, Fault fault) {
  while (!stopping_ && room.faults().active(fault)) co_await pause(executor, options_.tick);
}

Room* Simulator::find_user(std::string_view name) const {
  if (name.starts_with('@')) name.remove_prefix(1);
  const auto found = std::find_if(rooms_.begin(), rooms_.end(),
                                  [&](const auto& room) { return equals_ignoring_case(room->user(), name); });
  return found == rooms_.end() ? nullptr : found->get();
}

Room* Simulator::find_room(std::string_view room_id) const {
  const auto number = parse_int(room_id);
  const auto found = std::find_if(rooms_.begin(), rooms_.end(),
                                  [&](const auto& room) { return number && room->room_id() == *number; });
  return found == rooms_.end() ? nullptr : found->get();
}

std::string Simulator::host_of(const http::Request& request) const {
  if (!options_.public_host.empty()) return options_.public_host;
  const std::string_view host = request.header("host");
  return host.empty() ? "127.0.0.1:" + std::to_string(port_) : std::string(host);
}

std::string Simulator::web_base(const http::Request& request) const {
  return (request.secure ? "https://" : "http://") + host_of(request);
}

const SignedAddress& Simulator::sign(const Room& room, std::string user_agent, std::uint64_t position) {
  SignedAddress address;
  address.token = random_hex(16);
  address.room_id = room.room_id();
  address.issued = clock_.steady();
  address.user_agent = std::move(user_agent);
  address.ttwid = "1%7Csim" + random_hex(12);
  address.position = position;
  addresses_.push_back(std::move(address));
  if (addresses_.size() > most_addresses) addresses_.pop_front();
  return addresses_.back();
}

void Simulator::note_signature(const Room& room) {
  signatures.push_back({room.user(), clock_.now_ms()});
  if (signatures.size() > most_signatures) signatures.pop_front();
}

const SignedAddress* Simulator::find_address(std::string_view token) const {
  const auto found = std::find_if(addresses_.rbegin(), addresses_.rend(),
                                  [&](const SignedAddress& address) { return address.token == token; });
  return found == addresses_.rend() ? nullptr : &*found;
}

}  // namespace papi::sim
