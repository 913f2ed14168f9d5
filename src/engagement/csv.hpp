#pragma once

#include <string>
#include <string_view>

namespace papi::engagement {

/// Returns the first line: one column for each member that an event can have. The members of `user` get
/// columns of their own. A member that is an object or an array becomes one cell of JSON. `byte_order_mark`:
/// for spreadsheets that do not read a file as UTF-8 without it.
std::string csv_header(bool byte_order_mark);

/// Appends one line (RFC 4180) for the event object `json`.
void append_csv_line(std::string& out, std::string_view json);

/// Appends text as a cell that no spreadsheet runs as a formula. An apostrophe is put before what could
/// begin a formula: at the start of the text, and after each semicolon, tab and line end, since a spreadsheet
/// may split cells there.
void append_csv_text(std::string& out, std::string_view text);

}  // namespace papi::engagement
