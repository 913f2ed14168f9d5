#pragma once

#include <string>
#include <string_view>

#include "platform/base/error.hpp"

namespace papi::postgres {

/// The schema in which the tables of the program are, because other programs may share the database.
/// Statements name it in full: through a pooler in transaction mode a `SET search_path` would reach another
/// client.
class Schema {
 public:
  /// Takes 1 to 63 characters of a–z, 0–9 and _, which do not begin with a digit or with "pg_" (PostgreSQL's
  /// own). `setting` is named in the error.
  static Result<Schema> parse(std::string_view name, std::string_view setting);

  const std::string& name() const { return name_; }
  /// Returns `sql` with each `{schema}` replaced by the name.
  std::string qualify(std::string_view sql) const;

 private:
  explicit Schema(std::string_view name) : name_(name) {}
  std::string name_;
};

}  // namespace papi::postgres
