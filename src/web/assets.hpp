#pragma once

// The files of the tester's pages, which the build puts into the program (scripts/embed_assets.mjs).

#include <cstdint>
#include <span>
#include <string_view>

namespace papi::web {

/// Which kind of document a file is. The kind decides with which Content-Security-Policy it is sent.
enum class Page : std::uint8_t { none, page, overlay, docs, redoc };

/// One file. All views live as long as the program.
struct Asset {
  std::string_view path;   // `/assets/app-1A2B.js`
  std::string_view type;   // of its content, as in Content-Type
  bool immutable = false;  // its path changes with its content
  Page page = Page::none;
  std::string_view hash;  // of its content
  std::string_view plain;
  std::string_view gzip;    // empty: it gains nothing
  std::string_view brotli;  // empty: it gains nothing
};

/// Returns all files, sorted by path. Any thread may call it.
std::span<const Asset> assets();

/// Returns the file with this path, or nullptr. `all` is sorted by path.
const Asset* find(std::span<const Asset> all, std::string_view path);

}  // namespace papi::web
