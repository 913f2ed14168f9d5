// Any payload under any method must give an event, and every event must encode to valid JSON.

#include <boost/json/parse.hpp>
#include <cstdlib>

#include "events/event_json.hpp"
#include "live/decoder.hpp"
#include "platform/base/fuzz_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr std::string_view methods[] = {"WebcastChatMessage",
                                                 "WebcastGiftMessage",
                                                 "WebcastLikeMessage",
                                                 "WebcastMemberMessage",
                                                 "WebcastSocialMessage",
                                                 "WebcastRoomUserSeqMessage",
                                                 "WebcastControlMessage",
                                                 "RoomMessage",
                                                 "WebcastRankUpdateMessage",
                                                 "WebcastRankTextMessage",
                                                 "WebcastBarrageMessage",
                                                 "WebcastSubNotifyMessage",
                                                 "WebcastEnvelopeMessage",
                                                 "WebcastLinkMicBattle",
                                                 "WebcastLinkMicArmies",
                                                 "WebcastLinkMicBattleItemCard",
                                                 "WebcastLinkmicBattleTaskMessage",
                                                 "WebcastLinkMessage",
                                                 "WebcastLinkLayerMessage",
                                                 "WebcastLinkMicFanTicketMethod",
                                                 "WebcastHourlyRankRewardMessage",
                                                 "WebcastUnauthorizedMemberMessage",
                                                 "WebcastRoomPinMessage",
                                                 "WebcastGiftBroadcastMessage",
                                                 "WebcastSubPinEventMessage",
                                                 "WebcastPerceptionMessage",
                                                 "WebcastEmoteChatMessage"};
  if (size == 0) return 0;
  papi::live::RawMessage message;
  message.method = methods[data[0] % std::size(methods)];
  message.payload = std::string_view(reinterpret_cast<const char*>(data) + 1, size - 1);
  auto prepared = std::make_shared<papi::events::PreparedEvent>();
  bool readable = false;
  prepared->event = papi::live::decode(message, 1'700'000'000'000, readable);
  prepared->common = papi::events::encode_common(prepared->event);
  papi::events::Position position;
  position.offset = papi::events::Offset(1);
  position.epoch = "e";
  position.session_id = "s";
  const auto encoded = papi::events::encode(prepared, position);
  boost::system::error_code ec;
  const std::string json(encoded->json());
  (void)boost::json::parse(json, ec);
  if (ec) std::abort();
  (void)papi::events::read_gift(json);
  return 0;
}
