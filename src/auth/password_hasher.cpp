#include "auth/password_hasher.hpp"

#include "auth/address_bucket.hpp"
#include "auth/password.hpp"

namespace papi::auth {

Task<Result<std::string>> PasswordHasher::hash(Executor executor, const Actor& actor, Secret password) {
  std::function<std::string()> work = [password = std::move(password)] { return hash_password(password); };
  return pool_.run<std::string>(executor, std::move(work), address_bucket(actor.client_address));
}

Task<Result<bool>> PasswordHasher::matches(Executor executor, const Actor& actor, std::string hash,
                                           Secret password) {
  std::function<bool()> work = [hash = std::move(hash), password = std::move(password)] {
    return password_matches(hash, password);
  };
  return pool_.run<bool>(executor, std::move(work), address_bucket(actor.client_address));
}

}  // namespace papi::auth
