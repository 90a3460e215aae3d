"""What a person tries on the page: small changes of a scenario, applied in order; the address of the page holds them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from crossings.errors import Fault, InputError, check_known, suggest, unknown
from crossings.io.faults import counted
from crossings.scenario import Closure, Entity, Scenario
from crossings.scenario.as_of import consistent
from crossings.scenario.field_types import Identifier, Identifiers, IsoCountry, Local, Text
from crossings.scenario.order_kinds import ACTING
from crossings.scenario.what_if import TRIED, free_order, with_officers

MAX_CHANGES = 60
MAX_ROWS = 2000

Some = Annotated[Identifiers, Field(max_length=200)]


class LeaveOut(Entity):
    """An order, or a row of one, is left out; what it replaced is no longer replaced."""

    do: Literal["leave_out"]
    id: Identifier = Field(description="name of the order or row")


class NewOrder(Entity):
    """One more row. One that somebody named is an order of that name; all others of the same times are one order, as in
    `crossings whatif`: said together, and heard of together.
    """

    do: Literal["order"]
    name: Identifier = Field(
        description="name of the row, and of its order; one such as 'hill closed', of its only crossing and what is done "
        "there, names the row alone: such rows of the same times make one order"
    )
    crossings: Annotated[Identifiers, Field(min_length=1, max_length=200)] = Field(description="crossings it acts on")
    direction: IsoCountry | None = Field(None, description="country entered; none = both directions")
    streams: Some = Field((), description="streams it acts on; none = all")
    announced: Local | None = Field(None, description="local time at which it became known; none = from")
    from_: Local = Field(alias="from", description="local time at which it takes effect")
    until: Local | None = Field(None, description="local time at which it ends; none = until further notice")
    kind: Literal["closed", "part", "slowed", "hours", "quota", "deterrent", "lifted"] = Field(
        "closed", description="as in closures.csv"
    )
    value: Text = Field("", description="share, factor or minutes, opening hours, units a day, by kind")
    replaces: Some = Field((), description="orders that end when it takes effect; of a lifted one only where it acts")


class Open(Entity):
    """A crossing is opened: no order acts on it for these streams, in this direction, within this time."""

    do: Literal["open"]
    crossing: Identifier
    direction: IsoCountry | None = Field(None, description="country entered; none = both directions")
    streams: Some = Field((), description="streams it is opened to; none = all")
    from_: Local | None = Field(None, alias="from", description="local time; none = from the start")
    until: Local | None = Field(None, description="local time; none = to the end")


class Move(Entity):
    """Rows of an order get other times; what is not given stays."""

    do: Literal["move"]
    rows: Annotated[Identifiers, Field(min_length=1, max_length=200)] = Field(description="names of the rows")
    announced: Local | None = None
    from_: Local | None = Field(None, alias="from")
    until: Local | None = None


class Officers(Entity):
    """Another number of officers at the entry control of a crossing, from a local time on."""

    do: Literal["officers"]
    crossing: Identifier
    streams: Some = Field((), description="only at lanes that serve these streams; none = at all")
    number: Annotated[int, Field(ge=0, le=1000)] = Field(description="officers (servers) at each lane")
    from_: Local | None = Field(None, alias="from", description="local time; none = from the start")


class SetParameter(Entity):
    """A stream behaves differently: one number of its behaviour."""

    do: Literal["set"]
    stream: Identifier
    name: Identifier = Field(description="parameter as in scenario.yaml, such as wait_weight, or alpha")
    of: Identifier | None = Field(None, description="for alpha: the crossing or destination")
    value: Annotated[float, Field(allow_inf_nan=False)]


class WaitingToCome(Entity):
    """Another number of travellers who wait to come; origins keep their shares of it."""

    do: Literal["stock"]
    stream: Identifier
    number: Annotated[int, Field(ge=0, le=1_000_000)] = Field(description="at the start, in the stream's unit")


Change = Annotated[
    LeaveOut | NewOrder | Open | Move | Officers | SetParameter | WaitingToCome, Field(discriminator="do")
]
NUMBERS = (
    "gamma", "softening_km", "beta", "wait_weight", "outside_km", "outside_h", "knowledge_delay_h", "board_delay_h", "rush", "flexible_days", "recovery_at_once",
    "recovery_days", "journey_cv", "setup_h", "setup_beyond_h", "renege_per_day", "give_up", "day_shape",
)  # fmt: skip


def apply(scenario: Scenario, changes: Sequence[Change]) -> Scenario:
    """The scenario with the changes, one after the other; raises InputError for one that does not fit."""
    joined: dict[tuple[object, ...], str] = {}
    for number, change in enumerate(changes, 1):
        try:
            scenario = _apply(scenario, change, joined)
        except InputError as error:
            raise InputError(
                [dataclasses.replace(f, where=f"change {number}: {f.where}") for f in error.faults]
            ) from None
    return scenario


def parameters_only(changes: Sequence[Change]) -> tuple[Change, ...]:
    """The changes that both sides of a comparison have: of how people behave, and of how many there are."""
    return tuple(c for c in changes if isinstance(c, SetParameter | WaitingToCome))


def _apply(scenario: Scenario, change: Change, joined: dict[tuple[object, ...], str]) -> Scenario:
    """The scenario with one change; joined: times → the order of those rows before that nobody named."""
    if isinstance(change, LeaveOut):
        return scenario.without(change.id)
    if isinstance(change, SetParameter):
        return _set(scenario, change)
    if isinstance(change, WaitingToCome):
        return _stock(scenario, change)
    if isinstance(change, NewOrder):
        _fits(scenario, change.crossings, change.streams, change.direction)
        return _more(scenario, change, joined)
    if isinstance(change, Move):
        return _move(scenario, change)
    if isinstance(change, Officers):
        _fits(scenario, (change.crossing,), change.streams, None)
        begins = change.from_ or scenario.settings.start
        return with_officers(scenario, {change.crossing: change.number}, begins, change.streams)
    _fits(scenario, (change.crossing,), change.streams, change.direction)
    pieces = [piece for row in scenario.closures for piece in _opened(row, change, scenario)]
    return _rewritten(scenario, pieces)


def _fits(scenario: Scenario, crossings: Sequence[str], streams: Sequence[str], direction: str | None) -> None:
    """Raise InputError for names that the scenario does not know."""
    faults = unknown("crossing", "crossing", crossings, [c.id for c in scenario.crossings])
    faults += unknown("stream", "stream", streams, list(scenario.settings.streams))
    countries = sorted({c for b in scenario.borders for c in (b.country_a, b.country_b)})
    if direction is not None and direction not in countries:
        faults.append(Fault("direction", f"'{direction}' is not a country of a border", suggest(direction, countries)))
    if faults:
        raise InputError(faults)


def _more(scenario: Scenario, change: NewOrder, joined: dict[tuple[object, ...], str]) -> Scenario:
    given = {name: getattr(change, name) for name in Closure.model_fields if name in NewOrder.model_fields}
    _told_in_time(change.announced, change.from_)
    times = (change.announced or change.from_, change.from_, change.until)
    order = change.name if _named(change) else joined.get(times, free_order(scenario))
    found = scenario.with_closures([Closure(id=change.name, order=order, source=TRIED, **given)])
    if not _named(change):
        joined[times] = order
    return found


def _named(change: NewOrder) -> bool:
    """Whether somebody named an order; the page calls the rows that it makes by crossing and what is done (`isMade` there)."""
    stem = f"{change.crossings[0]} "
    made = re.compile(f"(shut|{'|'.join(ACTING)})( [0-9]+)?")
    return len(change.crossings) > 1 or not change.name.startswith(stem) or not made.fullmatch(change.name[len(stem) :])


def _move(scenario: Scenario, change: Move) -> Scenario:
    check_known("closures", "row", change.rows, sorted({row.id for row in scenario.closures}))
    times = {name: getattr(change, name) for name in ("announced", "from_", "until")}
    times = {name: when for name, when in times.items() if when is not None}
    rows = [row.model_copy(update=times) if row.id in change.rows else row for row in scenario.closures]
    for row in rows if change.announced is not None else ():
        if row.id in change.rows:
            _told_in_time(row.announced, row.from_)
    return _rewritten(scenario, rows)


def _told_in_time(announced: dt.datetime | None, begins: dt.datetime) -> None:
    """Refuse an order that is announced after it takes effect."""
    if announced is not None and announced > begins:
        what = f"{announced:%Y-%m-%d %H:%M} is after it takes effect, {begins:%Y-%m-%d %H:%M}"
        raise InputError("announced", what, "let it be announced when it takes effect or before")


def _rewritten(scenario: Scenario, rows: Sequence[Closure]) -> Scenario:
    """The scenario with these rows in the place of its own, checked; all rows ever written are kept beside."""
    if len(rows) > MAX_ROWS:
        raise InputError("closures", f"{counted(len(rows), 'row')} of orders", f"at most {MAX_ROWS:,} here")
    bare = dataclasses.replace(scenario, closures=(), written=scenario.written)
    checked = bare.with_closures(consistent(rows)).closures
    written = scenario.written + tuple(row for row in checked if row not in scenario.written)
    return dataclasses.replace(scenario, closures=checked, written=written)


def _opened(row: Closure, change: Open, scenario: Scenario) -> list[Closure]:
    """What is left of a row when a crossing is opened: elsewhere, to others, the other way, before and after."""
    streams = row.streams or tuple(scenario.settings.streams)
    free = tuple(s for s in streams if not change.streams or s in change.streams)
    ways_differ = row.direction and change.direction and row.direction != change.direction
    begin, end = _within(row, change)
    if row.kind == "note" or change.crossing not in row.crossings or not free or ways_differ or begin >= end:
        return [row]
    here = row.model_copy(update={"crossings": (change.crossing,)})
    pieces = []
    elsewhere = tuple(c for c in row.crossings if c != change.crossing)
    if elsewhere or row.roads or row.places:
        pieces.append(row.model_copy(update={"crossings": elsewhere}))
    others = _served(scenario, change.crossing, row.direction, [s for s in streams if s not in free])
    if others:
        pieces.append(here.model_copy(update={"streams": others}))
    opened = here.model_copy(update={"streams": free})
    if row.direction is None and change.direction:
        other = _other_way(scenario, change.crossing, change.direction)
        back = _served(scenario, change.crossing, other, free)
        if back:
            pieces.append(opened.model_copy(update={"direction": other, "streams": back}))
        opened = opened.model_copy(update={"direction": change.direction})
    if row.from_ < begin:
        pieces.append(opened.model_copy(update={"until": begin}))
    if end < (row.until or dt.datetime.max):
        pieces.append(opened.model_copy(update={"from_": end, "announced": row.announced or row.from_}))
    return [p if k == 0 else p.model_copy(update={"id": _part(row.id, change, k)}) for k, p in enumerate(pieces)]


def _within(row: Closure, change: Open) -> tuple[dt.datetime, dt.datetime]:
    """The part of a row's time that is opened."""
    return max(row.from_, change.from_ or row.from_), min(row.until or dt.datetime.max, change.until or dt.datetime.max)


