#include "platform/http/chunked_body_writer.hpp"

#include <charconv>

namespace papi::http {

Task<bool> ChunkedBodyWriter::write(std::string_view bytes) {
  if (lost_) co_return false;
  if (bytes.empty()) co_return true;
  chunk_.clear();
  if (framing_ == Framing::chunked) {
    char size[20];
    const auto end = std::to_chars(size, size + sizeof size, bytes.size(), 16).ptr;
    chunk_.append(size, end);
    chunk_ += "\r\n";
  }
  chunk_ += bytes;
  if (framing_ == Framing::chunked) chunk_ += "\r\n";
  for (std::size_t sent = 0; sent < chunk_.size() && !lost_;) {
    deadline_ = clock_.steady() + stall_;  // begins again whenever the client takes something
    waiting_ = true;
    const net::const_buffer rest(chunk_.data() + sent, chunk_.size() - sent);
    auto [ec, n] = co_await transport_.write_some(rest);
    sent += n;
    if (ec) lost_ = true;
  }
  waiting_ = false;
  co_return !lost_;
}

bool ChunkedBodyWriter::stalled(std::chrono::steady_clock::time_point now) {
  return waiting_ && now >= deadline_ && !transport_.takes_bytes();
}

}  // namespace papi::http
