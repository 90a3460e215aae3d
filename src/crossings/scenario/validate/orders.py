"""Checks of orders and their rows, observations, exits and claims."""

from __future__ import annotations

import datetime as dt
from typing import Any

from crossings.errors import refused, suggest
from crossings.io.faults import clip
from crossings.scenario.clock import Clock, end_of_day, spoken
from crossings.scenario.entities import Claim, Closure, Observation
from crossings.scenario.measures import COMPARISONS, MEASURES, number_of
from crossings.scenario.order_kinds import LIMITS, Terms, terms_of
from crossings.scenario.tables import FileRows, Row
from crossings.scenario.validate.crossings import check_hours
from crossings.scenario.validate.index import Index


def ordered(index: Index, table: FileRows[Any], row: Row[Any]) -> bool:
    """Add a fault if ``until`` is not after ``from``; True if it is."""
    start, end = row.value.from_, row.value.until
    if not row.ok("from_", "until"):
        return False
    if end is None or (end > start if isinstance(start, dt.datetime) else end >= start):
        return True
    if isinstance(start, dt.datetime):
        what = f"until {spoken(end)} is not after from {start:%Y-%m-%d %H:%M}"
    else:
        what = f"until {end} is before from {start}"
    index.draft.faults.add(table.where(row), what, "let it end after it begins")
    return False


def check_orders(index: Index, table: FileRows[Closure]) -> None:
    """Rows of orders: what they name, what they close, and what the orders replace."""
    for row in table.rows:
        sound = [index.refer(table, row, f"{kind}s", kind) for kind in ("crossing", "road", "place", "stream")]
        _check_kind(index, table, row)
        towards = index.direction(table, row)
        acts = row.value.kind != "note" and row.value.crossings and row.ok("kind")
        if acts and towards and sound[0] and sound[3] and index.streams_known:
            _check_gates(index, table, row)
        if row.ok("replaces", "order"):
            _check_replaces(index, table, row)
        if ordered(index, table, row):
            _check_acts(index, table, row)
        announced = row.value.announced
        if announced is not None and row.ok("announced", "from_") and announced > row.value.from_:
            what = "announced after it takes effect: until then nobody knows of it"
            index.draft.faults.add(table.where(row), what, "check the two times", warning=True)
    _check_cycles(index, table)


def _check_kind(index: Index, table: FileRows[Closure], row: Row[Closure]) -> None:
    faults, where, closure = index.draft.faults, table.where(row), row.value
    kind, value = closure.kind, closure.value
    if not row.ok("kind", "value", "crossings", "roads", "places") or kind == "note":
        return
    if kind == "lifted":
        _check_lifted(index, table, row)
    elif not (closure.crossings or closure.roads or closure.places):
        faults.add(where, "the row closes nothing", "name crossings, roads or places, or make it a note")
    if closure.roads or closure.places:
        if kind not in ("closed", "lifted"):
            faults.add(where, f"{kind} for roads or places", "they can only be closed; name crossings")
        if row.ok("streams", "direction") and (closure.streams or closure.direction):
            what = "streams or direction in a row with roads or places, which close for everybody"
            faults.add(where, what, "leave both empty, or give the crossings a row of their own")
    if kind in ("closed", "lifted") and value:
        what = f"value: {clip(value)} in a row of kind {kind}"
        instead = "leave it empty"
        if kind == "closed":
            instead += f", or write the kind that it is the value of: {', '.join((*LIMITS, 'deterrent'))}"
        faults.add(where, what, instead)
    elif kind == "hours":
        check_hours(index.draft, where, "value", value)
    else:
        try:
            terms = terms_of(kind, value)
        except ValueError as error:
            faults.take(refused(where, error, "value: "))
        else:
            _check_deterrent(index, where, closure, terms)


