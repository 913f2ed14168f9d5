// Measures how many recorded messages one core turns into events per second: ./dev bench decode. Arguments:
// the recording (NDJSON of method and payload_b64) and the seconds to run.

#include <boost/json/parse.hpp>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>

#include "events/event_json.hpp"
#include "live/decoder.hpp"
#include "platform/base/text.hpp"

namespace {

using namespace papi;

struct Recorded {
  std::string method, payload;
};

std::vector<Recorded> read_recording(const char* file) {
  std::vector<Recorded> messages;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const auto value = boost::json::parse(line);
    const auto& object = value.as_object();
    messages.push_back({std::string(object.at("method").as_string()),
                        base64_decode(std::string(object.at("payload_b64").as_string())).value()});
  }
  return messages;
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::fputs("usage: decode_bench RECORDING SECONDS\n", stderr);
    return 2;
  }
  const std::vector<Recorded> messages = read_recording(arguments[1]);
  const double limit = std::strtod(arguments[2], nullptr);
  if (messages.empty() || limit <= 0) {
    std::fputs("nothing to do\n", stderr);
    return 2;
  }
  std::size_t done = 0, bytes = 0;
  const double start = cpu_seconds();
  while (cpu_seconds() - start < limit) {
    for (const Recorded& recorded : messages) {
      live::RawMessage message;
      message.method = recorded.method;
      message.payload = recorded.payload;
      auto prepared = std::make_shared<events::PreparedEvent>();
      bool readable = false;
      prepared->event = live::decode(message, 1'700'000'000'000, readable);
      prepared->common = events::encode_common(prepared->event);
      bytes += events::encode(std::move(prepared), {events::Offset(++done), "0123456789abcdef", "session"})
                   ->json()
                   .size();
    }
  }
  const double took = cpu_seconds() - start;
  std::printf("%.0f messages/s, %.0f bytes of JSON each\n", static_cast<double>(done) / took,
              static_cast<double>(bytes) / static_cast<double>(done));
}
