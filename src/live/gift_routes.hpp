#pragma once

#include <functional>
#include <vector>

#include "live/gift_list.hpp"
#include "platform/http/picture.hpp"
#include "platform/http/route_table.hpp"

namespace papi::live {

struct GiftRouteParts {
  GiftList& gifts;
  Executor executor;  // the live thread's
  /// The picture at a platform's address, fetched safely and kept. Any thread.
  std::function<Task<Result<http::Picture>>(std::string url)> picture;
  /// The same, if it is in memory.
  std::function<Task<std::optional<http::Picture>>(std::string url)> kept_picture;
};

/// /gifts and /gifts/{id}/image.
std::vector<http::Route> gift_routes(const GiftRouteParts& parts);

}  // namespace papi::live
