#pragma once

#include "live/gift_store.hpp"
#include "platform/postgres/schema.hpp"
#include "platform/postgres/writer.hpp"

namespace papi::live {

/// Keeps the gifts in PostgreSQL. Everything runs on the writer, so that load() sees all saves before it. The
/// writer must outlive it.
class PostgresGiftStore final : public GiftStore {
 public:
  PostgresGiftStore(postgres::Writer& writer, const postgres::Schema& schema)
      : writer_(writer), schema_(schema) {}

  Task<Result<Known>> load(Executor executor) override;
  Task<Result<void>> save(Executor executor, Known known) override;

 private:
  postgres::Writer& writer_;
  const postgres::Schema schema_;
};

}  // namespace papi::live
