#include "copy/row.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace papi::copy {
namespace {

Row cells(std::initializer_list<Cell> all) { return Row(all); }
Cell num(std::int64_t number) { return Cell(number); }
Cell txt(std::string_view text) { return Cell(std::string(text)); }

}  // namespace

TEST(CopyRow, keys_survive_the_journal) {
  using namespace std::string_view_literals;
  const Row keys[] = {cells({}), cells({num(0)}),
                      cells({num(std::numeric_limits<std::int64_t>::min()), num(-1)}),
                      cells({num(7), txt("")}),
                      cells({txt("a\0b\xff"sv), Cell(), num(std::numeric_limits<std::int64_t>::max())})};
  for (const Row& key : keys) EXPECT_EQ(key_from_text(key_to_text(key)), key) << key_to_text(key);
  EXPECT_EQ(key_to_text(cells({num(258), txt("ab")})),
            "690000000000000102740000000000000002"
            "6162");
  for (const char* damaged : {"6", "zz", "69", "6900000000000001", "740000000000000002ff", "78"})
    EXPECT_EQ(key_from_text(damaged), std::nullopt) << damaged;
}

TEST(CopyRow, a_checksum_does_not_depend_on_the_order_and_depends_on_each_value) {
  std::vector<Row> rows = {cells({num(1), txt("a")}), cells({num(2), txt("b")}), cells({num(3), Cell()}),
                           cells({num(3), txt("")})};
  const auto sum_of = [](const std::vector<Row>& all) {
    Checksum sum;
    for (const Row& one : all) sum.add(one);
    return sum;
  };
  const Checksum sum = sum_of(rows);
  std::reverse(rows.begin(), rows.end());
  EXPECT_EQ(sum_of(rows), sum);
  EXPECT_EQ(Checksum::parse(sum.text()), sum);
  // The first 16 bytes of each SHA-256 as numbers, added; the lower half carries.
  EXPECT_EQ(sum.text(), "b798cf153ea8a6e5a42111283a227058");
  EXPECT_EQ(Checksum().text(), std::string(32, '0'));
  std::vector<Checksum> others;
  std::vector<Row> changed = rows;
  changed[0][0].number = 4;
  others.push_back(sum_of(changed));
  changed = rows;
  changed[3][1].text = "A";
  others.push_back(sum_of(changed));
  changed = rows;
  changed[0][1].set_null();
  others.push_back(sum_of(changed));
  changed = rows;
  changed.pop_back();
  others.push_back(sum_of(changed));
  changed = rows;
  changed.push_back(rows[0]);
  others.push_back(sum_of(changed));
  // Values that moved from one cell to the next.
  EXPECT_NE(sum_of({cells({txt("ab"), txt("c")})}), sum_of({cells({txt("a"), txt("bc")})}));
  for (const Checksum& other : others) EXPECT_NE(other, sum);
  for (const char* bad : {"", "0", "0000000000000000000000000000000g"})
    EXPECT_EQ(Checksum::parse(bad), std::nullopt) << bad;
}

}  // namespace papi::copy
