#include "live/sign_reply.hpp"

#include <algorithm>
#include <charconv>

#include "live/error_codes.hpp"
#include "live/page_json.hpp"
#include "live/wire.hpp"
#include "platform/base/text.hpp"

namespace papi::live {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds default_retry{60};
constexpr std::chrono::hours max_retry{24};
constexpr std::chrono::hours max_quiet{1};
constexpr std::size_t max_message = 300;
constexpr std::size_t max_label = 100;

/// Returns `a=1; b=2`. The header may hold one cookie with attributes or a whole cookie string.
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

/// Returns text of the sign server for display: without secrets and control characters, with at most
/// `max_bytes` bytes.
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

/// The data in the body of a refusal.
struct ErrorBody {
  std::int64_t code = 0;  // 0: none
  std::string message;
  std::string limit_label;
  std::string retry_after;
  std::string reset_at;
};

ErrorBody read_error_body(std::string_view bytes) {
  ErrorBody body;
  const std::string_view text = trim(bytes);
  if (!text.starts_with('{')) {
    // Keeps a sentence. A proxy's HTML page or binary data is ignored.
    if (!text.starts_with('<') && is_utf8(text)) body.message = text.substr(0, 4 * max_message);
    return body;
  }
  const auto value = parse_page_json(text);
  if (!value) return body;
  body.code = integer(member(*value, {"code"}), 0);
  if (body.code == 0) body.code = integer(member(*value, {"error", "code"}), 0);
  body.message = first_text(*value, {{"message"}, {"error", "message"}, {"error"}, {"detail"}});
  body.limit_label = first_text(*value, {{"limit_label"}, {"limitLabel"}, {"error", "limit_label"}});
  body.retry_after = scalar_of(member(*value, {"retry_after"}));
  body.reset_at = scalar_of(member(*value, {"reset_at"}));
  return body;
}

/// Returns the wait from the first place that gives one. RateLimit-Remaining is last and is read as seconds
/// to wait: one of the other clients does so after a 429. As a number of requests it would be 0 there.
std::optional<milliseconds> requested_wait(const HttpReply& reply, const ErrorBody& body, UnixMs now) {
  const std::string remaining = reply.header("ratelimit-remaining");
  const std::string places[] = {reply.header("retry-after"),
                                reply.header("x-ratelimit-reset"),
                                reply.header("ratelimit-reset"),
                                body.retry_after,
                                body.reset_at,
                                remaining == "0" ? std::string() : remaining};
  for (const std::string& place : places) {
    if (auto wait = wait_in(place, now)) return wait;
  }
  return std::nullopt;
}

milliseconds clamped(milliseconds wait, milliseconds longest) {
  return std::clamp(wait, milliseconds(1'000), longest);
}

milliseconds retry_wait(const HttpReply& reply, const ErrorBody& body, UnixMs now) {
  const auto wait = requested_wait(reply, body, now).value_or(default_retry);
  return clamped(wait, max_retry);
}

/// Returns the status that an answer means. A refusal may come as JSON with HTTP 200
/// (docs/webcast-protocol.md §2.4).
long meant_status(const HttpReply& reply, const ErrorBody& body) {
  const bool refusal_in_json = reply.status == 200 && body.code >= 400 && body.code <= 599;
  return refusal_in_json ? static_cast<long>(body.code) : reply.status;
}

bool is_json(std::string_view body) { return trim(body).starts_with('{'); }

/// `status` is what the answer means. `http` is the status that was sent.
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
      return Error(ErrorCode::upstream_error, "The sign server answered with a text instead of a signature");
    default:
      return Error(ErrorCode::upstream_error, "The sign server failed" + said);
  }
}

Error described(Error error, const HttpReply& reply, const ErrorBody& body,
                const std::vector<Secret>& secrets) {
  std::vector<ErrorNote>& notes = error.edit().notes;
  notes.push_back({"sign_status", static_cast<std::int64_t>(reply.status)});
  if (body.code != 0) notes.push_back({"code", static_cast<std::int64_t>(body.code)});
  const auto keep = [&](std::string_view key, std::string text, std::size_t max_bytes) {
    text = shown(std::move(text), secrets, max_bytes);
    if (!text.empty()) notes.push_back({std::string(key), std::move(text)});
  };
  keep("message", body.message, max_message);
  keep("limit_label", body.limit_label, max_label);
  std::string id = reply.header("x-request-id");
  if (id.empty()) id = reply.header("x-log-id");
  keep("request_id", std::move(id), max_label);
  return error;
}

Error limit_reached(const HttpReply& reply, const ErrorBody& body, UnixMs now) {
  const milliseconds wait = retry_wait(reply, body, now);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait);  // never earlier than told
  Error error = retry_later(
      codes::sign_rate_limited,
      "The sign server's limit is reached; next try in " + std::to_string(seconds.count()) + " s", seconds);
  error.edit().notes.push_back({"reset_at", rfc3339(now + wait.count())});
  return error;
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

milliseconds requested_pause(const HttpReply& reply, UnixMs now) {
  const ErrorBody body = is_json(reply.body) ? read_error_body(reply.body) : ErrorBody();
  if (meant_status(reply, body) == 429) return retry_wait(reply, body, now);
  // In a successful answer RateLimit-Remaining is the number of requests left, as in the IETF draft. The
  // client that reads it as seconds does so only after a 429.
  std::string remaining = reply.header("x-ratelimit-remaining");
  if (remaining.empty()) remaining = reply.header("ratelimit-remaining");
  if (trim(remaining) != "0") return milliseconds(0);
  std::string reset = reply.header("x-ratelimit-reset");
  if (reset.empty()) reset = reply.header("ratelimit-reset");
  const auto wait = wait_in(reset, now);
  // This is only a hint, so the pause is limited. If the server meant longer, the next request gets a 429.
  return wait ? clamped(*wait, max_quiet) : milliseconds(0);
}

Result<SignedFetch> read_sign_reply(HttpReply reply, UnixMs now, const std::vector<Secret>& secrets) {
  const bool is_error = reply.status != 200 || is_json(reply.body);
  const ErrorBody body = is_error ? read_error_body(reply.body) : ErrorBody();
  const long status = meant_status(reply, body);
  if (status == 429) return described(limit_reached(reply, body, now), reply, body, secrets);
  // The bytes of a fetch result never begin with '{', because that would be a group.
  if (is_error) return described(refusal(status, reply.status), reply, body, secrets);
  const auto bad = [&](std::string message) {
    return described(Error(ErrorCode::upstream_error, std::move(message)), reply, body, secrets);
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
