#include "platform/base/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <limits>

namespace papi {
namespace {

constexpr std::size_t own_files = 64;
constexpr std::size_t per_thread = 4;  // epoll, its wake-up, timer, acceptor

}  // namespace

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1'024;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  const rlim_t now = ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
  return now == RLIM_INFINITY ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(now);
}

DescriptorShares share_descriptors(std::size_t limit, std::size_t threads, const DescriptorShares& wanted) {
  const std::size_t own = own_files + per_thread * threads;
  const std::size_t rest = limit > own ? limit - own : 0;
  const auto share = [](std::size_t want, std::size_t most) {
    return std::max<std::size_t>(1, std::min(want, most));
  };
  DescriptorShares shares;
  shares.rooms = share(wanted.rooms, rest / 4);
  shares.fetches = share(wanted.fetches, rest / 4);
  const std::size_t taken = shares.rooms + shares.fetches;
  shares.clients = share(wanted.clients, rest > taken ? rest - taken : 1);
  return shares;
}

}  // namespace papi
