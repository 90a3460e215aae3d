"""Checks of how large a run would be: what would take all memory, or for ever, is refused before it starts."""

from __future__ import annotations

import math

from crossings.io.faults import counted
from crossings.scenario.opening_hours import OpeningHours
from crossings.scenario.validate.index import Index

MAX_TRAVELLERS = 200_000_000  # some 40 GB
MANY_TRAVELLERS = 20_000_000
MAX_GROUPS = 65_535  # the number of a traveller's stream and destination has 16 bits
MAX_ROAD_HOURS = 1_000_000  # no journey can be longer, so that times stay within 64 bits
MAX_OPENINGS = 1_000_000
MAX_CHANGES = 1000
MAX_CELLS = 500_000_000  # steps times what is noted at each


def check_size(index: Index) -> None:
    """Travellers and their groups, hours of driving, opening periods, changes of the roads, and steps of the board."""
    if index.draft.sheet is None:
        return
    _check_travellers(index)
    _check_groups(index)
    _check_driving(index)
    _check_changes(index)
    if index.draft.sheet.ok("start") and index.draft.sheet.ok("end") and index.draft.sheet.ok("drain_days"):
        _check_openings(index)
        _check_steps(index)


def _check_travellers(index: Index) -> None:
    expected = _expected(index)
    if expected > MANY_TRAVELLERS:
        what = f"about {counted(round(expected), 'traveller')} in one run"
        refused = expected > MAX_TRAVELLERS
        what += f" are more than the {MAX_TRAVELLERS:,} that are accepted" if refused else " need much time and memory"
        index.draft.faults.add("demand.csv", what, "use larger units or fewer days", warning=not refused)


def _check_groups(index: Index) -> None:
    groups = {(row.value.stream, row.value.destination or "") for row in index.draft.demand.rows}
    groups |= {(row.value.stream, "") for row in index.draft.stocks.rows}
    if len(groups) > MAX_GROUPS:
        what = f"{counted(len(groups), 'pair')} of a stream and a destination"
        index.draft.faults.add("demand.csv", what, f"at most {MAX_GROUPS:,} are accepted; join destinations")


def _expected(index: Index) -> float:
    settings = index.draft.settings
    total = float(sum(row.value.initial for row in index.draft.stocks.rows))
    for row in index.draft.demand.rows:
        first = max(row.value.from_, settings.start.date())
        last = min(row.value.until, settings.end.date())
        total += row.value.per_day * max((last - first).days + 1, 0)
    return total


def _check_driving(index: Index) -> None:
    roads = [row.value for row in index.draft.roads.rows if row.ok("km", "hours", "speed_kmh")]
    for speed in {stream.speed_kmh for stream in index.streams.values()} | {None}:
        hours = 0.0
        for road in roads:
            own = road.hours if road.hours is not None else road.km / road.speed_kmh if road.speed_kmh else 0.0
            hours += max(own, road.km / speed) if speed else own
        if hours > MAX_ROAD_HOURS:
            at = f" at {speed:g} km/h" if speed else ""
            what = f"to drive every road once would take {hours:,.0f} hours{at}"
            index.draft.faults.add("roads.csv", what, f"at most {MAX_ROAD_HOURS:,} are accepted; check km and hours")
            return


def _check_changes(index: Index) -> None:
    times = {
        when
        for row in index.draft.closures.rows
        if row.value.roads or row.value.places
        for when in (row.value.from_, row.value.until)
    }
    if len(times) > MAX_CHANGES:
        what = f"roads and places close or open at {counted(len(times), 'time')}"
        index.draft.faults.add("closures.csv", what, f"at most {MAX_CHANGES:,} times are accepted")


def _days(index: Index) -> float:
    settings = index.draft.settings
    return (settings.end - settings.start).total_seconds() / 86_400 + settings.drain_days


def _check_openings(index: Index) -> None:
    """Each lane has so many opening periods a day, and hours rows may cut each of them."""
    a_day = 0
    for row in index.draft.lanes.rows:
        if row.ok("hours") and not row.value.hours.startswith("24/7"):
            a_day += _ranges(row.value.hours)
    for closure in index.draft.closures.rows:
        if closure.value.kind == "hours" and closure.ok("kind", "value"):
            a_day += _ranges(closure.value.value) * max(1, len(closure.value.crossings))
    openings = a_day * max(0.0, _days(index))
    if openings > MAX_OPENINGS:
        what = f"about {counted(round(openings), 'opening period')} in one run"
        index.draft.faults.add(
            "lanes.csv", what, f"at most {MAX_OPENINGS:,} are accepted; use simpler hours or fewer days"
        )


def _ranges(text: str) -> int:
    try:
        return max(len(day) for day in OpeningHours.parse(text).week)
    except ValueError:
        return 0


def _check_steps(index: Index) -> None:
    settings, sheet = index.draft.settings, index.draft.sheet
    if sheet is None or not sheet.ok("step_min"):
        return
    steps = math.ceil(max(0.0, _days(index)) * 1440 / settings.step_min)
    cells = steps * (8 * len(index.streams) + 2 * len(index.draft.places.rows))
    if cells > MAX_CELLS:
        what = f"{counted(steps, 'step')} of the board, with {counted(len(index.draft.places.rows), 'place')} to note at each"
        index.draft.faults.add(sheet.where("step_min"), what, "use a longer step_min or fewer days")
