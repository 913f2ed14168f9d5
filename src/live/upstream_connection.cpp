#include "live/upstream_connection.hpp"

#include <boost/asio/co_spawn.hpp>

#include "live/socket_refusal.hpp"
#include "live/socket_url.hpp"
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

UpstreamConnection::UpstreamConnection(const LiveDependencies& deps, const UpstreamOptions& options,
                                       RoomReference reference, RoomSink& sink)
    : deps_(deps),
      options_(options),
      reference_(std::move(reference)),
      sink_(sink),
      policy_(options.timing, deps.random),
      protocol_(options.protocol, deps.clock.steady()),
      sign_waiter_(deps.executor, [this] { return sink_.readers(); }),
      ingest_(options.remembered_ids, deps.pictures),
      wake_(deps.executor),
      timers_wake_(deps.executor),
      storing_(deps.executor) {
  status_.room_id = reference_.room_id();
  status_.reason = connecting_reason;
}

void UpstreamConnection::stop() {
  for (const UpstreamAction& action : protocol_.on_stop()) perform_now(action);
  wake_.notify();
  sign_waiter_.give_up();
}

void UpstreamConnection::set_status(RoomState state, std::string reason, std::optional<UnixMs> next_try,
                                    std::optional<Error> error) {
  status_.state = state;
  status_.reason = std::move(reason);
  status_.next_try = next_try;
  status_.error = std::move(error);
  deps_.log.info("Room state", {{"room", reference_.text()},
                                {"state", to_string(state)},
                                {"reason", status_.reason},
                                {"room_id", std::to_string(status_.room_id.value())}});
  sink_.room_changed(status_);
}

Task<void> UpstreamConnection::run() {
  RoomAction action = Connect{};
  while (!protocol_.stopped()) {
    if (const auto* wait = std::get_if<Wait>(&action)) {
      UpstreamActions first = protocol_.on_pause(wait->state, deps_.clock.steady());
      co_await perform(std::move(first));
      if (protocol_.stopped()) break;
      set_status(wait->state, wait->reason, deps_.clock.now_ms() + wait->delay.count());
      if (protocol_.stopped()) break;
      co_await wake_.wait_for(wait->delay);
      action = Connect{};
      continue;
    }
    if (const auto* stop = std::get_if<Stop>(&action)) {
      UpstreamActions last = protocol_.on_over(stop->state);
      co_await perform(std::move(last));
      set_status(stop->state, stop->reason.message, {}, stop->reason);
      co_return;
    }
    const Attempt ended = co_await attempt();
    if (protocol_.stopped()) break;
    deps_.metrics.count_end(ended.end);
    action = policy_.after(ended, sink_.wants_to_wait());
  }
}

Task<Attempt> UpstreamConnection::attempt() {
  // open() is a coroutine of its own, so that its buffers are freed before use_socket(), which lasts for
  // hours.
  auto opened = co_await open();
  if (!opened) co_return refused(opened.error());
  if (*opened) co_return co_await use_socket(**opened);
  Attempt over;
  over.end = Attempt::End::stream_ended;
  co_return over;
}

Task<Result<std::unique_ptr<websocket::Client>>> UpstreamConnection::open() {
  auto options = co_await prepare();
  if (!options) co_return options.error();
  if (!*options) co_return std::unique_ptr<websocket::Client>();
  websocket::Client::Refusal refusal;
  auto client = co_await websocket::Client::connect(deps_.executor, deps_.tls, std::move(**options), refusal);
  if (client) co_return client;
  if (refusal.status != 0) log_refusal(deps_.log, reference_.text(), refusal);
  co_return refusal_error(client.error(), refusal);
}