def _check_deterrent(index: Index, where: str, closure: Closure, terms: Terms) -> None:
    """Warn of a cost in hours of waiting for streams that do not mind waiting."""
    if not terms.hours or not index.streams_known:
        return
    concerned = closure.streams or tuple(index.streams)
    if concerned and all(s in index.streams and index.streams[s].behaviour.wait_weight == 0 for s in concerned):
        what = "counts as hours of waiting, which these streams do not mind (wait_weight: 0), so it deters nobody"
        index.draft.faults.add(where, what, "give the share that it keeps away, such as 40%", warning=True)


def _check_lifted(index: Index, table: FileRows[Closure], row: Row[Closure]) -> None:
    """A lifted row ends orders, where they act, at a moment."""
    faults, where, closure = index.draft.faults, table.where(row), row.value
    if row.ok("until") and closure.until is not None:
        faults.add(
            where, "until: a lifted row has no end", "leave it empty; what is closed again later is another order"
        )
    if not row.ok("replaces", "crossings", "roads", "places"):
        return
    if not closure.replaces:
        faults.add(where, "the row lifts no order", "name in replaces the orders that end")
        return
    ended = [r.value for r in table.rows if r.value.order in closure.replaces]
    if not table.whole or {r.order for r in ended} < set(closure.replaces):
        return  # which rows there are is not certain, or another fault says so
    for kind in ("crossings", "roads", "places"):
        there = sorted({name for r in ended for name in getattr(r, kind)})
        for name in getattr(closure, kind):
            if name not in there:
                what = f"{kind}: {clip(', '.join(closure.replaces), 80)[1:-1]} does not act at {clip(name)}"
                faults.add(where, what, suggest(name, there) if there else "leave it out")


def _check_gates(index: Index, table: FileRows[Closure], row: Row[Closure]) -> None:
    """What the row acts on must exist: a direction of the border, a gate for a stream, whole queues to limit."""
    faults, where, closure = index.draft.faults, table.where(row), row.value
    streams = closure.streams or tuple(index.streams)
    served: set[str] = set()
    for crossing in closure.crossings:
        directions = _directions(index, where, crossing, closure.direction)
        if not directions or not index.gates_known:
            served |= set(streams)
            continue
        here = {s for s in streams for d in directions if index.gate(crossing, d, s)}
        served |= here
        if not here and streams:
            what = f"crossings: {clip(crossing)} has no lane for these streams{_towards(closure.direction)}"
            faults.add(where, what, "name crossings, streams and a direction that have lanes in lanes.csv")
        ended = {r.value.kind for r in table.rows if closure.kind == "lifted" and r.value.order in closure.replaces}
        if closure.kind in LIMITS or ended & set(LIMITS):
            _check_limits(index, where, closure, crossing, directions)
    for stream in closure.streams:
        if stream not in served and served:
            what = f"streams: {clip(stream)} has no lane at these crossings{_towards(closure.direction)}"
            faults.add(where, what, "name streams that have lanes there in lanes.csv")


def _directions(index: Index, where: str, crossing: str, direction: str | None) -> tuple[str, ...]:
    countries = index.countries(crossing)
    if countries is None:
        return ()
    if direction is not None and direction not in countries:
        what = f"direction: {clip(direction)} is not a country of the border of {clip(crossing)}"
        index.draft.faults.add(where, what, f"accepted: {', '.join(countries)}")
        return ()
    return (direction,) if direction is not None else countries


def _towards(direction: str | None) -> str:
    return f" towards {direction}" if direction else ""


def _check_limits(index: Index, where: str, closure: Closure, crossing: str, directions: tuple[str, ...]) -> None:
    """Hours and quotas act on queues: there must be one, and all the streams that share it must be named."""
    faults = index.draft.faults
    queues = {queue for d in directions for queue in index.queues.get((crossing, d), set())}
    if not queues:
        what = f"{closure.kind} for {clip(crossing)}, which has no lane{_towards(closure.direction)}"
        faults.add(where, what, "add a lane in lanes.csv; without one nobody queues there")
    named = set(closure.streams)
    for queue in sorted(queues, key=sorted):
        if named & queue and not queue <= named:
            rest = ";".join(sorted(queue - named))
            what = f"{closure.kind} at {clip(crossing)} concern only some of the streams that share a queue"
            faults.add(where, what, f"name {clip(rest)} as well, or give the streams lanes of their own")


