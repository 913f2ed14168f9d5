#pragma once

#include "platform/http/picture.hpp"
#include "profiles/profile.hpp"

namespace papi::profiles {

/// A profile's picture as it is answered. Shares the entry's bytes.
inline http::Picture picture_of(const EntryPtr& entry) {
  return {content_type(entry->image->header.type),
          std::shared_ptr<const std::string>(entry, &entry->image->bytes),
          entry->profile.image_hash.substr(0, avatar_tag_length)};
}

}  // namespace papi::profiles
