#include "platform/http/allowed_origins.hpp"

#include <gtest/gtest.h>

namespace papi::http {
namespace {

TEST(AllowedOrigins, a_page_is_among_them_by_scheme_host_and_effective_port) {
  const struct {
    std::string_view list;
    std::vector<std::string_view> allowed, refused;
  } rows[] = {
      {"https://quiz.example, http://localhost:3001",
       {"https://quiz.example", "HTTPS://Quiz.Example", "https://quiz.example:443", "http://localhost:3001"},
       {"http://quiz.example", "https://quiz.example.evil", "https://quiz.example:444",
        "https://evil-quiz.example", "https://a.quiz.example", "http://localhost", "https://quiz.example/",
        "null", "file://", ""}},
      {"https://quiz.example:443", {"https://quiz.example"}, {"https://quiz.example:8443"}},
      {"http://[0:0::1]:3001", {"http://[::1]:3001"}, {"http://[::1]"}},
      {"null", {"null"}, {"file://", "NULL", "null://", "https://null", ""}},
      {"file://", {"file://", "FILE://"}, {"null", "file:///home", "file://host"}},
      {"capacitor://localhost, tauri://localhost, ionic://localhost, http://tauri.localhost",
       {"capacitor://localhost", "tauri://localhost", "ionic://localhost", "http://tauri.localhost"},
       {"http://localhost", "capacitor://localhost:80", "capacitor://evil", "https://tauri.localhost"}},
      {"chrome-extension://abcdefghijklmnopabcdefghijklmnop",
       {"chrome-extension://abcdefghijklmnopabcdefghijklmnop"},
       {"chrome-extension://ponmlkjihgfedcbaponmlkjihgfedcba",
        "moz-extension://abcdefghijklmnopabcdefghijklmnop"}},
      {"moz-extension://4e1c4f0a-5f0e-4c44-9d8f-0d3a3a1b2c3d",
       {"moz-extension://4e1c4f0a-5f0e-4c44-9d8f-0d3a3a1b2c3d"},
       {"null"}},
      {"app://., app://obsidian.md", {"app://.", "app://obsidian.md"}, {"app://evil", "app://"}},
      {"https://*.example.org",
       {"https://a.example.org", "https://a.b.c.example.org", "https://A.Example.ORG:443"},
       {"https://example.org", "https://evil-example.org", "https://.example.org", "https://a..example.org",
        "http://a.example.org", "https://a.example.org:8443", "https://a.example.org.evil",
        "https://evil.example/.example.org", "https://*.example.org", "wss://a.example.org"}},
      {"https://*.example.org, https://example.org", {"https://a.example.org", "https://example.org"}, {}},
      {"https://*.example.org:8443", {"https://a.example.org:8443"}, {"https://a.example.org"}},
      {"http://*.localhost:3000", {"http://a.localhost:3000"}, {"http://localhost:3000"}},
      {"*", {"https://any.example", "null", "file://", "what is no origin"}, {}},
      {" , ", {}, {"https://any.example", "null"}},
  };
  for (const auto& row : rows) {
    const auto origins = AllowedOrigins::parse(row.list);
    ASSERT_TRUE(origins) << row.list << ": " << origins.error().message;
    for (const std::string_view origin : row.allowed)
      EXPECT_TRUE(origins->allows(origin)) << row.list << " " << origin;
    for (const std::string_view origin : row.refused)
      EXPECT_FALSE(origins->allows(origin)) << row.list << " " << origin;
    EXPECT_EQ(origins->any(), row.list == "*");
  }
}

TEST(AllowedOrigins, a_malformed_entry_is_named_with_what_to_write_instead) {
  const struct {
    std::string_view list, fault;
  } rows[] = {
      {"quiz.example", "'quiz.example' has no scheme: write https://quiz.example"},
      {"localhost:3000", "'localhost:3000' has no scheme: write https://localhost:3000"},
      {"https://quiz.example/",
       "'https://quiz.example/' has a path, which no origin has: write https://quiz.example"},
      {"https://quiz.example/a?b",
       "'https://quiz.example/a?b' has a path, which no origin has: write https://quiz.example"},
      {"https://", "'https://' names no host: write https://host[:port]"},
      {"app://", "'app://' names no host: write app://host[:port]"},
      {"file:///home/ann", "'file:///home/ann' has a path: all files share one origin; write file://"},
      {"wss://quiz.example",
       "'wss://quiz.example' is the address of a socket: name the page that opens it, https://quiz.example"},
      {"ftp://x.example", "'ftp://x.example' has a scheme whose pages have no origin: write null"},
      {"1a://x", "'1a://x' has a malformed scheme: write https://x"},
      {"https://a.example:99999",
       "'https://a.example:99999' is malformed, the port must be at most 65535: write https://host[:port]"},
      {"https://a.example:*",
       "'https://a.example:*' has its '*' in a wrong place: one '*' stands for whole labels at the front, as "
       "in https://*.example.org"},
      {"https://a_(b", "'https://a_(b' has a character that no host name has: write https://host[:port]"},
      {"https://bücher.example",
       "'https://bücher.example' has a character that no origin has: write scheme://host[:port], names in "
       "ASCII (xn--…)"},
      {"https://a.example https://b.example",
       "'https://a.example https://b.example' has a character that no origin has: write "
       "scheme://host[:port], names in ASCII (xn--…)"},
      {"https://ann:secret@a.example",
       "'…@a.example' must not hold user information: write scheme://host[:port]"},
      {"ann:secret@a.example", "'…@a.example' has no scheme: write https://a.example"},
      {"https://*",
       "'https://*' is every page of that scheme: name a domain, as in https://*.example.org, or write *"},
      {"https://*.org",
       "'https://*.org' is every page of a top-level domain: name a domain of two labels or more, as in "
       "https://*.example.org"},
      {"https://*example.org",
       "'https://*example.org' has its '*' in a wrong place: one '*' stands for whole labels at the front, "
       "as in https://*.example.org"},
      {"http://a.*.example.org",
       "'http://a.*.example.org' has its '*' in a wrong place: one '*' stands for whole labels at the front, "
       "as in http://*.example.org"},
      {"https://*.*.example.org",
       "'https://*.*.example.org' has its '*' in a wrong place: one '*' stands for whole labels at the "
       "front, as in https://*.example.org"},
      {"https://*.example.org:99999",
       "'https://*.example.org:99999' is malformed, the port must be at most 65535: write "
       "https://*.example.org or https://*.example.org:8443"},
      {"https://*.example.org/",
       "'https://*.example.org/' has a path, which no origin has: write https://*.example.org"},
      {"https://*.10.0.0.1", "'https://*.10.0.0.1' has a wildcard before an address: name each address"},
      {"chrome-extension://*",
       "'chrome-extension://*' has a wildcard, which only http and https origins may have: name each "
       "chrome-extension:// origin"},
      {"https://good.example, bad, null, http://",
       "'bad' has no scheme: write https://bad; 'http://' names no host: write http://host[:port]"},
  };
  for (const auto& row : rows) {
    const auto origins = AllowedOrigins::parse(row.list);
    ASSERT_FALSE(origins) << row.list;
    EXPECT_EQ(origins.error().message, row.fault);
  }
}

}  // namespace
}  // namespace papi::http
