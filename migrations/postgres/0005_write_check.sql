-- The row that the readiness check writes.
CREATE TABLE {schema}.write_check (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  written_at bigint NOT NULL
) WITH (fillfactor = 50);
