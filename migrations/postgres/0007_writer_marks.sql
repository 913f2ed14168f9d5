-- Each transaction of the writer leaves its number here, under the name of its connection. So it is known
-- afterwards whether a commit whose answer was lost has happened.
CREATE TABLE {schema}.writer_marks (
  connection text PRIMARY KEY,
  number bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
