#include "copy/copier.hpp"

#include "platform/base/sha256.hpp"
#include "platform/postgres/value.hpp"

namespace papi::copy {
namespace {

class Copier {
 public:
  Copier(Source& source, Target& target, const CopyOptions& options, const OnProgress& on_progress)
      : source_(source), target_(target), options_(options), on_progress_(on_progress) {}

  Result<CopyReport> run() {
    TRY(journal_, target_.begin(source_.name()));
    if (auto counted = count(); !counted) return counted.error();
    for (const Table& table : tables()) {
      if (auto copied = copy(table); !copied) return copied.error();
    }
    if (auto copied = copy_counters(); !copied) return copied.error();
    if (auto checked = check(); !checked) return checked.error();
    // What another process has written to the source since would be missing.
    if (auto owned = source_.check_owned(); !owned) return owned.error();
    if (auto finished = target_.finish(); !finished) return finished.error();
    return report_;
  }

 private:
  Result<void> count() {
    for (const Table& table : tables()) {
      TRY(const std::int64_t rows, source_.count(table));
      report_.rows += rows;
      report_.rows_before += journal_.tables[std::string(table.name)].rows;
    }
    progress_.begun = progress_.done = report_.rows_before;
    progress_.total = report_.rows;
    return {};
  }

  void show(const Table& table, std::int64_t more) {
    progress_.table = table.name;
    progress_.done += more;
    on_progress_(progress_);
  }

  /// What the target gets for a row of the source. With `report` the replaced texts are counted.
  Result<void> prepare(const Table& table, Row& row, bool report) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      Cell& cell = row[i];
      const Column& column = table.columns[i];
      if (column.type == Type::epoch)
        cell.set(epoch_in_copy(journal_.copy_id, events::SessionKey(row[0].number), cell.text));
      if (column.type != Type::text || target_.keeps_any_text() || postgres::is_storable(cell.text)) continue;
      if (!options_.replace_text) {
        return unreadable(table, row, column,
                          "PostgreSQL cannot hold this text: it has a zero byte, or bytes that are no UTF-8. "
                          "Run the command again with --replace-text to copy such texts without them");
      }
      if (report && report_.replaced++ == 0) report_.first_replaced = place_of(table, row);
      cell = Cell(postgres::storable(cell.text));
    }
    return {};
  }

  Result<void> copy(const Table& table) {
    TableProgress& progress = journal_.tables[std::string(table.name)];
    show(table, 0);
    if (progress.finished) return {};
    const Row last = progress.last;
    TRY(const auto reader, source_.read_by_key(table, last.empty() ? nullptr : &last));
    while (!progress.finished) {
      TRY(const std::size_t rows, fill_chunk(table, *reader, progress));
      if (auto written = target_.write(table, std::span(chunk_).first(rows), progress); !written)
        return written.error();
      if (auto owned = source_.check_owned(); !owned) return owned.error();
      show(table, static_cast<std::int64_t>(rows));
    }
    return {};
  }

  /// Fills chunk_ and notes in `progress` what was written when the chunk is. Returns its rows.
  Result<std::size_t> fill_chunk(const Table& table, RowReader& reader, TableProgress& progress) {
    std::size_t rows = 0, bytes = 0;
    while (rows < options_.chunk_rows && bytes < options_.chunk_bytes) {
      if (rows == chunk_.size()) chunk_.emplace_back();
      Row& row = chunk_[rows];
      TRY(const bool more, reader.next(row));
      if (!more) {
        progress.finished = true;
        break;
      }
      progress.last.assign(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(table.key_columns));
      if (auto prepared = prepare(table, row, true); !prepared) return prepared.error();
      progress.sum.add(row);
      ++progress.rows;
      for (const Cell& cell : row) bytes += cell.text.size();
      ++rows;
    }
    return rows;
  }

  Result<void> copy_counters() {
    for (const Counter& counter : counters()) {
      TRY(const std::int64_t value, source_.counter(counter));
      counters_.push_back(value);
    }
    return target_.set_counters(counters_);
  }

  Result<void> check() {
    if (auto begun = target_.begin_check(); !begun) return begun;
    progress_ = Progress{Progress::Phase::checking, {}, 0, 2 * report_.rows, 0};
    for (const Table& table : tables()) {
      TRY(const TableSum in_source, sum_of(source_, table, true));
      TRY(const TableSum in_target, sum_of(target_, table, false));
      const auto differs = difference(table, in_source, in_target, journal_.tables[std::string(table.name)]);
      if (differs) return Error(refused, *differs);
    }
    for (std::size_t i = 0; i < counters_.size(); ++i) {
      TRY(const std::int64_t value, target_.counter(counters()[i]));
      if (value == counters_[i]) continue;
      return Error(refused, "the " + std::string(counters()[i].name) +
                                " differs: " + std::to_string(counters_[i]) + " in the source, " +
                                std::to_string(value) + " in the target. Copy again into an empty target");
    }
    return {};
  }

  Result<TableSum> sum_of(Side& side, const Table& table, bool is_source) {
    constexpr std::int64_t between_shows = 10'000;
    TRY(const auto reader, side.read_all(table));
    TableSum sum;
    Row row;
    for (;;) {
      TRY(const bool more, reader->next(row));
      if (!more) break;
      if (is_source) {
        if (auto prepared = prepare(table, row, false); !prepared) return prepared.error();
      }
      sum.add(table, row);
      if (sum.rows % between_shows == 0) show(table, between_shows);
    }
    show(table, sum.rows % between_shows);
    return sum;
  }

  Source& source_;
  Target& target_;
  const CopyOptions& options_;
  const OnProgress& on_progress_;
  Journal journal_;
  CopyReport report_;
  Progress progress_;
  std::vector<Row> chunk_;  // kept for its memory
  std::vector<std::int64_t> counters_;
};

}  // namespace

std::string epoch_in_copy(std::string_view copy_id, events::SessionKey session_key, std::string_view epoch) {
  constexpr std::size_t digits = 16;
  return sha256_hex(std::string(copy_id) + " " + std::to_string(session_key.value()) + " " +
                    std::string(epoch))
      .substr(0, digits);
}

Result<CopyReport> copy_all(Source& source, Target& target, const CopyOptions& options,
                            const OnProgress& on_progress) {
  return Copier(source, target, options, on_progress).run();
}

}  // namespace papi::copy
