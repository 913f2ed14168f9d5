#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

namespace papi {

/// An immutable map with cheap copies. Copies share their parts; a changed copy has new parts only where it
/// differs. Any thread may read a map. An Editor makes the next one.
template <class Value>
class SnapshotMap {
 public:
  class Editor;

  /// Returns nullptr if the key does not exist. The pointer is valid as long as this map.
  const Value* find(const std::string& key) const {
    const auto& part = parts_[part_of(key)];
    if (!part) return nullptr;
    const auto found = part->find(key);
    return found == part->end() ? nullptr : &found->second;
  }
  bool contains(const std::string& key) const { return find(key) != nullptr; }

 private:
  static constexpr std::size_t count = 512;
  using Part = std::unordered_map<std::string, Value>;
  static std::size_t part_of(const std::string& key) { return std::hash<std::string>()(key) % count; }

  std::array<std::shared_ptr<const Part>, count> parts_;
};

/// Makes a changed copy of a map. For one thread.
template <class Value>
class SnapshotMap<Value>::Editor {
 public:
  explicit Editor(const SnapshotMap& before) : parts_(before.parts_) {}

  /// Returns nullptr if the key does not exist. The pointer is valid until the next set() or erase().
  const Value* find(const std::string& key) const {
    const std::size_t at = part_of(key);
    const Part* const part = own_[at] ? own_[at].get() : parts_[at].get();
    if (!part) return nullptr;
    const auto found = part->find(key);
    return found == part->end() ? nullptr : &found->second;
  }
  void set(const std::string& key, Value value) {
    part_to_change(key).insert_or_assign(key, std::move(value));
  }
  void erase(const std::string& key) {
    if (find(key)) part_to_change(key).erase(key);
  }
  /// Returns the map with all changes. The editor must not be used afterwards.
  SnapshotMap finish() {
    SnapshotMap next;
    for (std::size_t i = 0; i < count; ++i)
      next.parts_[i] = own_[i] ? std::shared_ptr<const Part>(std::move(own_[i])) : std::move(parts_[i]);
    return next;
  }

 private:
  Part& part_to_change(const std::string& key) {
    const std::size_t at = part_of(key);
    if (!own_[at]) own_[at] = parts_[at] ? std::make_unique<Part>(*parts_[at]) : std::make_unique<Part>();
    return *own_[at];
  }

  std::array<std::shared_ptr<const Part>, count> parts_;
  std::array<std::unique_ptr<Part>, count> own_;
};

}  // namespace papi
