#include "tests/child_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace papi::test {
namespace {

constexpr unsigned first_inherited = 3;  // after standard input, output and error

}  // namespace

ChildProcess::ChildProcess(const Options& options) : end_signal_(options.end_signal) {
  std::vector<char*> arguments;
  for (const std::string& word : options.command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const passwd* user = options.user.empty() || ::geteuid() != 0 ? nullptr : ::getpwnam(options.user.c_str());
  int output[2];
  if (::pipe2(output, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ == 0) {
    // Between fork and exec only what may be called in a signal handler. A change of user forgets the death
    // signal, so that comes last.
    ::dup2(output[1], 1);
    ::dup2(output[1], 2);
    // A socket that the child also held would stay open after its owner has closed it.
    ::close_range(first_inherited, ~0u, 0);
    if (user && (::setgroups(0, nullptr) != 0 || ::setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
                 ::setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0)) {
      ::_exit(126);
    }
    ::prctl(PR_SET_PDEATHSIG, options.end_signal);
    if (::getppid() != parent || ::chdir("/") != 0) ::_exit(126);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(output[1]);
  reader_ = std::thread([this, descriptor = output[0]] { read(descriptor); });
}

ChildProcess::~ChildProcess() {
  if (code_ < 0) signal(end_signal_);
  wait();
}

void ChildProcess::read(int descriptor) {
  char buffer[4096];
  for (;;) {
    const ssize_t n = ::read(descriptor, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    std::lock_guard lock(mutex_);
    if (n > 0) output_.append(buffer, static_cast<std::size_t>(n));
    if (n <= 0) ended_ = true;
    changed_.notify_all();
    if (ended_) break;
  }
  ::close(descriptor);
}

void ChildProcess::wait_for_output(std::string_view phrase) {
  std::unique_lock lock(mutex_);
  const bool in_time = changed_.wait_for(lock, std::chrono::minutes(1),
                                         [&] { return ended_ || output_.find(phrase) != std::string::npos; });
  if (!in_time || output_.find(phrase) == std::string::npos)
    throw std::runtime_error("did not say '" + std::string(phrase) + "': " + output_);
}

int ChildProcess::wait() {
  if (code_ < 0) {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    reader_.join();
  }
  return code_;
}

void ChildProcess::signal(int number) { ::kill(pid_, number); }

void ChildProcess::kill_all() {
  const std::string pid = std::to_string(pid_);
  std::ifstream list("/proc/" + pid + "/task/" + pid + "/children");
  std::vector<pid_t> children;
  for (pid_t child; list >> child;) children.push_back(child);
  ::kill(pid_, SIGKILL);
  for (const pid_t child : children) ::kill(child, SIGKILL);
  wait();
}

std::string ChildProcess::output() {
  std::lock_guard lock(mutex_);
  return output_;
}

void run_program(const std::vector<std::string>& command, const std::string& user) {
  ChildProcess::Options options;
  options.command = command;
  options.user = user;
  ChildProcess program(options);
  const int code = program.wait();
  if (code != 0)
    throw std::runtime_error(command.front() + " ended with " + std::to_string(code) + ": " +
                             program.output());
}

std::string server_user() {
  if (::geteuid() != 0) return {};
  return ::getpwnam("postgres") ? "postgres" : "nobody";
}

namespace {

void give_to_server_user(const std::string& path) {
  if (::geteuid() != 0) return;
  const passwd* user = ::getpwnam(server_user().c_str());
  if (!user || ::chown(path.c_str(), user->pw_uid, user->pw_gid) != 0)
    throw std::runtime_error("cannot give " + path + " to " + server_user());
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  // Short: the path of a Unix socket may have 107 bytes.
  path_ = (std::filesystem::temp_directory_path() / "papi_XXXXXX").string();
  if (!::mkdtemp(path_.data())) throw std::runtime_error("cannot make " + path_);
  give_to_server_user(path_);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, const std::string& content) const {
  const std::string path = path_ + "/" + name;
  std::ofstream(path) << content;
  ::chmod(path.c_str(), S_IRUSR | S_IWUSR);
  give_to_server_user(path);
  return path;
}

unsigned short free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(socket);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

}  // namespace papi::test
