#include "profiles/fetched_pictures.hpp"

namespace papi::profiles {

FetchedPictures::FetchedPictures(Executor executor, Fetch fetch, Options options, Logger& log,
                                 const Clock& clock)
    : executor_(executor),
      fetch_(std::move(fetch)),
      options_(options),
      log_(log),
      clock_(clock),
      tasks_(executor, [&log](std::exception_ptr) { log.error("A picture ended with an exception"); }) {}

std::size_t FetchedPictures::Kept::bytes() const {
  return 512 + 2 * url.size() + (picture ? picture->bytes->size() : 0);
}

/// Returns the kept entry of the URL, or nullptr. A failure is dropped after its time.
const FetchedPictures::Kept* FetchedPictures::find(const std::string& url) {
  const auto found = by_url_.find(url);
  if (found == by_url_.end()) return nullptr;
  const Kept& kept = *found->second;
  if (!kept.picture && clock_.steady() - kept.fetched_at >= options_.retry_after_failure) {
    drop(found->second);
    return nullptr;
  }
  order_.splice(order_.begin(), order_, found->second);
  return &order_.front();
}

void FetchedPictures::drop(Order::iterator kept) {
  bytes_ -= kept->bytes();
  by_url_.erase(kept->url);
  order_.erase(kept);
}

void FetchedPictures::keep(Kept kept) {
  if (const auto old = by_url_.find(kept.url); old != by_url_.end()) drop(old->second);
  if (kept.bytes() > options_.max_bytes) return;
  bytes_ += kept.bytes();
  order_.push_front(std::move(kept));
  by_url_[order_.front().url] = order_.begin();
  while (order_.size() > options_.max_pictures || bytes_ > options_.max_bytes) drop(std::prev(order_.end()));
}

Task<Result<http::Picture>> FetchedPictures::get(std::string url) {
  if (const Kept* kept = find(url)) co_return kept->picture;
  if (!waiting_.contains(url) && waiting_.size() >= options_.max_fetches)
    co_return Error(ErrorCode::unavailable, "Too many pictures are being fetched; ask again");
  const Promise<Result<http::Picture>> completion(executor_);
  Waiters& waiters = waiting_[url];
  waiters.push_back(completion);  // before spawn(), which may answer at once if the URL is refused
  if (waiters.size() == 1) tasks_.spawn(fetch_for_all(url));
  co_return co_await completion.get();
}

Task<std::optional<http::Picture>> FetchedPictures::kept(std::string url) {
  const Kept* kept = find(url);
  if (!kept || !kept->picture) co_return std::nullopt;
  co_return *kept->picture;
}

Task<void> FetchedPictures::fetch_for_all(std::string url) {
  Result<http::Picture> picture = Error(ErrorCode::internal, "The picture could not be fetched");
  try {
    auto image = co_await fetch_(url);
    if (image) {
      picture = http::Picture{content_type(image->header.type),
                              std::make_shared<const std::string>(std::move(image->bytes)), image->hash};
    } else {
      picture = image.error();
    }
  } catch (const std::exception& escaped) {  // the waiters must get an answer
    log_.error("A picture ended with an exception", {{"reason", escaped.what()}});
  }
  keep({url, picture, clock_.steady()});
  const auto waiters = waiting_.extract(url);
  for (const auto& waiter : waiters.mapped()) waiter.set(picture);
}

}  // namespace papi::profiles
