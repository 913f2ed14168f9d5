#include "events/picture_keys.hpp"

#include <algorithm>

#include "platform/base/sha256.hpp"
#include "platform/base/text.hpp"

namespace papi::events {
namespace {

constexpr std::size_t secret_bytes = 32;
constexpr std::size_t tag_bytes = 16;
constexpr std::size_t id_bytes = 8;
constexpr std::size_t remembered = 4'096;

std::string big_endian(std::uint64_t number) {
  std::string out(id_bytes, '\0');
  for (std::size_t i = id_bytes; i-- > 0; number >>= 8) out[i] = static_cast<char>(number & 0xFF);
  return out;
}

std::uint64_t read_big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < id_bytes; ++i) number = number << 8 | static_cast<std::uint8_t>(bytes[i]);
  return number;
}

std::optional<std::string> base64url_decode(std::string_view key) {
  std::string standard(key);
  for (char& c : standard) {
    if (c == '+' || c == '/' || c == '=') return std::nullopt;
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  return base64_decode(standard);
}

}  // namespace

PictureKeys::PictureKeys(const Secret& secret)
    : tag_secret_(hmac_sha256(secret.reveal(), "picture tag")),
      id_secret_(hmac_sha256(secret.reveal(), "picture id")),
      lately_(remembered) {}

PictureKeys::PictureKeys(PictureKeys&& other) noexcept
    : tag_secret_(std::move(other.tag_secret_)),
      id_secret_(std::move(other.id_secret_)),
      lately_(std::move(other.lately_)) {}

Result<PictureKeys> PictureKeys::load(InstallationStore& store) {
  TRY(const Secret secret, store.secret("picture_secret", secret_bytes));
  return PictureKeys(secret);
}

std::string PictureKeys::tag_of(UserId user_id) const {
  return hmac_sha256(tag_secret_, big_endian(user_id.value())).substr(0, tag_bytes);
}

std::uint64_t PictureKeys::mask_of(std::string_view tag) const {
  return read_big_endian(hmac_sha256(id_secret_, tag));
}

std::string PictureKeys::make_key(UserId user_id) const {
  const std::string tag = tag_of(user_id);
  return base64url(tag + big_endian(user_id.value() ^ mask_of(tag)));
}

std::string PictureKeys::key_of(UserId user_id) const {
  if (user_id == UserId()) return {};
  const std::size_t slot = (user_id.value() * 0x9E3779B97F4A7C15u) >> 52;  // Fibonacci hashing to 12 bits
  static_assert(remembered == std::size_t{1} << 12);
  std::lock_guard lock(mutex_);
  Known& known = lately_[slot];
  if (known.user_id != user_id) known = {user_id, make_key(user_id)};
  return known.key;
}

std::string PictureKeys::path_of(UserId user_id) const {
  return user_id == UserId() ? std::string() : "/pictures/" + key_of(user_id);
}

std::optional<UserId> PictureKeys::user_of(std::string_view key) const {
  if (key.size() != key_length) return std::nullopt;
  const auto bytes = base64url_decode(key);
  if (!bytes || bytes->size() != tag_bytes + id_bytes) return std::nullopt;
  const std::string_view tag = std::string_view(*bytes).substr(0, tag_bytes);
  const UserId user_id(read_big_endian(std::string_view(*bytes).substr(tag_bytes)) ^ mask_of(tag));
  if (!equal_in_constant_time(tag, tag_of(user_id)) || user_id == UserId()) return std::nullopt;
  return user_id;
}

}  // namespace papi::events
