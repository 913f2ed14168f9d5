#include "profiles/profile_page.hpp"

#include <libxml/HTMLparser.h>
#include <libxml/xpath.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <optional>

#include "platform/base/error.hpp"
#include "platform/base/handle.hpp"
#include "platform/base/text.hpp"

namespace papi::profiles {
namespace {

constexpr std::size_t max_page = 8 * 1024 * 1024;
constexpr std::size_t max_nickname = 200;

/// Returns the value at `a.b.c` in nested objects, or nullptr.
const json::value* at_path(const json::value& root, std::initializer_list<std::string_view> path) {
  const json::value* value = &root;
  for (const std::string_view key : path) {
    if (!value->is_object()) return nullptr;
    value = value->get_object().if_contains(key);
    if (!value) return nullptr;
  }
  return value;
}

std::string text_at(const json::value& object, std::string_view key) {
  const json::value* value = at_path(object, {key});
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// Returns the JSON of `<script id="…">`, or nullopt.
std::optional<json::value> script_json(std::string_view html, std::string_view id) {
  const auto start = html.find("<script id=\"" + std::string(id) + "\"");
  if (start == std::string_view::npos) return std::nullopt;
  const auto open = html.find('>', start);
  const auto close = html.find("</script>", start);
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  boost::system::error_code ec;
  json::parse_options lenient;
  lenient.allow_invalid_utf8 = true;  // a nickname cut inside a character must not make the page unreadable
  json::value value = json::parse({html.data() + open + 1, close - open - 1}, ec, {}, lenient);
  if (ec) return std::nullopt;
  return value;
}

std::string shown_name(std::string name) {
  name = to_utf8(trim(name));
  if (name.size() <= max_nickname) return name;
  std::size_t end = max_nickname;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
  name.resize(end);
  return name;
}

void add_picture(std::vector<std::string>& pictures, std::string url) {
  const bool known = std::find(pictures.begin(), pictures.end(), url) != pictures.end();
  if (!url.empty() && !known && !is_default_picture(url)) pictures.push_back(std::move(url));
}

/// Reads `user`, which has the same form in both scripts.
std::optional<PageFound> found_in(const json::value& user, std::string_view username) {
  if (to_lower_ascii(text_at(user, "uniqueId")) != username) return std::nullopt;
  PageFound found;
  found.nickname = shown_name(text_at(user, "nickname"));
  for (const std::string_view size : {"avatarLarger", "avatarMedium", "avatarThumb"})
    add_picture(found.pictures, text_at(user, size));
  return found;
}

std::optional<PageVerdict> from_universal_data(std::string_view html, std::string_view username) {
  const auto data = script_json(html, "__UNIVERSAL_DATA_FOR_REHYDRATION__");
  if (!data) return std::nullopt;
  const json::value* detail = at_path(*data, {"__DEFAULT_SCOPE__", "webapp.user-detail"});
  if (!detail) return std::nullopt;
  if (const json::value* user = at_path(*detail, {"userInfo", "user"})) {
    if (auto found = found_in(*user, username)) return std::move(*found);
  }
  const json::value* code = at_path(*detail, {"statusCode"});
  if (!code || !code->is_int64() || code->get_int64() == 0) return std::nullopt;
  // The codes around "no such user" also concern only this person (banned, restricted). With any other code
  // the page says nothing. Neither counts as a block, whatever text its scripts contain.
  const bool of_this_user = code->get_int64() >= 10'200 && code->get_int64() < 10'300;
  return of_this_user ? PageVerdict(PageNoSuchUser()) : PageVerdict(PageUnreadable());
}

std::optional<PageVerdict> from_sigi_state(std::string_view html, std::string_view username) {
  const auto data = script_json(html, "SIGI_STATE");
  if (!data) return std::nullopt;
  if (const json::value* user = at_path(*data, {"LiveRoom", "liveRoomUserInfo", "user"})) {
    if (auto found = found_in(*user, username)) return std::move(*found);
  }
  const json::value* users = at_path(*data, {"UserModule", "users"});
  if (!users || !users->is_object()) return std::nullopt;
  for (const auto& [name, user] : users->get_object()) {
    if (auto found = found_in(user, username)) return std::move(*found);
  }
  return std::nullopt;
}

using HtmlDocument = Handle<xmlDoc, xmlFreeDoc>;
using XPathContext = Handle<xmlXPathContext, xmlXPathFreeContext>;
using XPathObject = Handle<xmlXPathObject, xmlXPathFreeObject>;
void free_text(xmlChar* text) { xmlFree(text); }
using XmlText = Handle<xmlChar, free_text>;

std::string first_text(xmlXPathContext* context, const char* expression) {
  const XPathObject result(xmlXPathEvalExpression(reinterpret_cast<const xmlChar*>(expression), context));
  if (!result || !result->nodesetval || result->nodesetval->nodeNr == 0) return {};
  const XmlText text(xmlNodeGetContent(result->nodesetval->nodeTab[0]));
  return text ? reinterpret_cast<const char*>(text.get()) : std::string();
}

std::optional<PageVerdict> from_elements(std::string_view html, std::string_view username) {
  const HtmlDocument document(
      htmlReadMemory(html.data(), static_cast<int>(html.size()), nullptr, "utf-8",
                     HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET));
  if (!document) return std::nullopt;
  const XPathContext context(xmlXPathNewContext(document.get()));
  if (!context) return std::nullopt;
  const std::string name = first_text(context.get(), "//*[@data-e2e='user-title']");
  std::string_view who = trim(name);
  if (who.starts_with('@')) who.remove_prefix(1);
  if (to_lower_ascii(who) != username) return std::nullopt;
  PageFound found;
  found.nickname = shown_name(first_text(context.get(), "//*[@data-e2e='user-subtitle']"));
  for (const char* place :
       {"//*[@data-e2e='user-avatar']//img/@src", "//img[contains(@class,'ImgAvatar')]/@src",
        "//meta[@property='og:image']/@content"}) {
    add_picture(found.pictures, first_text(context.get(), place));
  }
  return found;
}

/// Looks for marks of a block. Used only if nothing else could be read, because an ordinary page may contain
/// these words too.
std::optional<PageVerdict> from_block_marks(std::string_view html) {
  for (const std::string_view mark : {"SlardarWAF", "tiktok-verify-page", "captcha_container",
                                      "captcha-verify", "id=\"wci\"", "Access Denied"}) {
    if (html.find(mark) != std::string_view::npos) return PageBlocked{std::string(mark)};
  }
  return std::nullopt;
}

}  // namespace

bool is_default_picture(std::string_view url) {
  return url.find("/1594805258216454") != std::string_view::npos;
}

PageVerdict read_profile_page(std::string_view html, std::string_view username) {
  if (html.size() > max_page) return PageUnreadable();
  if (auto verdict = from_universal_data(html, username)) return std::move(*verdict);
  if (auto verdict = from_sigi_state(html, username)) return std::move(*verdict);
  if (auto verdict = from_elements(html, username)) return std::move(*verdict);
  if (auto verdict = from_block_marks(html)) return std::move(*verdict);
  return PageUnreadable();
}

}  // namespace papi::profiles
