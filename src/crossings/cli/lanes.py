"""The command lanes: servers and service times of controls from published counts and waits."""

from __future__ import annotations

import dataclasses
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import crossings as cx
from crossings.cli.formatting import numbers, print_json, print_line, print_notes, print_table, texts
from crossings.cli.observe_output import ELSEWHERE, check_target
from crossings.cli.option_groups import reads_tables
from crossings.cli.options import Json, argument, in_range, option, setting
from crossings.errors import InputError

if TYPE_CHECKING:
    from crossings.observations.observed_waits import Estimate
    from crossings.scenario import Observation


@reads_tables
def lanes(
    waits: Annotated[list[Path], argument("WAITS...", "Files of waits, as observe cbp writes them.")],
    counts: Annotated[list[Path] | None, option("--counts", "Observations, as observe writes them.", "CSV")] = None,
    scenario: Annotated[str | None, option("--scenario", "Take the counts of this scenario.", "NAME")] = None,
    servers: Annotated[int | None, option("--servers", "Number of servers where no report says it.", "N")] = None,
    cv: Annotated[float, setting("--cv", "Coefficient of variation of the service time.", "X")] = 1.0,
    busy_min: Annotated[
        float, setting("--busy-min", "Waits of so many minutes or more mean that the control is never idle.", "N")
    ] = 15.0,
    lane: Annotated[str, setting("--lane", "The kind of lane whose waits are used.", "NAME")] = "standard",
    to: Annotated[Path | None, option("--to", "Write rows of lanes.csv to this new file.", "CSV")] = None,
    as_json: Json = False,
) -> None:
    """Estimate how many are served at once and how long one takes, with intervals, from counts and waits at a crossing."""
    in_range("--servers", servers, 1, 1000)
    in_range("--cv", cv, 0, 10)
    in_range("--busy-min", busy_min, 0, 100_000)
    check_target(to, append=False)
    if not counts and scenario is None:
        raise InputError("--counts", "there are no counts", "name a file of observations, or a --scenario")
    from crossings.importers.counts import read_waits
    from crossings.io.faults import Faults
    from crossings.observations.observed_waits import estimate

    faults = Faults()
    reports = [wait for path in waits for wait in read_waits(path, faults)]
    faults.stop()
    rows, how = _counts(counts or [], scenario)
    found, notes = estimate(rows, reports, servers=servers, cv=cv, busy_min=busy_min, lane=lane)
    notes = [*how, *notes]
    if to is not None and found:
        _write(to, found, cv)
    print_notes(notes)
    if as_json:
        print_json({"lanes": [_plain(one) for one in found]})
        return
    _show(found)
    if to is not None:
        made = (
            "written; the rows go into lanes.csv of a scenario" if found else "not written: there is nothing to write"
        )
        print_line(f"{to}: {made}")


def _counts(files: list[Path], scenario: str | None) -> tuple[list[Observation], list[str]]:
    """The counts, and how files of them were read."""
    from crossings.importers.observations import read_observations

    read = [read_observations(path) for path in files]
    own = cx.Scenario.read(scenario).observations if scenario is not None else ()
    return [*(row for rows, _ in read for row in rows), *own], [note for _, notes in read for note in notes]


def _write(to: Path, found: list[Estimate], cv: float) -> None:
    from crossings.io.disk import write_file
    from crossings.observations.observed_waits import to_lane
    from crossings.scenario import Lane, table_text

    blind = [one for one in found if not re.fullmatch("[A-Z]{2,3}", one.direction)]
    if blind:
        what = f"{blind[0].crossing}: neither waits nor counts say which country is entered"
        raise InputError("direction", what, "fill the column direction of the file of waits")
    write_file(to, table_text([to_lane(one, cv) for one in found], Lane), ELSEWHERE, make_folder=False)


def _plain(one: Estimate) -> dict[str, object]:
    def finite(value: object) -> object:
        if isinstance(value, tuple):
            return [finite(item) for item in value]
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return {key: finite(value) for key, value in dataclasses.asdict(one).items()}


def _show(found: list[Estimate]) -> None:
    columns = [*texts("crossing", "into", "stream"), *numbers("served an hour", "servers"), *texts("known by")]
    columns += [*numbers("minutes for one"), *texts("hours"), *numbers("counts")]
    rows = [
        [
            one.crossing,
            one.direction or "-",
            one.stream,
            _interval(one.capacity_per_h, one.capacity_interval),
            str(one.servers) + (f" ({low}-{high})" if low != high else ""),
            one.servers_by,
            _interval(one.service_min, one.service_interval),
            one.method,
            str(one.periods),
        ]
        for one in found
        for low, high in [one.servers_interval]
    ]
    note = "estimate (95% interval); minutes for one unit counted. What counts in a queue is servers / minutes"
    note = note if found else ""
    print_table("Lanes from counts and waits", columns, rows, note=note, empty="nothing could be estimated")


def _interval(value: float, ends: tuple[float, float]) -> str:
    return f"{value:.3g} ({ends[0]:.3g}-{ends[1]:.3g})" if math.isfinite(ends[1]) else f"{value:.3g} ({ends[0]:.3g}-)"
