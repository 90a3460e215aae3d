"""A model in words: who sets out, who can go where and in how many hours, when what is open, what each order changes."""

from __future__ import annotations

import datetime as dt
import re
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from crossings.io.faults import counted
from crossings.model.explain_orders import journeys_wanted, orders_in_words
from crossings.model.messages import OrderWording, listed
from crossings.scenario.clock import spoken
from crossings.scenario.entities import Demand, Lane, Stream

if TYPE_CHECKING:
    from crossings.model import Model
    from crossings.model.alternatives import Alternative

_UNIT = re.compile(r"(\d) (h|km|miles)\b")  # not to be torn apart at the end of a line

WIDTH = 98
NEAREST = 4
MOST_LINES = 40


def explain(model: Model, units: str = "metric", width: int = WIDTH) -> str:
    """A page of text about a model: who can go where, when, in how many hours; what each order changes.

    units: ``metric`` (km) or ``imperial`` (miles). width: of a line, characters; a longer word stands alone.

    >>> import crossings as cx
    >>> page = explain(cx.Model(cx.Scenario.read("two-crossings")))
    >>> print(page.splitlines()[0])
    Two crossings on a made-up border (two-crossings)
    """
    words = OrderWording(model, units)
    parts = [
        "\n".join(_lines(line, width) for line in _heading(model).split("\n")),
        _section(width, "Who sets out", _who(model)),
        _section(
            width,
            "Who can go where, and in how many hours of road (all crossings open, waits aside)",
            _where(model, words),
        ),
        _section(
            width,
            "When each crossing is open, by the controlling country's clock, and how many it serves",
            _when(model),
        ),
        _section(width, "What each order changes", orders_in_words(model, words)),
        _section(width, "How firm this is", _firm(model)),
    ]
    return "\n\n".join(part for part in parts if part)


def _section(width: int, title: str, lines: Iterable[str]) -> str:
    """A title and its lines, each wrapped under its own indent."""
    heading = title.upper() if len(title) < 40 else title[0].upper() + title[1:]
    out = [_lines(heading, width), "-" * min(len(title), width)]
    body = []
    for line in lines:
        depth = len(line) - len(line.lstrip())
        held = _UNIT.sub("\\1\N{NO-BREAK SPACE}\\2", line)
        body.append(_lines(held, width, " " * (depth + 4)))
    return "\n".join(out + body).replace("\N{NO-BREAK SPACE}", " ") if body else ""


def _lines(text: str, width: int, indent: str = "") -> str:
    return "\n".join(
        textwrap.wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    )


def _heading(model: Model) -> str:
    settings = model.scenario.settings
    orders = {c.order for c in model.scenario.closures if c.kind != "note"}
    title = f"{settings.title} ({settings.name})" if settings.title else settings.name
    sizes = ", ".join(
        [
            counted(len(model.scenario.crossings), "crossing"),
            counted(len(model.places), "place"),
            counted(len(model.scenario.roads), "road"),
            counted(len(settings.streams), "stream"),
            counted(len(orders), "order"),
        ]
    )
    period = f"{settings.start:%Y-%m-%d %H:%M} to {spoken(settings.end)}, {settings.timezone}; then {counted(settings.drain_days, 'day')} without new demand"
    return f"{title}\n{period}\n{sizes}"


def _who(model: Model) -> Iterator[str]:
    scenario = model.scenario
    for name, stream in scenario.settings.streams.items():
        waiting = sum(s.initial for s in scenario.stocks if s.stream == name)
        joining = sum(_expected(d, model) for d in scenario.demand if d.stream == name)
        what = f"counted in {stream.unit}s" + (f" ({stream.persons:g} persons each)" if stream.persons != 1 else "")
        if stream.name and stream.name != name:
            what = f"{stream.name}, {what}"
        if stream.kind == "stock":
            number = f"{waiting:,} waiting to go at the start" + (
                f", about {joining:,.0f} more join them" if joining else ""
            )
        else:
            number = f"about {joining:,.0f} set out in the period"
        yield f"{name}: {what}; {number}"
        yield "    " + "; ".join(_habits(stream))


def _expected(row: Demand, model: Model) -> float:
    settings = model.scenario.settings
    last = (settings.end - dt.timedelta(seconds=1)).date()
    days = (min(row.until, last) - max(row.from_, settings.start.date())).days + 1
    return row.per_day * max(0, days)


def _habits(stream: Stream) -> Iterator[str]:
    b = stream.behaviour
    yield f"chooses a {stream.choose}" + (f", entering {stream.direction}" if stream.direction else "")
    if b.knowledge_delay_h:
        yield f"hears of an order {b.knowledge_delay_h:g} h after it is announced, on average"
    else:
        yield "knows of an order when it is announced"
    if b.rush != 1 and stream.kind == "stock":
        yield f"between hearing of a closure and its effect {b.rush:g} times as many leave"
    if b.flexible_days and stream.kind == "flow":
        yield f"makes a journey up to {counted(b.flexible_days, 'day')} earlier or later, on average, where an order closes its way"
    if b.recovery_days and b.recovery_at_once < 1:
        yield (
            f"goes again by a crossing when a closure of a day or more has ended: {b.recovery_at_once:.0%} at once, the others "
            f"after {counted(b.recovery_days, 'day')}, on average"
        )
    if b.board_delay_h:
        yield f"hears of waits as they were {b.board_delay_h:g} h before"
    if b.renege_per_day:
        yield f"loses patience in a queue after {24 / b.renege_per_day:.3g} h, on average"
    if b.give_up:
        yield f"gives up with probability {b.give_up:g} when turned away or out of patience"
    if b.setup_h:
        yield f"takes {b.setup_h:g} h, on average, to arrange a journey more than {b.setup_beyond_h:g} h longer than the shortest"
    if b.brought is not None and b.brought.share > 0:
        yield f"a share of {b.brought.share:g} is brought in groups of {b.brought.group_size}"


