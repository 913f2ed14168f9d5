// Compares src/live/message_fields.hpp, guest_fields.hpp and notice_fields.hpp, and how the decoders use it,
// with proto/webcast.proto. The schema is read as text, because it is compiled for the lite runtime, which
// has no descriptors.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>

namespace papi::live::message_fields_test {
namespace {

struct SchemaField {
  int number = 0;
  std::string type;
  bool repeated = false;
};
using Schema = std::map<std::string, std::map<std::string, SchemaField>>;  // by message and name

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Calls `on_match` for each match of the pattern.
template <class OnMatch>
void each_match(const std::string& text, const std::regex& pattern, OnMatch on_match) {
  for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) on_match(*it);
}

Schema read_schema(const std::string& text) {
  static const std::regex message(R"(message (\w+) \{([^}]*)\})");
  static const std::regex field(R"((repeated )?(map<\w+, \w+>|\w+) (\w+) = (\d+);)");
  Schema schema;
  each_match(text, message, [&](const std::smatch& found) {
    auto& fields = schema[found[1].str()];
    each_match(found[2].str(), field, [&](const std::smatch& one) {
      fields[one[3].str()] = {std::stoi(one[4].str()), one[2].str(), one[1].matched};
    });
  });
  return schema;
}

/// Returns the schema's name of an enumerator. One that is a word of C++ has an underscore.
std::string schema_name(std::string name) {
  if (name.ends_with('_')) name.pop_back();
  return name;
}

/// Returns what is wrong with the enumerations of a header; empty: nothing.
std::string fault_of_enumerations(const std::string& header, const Schema& schema, std::size_t& seen) {
  static const std::regex enumeration(R"(enum class (\w+)Field : protozero::pbf_tag_type \{([^}]*)\})");
  static const std::regex enumerator(R"((\w+) = (\d+))");
  std::string faults;
  each_match(header, enumeration, [&](const std::smatch& found) {
    const auto message = schema.find(found[1].str());
    if (message == schema.end()) {
      faults += found[1].str() + " is no message; ";
      return;
    }
    each_match(found[2].str(), enumerator, [&](const std::smatch& one) {
      ++seen;
      const auto field = message->second.find(schema_name(one[1].str()));
      const std::string name = found[1].str() + "." + one[1].str();
      if (field == message->second.end()) {
        faults += name + " is no field; ";
      } else if (field->second.number != std::stoi(one[2].str())) {
        faults += name + " is " + std::to_string(field->second.number) + "; ";
      }
    });
  });
  return faults;
}

bool is_varint(const std::string& type) {
  static const std::set<std::string> varints = {"int32", "int64", "uint32", "uint64", "bool"};
  return varints.count(type) > 0;
}

/// Returns what is wrong with the wire types that a source expects; empty: nothing.
std::string fault_of_uses(const std::string& source, const Schema& schema, std::size_t& seen) {
  static const std::regex use(R"(\b(varint|bytes_of)\((\w+)Field::(\w+)\))");
  std::string faults;
  each_match(source, use, [&](const std::smatch& found) {
    const auto message = schema.find(found[2].str());
    if (message == schema.end()) return;  // a parameter of a template
    ++seen;
    const auto field = message->second.find(schema_name(found[3].str()));
    if (field == message->second.end()) return;  // the compiler knows it, so the test above reports it
    const bool packed = field->second.repeated && is_varint(field->second.type);
    if (!packed && is_varint(field->second.type) != (found[1].str() == "varint"))
      faults += found[0].str() + " is of type " + field->second.type + "; ";
  });
  return faults;
}

const Schema small_schema = read_schema(
    "message A {\n  int64 id = 1;\n  string name = 3;\n  repeated int64 ids = 4;\n  map<string, string> m = "
    "5;\n"
    "  User operator = 6;\n}\nmessage Empty {}\n");

std::string fault_of_enumeration(const std::string& body) {
  std::size_t seen = 0;
  return fault_of_enumerations("enum class " + body, small_schema, seen);
}
std::string fault_of_use(const std::string& source) {
  std::size_t seen = 0;
  return fault_of_uses(source, small_schema, seen);
}

const std::filesystem::path top = PAPI_SOURCE_DIR;

}  // namespace

TEST(MessageFields, a_wrong_number_name_or_wire_type_is_found) {
  const std::string type = "Field : protozero::pbf_tag_type ";
  EXPECT_EQ(fault_of_enumeration("A" + type + "{ id = 1, name = 3, ids = 4, m = 5, operator_ = 6 };"), "");
  EXPECT_EQ(fault_of_enumeration("A" + type + "{\n  id = 2,\n  name = 3\n};"), "A.id is 1; ");
  EXPECT_EQ(fault_of_enumeration("A" + type + "{ nam = 3 };"), "A.nam is no field; ");
  EXPECT_EQ(fault_of_enumeration("B" + type + "{ id = 1 };"), "B is no message; ");
  EXPECT_EQ(fault_of_use("varint(AField::id) bytes_of(AField::name) bytes_of(AField::m)"), "");
  EXPECT_EQ(fault_of_use("varint(AField::ids) bytes_of(AField::ids)"), "") << "packed or not";
  EXPECT_EQ(fault_of_use("bytes_of(AField::id)"), "bytes_of(AField::id) is of type int64; ");
  EXPECT_EQ(fault_of_use("varint(AField::name)"), "varint(AField::name) is of type string; ");
}

TEST(MessageFields, each_has_the_number_of_the_schema) {
  const Schema schema = read_schema(read_file(top / "proto/webcast.proto"));
  std::size_t seen = 0;
  for (const char* header :
       {"src/live/message_fields.hpp", "src/live/guest_fields.hpp", "src/live/notice_fields.hpp"})
    EXPECT_EQ(fault_of_enumerations(read_file(top / header), schema, seen), "") << header;
  EXPECT_GT(seen, 250u) << "the test reads nothing";
  for (const auto& [name, fields] : schema) {
    const auto common = fields.find("common");
    if (common == fields.end()) continue;
    EXPECT_EQ(common->second.number, 1) << name;
  }
}

TEST(MessageFields, each_is_read_with_its_wire_type) {
  const Schema schema = read_schema(read_file(top / "proto/webcast.proto"));
  std::size_t seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(top / "src/live")) {
    const bool source = entry.path().extension() == ".cpp";
    if (!source || entry.path().stem().string().ends_with("_test")) continue;
    EXPECT_EQ(fault_of_uses(read_file(entry.path()), schema, seen), "") << entry.path().filename();
  }
  EXPECT_GT(seen, 200u) << "the test reads nothing";
}

}  // namespace papi::live::message_fields_test
