#include "access/permissions.hpp"

namespace papi::permission {

std::string_view name_of(Permission permission) {
  constexpr std::string_view names[] = {"none", "read", "write", "connect", "admin"};
  if (permission == Permission::authenticated) return "authenticated";
  return names[static_cast<std::size_t>(permission)];
}

}  // namespace papi::permission
