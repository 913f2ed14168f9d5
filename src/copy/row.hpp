#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace papi::copy {

/// One value of a row, in the form that both engines share: see Type. Keeps its memory when it is set again.
struct Cell {
  enum class Kind : char { null = 'n', number = 'i', text = 't' };
  Kind kind = Kind::null;
  std::int64_t number = 0;
  std::string text;

  Cell() = default;
  explicit Cell(std::int64_t value) : kind(Kind::number), number(value) {}
  explicit Cell(std::string value) : kind(Kind::text), text(std::move(value)) {}
  void set(std::int64_t value) {
    kind = Kind::number;
    number = value;
    text.clear();
  }
  void set(std::string_view value) {
    kind = Kind::text;
    number = 0;
    text.assign(value);
  }
  void set_null() {
    kind = Kind::null;
    number = 0;
    text.clear();
  }
  bool operator==(const Cell&) const = default;
};

/// The cells in the order of the table's columns. The first ones are the key.
using Row = std::vector<Cell>;

/// Appends the cells in a form from which decode() makes the same cells again.
void encode(std::string& out, const Cell* cells, std::size_t count);
std::optional<Row> decode(std::string_view bytes);

/// A key as hexadecimal text, for the journal.
std::string key_to_text(const Row& key);
/// Returns nullopt if key_to_text() did not write the text.
std::optional<Row> key_from_text(std::string_view text);

/// A sum of 128 bits over the hashes of rows. It does not depend on their order, so it can be computed by
/// parts and on engines that sort differently.
class Checksum {
 public:
  void add(const Row& row);
  /// 32 hexadecimal digits.
  std::string text() const;
  static std::optional<Checksum> parse(std::string_view text);
  bool operator==(const Checksum&) const = default;

 private:
  std::uint64_t high_ = 0, low_ = 0;
};

}  // namespace papi::copy
