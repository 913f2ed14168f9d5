#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace papi::metrics {

/// How much memory there is and how much of it is used. Memory that the kernel can take back at once (caches
/// of files) does not count as used.
struct MemoryUse {
  std::uint64_t total_bytes = 0;
  std::uint64_t used_bytes = 0;
  bool of_cgroup = false;

  double percent() const;
};

/// The CPU time that was used since some beginning, and how many processors' worth of it there is.
struct CpuTime {
  std::chrono::microseconds busy{0};
  double processors = 1;
  bool of_cgroup = false;
};

/// All bytes that passed the network interfaces but the loopback.
struct NetworkUse {
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes = 0;
};

/// The resources that this process shares with others: of its cgroup for what the cgroup limits, else of the
/// machine.
struct MachineUse {
  CpuTime cpu;
  MemoryUse memory;
  NetworkUse network;
};

/// The resources of this process alone.
struct ProcessUse {
  std::chrono::microseconds cpu{0};
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t threads = 0;
  std::uint64_t open_descriptors = 0;
  std::uint64_t max_descriptors = 0;
};

/// The room in a file system.
struct DiskUse {
  std::uint64_t total_bytes = 0;
  std::uint64_t used_bytes = 0;
  /// Of what an unprivileged process may use, as `df` has it.
  double percent = 0;
};

/// Reads /proc and /sys/fs/cgroup (version 2, or 1) below `root`, which is empty but in tests. A file that is
/// missing counts as 0 or as no limit. Takes less than a millisecond and waits for no disk.
MachineUse read_machine(const std::string& root = {});
/// Also takes time for each open descriptor.
ProcessUse read_process();
/// Returns nullopt if the path cannot be looked at. May wait for the disk.
std::optional<DiskUse> read_disk(const std::string& path);

/// Returns the share of all processors' time that was used between two readings, `elapsed` apart: 0 to 100.
double cpu_percent(const CpuTime& before, const CpuTime& after, std::chrono::nanoseconds elapsed);

// The parsers of these files. Pure.
/// The first line of /proc/stat. Returns what is neither idle nor waiting for a disk.
std::chrono::microseconds busy_time_of(std::string_view proc_stat, long ticks_per_second);
/// /proc/meminfo.
MemoryUse memory_of(std::string_view meminfo);
/// /proc/net/dev.
NetworkUse network_of(std::string_view net_dev);
/// /proc/self/cgroup: the path of a controller of version 1, or with an empty name that of version 2. Returns
/// nullopt if there is none.
std::optional<std::string> cgroup_path(std::string_view file, std::string_view controller);
/// A file of lines `name number`, such as memory.stat.
std::optional<std::uint64_t> number_of(std::string_view file, std::string_view name);

}  // namespace papi::metrics
