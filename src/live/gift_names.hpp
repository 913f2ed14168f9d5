#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "events/event.hpp"
#include "live/gift_store.hpp"

namespace papi::live {

/// Reads TikTok's gift list (docs/webcast-protocol.md §1.7). The gifts are in `data.gifts` and in
/// `data.pages[].gifts`. Their ids are numbers or strings. Returns nullopt if the text is not a gift list, or
/// if it has no gift with an id and a name.
std::optional<std::vector<KnownGift>> read_gift_list(std::string_view json);

/// The known gifts by id, for messages that come without a name and a price (docs/webcast-protocol.md §5.4).
/// They are learned from the messages that have both and from TikTok's gift list. Holds at most `capacity`
/// gifts. One thread.
class GiftNames {
 public:
  static constexpr std::size_t capacity = 20'000;
  using Snapshot = std::shared_ptr<const std::vector<KnownGift>>;

  explicit GiftNames(std::vector<KnownGift> known = {});

  /// Fills in the members that `gift` lacks, and learns from those that it has.
  void complete(events::Gift& gift);
  /// Takes over the gifts of TikTok's list. Known gifts that are not in the list stay.
  void take_list(const std::vector<KnownGift>& list);

  std::size_t size() const { return known_.size(); }
  /// Returns the gift, or nullptr if it is unknown.
  const KnownGift* find(std::int64_t id) const;
  /// Returns all gifts in the order of their ids. The calls share one list until a gift is learned. The list
  /// may be used on any thread.
  Snapshot all() const;

  /// Sets the function that is called when complete() has learned something for take_news().
  void on_news(std::function<void()> callback) { on_news_ = std::move(callback); }
  bool has_news() const { return !news_.empty(); }
  /// Returns the gifts that were learned or changed since the last call, at most `limit` of them.
  std::vector<KnownGift> take_news(std::size_t limit);
  /// Makes gifts news again because they could not be saved.
  void give_back_news(const std::vector<KnownGift>& gifts);

 private:
  bool learn(KnownGift gift);

  std::unordered_map<std::int64_t, KnownGift> known_;
  std::unordered_set<std::int64_t> news_;
  std::function<void()> on_news_;
  mutable Snapshot all_;  // nullptr if it must be built again
};

}  // namespace papi::live
