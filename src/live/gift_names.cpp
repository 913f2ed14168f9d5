#include "live/gift_names.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <limits>

#include "platform/base/error.hpp"
#include "platform/base/text.hpp"

namespace papi::live {
namespace {

constexpr std::size_t max_name = 200;
constexpr std::size_t max_url = 2'000;

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }

/// Returns the number, which may be written as a string, or 0 if it is not a number.
std::int64_t integer(const json::object& row, std::string_view name) {
  const json::value* value = row.if_contains(name);
  if (!value) return 0;
  if (const auto* number = value->if_int64()) return *number;
  const auto* text = value->if_string();
  return text ? parse_int(view(*text)).value_or(0) : 0;
}

bool is_true(const json::object& row, std::string_view name) {
  const json::value* value = row.if_contains(name);
  return value && (value->is_bool() ? value->get_bool() : integer(row, name) != 0);
}

std::string string_of(const json::object& row, std::string_view name) {
  const json::value* value = row.if_contains(name);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? to_utf8(view(*text)) : std::string();
}

const json::object* object_of(const json::object& row, std::string_view name) {
  const json::value* value = row.if_contains(name);
  return value ? value->if_object() : nullptr;
}

const json::array* array_of(const json::object& row, std::string_view name) {
  const json::value* value = row.if_contains(name);
  return value ? value->if_array() : nullptr;
}

std::string first_url(const json::object& row, std::string_view name) {
  const auto* picture = object_of(row, name);
  const auto* urls = picture ? array_of(*picture, "url_list") : nullptr;
  const auto* url = urls && !urls->empty() ? urls->front().if_string() : nullptr;
  return url && url->size() <= max_url ? to_utf8(view(*url)) : std::string();
}

KnownGift read_gift(const json::object& row) {
  KnownGift gift;
  gift.id = integer(row, "id");
  gift.name = string_of(row, "name");
  gift.diamonds =
      std::clamp<std::int64_t>(integer(row, "diamond_count"), 0, std::numeric_limits<std::int32_t>::max());
  gift.type = integer(row, "type");
  gift.streakable = gift.type == 1 || is_true(row, "combo");
  gift.image_url = first_url(row, "image");
  if (gift.image_url.empty()) gift.image_url = first_url(row, "icon");
  return gift;
}

void read_gifts(const json::array* rows, std::vector<KnownGift>& gifts) {
  if (!rows) return;
  for (const json::value& value : *rows) {
    const auto* row = value.if_object();
    if (!row) continue;
    KnownGift gift = read_gift(*row);
    if (gift.id > 0 && !gift.name.empty() && gift.name.size() <= max_name &&
        gifts.size() < GiftNames::capacity)
      gifts.push_back(std::move(gift));
  }
}

bool same(const KnownGift& a, const KnownGift& b) {
  return a.name == b.name && a.diamonds == b.diamonds && a.image_url == b.image_url && a.type == b.type &&
         a.streakable == b.streakable;
}

}  // namespace

std::optional<std::vector<KnownGift>> read_gift_list(std::string_view text) {
  boost::system::error_code ec;
  json::parse_options options;
  options.allow_invalid_utf8 = true;
  const json::value answer = json::parse(json::string_view(text.data(), text.size()), ec, {}, options);
  const auto* root = ec ? nullptr : answer.if_object();
  const auto* data = root ? object_of(*root, "data") : nullptr;
  if (!data) return std::nullopt;
  std::vector<KnownGift> gifts;
  read_gifts(array_of(*data, "gifts"), gifts);
  if (const auto* pages = array_of(*data, "pages")) {
    for (const json::value& page : *pages) {
      if (const auto* row = page.if_object()) read_gifts(array_of(*row, "gifts"), gifts);
    }
  }
  if (gifts.empty()) return std::nullopt;
  return gifts;
}

GiftNames::GiftNames(std::vector<KnownGift> known) {
  for (KnownGift& gift : known) {
    if (known_.size() < capacity) known_.emplace(gift.id, std::move(gift));
  }
}

const KnownGift* GiftNames::find(std::int64_t id) const {
  const auto found = known_.find(id);
  return found == known_.end() ? nullptr : &found->second;
}

/// Returns false if the gift was known unchanged, is not valid, or does not fit any more.
bool GiftNames::learn(KnownGift gift) {
  if (gift.id <= 0 || gift.name.empty() || gift.name.size() > max_name) return false;
  const auto found = known_.find(gift.id);
  if (found == known_.end() && known_.size() >= capacity) return false;
  if (found != known_.end() && same(found->second, gift)) return false;
  const std::int64_t id = gift.id;
  known_.insert_or_assign(id, std::move(gift));
  news_.insert(id);
  all_.reset();
  return true;
}

void GiftNames::complete(events::Gift& gift) {
  const KnownGift* known = find(gift.gift_id);
  if (known && gift.image_url.empty()) gift.image_url = known->image_url;
  if (gift.name.empty()) {
    if (!known) return;
    gift.name = known->name;
    if (gift.diamonds_each == 0) gift.diamonds_each = known->diamonds;
    return;
  }
  KnownGift learned = known ? *known : KnownGift();
  learned.id = gift.gift_id;
  learned.name = gift.name;
  if (gift.diamonds_each > 0) learned.diamonds = gift.diamonds_each;
  // Picture URLs are signed and change with each message. The first one is enough.
  if (learned.image_url.empty()) learned.image_url = gift.image_url;
  if (learn(std::move(learned)) && on_news_) on_news_();
}

void GiftNames::take_list(const std::vector<KnownGift>& list) {
  for (const KnownGift& gift : list) {
    KnownGift learned = gift;
    const KnownGift* known = find(gift.id);
    if (known && learned.image_url.empty()) learned.image_url = known->image_url;
    learn(std::move(learned));
  }
}

GiftNames::Snapshot GiftNames::all() const {
  if (all_) return all_;
  auto gifts = std::make_shared<std::vector<KnownGift>>();
  gifts->reserve(known_.size());
  for (const auto& [id, gift] : known_) gifts->push_back(gift);
  std::sort(gifts->begin(), gifts->end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  all_ = std::move(gifts);
  return all_;
}

std::vector<KnownGift> GiftNames::take_news(std::size_t limit) {
  std::vector<KnownGift> gifts;
  while (!news_.empty() && gifts.size() < limit) {
    if (const KnownGift* gift = find(*news_.begin())) gifts.push_back(*gift);
    news_.erase(news_.begin());
  }
  return gifts;
}

void GiftNames::give_back_news(const std::vector<KnownGift>& gifts) {
  for (const KnownGift& gift : gifts) news_.insert(gift.id);
}

}  // namespace papi::live
