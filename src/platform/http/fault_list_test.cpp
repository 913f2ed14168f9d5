#include "platform/http/fault_list.hpp"

#include <gtest/gtest.h>

#include "platform/http/json_body.hpp"

namespace papi::http {
namespace {

std::optional<Error> fault_of(const std::string& text) {
  Request request;
  request.body = text;
  JsonBody body(request);
  body.string("name");
  return body.fault();
}

}  // namespace

TEST(FaultList, describes_fifty_faults_and_counts_the_rest) {
  FaultList faults;
  EXPECT_EQ(faults.error(), std::nullopt);
  for (int i = 0; i < 53; ++i) faults.add("f" + std::to_string(i), "wrong");
  const auto error = faults.error();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->details().faults.size(), 50u);
  EXPECT_EQ(error->details().faults[49].field, "f49");
  EXPECT_EQ(error->details().more_faults, 3);
  EXPECT_TRUE(error->message.ends_with("f49: wrong; and 3 more faults")) << error->message;
}

TEST(FaultList, a_suggestion_is_the_nearest_name_within_two_edits) {
  const std::vector<std::string> known = {"limit", "limits", "by"};
  EXPECT_EQ(did_you_mean("limt", known), "; did you mean 'limit'?");
  EXPECT_EQ(did_you_mean("limitss", known), "; did you mean 'limits'?");
  EXPECT_EQ(did_you_mean("bz", known), "; did you mean 'by'?");
  EXPECT_EQ(did_you_mean("xx", known), "");
  EXPECT_EQ(did_you_mean("offset", known), "");
  EXPECT_EQ(did_you_mean(std::string(1'000'000, 'l'), known), "");
}

// A body of a megabyte of faults once took minutes: each fault was compared with every other, and described.
TEST(FaultList, a_body_of_a_megabyte_is_judged_at_once) {
  std::string many = "{";
  for (int i = 0; i < 90'000; ++i) many += "\"k" + std::to_string(i) + "\":0,";
  many.back() = '}';
  std::string one_name = "{\"" + std::string(1'000'000, 'n') + "\":1}";
  const auto before = std::chrono::steady_clock::now();
  const auto first = fault_of(many), second = fault_of(one_name);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(2));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->details().faults.size(), 50u);
  EXPECT_EQ(first->details().more_faults, 89'950);
  EXPECT_LT(first->message.size(), 4'000u);
  EXPECT_EQ(second->message, std::string(64, 'n') + ": unknown field");
}

}  // namespace papi::http