def _part(name: str, change: Open, number: int) -> str:
    """A name for a piece of a row that no other row has."""
    return f"{name[:50]} ({change.crossing[:20]} {number})"[:80]


def _served(scenario: Scenario, crossing: str, direction: str | None, streams: Sequence[str]) -> tuple[str, ...]:
    """Those of some streams that have a lane at a crossing in a direction; all where it has no lanes that way."""
    here = [lane for lane in scenario.lanes if lane.crossing == crossing and direction in (None, lane.direction)]
    return tuple(s for s in streams if not here or any(s in lane.streams for lane in here))


def _other_way(scenario: Scenario, crossing: str, direction: str) -> str:
    border = next(c.border for c in scenario.crossings if c.id == crossing)
    found = next(b for b in scenario.borders if b.id == border)
    return found.country_b if direction == found.country_a else found.country_a


def _stock(scenario: Scenario, change: WaitingToCome) -> Scenario:
    _fits(scenario, (), (change.stream,), None)
    held = [k for k, row in enumerate(scenario.stocks) if row.stream == change.stream and row.initial]
    total = sum(scenario.stocks[k].initial for k in held)
    if not total:
        raise InputError("stocks.csv", f"nobody of '{change.stream}' waits to come", "add rows to stocks.csv")
    # Rounded so that the parts add up to the whole.
    ends = [
        round(change.number * sum(scenario.stocks[k].initial for k in held[: n + 1]) / total) for n in range(len(held))
    ]
    rows = list(scenario.stocks)
    for k, begin, end in zip(held, [0, *ends], ends, strict=False):
        rows[k] = rows[k].model_copy(update={"initial": end - begin})
    return dataclasses.replace(scenario, stocks=tuple(rows))


def _set(scenario: Scenario, change: SetParameter) -> Scenario:
    if change.name != "alpha":
        if change.name not in NUMBERS:
            raise InputError("behaviour", f"'{change.name}' cannot be changed here", suggest(change.name, NUMBERS))
        return scenario.with_behaviour(change.stream, **{change.name: change.value})
    if change.of is None:
        raise InputError("behaviour", "alpha of what is not said", "name a crossing or destination")
    if change.stream not in scenario.settings.streams:
        return scenario.with_behaviour(change.stream)
    alpha = scenario.settings.streams[change.stream].behaviour.alpha
    return scenario.with_behaviour(change.stream, alpha={**alpha, change.of: change.value})
