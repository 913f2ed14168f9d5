#include "copy/row.hpp"

#include <charconv>

#include "platform/base/sha256.hpp"

namespace papi::copy {
namespace {

void append_number(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

std::uint64_t read_number(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes.substr(0, 8)) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

std::optional<std::uint64_t> read_hex(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (failed != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

void append_hex(std::string& out, std::uint64_t value, int digits) {
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) out += "0123456789abcdef"[value >> shift & 15];
}

}  // namespace

void encode(std::string& out, const Cell* cells, std::size_t count) {
  for (const Cell* cell = cells; cell != cells + count; ++cell) {
    out += static_cast<char>(cell->kind);
    if (cell->kind == Cell::Kind::number) append_number(out, static_cast<std::uint64_t>(cell->number));
    if (cell->kind == Cell::Kind::text) {
      append_number(out, cell->text.size());
      out += cell->text;
    }
  }
}

std::optional<Row> decode(std::string_view bytes) {
  Row row;
  while (!bytes.empty()) {
    const auto kind = static_cast<Cell::Kind>(bytes.front());
    bytes.remove_prefix(1);
    Cell cell;
    if (kind != Cell::Kind::null) {
      if (bytes.size() < 8) return std::nullopt;
      const std::uint64_t number = read_number(bytes);
      bytes.remove_prefix(8);
      if (kind == Cell::Kind::number) {
        cell.set(static_cast<std::int64_t>(number));
      } else if (kind == Cell::Kind::text && number <= bytes.size()) {
        cell.set(bytes.substr(0, number));
        bytes.remove_prefix(number);
      } else {
        return std::nullopt;
      }
    }
    row.push_back(std::move(cell));
  }
  return row;
}

std::string key_to_text(const Row& key) {
  std::string bytes, text;
  encode(bytes, key.data(), key.size());
  for (const char byte : bytes) append_hex(text, static_cast<unsigned char>(byte), 2);
  return text;
}

std::optional<Row> key_from_text(std::string_view text) {
  std::string bytes;
  if (text.size() % 2 != 0) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto byte = read_hex(text.substr(i, 2));
    if (!byte) return std::nullopt;
    bytes += static_cast<char>(*byte);
  }
  return decode(bytes);
}

void Checksum::add(const Row& row) {
  std::string bytes;
  encode(bytes, row.data(), row.size());
  const auto hash = sha256(bytes);
  const std::string_view half(reinterpret_cast<const char*>(hash.data()), hash.size());
  const std::uint64_t low = read_number(half.substr(8));
  low_ += low;
  high_ += read_number(half) + (low_ < low ? 1 : 0);
}

std::string Checksum::text() const {
  std::string text;
  append_hex(text, high_, 16);
  append_hex(text, low_, 16);
  return text;
}

std::optional<Checksum> Checksum::parse(std::string_view text) {
  if (text.size() != 32) return std::nullopt;
  const auto high = read_hex(text.substr(0, 16)), low = read_hex(text.substr(16));
  if (!high || !low) return std::nullopt;
  Checksum sum;
  sum.high_ = *high;
  sum.low_ = *low;
  return sum;
}

}  // namespace papi::copy
