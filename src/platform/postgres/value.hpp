#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/base/strong.hpp"

namespace papi::postgres {

/// The types that this driver knows, by their numbers in every PostgreSQL (`pg_type.dat`).
namespace oid {
inline constexpr unsigned boolean = 16, bytea = 17, name = 19, int8 = 20, int2 = 21, int4 = 23, text = 25,
                          json = 114, float4 = 700, float8 = 701, unknown = 705, bpchar = 1042,
                          varchar = 1043, bytea_array = 1001, int2_array = 1005, int4_array = 1007,
                          text_array = 1009, int8_array = 1016;
}  // namespace oid

/// Bytes that are no text: a `bytea`.
struct Bytes {
  std::string data;
  Bytes() = default;
  explicit Bytes(std::string bytes) : data(std::move(bytes)) {}
  bool operator==(const Bytes&) const = default;
};

/// Returns the text as PostgreSQL can store it: without zero bytes, and with U+FFFD in place of bytes that
/// are not UTF-8. For values that are written; a look-up by such a text would find another row.
std::string storable(std::string_view text);
/// Returns whether PostgreSQL can hold the text as it is.
bool is_storable(std::string_view text);
/// Returns the text for a look-up: the text itself, or an empty one if PostgreSQL cannot hold it. For columns
/// in which no row is empty.
std::string findable(std::string_view text);

/// One parameter of a statement, already in PostgreSQL's binary format. Made from a C++ value by its type:
///
///   bool → boolean, int16_t → smallint, int32_t → integer, int64_t → bigint, double → double precision,
///   Strong of int64_t → bigint, text → text, Bytes → bytea, vector of int16_t, int64_t, text or Bytes → an
///   array of these, optional → the same or NULL; elements of an array may be optional too.
///
/// Unsigned numbers are refused by the compiler: PostgreSQL has none. The value owns its bytes.
class Value {
 public:
  template <std::same_as<bool> T>
  Value(T value) : oid_(oid::boolean), bytes_(1, value ? '\1' : '\0') {}
  Value(std::int16_t value);
  Value(std::int32_t value);
  Value(std::int64_t value);
  Value(double value);
  template <class Tag>
  Value(Strong<Tag, std::int64_t> value) : Value(value.value()) {}
  Value(std::string text) : oid_(oid::text), bytes_(std::move(text)) {}
  Value(std::string_view text) : Value(std::string(text)) {}
  Value(const char* text) : Value(std::string(text)) {}
  Value(Bytes bytes) : oid_(oid::bytea), bytes_(std::move(bytes.data)) {}
  Value(const std::vector<std::int16_t>& values);
  Value(const std::vector<std::int64_t>& values);
  Value(const std::vector<std::string>& values);
  Value(const std::vector<Bytes>& values);
  Value(const std::vector<std::optional<std::int64_t>>& values);
  Value(const std::vector<std::optional<std::string>>& values);
  template <class T>
  Value(const std::optional<T>& value) : Value(value ? Value(*value) : null_of(Value(T()))) {}
  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
  Value(T) = delete;

  unsigned type() const { return oid_; }
  bool is_null() const { return null_; }
  const std::string& bytes() const { return bytes_; }
  /// A zero byte in text, also in an element: PostgreSQL takes none. Of other types: false.
  bool has_zero_byte() const {
    return has_zero_byte_ || (oid_ == oid::text && bytes_.find('\0') != bytes_.npos);
  }

 private:
  static Value null_of(Value value) {
    value.null_ = true;
    value.bytes_.clear();
    return value;
  }
  template <class T>
  void write_array(unsigned element, const std::vector<T>& values);

  unsigned oid_;
  bool null_ = false;
  bool has_zero_byte_ = false;  // of an element
  std::string bytes_;
};

/// One SQL statement with its parameters ($1 is the first). `name` is short and fixed, such as
/// "append_events": errors and logs say it in place of the SQL.
class Statement {
 public:
  template <class... Values>
  Statement(std::string_view name, std::string_view sql, Values&&... values) : name_(name), sql_(sql) {
    values_.reserve(sizeof...(values));
    (values_.emplace_back(std::forward<Values>(values)), ...);
  }

  const std::string& name() const { return name_; }
  const std::string& sql() const { return sql_; }
  const std::vector<Value>& values() const { return values_; }
  /// About how many bytes it takes on the wire.
  std::size_t bytes() const;

 private:
  std::string name_;
  std::string sql_;
  std::vector<Value> values_;
};

}  // namespace papi::postgres
