"""Tables in long form: a row for each number, so that results of every kind can be put one under another."""

from __future__ import annotations

import polars as pl

__all__ = ["STATISTICS", "long_form"]

STATISTICS = ("mean", "p05", "p50", "p95")


def long_form(table: pl.DataFrame, scenario: str) -> pl.DataFrame:
    """A table with columns such as ``crossed_mean`` as rows: scenario, the table's keys, measure, statistic, value.

    A column ``date`` becomes a date, or by hour ``time``; rows without a value are left out.
    """
    columns = [name for name in table.columns if name.rpartition("_")[2] in STATISTICS]
    plain = [name for name in table.columns if name not in columns and table.schema[name] == pl.String]
    named = "measure" in plain  # then the rows name what they measure, and the columns are its statistics alone
    keys = [name for name in plain if name != "unit"]
    long = table.select(*keys, *columns).unpivot(columns, index=keys, variable_name="column").drop_nulls("value")
    parts = pl.col("column").str.extract_groups(r"^(?<of>.*)_(?<statistic>[a-z0-9]+)$")
    long = long.with_columns(parts.alias("parts")).unnest("parts")
    long = long.with_columns(scenario=pl.lit(scenario), measure=pl.col("measure" if named else "of"))
    if "date" in keys:
        hourly = long["date"].str.contains("T", literal=True).any()
        when = pl.col("date").str.to_datetime() if hourly else pl.col("date").str.to_date()
        long = long.with_columns(when.alias("time" if hourly else "date"))
        keys = ["time" if hourly and name == "date" else name for name in keys]
    keys = [name for name in keys if name != "measure"]
    return long.select("scenario", *keys, "measure", "statistic", "value")
