#include "profiles/remote_generator.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "platform/base/text.hpp"

namespace papi::profiles {
namespace {

constexpr std::string_view placeholder = "{username}";

std::string filled_in(std::string url, std::string_view name) {
  for (auto at = url.find(placeholder); at != std::string::npos; at = url.find(placeholder, at + name.size()))
    url.replace(at, placeholder.size(), name);
  return url;
}

Error wrong(const std::string& url, const std::string& what) {
  return {ErrorCode::validation, "'" + url + "' " + what};
}

}  // namespace

Result<GeneratorUrls> GeneratorUrls::parse(std::string_view list) {
  GeneratorUrls out;
  std::string hosts;
  for (const std::string_view part : split(list, ',')) {
    const std::string url(trim(part));
    if (url.empty()) continue;
    if (url.find(placeholder) == std::string::npos) return wrong(url, "has no {username}");
    const std::string example = filled_in(url, "name");
    const auto parsed = boost::urls::parse_uri(example);
    if (!parsed) return wrong(url, "is not an absolute URL");
    const auto authority = url.find("://") + 3;
    if (url.substr(0, url.find('/', authority)).find(placeholder) != std::string::npos)
      return wrong(url, "has {username} in its host: only path and query may have it");
    const bool plain = parsed->scheme_id() == boost::urls::scheme::http;
    const std::string host(plain ? parsed->encoded_host_and_port() : parsed->encoded_host());
    hosts.append(host).append(",");
    out.urls_.push_back(url);
  }
  TRY(out.hosts_, PictureHosts::parse(hosts));
  for (const std::string& url : out.urls_) {
    if (const auto verdict = out.hosts_.check(filled_in(url, "name")); !verdict)
      return wrong(url, "cannot be asked: " + verdict.error().message);
  }
  return out;
}

std::vector<std::string> GeneratorUrls::of(const Username& username) const {
  std::vector<std::string> out;
  out.reserve(urls_.size());
  for (const std::string& url : urls_) out.push_back(filled_in(url, percent_encode(username.text())));
  return out;
}

Task<Result<FetchedProfile>> RemoteGenerator::fetch(Executor executor, Username username,
                                                    std::chrono::milliseconds budget) {
  const auto deadline = clock_.steady() + budget;
  Error failure(ErrorCode::unavailable, "generator: no service could be asked");
  for (const std::string& url : urls_.of(username)) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock_.steady());
    auto image = co_await pictures_.fetch(executor, url, left);
    if (!image && image.error().code != ErrorCode::unavailable)
      failure = Error(ErrorCode::upstream_error, "generator: no service gave a picture");
    if (!image) continue;
    FetchedProfile fetched;
    fetched.image = std::move(*image);
    co_return fetched;
  }
  co_return failure;
}

}  // namespace papi::profiles
