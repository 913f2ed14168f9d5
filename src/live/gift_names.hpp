#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "events/event.hpp"

namespace papi::live {

/// Names and prices of gifts by id, for the messages that come without them (dossier §5.4). Learned from the
/// messages that have them and from TikTok's gift list. Bounded. One thread.
class GiftNames {
 public:
  static constexpr std::size_t capacity = 20'000;

  /// Fills in what `gift` has not, or learns what it has.
  void complete(events::Gift& gift);
  /// Takes webcast/gift/list's answer (dossier §1.7). False: it is none.
  bool take_list(std::string_view json);
  std::size_t size() const { return known_.size(); }

 private:
  struct Known {
    std::string name;
    std::int64_t diamonds = 0;
  };
  void learn(std::int64_t id, std::string_view name, std::int64_t diamonds);

  std::unordered_map<std::int64_t, Known> known_;
};

}  // namespace papi::live
