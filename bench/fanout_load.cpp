// Many WebSocket subscribers in one thread, for ./dev bench fanout. Every event has a running number
// ("offset":N) and the time of its making ("timestamp_ms":T); every subscriber checks that it gets all
// numbers in order. With --publish it also makes the events, for servers that do not follow rooms.

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "fanout_load: %s\n", why.c_str());
  std::exit(1);
}

struct Options {
  std::string kind = "ours";  // ours, nchan, nats
  std::uint16_t port = 0;
  std::uint16_t publish_port = 0;
  std::string path = "/";
  std::size_t sockets = 500;
  std::size_t deaf = 0;      // of them, how many read one byte a second
  std::uint64_t events = 0;  // that will come
  double rate = 100;         // of publishing
  double burst_ms = 5;       // events go out together once in that time
  std::size_t size = 300;    // bytes of a published event
  double patience = 10;      // seconds of quiet that end the run
};

double unix_ms() {
  return std::chrono::duration<double, std::milli>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

int open_socket(std::uint16_t port, int receive_buffer = 0) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket: " + std::string(std::strerror(errno)));
  if (receive_buffer > 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  const int yes = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    fail("connect: " + std::string(std::strerror(errno)));
  return fd;
}

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n <= 0) fail("write: " + std::string(std::strerror(errno)));
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::string read_until(int fd, std::string_view end) {
  std::string text;
  char byte = 0;
  while (!text.ends_with(end)) {
    if (read(fd, &byte, 1) != 1 || text.size() > 65'536) fail("no handshake: " + text);
    text += byte;
  }
  return text;
}

/// A client's frame; a mask of zeros leaves the payload as it is.
std::string client_frame(std::string_view payload, int opcode = 2) {
  std::string frame(1, static_cast<char>(0x80 | opcode));
  frame += static_cast<char>(0x80 | payload.size());
  frame += std::string(4, '\0');
  return frame += payload;
}

std::uint64_t number_behind(std::string_view text, std::string_view key, std::size_t from, bool& whole) {
  whole = false;
  const auto at = text.find(key, from);
  if (at == std::string_view::npos) return 0;
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data() + at + key.size(), end, number);
  whole = result.ec == std::errc() && result.ptr != end;
  return number;
}

struct Subscriber {
  int fd = -1;
  bool deaf = false;
  bool sampled = false;    // its delays are measured
  std::uint64_t last = 0;  // number of the last event
  std::uint64_t count = 0;
  int close_code = 0;
  std::string tail;        // bytes that were no whole piece
  std::uint64_t skip = 0;  // of the payload, without an event's beginning
};

class Load {
 public:
  explicit Load(Options options) : options_(std::move(options)), buffer_(1 << 20) {}
  int run();

 private:
  void connect_all();
  void open_publisher();
  void publish_due(Clock::time_point now);
  void take(Subscriber& subscriber, std::string_view bytes);
  void read_frames(Subscriber& subscriber, std::string_view bytes);
  void read_stream(Subscriber& subscriber, std::string_view bytes);
  void event(Subscriber& subscriber, std::uint64_t number, std::string_view rest);
  void hear_deaf(Clock::time_point now);
  double percentile(double share) const;
  bool complete() const;
  void report() const;

  Options options_;
  std::vector<char> buffer_;
  std::vector<Subscriber> subscribers_;
  int epoll_ = -1;
  int publisher_ = -1;
  std::uint64_t published_ = 0;
  Clock::time_point begun_, first_event_, last_event_;
  Clock::time_point next_deaf_;
  std::uint64_t deliveries_ = 0, bytes_ = 0, disorder_ = 0;
  std::array<std::uint64_t, 200'000> delays_{};  // in 0.1 ms
  std::size_t finished_ = 0;
};

void Load::connect_all() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  subscribers_.resize(options_.sockets);
  for (std::size_t i = 0; i < options_.sockets; ++i) {
    Subscriber& s = subscribers_[i];
    s.deaf = i < options_.deaf;
    s.sampled = i % 16 == 15;
    s.fd = open_socket(options_.port, s.deaf ? 4096 : 0);
    write_all(s.fd, "GET " + options_.path +
                        " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    const std::string answer = read_until(s.fd, "\r\n\r\n");
    if (!answer.starts_with("HTTP/1.1 101")) fail("not upgraded: " + answer);
    if (options_.kind == "nats") {
      write_all(s.fd, client_frame("CONNECT {\"verbose\":false,\"pedantic\":false}\r\n"));
      write_all(s.fd, client_frame("SUB events 1\r\n"));
    }
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.u64 = i;
    if (!s.deaf) epoll_ctl(epoll_, EPOLL_CTL_ADD, s.fd, &wanted);
  }
}

