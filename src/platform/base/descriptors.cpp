#include "platform/base/descriptors.hpp"

#include <sys/resource.h>

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

std::size_t connections_within(std::size_t limit, std::size_t threads) {
  const std::size_t reserved = own_files + per_thread * threads;
  return limit > reserved ? limit - reserved : 1;
}

}  // namespace papi
