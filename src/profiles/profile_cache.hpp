#pragma once

#include <list>
#include <mutex>
#include <unordered_map>

#include "profiles/profile.hpp"

namespace papi::profiles {

/// The profiles that were asked for last, within a bound of number and of memory. Any thread.
class ProfileCache {
 public:
  struct Limits {
    std::size_t items = 1000;
    std::size_t bytes = 100 * 1024 * 1024;
  };
  explicit ProfileCache(Limits limits) : limits_(limits) {}

  EntryPtr find(const std::string& username);
  void put(EntryPtr entry);
  void erase(const std::string& username);
  std::size_t size() const;
  std::size_t bytes() const;

 private:
  using Order = std::list<EntryPtr>;  // the last used first
  void drop(Order::iterator entry);

  const Limits limits_;
  mutable std::mutex mutex_;
  Order order_;
  std::unordered_map<std::string_view, Order::iterator> by_name_;  // keys live in the entries
  std::size_t bytes_ = 0;
};

}  // namespace papi::profiles