void Load::open_publisher() {
  if (options_.publish_port == 0) return;
  publisher_ = open_socket(options_.publish_port);
  if (options_.kind == "nats") {
    (void)read_until(publisher_, "\r\n");  // INFO
    write_all(publisher_, "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n");
  }
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  wanted.data.u64 = ~std::uint64_t{0};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, publisher_, &wanted);
}

void Load::publish_due(Clock::time_point now) {
  if (publisher_ < 0) return;
  const double burst = options_.burst_ms / 1000;
  const double seconds = std::floor(std::chrono::duration<double>(now - begun_).count() / burst) * burst;
  const auto due = std::min(options_.events, static_cast<std::uint64_t>(seconds * options_.rate));
  std::string out;
  while (published_ < due) {
    std::string event = "{\"offset\":" + std::to_string(++published_) +
                        ",\"timestamp_ms\":" + std::to_string(static_cast<std::uint64_t>(unix_ms())) +
                        ",\"text\":\"";
    event.resize(options_.size - 2, 'x');
    event += "\"}";
    if (options_.kind == "nats") {
      out += "PUB events " + std::to_string(event.size()) + "\r\n" + event + "\r\n";
    } else {
      out += "POST /publish HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(event.size()) +
             "\r\n\r\n" + event;
    }
  }
  if (!out.empty()) write_all(publisher_, out);
}

void Load::event(Subscriber& s, std::uint64_t number, std::string_view rest) {
  const auto now = Clock::now();
  if (deliveries_++ == 0) first_event_ = now;
  last_event_ = now;
  if (s.last != 0 && number != s.last + 1) ++disorder_;
  s.last = number;
  if (++s.count == options_.events) ++finished_;
  if (!s.sampled) return;
  bool whole = false;
  const std::uint64_t made = number_behind(rest, "\"timestamp_ms\":", 0, whole);
  if (!whole) return;
  const double delay = std::max(0.0, unix_ms() - static_cast<double>(made)) * 10;
  ++delays_[std::min(delays_.size() - 1, static_cast<std::size_t>(delay))];
}

/// Whole frames of text: an event in each, or an array of events.
void Load::read_frames(Subscriber& s, std::string_view bytes) {
  while (bytes.size() >= 2) {
    std::size_t header = 2;
    std::uint64_t size = static_cast<unsigned char>(bytes[1]) & 0x7F;
    const std::size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (bytes.size() < header + more) break;
    if (more > 0) size = 0;
    for (std::size_t i = 0; i < more; ++i) size = size << 8 | static_cast<unsigned char>(bytes[header + i]);
    header += more;
    if (bytes.size() < header + size) break;
    const std::string_view payload = bytes.substr(header, size);
    const int opcode = bytes[0] & 0x0F;
    if (opcode == 8 && size >= 2)
      s.close_code = static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]);
    if (opcode == 9) write_all(s.fd, client_frame(payload, 10));
    if (opcode == 1) {
      const bool array = payload.starts_with('[');
      constexpr std::string_view key = "{\"offset\":";
      for (std::size_t at = payload.find(key); at != std::string_view::npos;) {
        bool whole = false;
        const std::uint64_t number = number_behind(payload.substr(at, 40), key, 0, whole);
        event(s, number, payload.substr(at));
        at = array ? payload.find(key, at + 200) : std::string_view::npos;
      }
    }
    bytes.remove_prefix(header + size);
  }
  s.tail = bytes;
}

/// NATS: a stream of MSG lines and payloads, cut into frames anywhere; the few header bytes between do not
/// matter.
void Load::read_stream(Subscriber& s, std::string_view bytes) {
  constexpr std::string_view key = "{\"offset\":";
  std::size_t used = 0;
  for (;;) {
    const std::size_t at = bytes.find(key, used);
    if (at == std::string_view::npos) {
      used = std::max(used, bytes.size() - std::min(bytes.size(), key.size()));
      break;
    }
    if (bytes.size() < at + 80) {  // its number and time are not all here
      used = at;
      break;
    }
    bool whole = false;
    const std::uint64_t number = number_behind(bytes.substr(at, 40), key, 0, whole);
    event(s, number, bytes.substr(at, 80));
    used = at + 80;
  }
  s.tail = bytes.substr(used);
}

