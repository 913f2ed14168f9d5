#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/base/error.hpp"

namespace papi::http {

/// How an ErrorCode is answered. The texts are for the documents.
struct ErrorRow {
  ErrorCode code;
  unsigned status;
  std::string_view name;
  std::string_view reason;  // `details.reason`, where codes share a name; empty: none
  std::string_view description;
  std::string_view remedy;
};

/// The rows of one server. Immutable: any thread.
class ErrorTable {
 public:
  /// The codes that any server has, then those of the domains. The first row of a code counts.
  explicit ErrorTable(const std::vector<std::vector<ErrorRow>>& of_domains = {});

  /// Returns the row of ErrorCode::internal if the code has none.
  const ErrorRow& row(ErrorCode code) const;
  const std::vector<ErrorRow>& rows() const { return rows_; }
  /// The table as Markdown, for docs/errors.md.
  std::string markdown() const;

 private:
  std::vector<ErrorRow> rows_;
};

}  // namespace papi::http
