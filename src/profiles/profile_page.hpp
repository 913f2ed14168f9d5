#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace papi::profiles {

/// What TikTok's profile page says about a person (docs/webcast-protocol.md §1.2).
struct PageFound {
  std::string nickname;
  std::vector<std::string> pictures;  // URLs, largest first; empty: TikTok's default picture
};
struct PageNoSuchUser {};
struct PageBlocked {
  std::string mark;  // the text by which the block was recognised
};
struct PageUnreadable {};
using PageVerdict = std::variant<PageFound, PageNoSuchUser, PageBlocked, PageUnreadable>;

/// Reads __UNIVERSAL_DATA_FOR_REHYDRATION__, then SIGI_STATE, then the page's elements. If the page is about
/// another person than `username` (in lower case), it is unreadable.
PageVerdict read_profile_page(std::string_view html, std::string_view username);

/// Returns whether this is TikTok's picture for people who have set none.
bool is_default_picture(std::string_view url);

}  // namespace papi::profiles
