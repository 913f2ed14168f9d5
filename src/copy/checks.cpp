#include "copy/checks.hpp"

namespace papi::copy {
namespace {

std::string shown(const SessionSum& sum) {
  return std::to_string(sum.rows) + " events of " + std::to_string(sum.bytes) + " bytes, offsets " +
         std::to_string(sum.first) + " to " + std::to_string(sum.last);
}

/// The first session whose events differ.
std::string session_difference(const TableSum& source, const TableSum& target) {
  const auto text = [](events::SessionKey key, const SessionSum& in_source, const SessionSum& in_target) {
    return "; session_key " + std::to_string(key.value()) + ": the source has " + shown(in_source) +
           ", the target " + shown(in_target);
  };
  for (const auto& [key, sum] : source.sessions) {
    const auto found = target.sessions.find(key);
    const SessionSum other = found == target.sessions.end() ? SessionSum() : found->second;
    if (sum != other) return text(key, sum, other);
  }
  for (const auto& [key, sum] : target.sessions) {
    if (!source.sessions.contains(key)) return text(key, SessionSum(), sum);
  }
  return "";
}

}  // namespace

void TableSum::add(const Table& table, const Row& row) {
  ++rows;
  sum.add(row);
  if (table.name != "events") return;
  SessionSum& session = sessions[events::SessionKey(row[0].number)];
  const std::int64_t offset = row[1].number;
  session.first = session.rows == 0 ? offset : std::min(session.first, offset);
  session.last = std::max(session.last, offset);
  session.bytes += static_cast<std::int64_t>(row.back().text.size());
  ++session.rows;
}

std::optional<std::string> difference(const Table& table, const TableSum& source, const TableSum& target,
                                      const TableProgress& written) {
  if (source.rows == target.rows && source.sum == target.sum && source.sessions == target.sessions)
    return std::nullopt;
  std::string text = "table '" + std::string(table.name) + "' differs: ";
  if (source.rows != target.rows) {
    text += std::to_string(source.rows) + " rows in the source, " + std::to_string(target.rows) +
            " in the target";
  } else {
    text += std::to_string(source.rows) + " rows on both sides, with other values";
  }
  text += session_difference(source, target);
  // What was written tells which side has changed since.
  const bool source_changed = source.rows != written.rows || source.sum != written.sum;
  const bool target_changed = target.rows != written.rows || target.sum != written.sum;
  if (source_changed && !target_changed) text += ". The source has changed since the copy began";
  if (target_changed && !source_changed) text += ". Another program has changed the target";
  return text + ". Copy again into an empty target";
}

}  // namespace papi::copy
