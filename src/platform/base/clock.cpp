#include "platform/base/clock.hpp"

#include <array>
#include <ctime>
#include <limits>

namespace papi {
namespace {

struct CivilTime {
  int year, month, day, hour, minute, second, weekday;
};

enum class Zone { utc, local };

CivilTime civil(std::int64_t seconds, Zone zone = Zone::utc) {
  std::tm parts{};
  const std::time_t time = static_cast<std::time_t>(seconds);
  if (zone == Zone::utc) {
    gmtime_r(&time, &parts);
  } else {
    localtime_r(&time, &parts);
  }
  return {parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
          parts.tm_min,         parts.tm_sec,     parts.tm_wday};
}

void put(char* at, int value, int digits) {
  for (int i = digits - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

// The text down to the second changes once a second. Formatting it for each line of the application log and
// each answer would be the larger cost.
struct SecondText {
  std::int64_t second = std::numeric_limits<std::int64_t>::min();
  std::array<char, 19> text{};  // YYYY-MM-DDTHH:MM:SS
};

const std::array<char, 19>& second_text(std::int64_t second, Zone zone) {
  thread_local SecondText texts[2];
  SecondText& cached = texts[static_cast<std::size_t>(zone)];
  if (cached.second != second) {
    const CivilTime t = civil(second, zone);
    char* p = cached.text.data();
    put(p, t.year, 4);
    p[4] = '-';
    put(p + 5, t.month, 2);
    p[7] = '-';
    put(p + 8, t.day, 2);
    p[10] = 'T';
    put(p + 11, t.hour, 2);
    p[13] = ':';
    put(p + 14, t.minute, 2);
    p[16] = ':';
    put(p + 17, t.second, 2);
    cached.second = second;
  }
  return cached.text;
}

std::int64_t second_of(UnixMs time) { return time >= 0 ? time / 1000 : (time - 999) / 1000; }

void append_time(std::string& out, UnixMs time, char separator, Zone zone) {
  const std::int64_t second = second_of(time);
  const int milli = static_cast<int>(time - second * 1000);
  const auto& text = second_text(second, zone);
  char buffer[23];
  std::copy(text.begin(), text.end(), buffer);
  buffer[10] = separator;
  buffer[19] = '.';
  put(buffer + 20, milli, 3);
  out.append(buffer, sizeof buffer);
}

}  // namespace

UnixMs SystemClock::now_ms() const {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::chrono::steady_clock::time_point SystemClock::steady() const { return std::chrono::steady_clock::now(); }

void append_rfc3339(std::string& out, UnixMs time) {
  append_time(out, time, 'T', Zone::utc);
  out += 'Z';
}

std::string rfc3339(UnixMs time) {
  std::string out;
  append_rfc3339(out, time);
  return out;
}

std::optional<UnixMs> parse_rfc3339(std::string_view text) {
  const auto number = [&](std::size_t at, std::size_t size) -> int {
    int value = 0;
    for (std::size_t i = at; i < at + size; ++i) {
      if (i >= text.size() || text[i] < '0' || text[i] > '9') return -1;
      value = value * 10 + (text[i] - '0');
    }
    return value;
  };
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't') ||
      text[13] != ':' || text[16] != ':')
    return std::nullopt;
  const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
  const int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (year < 0 || month < 0 || day < 0 || !date.ok()) return std::nullopt;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;
  std::size_t at = 19;
  int milli = 0;
  if (text[at] == '.') {
    int scale = 100;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10)
      milli += (text[at] - '0') * scale;
  }
  if (at >= text.size()) return std::nullopt;
  std::int64_t offset_minutes = 0;
  if (text[at] == '+' || text[at] == '-') {
    const int hours = number(at + 1, 2), minutes = number(at + 4, 2);
    if (text.size() != at + 6 || text[at + 3] != ':' || hours < 0 || minutes < 0) return std::nullopt;
    offset_minutes = (text[at] == '-' ? -1 : 1) * (hours * 60 + minutes);
  } else if ((text[at] != 'Z' && text[at] != 'z') || text.size() != at + 1) {
    return std::nullopt;
  }
  const std::int64_t days = sys_days(date).time_since_epoch().count();
  const std::int64_t minutes = (days * 24 + hour) * 60 + minute - offset_minutes;
  return (minutes * 60 + second) * 1000 + milli;
}

void append_log_time(std::string& out, UnixMs time) { append_time(out, time, ' ', Zone::local); }

void append_local_time(std::string& out, UnixMs time) {
  const auto& text = second_text(second_of(time), Zone::local);
  const std::size_t at = out.size();
  out.append(text.data(), text.size());
  out[at + 10] = ' ';
}

std::string http_date(UnixMs time) {
  static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const CivilTime t = civil(time / 1000);
  std::string out = std::string(days[t.weekday]) + ", 00 " + months[t.month - 1] + " 0000 00:00:00 GMT";
  put(out.data() + 5, t.day, 2);
  put(out.data() + 12, t.year, 4);
  put(out.data() + 17, t.hour, 2);
  put(out.data() + 20, t.minute, 2);
  put(out.data() + 23, t.second, 2);
  return out;
}

std::optional<UnixMs> parse_http_date(std::string_view text) {
  const std::string date(text.substr(0, 64));
  for (const char* form :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"}) {
    std::tm parts{};
    const char* end = strptime(date.c_str(), form, &parts);
    if (end && *end == '\0' && date.size() == text.size()) return static_cast<UnixMs>(timegm(&parts)) * 1'000;
  }
  return std::nullopt;
}

}  // namespace papi
