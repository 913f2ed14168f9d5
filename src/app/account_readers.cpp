#include "app/account_readers.hpp"

namespace papi::app {
namespace {

events::Reader reader_of(const auth::User& user) { return {user.id, user.username, user.id, false}; }
events::Reader reader_of(const auth::CachedKey& key) {
  return {key.key.id, key.key.id, key.key.user_id, true};
}

}  // namespace

/// Keys come first: this program makes their ids, and a user may choose a username that looks like one.
std::optional<events::Reader> AccountReaders::find(const std::string& name) const {
  const auto snapshot = cache_.current();
  if (const auto key = snapshot->key_by_id(name); key && key->valid_at(clock_.now_ms()))
    return reader_of(*key);
  const auto user = snapshot->user_called(name);
  if (!user || !user->active) return std::nullopt;
  return reader_of(*user);
}

std::optional<events::Reader> AccountReaders::by_id(const std::string& id) const {
  const auto snapshot = cache_.current();
  if (const auto user = snapshot->user(id)) return reader_of(*user);
  if (const auto key = snapshot->key_by_id(id)) return reader_of(*key);
  return std::nullopt;
}

}  // namespace papi::app
