#include "platform/config/secret_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace papi::config {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  const int number_;
};

Error fault(const std::string& what) { return Error(ErrorCode::validation, what); }

Error cannot_be_read(int reason) {
  return fault("cannot be read: " + std::generic_category().message(reason));
}

}  // namespace

Result<std::string> read_secret_file(const std::string& path) {
  // Non-blocking, because opening a FIFO would wait for its writer.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.number() < 0) return cannot_be_read(errno);
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) return cannot_be_read(errno);
  if (!S_ISREG(status.st_mode)) return fault("is no regular file");
  std::string content(max_secret_bytes + 1, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const ssize_t n = ::read(file.number(), content.data() + size, content.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return cannot_be_read(errno);
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  content.resize(size);
  if (size > max_secret_bytes)
    return fault("is too large: a secret has at most " + std::to_string(max_secret_bytes) + " bytes");
  if (content.ends_with('\n')) content.pop_back();
  if (content.size() + 1 == size && content.ends_with('\r')) content.pop_back();
  if (content.empty()) return fault("is empty");
  if (content.find('\0') != std::string::npos) return fault("holds a zero byte: it must be UTF-8 text");
  return content;
}

}  // namespace papi::config
