#pragma once

#include <string>
#include <string_view>

namespace papi::engagement {

/// The first line: one column for each member that an event can have. Members of `user` stand beside those of
/// the event; a member that is an object or an array is a cell of JSON. `byte_order_mark`: for spreadsheets
/// that take a file without one for another encoding than UTF-8.
std::string csv_header(bool byte_order_mark);

/// Appends one line (RFC 4180) for the event object `json`.
void append_csv_line(std::string& out, std::string_view json);

/// Appends text as a cell that no spreadsheet runs: an apostrophe stands before what would be a formula, at
/// the beginning and behind each semicolon, tab and line end, as a spreadsheet may take these for separators.
void append_csv_text(std::string& out, std::string_view text);

}  // namespace papi::engagement
