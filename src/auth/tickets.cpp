#include "auth/tickets.hpp"

#include "platform/base/random.hpp"
#include "platform/base/sha256.hpp"

namespace papi::auth {

void Tickets::drop_expired(Time now) {
  if (now < next_drop_ && by_hash_.size() < max_open) return;
  next_drop_ = now + std::chrono::seconds(1);
  std::erase_if(by_hash_, [&](const auto& entry) {
    if (entry.second.expires_at > now) return false;
    const auto count = open_by_caller_.find(entry.second.caller.bucket());
    if (count != open_by_caller_.end() && --count->second == 0) open_by_caller_.erase(count);
    return true;
  });
  std::erase_if(used_, [&](const auto& entry) { return entry.second <= now; });
}

std::optional<std::string> Tickets::issue(http::Caller caller, std::vector<std::string> session_ids) {
  const Time now = clock_.steady();
  std::lock_guard lock(mutex_);
  drop_expired(now);
  if (by_hash_.size() >= max_open) return std::nullopt;
  std::size_t& open = open_by_caller_[caller.bucket()];
  if (open >= max_open_per_caller) return std::nullopt;
  ++open;
  std::string secret = "tk_" + random_base64url(32);
  by_hash_[sha256_hex(secret)] =
      Ticket{std::move(caller), std::move(session_ids), now + std::chrono::milliseconds(lifetime_ms)};
  return secret;
}

std::optional<Tickets::Ticket> Tickets::redeem(const std::string& secret) {
  const Time now = clock_.steady();
  std::lock_guard lock(mutex_);
  auto found = by_hash_.extract(sha256_hex(secret));
  if (found.empty()) return std::nullopt;
  Ticket ticket = std::move(found.mapped());
  const auto count = open_by_caller_.find(ticket.caller.bucket());
  if (count != open_by_caller_.end() && --count->second == 0) open_by_caller_.erase(count);
  if (ticket.expires_at <= now) return std::nullopt;
  // Only a word of help: where very many are used, it is not given.
  if (used_.size() < max_open) used_[sha256_hex(secret)] = ticket.expires_at;
  return ticket;
}

bool Tickets::was_used(const std::string& secret) {
  const Time now = clock_.steady();
  std::lock_guard lock(mutex_);
  const auto found = used_.find(sha256_hex(secret));
  return found != used_.end() && found->second > now;
}

}  // namespace papi::auth
