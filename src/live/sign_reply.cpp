#include "live/sign_reply.hpp"

#include <algorithm>
#include <charconv>

#include "live/page_json.hpp"
#include "live/wire.hpp"
#include "platform/base/text.hpp"

namespace papi::live {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t default_retry_seconds = 60;
constexpr std::int64_t max_retry_seconds = 24 * 3600;
constexpr std::int64_t max_quiet_seconds = 3600;
constexpr std::size_t max_words = 300;
constexpr std::size_t max_label = 100;

/// `a=1; b=2`, whether the header holds one cookie with attributes or a whole cookie string.
std::string cookie_pairs(const HttpReply& reply) {
  std::string out;
  for (const auto& [name, value] : reply.headers) {
    if (name != "x-set-tt-cookie") continue;
    for (std::string_view part : split(value, ';')) {
      part = trim(part);
      const auto eq = part.find('=');
      if (eq == std::string_view::npos || part.find_first_of("\r\n") != std::string_view::npos) continue;
      const std::string key = to_lower_ascii(part.substr(0, eq));
      if (key == "path" || key == "domain" || key == "expires" || key == "max-age" || key == "samesite")
        continue;
      if (!out.empty()) out += "; ";
      out += part;
    }
  }
  return out;
}

/// A server's words as they may be shown: without secrets and control characters, bounded.
std::string shown(std::string text, const std::vector<Secret>& secrets, std::size_t max_bytes) {
  for (const Secret& secret : secrets) {
    if (secret.empty()) continue;
    for (const std::string& spelling : {secret.reveal(), percent_encode(secret.reveal())}) {
      for (auto at = text.find(spelling); at != std::string::npos; at = text.find(spelling, at + 3))
        text.replace(at, spelling.size(), "***");
    }
  }
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; }, ' ');
  return bounded_utf8(text, max_bytes);
}

std::string text_of(const json::value* value) {
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string(text->data(), text->size()) : std::string();
}

std::string scalar_of(const json::value* value) {
  if (!value) return {};
  if (const auto* n = value->if_int64()) return std::to_string(*n);
  if (const auto* n = value->if_uint64()) return std::to_string(*n);
  return text_of(value);
}

std::string first_text(const json::value& body,
                       std::initializer_list<std::initializer_list<std::string_view>> paths) {
  for (const auto& path : paths) {
    std::string text = text_of(member(body, path));
    if (!text.empty()) return text;
  }
  return {};
}

/// What the body of a refusal says.
struct Words {
  std::int64_t code = 0;  // 0: none
  std::string message;
  std::string limit_label;
  std::string retry_after;
  std::string reset_at;
};

Words words_of(std::string_view body) {
  Words words;
  const std::string_view text = trim(body);
  if (!text.starts_with('{')) {
    // A sentence, not the page of some proxy and not bytes.
    if (!text.starts_with('<') && is_utf8(text)) words.message = text.substr(0, 4 * max_words);
    return words;
  }
  const auto value = parse_page_json(text);
  if (!value) return words;
  words.code = integer(member(*value, {"code"}), 0);
  if (words.code == 0) words.code = integer(member(*value, {"error", "code"}), 0);
  words.message = first_text(*value, {{"message"}, {"error", "message"}, {"error"}, {"detail"}});
  words.limit_label = first_text(*value, {{"limit_label"}, {"limitLabel"}, {"error", "limit_label"}});
  words.retry_after = scalar_of(member(*value, {"retry_after"}));
  words.reset_at = scalar_of(member(*value, {"reset_at"}));
  return words;
}

/// The first of the places that tell when to come back. RateLimit-Remaining comes last, as the seconds to
/// wait: one of the clients reads it so after a 429, and as a number of requests it would be 0 there.
std::optional<milliseconds> told_wait(const HttpReply& reply, const Words& words, UnixMs now) {
  const std::string remaining = reply.header("ratelimit-remaining");
  const std::string places[] = {reply.header("retry-after"),
                                reply.header("x-ratelimit-reset"),
                                reply.header("ratelimit-reset"),
                                words.retry_after,
                                words.reset_at,
                                remaining == "0" ? std::string() : remaining};
  for (const std::string& place : places) {
    if (auto wait = wait_in(place, now)) return wait;
  }
  return std::nullopt;
}

milliseconds clamped(milliseconds wait, std::int64_t max_seconds) {
  return std::clamp(wait, milliseconds(1'000), milliseconds(max_seconds * 1'000));
}

