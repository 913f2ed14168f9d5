#include "events/identity_file.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstring>

namespace papi::events::identity_file {
namespace {

// All numbers are little-endian.
//   header: 0 magic (8) · 8 version (4) · 12 flags (4) · 16 generation (8) · 24 starts (8)
//           · 32 database id (32) · 64 boot id (36) · 100 deletions (8) · 108 zeros (16)
//           · 124 CRC-32 of 0–123
//   slot:   0 session key (8) · 8 last offset (8) · 16 start (8) · 24 epoch, padded with zeros (24)
//           · 48 zeros (12) · 60 CRC-32 of 0–59
constexpr std::string_view magic("PAPI\0IDN", 8);
constexpr std::uint32_t version = 1;
constexpr std::uint32_t flag_clean = 1, flag_power_cut_takes_rows = 2;
constexpr std::size_t id_bytes = 32, boot_bytes = 36;

template <class Number>
void put(char* at, Number number) {
  for (std::size_t i = 0; i < sizeof number; ++i) at[i] = static_cast<char>((number >> (8 * i)) & 0xff);
}

template <class Number>
Number take(const char* at) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i)
    number |= static_cast<Number>(static_cast<unsigned char>(at[i])) << (8 * i);
  return number;
}

void put_text(char* at, std::string_view text, std::size_t size) {
  std::memcpy(at, text.data(), std::min(text.size(), size));
}

std::string take_text(const char* at, std::size_t size) {
  const std::string_view field(at, size);
  return std::string(field.substr(0, field.find('\0')));
}

std::uint32_t checksum(const char* bytes, std::size_t size) {
  return static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const unsigned char*>(bytes), static_cast<unsigned>(size)));
}

bool sound(const char* bytes, std::size_t size) {
  return take<std::uint32_t>(bytes + size - 4) == checksum(bytes, size - 4);
}

Error damaged(const std::string& what) { return Error(ErrorCode::database, what); }

}  // namespace

HeaderBytes encode(const SidecarHeader& header) {
  HeaderBytes bytes{};
  put_text(bytes.data(), magic, magic.size());
  put(bytes.data() + 8, version);
  put(bytes.data() + 12,
      (header.clean ? flag_clean : 0) | (header.power_cut_takes_rows ? flag_power_cut_takes_rows : 0u));
  put(bytes.data() + 16, header.generation);
  put(bytes.data() + 24, header.starts);
  put_text(bytes.data() + 32, header.database_id, id_bytes);
  put_text(bytes.data() + 64, header.boot_id, boot_bytes);
  put(bytes.data() + 100, header.deletions);
  put(bytes.data() + header_bytes - 4, checksum(bytes.data(), header_bytes - 4));
  return bytes;
}

SlotBytes encode(SessionKey session_key, const SidecarSession& session) {
  SlotBytes bytes{};
  put(bytes.data(), static_cast<std::uint64_t>(session_key.value()));
  put(bytes.data() + 8, session.last_offset.value());
  put(bytes.data() + 16, session.start);
  put_text(bytes.data() + 24, session.epoch, longest_epoch);
  put(bytes.data() + slot_bytes - 4, checksum(bytes.data(), slot_bytes - 4));
  return bytes;
}

Result<Sidecar> decode(std::string_view bytes) {
  if (bytes.size() < header_bytes) return damaged("it is shorter than its header");
  const char* head = bytes.data();
  if (bytes.substr(0, magic.size()) != magic || !sound(head, header_bytes))
    return damaged("its header is damaged");
  if (take<std::uint32_t>(head + 8) != version) return damaged("it is of another version");
  if ((bytes.size() - header_bytes) % slot_bytes != 0) return damaged("its last record is cut short");
  Sidecar sidecar;
  const auto flags = take<std::uint32_t>(head + 12);
  sidecar.header.clean = (flags & flag_clean) != 0;
  sidecar.header.power_cut_takes_rows = (flags & flag_power_cut_takes_rows) != 0;
  sidecar.header.generation = take<std::uint64_t>(head + 16);
  sidecar.header.starts = take<std::uint64_t>(head + 24);
  sidecar.header.database_id = take_text(head + 32, id_bytes);
  sidecar.header.boot_id = take_text(head + 64, boot_bytes);
  sidecar.header.deletions = take<std::uint64_t>(head + 100);
  for (std::size_t at = header_bytes; at < bytes.size(); at += slot_bytes) {
    const char* slot = bytes.data() + at;
    if (!sound(slot, slot_bytes)) return damaged("the record at byte " + std::to_string(at) + " is damaged");
    const SessionKey key(static_cast<std::int64_t>(take<std::uint64_t>(slot)));
    if (key == SessionKey()) continue;
    SidecarSession session;
    session.last_offset = Offset(take<std::uint64_t>(slot + 8));
    session.start = take<std::uint64_t>(slot + 16);
    session.epoch = take_text(slot + 24, longest_epoch);
    if (!sidecar.sessions.emplace(key, std::move(session)).second)
      return damaged("it has two records of one session");
  }
  return sidecar;
}

}  // namespace papi::events::identity_file
