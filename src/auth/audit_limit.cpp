#include "auth/audit_limit.hpp"

#include <algorithm>

#include "platform/net/ip_address.hpp"

namespace papi::auth {
namespace {

constexpr std::chrono::minutes minute{1};

}  // namespace

std::string address_prefix(std::string_view client_address) {
  const auto address = parse_ip_address(client_address);
  if (!address) return std::string(client_address);
  if (address->is_v4()) {
    auto bytes = address->to_v4().to_bytes();
    bytes[3] = 0;
    return boost::asio::ip::make_address_v4(bytes).to_string() + "/24";
  }
  auto bytes = address->to_v6().to_bytes();
  std::fill(bytes.begin() + 6, bytes.end(), 0);
  return boost::asio::ip::make_address_v6(bytes).to_string() + "/48";
}

bool AuditLimit::take(std::string_view client_address, Time now) {
  begin_minute(now);
  std::string prefix = address_prefix(client_address);
  if (counts_.size() >= max_prefixes && !counts_.contains(prefix)) prefix.clear();
  Count& count = counts_[prefix];
  if (count.written < per_prefix && written_ < of_all) {
    ++count.written;
    ++written_;
    return true;
  }
  ++count.left_out;
  any_left_out_ = true;
  return false;
}

void AuditLimit::begin_minute(Time now) {
  if (now < begun_ + minute && !(counts_.empty() && over_.empty())) return;
  begun_ = now;
  written_ = 0;
  any_left_out_ = false;
  for (auto& [prefix, count] : counts_) {
    if (count.left_out > 0) over_.push_back({prefix, count.left_out});
  }
  counts_.clear();
  std::sort(over_.begin(), over_.end(),
            [](const LeftOut& a, const LeftOut& b) { return a.records > b.records; });
  if (over_.size() <= max_reported) return;
  LeftOut others;
  for (std::size_t i = max_reported; i < over_.size(); ++i) others.records += over_[i].records;
  over_.resize(max_reported);
  over_.push_back(std::move(others));
}

std::vector<AuditLimit::LeftOut> AuditLimit::take_left_out(Time now) {
  begin_minute(now);
  return std::exchange(over_, {});
}

AuditLimit::Time AuditLimit::next_report() const {
  if (!over_.empty()) return begun_;
  return any_left_out_ ? begun_ + minute : Time::max();
}

}  // namespace papi::auth
