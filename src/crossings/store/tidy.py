"""Tables in long form: a row for each number, so that results of every kind can be put one under another."""

from __future__ import annotations

import polars as pl

STATISTICS = ("mean", "p05", "p50", "p95")


def with_dates(table: pl.DataFrame) -> pl.DataFrame:
    """A table whose dates are dates: days, or local times where it is by hour."""
    if "date" not in table.columns or table.schema["date"] != pl.String:
        return table
    hours = bool(table["date"].str.contains("T").any())
    date = pl.col("date").str.to_datetime("%Y-%m-%dT%H:%M") if hours else pl.col("date").str.to_date("%Y-%m-%d")
    return table.with_columns(date)


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
    long = with_dates(long)
    if "date" in keys and long.schema["date"] == pl.Datetime:
        long, keys = long.rename({"date": "time"}), ["time" if name == "date" else name for name in keys]
    keys = [name for name in keys if name != "measure"]
    return long.select("scenario", *keys, "measure", "statistic", "value")
