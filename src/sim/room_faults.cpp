// Room::act(): the simulated faults that act at once.

#include "sim/room.hpp"

namespace papi::sim {
namespace {

constexpr std::size_t bomb_size = 200 * 1024 * 1024;

std::string garbage(Random& random) {
  std::string bytes("\xFF\xFF\xFF", 3);  // a tag that protobuf cannot have
  for (int i = 0; i < 61; ++i) bytes += static_cast<char>(random.between(0, 255));
  return bytes;
}

}  // namespace

void Room::act(Fault fault, std::int64_t n) {
  const UnixMs now = clock_.now_ms();
  const auto each_client = [&](auto&& what) {
    // On a copy, because aborting a socket may change the list.
    for (RoomClient* client : std::list<RoomClient*>(clients_)) what(*client);
  };
  if (fault == Fault::drop) return each_client([](RoomClient& client) { client.socket.abort(); });
  if (fault == Fault::room_restart) return restart();
  if (fault == Fault::close_code) {
    return each_client([&](RoomClient& client) {
      // 1005 and 1006 are never sent. They stand for a cut connection.
      if (n == 1005 || n == 1006) return client.socket.abort();
      client.socket.close(static_cast<websocket::CloseCode>(n), "closed by webcast-sim");
    });
  }
  if (fault == Fault::close_frame) {
    return each_client([&](RoomClient& client) {
      send_frame(client, push_frame(++client.seq, next_log_id(), "close", "", Compression::none));
    });
  }
  const std::string bomb = fault == Fault::gzip_bomb ? gzip_bomb(bomb_size) : std::string();
  for (std::int64_t i = 0; i < n; ++i) {
    const Person& who = cast_.viewer(random_);
    const auto phrase = [&] { return quiz() ? some_chatter(random_) : some_phrase(random_); };
    switch (fault) {
      case Fault::garbage_frame:
        each_client([&](RoomClient& client) { send_frame(client, garbage(random_)); });
        break;
      case Fault::gzip_bomb:
        each_client([&](RoomClient& client) {
          send_frame(client, gzipped_push_frame(++client.seq, next_log_id(), bomb));
        });
        break;
      case Fault::empty_payload:
        each_client([&](RoomClient& client) {
          send_frame(client, push_frame(++client.seq, next_log_id(), "msg", "", Compression::none));
        });
        break;
      case Fault::unknown_method:
        say(forge_.plain("WebcastNeverSeenBeforeMessage", now));
        break;
      case Fault::truncated_payload:
        say(forge_.truncated_chat(who, now));
        break;
      case Fault::wrong_wire_type:
        say(forge_.wrong_wire_type_chat(who, now));
        break;
      case Fault::invalid_utf8:
        say(forge_.invalid_utf8_chat(who, now));
        break;
      case Fault::create_time_zero:
        say(forge_.chat_at(who, phrase(), 0, now));
        break;
      case Fault::create_time_seconds:
        say(forge_.chat_at(who, phrase(), now / 1000, now));
        break;
      case Fault::pause:
      case Fault::resume:
        paused_ = fault == Fault::pause;
        say(forge_.control(paused_ ? 1 : 2, now));
        break;
      default:
        return;  // the other kinds wait in faults_
    }
  }
  deliver();
}

void Room::restart() {
  if (!ended_) say_now(forge_.control(3, clock_.now_ms()));
  // Sockets of the old room stay open. They get no messages until they enter the new room.
  for (RoomClient* client : clients_) client->entered = false;
  open_room();
  ended_ = paused_ = false;
}

}  // namespace papi::sim
