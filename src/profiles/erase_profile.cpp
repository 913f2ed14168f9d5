#include "profiles/erase_profile.hpp"

namespace papi::profiles {

Task<Result<bool>> EraseProfile::erase(Username username) {
  // A live picture that was seen before this and is still waiting must not be stored any more.
  erasures_.add(username);
  // Work in progress could restore the person, and so could a look-up that reads the store meanwhile. So new
  // look-ups wait.
  co_await lookups_.lock(username);
  const NameLookups::Unlock then(lookups_, username);
  co_return co_await kept_.erase(username);
}

}  // namespace papi::profiles
