#include "events/identity_file.hpp"

#include <gtest/gtest.h>

namespace papi::events {
namespace {

using namespace identity_file;

Sidecar example() {
  Sidecar sidecar;
  sidecar.header = {
      std::string(32, 'a'), "6fa1b2c3-0000-4000-8000-123456789abc", 7, 1'000'000'000'007, 258, true, false};
  sidecar.sessions = {
      {SessionKey(1), {"0123456789abcdef", Offset(1), 2}},
      {SessionKey(std::int64_t{1} << 40), {std::string(24, 'f'), Offset(~std::uint64_t{0}), 3}}};
  return sidecar;
}

std::string bytes_of(const Sidecar& sidecar) {
  const auto header = encode(sidecar.header);
  std::string bytes(header.data(), header.size());
  for (const auto& [key, session] : sidecar.sessions) {
    const auto slot = encode(key, session);
    bytes.append(slot.data(), slot.size());
  }
  return bytes;
}

TEST(IdentityFile, what_was_written_is_read_back) {
  const Sidecar sidecar = example();
  const std::string bytes = bytes_of(sidecar);
  EXPECT_EQ(bytes.size(), 128u + 2 * 64u);
  const auto read = decode(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, sidecar);
}

TEST(IdentityFile, the_numbers_are_little_endian_at_fixed_places) {
  const std::string bytes = bytes_of(example());
  EXPECT_EQ(bytes.substr(0, 8), std::string("PAPI\0IDN", 8));
  EXPECT_EQ(bytes.substr(16, 8), std::string("\7\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(bytes.substr(100, 8), std::string("\2\1\0\0\0\0\0\0", 8));
  EXPECT_EQ(bytes.substr(128, 24), std::string("\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0", 24));
  EXPECT_EQ(bytes.substr(152, 16), "0123456789abcdef");
}

TEST(IdentityFile, a_free_slot_is_no_session) {
  std::string bytes = bytes_of(example());
  const auto free = encode(SessionKey(), SidecarSession());
  bytes.replace(128, free.size(), free.data(), free.size());
  const auto read = decode(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->sessions.size(), 1u);
}

TEST(IdentityFile, every_changed_bit_is_noticed) {
  const std::string whole = bytes_of(example());
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string bytes = whole;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(decode(bytes)) << "bit " << bit;
  }
}

TEST(IdentityFile, a_file_cut_within_a_record_is_damaged) {
  const std::string whole = bytes_of(example());
  for (std::size_t size = 0; size <= whole.size(); ++size)
    EXPECT_EQ(decode(whole.substr(0, size)).has_value(), size >= 128 && size % 64 == 0) << size;
}

TEST(IdentityFile, two_records_of_one_session_are_damage) {
  const std::string whole = bytes_of(example());
  EXPECT_FALSE(decode(whole + whole.substr(128, 64)));
}

}  // namespace
}  // namespace papi::events
