#include "auth/audit_record.hpp"

#include "platform/base/enum_count.hpp"

namespace papi::auth {
namespace {

constexpr std::string_view kind_names[] = {
    "authentication",      "login",          "lockout",     "logout",     "token_reuse",  "permission",
    "rate_limit",          "suspicious",     "user_change", "key_change", "token_change", "share_change",
    "stream_token_change", "setting_change", "overflow",
};
static_assert(std::size(kind_names) == enum_count<AuditKind>());

constexpr std::size_t max_audit_text = 200;

}  // namespace

std::string_view to_string(AuditKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

std::vector<AuditKind> audit_kinds(std::string_view name) {
  std::vector<AuditKind> kinds;
  for (std::size_t i = 0; i < std::size(kind_names); ++i) {
    if (name == "all" || name == kind_names[i]) kinds.push_back(static_cast<AuditKind>(i));
  }
  return kinds;
}

AuditKind stored_audit_kind(std::string_view name) {
  const std::vector<AuditKind> kinds = audit_kinds(name);
  return kinds.size() == 1 ? kinds.front() : AuditKind::overflow;
}

std::string audit_kind_names() {
  std::string names;
  for (const std::string_view name : kind_names) (names += names.empty() ? "" : ", ") += name;
  return names;
}

std::string_view audit_text(std::string_view text) {
  if (text.size() <= max_audit_text) return text;
  std::size_t end = max_audit_text;
  const auto inside_a_character = [&] { return (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80; };
  for (int i = 0; i < 3 && inside_a_character(); ++i) --end;  // UTF-8 has at most three such bytes
  return text.substr(0, end);
}

AuditRecord record_of(const Actor& actor, AuditKind kind, bool success, std::string reason) {
  AuditRecord record;
  record.kind = kind;
  record.success = success;
  record.username = actor.username;
  record.client_ip = actor.client_address;
  record.endpoint = actor.endpoint;
  record.reason = std::move(reason);
  record.correlation_id = actor.correlation_id;
  return record;
}

}  // namespace papi::auth
