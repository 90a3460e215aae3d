"""An XLSX workbook of the figures that a plan needs: by crossing, by day, places, totals and orders, with their ranges."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

import polars as pl

from crossings.exporters.bundle import Bundle
from crossings.exporters.states import States, end_of
from crossings.store.tidy import with_dates

Rows = list[list[Any]]
WIDEST = 60
MAX_ROWS = 1_000_000  # of a sheet of Excel, its header aside


def workbook_files(bundle: Bundle) -> dict[str, str | bytes]:
    """``planning.xlsx``: sheets Read me, Crossings, By day, Places, Totals, Orders."""
    import xlsxwriter

    out = io.BytesIO()
    # Text is text: nothing that a scenario says becomes a formula or a link.
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": False}
    )
    title = bundle.scenario.settings.title or bundle.scenario.settings.name
    # A date of its own would make each file another one.
    book.set_properties({"title": title, "comments": "Written by crossings", "created": dt.datetime(2000, 1, 1)})
    looks = {
        "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}),
        "date": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
        "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"}),
        "count": book.add_format({"num_format": "#,##0"}),
        "number": book.add_format({"num_format": "#,##0.0"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
    }
    readme = book.add_worksheet("Read me")
    readme.set_column(0, 0, 24)
    readme.set_column(1, 1, 90, looks["wrap"])
    for k, (name, text) in enumerate(_readme(bundle)):
        readme.write_string(k, 0, name, looks["head"])
        readme.write_string(k, 1, text)
    sheets = [("Crossings", *_crossings(bundle)), ("By day", *_flows(bundle)), ("Places", *_places(bundle)), ("Totals", *_totals(bundle)), ("Orders", *_orders(bundle))]  # fmt: skip
    for name, header, rows in sheets:
        if rows:
            _sheet(book.add_worksheet(name), header, rows, looks)
    book.close()
    return {"planning.xlsx": out.getvalue()}


def _sheet(sheet: Any, header: Sequence[str], rows: Rows, looks: dict[str, Any]) -> None:
    sheet.write_row(0, 0, header, looks["head"])
    for r, row in enumerate(rows[:MAX_ROWS], 1):
        for c, value in enumerate(row):
            if value is None:
                continue
            if isinstance(value, dt.datetime):
                sheet.write_datetime(r, c, value, looks["time"])
            elif isinstance(value, dt.date):
                sheet.write_datetime(r, c, dt.datetime.combine(value, dt.time()), looks["date"])
            elif isinstance(value, (int, float)):
                hours = "hours" in header[c]
                sheet.write_number(r, c, round(value, 2 if hours else 1), looks["number" if hours else "count"])
            else:
                sheet.write_string(r, c, str(value)[:32_000])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, min(len(rows), MAX_ROWS), len(header) - 1)
    for c, name in enumerate(header):
        cells = [len(str(row[c])) for row in rows[:500] if row[c] is not None and not isinstance(row[c], float)]
        sheet.set_column(
            c, c, min(WIDEST, max(12, min(len(name), 16), *cells) if cells else max(12, min(len(name), 16)))
        )


def _readme(bundle: Bundle) -> list[tuple[str, str]]:
    settings = bundle.scenario.settings
    made = bundle.made_by
    spread = (
        "chance, and what the fit leaves open"
        if made.get("fit")
        else "what chance alone does, as if every parameter were known"
    )
    return [
        ("Scenario", settings.title or settings.name),
        ("Period", f"{settings.start:%Y-%m-%d} to {settings.end - dt.timedelta(seconds=1):%Y-%m-%d}, local time, {settings.timezone}"),
        ("Runs", f"seeds {made.get('seeds', '')}, crossings {made.get('version', '')}, scenario {made.get('scenario_hash', bundle.scenario.hash)}"),
        ("Figures", f"Mean over the runs. Low and high are the 5th and 95th percentile of the runs: {spread}."),
        ("Crossings", "A row for each crossing, direction and stream: how many cross in the whole period, the worst day, how many servers are needed."),
        ("By day", "What happens in each period. State: open, limited, partly closed or closed by an order."),
        ("Travellers", "Every traveller is synthetic. Sources and assumptions: SOURCES.md of the scenario."),
    ]  # fmt: skip


def _flows(bundle: Bundle) -> tuple[list[str], Rows]:
    header = ["date", "crossing", "into", "stream", "state"]
    names = ("arrived", "crossed", "turned_away", "reneged", "waiting")
    words = ("arrive", "cross", "turned away", "give up waiting", "wait at the end of the period")
    for word in (*words, "mean wait, hours"):
        header += [word, f"{word}: low", f"{word}: high"]
    columns = [f"{name}_{band}" for name in (*names, "wait_mean_h") for band in ("mean", "p05", "p95")]
    states = States(bundle.scenario)
    flows = with_dates(bundle.table("flows", "xlsx"))
    rows: Rows = []
    for date, crossing, into, stream, *figures in flows.select(
        "date", "crossing", "direction", "stream", *columns
    ).iter_rows():
        first, until = _period(date)
        rows.append([date, crossing, into, stream, states.at(crossing, stream, into, first, until), *figures])
    return header, rows


def _period(date: dt.date | dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    if isinstance(date, dt.datetime):
        return date, date + dt.timedelta(hours=1)
    first = dt.datetime.combine(date, dt.time())
    return first, first + dt.timedelta(days=1)


def _crossings(bundle: Bundle) -> tuple[list[str], Rows]:
    header = [
        "crossing", "name", "into", "stream", "cross in all", "most in a period", "on", "most waiting", "most waiting: high",
        "waiting most on", "longest mean wait, hours", "longest mean wait, hours: high", "most servers needed", "periods closed",
    ]  # fmt: skip
    flows = with_dates(bundle.table("flows", "xlsx"))
    names = {c.id: c.name for c in bundle.scenario.crossings}
    states = States(bundle.scenario)
    rows: Rows = []
    for (crossing, into, stream), table in flows.group_by("crossing", "direction", "stream", maintain_order=True):
        dates = table["date"].to_list()
        closed = sum(states.at(str(crossing), str(stream), str(into), *_period(date)) == "closed" for date in dates)
        busiest, worst = _argmax(table["crossed_mean"]), _argmax(table["waiting_mean"])
        servers = table["servers_needed_mean"].max() if "servers_needed_mean" in table.columns else None
        rows.append(
            [crossing, names.get(str(crossing), ""), into, stream, table["crossed_mean"].sum(),
             None if busiest is None else table["crossed_mean"][busiest], None if busiest is None else dates[busiest],
             None if worst is None else table["waiting_mean"][worst], None if worst is None else table["waiting_p95"][worst],
             None if worst is None else dates[worst], table["wait_mean_h_mean"].max(), table["wait_mean_h_p95"].max(),
             servers, closed]
        )  # fmt: skip
    return header, rows


def _argmax(values: pl.Series) -> int | None:
    """Where the largest value stands; None where nothing is above 0."""
    filled = values.fill_null(0.0).fill_nan(0.0)
    at = filled.arg_max()
    return at if at is not None and filled[at] > 0 else None


def _places(bundle: Bundle) -> tuple[list[str], Rows]:
    header = ["place", "name", "room", *(f"most there{end}" for end in ("", ": low", ": high")), "on"]
    header.append("first day over its room")
    if "places" not in bundle.tables:
        return header, []
    names = {place.id: place.name for place in bundle.scenario.places}
    rows: Rows = []
    for (place,), table in with_dates(bundle.tables["places"]).group_by("place", maintain_order=True):
        most = _argmax(table["present_mean"])
        if most is None:
            continue
        room = table["capacity"][0]
        over = [d for d, n in zip(table["date"], table["present_mean"], strict=True) if room is not None and n is not None and n > room]  # fmt: skip
        figures = [table[f"present_{band}"][most] for band in ("mean", "p05", "p95")]
        rows.append([place, names.get(str(place), ""), room, *figures, table["date"][most], over[0] if over else None])
    return header, rows


def _totals(bundle: Bundle) -> tuple[list[str], Rows]:
    if "totals" not in bundle.tables:
        return ["stream"], []
    table = bundle.tables["totals"]
    keys = [name for name in ("stream", "origin") if name in table.columns]
    columns = [c for c in table.columns if c.endswith(("_mean", "_p05", "_p95"))]
    words = {"mean": "", "p05": ": low", "p95": ": high"}
    header = keys + [c.rsplit("_", 1)[0].replace("_", " ") + words[c.rsplit("_", 1)[1]] for c in columns]
    return header, [list(row) for row in table.select(*keys, *columns).iter_rows()]


def _orders(bundle: Bundle) -> tuple[list[str], Rows]:
    header = ["order", "kind", "value", "crossings", "roads", "places", "into", "streams", "announced", "from", "until", "source", "time is an estimate"]  # fmt: skip
    rows: Rows = [
        [o.order, o.kind, o.value, ", ".join(o.crossings), ", ".join(o.roads), ", ".join(o.places), o.direction or "both",
         ", ".join(o.streams) or "all", o.announced or o.from_, o.from_, end_of(o, bundle.scenario), o.source, "yes" if o.estimated else "no"]
        for o in bundle.scenario.closures
    ]  # fmt: skip
    return header, rows
