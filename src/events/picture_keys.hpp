#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/ids.hpp"
#include "events/installation_store.hpp"
#include "platform/base/secret.hpp"

namespace papi::events {

/// Makes the key of a person's picture: /pictures/{key}. The key depends only on TikTok's user id and a
/// secret of this installation. So it never changes, needs no look-up, and cannot be guessed.
///
///   tag    = the first 16 bytes of HMAC-SHA-256(secret a, user id)
///   cipher = user id XOR the first 8 bytes of HMAC-SHA-256(secret b, tag)
///   key    = base64url(tag + cipher), 32 characters
///
/// The user id is 8 bytes, big-endian. Secret a is HMAC-SHA-256(secret, "picture tag"), secret b is
/// HMAC-SHA-256(secret, "picture id"). Any thread.
class PictureKeys {
 public:
  static constexpr std::size_t key_length = 32;

  /// `secret`: 32 random bytes.
  explicit PictureKeys(const Secret& secret);
  PictureKeys(PictureKeys&& other) noexcept;
  PictureKeys& operator=(PictureKeys&&) = delete;

  /// Takes the secret of this installation from the store. Blocking; call it at start only.
  static Result<PictureKeys> load(InstallationStore& store);

  /// Returns the path of the person's picture, without BASE_PATH. Returns an empty text for user id 0, which
  /// is nobody.
  std::string path_of(UserId user_id) const;
  std::string key_of(UserId user_id) const;
  /// Returns the user id that `key` was made from, or nullopt if it is not a key of this installation.
  std::optional<UserId> user_of(std::string_view key) const;

 private:
  struct Known {
    UserId user_id;
    std::string key;
  };
  std::string make_key(UserId user_id) const;
  std::string tag_of(UserId user_id) const;
  std::uint64_t mask_of(std::string_view tag) const;

  std::string tag_secret_, id_secret_;
  // A room shows the same people again and again, and two HMACs cost more than the rest of their JSON.
  mutable std::mutex mutex_;
  mutable std::vector<Known> lately_;  // a cache; the index is a hash of the user id
};

}  // namespace papi::events
