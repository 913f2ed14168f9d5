#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "platform/base/clock.hpp"
#include "sim/wire.hpp"

namespace papi::sim {

using SharedMessage = std::shared_ptr<const RoomMessage>;

/// The last messages of one room, numbered from 0. A cursor is a position in it.
class History {
 public:
  static constexpr std::size_t capacity = 50'000;

  std::uint64_t begin() const { return first_; }
  std::uint64_t end() const { return first_ + messages_.size(); }
  const SharedMessage& at(std::uint64_t position) const {
    return messages_[static_cast<std::size_t>(position - first_)];
  }

  void push(RoomMessage message) {
    messages_.push_back(std::make_shared<const RoomMessage>(std::move(message)));
    if (messages_.size() > capacity) {
      messages_.pop_front();
      ++first_;
    }
  }
  void clear() {
    messages_.clear();
    first_ = 0;
  }

 private:
  std::deque<SharedMessage> messages_;
  std::uint64_t first_ = 0;
};

/// Returns a cursor of the form `t-<ms>_r-<room>_d-1_u-1_h-<position>`. It is opaque to clients. TikTok's
/// cursors have the same form.
std::string cursor_text(std::int64_t room_id, std::uint64_t position, UnixMs now);
/// Returns the position, or nullopt if the cursor is not of this room.
std::optional<std::uint64_t> cursor_position(std::string_view cursor, std::int64_t room_id);

}  // namespace papi::sim
