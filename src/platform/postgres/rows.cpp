#include "platform/postgres/rows.hpp"

#include <bit>

#include "platform/base/text.hpp"
#include "platform/postgres/wire.hpp"

namespace papi::postgres {
namespace {

std::string type_name(unsigned type) {
  constexpr std::pair<unsigned, const char*> names[] = {{oid::boolean, "boolean"},
                                                        {oid::bytea, "bytea"},
                                                        {oid::name, "name"},
                                                        {oid::int8, "bigint"},
                                                        {oid::int2, "smallint"},
                                                        {oid::int4, "integer"},
                                                        {oid::text, "text"},
                                                        {oid::json, "json"},
                                                        {oid::float4, "real"},
                                                        {oid::float8, "double precision"},
                                                        {oid::bpchar, "character"},
                                                        {oid::varchar, "character varying"},
                                                        {oid::bytea_array, "bytea[]"},
                                                        {oid::int2_array, "smallint[]"},
                                                        {oid::int4_array, "integer[]"},
                                                        {oid::text_array, "text[]"},
                                                        {oid::int8_array, "bigint[]"}};
  for (const auto& [known, name] : names) {
    if (known == type) return name;
  }
  return "type " + std::to_string(type);
}

/// What makes a T of a cell. read() gives nothing where type or size do not fit.
template <class T>
struct Reader;

template <class Number>
std::optional<Number> read_integer(unsigned type, std::string_view bytes) {
  if (type == oid::int2 && bytes.size() == sizeof(std::int16_t))
    return get_big_endian<std::int16_t>(bytes.data());
  if constexpr (sizeof(Number) >= sizeof(std::int32_t)) {
    if (type == oid::int4 && bytes.size() == sizeof(std::int32_t))
      return get_big_endian<std::int32_t>(bytes.data());
  }
  if constexpr (sizeof(Number) >= sizeof(std::int64_t)) {
    if (type == oid::int8 && bytes.size() == sizeof(std::int64_t))
      return get_big_endian<std::int64_t>(bytes.data());
  }
  return std::nullopt;
}

template <>
struct Reader<std::int16_t> {
  static constexpr unsigned expected = oid::int2;
  static std::optional<std::int16_t> read(unsigned type, std::string_view bytes) {
    return read_integer<std::int16_t>(type, bytes);
  }
};
template <>
struct Reader<std::int32_t> {
  static constexpr unsigned expected = oid::int4;
  static std::optional<std::int32_t> read(unsigned type, std::string_view bytes) {
    return read_integer<std::int32_t>(type, bytes);
  }
};
template <>
struct Reader<std::int64_t> {
  static constexpr unsigned expected = oid::int8;
  static std::optional<std::int64_t> read(unsigned type, std::string_view bytes) {
    return read_integer<std::int64_t>(type, bytes);
  }
};
template <>
struct Reader<bool> {
  static constexpr unsigned expected = oid::boolean;
  static std::optional<bool> read(unsigned type, std::string_view bytes) {
    if (type != oid::boolean || bytes.size() != 1) return std::nullopt;
    return bytes.front() != '\0';
  }
};
template <>
struct Reader<double> {
  static constexpr unsigned expected = oid::float8;
  static std::optional<double> read(unsigned type, std::string_view bytes) {
    if (type == oid::float8 && bytes.size() == sizeof(double))
      return std::bit_cast<double>(get_big_endian<std::int64_t>(bytes.data()));
    if (type == oid::float4 && bytes.size() == sizeof(float))
      return std::bit_cast<float>(get_big_endian<std::int32_t>(bytes.data()));
    return std::nullopt;
  }
};
template <>
struct Reader<std::string_view> {
  static constexpr unsigned expected = oid::text;
  static std::optional<std::string_view> read(unsigned type, std::string_view bytes) {
    for (const unsigned fits : {oid::text, oid::varchar, oid::bpchar, oid::name, oid::json, oid::unknown}) {
      if (type == fits) return bytes;
    }
    return std::nullopt;
  }
};
template <>
struct Reader<std::string> {
  static constexpr unsigned expected = oid::text;
  static std::optional<std::string> read(unsigned type, std::string_view bytes) {
    const auto text = Reader<std::string_view>::read(type, bytes);
    return text ? std::optional<std::string>(*text) : std::nullopt;
  }
};
template <>
struct Reader<Bytes> {
  static constexpr unsigned expected = oid::bytea;
  static std::optional<Bytes> read(unsigned type, std::string_view bytes) {
    if (type != oid::bytea) return std::nullopt;
    return Bytes(std::string(bytes));
  }
};

constexpr unsigned array_of(unsigned element) {
  switch (element) {
    case oid::int2:
      return oid::int2_array;
    case oid::int8:
      return oid::int8_array;
    case oid::text:
      return oid::text_array;
    default:
      return oid::bytea_array;
  }
}

/// Takes a number off the front of `bytes`.
std::optional<std::int32_t> take_number(std::string_view& bytes) {
  if (bytes.size() < sizeof(std::int32_t)) return std::nullopt;
  const auto number = get_big_endian<std::int32_t>(bytes.data());
  bytes.remove_prefix(sizeof(std::int32_t));
  return number;
}

template <class T>
struct Reader<std::vector<T>> {
  static constexpr unsigned expected = array_of(Reader<T>::expected);
  static std::optional<std::vector<T>> read(unsigned, std::string_view bytes) {
    const auto dimensions = take_number(bytes), flags = take_number(bytes), type = take_number(bytes);
    if (!type || !flags || *dimensions < 0 || *dimensions > 1) return std::nullopt;
    std::vector<T> all;
    if (*dimensions == 0) {
      // The type of no elements says as much as theirs.
      if (static_cast<unsigned>(*type) != Reader<T>::expected) return std::nullopt;
      return all;
    }
    const auto count = take_number(bytes), first = take_number(bytes);
    if (!first || *count < 0 || static_cast<std::size_t>(*count) > bytes.size()) return std::nullopt;
    all.reserve(static_cast<std::size_t>(*count));
    for (std::int32_t i = 0; i < *count; ++i) {
      const auto length = take_number(bytes);
      if (!length || *length < 0 || static_cast<std::size_t>(*length) > bytes.size()) return std::nullopt;
      auto value =
          Reader<T>::read(static_cast<unsigned>(*type), bytes.substr(0, static_cast<std::size_t>(*length)));
      if (!value) return std::nullopt;
      all.push_back(std::move(*value));
      bytes.remove_prefix(static_cast<std::size_t>(*length));
    }
    return all;
  }
};

}  // namespace

std::optional<Rows::Cell> Rows::cell(int row, int column) const {
  if (column < 0 || column >= PQnfields(result_.get())) {
    throw ColumnMismatch("statement '" + statement_ + "': has " + std::to_string(PQnfields(result_.get())) +
                         " columns, none with number " + std::to_string(column));
  }
  if (PQgetisnull(result_.get(), row, column)) return std::nullopt;
  return Cell{PQgetvalue(result_.get(), row, column),
              static_cast<std::size_t>(PQgetlength(result_.get(), row, column)),
              PQftype(result_.get(), column)};
}

void Rows::mismatch(int column, const std::string& what) const {
  throw ColumnMismatch("statement '" + statement_ + "', column '" + PQfname(result_.get(), column) +
                       "': " + what);
}

std::uint64_t Rows::affected() const {
  if (!result_) return 0;
  return parse_uint(PQcmdTuples(result_.get())).value_or(0);
}

std::string_view Rows::command() const { return result_ ? PQcmdStatus(result_.get()) : std::string_view(); }

bool Row::is_null(int column) const { return !rows_->cell(row_, column); }

namespace {

template <class T>
struct Unwrapped {
  using Type = T;
  static constexpr bool takes_null = false;
};
template <class T>
struct Unwrapped<std::optional<T>> {
  using Type = T;
  static constexpr bool takes_null = true;
};

}  // namespace

template <class T>
T Row::get(int column) const {
  using Kind = Reader<typename Unwrapped<T>::Type>;
  const auto cell = rows_->cell(row_, column);
  if (!cell) {
    if constexpr (Unwrapped<T>::takes_null) {
      return std::nullopt;
    } else {
      rows_->mismatch(column, "is NULL where " + type_name(Kind::expected) + " was expected");
    }
  }
  auto value = Kind::read(cell->type, std::string_view(cell->data, cell->size));
  if (!value) {
    rows_->mismatch(column,
                    "is " + type_name(cell->type) + " where " + type_name(Kind::expected) + " was expected");
  }
  return *std::move(value);
}

#define PAPI_READS(...)                                  \
  template __VA_ARGS__ Row::get<__VA_ARGS__>(int) const; \
  template std::optional<__VA_ARGS__> Row::get<std::optional<__VA_ARGS__>>(int) const;
PAPI_READS(bool)
PAPI_READS(std::int16_t)
PAPI_READS(std::int32_t)
PAPI_READS(std::int64_t)
PAPI_READS(double)
PAPI_READS(std::string)
PAPI_READS(std::string_view)
PAPI_READS(Bytes)
PAPI_READS(std::vector<std::int16_t>)
PAPI_READS(std::vector<std::int64_t>)
PAPI_READS(std::vector<std::string>)
PAPI_READS(std::vector<Bytes>)
#undef PAPI_READS

}  // namespace papi::postgres
