#pragma once

// The people of a simulated room.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/random.hpp"

namespace papi::sim {

struct Person {
  std::int64_t id = 0;
  std::string display_id;
  std::string nickname;
  std::string sec_uid;
  int follow_status = 0;  // 1: follows the host, 2: friends
  int gifter_level = 0;   // 0: no badge
  int fan_level = 0;      // 0: not in the fan club
  bool is_moderator = false;
  bool is_subscriber = false;
  bool is_host = false;
};

/// A comment, and the language that TikTok would detect for it.
struct Phrase {
  std::string_view text;
  std::string_view language;
  bool may_be_vote = false;  // in a quiz, a reader could take it for an answer
};

/// A host and viewers with names in several scripts. The same seed gives the same people.
class Cast {
 public:
  Cast(std::uint64_t seed, std::string_view host_name, std::size_t viewers = 300);

  const Person& host() const { return host_; }
  /// Returns a random viewer. A few viewers are chosen far more often than the rest.
  const Person& viewer(Random& random) const;
  const std::vector<Person>& viewers() const { return viewers_; }

 private:
  Person host_;
  std::vector<Person> viewers_;
};

const Phrase& some_phrase(Random& random);
/// Returns a phrase that nobody takes for an answer in a quiz.
const Phrase& some_chatter(Random& random);

/// Returns a hash of the text. It does not depend on the standard library.
std::uint64_t stable_hash(std::string_view text, std::uint64_t seed);

}  // namespace papi::sim
