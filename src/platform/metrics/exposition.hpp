#pragma once

// The text in which Prometheus reads metrics: the format 0.0.4, and OpenMetrics 1.0.0
// (docs/decisions/0015-own-metrics-exposition.md).

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "platform/metrics/histogram.hpp"

namespace papi::metrics {

enum class Format { prometheus_text, openmetrics };

std::string_view content_type_of(Format format);

struct Label {
  std::string_view name;
  std::string_view value;
};
using Labels = std::initializer_list<Label>;

/// An observation that stands for those of its bucket, with the trace that it belongs to. Only OpenMetrics
/// has a place for it.
struct Exemplar {
  std::string_view trace_id;
  double value = 0;  // seconds
};

/// Writes the families of one answer, each with its samples behind it. A family is begun by counter(),
/// gauge() or histogram(); its samples must follow before the next family begins. Names of families and
/// labels must be valid; values of labels may be any text. The name of a counter ends in `_total`, as
/// `promtool check metrics` wants it.
class Exposition {
 public:
  Exposition(std::string& out, Format format) : out_(out), format_(format) {}

  void counter(std::string_view name, std::string_view help) { family(name, "counter", help); }
  void gauge(std::string_view name, std::string_view help) { family(name, "gauge", help); }
  /// Of durations. `name` ends in `_seconds`.
  void histogram(std::string_view name, std::string_view help) { family(name, "histogram", help); }

  void sample(Labels labels, std::uint64_t value);
  void sample(Labels labels, std::int64_t value);
  void sample(Labels labels, double value);
  void sample(std::uint64_t value) { sample({}, value); }
  void sample(std::int64_t value) { sample({}, value); }
  void sample(double value) { sample({}, value); }
  /// All samples of one histogram.
  void samples(Labels labels, const HistogramCounts& counts);
  /// As samples(), with the exemplars of its buckets.
  template <class Find>
  void samples(Labels labels, const HistogramCounts& counts, const Find& exemplar_of);

  /// A family with one sample without labels.
  template <class Number>
  void counter(std::string_view name, std::string_view help, Number value) {
    counter(name, help);
    sample(value);
  }
  template <class Number>
  void gauge(std::string_view name, std::string_view help, Number value) {
    gauge(name, help);
    sample(value);
  }

  /// Call it last.
  void end();

 private:
  void family(std::string_view name, std::string_view type, std::string_view help);
  void begin_sample(std::string_view suffix, Labels labels, std::string_view le = {});
  void end_bucket(std::uint64_t count, const std::optional<Exemplar>& exemplar);
  void sum_and_count(Labels labels, const HistogramCounts& counts, std::uint64_t count);
  std::string bound(std::chrono::microseconds value) const;

  std::string& out_;
  const Format format_;
  std::string_view name_;  // of the present family
};

/// Appends a number as both formats want it: the shortest text that reads back as the same double; NaN and
/// +Inf by name.
void append_value(std::string& out, double value);

template <class Find>
void Exposition::samples(Labels labels, const HistogramCounts& counts, const Find& exemplar_of) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < counts.buckets.size(); ++i) {
    count += counts.buckets[i];
    begin_sample("_bucket", labels, i < counts.bounds.size() ? bound(counts.bounds[i]) : "+Inf");
    end_bucket(count, exemplar_of(i));
  }
  sum_and_count(labels, counts, count);
}

}  // namespace papi::metrics
