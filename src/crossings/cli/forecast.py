"""The command forecast: what comes next, from counts and orders alone, or from a fit of a scenario."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import crossings as cx
from crossings.cli.backtest import horizon_of
from crossings.cli.fit import UnderOrders, problem_of
from crossings.cli.formatting import median, numbers, print_json, print_line, print_note, print_table, texts
from crossings.cli.option_groups import reads_tables
from crossings.cli.options import Json, argument, check_new, option, setting
from crossings.cli.progress import compiled
from crossings.errors import InputError
from crossings.io.faults import counted

if TYPE_CHECKING:
    from crossings.forecasting.ahead import CountForecast

SHOWN = 31  # periods in a table


@reads_tables
def forecast(
    directory: Annotated[
        str,
        argument(
            "DIR", "A folder with counts.csv, crossings.csv and closures.csv, or a scenario; with --fit a scenario."
        ),
    ],
    fit_folder: Annotated[
        Path | None,
        option(
            "--fit",
            "A folder that crossings fit wrote: what that fit expects  [default: from counts and orders alone].",
            "DIR",
        ),
    ] = None,
    until: Annotated[
        str | None,
        option("--until", "Without --fit: use what was published by the end of this day  [default: all].", "DATE"),
    ] = None,
    horizon: Annotated[
        str | None,
        option(
            "--horizon",
            "Without --fit: how far ahead, such as 30d or 3mo  [default: 30d; 3mo of monthly counts]",
            "TIME",
        ),
    ] = None,
    first: Annotated[
        str | None, option("--from", "With --fit: first local day  [default: the day after the fit's last].", "DATE")
    ] = None,
    given: Annotated[
        UnderOrders | None,
        option(
            "--given",
            "With --fit: later: under all orders; then: under those known by the fit's last day  [default: later].",
            "then|later",
        ),
    ] = None,
    pool: Annotated[
        bool, setting("--pool", "With --fit: in equal parts with counts of days at open crossings.")
    ] = False,
    out: Annotated[Path | None, option("--out", "Write the table to this new CSV file.", "FILE")] = None,
    as_json: Json = False,
) -> None:
    """What will be counted at each crossing and in total, adjusted to every count published by then; or what a fit expects."""
    check_new(out)
    if fit_folder is None:
        for name, there, instead in (
            ("--from", first is not None, "write --until"),
            ("--given", given is not None, "leave it out"),
            ("--pool", pool, "leave it out"),
        ):
            if there:
                raise InputError(name, "goes with --fit", f"{instead}, or add --fit")
        _from_counts(directory, until, horizon, out, as_json)
        return
    for name, value in (("--until", until), ("--horizon", horizon)):
        if value is not None:
            raise InputError(name, "goes without --fit", "write --from, or leave --fit out")
    _from_fit(directory, fit_folder, first, given or "later", pool, out, as_json)


def _from_counts(directory: str, until: str | None, horizon: str | None, out: Path | None, as_json: bool) -> None:
    from crossings.forecasting.ahead import ahead
    from crossings.forecasting.atlas import priors_for
    from crossings.forecasting.history import read_when
    from crossings.forecasting.judging import open_episode

    day = None
    if until is not None:
        try:
            day = read_when(until, end=True)
        except (ValueError, OverflowError):
            raise InputError("--until", f"'{until[:40]}' is not a date", "write YYYY-MM-DD") from None
    learned, episode = priors_for(open_episode(Path(directory)))
    found = ahead(episode, day, horizon_of(horizon), learned)
    if out is not None:
        import polars as pl

        from crossings.io.disk import write_file

        write_file(out, pl.DataFrame(found.rows).write_csv())
    if as_json:
        print_json({"name": episode.id} | found.to_json())
        return
    _print(episode.id, found)


def _print(name: str, found: CountForecast) -> None:
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in found.rows:
        groups.setdefault((row["stream"], row["direction"], row["unit"]), []).append(row)
    note = (
        "Median (5th to 95th percentile). Each crossing and the total of all are forecast from their own counts, so medians need not add up. "
        f"Used: what was published by {_shown(found.origin)}; the last count ends {_shown(found.last)}."
    )
    for (stream, direction, unit), rows in groups.items():
        heads = list(dict.fromkeys(r["crossings"] for r in rows if not r["total"]))
        total = next((r["crossings"] for r in rows if r["total"]), None)
        cells: dict[tuple[str, str], dict[str, str]] = {}
        for r in rows:
            rounded = {q: round(r[q]) for q in ("p05", "p50", "p95")}
            cells.setdefault((r["from"], r["until"]), {})[r["crossings"]] = median(rounded)
        columns = numbers(*heads, *([f"all {total.count(';') + 1}"] if total else []))
        order = heads + ([total] if total else [])
        periods = sorted(cells)
        lines = [[_period(*at), *(cells[at].get(h, "-") for h in order)] for at in periods[:SHOWN]]
        more = f" {counted(len(periods) - SHOWN, 'later period')}: --json or --out." if len(periods) > SHOWN else ""
        print_table(f"{name}: {stream}, {direction}, {unit}", [*texts("period"), *columns], lines, note=more.strip())
    if found.rows:
        print_note(note)
    else:
        print_line("Nothing can be forecast: no series has a count that was published by then.")
    for line in found.notes:
        print_note(line)


def _shown(when: dt.datetime) -> str:
    return (
        (when - dt.timedelta(days=1)).date().isoformat()
        if when.time() == dt.time()
        else when.isoformat(" ", timespec="minutes")
    )


def _period(start: str, end: str) -> str:
    a, b = dt.datetime.fromisoformat(start), dt.datetime.fromisoformat(end)
    if a.time() == b.time() == dt.time() and b > a:
        last = b - dt.timedelta(days=1)
        return str(a.date()) if last == a else f"{a.date()} to {last.date()}"
    return f"{a:%Y-%m-%d %H:%M}" + (
        "" if a == b else f" to {b:%H:%M}" if a.date() == b.date() else f" to {b:%Y-%m-%d %H:%M}"
    )


def _from_fit(
    scenario: str, fit_folder: Path, first: str | None, given: UnderOrders, pool: bool, out: Path | None, as_json: bool
) -> None:
    """What a fit expects at each crossing, day by day, with the spread of its draws, of groups and of days."""
    found, problem = problem_of(fit_folder, scenario)
    day: Any = first
    if day is None:
        if found.until is None:
            raise InputError("--from", "is needed, as the fit used every count", "write a date")
        day = dt.date.fromisoformat(found.until) + dt.timedelta(days=1)
    compiled("likelihoods")
    ahead = cx.forecast(found, problem, day, given=given, pool=pool)
    table = ahead.table()
    if out is not None:
        from crossings.io.disk import write_file

        write_file(out, table.write_csv())
    if as_json:
        rows = [r | {"date": r["date"].isoformat()} for r in table.to_dicts()]
        print_json({"made_by": ahead.made_by, "totals": ahead.totals().to_dicts(), "rows": rows})
        return
    busy = [r for r in ahead.totals().to_dicts() if r["p95"] > 0]
    whole = [[r["stream"], r["crossing"], median(r)] for r in busy]
    columns = [*texts("stream", "crossing"), *numbers("people taken in")]
    print_table(f"From {ahead.first} to the end, in all", columns, whole)
    names = [r["crossing"] for r in busy]
    by_day: dict[Any, dict[str, str]] = {}
    for r in table.to_dicts():
        by_day.setdefault(r["date"], {})[r["crossing"]] = median(r) if r["p95"] > 0 else "0"
    lines = [[str(date), *(cells.get(n, "-") for n in names)] for date, cells in by_day.items()]
    print_table(
        "Day by day",
        [*texts("date"), *numbers(*names)],
        lines,
        note=f"Median (5th to 95th percentile) of {counted(ahead.made_by['draws'], 'draw')}{', half of them climatology' if pool else ''}, {'all orders as written' if given == 'later' else 'orders known by the last day learned from'}.",
    )
