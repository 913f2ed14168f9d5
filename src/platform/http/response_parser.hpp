#pragma once

// HTTP/1.1 responses of another server (RFC 9112), to be passed on.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/base/error.hpp"

namespace papi::http {

/// Parses one response from bytes as they arrive. Does no I/O. Interim responses (1xx) are dropped, except
/// 101, which is a response. All errors are UPSTREAM_ERROR.
class ResponseParser {
 public:
  /// How the end of the body is found.
  enum class Framing { none, length, chunked, until_end };

  /// `to_head`: the request was HEAD, so there is no body.
  explicit ResponseParser(bool to_head, std::size_t max_header = 64 * 1024)
      : to_head_(to_head), max_header_(max_header) {}

  /// Takes the next bytes, and appends to `body` what belongs to the body. Bytes behind the response are an
  /// error, except behind a 101: those are appended to `body` too.
  Result<void> feed(std::string_view bytes, std::string& body);
  /// Call when the peer sends no more. Fails if the response is not whole.
  Result<void> end();

  bool header_complete() const { return header_complete_; }
  bool complete() const { return complete_; }
  /// Call the rest after header_complete().
  unsigned status() const { return status_; }
  const std::string& reason() const { return reason_; }
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }
  Framing framing() const { return framing_; }

 private:
  enum class Chunk { size, data, data_end, trailers };

  Result<std::size_t> read_header(std::size_t searched);
  Result<void> read_block(std::string_view block);
  Result<void> choose_framing();
  Result<void> feed_body(std::string_view bytes, std::string& body);
  Result<void> feed_chunks(std::string_view bytes, std::string& body);
  Result<void> take_chunk_line();

  const bool to_head_;
  const std::size_t max_header_;
  std::string header_;  // until it is complete
  bool header_complete_ = false;
  bool complete_ = false;
  unsigned status_ = 0;
  std::string reason_;
  std::vector<std::pair<std::string, std::string>> fields_;
  Framing framing_ = Framing::none;
  std::uint64_t left_ = 0;  // of the body, or of the chunk
  Chunk chunk_ = Chunk::size;
  std::string line_;  // of a chunk's size or a trailer, until it is complete
  std::size_t trailer_bytes_ = 0;
};

}  // namespace papi::http