def _check_replaces(index: Index, table: FileRows[Closure], row: Row[Closure]) -> None:
    where, closure = table.where(row), row.value
    index.known(where, "replaces", closure.replaces, "order")
    if closure.order in closure.replaces:
        index.draft.faults.add(where, f"replaces: order {clip(closure.order)} itself", "name another order")


def _check_cycles(index: Index, table: FileRows[Closure]) -> None:
    """Orders must not replace one another in a circle."""
    graph: dict[str, set[str]] = {}
    at: dict[str, str] = {}
    for row in table.rows:
        if row.ok("order", "replaces") and row.value.replaces:
            graph.setdefault(row.value.order, set()).update(row.value.replaces)
            at.setdefault(row.value.order, table.where(row))
    done: set[str] = set()
    for root in graph:
        path: dict[str, None] = {}
        stack: list[tuple[str, bool]] = [(root, False)]
        while stack:
            order, leaving = stack.pop()
            if leaving:
                path.popitem()
                done.add(order)
            elif order in path:
                line = list(path)
                circle = [*line[line.index(order) :], order]
                if len(circle) > 2:
                    what = f"replaces: orders replace one another in a circle, {clip(' > '.join(circle), 200)}"
                    index.draft.faults.add(at[order], what, "leave one of them out")
            elif order not in done:
                path[order] = None
                stack += [(order, True), *((other, False) for other in sorted(graph.get(order, ())))]


def _check_acts(index: Index, table: FileRows[Closure], row: Row[Closure]) -> None:
    """Warn of a row that cannot change anything in this run."""
    period = _period(index)
    closure = row.value
    if period is None or closure.kind == "note" or closure.replaces:
        return
    start, horizon = period
    if closure.until is not None and closure.until <= start:
        what, instead = "the row ends before the run begins, so it never acts", "check until"
    elif row.ok("announced") and (closure.announced or closure.from_) >= horizon:
        what, instead = "the row is announced after the run, so it never acts", "check from and announced"
    else:
        return
    index.draft.faults.add(table.where(row), what, instead, warning=True)


def _period(index: Index) -> tuple[dt.datetime, dt.datetime] | None:
    """Start and horizon of the run, in the scenario's time."""
    sheet = index.draft.sheet
    if sheet is None or not all(map(sheet.ok, ("start", "end", "drain_days", "timezone"))):
        return None
    if not all(sheet.ok("countries", country, "timezone") for country in sheet.value.countries):
        return None
    clock = Clock(sheet.value)
    return sheet.value.start, clock.local(clock.horizon_ms)


def check_observations(index: Index) -> None:
    """Counts: what they name, that it exists, and when."""
    table = index.draft.observations
    period = _period(index)
    for row in table.rows:
        value, where = row.value, table.where(row)
        sound = [index.refer(table, row, f"{kind}s", kind) for kind in ("crossing", "stream")]
        if index.direction(table, row) and all(sound):
            _check_counted(index, where, value)
        if row.ok("count", "count_max") and value.count_max is not None and value.count_max < value.count:
            what = f"count_max {value.count_max:g} is below count {value.count:g}"
            index.draft.faults.add(where, what, "give the upper end of the range")
        for field in ("count", "count_max"):
            number = getattr(value, field)
            if row.ok(field) and number is not None and number != int(number):
                index.draft.faults.add(where, f"{field}: {number:g} is not a whole number", "count whole units")
        in_order = ordered(index, table, row)
        if in_order and row.ok("published") and value.published is not None and value.published < value.until:
            what = f"published {value.published:%Y-%m-%d %H:%M} is before the end of the period, {spoken(value.until)}"
            index.draft.faults.add(where, what, "a count is known when its period is over; correct one of the two")
        if in_order and period is not None and (value.until <= period[0] or value.from_ >= period[1]):
            what = "the count lies outside the run, so nothing is compared with it"
            index.draft.faults.add(where, what, "check from and until", warning=True)


