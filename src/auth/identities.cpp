#include "auth/identities.hpp"

#include "auth/identity_reading.hpp"
#include "platform/base/text.hpp"

namespace papi::auth {

std::shared_ptr<const User> Identities::user(const std::string& id) const {
  const auto* account = accounts_.find(id);
  return account ? (*account)->user : nullptr;
}

std::shared_ptr<const User> Identities::user_called(std::string_view username) const {
  const std::string* id = ids_.find(to_lower_ascii(username));
  return id ? user(*id) : nullptr;
}

std::shared_ptr<const KnownKey> Identities::key_by_hash(const std::string& hash) const {
  const Key* key = by_hash_.find(hash);
  return key ? *key : nullptr;
}

std::shared_ptr<const KnownKey> Identities::key_by_id(const std::string& id) const {
  const Key* key = by_id_.find(id);
  return key ? *key : nullptr;
}

IdentityBook::IdentityBook(std::vector<EnvironmentKey> environment, sqlite::Readers& readers)
    : environment_(std::move(environment)), readers_(readers), current_(std::make_shared<Identities>()) {}

void IdentityBook::replace(std::shared_ptr<const Identities> next) {
  std::unique_lock lock(mutex_);
  // Two reads may come back in another order than they were made in.
  if (next->version() < current_->version()) return;
  version_.store(next->version(), std::memory_order_release);
  current_ = std::move(next);
}

void IdentityBook::load(sqlite::Database& database) {
  database.execute("BEGIN");  // one state of it, whatever a command changes meanwhile
  auto everybody = read_identities(database, environment_);
  database.execute("COMMIT");
  replace(std::move(everybody));
}

Task<Result<void>> IdentityBook::refresh(Executor executor) {
  using Next = std::shared_ptr<const Identities>;
  std::function<Next(sqlite::Database&)> query = [this](sqlite::Database& database) {
    return read_newer(database, environment_, now());
  };
  CO_TRY(Next next, co_await readers_.read<Next>(executor, std::move(query)));
  replace(std::move(next));
  co_return Result<void>();
}

}  // namespace papi::auth
