#include "platform/http/json_body.hpp"

#include <gtest/gtest.h>

#include "platform/http/json_keys.hpp"

namespace papi::http {
namespace {

std::string fault_of(std::string_view text) {
  Request request;
  request.body = text;
  JsonBody body(request);
  body.string("name", true);
  body.boolean("flag");
  body.integer("days", 1, 365);
  body.strings("list", 0, 3, false);
  const auto fault = body.fault();
  return fault ? fault->message : "";
}

TEST(JsonBody, names_each_fault_of_a_body_at_once) {
  EXPECT_EQ(fault_of(R"({"name":"a","flag":true,"days":7,"list":["x"]})"), "");
  EXPECT_EQ(
      fault_of(R"({"name":1,"flag":"yes","days":400,"list":"x","naem":2})"),
      "name: must be a string, not a number; flag: must be true or false, not a string; days: must be a "
      "whole number from 1 to 365; list: must be an array, not a string; naem: unknown field; did you mean "
      "'name'?");
  EXPECT_EQ(fault_of(R"({"name":"a","days":1.5})"), "days: must be a whole number from 1 to 365");
}

TEST(JsonBody, refuses_what_two_readers_could_read_differently) {
  EXPECT_EQ(fault_of(R"({"name":"a","name":"b"})"), "name: given more than once");
  EXPECT_EQ(fault_of(R"({"name":"a","n\u0061me":"b"})"), "name: given more than once");
  EXPECT_EQ(fault_of("{\"name\":\"\xFF\"}"), "body: not valid UTF-8");
  EXPECT_NE(fault_of(std::string(100, '[') + std::string(100, ']')), "");
}

TEST(JsonBody, ids_are_exact_as_numbers_and_as_strings) {
  const auto id = [](const std::string& value) {
    const std::string body = R"({"id":)" + value + "}";
    Request request;
    request.body = body;
    return JsonBody(request).string_or_number("id");
  };
  EXPECT_EQ(id("9007199254740993"), "9007199254740993") << "2^53 + 1";
  EXPECT_EQ(id("18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(id("0"), "0");
  EXPECT_EQ(id("\"7300000000000000001\""), "7300000000000000001");
  for (const char* value : {"18446744073709551616", "-1", "7.5", "1e3", "true", "null", "[7]"})
    EXPECT_EQ(id(value), std::nullopt) << value;
}

TEST(JsonKeys, finds_a_repeated_name_in_each_object_and_only_there) {
  EXPECT_EQ(repeated_key(R"({"a":{"b":1,"b":2}})", 16), "b");
  EXPECT_EQ(repeated_key(R"([{"a":1},{"a":2,"c":{"d":[{"e":0,"e":0}]}}])", 16), "e");
  EXPECT_FALSE(repeated_key(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]})", 16));
  EXPECT_FALSE(repeated_key(R"({"a":1,)", 16));
  EXPECT_FALSE(repeated_key("", 16));
}

}  // namespace
}  // namespace papi::http