Task<Result<std::optional<websocket::ClientOptions>>> UpstreamConnection::prepare() {
  // While a waiting room is checked, it stays "waiting".
  const bool again = protocol_.was_connected() || status_.state == RoomState::reconnecting;
  if (status_.state != RoomState::waiting)
    set_status(again ? RoomState::reconnecting : RoomState::connecting, status_.reason);
  auto room = co_await deps_.lookup.find(deps_.executor, reference_);
  if (!room) co_return room.error();
  UpstreamActions found = protocol_.on_room_found(room->room_id);
  status_.room_id = protocol_.room_id();
  co_await perform(std::move(found));
  report_host(room->facts);
  status_.facts = std::move(room->facts);
  if (protocol_.stopped()) co_return Error();

  status_.waits_for_signature = deps_.sign.must_wait();
  if (status_.state != RoomState::waiting && status_.waits_for_signature)
    set_status(status_.state, "Waiting for a signature");
  auto signed_fetch =
      co_await deps_.sign.fetch(deps_.executor, status_.room_id, protocol_.cursor(), sign_waiter_);
  status_.waits_for_signature = false;
  if (!signed_fetch) co_return signed_fetch.error();
  auto first = read_fetch_result(signed_fetch->body);
  if (!first) co_return first.error();
  if (auto usable = deps_.hosts.check_socket(first->push_server); !usable) {
    log_refused_address(deps_.log, reference_.text(), first->push_server, usable.error());
    co_return usable.error();
  }
  if (protocol_.stopped()) co_return Error();
  // The backlog is stored before the socket opens, because the socket's URL carries its acknowledgement.
  UpstreamActions begin = protocol_.on_first_result(summary_of(*first));
  const auto ended = co_await perform(std::move(begin), &*first);
  if (ended && ended->end == Attempt::End::stream_ended) co_return std::optional<websocket::ClientOptions>();
  if (ended) co_return ended->error;

  websocket::ClientOptions options;
  options.url = socket_url(*first, status_.room_id, deps_.browser, deps_.random);
  options.connect_timeout = options_.socket_timeout;
  options.proxy = deps_.proxy;
  options.loopback_is_meant = deps_.hosts.webcast_is_loopback();
  options.headers.emplace_back("User-Agent", deps_.browser.user_agent);
  options.headers.emplace_back("Cookie",
                               socket_cookies(*first, signed_fetch->cookies, deps_.browser, deps_.hosts));
  options.headers.emplace_back("Origin", "https://www.tiktok.com");
  co_return std::optional(std::move(options));
}

Task<Attempt> UpstreamConnection::use_socket(websocket::Client& client) {
  client_ = &client;
  for (const UpstreamAction& action : protocol_.on_socket_opened(deps_.clock.steady())) perform_now(action);
  bool timers_run = true;
  Notifier timers_ended(deps_.executor);
  net::co_spawn(deps_.executor, run_timers(client), [&](std::exception_ptr) {
    timers_run = false;
    timers_ended.notify();
  });
  Attempt attempt = co_await read_frames(client);
  client.close();
  client_ = nullptr;
  timers_wake_.notify();
  while (timers_run) co_await timers_ended.wait();
  co_return attempt;
}

Task<Attempt> UpstreamConnection::read_frames(websocket::Client& client) {
  for (;;) {
    auto message = co_await client.read();
    if (!message) {
      UpstreamActions last = protocol_.on_peer_closed(message.error(), deps_.clock.steady());
      auto ended = co_await perform(std::move(last));
      co_return ended ? *std::move(ended) : refused(message.error());
    }
    const IncomingFrame frame(std::move(*message), options_.max_inflated);
    if (frame.undecodable()) {
      ingest_.count_undecodable();
      deps_.metrics.undecodable.add();
    }
    if (!frame.inflate_fault().empty())
      deps_.log.warning("Frame dropped", {{"room", reference_.text()}, {"reason", frame.inflate_fault()}});
    UpstreamActions actions = protocol_.on_frame(frame.frame(), now());
    auto ended = co_await perform(std::move(actions), &frame.result());
    if (ended) co_return *std::move(ended);
  }
}

Task<void> UpstreamConnection::run_timers(websocket::Client& client) {
  while (client_ == &client) {
    UpstreamActions actions = protocol_.on_time(deps_.clock.steady());
    co_await perform(std::move(actions));
    const auto next = protocol_.next_time();
    if (client_ != &client || !next) co_return;
    co_await timers_wake_.wait_for(*next - deps_.clock.steady());
  }
}

Task<std::optional<Attempt>> UpstreamConnection::perform(UpstreamActions actions, const FetchResult* result) {
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (auto* ended = std::get_if<EndAttempt>(&actions[i])) co_return std::move(ended->attempt);
    if (const auto* streaks = std::get_if<EndStreaks>(&actions[i])) {
      co_await end_streaks(streaks->which);
    } else if (const auto* storing = std::get_if<StoreResult>(&actions[i])) {
      auto stored = co_await store(*result, *storing);
      auto next = stored ? protocol_.on_stored(*stored, deps_.clock.steady())
                         : protocol_.on_not_stored(stored.error());
      actions.insert(actions.end(), std::make_move_iterator(next.begin()),
                     std::make_move_iterator(next.end()));
    } else {
      perform_now(actions[i]);
    }
  }
  co_return std::nullopt;
}

