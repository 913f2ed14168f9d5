#include "sim/room.hpp"

#include <algorithm>

namespace papi::sim {
namespace {

using namespace std::chrono_literals;

constexpr auto heartbeat_limit = 60s;
constexpr std::uint64_t resume_overlap = 3;
constexpr std::uint64_t most_in_sign_answer = 2'000;
constexpr std::size_t most_in_frame = 500;
constexpr std::size_t frame_bytes = 256 * 1024;

/// Removes the gift itself. Its name and price are then only in the gift list (docs/webcast-protocol.md
/// §5.4).
RoomMessage without_details(RoomMessage message) {
  webcast::GiftMessage gift;
  gift.ParseFromString(message.payload);
  gift.clear_gift();
  message.payload = gift.SerializeAsString();
  return message;
}

}  // namespace

Room::Room(RoomOptions options, const Cast& cast, std::unique_ptr<MessageSource> source, const Clock& clock)
    : options_(std::move(options)),
      cast_(cast),
      source_(std::move(source)),
      clock_(clock),
      random_(options_.seed + 2),
      forge_(options_.seed + 3, 1),
      ended_(options_.offline),
      last_tick_(clock.steady()) {
  open_room();
}

void Room::open_room() {
  started_ = clock_.now_ms();
  // Each stream gets a new id in TikTok's form: the seconds are above 32 bits. The hash separates rooms of
  // the same second.
  const std::uint64_t low =
      stable_hash(options_.user, static_cast<std::uint64_t>(started_) + ++streams_) & 0xFFFFFFFF;
  room_id_ = (started_ / 1000 << 32) + static_cast<std::int64_t>(low);
  history_.clear();
  backlog_end_ = 0;
  backlog_made_ = has_spoken_ = false;
  forge_.set_room(room_id_);
  source_->enter_room(room_id_);
}

int Room::status() const {
  if (ended_ || faults_.active(Fault::offline)) return 4;
  return paused_ ? 3 : 2;
}

std::size_t Room::unacked_frames() const {
  std::size_t sum = 0;
  for (const RoomClient* client : clients_) sum += client->unacked.size();
  return sum;
}

void Room::set_picture_base(const std::string& base) {
  forge_.set_picture_base(base);
  source_->set_picture_base(base);
}

void Room::say(RoomMessage message) {
  truth_.add(message);
  history_.push(std::move(message));
}

void Room::say_now(RoomMessage message) {
  say(std::move(message));
  deliver();
}

// ---- fetch results

webcast::FetchResult Room::result_of(const std::vector<SharedMessage>& messages, std::uint64_t position) {
  const UnixMs now = clock_.now_ms();
  webcast::FetchResult result;
  for (const SharedMessage& message : messages) {
    auto* base = result.add_messages();
    base->set_method(message->method);
    base->set_payload(message->payload);
    base->set_msg_id(message->msg_id);
    base->set_msg_type(1);
    base->set_is_history(message->is_history);
  }
  const std::string cursor = cursor_text(room_id_, position, now);
  result.set_cursor(cursor);
  result.set_fetch_interval(1000);
  result.set_now(now);
  result.set_internal_ext("fetch_time:" + std::to_string(now) +
                          "|start_time:0|ack_ids:,,|flag:0|seq:" + std::to_string(++results_) +
                          "|next_cursor:" + cursor + "|wss_info:0-" + std::to_string(now) + "-0-0");
  result.set_fetch_type(1);
  result.set_heartbeat_duration(10'000);
  return result;
}

webcast::FetchResult Room::first_result(std::string_view cursor, std::uint64_t& position) {
  if (!backlog_made_) {
    backlog_made_ = true;
    for (RoomMessage& message : source_->backlog(clock_.now_ms())) say(std::move(message));
    backlog_end_ = history_.end();
  }
  std::uint64_t from = 0;
  bool as_history = false;
  if (const auto known = cursor_position(cursor, room_id_); known && *known <= history_.end()) {
    from = std::max(history_.begin(), *known - std::min(*known, resume_overlap));
    position = std::min(history_.end(), from + most_in_sign_answer);
  } else if (!has_spoken_) {
    position = std::min(history_.end(), (backlog_end_ + 1) / 2);
  } else {
    const std::uint64_t recent = std::max<std::uint64_t>(6, backlog_end_);
    from = std::max(history_.begin(), history_.end() - std::min(history_.end(), recent));
    position = history_.end();
    as_history = true;
  }
  std::vector<SharedMessage> messages;
  for (std::uint64_t i = from; i < position; ++i) messages.push_back(history_.at(i));
  webcast::FetchResult result = result_of(messages, position);
  if (as_history) {
    for (auto& base : *result.mutable_messages()) base.set_is_history(true);
  }
  result.set_is_first(true);
  result.set_need_ack(false);
  result.set_history_no_more(true);
  return result;
}

void Room::send_frame(RoomClient& client, std::string_view bytes) {
  ++counters_.frames;
  client.socket.send(websocket::binary_frame(bytes));
}

void Room::send_result(RoomClient& client, std::string_view payload_type, std::vector<SharedMessage> messages,
                       const BatchShape& shape) {
  if (shape.reordered) std::reverse(messages.begin(), messages.end());
  const Compression compression = client.wants_gzip ? shape.compression : Compression::none;
  for (int copy = 0; copy < (shape.duplicate ? 2 : 1); ++copy) {
    webcast::FetchResult result = result_of(messages, client.position);
    result.set_need_ack(true);
    const std::uint64_t log_id = next_log_id();
    client.unacked[log_id] = RoomClient::Unacked{result.internal_ext(), messages};
    send_frame(client,
               push_frame(++client.seq, log_id, payload_type, result.SerializeAsString(), compression));
  }
}

// ---- clients

void Room::attach(RoomClient& client) {
  ++counters_.connects;
  client.last_heartbeat = clock_.steady();
  clients_.push_back(&client);
}

void Room::detach(RoomClient& client) { clients_.remove(&client); }

void Room::receive(RoomClient& client, std::string_view bytes) {
  const auto frame = read_client_frame(bytes);
  if (!frame) return;
  switch (frame->kind) {
    case ClientFrame::Kind::enter_room:
      enter(client, *frame);
      break;
    case ClientFrame::Kind::heartbeat:
      ++counters_.heartbeats;
      client.last_heartbeat = clock_.steady();
      if (!faults_.active(Fault::silence)) {
        send_frame(client, push_frame(++client.seq, next_log_id(), "hb", "", Compression::none));
      }
      break;
    case ClientFrame::Kind::ack:
      acknowledge(client, *frame);
      break;
    case ClientFrame::Kind::other:
      break;
  }
}

void Room::enter(RoomClient& client, const ClientFrame& frame) {
  ++counters_.enters;
  if (frame.room_id != room_id_) return;  // the room is over or unknown: TikTok does not answer
  const auto of_address = cursor_position(client.cursor, room_id_);
  const auto of_frame = cursor_position(frame.cursor, room_id_);
  const std::uint64_t from = of_address ? *of_address : of_frame ? *of_frame : client.sign_position;
  client.position = std::clamp(from, history_.begin(), history_.end());
  client.entered = true;
  if (faults_.active(Fault::silence)) return;
  std::vector<SharedMessage> history;
  if (!faults_.active(Fault::age_restricted)) {
    for (; client.position < backlog_end_; ++client.position) history.push_back(history_.at(client.position));
  }
  const BatchShape plain;
  send_result(client, "im_enter_room_resp", std::move(history), plain);
}

void Room::acknowledge(RoomClient& client, const ClientFrame& frame) {
  const auto found = client.unacked.find(frame.log_id);
  if (found == client.unacked.end() || found->second.internal_ext != frame.text) {
    ++counters_.bad_acks;
    return;
  }
  for (const SharedMessage& message : found->second.messages) truth_.acknowledge(*message);
  client.unacked.erase(found);
}

// ---- time

bool Room::anyone_listens() const {
  return std::any_of(clients_.begin(), clients_.end(), [](const RoomClient* client) {
    return client->entered && !client->flow_stopped() && !client->socket.closing();
  });
}

void Room::tick() {
  const auto now = clock_.steady();
  const double seconds = std::min(0.5, std::chrono::duration<double>(now - last_tick_).count());
  last_tick_ = now;
  for (RoomClient* client : clients_) {
    if (now - client->last_heartbeat > heartbeat_limit && !client->socket.closing()) client->socket.abort();
  }
  if (faults_.active(Fault::silence) || faults_.active(Fault::age_restricted)) return;
  if (!ended_ && anyone_listens()) {
    produce(seconds);
    if (options_.end_when_done && source_->done()) end();
  }
  deliver();
}

void Room::produce(double seconds) {
  has_spoken_ = true;
  owed_ += options_.rate * seconds;
  const auto due = static_cast<std::size_t>(owed_);
  owed_ -= static_cast<double>(due);
  const UnixMs now = clock_.now_ms();
  for (RoomMessage& message : source_->next(due, now)) say_with_faults(std::move(message), now);
}

void Room::say_with_faults(RoomMessage message, UnixMs now) {
  if (message.method == "WebcastGiftMessage" && faults_.take(Fault::gift_without_details)) {
    truth_.add(message);
    history_.push(without_details(std::move(message)));
    return;
  }
  if (!message.ends_streak) return say(std::move(message));
  if (faults_.take(Fault::lost_streak_end)) return;
  const bool repeated = faults_.take(Fault::repeated_streak_end);
  RoomMessage again = message;
  say(std::move(message));
  if (!repeated) return;
  webcast::GiftMessage gift;
  gift.ParseFromString(again.payload);
  again.msg_id = forge_.next_id(now);
  gift.mutable_common()->set_msg_id(again.msg_id);
  again.payload = gift.SerializeAsString();
  say(std::move(again));
}

Room::BatchShape Room::take_shape() {
  BatchShape shape;
  shape.reordered = faults_.take(Fault::reordered);
  shape.duplicate = faults_.take(Fault::duplicate_batch);
  if (faults_.take(Fault::uncompressed)) {
    shape.compression = Compression::none;
  } else if (faults_.take(Fault::no_compress_header)) {
    shape.compression = Compression::unlabelled;
  }
  return shape;
}

void Room::deliver() {
  const bool something = std::any_of(clients_.begin(), clients_.end(), [&](const RoomClient* client) {
    return client->entered && !client->flow_stopped() && client->position < history_.end();
  });
  if (!something || faults_.active(Fault::silence)) return;
  const BatchShape shape = take_shape();
  for (RoomClient* client : clients_) {
    if (client->entered) deliver_to(*client, shape);
  }
}

void Room::deliver_to(RoomClient& client, const BatchShape& shape) {
  client.position = std::max(client.position, history_.begin());
  while (client.position < history_.end() && !client.flow_stopped() && !client.socket.closing()) {
    std::vector<SharedMessage> batch;
    std::size_t bytes = 0;
    while (client.position < history_.end() && batch.size() < most_in_frame && bytes < frame_bytes) {
      batch.push_back(history_.at(client.position++));
      bytes += batch.back()->payload.size();
    }
    send_result(client, "msg", std::move(batch), shape);
  }
}

void Room::end() {
  if (ended_) return;
  ended_ = true;
  say_now(forge_.control(3, clock_.now_ms()));
}

}  // namespace papi::sim
