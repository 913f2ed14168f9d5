#include "web/assets.hpp"

#include <algorithm>

namespace papi::web {

const Asset* find(std::span<const Asset> all, std::string_view path) {
  const auto found =
      std::lower_bound(all.begin(), all.end(), path,
                       [](const Asset& asset, std::string_view text) { return asset.path < text; });
  return found != all.end() && found->path == path ? &*found : nullptr;
}

}  // namespace papi::web
