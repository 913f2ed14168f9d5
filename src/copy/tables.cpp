#include "copy/tables.hpp"

namespace papi::copy {
namespace {

std::vector<Table> make_tables() {
  using enum Type;
  return {
      {"users",
       1,
       {{"id", text},
        {"username", text},
        {"name_key", text},
        {"email", text},
        {"role", text},
        {"password", text},
        {"active", boolean},
        {"demo", boolean},
        {"created_at", int64},
        {"last_login_at", int64}}},
      // The order in which keys were made is the rowid in SQLite.
      {"api_keys",
       1,
       {{"seq", int64, "rowid"},
        {"id", text},
        {"user_id", text},
        {"name", text},
        {"hash", text},
        {"preview", text},
        {"parent_id", text},
        {"permissions", int16},
        {"created_at", int64},
        {"expires_at", int64},
        {"last_used", int64},
        {"active", boolean}}},
      {"token_families",
       1,
       {{"id", text},
        {"user_id", text},
        {"created_at", int64},
        {"expires_at", int64},
        {"current", text},
        {"current_at", int64},
        {"previous", text}}},
      {"revoked_tokens",
       1,
       {{"family", text}, {"user_id", text}, {"revoked_at", int64}, {"expires_at", int64}}},
      {"login_failures",
       1,
       {{"name_key", text}, {"failures", int32}, {"locked_until", int64}, {"last_at", int64}}},
      {"auth_changes", 1, {{"version", int64}, {"kind", int16}, {"id", text}}},
      {"audit_log",
       1,
       {{"id", int64},
        {"at", int64},
        {"kind", text},
        {"success", boolean},
        {"username", text},
        {"client_ip", text},
        {"endpoint", text},
        {"subject", text},
        {"reason", text},
        {"correlation_id", text}}},
      {"installation", 1, {{"name", text}, {"value", bytes}}},
      {"profile_images",
       1,
       {{"hash", text}, {"type", int16}, {"width", int64}, {"height", int64}, {"bytes", bytes}},
       4},  // a picture has some megabytes
      {"profiles",
       1,
       {{"username", text},
        {"nickname", text},
        {"source", int16},
        {"priority", int64},
        {"image_hash", text},
        {"created_at", int64},
        {"cached_at", int64},
        {"expires_at", int64},
        {"look_again_at", int64}}},
      {"gifts",
       1,
       {{"id", int64},
        {"name", text},
        {"diamonds", int64},
        {"image_url", text},
        {"type", int64},
        {"streakable", boolean}}},
      {"gift_list", 1, {{"one", boolean}, {"listed_at", int64}, {"updated_at", int64}}},
      {"people", 1, {{"user_id", int64}, {"username", text}, {"nickname", text}, {"seen_at", int64}}},
      {"sessions",
       1,
       {{"key", int64},
        {"session_id", text},
        {"epoch", epoch},
        {"username", text},
        {"room_id", text},
        {"state", text},
        {"reason", text},
        {"wait_until_live", boolean},
        {"created_at", int64},
        {"started_at", int64},
        {"last_offset", int64},
        {"bytes", int64},
        {"cursor", text},
        {"owner", text},
        {"started_by", text},
        {"heard_at", int64}}},
      {"ended_logs", 1, {{"session_id", text}, {"ended_at", int64}}},
      {"session_shares", 2, {{"session_key", int64}, {"reader", text}, {"shared_at", int64}}},
      {"upstream_positions",
       1,
       {{"room", text},
        {"room_id", text},
        {"cursor", text},
        {"likes", int64},
        {"heard_at", int64},
        {"platform_time", int64}}},
      {"events",
       2,
       {{"session_key", int64},
        {"\"offset\"", int64},
        {"id", id},
        {"type", event_type},
        {"timestamp_ms", int64},
        {"user_id", int64},
        {"username", text},
        {"amount", int64},
        {"body", text}}},
      {"trimmed_events",
       2,
       {{"session_key", int64},
        {"\"offset\"", int64},
        {"id", optional_id},
        {"streak_id", text},
        {"count", int64},
        {"timestamp_ms", int64}}},
      {"open_streaks", 2, {{"session_key", int64}, {"streak_id", text}, {"body", text}}},
      {"session_people",
       2,
       {{"session_key", int64},
        {"user_id", int64},
        {"username", text},
        {"nickname", text},
        {"avatar_url", text},
        {"comments", int64},
        {"diamonds", int64},
        {"likes", int64},
        {"shares", int64}}},
      {"session_spans",
       3,
       {{"session_key", int64},
        {"starts_at", int64},
        {"kind", text},
        {"n", int64},
        {"amount", int64},
        {"peak", int64}}},
      {"session_now", 1, {{"session_key", int64}, {"viewers", int64}}},
  };
}

constexpr Counter all_counters[] = {
    {"version of the accounts", "SELECT coalesce(max(version), 1) FROM auth_version",
     "INSERT OR REPLACE INTO auth_version VALUES (1, ?1)", "SELECT version FROM {schema}.auth_version",
     "UPDATE {schema}.auth_version SET version = $1"},
    {"noticed version of the accounts", "SELECT coalesce(max(version), 0) FROM auth_noticed",
     "INSERT OR REPLACE INTO auth_noticed VALUES (1, ?1)", "SELECT noticed FROM {schema}.auth_version",
     "UPDATE {schema}.auth_version SET noticed = $1"},
    // The highest number that was ever given, so that no number is given twice.
    {"last key of a session",
     "SELECT max(coalesce((SELECT last FROM session_keys), 0), (SELECT coalesce(max(key), 0) FROM sessions))",
     "INSERT OR REPLACE INTO session_keys VALUES (1, ?1)",
     "SELECT greatest((SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM "
     "{schema}.sessions_key_seq), "
     "(SELECT coalesce(max(key), 0) FROM {schema}.sessions))",
     "SELECT setval('{schema}.sessions_key_seq', greatest($1, 1), $1 > 0)"},
    {"last id of the audit trail",
     "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'audit_log'), 0), "
     "(SELECT coalesce(max(id), 0) FROM audit_log))",
     "INSERT OR REPLACE INTO sqlite_sequence (rowid, name, seq) SELECT rowid, 'audit_log', ?1 FROM "
     "(SELECT max(rowid) AS rowid FROM sqlite_sequence WHERE name = 'audit_log')",
     "SELECT greatest((SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM "
     "{schema}.audit_log_id_seq), "
     "(SELECT coalesce(max(id), 0) FROM {schema}.audit_log))",
     "SELECT setval('{schema}.audit_log_id_seq', greatest($1, 1), $1 > 0)"},
    // SQLite remembers no more than the rows.
    {"last number of an API key", "SELECT coalesce(max(rowid), 0) FROM api_keys", "",
     "SELECT coalesce(max(seq), 0) FROM {schema}.api_keys",
     "SELECT setval('{schema}.api_keys_seq_seq', greatest($1, 1), $1 > 0)"},
};

constexpr std::string_view left_out[] = {
    "identity",       // tells a database from its copies
    "write_check",    // of the readiness check
    "leases",         // of the owner
    "erased_tables",  // whose files still hold erased text: a copy has none
    "vacuum_probe",   // of the same
    "writer_marks",   // of the connections that wrote
};

}  // namespace

std::span<const Table> tables() {
  static const std::vector<Table> all = make_tables();
  return all;
}
std::span<const Counter> counters() { return all_counters; }
std::span<const std::string_view> not_copied() { return left_out; }

}  // namespace papi::copy
