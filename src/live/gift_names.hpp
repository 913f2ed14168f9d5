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

/// Reads the platform's gift list (Webcast protocol §1.7): the gifts in `data.gifts` and in
/// `data.pages[].gifts`, ids as numbers or as strings. Returns nullopt if the text is no such list, or if it
/// has no gift with an id and a name.
std::optional<std::vector<KnownGift>> read_gift_list(std::string_view json);

/// Gifts by id, for the messages that come without name and price (Webcast protocol §5.4). Learned from the
/// messages that have them and from the platform's gift list. Bounded. One thread.
class GiftNames {
 public:
  static constexpr std::size_t capacity = 20'000;
  using Snapshot = std::shared_ptr<const std::vector<KnownGift>>;

  explicit GiftNames(std::vector<KnownGift> known = {});

  /// Fills in what `gift` has not, or learns what it has.
  void complete(events::Gift& gift);
  /// Takes over what the platform's list says. What is known besides stays.
  void take_list(const std::vector<KnownGift>& list);

  std::size_t size() const { return known_.size(); }
  const KnownGift* find(std::int64_t id) const;
  /// All of them by id. Shared until something is learned; fit for any thread.
  Snapshot all() const;

  /// Is called when something was learned that take_news() would return.
  void on_news(std::function<void()> callback) { on_news_ = std::move(callback); }
  bool has_news() const { return !news_.empty(); }
  /// The gifts that were learned or changed since the last call, at most `limit` of them.
  std::vector<KnownGift> take_news(std::size_t limit);
  /// They could not be saved: they are news again.
  void give_back_news(const std::vector<KnownGift>& gifts);

 private:
  bool learn(KnownGift gift);

  std::unordered_map<std::int64_t, KnownGift> known_;
  std::unordered_set<std::int64_t> news_;
  std::function<void()> on_news_;
  mutable Snapshot all_;  // nullptr: to be made anew
};

}  // namespace papi::live
