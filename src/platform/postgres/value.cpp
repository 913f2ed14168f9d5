#include "platform/postgres/value.hpp"

#include <bit>

#include "platform/base/text.hpp"
#include "platform/postgres/wire.hpp"

namespace papi::postgres {
namespace {

void append_element(std::string& out, std::int16_t value) { append_big_endian(out, value); }
void append_element(std::string& out, std::int64_t value) { append_big_endian(out, value); }
void append_element(std::string& out, const std::string& text) { out += text; }
void append_element(std::string& out, const Bytes& bytes) { out += bytes.data; }

template <class T>
const T* element(const T& value) {
  return &value;
}
template <class T>
const T* element(const std::optional<T>& value) {
  return value ? &*value : nullptr;
}

bool zero_byte_in(const std::string& text) { return text.find('\0') != std::string::npos; }
template <class T>
bool zero_byte_in(const T&) {
  return false;
}

}  // namespace

std::string storable(std::string_view text) {
  std::string out = to_utf8(text);
  std::erase(out, '\0');
  return out;
}

bool is_storable(std::string_view text) { return is_utf8(text) && text.find('\0') == text.npos; }

std::string findable(std::string_view text) { return is_storable(text) ? std::string(text) : std::string(); }

Value::Value(std::int16_t value) : oid_(oid::int2) { append_big_endian(bytes_, value); }
Value::Value(std::int32_t value) : oid_(oid::int4) { append_big_endian(bytes_, value); }
Value::Value(std::int64_t value) : oid_(oid::int8) { append_big_endian(bytes_, value); }
Value::Value(double value) : oid_(oid::float8) {
  append_big_endian(bytes_, std::bit_cast<std::int64_t>(value));
}

template <class T>
void Value::write_array(unsigned type, const std::vector<T>& values) {
  bool nulls = false;
  for (const T& value : values) nulls = nulls || !element(value);
  // Dimensions, whether there are NULLs, type; then of the one dimension its length and first index.
  append_big_endian(bytes_, std::int32_t{values.empty() ? 0 : 1});
  append_big_endian(bytes_, std::int32_t{nulls ? 1 : 0});
  append_big_endian(bytes_, static_cast<std::int32_t>(type));
  if (values.empty()) return;
  append_big_endian(bytes_, static_cast<std::int32_t>(values.size()));
  append_big_endian(bytes_, std::int32_t{1});
  for (const T& value : values) {
    const auto* present = element(value);
    const std::size_t at = bytes_.size();
    append_big_endian(bytes_, std::int32_t{-1});
    if (!present) continue;
    append_element(bytes_, *present);
    const auto length = static_cast<std::int32_t>(bytes_.size() - at - sizeof(std::int32_t));
    put_big_endian(bytes_.data() + at, length);
    has_zero_byte_ = has_zero_byte_ || zero_byte_in(*present);
  }
}

Value::Value(const std::vector<std::int16_t>& values) : oid_(oid::int2_array) {
  write_array(oid::int2, values);
}
Value::Value(const std::vector<std::int64_t>& values) : oid_(oid::int8_array) {
  write_array(oid::int8, values);
}
Value::Value(const std::vector<std::optional<std::int64_t>>& values) : oid_(oid::int8_array) {
  write_array(oid::int8, values);
}
Value::Value(const std::vector<std::string>& values) : oid_(oid::text_array) {
  write_array(oid::text, values);
}
Value::Value(const std::vector<std::optional<std::string>>& values) : oid_(oid::text_array) {
  write_array(oid::text, values);
}
Value::Value(const std::vector<Bytes>& values) : oid_(oid::bytea_array) { write_array(oid::bytea, values); }

std::size_t Statement::bytes() const {
  constexpr std::size_t of_messages = 100;
  std::size_t sum = of_messages + sql_.size();
  for (const Value& value : values_) sum += value.bytes().size() + 2 * sizeof(std::int32_t);
  return sum;
}

}  // namespace papi::postgres
