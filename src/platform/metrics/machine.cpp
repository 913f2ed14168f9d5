#include "platform/metrics/machine.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "platform/base/text.hpp"

namespace papi::metrics {
namespace {

/// Files of /proc and of cgroups have no size, so they are read until their end.
std::string read_file(const std::string& path) {
  constexpr std::size_t step = 4096;
  constexpr std::size_t at_most = 1024 * 1024;
  std::string text;
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return text;
  while (text.size() < at_most) {
    const std::size_t had = text.size();
    text.resize(had + step);
    const ssize_t n = read(file, text.data() + had, step);
    text.resize(had + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n <= 0) break;
  }
  close(file);
  return text;
}

/// Returns what stands between blanks and tabs.
std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t\n"), line.size()));
    if (line.empty()) return words;
    const std::string_view word = line.substr(0, line.find_first_of(" \t\n"));
    words.push_back(word);
    line.remove_prefix(word.size());
  }
}

std::uint64_t number(std::string_view text) { return parse_uint(trim(text)).value_or(0); }

/// Returns the limit in a file, or nullopt if it is `max`, absent, or so great that it is none.
std::optional<std::uint64_t> limit_in(const std::string& path) {
  constexpr std::uint64_t none = std::uint64_t{1} << 60;  // version 1 writes the greatest number of pages
  const auto limit = parse_uint(trim(read_file(path)));
  return limit && *limit > 0 && *limit < none ? limit : std::nullopt;
}

/// The folder of a cgroup, and how far up its tree reaches.
struct Folder {
  std::string mount;
  std::string path;  // below the mount; "/" or empty is the root

  std::string operator+(std::string_view file) const { return mount + path + '/' + std::string(file); }
  /// Moves to the parent. Returns false at the root.
  bool up() {
    if (path.size() <= 1) return false;
    path.resize(path.rfind('/'));
    return true;
  }
};

/// In a container the path may be that of the machine, while only the own part is mounted: then it is the
/// root of what is mounted.
Folder folder_of(const std::string& mount, const std::optional<std::string>& path, std::string_view file) {
  Folder folder{mount, path.value_or("")};
  if (access((folder + file).c_str(), R_OK) != 0) folder.path.clear();
  return folder;
}

/// A limit of a cgroup holds for all below it, so the least one on the way up counts, with the use there.
std::optional<MemoryUse> cgroup_memory(Folder folder, const char* limit_file, const char* use_file,
                                       std::string_view cached) {
  std::optional<MemoryUse> found;
  do {
    const auto limit = limit_in(folder + limit_file);
    if (!limit || (found && found->total_bytes <= *limit)) continue;
    const std::uint64_t use = number(read_file(folder + use_file));
    const std::uint64_t files = number_of(read_file(folder + "memory.stat"), cached).value_or(0);
    found = MemoryUse{*limit, use - std::min(use, files), true};
  } while (folder.up());
  return found;
}

std::optional<CpuTime> cgroup_cpu_2(Folder folder) {
  std::optional<CpuTime> found;
  do {
    const std::string limit = read_file(folder + "cpu.max");  // `200000 100000`: of each period
    const auto words = words_of(trim(limit));
    if (words.size() != 2 || words[0] == "max" || number(words[1]) == 0) continue;
    const double processors = static_cast<double>(number(words[0])) / static_cast<double>(number(words[1]));
    if (found && found->processors <= processors) continue;
    const auto used = number_of(read_file(folder + "cpu.stat"), "usage_usec").value_or(0);
    found = CpuTime{std::chrono::microseconds(static_cast<std::int64_t>(used)), processors, true};
  } while (folder.up());
  return found;
}

std::optional<CpuTime> cgroup_cpu_1(const std::string& mount, std::string_view own) {
  const Folder folder = folder_of(mount + "/cpu", cgroup_path(own, "cpu"), "cpu.cfs_quota_us");
  const auto quota = parse_int(trim(read_file(folder + "cpu.cfs_quota_us"))).value_or(-1);
  const std::uint64_t period = number(read_file(folder + "cpu.cfs_period_us"));
  if (quota <= 0 || period == 0) return std::nullopt;
  const Folder account = folder_of(mount + "/cpuacct", cgroup_path(own, "cpuacct"), "cpuacct.usage");
  const std::uint64_t used = number(read_file(account + "cpuacct.usage"));
  return CpuTime{std::chrono::microseconds(static_cast<std::int64_t>(used / 1000)),
                 static_cast<double>(quota) / static_cast<double>(period), true};
}

std::uint64_t count_entries(const char* folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> open(opendir(folder), closedir);
  if (!open) return 0;
  std::uint64_t entries = 0;
  while (readdir(open.get())) ++entries;
  return entries - std::min<std::uint64_t>(entries, 3);  // `.`, `..` and the folder's own descriptor
}

std::chrono::microseconds time_of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

double MemoryUse::percent() const {
  return total_bytes == 0 ? 0 : 100 * static_cast<double>(used_bytes) / static_cast<double>(total_bytes);
}

