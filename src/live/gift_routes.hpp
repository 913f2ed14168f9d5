#pragma once

#include <functional>
#include <vector>

#include "live/gift_list.hpp"
#include "platform/http/picture.hpp"
#include "platform/http/route_table.hpp"

namespace papi::live {

/// Where the pictures of gifts come from. Both functions may be called on any thread.
struct GiftPictures {
  /// Returns the picture at an address of TikTok. It is fetched with the checks of PictureFetcher and kept in
  /// memory.
  std::function<Task<Result<http::Picture>>(std::string url)> fetch;
  /// Returns the picture if it is in memory, or nullopt.
  std::function<Task<std::optional<http::Picture>>(std::string url)> kept;
};

struct GiftRouteDependencies {
  GiftList& gifts;
  Executor executor;  // the live thread's
  GiftPictures pictures;
};

/// Returns the routes /gifts and /gifts/{id}/image.
std::vector<http::Route> gift_routes(const GiftRouteDependencies& deps);

}  // namespace papi::live
