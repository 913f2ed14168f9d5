#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace papi::profiles {

/// What a profile page of TikTok says (webcast protocol §1.2).
struct PageFound {
  std::string nickname;
  std::vector<std::string> pictures;  // addresses, the largest first; empty: TikTok's default picture
};
struct PageNoSuchUser {};
struct PageBlocked {
  std::string mark;  // by which it was recognised
};
struct PageUnreadable {};
using PageVerdict = std::variant<PageFound, PageNoSuchUser, PageBlocked, PageUnreadable>;

/// Looks into __UNIVERSAL_DATA_FOR_REHYDRATION__, then SIGI_STATE, then the page's elements. A page about
/// someone else than `username` (in lower case) is unreadable.
PageVerdict read_profile_page(std::string_view html, std::string_view username);

/// The picture of people who have set none.
bool is_default_picture(std::string_view url);

}  // namespace papi::profiles
