"""A question put to a scenario without a file: these crossings close, with so many officers at those.

The two scenarios that are compared know what could be known on the day of the announcement: later orders are in neither.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence

from crossings.errors import Fault, InputError
from crossings.scenario.as_of import consistent
from crossings.scenario.entities import Closure, Lane
from crossings.scenario.messages import near
from crossings.scenario.scenario import Scenario

__all__ = ["WHAT_IF", "what_if"]

WHAT_IF = "what-if"
"""The name of the order that is tried."""


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
        For an unknown crossing or group, an instant outside the scenario, or when nothing is tried.

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
    _check(scenario, [*close, *officers, *(c for given in kinds.values() for c in given)], streams, begins)
    if not (close or officers or any(kinds.values())):
        what = "name crossings to close, officers, hours, a quota, a part, a slowing or a deterrent"
        raise InputError(Fault("what if", "nothing is tried", what))
    known = announced or begins
    rows = _orders_by(scenario, known)
    # Claims are about orders of the scenario, which may not be in it any more.
    base = dataclasses.replace(scenario, closures=rows, written=rows, claims=())

    def row(number: int, crossings: tuple[str, ...], kind: str, value: str = "") -> Closure:
        return Closure(
            id=f"{WHAT_IF}-{number}",
            order=WHAT_IF,
            crossings=crossings,
            streams=tuple(streams),
            announced=announced,
            from_=begins,
            until=until,
            kind=kind,
            value=value,
            source="tried",
        )

    wanted = [(tuple(close), "closed", "")] if close else []
    wanted += [((c,), kind, v) for kind, given in kinds.items() for c, v in given.items()]
    tried = base.with_closures(row(n, *parts) for n, parts in enumerate(wanted, 1))
    return base, with_officers(tried, officers, begins) if officers else tried


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
            raise InputError(
                Fault("officers", f"'{crossing}' has no entry control then", "name a crossing that has lanes")
            )
    return scenario._sound(dataclasses.replace(scenario, lanes=tuple(lanes)), "with other officers")


def _orders_by(scenario: Scenario, at: dt.datetime) -> tuple[Closure, ...]:
    """Orders announced before a local time: what is not yet known is no part of the question."""
    return consistent([row for row in scenario.closures if (row.announced or row.from_) < at])


def _check(scenario: Scenario, crossings: Sequence[str], streams: Sequence[str], begins: dt.datetime) -> None:
    known, groups = [c.id for c in scenario.crossings], list(scenario.settings.streams)
    faults = [
        Fault("crossing", f"no crossing is named '{c}'", near(c, known))
        for c in dict.fromkeys(crossings)
        if c not in known
    ]
    faults += [Fault("group", f"no group is named '{s}'", near(s, groups)) for s in streams if s not in groups]
    start, end = scenario.settings.start, scenario.settings.end
    if not start <= begins < end:
        when = f"{begins:%Y-%m-%dT%H:%M} is outside the scenario"
        faults.append(Fault("from", when, f"accepted: {start:%Y-%m-%d} to {end:%Y-%m-%d}"))
    if faults:
        raise InputError(faults)
