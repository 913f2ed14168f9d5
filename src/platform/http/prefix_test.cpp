#include "platform/http/prefix.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "platform/http/errors.hpp"
#include "platform/http/trusted_proxies.hpp"

namespace papi::http {
namespace {

struct Row {
  std::string_view base_path;
  bool trusted;
  std::vector<std::string_view> forwarded;  // X-Forwarded-Prefix, one header each
  std::string_view sent;                    // the path of the request
  std::string_view path, link;              // the path that is routed, and the link to /sessions
};

TEST(Prefix, routes_answer_below_the_base_path_and_links_begin_with_what_the_caller_sees) {
  const Row rows[] = {
      {"", false, {}, "/sessions", "/sessions", "/sessions"},
      {"/shop", false, {}, "/shop/sessions", "/sessions", "/shop/sessions"},
      {"/shop", false, {}, "/sessions", "/sessions", "/shop/sessions"},
      {"/shop", false, {}, "/shop", "/", "/shop/sessions"},
      {"/shop", false, {}, "/shop/", "/", "/shop/sessions"},
      {"/shop", false, {}, "/shopx/sessions", "/shopx/sessions", "/shop/sessions"},
      {"/shop", false, {}, "/shop/shop/x", "/shop/x", "/shop/sessions"},
      {"/shop", false, {}, "/SHOP/x", "/SHOP/x", "/shop/sessions"},
      {"/shop", false, {}, "*", "*", "/shop/sessions"},
      {"/a/b", false, {}, "/a/b/sessions", "/sessions", "/a/b/sessions"},
      {"", true, {"/shop"}, "/sessions", "/sessions", "/shop/sessions"},
      {"", true, {"/shop/"}, "/sessions", "/sessions", "/shop/sessions"},
      {"", false, {"/shop"}, "/sessions", "/sessions", "/sessions"},
      {"", true, {"/shop"}, "/shop/sessions", "/shop/sessions", "/shop/sessions"},
      {"/base", true, {"/shown"}, "/base/sessions", "/sessions", "/shown/sessions"},
      {"/base", false, {"/shown"}, "/base/sessions", "/sessions", "/base/sessions"},
      {"", true, {"/evil, /shop"}, "/sessions", "/sessions", "/shop/sessions"},
      {"", true, {"/evil", "/shop"}, "/sessions", "/sessions", "/shop/sessions"},
      {"", true, {"//evil.example"}, "/sessions", "/sessions", "/sessions"},
      {"", true, {"/\\evil.example"}, "/sessions", "/sessions", "/sessions"},
      {"", true, {"https://evil.example"}, "/sessions", "/sessions", "/sessions"},
      {"", true, {"evil"}, "/sessions", "/sessions", "/sessions"},
      {"", true, {"/a/../b"}, "/sessions", "/sessions", "/sessions"},
      {"", true, {"/a//b"}, "/sessions", "/sessions", "/sessions"},
      {"", true, {"/a\"b"}, "/sessions", "/sessions", "/sessions"},
      {"", true, {"/a b"}, "/sessions", "/sessions", "/sessions"},
      {"", true, {"/"}, "/sessions", "/sessions", "/sessions"},
      {"/base", true, {"//evil"}, "/sessions", "/sessions", "/base/sessions"},
  };
  for (const Row& row : rows) {
    Request request;
    request.client_address = "10.0.0.1";
    request.path = row.sent;
    for (const std::string_view line : row.forwarded) request.headers.push_back({"X-Forwarded-Prefix", line});
    std::string storage;
    TrustedProxies::parse(row.trusted ? "10.0.0.1" : "")
        ->apply(boost::asio::ip::make_address("10.0.0.1"), request, storage);
    take_base_path(row.base_path, request);
    EXPECT_EQ(request.path, row.path) << row.base_path << " " << row.sent;
    EXPECT_EQ(link_to(request, "/sessions"), row.link)
        << row.base_path << " " << row.sent << " " << (row.forwarded.empty() ? "" : row.forwarded[0]);
  }
  const std::string longest = "/" + std::string(199, 'a');
  EXPECT_EQ(read_prefix(longest), longest);
  EXPECT_FALSE(read_prefix(longest + "a"));
}

TEST(Prefix, an_error_names_its_path_and_links_to_its_instance) {
  net::io_context context;
  const struct {
    std::string_view path, instance;
  } rows[] = {{"/connect", "/shop/connect"}, {"*", "*"}, {"-", "-"}};
  for (const auto& row : rows) {
    Request request;
    request.path = row.path;
    request.prefix = "/shop";
    const Exchange exchange(request, context.get_executor());
    const json::object body =
        json::parse(to_response(ErrorTable(), Error(ErrorCode::not_found, "Not Found"), exchange, 0).body)
            .as_object();
    EXPECT_EQ(body.at("path").as_string(), json::string_view(row.path.data(), row.path.size()));
    EXPECT_EQ(body.at("instance").as_string(), json::string_view(row.instance.data(), row.instance.size()));
  }
}

}  // namespace
}  // namespace papi::http
