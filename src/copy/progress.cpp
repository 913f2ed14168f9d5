#include "copy/progress.hpp"

#include <algorithm>

namespace papi::copy {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds on_terminal{200}, elsewhere{5'000};

std::string duration(std::int64_t seconds) {
  const auto two = [](std::int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  const std::int64_t hours = seconds / 3'600, minutes = seconds / 60 % 60;
  return (hours > 0 ? std::to_string(hours) + ":" + two(minutes) : std::to_string(minutes)) + ":" +
         two(seconds % 60);
}

}  // namespace

std::string with_commas(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t first = digits.starts_with('-') ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

std::string progress_line(const Progress& progress, milliseconds since_phase_began) {
  std::string line = progress.phase == Progress::Phase::copying ? "copying " : "checking ";
  line += std::string(progress.table) + ": " + with_commas(progress.done) + " of " +
          with_commas(progress.total) + " rows, ";
  // 100 % is for the last row only.
  line += std::to_string(progress.total == 0 ? 100 : progress.done * 100 / progress.total) + " %";
  const std::int64_t now = progress.done - progress.begun;  // in this run
  if (now <= 0 || since_phase_began < milliseconds(1'000)) return line;
  const std::int64_t rate = now * 1'000 / since_phase_began.count();
  line += ", " + with_commas(rate) + " rows/s";
  if (rate > 0) line += ", " + duration((progress.total - progress.done) / rate) + " left";
  return line;
}

std::string waiting_line(std::string_view database, std::string_view owner, milliseconds at_most,
                         UnixMs now) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(at_most).count();
  return "waiting for " + std::string(owner) + " to end, which uses " + std::string(database) + ": " +
         std::to_string(seconds) + " s at most, until " + rfc3339(now + at_most.count()) +
         ". A service that was killed keeps it for 10 s";
}

void ProgressWriter::show(const Progress& progress, SteadyTime now) {
  const bool new_phase = !begun_ || phase_ != progress.phase;
  if (new_phase) {
    phase_ = progress.phase;
    phase_began_ = now;
  }
  if (!new_phase && now - last_ < (terminal_ ? on_terminal : elsewhere)) return;
  begun_ = true;
  last_ = now;
  std::string line = progress_line(progress, std::chrono::duration_cast<milliseconds>(now - phase_began_));
  if (!terminal_) return write_(line + "\n");
  const std::size_t width = line.size();
  line.append(std::max(width, width_) - width, ' ');  // over the rest of the last line
  width_ = width;
  write_("\r" + line);
}

void ProgressWriter::end() {
  if (terminal_ && begun_) write_("\n");
  begun_ = false;
  width_ = 0;
}

}  // namespace papi::copy
