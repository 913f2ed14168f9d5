#include "platform/postgres/writer_marks.hpp"

namespace papi::postgres {
namespace {

WriterMarks::Make statement(const char* name, std::string sql) {
  return [name, sql = std::move(sql)](const std::string& connection, std::int64_t number) {
    return Statement(name, sql, connection, number);
  };
}

}  // namespace

WriterMarks marks_in(const Schema& schema) {
  return {
      statement("leave_mark",
                schema.qualify("INSERT INTO {schema}.writer_marks (connection, number) VALUES ($1, $2) ON "
                               "CONFLICT (connection) DO UPDATE SET number = excluded.number, at = now()")),
      statement("look_for_mark", schema.qualify("SELECT EXISTS (SELECT FROM {schema}.writer_marks WHERE "
                                                "connection = $1 AND number = $2)"))};
}

Statement forget_old_marks(const Schema& schema) {
  return Statement("forget_old_marks",
                   schema.qualify("DELETE FROM {schema}.writer_marks WHERE at < now() - interval '1 day'"));
}

}  // namespace papi::postgres
