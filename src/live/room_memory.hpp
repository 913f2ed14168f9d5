#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "events/event.hpp"

namespace papi::live {

/// A table from keys to values of two bytes. It holds at least the last `generation` keys and at most twice
/// that number. It allocates only for the keys that it holds. When it is full, the older half is dropped at
/// once.
class GenerationTable {
 public:
  explicit GenerationTable(std::size_t generation) : generation_(generation) {}

  /// Returns the value of `key`, or nullptr if the key is unknown.
  const std::uint16_t* find(std::uint64_t key) const;
  void set(std::uint64_t key, std::uint16_t value);
  void clear() {
    young_ = {};
    old_ = {};
  }
  std::size_t bytes() const { return young_.bytes() + old_.bytes(); }

 private:
  /// Hash table with open addressing and linear probing. Key 0 marks an empty slot.
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

/// Completes the events of a room from earlier events of the same stream: roles, names of hosts and guests,
/// the like total. Pure and bounded. A quiet room needs some hundred bytes.
///
/// The facts that complete() learns about people stay after a rollback(), because the same events are sent
/// again with the same facts. Like totals and envelopes are rolled back.
class RoomMemory {
 public:
  static constexpr std::size_t people = 2'500;  // people with remembered roles; up to twice as many
  static constexpr std::size_t max_names = 100;
  static constexpr std::size_t max_envelopes = 500;  // shown and taken away count separately
  static constexpr std::size_t max_rooms = 8;        // a stream can carry messages of other rooms

  /// Clears everything if `room_id` differs from the room before.
  void begin_stream(events::RoomId room_id);

  /// Fills in the facts that the event's message lacks, and learns the facts that it has.
  void complete(events::Event& event);
  /// Returns whether an earlier message with another id reported the same change of the envelope. A change
  /// other than `shown` is only compared if the envelope was shown before.
  bool is_repeat(const events::Event& event);

  /// Returns the highest like total of the followed room, or 0 if no message had one.
  std::int64_t likes_total() const;
  /// Restores the like total of an earlier run of the program.
  void restore_likes(std::int64_t total);
  void restore_envelope(const events::Envelope& envelope);

  /// Erases a person. Their names are no longer filled in. `username` is in lower case.
  void erase_person(const std::string& username);

  void commit();
  void rollback();

  std::size_t bytes() const;

 private:
  struct Total {
    events::RoomId room_id;
    std::int64_t likes = 0;
  };
  static std::uint64_t key_of(std::string_view envelope_id, std::string_view action);
  void trim_envelopes();

  void complete_roles(events::RoomId room_id, events::User& user);
  void complete_name(events::User& user);
  void complete_likes(events::RoomId room_id, events::Like& like);
  void complete_battle(events::Battle& battle);
  void complete_guest(events::Event& event, events::Guest& guest);

  events::RoomId room_id_;
  GenerationTable roles_{people};
  std::vector<events::User> names_;  // with their pictures; newest last
  std::vector<Total> totals_, committed_totals_;
  std::vector<std::uint64_t> reported_;  // keys of known envelopes; newest last
  std::size_t uncommitted_reports_ = 0;  // how many of reported_ are newer than the last commit
};

}  // namespace papi::live
