#include "auth/secret_strength.hpp"

#include <gtest/gtest.h>

#include "platform/base/random.hpp"

namespace papi::auth {

TEST(SecretStrength, what_is_plainly_not_random_is_refused) {
  const std::string few = "has too few different characters",
                    short_one = "at least 32 characters in production", piece = "repeats a short piece",
                    row = "is a row of neighbours such as abcdef", example = "is an example, or holds one";
  const std::pair<std::string, std::string> rows[] = {
      {"", short_one},
      {"kX9-vQ2_mZ7.tR4+wL8=pN3/yB6~cD1", short_one},
      {std::string(32, 's'), few},
      {std::string(500, 'x'), few},
      {"abababababababababababababababab", few},
      {"1234567123456712345671234567123456712345", few},
      {"correct-horse!correct-horse!correct-horse!", piece},
      {"abcdefghabcdefghabcdefghabcdefgh", piece},
      {"k9Qx!vZ2m_T7rWkk9Qx!vZ2m_T7rWkk9Qx", piece},  // 15 characters again and again
      {"abcdefghijklmnopqrstuvwxyz0123456789", row},
      {"zyxwvutsrqponmlkjihgfedcba9876543210", row},
      {"abijqryzefmnuvcdklstghopwxABIJKL", row},  // 17 of 32 are neighbours
      {"aaaabbbbccccddddeeeeffffgggghhhhiiii", row},
      {"09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7", example},
      {"a-string-secret-at-least-256-bits-long", example},
      {"your-secret-key-change-in-production", example},
      {"Change_Me-to-something-with-more-letters", example},
      {"super.secret.jwt.signing.key.of.our.team", example},
  };
  for (const auto& [secret, fault] : rows) EXPECT_EQ(secret_fault(secret), fault) << secret;
}

TEST(SecretStrength, what_a_tool_makes_is_taken) {
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(secret_fault(random_base64url(33)), std::nullopt);
    EXPECT_EQ(secret_fault(random_hex(32)), std::nullopt);
  }
  EXPECT_EQ(secret_fault("violet trams hum past the harbour at nine"), std::nullopt);
  EXPECT_EQ(secret_fault("kX9-vQ2_mZ7.tR4+wL8=pN3/yB6~cD1!"), std::nullopt);
  EXPECT_EQ(secret_fault("k9Qx!vZ2m_T7rWk?k9Qx!vZ2m_T7rWk?"), std::nullopt) << "a piece of 16 is long enough";
  EXPECT_EQ(secret_fault("abijqryzefmnuvcdklstghopwxABIJQR"), std::nullopt) << "16 of 32 are neighbours";
}

}  // namespace papi::auth
