-- What was counted in each hour, for reviews of months. `figures` is the JSON of monitoring/hourly_figures.hpp.
CREATE TABLE hourly_metrics (
  hour INTEGER PRIMARY KEY,
  figures TEXT NOT NULL
);
