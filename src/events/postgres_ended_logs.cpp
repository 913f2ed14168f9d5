#include "events/postgres_ended_logs.hpp"

namespace papi::events {

Task<Result<void>> prepare_ended_logs(postgres::Pool& pool, const postgres::Schema& schema,
                                      std::int64_t most) {
  postgres::Segment forget;
  forget.emplace_back(
      "forget_ended_logs",
      schema.qualify(
          "DELETE FROM {schema}.ended_logs AS l WHERE NOT EXISTS (SELECT FROM {schema}.sessions AS "
          "s WHERE s.session_id = l.session_id) AND ended_at < (SELECT ended_at FROM "
          "{schema}.ended_logs ORDER BY ended_at DESC LIMIT 1 OFFSET $1)"),
      most - 1);
  if (auto forgotten = co_await pool.ask(std::move(forget)); !forgotten)
    co_return forgotten.error().for_operator();
  co_return Result<void>();
}

}  // namespace papi::events
