"""A question put to a scenario without a file: these crossings close, with so many officers at those.

The two scenarios that are compared know what could be known on the day of the announcement: later orders are in neither.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Iterable, Mapping, Sequence

from crossings.errors import Fault, InputError, unknown
from crossings.scenario.as_of import consistent
from crossings.scenario.clock import spoken
from crossings.scenario.entities import Closure, Lane
from crossings.scenario.scenario import Scenario

WHAT_IF = "what-if"
"""The name of the order that is tried, where the scenario has none of that name."""
TRIED = "tried"
"""The source of its rows."""
CALLED = {"slowed": "slow", "deterrent": "deter", "closed": "close"}
"""Kind of a row → the argument that asks for it, where it has another name."""


def what_if(
    scenario: Scenario,
    *,
    close: Sequence[str] = (),
    begins: dt.datetime,
    until: dt.datetime | None = None,
    announced: dt.datetime | None = None,
    streams: Sequence[str] = (),
    officers: Mapping[str, int] | None = None,
    hours: Mapping[str, str] | None = None,
    quota: Mapping[str, str] | None = None,
    part: Mapping[str, str] | None = None,
    slow: Mapping[str, str] | None = None,
    deter: Mapping[str, str] | None = None,
) -> tuple[Scenario, Scenario]:
    """The scenario as it stands on the day of the announcement, and the same with what is tried.

    Parameters
    ----------
    close
        Ids of crossings that close.
    begins, until, announced
        Local times: when it takes effect, when it ends (None: until further notice), when it becomes known (None: when it
        takes effect).
    streams
        Groups concerned; none named: all.
    officers
        Crossing → officers (servers) at its entry control from ``begins`` on.
    hours, quota
        Crossing → opening hours, or units a day, from ``begins`` on.
    part, slow, deter
        Crossing → the share of its capacity that is left; how many times as long service takes, or ``+15 min``; the share of
        travellers that is kept away, or as how many hours of waiting it counts.

    Returns
    -------
    tuple of Scenario
        Without, and with what is tried.

    Raises
    ------
    InputError
        For an unknown crossing or group, an instant outside the scenario, an end or an announcement that does not fit the
        beginning, a value that is not accepted, or when nothing is tried. Each fault names the argument.

    Examples
    --------
    >>> border = Scenario.read("two-crossings")
    >>> base, tried = what_if(border, close=["hill"], begins=border.settings.start + dt.timedelta(days=1))
    >>> [row.order for row in tried.closures][-1]
    'what-if'
    """
    officers = officers or {}
    slow = {crossing: f"x{value}" if value[:1].isdigit() else value for crossing, value in (slow or {}).items()}
    kinds = {"hours": hours or {}, "quota": quota or {}, "part": part or {}, "slowed": slow, "deterrent": deter or {}}
    _check_names(
        scenario, {"close": close, "officers": officers, **{CALLED.get(k, k): v for k, v in kinds.items()}}, streams
    )
    check_times(scenario, begins, until, announced)
    if not (close or officers or any(kinds.values())):
        what = "name crossings to close, officers, hours, a quota, a part, a slowing or a deterrent"
        raise InputError("what if", "nothing is tried", what)
    known = announced or begins
    # What is announced later is not known yet, so it is no part of the question.
    rows = consistent([row for row in scenario.closures if (row.announced or row.from_) < known])
    # Claims are about orders of the scenario, which may not be in it any more.
    base = dataclasses.replace(scenario, closures=rows, written=rows, claims=())
    order = free_order(scenario)

    def row(number: int, crossings: tuple[str, ...], kind: str, value: str = "") -> Closure:
        return Closure(
            id=f"{order}-{number}",
            order=order,
            crossings=crossings,
            streams=tuple(streams),
            announced=announced,
            from_=begins,
            until=until,
            kind=kind,
            value=value,
            source=TRIED,
        )

    wanted = [(tuple(close), "closed", "")] if close else []
    wanted += [((c,), kind, v) for kind, given in kinds.items() for c, v in given.items()]
    try:
        tried = base.with_closures(row(n, *parts) for n, parts in enumerate(wanted, 1))
    except InputError as error:
        told = {f"closures: {order}-{n}": parts for n, parts in enumerate(wanted, 1)}
        raise InputError([_of_argument(fault, told) for fault in error.faults]) from None
    return base, with_officers(tried, officers, begins) if officers else tried


def free_order(scenario: Scenario) -> str:
    """The name of an order that is tried: `WHAT_IF`, with a number where the scenario has such an order already."""
    taken = {name for row in scenario.written for name in (row.order, row.id, row.id.rpartition("-")[0])}
    return next(name for n in itertools.count(1) if (name := WHAT_IF if n == 1 else f"{WHAT_IF} {n}") not in taken)


def with_officers(
    scenario: Scenario, officers: Mapping[str, int], begins: dt.datetime, streams: Sequence[str] = ()
) -> Scenario:
    """The scenario with so many officers at the entry control of each lane of a crossing from a local time on; streams: of the
    lanes that serve one of these groups (none named: all).

    Raises `InputError` for a crossing without an entry control, or a number that is not accepted.
    """
    lanes: list[Lane] = []
    changed: set[str] = set()
    for lane in scenario.lanes:
        concerned = lane.crossing in officers and lane.side == "entry"
        concerned = concerned and (not streams or not lane.streams or not set(streams).isdisjoint(lane.streams))
        if not concerned or (lane.valid_until is not None and lane.valid_until <= begins):
            lanes.append(lane)
            continue
        changed.add(lane.crossing)
        if lane.valid_from is None or lane.valid_from < begins:
            lanes.append(lane.model_copy(update={"valid_until": begins}))
            lane = lane.model_copy(update={"valid_from": begins, "id": f"{lane.id}-{WHAT_IF}"})
        lanes.append(lane.model_copy(update={"servers": officers[lane.crossing]}))
    for crossing in officers:
        if crossing not in changed:
            raise InputError("officers", f"'{crossing}' has no entry control then", "name a crossing that has lanes")
    return scenario._sound(dataclasses.replace(scenario, lanes=tuple(lanes)), "with other officers")


def _check_names(scenario: Scenario, named: Mapping[str, Iterable[str]], groups: Sequence[str]) -> None:
    """Refuse unknown names; named: argument → the crossings that it names."""
    known = [c.id for c in scenario.crossings]
    faults = [fault for argument, ids in named.items() for fault in unknown(argument, "crossing", ids, known)]
    faults += unknown("groups", "group", groups, list(scenario.settings.streams))
    if faults:
        raise InputError(faults)


def check_times(
    scenario: Scenario, begins: dt.datetime, until: dt.datetime | None, announced: dt.datetime | None
) -> None:
    """Refuse an order that begins outside the scenario, ends before it begins, or is announced after it begins."""
    start, end = scenario.settings.start, scenario.settings.end
    faults = []
    if not start <= begins < end:
        when = f"{begins:%Y-%m-%dT%H:%M} is outside the scenario"
        faults.append(Fault("from", when, f"accepted: {start:%Y-%m-%d} to {end:%Y-%m-%d}"))
    if until is not None and until <= begins:
        what = f"{spoken(until)} is not after its beginning, {begins:%Y-%m-%d %H:%M}"
        faults.append(Fault("until", what, "let it end after it begins"))
    if announced is not None and announced > begins:
        what = f"{announced:%Y-%m-%d %H:%M} is after it takes effect, {begins:%Y-%m-%d %H:%M}"
        faults.append(Fault("announced", what, "let it be announced when it takes effect or before"))
    if faults:
        raise InputError(faults)


def _of_argument(fault: Fault, told: Mapping[str, tuple[tuple[str, ...], str, str]]) -> Fault:
    """A fault of a row that is tried, told of the argument that asked for it."""
    if fault.where not in told:
        return fault
    crossings, kind, _ = told[fault.where]
    what = fault.what.removeprefix("value: ").removeprefix("crossings: ")
    place = "" if kind == "closed" else f"{', '.join(crossings)}: "
    return Fault(CALLED.get(kind, kind), place + what, fault.instead)
