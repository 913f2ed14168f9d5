#include "live/room_follower.hpp"

#include <boost/asio/co_spawn.hpp>

#include "live/decoder.hpp"
#include "live/socket_refusal.hpp"
#include "platform/base/text.hpp"

namespace papi::live {
namespace {

Attempt refused(Error error) {
  Attempt attempt;
  attempt.end = Attempt::End::refused;
  attempt.error = std::move(error);
  return attempt;
}

}  // namespace

RoomFollower::RoomFollower(const LiveParts& parts, const FollowerOptions& options, RoomReference reference,
                           RoomSink& sink)
    : parts_(parts),
      options_(options),
      reference_(std::move(reference)),
      sink_(sink),
      machine_(options.timing, parts.random),
      sign_turn_(parts.executor, [this] { return sink_.readers(); }),
      intake_(options.remembered_ids, parts.pictures),
      wake_(parts.executor),
      keep_alive_wake_(parts.executor),
      heartbeat_(options.heartbeat),
      storing_(parts.executor) {
  status_.room_id = reference_.room_id();
  status_.reason = connecting_reason;
  last_heard_ = parts.clock.steady();
}

void RoomFollower::stop() {
  stopped_ = true;
  wake_.notify();
  sign_turn_.give_up();
  if (client_) client_->close();
}

void RoomFollower::set_status(RoomState state, std::string reason, std::optional<UnixMs> next_try,
                              std::optional<Error> error) {
  status_.state = state;
  status_.reason = std::move(reason);
  status_.next_try = next_try;
  status_.error = std::move(error);
  parts_.log.info("Room state", {{"room", reference_.text()},
                                 {"state", to_string(state)},
                                 {"reason", status_.reason},
                                 {"room_id", std::to_string(status_.room_id)}});
  sink_.room_changed(status_);
}

Task<void> RoomFollower::run() {
  RoomAction action = Connect{};
  while (!stopped_) {
    if (const auto* wait = std::get_if<Wait>(&action)) {
      StreakEnd overdue;
      overdue.idle = options_.streak_idle_offline, overdue.heard = parts_.clock.steady();
      co_await end_streaks(overdue);
      StreakEnd leaving;
      leaving.leaving_only = true;
      if (wait->state == RoomState::waiting) co_await end_streaks(leaving);
      if (stopped_) break;
      set_status(wait->state, wait->reason, parts_.clock.now_ms() + wait->delay.count());
      if (stopped_) break;
      co_await wake_.wait_for(wait->delay);
      action = Connect{};
      continue;
    }
    if (const auto* stop = std::get_if<Stop>(&action)) {
      // Also an end that was not said but found out: no more news of its streaks can come.
      StreakEnd all;
      if (stop->state == RoomState::ended) co_await end_streaks(all);
      set_status(stop->state, stop->reason.message, {}, stop->reason);
      co_return;
    }
    const Attempt ended = co_await attempt();
    if (!stopped_) action = machine_.after(ended, sink_.wants_to_wait());
  }
}

Task<Attempt> RoomFollower::attempt() {
  // What was read on the way to the socket is gone before the conversation begins: it lasts for hours.
  auto opened = co_await open();
  if (!opened) co_return refused(opened.error());
  if (*opened) co_return co_await converse(**opened);
  Attempt over;
  over.end = Attempt::End::stream_ended;
  co_return over;
}

Task<Result<std::unique_ptr<websocket::Client>>> RoomFollower::open() {
  auto options = co_await prepare();
  if (!options) co_return options.error();
  if (!*options) co_return std::unique_ptr<websocket::Client>();
  websocket::Client::Refusal refusal;
  auto client =
      co_await websocket::Client::connect(parts_.executor, parts_.tls, std::move(**options), refusal);
  if (client) co_return client;
  if (refusal.status != 0) log_refusal(parts_.log, reference_.text(), refusal);
  co_return refusal_error(client.error(), refusal);
}

Task<Result<std::optional<websocket::ClientOptions>>> RoomFollower::prepare() {
  // A waiting room stays "waiting" while it is looked at.
  const bool again = was_connected_ || status_.state == RoomState::reconnecting;
  if (status_.state != RoomState::waiting)
    set_status(again ? RoomState::reconnecting : RoomState::connecting, status_.reason);
  auto room = co_await parts_.lookup.find(parts_.executor, reference_);
  if (!room) co_return room.error();
  if (set_room(room->room_id)) {
    StreakEnd all;
    co_await end_streaks(all);
  }
  meet_host(room->facts);
  status_.facts = std::move(room->facts);
  if (stopped_) co_return Error();

  status_.waits_for_signature = parts_.sign.must_wait();
  if (status_.state != RoomState::waiting && status_.waits_for_signature)
    set_status(status_.state, "Waiting for a signature");
  auto signed_fetch = co_await parts_.sign.fetch(parts_.executor, status_.room_id, cursor_, sign_turn_);
  status_.waits_for_signature = false;
  if (!signed_fetch) co_return signed_fetch.error();
  auto first = read_fetch_result(signed_fetch->body);
  if (!first) co_return first.error();
  if (auto usable = parts_.hosts.check_socket(first->push_server); !usable) {
    // Without what may be a secret of the signer.
    const std::string_view whole(first->push_server);
    const std::string_view address = whole.substr(0, std::min<std::size_t>(whole.find('?'), 200));
    parts_.log.warning(
        "Socket address refused",
        {{"room", reference_.text()}, {"reason", usable.error().message}, {"address", to_utf8(address)}});
    co_return usable.error();
  }
  if (stopped_) co_return Error();
  // The backlog is safe before the socket opens: the socket's address carries its acknowledgement.
  fresh_ = cursor_.empty();
  Origin origin;
  origin.history = fresh_;
  auto taken = co_await take_result(*first, origin);
  if (!taken) co_return taken.error();
  if (*taken) co_return std::optional<websocket::ClientOptions>();

  websocket::ClientOptions options;
  options.url = socket_url(*first);
  options.connect_timeout = options_.socket_timeout;
  options.proxy = parts_.proxy;
  options.loopback_is_meant = parts_.hosts.webcast_is_loopback();
  options.headers.emplace_back("User-Agent", parts_.browser.user_agent);
  options.headers.emplace_back("Cookie", cookies(*first, signed_fetch->cookies));
  options.headers.emplace_back("Origin", "https://www.tiktok.com");
  co_return std::optional(std::move(options));
}

/// Returns true if the room is a new stream, which has a cursor of its own (Webcast protocol §3.5).
bool RoomFollower::set_room(std::uint64_t room_id) {
  const bool new_stream = cursor_room_ != 0 && cursor_room_ != room_id;
  if (new_stream) {
    cursor_.clear();
    note_ = "A new stream has begun; the position in the one before does not apply";
  }
  status_.room_id = cursor_room_ = room_id;
  return new_stream;
}

Task<Attempt> RoomFollower::converse(websocket::Client& client) {
  client_ = &client;
  heard_ = flowing_ = leave_ = false;
  last_data_ = parts_.clock.steady();
  if (stopped_) client.close();
  client.send(enter_room_frame(status_.room_id, cursor_, parts_.random.next() >> 1));
  bool keeping = true;
  Signal keeper_gone(parts_.executor);
  net::co_spawn(parts_.executor, keep_alive(client),
                [&](std::exception_ptr) { keeping = false, keeper_gone.notify(); });
  Attempt attempt = co_await pump(client);
  if (flowing_)
    attempt.flowed = std::chrono::duration_cast<std::chrono::milliseconds>(last_data_ - first_data_);
  client.close();
  client_ = nullptr;
  keep_alive_wake_.notify();
  while (keeping) co_await keeper_gone.wait();
  co_return attempt;
}

Task<Attempt> RoomFollower::pump(websocket::Client& client) {
  Attempt attempt;
  for (;;) {
    auto message = co_await client.read();
    if (!message) {
      attempt.end = flowing_ ? Attempt::End::dropped : Attempt::End::refused;
      attempt.error = message.error();
      if (parts_.clock.steady() - last_data_ >= options_.silence)
        attempt.error.message = "no data for too long";
      co_return attempt;
    }
    auto ended = co_await take_frame(std::move(*message), client);
    if (!ended) co_return refused(ended.error());
    if (*ended) {
      attempt.end = Attempt::End::stream_ended;
      co_return attempt;
    }
    if (leave_) {
      attempt.end = flowing_ ? Attempt::End::dropped : Attempt::End::refused;
      attempt.error = Error(ErrorCode::upstream_error, "TikTok closed the connection");
      co_return attempt;
    }
  }
}

Task<void> RoomFollower::keep_alive(websocket::Client& client) {
  std::uint64_t number = 0;
  auto next_heartbeat = parts_.clock.steady();
  auto next_streak_check = next_heartbeat + options_.streak_idle / 4;
  while (client_ == &client) {
    const auto now = parts_.clock.steady();
    // No reliance on WebSocket pongs: TikTok does not answer pings (dossier §3.4). Silence of data is the
    // sign.
    if (now - last_data_ >= options_.silence) {
      client.close();
      co_return;
    }
    if (now >= next_heartbeat) {
      client.send(heartbeat_frame(status_.room_id, ++number));
      // Several in the time after which silence ends the connection: a quiet room is heard.
      next_heartbeat = now + std::min(heartbeat_, options_.silence / 4);
    }
    if (now >= next_streak_check) {
      next_streak_check = now + options_.streak_idle / 4;
      StreakEnd overdue;
      // While nothing is heard, the lack of news does not mean that a streak has ended. What was missed comes
      // at the beginning of a connection.
      overdue.idle = options_.streak_idle, overdue.heard = last_heard_;
      if (heard_ && now - heard_since_ >= options_.streak_idle / 4) co_await end_streaks(overdue);
      if (client_ != &client) co_return;
    }
    const auto next = std::min({next_heartbeat, next_streak_check, last_data_ + options_.silence});
    co_await keep_alive_wake_.wait_for(next - parts_.clock.steady());
  }
}

/// True: the stream has ended. An Error: the events could not be kept.
Task<Result<bool>> RoomFollower::take_frame(std::string message, websocket::Client& client) {
  auto frame = read_push_frame(message);
  if (!frame) {
    intake_.count_undecodable();
    co_return false;
  }
  const bool carries_result = frame->payload_type == "msg" || frame->payload_type == "im_enter_room_resp";
  const bool data = carries_result && !frame->payload.empty();
  note_heard(data);
  if (frame->payload_type == "close") {
    leave_ = true;
    co_return false;
  }
  if (!data) co_return false;
  std::string inflated;
  std::string_view payload = frame->payload;
  if (frame->gzip) {
    auto plain = gunzip(payload, options_.max_inflated);
    if (!plain) {
      intake_.count_undecodable();
      parts_.log.warning("Frame dropped", {{"room", reference_.text()}, {"reason", plain.error().message}});
      co_return false;
    }
    inflated = std::move(*plain);
    payload = inflated;
  }
  auto result = read_fetch_result(payload);
  if (!result) {
    intake_.count_undecodable();
    co_return false;
  }
  last_data_ = parts_.clock.steady();
  if (!flowing_) first_data_ = last_data_;
  // What comes on entering is the second half of the backlog (Webcast protocol §5.3).
  Origin origin;
  origin.history = fresh_ && frame->payload_type == "im_enter_room_resp";
  origin.live = flowing_ && frame->payload_type == "msg";
  // An age-restricted room answers politely and says nothing: that is not "connected".
  if (!flowing_ && !result->messages.empty()) {
    flowing_ = was_connected_ = true;
    machine_.on_connected();
    sink_.connection_restored();
    parts_.gifts.refresh(status_.room_id);
    set_status(RoomState::connected, std::exchange(note_, std::string()));
  }
  if (flowing_) heard_at_ = parts_.clock.now_ms();
  if (!frame->cursor.empty()) result->cursor = frame->cursor;
  auto ended = co_await take_result(*result, origin);
  if (!ended) co_return ended;
  // After the events are safe, and never before: an unacknowledged frame comes again after a crash.
  if (result->need_ack && !result->internal_ext.empty())
    client.send(ack_frame(frame->log_id, result->internal_ext));
  co_return ended;
}

/// A frame has come. The time in which nothing was heard does not count for streaks that wait for news.
void RoomFollower::note_heard(bool data) {
  const auto now = parts_.clock.steady();
  const auto unheard = now - std::exchange(last_heard_, now);
  if (!std::exchange(heard_, true)) {
    heard_since_ = now;
    sink_.nothing_heard_for(unheard);
    return;
  }
  // News behind a pause may have waited in it: the platform's, or our own while the database was locked. A
  // heartbeat's answer behind a pause shows that nothing waits.
  const auto pause = unheard - options_.streak_idle / 4;
  if (data && pause > pause.zero()) sink_.nothing_heard_for(pause);
}

RoomIntake::Moment RoomFollower::now() const { return {parts_.clock.now_ms(), parts_.clock.steady()}; }

Task<Result<bool>> RoomFollower::take_result(const FetchResult& result, Origin origin) {
  if (result.heartbeat_ms > 0) {
    heartbeat_ = std::chrono::milliseconds(
        std::clamp<std::int64_t>(result.heartbeat_ms, 1'000, options_.heartbeat.count()));
  }
  AsyncLocks locks({&storing_});
  co_await locks.take();
  RoomBatch batch = intake_.take(result, origin.history, status_.room_id, now());
  const bool ended = batch.stream_ended;
  events::UpstreamPosition next = position();
  if (batch.platform_time > 0 && parts_.trusted_clock.heard_platform_time(batch.platform_time, origin.live)) {
    next.platform_time = batch.platform_time;
  }
  if (!result.cursor.empty()) next.cursor = result.cursor;
  next.likes = intake_.likes_total();
  next.heard_at = batch.received;
  const std::string cursor = next.cursor;
  note_facts(batch.viewers);
  auto stored = co_await sink_.take(std::move(batch), std::move(next));
  stored ? intake_.commit() : intake_.rollback();
  if (!stored) co_return stored.error();
  cursor_ = cursor;
  co_return ended;
}

/// The host's picture has its address at once, as everybody's who is seen in an event.
void RoomFollower::meet_host(RoomFacts& facts) {
  events::User host;
  host.id = parse_uint(facts.host.id).value_or(0);
  if (host.id == 0) return;
  host.username = facts.host.username, host.nickname = facts.host.nickname;
  host.avatar_url = facts.host.avatar_url;
  facts.host.picture = parts_.pictures.path_of(host.id);
  parts_.people.seen(host);
}

/// Keeps what the look-up told of the room current.
void RoomFollower::note_facts(std::optional<std::int64_t> viewers) {
  const std::int64_t likes = intake_.likes_total();
  if (!viewers && likes <= 0) return;
  if (!status_.facts) status_.facts.emplace();
  if (viewers) status_.facts->viewers = static_cast<std::uint64_t>(std::max<std::int64_t>(*viewers, 0));
  const auto known = static_cast<std::int64_t>(status_.facts->likes.value_or(0));
  if (likes > known) status_.facts->likes = static_cast<std::uint64_t>(likes);
}

Task<void> RoomFollower::end_streaks(StreakEnd which) {
  AsyncLocks locks({&storing_});
  co_await locks.take();
  which.now = parts_.clock.now_ms();
  auto stored = co_await sink_.end_streaks(which);
  if (!stored) parts_.log.warning("Gift streaks could not be closed", {{"room", reference_.text()}});
}

events::UpstreamPosition RoomFollower::position() const {
  events::UpstreamPosition position;
  position.room_id = std::to_string(status_.room_id);
  position.cursor = cursor_;
  position.likes = intake_.likes_total();
  position.heard_at = heard_at_;
  return position;
}

void RoomFollower::start_from(const events::UpstreamPosition& position, bool resumed) {
  cursor_ = position.cursor;
  if (!cursor_.empty()) cursor_room_ = parse_uint(position.room_id).value_or(0);
  heard_at_ = position.heard_at;
  if (cursor_room_ != 0) intake_.restore_stream(cursor_room_, position.likes);
  if (!resumed) return;
  was_connected_ = true;
  machine_.on_resumed();
  status_.room_id = cursor_room_;
  status_.state = RoomState::reconnecting;
  status_.reason = "The service was restarted";
}

std::string RoomFollower::cookies(const FetchResult& result, const std::string& of_signer) const {
  const Secret& account = parts_.browser.account;
  const bool signed_in = of_signer.find("sessionid=") != std::string::npos;
  if (account.empty() || signed_in || !parts_.hosts.own_socket(result.push_server)) return of_signer;
  return of_signer + "; " + account.reveal();
}

std::string RoomFollower::socket_url(const FetchResult& result) const {
  std::string url(result.push_server);
  url += url.find('?') == std::string::npos ? '?' : '&';
  url += "version_code=180800&" + parts_.browser.parameters();
  url +=
      "&device_platform=web&identity=audience&live_id=12&ws_direct=0&sup_ws_ds_opt=1&update_version_code=2.0."
      "0&did_rule=3";
  url += "&heartbeat_duration=0&resp_content_type=protobuf&history_comment_count=6&client_enter=1&last_rtt=";
  url += std::to_string(parts_.random.between(100, 200)) +
         "&compress=gzip&room_id=" + std::to_string(status_.room_id);
  url += "&internal_ext=" + percent_encode(result.internal_ext) + "&cursor=" + percent_encode(result.cursor);
  for (const auto& [key, value] : result.route_params) {
    if (!value.empty()) url += "&" + percent_encode(key) + "=" + percent_encode(value);
  }
  return url;
}

}  // namespace papi::live
