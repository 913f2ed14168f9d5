#include "profiles/profile_cache.hpp"

namespace papi::profiles {

EntryPtr ProfileCache::find(const std::string& username) {
  std::lock_guard lock(mutex_);
  const auto found = by_name_.find(username);
  if (found == by_name_.end()) return nullptr;
  order_.splice(order_.begin(), order_, found->second);
  return *found->second;
}

void ProfileCache::put(EntryPtr entry) {
  std::lock_guard lock(mutex_);
  if (const auto found = by_name_.find(entry->profile.username); found != by_name_.end()) drop(found->second);
  if (entry->bytes() > limits_.bytes) return;
  bytes_ += entry->bytes();
  order_.push_front(std::move(entry));
  by_name_.emplace(order_.front()->profile.username, order_.begin());
  while (order_.size() > limits_.items || bytes_ > limits_.bytes) {
    drop(std::prev(order_.end()));
    evictions_.add();
  }
}

void ProfileCache::erase(const std::string& username) {
  std::lock_guard lock(mutex_);
  if (const auto found = by_name_.find(username); found != by_name_.end()) drop(found->second);
}

void ProfileCache::drop(Order::iterator entry) {
  bytes_ -= (*entry)->bytes();
  by_name_.erase((*entry)->profile.username);
  order_.erase(entry);
}

std::size_t ProfileCache::size() const {
  std::lock_guard lock(mutex_);
  return order_.size();
}
std::size_t ProfileCache::bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace papi::profiles