def _where(model: Model, words: OrderWording) -> Iterator[str]:
    """Each origin's alternatives, the nearest first; a journey and its way back in one line where they are alike."""
    starts = journeys_wanted(model)
    for name, stream in model.scenario.settings.streams.items():
        lines: dict[tuple[str, str], str] = {}
        for group, origin, destination in starts[name]:
            lines[origin, destination] = _ways(model, group, origin, stream, words)
        if not lines:
            continue
        end = (
            "the whole journey"
            if stream.choose == "destination" or any(d for _, d in lines)
            else "the way to the crossing"
        )
        yield f"{name} (hours and {words.distance_unit} of {end})"
        said: list[str] = []
        for (origin, destination), line in lines.items():
            to = f" to {destination}" if destination else ""
            if destination and lines.get((destination, origin)) == line:
                if f"{destination} to {origin} and back: {line}" in said:
                    continue
                to += " and back"
            said.append(f"{origin}{to}: {line}")
        yield from (f"    {line}" for line in said[:MOST_LINES])
        if len(said) > MOST_LINES:
            yield f"    and {len(said) - MOST_LINES} more"


def _ways(model: Model, group: int, origin: str, stream: Stream, words: OrderWording) -> str:
    found = sorted(
        model.choices.sets.get((group, origin), []), key=lambda a: (float(a.journey_h[0]), a.crossing, a.destination)
    )
    reachable = [a for a in found if np.isfinite(a.journey_h[0])]
    more = len(reachable) - NEAREST
    shown = ", ".join(_way(a, stream, words) for a in reachable[:NEAREST])
    return (shown or "no way") + (f", and {more} further" if more > 0 else "")


def _way(a: Alternative, stream: Stream, words: OrderWording) -> str:
    if not a.crossing:
        by = a.destination
    elif stream.choose == "destination":
        by = f"{a.destination} by {a.crossing}"
    else:
        by = a.crossing
    return f"{by} {float(a.journey_h[0]):.1f} h {words.distance(float(a.journey_km[0]))}"


def _when(model: Model) -> Iterator[str]:
    """Lanes by crossing and direction; streams with the same hours together."""
    by_gate: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    lanes: dict[tuple[str, str, str, str], list[Lane]] = defaultdict(list)
    for lane in model.scenario.lanes:
        lanes[lane.crossing, lane.direction, ", ".join(lane.streams), lane.side].append(lane)
    for (crossing, direction, streams, side), rows in lanes.items():
        rows.sort(key=lambda lane: lane.valid_from or dt.datetime.min)
        hours = _in_turn([(lane.hours, lane) for lane in rows])
        rates = _in_turn([(_rate(lane), lane) for lane in rows])
        by_gate[crossing, direction][hours].append(f"{streams}{'' if side == 'entry' else ' at exit'} {rates}")
    for (crossing, direction), groups in by_gate.items():
        yield f"{crossing} to {direction}"
        for hours, who in groups.items():
            yield f"    {hours}: {'; '.join(who)}"
    free = [c.id for c in model.scenario.crossings if not any(lane.crossing == c.id for lane in model.scenario.lanes)]
    if free:
        yield f"without controls, open to all at any time: {listed(free)}"


def _in_turn(terms: list[tuple[str, Lane]]) -> str:
    """Terms that follow one another, each until when; those that stay the same are said once."""
    kept: list[tuple[str, Lane]] = []
    for term, lane in terms:
        if kept and kept[-1][0] == term:
            kept[-1] = (term, lane)
        else:
            kept.append((term, lane))
    return ", then ".join(term + _until(lane) for term, lane in kept)


def _until(lane: Lane) -> str:
    return "" if lane.valid_until is None else f" (until {spoken(lane.valid_until).removesuffix(' 24:00')})"


def _rate(lane: Lane) -> str:
    if lane.service_min_mean == 0 or lane.servers == 0:
        return "without limit" if lane.servers else "no server"
    quota = "" if lane.quota_per_day is None else f", at most {lane.quota_per_day} a day"
    return f"{lane.servers * 60 / lane.service_min_mean:.3g}/h{quota}"


def _firm(model: Model) -> Iterator[str]:
    """How many rows rest on an estimate of the author's own."""
    scenario = model.scenario
    parts = []
    for table in ("places", "roads", "lanes", "demand", "stocks", "closures"):
        rows = getattr(scenario, table)
        if rows:
            parts.append(f"{table} {sum(r.estimated for r in rows)} of {len(rows)}")
    if parts:
        yield f"Rows marked as estimated: {', '.join(parts)}."
    settings = scenario.settings
    yield (
        "Behaviour is set in scenario.yaml: "
        + "; ".join(f"{n}: {s.source}" for n, s in settings.streams.items() if s.source)
        + "."
        if any(s.source for s in settings.streams.values())
        else "No source is given for the behaviour of any stream."
    )
    yield "Travellers are synthetic. What comes out holds only with these assumptions, and within the range that is printed beside it."
