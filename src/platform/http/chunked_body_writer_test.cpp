#include "platform/http/chunked_body_writer.hpp"

#include <gtest/gtest.h>

#include "platform/net/socket_pair.hpp"

namespace papi::http {
namespace {

using Framing = ChunkedBodyWriter::Framing;

struct ChunkedBodyWriterTest : testing::Test {
  /// Returns the answer of write(), or nullopt if it waits.
  std::optional<bool> write(ChunkedBodyWriter& writer, std::string_view bytes) {
    std::optional<bool> taken;
    net::co_spawn(context, writer.write(bytes), [&](std::exception_ptr, bool result) { taken = result; });
    test::run_ready(context);
    return taken;
  }

  ManualClock clock;
  net::io_context context;
  test::SocketPair pair{context.get_executor()};
  Transport transport{std::move(pair.server)};
};

}  // namespace

TEST_F(ChunkedBodyWriterTest, each_write_is_a_chunk_and_an_empty_one_is_none) {
  const struct {
    Framing framing;
    std::string_view sent, end;
  } rows[] = {{Framing::chunked, "3\r\none\r\n11\r\n12345678901234567\r\n", "0\r\n\r\n"},
              {Framing::plain, "one12345678901234567", ""}};
  for (const auto& row : rows) {
    ChunkedBodyWriter writer(transport, row.framing, std::chrono::seconds(10), clock);
    EXPECT_EQ(write(writer, "one"), true);
    EXPECT_EQ(write(writer, ""), true);
    EXPECT_EQ(write(writer, "12345678901234567"), true);
    EXPECT_EQ(pair.receive(), row.sent);
    EXPECT_EQ(writer.end(), row.end);
  }
}

TEST_F(ChunkedBodyWriterTest, nothing_can_be_written_after_the_client_has_left) {
  ChunkedBodyWriter writer(transport, Framing::chunked, std::chrono::seconds(10), clock);
  pair.close();
  EXPECT_EQ(write(writer, "one"), false);
  EXPECT_TRUE(writer.lost());
  EXPECT_EQ(write(writer, "two"), false);
}

TEST_F(ChunkedBodyWriterTest, only_a_write_that_waits_stalls) {
  ChunkedBodyWriter writer(transport, Framing::chunked, std::chrono::seconds(10), clock);
  EXPECT_EQ(write(writer, "one"), true);
  clock.advance(std::chrono::hours(1));
  EXPECT_FALSE(writer.stalled(clock.steady()));
}

}  // namespace papi::http
