"""The tables that `crossings validate` prints: of one Flee directory, or of several beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crossings.cli.formatting import numbers, print_table, texts
from crossings.io.faults import counted

if TYPE_CHECKING:
    from crossings.measures.camp_error import Validation

NAIVE = {
    "capacity": "split by capacity",
    "day0": "split as on day 0",
    "equal": "split alike",
    "nearest": "all to the nearest camp",
}
NOTE = (
    "error: averaged relative difference (ARD): sum over camps of |simulated - counted| over the people "
    "counted, mean of the days after day 0; beside it the lowest and highest seed. Totals and mostly "
    "capacities come from the counts that are scored, so it says how well people are allocated, not how "
    "many come."
)
SCORES = numbers("CRPS", "last", "better by", "50 % range", "90 % range")
HEADS = ("people", "error", "of seeds", "rescaled", "halves", "capacity", "day 0", "alike", "nearest", "s")
MORE = (
    "rescaled: with each day's total as counted. halves: first and second half of the days. capacity, "
    "day 0, alike, nearest: errors of splits by capacity, as on day 0, alike, all to the nearest camp. "
    "s: seconds of building and one run."
)


AHEAD = (
    "CRPS as a share of the mean count, lower is better; last: as last counted, with its errors in\n"
    "other cases. 50 %, 90 % range: how many counts it holds; it is as wide as errors in other cases\n"
    "were. Known at each origin: counts published by then, conflict and closures of that day."
)


def print_ahead(found: dict[str, Any]) -> None:
    """Rolling forecasts: means over the cases by lead, and each case."""
    rows = [
        [f"{row['lead_days']}", f"{row['n']}", *_scores(row), f"{row['ahead']} of {row['cases']}"]
        for row in found["by_lead"]
    ]
    heads = [*numbers("days ahead", "forecasts"), *SCORES]
    title = "Forecasts at rolling origins, mean of the cases by lead"
    print_table(title, [*heads, *numbers("better on")], rows, note=AHEAD, empty="no count lies so far ahead")
    cases = [
        [one["id"], f"{part['lead_days']}", f"{part['n']}", *_scores(part)]
        for one in found["episodes"]
        for part in one["by_lead"]
        if part["n"]
    ]
    if len(found["episodes"]) > 1 and cases:
        print_table("Each case", [*texts("case"), *heads], cases)


def _scores(part: dict[str, Any]) -> list[str]:
    naive = part["crps_naive"]["as last counted"]
    skill = "-" if part["skill"] is None else f"{part['skill']:+z.0%}"
    return [f"{part['crps']:.3f}", f"{naive:.3f}", skill, *(f"{part['coverage'][share]:.0%}" for share in ("50", "90"))]


def print_one(found: Validation) -> None:
    """The error of one case and its parts, the naive splits beside it, and what each camp adds."""
    case = found.case
    first, second = found.halves
    rows = [
        [f"crossings, {_seeds(found)}", _error(found)],
        ["    first half of the days", f"{first:.3f}"],
        ["    second half", f"{second:.3f}"],
        ["    with each day's total as counted", f"{found.ard_rescaled:.3f}"],
        ["    90 % range of counts, by other cases, holds", f"{found.held:.0%}"],
    ]
    rows += [[NAIVE.get(name, name), _or_dash(value)] for name, value in found.naive.items()]
    title = f"{case.name}: {counted(case.days, 'day')}, {case.people:,} people, {counted(len(case.camps), 'camp')}; {_limits(found)}"
    note = f"{NOTE}\nReading, building and one run took {found.seconds:.2f} s"
    print_table(title, [*texts("what"), *numbers("error")], rows, note=note)
    camps = [[camp, f"{value:.3f}"] for camp, value in sorted(found.by_camp.items(), key=lambda item: -item[1])]
    print_table("What each camp adds to the error", [*texts("camp"), *numbers("error")], camps)


def print_many(found: Sequence[Validation]) -> None:
    """One table with a row for each case."""
    rows = []
    for one in found:
        halves = " ".join(f"{value:.2f}" for value in one.halves)
        scores = [f"{one.ard:.3f}", f"{one.ards.min():.3f}-{one.ards.max():.3f}", f"{one.ard_rescaled:.3f}", halves]
        naive = [_or_dash(one.naive[name]) for name in NAIVE]
        rows.append([one.case.name, f"{one.case.people:,}", *scores, *naive, f"{one.seconds:.2f}"])
    columns = [*texts("case"), *numbers(*HEADS)]
    print_table(f"{_seeds(found[0])}; {_limits(found[0])}", columns, rows, note=f"{NOTE}\n{MORE}")


def _seeds(found: Validation) -> str:
    return f"{len(found.runs)} seed{'s' if len(found.runs) > 1 else ''}"


def _limits(found: Validation) -> str:
    room = "no capacities" if found.capacity_scaling is None else f"capacities x {found.capacity_scaling:g}"
    return room if found.persons == 1 else f"{room}, {found.persons:g} persons in one traveller"


def _error(found: Validation) -> str:
    low, high = found.ards.min(), found.ards.max()
    mean = f"{found.ard:.3f}"
    return mean if len(found.runs) == 1 else f"{mean} ({low:.3f}-{high:.3f})"


def _or_dash(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
