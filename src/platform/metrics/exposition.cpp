#include "platform/metrics/exposition.hpp"

#include <charconv>
#include <cmath>

#include "platform/base/json_writer.hpp"

namespace papi::metrics {
namespace {

constexpr std::string_view total = "_total";

double seconds_of(std::chrono::microseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

/// Escapes a label's value: backslash, line feed, and the quote that ends it.
void append_label_value(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
}

}  // namespace

std::string_view content_type_of(Format format) {
  return format == Format::openmetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                       : "text/plain; version=0.0.4; charset=utf-8";
}

void append_value(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else {
    char digits[32];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
    out.append(digits, end);
  }
}

/// OpenMetrics names a counter without `_total` and its samples with it; the older format has one name.
void Exposition::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  std::string_view shown = name;
  if (format_ == Format::openmetrics && type == "counter" && shown.ends_with(total))
    shown.remove_suffix(total.size());
  out_ += "# HELP ";
  out_ += shown;
  out_ += ' ';
  for (const char c : help) {
    if (c == '\\') out_ += '\\';
    if (c == '"' && format_ == Format::openmetrics) out_ += '\\';
    out_ += c;
  }
  out_ += "\n# TYPE ";
  out_ += shown;
  out_ += ' ';
  out_ += type;
  out_ += '\n';
}

void Exposition::begin_sample(std::string_view suffix, Labels labels, std::string_view le) {
  out_ += name_;
  out_ += suffix;
  if (labels.size() > 0 || !le.empty()) {
    char before = '{';
    for (const Label& label : labels) {
      out_ += before;
      out_ += label.name;
      out_ += "=\"";
      append_label_value(out_, label.value);
      out_ += '"';
      before = ',';
    }
    if (!le.empty()) {
      out_ += before;
      out_ += "le=\"";
      out_ += le;
      out_ += '"';
    }
    out_ += '}';
  }
  out_ += ' ';
}

void Exposition::sample(Labels labels, std::uint64_t value) {
  begin_sample({}, labels);
  append_number(out_, value);
  out_ += '\n';
}

void Exposition::sample(Labels labels, std::int64_t value) {
  begin_sample({}, labels);
  append_number(out_, value);
  out_ += '\n';
}

void Exposition::sample(Labels labels, double value) {
  begin_sample({}, labels);
  append_value(out_, value);
  out_ += '\n';
}

void Exposition::samples(Labels labels, const HistogramCounts& counts) {
  samples(labels, counts, [](std::size_t) { return std::optional<Exemplar>(); });
}

void Exposition::end_bucket(std::uint64_t count, const std::optional<Exemplar>& exemplar) {
  append_number(out_, count);
  if (exemplar && format_ == Format::openmetrics) {
    out_ += " # {trace_id=\"";
    append_label_value(out_, exemplar->trace_id);
    out_ += "\"} ";
    append_value(out_, exemplar->value);
  }
  out_ += '\n';
}

void Exposition::sum_and_count(Labels labels, const HistogramCounts& counts, std::uint64_t count) {
  begin_sample("_sum", labels);
  append_value(out_, seconds_of(counts.sum));
  out_ += '\n';
  begin_sample("_count", labels);
  append_number(out_, count);
  out_ += '\n';
}

/// OpenMetrics wants a bound that is a whole number as `1.0`.
std::string Exposition::bound(std::chrono::microseconds value) const {
  std::string text;
  append_value(text, seconds_of(value));
  if (format_ == Format::openmetrics && text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

void Exposition::end() {
  if (format_ == Format::openmetrics) out_ += "# EOF\n";
}

}  // namespace papi::metrics
