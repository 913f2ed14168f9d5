#include "live/gift_names.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <limits>

#include "platform/base/error.hpp"

namespace papi::live {
namespace {

constexpr std::size_t max_name = 200;

std::int64_t integer(const json::object& row, std::string_view name) {
  const json::value* value = row.if_contains(name);
  const auto* number = value ? value->if_int64() : nullptr;
  return number ? std::clamp<std::int64_t>(*number, 0, std::numeric_limits<std::int32_t>::max()) : 0;
}

}  // namespace

void GiftNames::learn(std::int64_t id, std::string_view name, std::int64_t diamonds) {
  if (id <= 0 || name.empty() || name.size() > max_name) return;
  if (known_.size() >= capacity && !known_.contains(id)) return;
  Known& known = known_[id];
  known.name = name;
  known.diamonds = diamonds;
}

void GiftNames::complete(events::Gift& gift) {
  const auto found = known_.find(gift.gift_id);
  if (!gift.name.empty()) {
    const bool news = found == known_.end() || found->second.name != gift.name;
    if (news) learn(gift.gift_id, gift.name, gift.diamonds_each);
  } else if (found != known_.end()) {
    gift.name = found->second.name;
    if (gift.diamonds_each == 0) gift.diamonds_each = found->second.diamonds;
  }
}

bool GiftNames::take_list(std::string_view text) {
  boost::system::error_code ec;
  json::parse_options options;
  options.allow_invalid_utf8 = true;
  const json::value answer = json::parse(json::string_view(text.data(), text.size()), ec, {}, options);
  const auto* root = ec ? nullptr : answer.if_object();
  const auto* data = root && root->contains("data") ? root->at("data").if_object() : nullptr;
  const auto* gifts = data && data->contains("gifts") ? data->at("gifts").if_array() : nullptr;
  if (!gifts) return false;
  for (const json::value& gift : *gifts) {
    const auto* row = gift.if_object();
    const auto* name = row && row->contains("name") ? row->at("name").if_string() : nullptr;
    if (!name) continue;
    const json::value* id = row->if_contains("id");
    const auto* number = id ? id->if_int64() : nullptr;
    if (number) learn(*number, std::string_view(name->data(), name->size()), integer(*row, "diamond_count"));
  }
  return true;
}

}  // namespace papi::live
