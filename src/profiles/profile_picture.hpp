#pragma once

#include "platform/http/picture.hpp"
#include "profiles/profile.hpp"

namespace papi::profiles {

/// Returns a profile's picture for an answer. It shares the entry's bytes.
inline http::Picture picture_of(const EntryPtr& entry) {
  return {content_type(entry->image->header.type),
          std::shared_ptr<const std::string>(entry, &entry->image->bytes),
          entry->profile.image_hash.substr(0, avatar_tag_length)};
}

}  // namespace papi::profiles