milliseconds retry_wait(const HttpReply& reply, const Words& words, UnixMs now) {
  const auto wait = told_wait(reply, words, now).value_or(milliseconds(default_retry_seconds * 1'000));
  return clamped(wait, max_retry_seconds);
}

/// The status that an answer means: a refusal may come as JSON with HTTP 200 (Webcast protocol §2.4).
long meant_status(const HttpReply& reply, const Words& words) {
  const bool refusal_in_json = reply.status == 200 && words.code >= 400 && words.code <= 599;
  return refusal_in_json ? static_cast<long>(words.code) : reply.status;
}

bool is_json(std::string_view body) { return trim(body).starts_with('{'); }

/// `status` is what the answer means; `http` how it came.
Error refusal(long status, long http) {
  const std::string said = status == http ? " (HTTP " + std::to_string(http) + ")"
                                          : " (code " + std::to_string(status) + " with HTTP 200)";
  switch (status) {
    case 401:
      return Error(ErrorCode::upstream_error, "The sign server does not accept TIKTOK_SIGN_API_KEY" + said);
    case 402:
      return Error(ErrorCode::upstream_error, "The sign server wants a paid plan for this request" + said);
    case 403:
      return Error(ErrorCode::blocked, "The sign server refused the request" + said);
    case 504:
      return Error(ErrorCode::upstream_timeout, "The sign server got no answer from TikTok in time" + said);
    case 200:
      return Error(ErrorCode::upstream_error, "The sign server answered with words instead of a signature");
    default:
      return Error(ErrorCode::upstream_error, "The sign server failed" + said);
  }
}

Error described(Error error, const HttpReply& reply, const Words& words, const std::vector<Secret>& secrets) {
  error.details["sign_status"] = reply.status;
  if (words.code != 0) error.details["code"] = words.code;
  const auto keep = [&](std::string_view key, std::string text, std::size_t max_bytes) {
    text = shown(std::move(text), secrets, max_bytes);
    if (!text.empty()) error.details[key] = text;
  };
  keep("message", words.message, max_words);
  keep("limit_label", words.limit_label, max_label);
  std::string id = reply.header("x-request-id");
  if (id.empty()) id = reply.header("x-log-id");
  keep("request_id", std::move(id), max_label);
  return error;
}

Error limit_reached(const HttpReply& reply, const Words& words, UnixMs now) {
  const milliseconds wait = retry_wait(reply, words, now);
  const std::int64_t seconds = (wait.count() + 999) / 1'000;  // never earlier than told
  json::object details;
  details["retry_after"] = seconds;
  details["reset_at"] = rfc3339(now + wait.count());
  return Error(ErrorCode::sign_rate_limited,
               "The sign server's limit is reached; next try in " + std::to_string(seconds) + " s",
               std::move(details));
}

}  // namespace

std::optional<milliseconds> wait_in(std::string_view text, UnixMs now) {
  text = trim(text);
  if (text.empty()) return std::nullopt;
  double number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault == std::errc() && end == text.data() + text.size()) {
    if (!(number >= 0 && number < 1e15)) return std::nullopt;
    constexpr double least_unix_seconds = 1e9, least_unix_ms = 1e11;
    const double scale = number > least_unix_ms ? 1 : 1'000;
    const auto ms = static_cast<std::int64_t>(number * scale);
    return milliseconds(number > least_unix_seconds ? std::max<std::int64_t>(ms - now, 0) : ms);
  }
  auto at = parse_http_date(text);
  if (!at) at = parse_rfc3339(text);
  if (!at) return std::nullopt;
  return milliseconds(std::max<std::int64_t>(*at - now, 0));
}

milliseconds told_pause(const HttpReply& reply, UnixMs now) {
  const Words words = is_json(reply.body) ? words_of(reply.body) : Words();
  if (meant_status(reply, words) == 429) return retry_wait(reply, words, now);
  // In a good answer RateLimit-Remaining is what the IETF draft says, requests that are left; the client that
  // takes it for seconds looks at it after a 429 only.
  std::string remaining = reply.header("x-ratelimit-remaining");
  if (remaining.empty()) remaining = reply.header("ratelimit-remaining");
  if (trim(remaining) != "0") return milliseconds(0);
  std::string reset = reply.header("x-ratelimit-reset");
  if (reset.empty()) reset = reply.header("ratelimit-reset");
  const auto wait = wait_in(reset, now);
  // A hint: who asks again after an hour is told by a 429 if it was meant for longer.
  return wait ? clamped(*wait, max_quiet_seconds) : milliseconds(0);
}

Result<SignedFetch> read_sign_reply(HttpReply reply, UnixMs now, const std::vector<Secret>& secrets) {
  const bool has_words = reply.status != 200 || is_json(reply.body);
  const Words words = has_words ? words_of(reply.body) : Words();
  const long status = meant_status(reply, words);
  if (status == 429) return described(limit_reached(reply, words, now), reply, words, secrets);
  // Bytes of a fetch result never begin with '{': that would be a group.
  if (has_words) return described(refusal(status, reply.status), reply, words, secrets);
  const auto bad = [&](std::string message) {
    return described(Error(ErrorCode::upstream_error, std::move(message)), reply, words, secrets);
  };
  if (reply.body.empty()) return bad("The sign server's answer is empty: TikTok refused the signer");
  auto result = read_fetch_result(reply.body);
  if (!result) return bad("The sign server's answer cannot be decoded");
  if (result->cursor.empty() || result->push_server.empty())
    return bad("The sign server's answer has no cursor or no socket address");
  SignedFetch fetch;
  fetch.cookies = cookie_pairs(reply);
  if (fetch.cookies.empty()) return bad("The sign server's answer has no cookies");
  fetch.body = std::move(reply.body);
  return fetch;
}

}  // namespace papi::live