def _check_counted(index: Index, where: str, value: Observation) -> None:
    gates: list[bool] = []
    for crossing in value.crossings:
        directions = _directions(index, where, crossing, value.direction)
        gates += [index.gate(crossing, d, s) for d in directions for s in value.streams] or [True]
    if gates and not any(gates) and index.gates_known:
        what = f"no lane at these crossings serves these streams{_towards(value.direction)}"
        index.draft.faults.add(where, what, "name streams that have lanes there in lanes.csv")


def check_exits(index: Index) -> None:
    """Rates of leaving: where and when."""
    table = index.draft.exits
    for row in table.rows:
        index.refer(table, row, "place", "place")
        ordered(index, table, row)


def check_headcounts(index: Index) -> None:
    """People counted at places: places that are there, each day once, within the run."""
    table = index.draft.headcounts
    seen: dict[tuple[str, dt.date], int] = {}
    for row in table.rows:
        index.refer(table, row, "place", "place")
        if not row.ok("place", "date"):
            continue
        key = (row.value.place, row.value.date)
        if key in seen:
            what = f"'{row.value.place}' on {row.value.date} is counted in row {seen[key]} already"
            index.draft.faults.add(table.where(row), what, "leave one of them out")
        seen.setdefault(key, row.line)


def check_claims(index: Index) -> None:
    """Claims: a measure of the catalogue, compared with a number, about orders that were announced."""
    table = index.draft.claims
    announced = _announced(index)
    for row in table.rows:
        value, where = row.value, table.where(row)
        sound = [index.refer(table, row, f"{kind}s", kind) for kind in ("order", "stream", "crossing")]
        if row.ok("measure", "comparison", "value"):
            _check_measure(index, where, value)
        if row.ok("date") and sound[0]:
            late = [o for o in value.orders if announced.get(o, dt.datetime.min) >= end_of_day(value.date)]
            for order in late:
                what = f"orders: {clip(order)} was announced after the claim, {announced[order]:%Y-%m-%d %H:%M}"
                index.draft.faults.add(where, what, "name orders that were known, or correct the date")


def _announced(index: Index) -> dict[str, dt.datetime]:
    """When each order was announced: the earliest of its rows."""
    first: dict[str, dt.datetime] = {}
    for row in index.draft.closures.rows:
        if row.ok("order", "announced", "from_"):
            at = row.value.announced or row.value.from_
            first[row.value.order] = min(at, first.get(row.value.order, at))
    return first


def _check_measure(index: Index, where: str, value: Claim) -> None:
    """One measure, one comparison and one number: all three, or the measure alone, or none."""
    faults = index.draft.faults
    if not value.measure:
        if value.comparison or value.value:
            faults.add(where, "a comparison or value without a measure", "name a measure, or leave all three empty")
        return
    if value.measure not in MEASURES:
        what = f"measure: unknown measure {clip(value.measure)}"
        faults.add(where, what, suggest(value.measure, list(MEASURES)))
    if value.crossings and value.measure != "peak_load" and value.measure in MEASURES:
        faults.add(where, f"crossings: {value.measure} is not by crossing", "leave crossings empty, or name peak_load")
    if bool(value.comparison) != bool(value.value):
        missing = "value" if value.comparison else "comparison"
        faults.add(where, f"{missing}: is empty", "give both, or neither where only the figure is shown")
    if value.comparison and value.comparison not in COMPARISONS:
        faults.add(where, f"comparison: {clip(value.comparison)}", f"accepted: {', '.join(COMPARISONS)}")
    if value.value and number_of(value.value) is None:
        faults.add(where, f"value: {clip(value.value)} is not a number", "write a number, such as 20000 or -0.5")
