#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/secret.hpp"
#include "platform/sqlite/database.hpp"

namespace papi::events {

/// The key of a person's picture: /pictures/{key}. It follows from the platform's user id and a secret of
/// this installation alone, so it is the same for ever, known without a look-up, and cannot be guessed.
///
///   tag    = the first 16 bytes of HMAC-SHA-256(secret a, user id)
///   cipher = user id XOR the first 8 bytes of HMAC-SHA-256(secret b, tag)
///   key    = base64url(tag + cipher), 32 characters
///
/// The user id is 8 bytes, big-endian. Secret a and b are HMAC-SHA-256(secret, "picture tag") and
/// HMAC-SHA-256(secret, "picture id"). Any thread.
class PictureKeys {
 public:
  static constexpr std::size_t key_length = 32;

  /// `secret`: 32 random bytes.
  explicit PictureKeys(const Secret& secret);
  PictureKeys(PictureKeys&& other) noexcept;
  PictureKeys& operator=(PictureKeys&&) = delete;

  /// Loads the installation's secret from the database. Creates it if the database has none.
  /// Blocking: at start only.
  static Result<PictureKeys> load(sqlite::Database& database);

  /// The path of the person's picture, without BASE_PATH. Empty for user id 0, which is nobody.
  std::string path_of(std::uint64_t user_id) const;
  std::string key_of(std::uint64_t user_id) const;
  /// The user id that `key` was made of, or nullopt if it is not a key of this installation.
  std::optional<std::uint64_t> user_of(std::string_view key) const;

 private:
  struct Known {
    std::uint64_t user_id = 0;
    std::string key;
  };
  std::string make_key(std::uint64_t user_id) const;
  std::string tag_of(std::uint64_t user_id) const;
  std::uint64_t mask_of(std::string_view tag) const;

  std::string tag_secret_, id_secret_;
  // The same people come again and again in a room; two HMACs cost more than the rest of their JSON.
  mutable std::mutex mutex_;
  mutable std::vector<Known> lately_;  // by the lowest bits of a hash of the user id
};

}  // namespace papi::events
