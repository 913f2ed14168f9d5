#include "auth/secret_strength.hpp"

#include <algorithm>
#include <array>

#include "platform/base/text.hpp"

namespace papi::auth {
namespace {

constexpr std::size_t least_characters = 32;
// A random text of 32 decimal digits nearly always has more different characters; of 32 hexadecimal digits,
// about 14.
constexpr std::size_t least_different = 8;

/// Secrets printed in documentation: FastAPI's tutorial, jwt.io, Django.
constexpr std::string_view printed[] = {
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    "a-string-secret-at-least-256-bits-long",
    "your-256-bit-secret",
    "your-384-bit-secret",
    "your-512-bit-secret",
};

/// Placeholders for a secret in examples; in lower case, without '-', '_', '.' and spaces.
constexpr std::string_view placeholders[] = {
    "yoursecret",  "yourjwtsecret",     "yoursupersecret", "changeme",  "changethis",
    "secretkey",   "jwtsecret",         "supersecret",     "mysecret",  "replaceme",
    "replacethis", "placeholder",       "examplesecret",   "notsecure", "insecure",
    "devsecret",   "developmentsecret", "testsecret",      "devapikey", "password123",
};

std::size_t different(std::string_view text) {
  std::array<bool, 256> seen{};
  for (const char c : text) seen[static_cast<unsigned char>(c)] = true;
  return static_cast<std::size_t>(std::count(seen.begin(), seen.end(), true));
}

/// Whether the text repeats one piece that is shorter than half of the required length.
bool repeats(std::string_view text) {
  for (std::size_t period = 1; period < least_characters / 2 && period * 2 <= text.size(); ++period) {
    if (std::equal(text.begin() + static_cast<std::ptrdiff_t>(period), text.end(), text.begin())) return true;
  }
  return false;
}

/// Whether most characters follow from the one before: abcdef…, 987654…, aaabbb….
bool counts(std::string_view text) {
  std::size_t steps = 0;
  for (std::size_t i = 1; i < text.size(); ++i) steps += std::abs(text[i] - text[i - 1]) <= 1 ? 1 : 0;
  return steps * 2 > text.size();
}

bool is_example(std::string_view text) {
  const std::string lower = to_lower_ascii(text);
  if (std::find(std::begin(printed), std::end(printed), lower) != std::end(printed)) return true;
  std::string letters = lower;
  std::erase_if(letters, [](char c) { return c == '-' || c == '_' || c == '.' || c == ' '; });
  return std::any_of(std::begin(placeholders), std::end(placeholders),
                     [&](std::string_view part) { return letters.find(part) != std::string::npos; });
}

}  // namespace

std::optional<std::string> secret_fault(std::string_view secret) {
  if (secret.size() < least_characters) return "at least 32 characters in production";
  if (different(secret) < least_different) return "has too few different characters";
  if (repeats(secret)) return "repeats a short piece";
  if (counts(secret)) return "is a row of neighbours such as abcdef";
  if (is_example(secret)) return "is an example, or holds one";
  return std::nullopt;
}

}  // namespace papi::auth
