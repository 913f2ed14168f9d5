#include "live/incoming_frame.hpp"

namespace papi::live {
namespace {

ServerFrame::Kind kind_of(const PushFrame& push) {
  if (push.payload_type == "close") return ServerFrame::Kind::close;
  if (!push.payload.empty() && push.payload_type == "msg") return ServerFrame::Kind::result;
  if (!push.payload.empty() && push.payload_type == "im_enter_room_resp") return ServerFrame::Kind::backlog;
  return ServerFrame::Kind::other;
}

}  // namespace

ResultSummary summary_of(const FetchResult& result) {
  ResultSummary summary;
  summary.cursor = result.cursor;
  summary.internal_ext = result.internal_ext;
  summary.has_messages = !result.messages.empty();
  summary.need_ack = result.need_ack;
  summary.heartbeat = result.heartbeat;
  return summary;
}

IncomingFrame::IncomingFrame(std::string message, std::size_t max_inflated) : message_(std::move(message)) {
  const auto push = read_push_frame(message_);
  if (!push) return;
  frame_.log_id = push->log_id;
  frame_.kind = kind_of(*push);
  if (frame_.kind == ServerFrame::Kind::result || frame_.kind == ServerFrame::Kind::backlog)
    read_result(*push, max_inflated);
}

void IncomingFrame::read_result(const PushFrame& push, std::size_t max_inflated) {
  std::string_view payload = push.payload;
  if (push.gzip) {
    auto plain = gunzip(payload, max_inflated);
    if (!plain) {
      frame_.kind = ServerFrame::Kind::unreadable_result;
      inflate_fault_ = plain.error().message;
      return;
    }
    inflated_ = std::move(*plain);
    payload = inflated_;
  }
  auto result = read_fetch_result(payload);
  if (!result) {
    frame_.kind = ServerFrame::Kind::unreadable_result;
    return;
  }
  result_ = std::move(*result);
  if (!push.cursor.empty()) result_.cursor = push.cursor;
  frame_.result = summary_of(result_);
}

}  // namespace papi::live