/// Performs an action that does not wait.
void UpstreamConnection::perform_now(const UpstreamAction& action) {
  if (const auto* enter = std::get_if<SendEnterRoom>(&action)) {
    client_->send(enter_room_frame(enter->room_id, enter->cursor, deps_.random.next() >> 1));
  } else if (const auto* heartbeat = std::get_if<SendHeartbeat>(&action)) {
    client_->send(heartbeat_frame(heartbeat->room_id, heartbeat->number));
  } else if (const auto* ack = std::get_if<SendAcknowledgement>(&action)) {
    client_->send(ack_frame(ack->log_id, ack->internal_ext));
  } else if (std::holds_alternative<CloseSocket>(action)) {
    client_->close();
  } else if (const auto* delay = std::get_if<DelayStreaks>(&action)) {
    sink_.nothing_heard_for(delay->time);
  } else if (const auto* connected = std::get_if<ReportConnected>(&action)) {
    policy_.on_connected();
    sink_.connection_restored();
    deps_.gifts.refresh(status_.room_id);
    set_status(RoomState::connected, connected->note);
  }
}

Task<Result<bool>> UpstreamConnection::store(const FetchResult& result, StoreResult how) {
  AsyncScopedLock locks({&storing_});
  co_await locks.take();
  RoomBatch batch = ingest_.take(result, how.history, status_.room_id, now());
  const bool ended = batch.stream_ended;
  const std::uint64_t duplicates = batch.duplicates, undecodable = batch.undecodable;
  events::UpstreamPosition next = position();
  if (batch.platform_time > 0 && deps_.trusted_clock.heard_platform_time(batch.platform_time, how.live)) {
    next.platform_time = batch.platform_time;
  }
  next.cursor = how.cursor;
  next.likes = ingest_.likes_total();
  next.heard_at = batch.received;
  update_facts(batch.viewers);
  auto stored = co_await sink_.take(std::move(batch), std::move(next));
  if (stored) {
    ingest_.commit();
    deps_.metrics.duplicates.add(duplicates);
    deps_.metrics.undecodable.add(undecodable);
  } else {
    ingest_.rollback();
  }
  if (!stored) co_return stored.error();
  co_return ended;
}

/// Gives the host's picture its path at once, as for every person in an event.
void UpstreamConnection::report_host(RoomFacts& facts) {
  events::User host;
  host.id = events::UserId(parse_uint(facts.host.id).value_or(0));
  if (host.id == events::UserId()) return;
  host.username = facts.host.username;
  host.nickname = facts.host.nickname;
  host.avatar_url = facts.host.avatar_url;
  facts.host.picture = deps_.pictures.path_of(host.id);
  deps_.people.seen(host);
}

/// Keeps the facts of the look-up current.
void UpstreamConnection::update_facts(std::optional<std::int64_t> viewers) {
  const std::int64_t likes = ingest_.likes_total();
  if (!viewers && likes <= 0) return;
  if (!status_.facts) status_.facts.emplace();
  if (viewers) status_.facts->viewers = static_cast<std::uint64_t>(std::max<std::int64_t>(*viewers, 0));
  const auto known = static_cast<std::int64_t>(status_.facts->likes.value_or(0));
  if (likes > known) status_.facts->likes = static_cast<std::uint64_t>(likes);
}

Task<void> UpstreamConnection::end_streaks(StreakEnd which) {
  AsyncScopedLock locks({&storing_});
  co_await locks.take();
  which.now = deps_.clock.now_ms();
  auto stored = co_await sink_.end_streaks(which);
  if (!stored) deps_.log.warning("Gift streaks could not be closed", {{"room", reference_.text()}});
}

events::UpstreamPosition UpstreamConnection::position() const {
  events::UpstreamPosition position;
  position.room_id = std::to_string(status_.room_id.value());
  position.cursor = protocol_.cursor();
  position.likes = ingest_.likes_total();
  position.heard_at = protocol_.heard_at();
  return position;
}

void UpstreamConnection::start_from(const events::UpstreamPosition& position, bool resumed) {
  protocol_.start_from(events::RoomId(parse_uint(position.room_id).value_or(0)), position.cursor,
                       position.heard_at, resumed);
  if (protocol_.room_id() != events::RoomId()) ingest_.restore_stream(protocol_.room_id(), position.likes);
  if (!resumed) return;
  policy_.on_resumed();
  status_.room_id = protocol_.room_id();
  status_.state = RoomState::reconnecting;
  status_.reason = restarted_reason;
}

}  // namespace papi::live
