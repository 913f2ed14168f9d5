#include "web/assets.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <string>

#include "platform/base/sha256.hpp"

namespace papi::web {
namespace {

std::string gunzip(std::string_view bytes, std::size_t size) {
  std::string out(size + 1, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

}  // namespace

TEST(WebAssets, are_sorted_and_found_by_their_path) {
  const auto all = papi::web::assets();
  ASSERT_GT(all.size(), 2u);
  EXPECT_TRUE(
      std::is_sorted(all.begin(), all.end(), [](const Asset& a, const Asset& b) { return a.path < b.path; }));
  for (const Asset& asset : all) EXPECT_EQ(papi::web::find(all, asset.path), &asset);
  EXPECT_EQ(papi::web::find(all, ""), nullptr);
  EXPECT_EQ(papi::web::find(all, "/index.htm"), nullptr);
  EXPECT_EQ(papi::web::find(all, "/zzz"), nullptr);
}

TEST(WebAssets, have_the_bytes_that_their_hash_says_in_each_form) {
  for (const Asset& asset : papi::web::assets()) {
    EXPECT_EQ(asset.hash, papi::sha256_hex(asset.plain).substr(0, 20)) << asset.path;
    if (!asset.gzip.empty()) {
      EXPECT_EQ(gunzip(asset.gzip, asset.plain.size()), asset.plain) << asset.path;
    }
    EXPECT_LE(asset.brotli.size(), asset.plain.size()) << asset.path;
  }
}

TEST(WebAssets, the_pages_have_their_kind) {
  const auto all = papi::web::assets();
  const Asset* index = papi::web::find(all, "/index.html");
  ASSERT_NE(index, nullptr);
  EXPECT_EQ(index->page, Page::page);
  EXPECT_FALSE(index->immutable);
  EXPECT_EQ(index->type, "text/html; charset=utf-8");
  for (const Asset& asset : all) {
    EXPECT_EQ(asset.page != Page::none, asset.type == "text/html; charset=utf-8") << asset.path;
    EXPECT_EQ(asset.immutable, asset.path.starts_with("/assets/")) << asset.path;
  }
}

}  // namespace papi::web
