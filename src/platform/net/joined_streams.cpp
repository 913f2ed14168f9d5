#include "platform/net/joined_streams.hpp"

#include <boost/asio/ssl/error.hpp>

#include "platform/base/notifier.hpp"

namespace papi {

JoinedStreams::JoinedStreams(Transport& left, Transport& right, const Limits& limits, const Clock& clock)
    : limits_(limits), clock_(clock), ways_{{{left, right, false, {}}, {right, left, false, {}}}} {}

Task<void> JoinedStreams::run(std::string to_left, std::string to_right) {
  auto& [right_way, left_way] = ways_;
  Notifier left_over(left_way.to.executor());
  bool running = true;
  net::co_spawn(left_way.to.executor(), copy(left_way, std::move(to_left)), [&](std::exception_ptr) {
    running = false;
    left_over.notify();
  });
  co_await copy(right_way, std::move(to_right));
  while (running) co_await left_over.wait();
}

Task<void> JoinedStreams::copy(Direction& way, std::string bytes) {
  boost::system::error_code failed;
  bool taken = true;  // the other side still takes bytes; else they are read and dropped
  std::size_t size = bytes.size();
  bytes.resize(std::max(size, limits_.buffer));
  for (;;) {
    const std::string_view piece(bytes.data(), size);
    if (taken && !piece.empty()) taken = co_await deliver(way, piece);
    if (!taken) end_soon();
    const net::mutable_buffer space(bytes.data(), limits_.buffer);
    std::tie(failed, size) = co_await way.from.read_some(space);
    if (failed) break;
  }
  end_soon();
  if (failed == net::error::eof || failed == net::ssl::error::stream_truncated) {
    way.to.shutdown_send();
  } else {
    stop();
  }
}

Task<bool> JoinedStreams::deliver(Direction& way, std::string_view bytes) {
  way.writing = true;
  boost::system::error_code failed;
  while (!bytes.empty() && !failed) {
    way.deadline = clock_.steady() + limits_.stall;  // begins again whenever the side takes something
    const net::const_buffer rest(bytes.data(), bytes.size());
    std::size_t n = 0;
    std::tie(failed, n) = co_await way.to.write_some(rest);
    bytes.remove_prefix(n);
  }
  way.writing = false;
  co_return !failed;
}

void JoinedStreams::end_soon() {
  if (!end_by_) end_by_ = clock_.steady() + limits_.linger;
}

void JoinedStreams::sweep(std::chrono::steady_clock::time_point now) {
  bool delivering = false;  // a side that is slow may have the rest after the other side has ended
  for (Direction& way : ways_) {
    if (!way.writing) continue;
    if (now >= way.deadline && !way.to.takes_bytes()) return stop();
    delivering = true;
  }
  if (!delivering && end_by_ && now >= *end_by_) stop();
}

void JoinedStreams::stop() {
  for (Direction& way : ways_) way.from.close();
}

}  // namespace papi