std::chrono::microseconds busy_time_of(std::string_view proc_stat, long ticks_per_second) {
  const auto words = words_of(proc_stat.substr(0, proc_stat.find('\n')));
  // cpu user nice system idle iowait irq softirq steal; what follows is in `user` already
  if (words.size() < 5 || words[0] != "cpu" || ticks_per_second <= 0) return {};
  std::uint64_t busy = 0;
  for (std::size_t i = 1; i < std::min<std::size_t>(words.size(), 9); ++i) {
    if (i != 4 && i != 5) busy += number(words[i]);
  }
  return std::chrono::microseconds(static_cast<std::int64_t>(busy) * (1'000'000 / ticks_per_second));
}

MemoryUse memory_of(std::string_view meminfo) {
  const auto bytes = [meminfo](std::string_view name) { return number_of(meminfo, name).value_or(0) * 1024; };
  MemoryUse use;
  use.total_bytes = bytes("MemTotal:");
  use.used_bytes = use.total_bytes - std::min(use.total_bytes, bytes("MemAvailable:"));
  return use;
}

NetworkUse network_of(std::string_view net_dev) {
  NetworkUse use;
  for (const std::string_view line : split(net_dev, '\n')) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || trim(line.substr(0, colon)) == "lo") continue;
    const auto words = words_of(line.substr(colon + 1));
    if (words.size() < 9) continue;  // the heading
    use.received_bytes += number(words[0]);
    use.sent_bytes += number(words[8]);
  }
  return use;
}

std::optional<std::string> cgroup_path(std::string_view file, std::string_view controller) {
  for (const std::string_view line : split(file, '\n')) {
    const auto first = line.find(':');
    const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view names = line.substr(first + 1, second - first - 1);
    const auto listed = split(names, ',');
    if (std::find(listed.begin(), listed.end(), controller) != listed.end())
      return std::string(line.substr(second + 1));
  }
  return std::nullopt;
}

std::optional<std::uint64_t> number_of(std::string_view file, std::string_view name) {
  for (const std::string_view line : split(file, '\n')) {
    const auto words = words_of(line);
    if (words.size() >= 2 && words[0] == name) return parse_uint(words[1]);
  }
  return std::nullopt;
}

MachineUse read_machine(const std::string& root) {
  const std::string mount = root + "/sys/fs/cgroup";
  const std::string own = read_file(root + "/proc/self/cgroup");
  const bool version_2 = access((mount + "/cgroup.controllers").c_str(), R_OK) == 0;
  MachineUse use;
  std::optional<CpuTime> cpu;
  std::optional<MemoryUse> memory;
  if (version_2) {
    cpu = cgroup_cpu_2(folder_of(mount, cgroup_path(own, ""), "cpu.stat"));
    memory = cgroup_memory(folder_of(mount, cgroup_path(own, ""), "memory.current"), "memory.max",
                           "memory.current", "inactive_file");
  } else {
    cpu = cgroup_cpu_1(mount, own);
    memory = cgroup_memory(folder_of(mount + "/memory", cgroup_path(own, "memory"), "memory.usage_in_bytes"),
                           "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file");
  }
  const MemoryUse of_machine = memory_of(read_file(root + "/proc/meminfo"));
  // A limit above what the machine has is none.
  const bool limited =
      memory && (of_machine.total_bytes == 0 || memory->total_bytes < of_machine.total_bytes);
  use.memory = limited ? *memory : of_machine;
  if (cpu) {
    use.cpu = *cpu;
  } else {
    use.cpu.busy = busy_time_of(read_file(root + "/proc/stat"), sysconf(_SC_CLK_TCK));
    use.cpu.processors = std::max(1u, std::thread::hardware_concurrency());
  }
  use.network = network_of(read_file(root + "/proc/net/dev"));
  return use;
}

ProcessUse read_process() {
  ProcessUse use;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) use.cpu = time_of(usage.ru_utime) + time_of(usage.ru_stime);
  const std::string memory = read_file("/proc/self/statm");
  const auto pages = words_of(trim(memory));
  const auto page = static_cast<std::uint64_t>(std::max(1L, sysconf(_SC_PAGESIZE)));
  if (pages.size() > 1) {
    use.virtual_bytes = number(pages[0]) * page;
    use.resident_bytes = number(pages[1]) * page;
  }
  use.threads = number_of(read_file("/proc/self/status"), "Threads:").value_or(0);
  use.open_descriptors = count_entries("/proc/self/fd");
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) use.max_descriptors = limit.rlim_cur;
  return use;
}

std::optional<DiskUse> read_disk(const std::string& path) {
  struct statvfs room {};
  if (statvfs(path.c_str(), &room) != 0) return std::nullopt;
  DiskUse use;
  use.total_bytes = room.f_blocks * room.f_frsize;
  use.used_bytes = (room.f_blocks - room.f_bfree) * room.f_frsize;
  const std::uint64_t usable = use.used_bytes + room.f_bavail * room.f_frsize;
  if (usable > 0) use.percent = 100 * static_cast<double>(use.used_bytes) / static_cast<double>(usable);
  return use;
}

double cpu_percent(const CpuTime& before, const CpuTime& after, std::chrono::nanoseconds elapsed) {
  const double available = std::chrono::duration<double>(elapsed).count() * after.processors;
  if (available <= 0) return 0;
  return std::clamp(100 * std::chrono::duration<double>(after.busy - before.busy).count() / available, 0.0,
                    100.0);
}

}  // namespace papi::metrics