void Load::take(Subscriber& s, std::string_view bytes) {
  bytes_ += bytes.size();
  std::string joined;
  if (!s.tail.empty()) joined = s.tail, joined += bytes, bytes = joined;
  options_.kind == "nats" ? read_stream(s, bytes) : read_frames(s, bytes);
}

/// The slow ones: one byte a second each. They cannot notice that they are cut off before they have read what
/// waits.
void Load::hear_deaf(Clock::time_point now) {
  if (options_.deaf == 0 || now < next_deaf_) return;
  next_deaf_ = now + std::chrono::seconds(1);
  for (Subscriber& s : subscribers_) {
    char byte = 0;
    if (s.deaf) (void)!recv(s.fd, &byte, 1, MSG_DONTWAIT);
  }
}

bool Load::complete() const { return finished_ + options_.deaf >= subscribers_.size(); }

double Load::percentile(double share) const {
  std::uint64_t total = 0;
  for (const std::uint64_t n : delays_) total += n;
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < delays_.size(); ++i) {
    below += delays_[i];
    if (total > 0 && static_cast<double>(below) >= share * static_cast<double>(total))
      return static_cast<double>(i) / 10;
  }
  return 0;
}

void Load::report() const {
  std::size_t behind = 0;
  int code = 0;
  for (const Subscriber& s : subscribers_) {
    if (!s.deaf && s.count < options_.events) ++behind, code = s.close_code ? s.close_code : code;
  }
  const double seconds = std::chrono::duration<double>(last_event_ - first_event_).count();
  std::printf(
      "{\"deliveries\":%llu,\"seconds\":%.3f,\"disorder\":%llu,\"incomplete\":%zu,\"close_code\":%d,"
      "\"bytes\":%llu,\"p50_ms\":%.1f,\"p99_ms\":%.1f,\"max_ms\":%.1f}\n",
      static_cast<unsigned long long>(deliveries_), seconds, static_cast<unsigned long long>(disorder_),
      behind, code, static_cast<unsigned long long>(bytes_), percentile(0.5), percentile(0.99),
      percentile(1));
}

int Load::run() {
  connect_all();
  open_publisher();
  std::printf("ready\n");
  std::fflush(stdout);
  char line[16];
  if (!std::fgets(line, sizeof line, stdin)) return 1;  // "go"
  begun_ = next_deaf_ = Clock::now();
  auto heard = begun_;
  std::array<epoll_event, 256> ready;
  while (!complete() && std::chrono::duration<double>(Clock::now() - heard).count() < options_.patience) {
    const int n = epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), publisher_ >= 0 ? 2 : 20);
    const auto now = Clock::now();
    publish_due(now);
    hear_deaf(now);
    if (n > 0) heard = now;
    for (int i = 0; i < n; ++i) {
      const std::uint64_t which = ready[static_cast<std::size_t>(i)].data.u64;
      const int fd = which < subscribers_.size() ? subscribers_[which].fd : publisher_;
      const ssize_t size = recv(fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
      if (size < 0 && errno == EAGAIN) continue;
      if (size <= 0) {
        epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
        if (which < subscribers_.size() && subscribers_[which].count < options_.events) ++finished_;
      } else if (which < subscribers_.size()) {
        take(subscribers_[which], std::string_view(buffer_.data(), static_cast<std::size_t>(size)));
      }
    }
  }
  report();
  std::fflush(stdout);
  if (std::fgets(line, sizeof line, stdin)) return 0;  // sockets stay open until the other side has looked
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  std::map<std::string, std::string> given;
  for (int i = 1; i + 1 < count; i += 2) given[arguments[i]] = arguments[i + 1];
  const auto number = [&given](const std::string& name, double fallback) {
    return given.contains(name) ? std::strtod(given[name].c_str(), nullptr) : fallback;
  };
  Options options;
  if (given.contains("--kind")) options.kind = given["--kind"];
  if (given.contains("--path")) options.path = given["--path"];
  options.port = static_cast<std::uint16_t>(number("--port", 0));
  options.publish_port = static_cast<std::uint16_t>(number("--publish", 0));
  options.sockets = static_cast<std::size_t>(number("--sockets", 500));
  options.deaf = static_cast<std::size_t>(number("--deaf", 0));
  options.events = static_cast<std::uint64_t>(number("--events", 1000));
  options.rate = number("--rate", 100);
  options.burst_ms = number("--burst", 5);
  options.size = static_cast<std::size_t>(number("--size", 300));
  options.patience = number("--patience", 10);
  if (options.port == 0) fail("--port is missing");
  return Load(options).run();
}
