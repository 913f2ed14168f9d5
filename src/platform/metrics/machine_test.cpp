#include "platform/metrics/machine.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

namespace papi::metrics {
namespace {

namespace fs = std::filesystem;
using std::chrono::microseconds;
using std::chrono::seconds;

const std::map<std::string, std::string> of_machine = {
    {"proc/stat", "cpu  100 20 30 4000 500 6 7 8 90 10\ncpu0 1 2 3 4\n"},
    {"proc/meminfo", "MemTotal:        8000 kB\nMemFree:          100 kB\nMemAvailable:    6000 kB\n"},
    {"proc/net/dev",
     "Inter-|   Receive   |  Transmit\n"
     " face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs\n"
     "    lo: 999 1 0 0 0 0 0 0 999 1 0\n"
     "  eth0: 1500 3 0 0 0 0 0 0 700 2 0\n"
     "wlan0:20 1 0 0 0 0 0 0 5 1 0\n"}};

/// A folder that looks like / to read_machine().
class Root {
 public:
  explicit Root(const std::map<std::string, std::string>& more) {
    std::string name = (fs::temp_directory_path() / "machine_XXXXXX").string();
    path_ = mkdtemp(name.data());
    for (const auto* files : {&of_machine, &more}) {
      for (const auto& [file, text] : *files) {
        fs::create_directories((path_ / file).parent_path());
        std::ofstream(path_ / file) << text;
      }
    }
  }
  ~Root() {
    std::error_code ec;
    fs::remove_all(path_, ec);
  }
  Root(const Root&) = delete;
  Root& operator=(const Root&) = delete;
  MachineUse read() const { return read_machine(path_.string()); }

 private:
  fs::path path_;
};

}  // namespace

TEST(Machine, without_a_cgroup_the_machine_counts) {
  const MachineUse use = Root({}).read();
  EXPECT_FALSE(use.cpu.of_cgroup);
  EXPECT_FALSE(use.memory.of_cgroup);
  EXPECT_EQ(use.memory.total_bytes, 8'000u * 1024);
  EXPECT_EQ(use.memory.used_bytes, 2'000u * 1024);
  EXPECT_DOUBLE_EQ(use.memory.percent(), 25);
  EXPECT_EQ(use.network.received_bytes, 1'520u);
  EXPECT_EQ(use.network.sent_bytes, 705u);
}

TEST(Machine, a_limited_cgroup_counts_in_place_of_the_machine) {
  const MachineUse use =
      Root({{"proc/self/cgroup", "0::/system.slice/api.service\n"},
            {"sys/fs/cgroup/cgroup.controllers", "cpu memory\n"},
            {"sys/fs/cgroup/system.slice/api.service/memory.max", "4096000\n"},
            {"sys/fs/cgroup/system.slice/api.service/memory.current", "3000000\n"},
            {"sys/fs/cgroup/system.slice/api.service/memory.stat", "anon 5\ninactive_file 952000\n"},
            {"sys/fs/cgroup/system.slice/api.service/cpu.max", "150000 100000\n"},
            {"sys/fs/cgroup/system.slice/api.service/cpu.stat", "usage_usec 7000000\nuser_usec 1\n"}})
          .read();
  EXPECT_TRUE(use.cpu.of_cgroup);
  EXPECT_DOUBLE_EQ(use.cpu.processors, 1.5);
  EXPECT_EQ(use.cpu.busy, seconds(7));
  EXPECT_TRUE(use.memory.of_cgroup);
  EXPECT_DOUBLE_EQ(use.memory.percent(), 50);
}

TEST(Machine, the_least_limit_on_the_way_up_counts) {
  const MachineUse use = Root({{"proc/self/cgroup", "0::/outer/inner\n"},
                               {"sys/fs/cgroup/cgroup.controllers", ""},
                               {"sys/fs/cgroup/outer/memory.max", "1000\n"},
                               {"sys/fs/cgroup/outer/memory.current", "900\n"},
                               {"sys/fs/cgroup/outer/inner/memory.max", "max\n"},
                               {"sys/fs/cgroup/outer/inner/memory.current", "100\n"}})
                             .read();
  EXPECT_EQ(use.memory.total_bytes, 1'000u);
  EXPECT_EQ(use.memory.used_bytes, 900u);
  EXPECT_FALSE(use.cpu.of_cgroup) << "its time is not limited";
}

TEST(Machine, a_cgroup_without_limits_leaves_the_machine) {
  const MachineUse use = Root({{"proc/self/cgroup", "0::/free\n"},
                               {"sys/fs/cgroup/cgroup.controllers", ""},
                               {"sys/fs/cgroup/free/memory.max", "max\n"},
                               {"sys/fs/cgroup/free/memory.current", "100\n"},
                               {"sys/fs/cgroup/free/cpu.max", "max 100000\n"},
                               {"sys/fs/cgroup/free/cpu.stat", "usage_usec 1\n"}})
                             .read();
  EXPECT_FALSE(use.memory.of_cgroup);
  EXPECT_FALSE(use.cpu.of_cgroup);
  EXPECT_EQ(use.memory.total_bytes, 8'000u * 1024);
}

TEST(Machine, cgroups_of_version_1_are_read_too) {
  const MachineUse use = Root({{"proc/self/cgroup", "5:memory:/job\n4:cpu,cpuacct:/job\n"},
                               {"sys/fs/cgroup/memory/job/memory.limit_in_bytes", "2000\n"},
                               {"sys/fs/cgroup/memory/job/memory.usage_in_bytes", "1500\n"},
                               {"sys/fs/cgroup/memory/job/memory.stat", "total_inactive_file 500\n"},
                               {"sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"},
                               {"sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "50000\n"},
                               {"sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n"},
                               {"sys/fs/cgroup/cpuacct/job/cpuacct.usage", "3000000000\n"}})
                             .read();
  EXPECT_DOUBLE_EQ(use.memory.percent(), 50);
  EXPECT_DOUBLE_EQ(use.cpu.processors, 0.5);
  EXPECT_EQ(use.cpu.busy, seconds(3));
}

TEST(Machine, idle_time_and_waiting_for_the_disk_are_not_busy) {
  // 100 + 20 + 30 + 6 + 7 + 8 ticks of 10 ms
  EXPECT_EQ(busy_time_of(of_machine.at("proc/stat"), 100), microseconds(1'710'000));
  EXPECT_EQ(busy_time_of("", 100), microseconds(0));
}

TEST(Machine, cpu_percent_is_the_share_of_all_processors) {
  const CpuTime before{seconds(10), 2, false}, after{seconds(15), 2, false};
  EXPECT_DOUBLE_EQ(cpu_percent(before, after, seconds(10)), 25);
  EXPECT_DOUBLE_EQ(cpu_percent(before, after, seconds(1)), 100);
  EXPECT_DOUBLE_EQ(cpu_percent(after, before, seconds(1)), 0);
  EXPECT_DOUBLE_EQ(cpu_percent(before, after, seconds(0)), 0);
}

TEST(Machine, this_process_and_its_disk_can_be_read) {
  const ProcessUse process = read_process();
  EXPECT_GT(process.resident_bytes, 1'000'000u);
  EXPECT_GE(process.threads, 1u);
  EXPECT_GE(process.open_descriptors, 3u);
  EXPECT_GE(process.max_descriptors, process.open_descriptors);
  const auto disk = read_disk("/");
  ASSERT_TRUE(disk);
  EXPECT_GT(disk->total_bytes, disk->used_bytes);
  EXPECT_FALSE(read_disk("/no/such/folder"));
}

}  // namespace papi::metrics
