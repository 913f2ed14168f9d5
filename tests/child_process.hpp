#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace papi::test {

/// A program that a test has started, with what it writes on standard output and standard error. The kernel
/// ends it if the test program dies. Started and destroyed on the test program's main thread.
class ChildProcess {
 public:
  struct Options {
    std::vector<std::string> command;  // the first is the program's path
    std::string user;                  // runs as this user if the test program is root; empty: as it is
    int end_signal = 15;               // how the destructor, and the kernel, end it
  };
  /// Throws std::runtime_error if the program cannot be started.
  explicit ChildProcess(const Options& options);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Waits until it has written `phrase`. Throws with its output if it ends before, or after a minute.
  void wait_for_output(std::string_view phrase);
  /// Waits for its end and that of all who hold its output. Returns the exit code, or 128 + signal.
  int wait();
  void signal(int number);
  /// SIGKILL to it and to the processes that it has started, then wait().
  void kill_all();
  std::string output();
  pid_t pid() const { return pid_; }

 private:
  void read(int descriptor);

  pid_t pid_ = -1;
  int end_signal_;
  int code_ = -1;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string output_;
  bool ended_ = false;  // nobody holds the output any more
  std::thread reader_;
};

/// Runs a program to its end. Throws with its output if it fails.
void run_program(const std::vector<std::string>& command, const std::string& user = {});

/// Who a server that refuses to run as root runs as: "postgres" or else "nobody" if the test program is root.
std::string server_user();

/// A folder of its own, which belongs to server_user(). Removed with all in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  /// Writes a file that only server_user() may read. Returns its path.
  std::string write(const std::string& name, const std::string& content) const;

 private:
  std::string path_;
};

/// A port of 127.0.0.1 that was free a moment ago, for programs that cannot take one from the system.
unsigned short free_port();

}  // namespace papi::test
