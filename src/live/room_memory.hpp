#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "events/event.hpp"

namespace papi::live {

/// A table from keys to two bytes that holds at least the last `generation` keys and at most twice as many.
/// It allocates for what it holds only. The older half is forgotten at once.
class GenerationTable {
 public:
  explicit GenerationTable(std::size_t generation) : generation_(generation) {}

  /// The value of `key`; nullptr if it is unknown.
  const std::uint16_t* find(std::uint64_t key) const;
  void set(std::uint64_t key, std::uint16_t value);
  void clear() { young_ = {}, old_ = {}; }
  std::size_t bytes() const { return young_.bytes() + old_.bytes(); }

 private:
  /// Open addressing with linear probing. Key 0 is an empty slot.
  struct Table {
    std::vector<std::uint64_t> keys;
    std::vector<std::uint16_t> values;
    std::size_t used = 0;

    std::size_t slot_of(std::uint64_t key) const;
    const std::uint16_t* find(std::uint64_t key) const;
    void set(std::uint64_t key, std::uint16_t value);
    void grow();
    std::size_t bytes() const { return keys.capacity() * 8 + values.capacity() * 2; }
  };

  std::size_t generation_;
  Table young_, old_;
};

/// Completes the events of a room by what earlier events of the same stream told: roles, names of hosts and
/// guests, the total of likes. Pure and bounded; a quiet room takes some hundred bytes.
///
/// What complete() learns about people is true whenever it is learned, so it stays after a rollback(): the
/// same events come again and tell the same. Totals of likes and envelopes are taken back.
class RoomMemory {
 public:
  static constexpr std::size_t people = 2'500;  // whose roles are remembered; up to twice as many
  static constexpr std::size_t max_names = 100;
  static constexpr std::size_t max_envelopes = 500;  // being shown counts as one, being gone as another
  static constexpr std::size_t max_rooms = 8;        // a stream may carry messages of other rooms

  /// Forgets everything if `room_id` is another room than before.
  void begin_stream(std::uint64_t room_id);

  /// Fills in what the event's message does not carry, and learns what it does.
  void complete(events::Event& event);
  /// Whether an envelope was shown before under another message id, or, if it was shown, taken away before.
  bool is_repeat(const events::Event& event);

  /// The highest total of likes in the room that is followed; 0 if it never said one.
  std::int64_t likes_total() const;
  /// What an earlier run of the program had heard.
  void restore_likes(std::int64_t total);
  void restore_envelope(const events::Envelope& envelope);

  /// Erases a person: their names are no longer filled in. `username` is in lower case.
  void forget_person(const std::string& username);

  void commit();
  void rollback();

  std::size_t bytes() const;

 private:
  struct Total {
    std::uint64_t room_id = 0;
    std::int64_t likes = 0;
  };
  static std::uint64_t key_of(std::string_view envelope_id, std::string_view action);
  void trim_envelopes();

  void complete_roles(std::uint64_t room_id, events::User& user);
  void complete_name(events::User& user);
  void complete_likes(std::uint64_t room_id, events::Like& like);
  void complete_battle(events::Battle& battle);
  void complete_guest(events::Event& event, events::Guest& guest);

  std::uint64_t room_id_ = 0;
  GenerationTable roles_{people};
  std::vector<events::User> names_;  // with their pictures; the newest last
  std::vector<Total> totals_, committed_totals_;
  std::vector<std::uint64_t> told_;  // the newest last
  std::size_t fresh_told_ = 0;       // of them, since the last commit
};

}  // namespace papi::live
