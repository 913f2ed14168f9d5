-- What was counted in each hour, for reviews of months. `figures` is the JSON of monitoring/hourly_figures.hpp.
CREATE TABLE {schema}.hourly_metrics (
  hour bigint PRIMARY KEY,
  figures text NOT NULL
);
