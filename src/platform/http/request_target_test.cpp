#include "platform/http/request_target.hpp"

#include <gtest/gtest.h>

namespace papi::http {
namespace {

Request request_to(std::string_view target, std::vector<std::string_view> hosts = {"a"}, int version = 11,
                   Method method = Method::get) {
  Request request;
  request.method = method;
  request.target = target;
  request.version = version;
  for (const std::string_view host : hosts) request.headers.push_back({"Host", host});
  return request;
}

std::string fault_of(const Request& request) {
  const auto fault = target_fault(request);
  if (!fault) return "";
  EXPECT_EQ(fault->code, ErrorCode::validation);
  return std::string(fault->details().field);
}

}  // namespace

TEST(Authority, takes_what_rfc_3986_allows_and_nothing_else) {
  for (const std::string_view good :
       {"a", "example.org", "example.org:80", "example.org:", "example.org:0", "example.org:65535",
        "127.0.0.1:8002", "[::1]", "[::1]:8002", "[2001:db8::7]:", "[v1.fe:a]", "ex%41mple.org",
        "a_b~c!$&'()*+,;=", "xn--bcher-kva.example"})
    EXPECT_EQ(authority_fault(good), std::nullopt) << good;
  for (const std::string_view bad : {"",
                                     ":80",
                                     "user@example.org",
                                     "u:p@example.org",
                                     "ex ample.org",
                                     "example.org:80a",
                                     "example.org:65536",
                                     "example.org:99999999999999999999",
                                     "example.org:-1",
                                     "example.org:80:80",
                                     "[::1",
                                     "[]",
                                     "[::g]",
                                     "[::1]x",
                                     "[::1]:x",
                                     "[fe80::1%3]",
                                     "[v1]",
                                     "[v.x]",
                                     "::1",
                                     "ex%4mple.org",
                                     "ex%",
                                     "a/b",
                                     "a?b",
                                     "a#b",
                                     "a,b c",
                                     "caf\xC3\xA9.example",
                                     "a\tb",
                                     "\"a\"",
                                     "<a>",
                                     "a\\b"})
    EXPECT_TRUE(authority_fault(bad)) << bad;
  using namespace std::string_view_literals;
  EXPECT_TRUE(authority_fault("[::\0\0\0\n7]"sv));
  EXPECT_TRUE(authority_fault("[::1\0]"sv));
}

TEST(Target, exactly_one_host_in_http_1_1_and_at_most_one_in_http_1_0) {
  EXPECT_EQ(fault_of(request_to("/", {"a"})), "");
  EXPECT_EQ(fault_of(request_to("/", {})), "Host");
  EXPECT_EQ(fault_of(request_to("/", {"a", "a"})), "Host");
  EXPECT_EQ(fault_of(request_to("/", {"a b"})), "Host");
  EXPECT_EQ(fault_of(request_to("/", {""})), "Host");
  EXPECT_EQ(fault_of(request_to("/", {}, 10)), "");
  EXPECT_EQ(fault_of(request_to("/", {"a"}, 10)), "");
  EXPECT_EQ(fault_of(request_to("/", {"a", "b"}, 10)), "Host");
  EXPECT_EQ(fault_of(request_to("http://b/", {})), "Host") << "also beside an absolute target";
}

TEST(Target, has_one_of_the_forms_that_are_served) {
  for (const std::string_view good :
       {"/", "/x?y=z", "//x", "http://b", "http://b/x", "HTTPS://b:1/x?y", "http://[::1]/"})
    EXPECT_EQ(fault_of(request_to(good)), "") << good;
  for (const std::string_view bad : {"x", "x/y", "?x", "*", "**", "b:443", "ftp://b/x", "http:///x",
                                     "http://", "http://u@b/", "http://b:x/", "urn:x:y"})
    EXPECT_EQ(fault_of(request_to(bad)), "target") << bad;
  EXPECT_EQ(fault_of(request_to("*", {"a"}, 11, Method::options)), "");
}

TEST(Target, of_absolute_form_is_taken_apart) {
  const struct {
    std::string_view target, authority, path, query;
  } rows[] = {
      {"/x?y=z", "", "/x", "y=z"},
      {"/x", "", "/x", ""},
      {"/go?to=http://b/", "", "/go", "to=http://b/"},
      {"http://b:80/x?y=z?", "b:80", "/x", "y=z?"},
      {"http://b", "b", "/", ""},
      {"http://b?y", "b", "/", "y"},
      {"HTTP://b/", "b", "/", ""},
      {"*", "", "*", ""},
  };
  for (const auto& row : rows) {
    const TargetParts parts = split_target(row.target);
    EXPECT_EQ(parts.authority, row.authority) << row.target;
    EXPECT_EQ(parts.path, row.path) << row.target;
    EXPECT_EQ(parts.query, row.query) << row.target;
  }
}

TEST(Target, a_malformed_escape_is_found_where_it_is) {
  EXPECT_EQ(bad_escape(""), std::nullopt);
  EXPECT_EQ(bad_escape("a%20b%2Fc%ff"), std::nullopt);
  EXPECT_EQ(bad_escape("%"), 0u);
  EXPECT_EQ(bad_escape("ab%2"), 2u);
  EXPECT_EQ(bad_escape("%41%4g"), 3u);
  EXPECT_EQ(bad_escape("%%41"), 0u);
}

}  // namespace papi::http
