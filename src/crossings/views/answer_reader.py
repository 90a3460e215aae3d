"""Reads the answer from the tables of a comparison."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.errors import check_known
from crossings.measures.access import gaps_by_day
from crossings.measures.cells import NOT_ACROSS
from crossings.measures.no_way import no_way
from crossings.model import Model
from crossings.model.orders import Rules
from crossings.model.variants import with_orders
from crossings.scenario.entities import Lane, Stream
from crossings.scenario.measures import daily_waits, longest_wait
from crossings.scenario.order_kinds import ACTING
from crossings.scenario.period import period_of
from crossings.simulation.comparison import Comparison
from crossings.simulation.reduction import COLUMNS
from crossings.store.results import BAND, COUNTS, Runs, band
from crossings.views.answer import Affected, Answer, Beds, CrossingAnswer, Figure

Floats = NDArray[np.float64]
DAY = dt.timedelta(days=1)
MOST_DAYS = 7
"""Days of the table: what a planner staffs and books for at first."""
LIMITING = tuple(kind for kind in ACTING if kind != "closed")
ARRIVED, CROSSED, WAITING = (COUNTS.index(name) for name in ("arrived", "crossed", "waiting"))


def answer_of(
    comparison: Comparison, model: Model, stream: str | None = None, *, without: Model | None = None
) -> Answer:
    """The answer of a comparison for one group of travellers.

    model: of the scenario with the orders; without: of that without them, where it is at hand. stream: the group; by
    default the first that the orders concern. Raises `InputError` for an unknown group.

    >>> import crossings as cx
    >>> border = cx.Scenario.read("two-crossings")
    >>> found = answer_of(cx.compare(border, seeds=[1]), cx.Model(border), "seekers")
    >>> [c.name for c in found.shut]
    ['Hill road']
    """
    streams = model.scenario.settings.streams
    if stream is None:
        stream = _first_concerned(comparison, model)
    check_known("stream", "group", [stream], list(streams))
    return Reader(model, stream, comparison.runs[comparison.scenario], comparison, without).answer()


def _first_concerned(comparison: Comparison, model: Model) -> str:
    """The first group in the order of the scenario for which the orders close something."""
    rows = [c for c in model.scenario.closures if c.order in comparison.period.orders]
    for name in model.scenario.settings.streams:
        if any(not row.streams or name in row.streams for row in rows):
            return name
    return next(iter(model.scenario.settings.streams))


class Reader:
    """Reads the tables of an ensemble for one group, compared with that without the orders; or alone, over the whole run."""

    def __init__(
        self,
        model: Model,
        stream: str,
        runs: Runs,
        comparison: Comparison | None = None,
        without: Model | None = None,
    ) -> None:
        self.comparison, self.model, self.stream, self.without = comparison, model, stream, without
        self.clock, self.now = model.clock, runs
        self.was = runs if comparison is None else comparison.runs[comparison.baseline]
        self.period = period_of((), (), model.clock) if comparison is None else comparison.period
        self.dates = [p.date() for p in runs.periods]
        self.begins, self.ends = self.clock.local(self.period.begins), self.clock.local(self.period.ends)
        # A day counts where the orders are in force at some time of it.
        midnights = [dt.datetime.combine(d, dt.time()) for d in self.dates]
        inside = [k for k, at in enumerate(midnights) if at + DAY > self.begins and at < self.ends]
        self.every = inside or [len(self.dates) - 1]
        rows = [c for c in model.scenario.closures if c.order in self.period.orders and c.kind != "note"]
        mine = [row for row in rows if not row.streams or stream in row.streams]
        # What is in force when the first of the orders takes effect, with them and without them.
        before = model.rules if comparison is None else Rules(comparison.scenarios[0], model.clock)
        self._rules = (before, model.rules)
        self._ordered = {c for row in mine for c in (row.crossings or [x.id for x in model.scenario.crossings])}
        kinds = {c: {row.kind for row in mine if c in row.crossings} for c in self._ordered}
        self._limited = {c for c, found in kinds.items() if found & set(LIMITING) and "closed" not in found}
        self.counts, self.before = self.now.counts(), self.was.counts()
        self.waits = np.stack([t.waits[..., 0] for t in runs.tallies])
        self.servers = np.stack([t.servers for t in runs.tallies])
        self.shown = self._days_shown()

    def _days_shown(self) -> list[int]:
        """The first days in force; of a run alone those around the busiest."""
        days = list(dict.fromkeys(self.dates[k] for k in self.every))
        gates = [i for i, g in enumerate(self.model.gates) if g.stream == self.stream]
        first = 0
        if self.comparison is None and gates:
            total = self.by_day(self.counts, gates, CROSSED, self.every).mean(axis=0)
            first = max(0, min(int(total.argmax()) - MOST_DAYS // 2, len(days) - MOST_DAYS))
        wanted = days[first : first + MOST_DAYS]
        return [k for k in self.every if self.dates[k] in wanted]

    def _shut_to(self, rules: Rules, crossing: str) -> set[str]:
        """The groups to which a crossing is shut, both ways, when the first of the compared orders takes effect."""
        at = self.period.begins
        open_to = {
            g.stream
            for g in self.model.gates
            if g.crossing == crossing and not any(a <= at < b for a, b in rules.shut(g))
        }
        return self._groups(crossing) - open_to

    def _groups(self, crossing: str) -> set[str]:
        """The groups that use a crossing."""
        return {g.stream for g in self.model.gates if g.crossing == crossing}

    def gates(self, crossing: str, stream: str = "") -> list[int]:
        wanted = stream or self.stream
        return [i for i, g in enumerate(self.model.gates) if g.crossing == crossing and g.stream == wanted]

    def by_day(self, counts: Any, gates: Sequence[int], what: int, rows: Sequence[int]) -> Floats:
        """[K, days]: travellers a day at some gates; of those waiting, at the day's end."""
        values = counts[:, list(rows)][:, :, list(gates), what].sum(axis=2).astype(float)
        days = [self.dates[k] for k in rows]
        firsts = sorted({days.index(d) for d in days})
        if what == WAITING:
            lasts = [*(f - 1 for f in firsts[1:]), len(days) - 1]
            return np.asarray(values[:, lasts])
        return np.asarray(np.add.reduceat(values, firsts, axis=1))

    def answer(self) -> Answer:
        streams, found = self.model.scenario.settings.streams, self.comparison
        stream, ends = streams[self.stream], self.now.endings(self.stream)
        others = [] if found is None else [name for name in streams if name != self.stream]
        return Answer(
            self.stream,
            stream.name or self.stream,
            stream.unit,
            len(self.now.seeds),
            self.period.orders,
            self.clock.local(self.period.announced),
            self.begins,
            self.ends,
            self.period.replaced is not None,
            "" if found is None else found.baseline,
            tuple(dict.fromkeys(self.dates[k] for k in self.shown)),
            Figure.of(ends["across"]),
            tuple(self._crossing(c.id, c.name or c.id) for c in self.model.scenario.crossings if self.gates(c.id)),
            *self._eve(),
            Figure.of(no_way(self.model, self.stream, ends, self.dates[-1])),
            Figure.of(ends["gave_up"]),
            self._beds(),
            tuple(_affected(found, name, streams[name]) for name in others if found is not None),
            *self._gap(),
            no_way_without=self._no_way_without(),
        )

    def _no_way_without(self) -> Figure:
        if self.comparison is None:
            return Figure.of([np.nan])
        return Figure.of(no_way(self._base, self.stream, self.was.endings(self.stream), self.dates[-1]))

    @cached_property
    def _base(self) -> Model:
        """The model of what is compared with."""
        assert self.comparison is not None
        return self.without or with_orders(self.model, self.comparison.scenarios[0])

    def _shut(self, gates: Sequence[int]) -> bool:
        """Whether orders close all gates for as long as the compared orders are in force."""
        begin, end = self.period.begins, self.period.ends

        def covers(gate: int) -> bool:
            at = begin
            for a, b in sorted(self.model.rules.shut(self.model.gates[gate])):
                if a <= at < b:
                    at = b
            return at >= end

        return all(covers(i) for i in gates)

    def _crossing(self, ident: str, name: str) -> CrossingAnswer:
        gates = self.gates(ident)
        every = self.every
        days = list(dict.fromkeys(self.dates[k] for k in every))
        waiting = self.by_day(self.counts, gates, WAITING, every)
        came = self.counts[:, every][:, :, gates, ARRIVED].astype(float)
        hours = daily_waits(came, self.waits[:, every][:, :, gates], [self.dates[k] for k in every])
        needed = np.nan_to_num(self.servers[:, every][:, :, gates]).sum(axis=2)
        if not np.isfinite(self.servers).any():
            needed = np.full_like(needed, np.nan)  # expected flows do not say how many officers keep the wait short
        most = int(waiting.mean(axis=0).argmax())
        worst = int(np.nan_to_num(band(hours)["mean"]).argmax())
        busiest = int(np.nan_to_num(needed.mean(axis=0)).argmax())
        was_shut, is_shut = (self._shut_to(rules, ident) for rules in self._rules)
        return CrossingAnswer(
            ident,
            name,
            self._shut(gates),
            ident in self._ordered,
            Figure.of(self.counts[:, :, gates, CROSSED].sum(axis=(1, 2))),
            _each(self.by_day(self.counts, gates, CROSSED, self.shown)),
            _each(self.by_day(self.counts, gates, ARRIVED, self.shown)),
            _each(self.by_day(self.before, gates, CROSSED, self.shown)),
            _each(self.by_day(self.counts, gates, WAITING, self.shown)),
            _each(hours[:, : len(dict.fromkeys(self.dates[k] for k in self.shown))]),
            Figure.of(waiting.max(axis=1)),
            days[min(most, len(days) - 1)],
            Figure.of(longest_wait(hours)),
            days[worst],
            Figure.of(needed[:, busiest]),
            self.dates[every[busiest]],
            on_duty(self.model, gates, [self.dates[every[busiest]]])[0],
            _each(needed[:, : len(self.shown)]),
            on_duty(self.model, gates, [self.dates[k] for k in self.shown]),
            closes=self.stream in is_shut - was_shut,
            opens=self.stream in was_shut - is_shut,
            limited=ident in self._limited,
            everybody=self._groups(ident) <= is_shut,
        )

    def _eve(self) -> tuple[dt.date | None, Figure, Figure, Figure]:
        """The last day before the orders: processed at the crossings that they shut, the day before, and who is left waiting."""
        nothing = Figure.of([np.nan])
        was, now = self._rules
        closing = [
            c.id
            for c in self.model.scenario.crossings
            if self.stream in self._shut_to(now, c.id) - self._shut_to(was, c.id)
        ]
        shut = [i for ident in closing for i in self.gates(ident)]
        first = self.every[0]
        last_open = first - 1 if self.begins.time() == dt.time(0) else first
        if not shut or last_open < 1:
            return None, nothing, nothing, nothing
        rows = [last_open - 1, last_open]
        processed = self.by_day(self.counts, shut, CROSSED, rows)
        waiting = self.by_day(self.counts, shut, WAITING, rows)
        return self.dates[last_open], Figure.of(processed[:, -1]), Figure.of(processed[:, 0]), Figure.of(waiting[:, -1])

    def _beds(self) -> tuple[Beds, ...]:
        out = []
        persons = np.stack([t.present for t in self.now.tallies])
        named = {p.id: p for p in self.model.scenario.places}
        for site, (ident, capacity) in enumerate(zip(self.now.sites, self.now.capacity, strict=True)):
            if capacity is None or named[ident].kind != "reception":
                continue
            there = persons[:, self.every, site]
            mean = there.mean(axis=0)
            full = next((self.dates[k] for k, n in zip(self.every, mean, strict=True) if n >= capacity - 0.5), None)
            peak = int(mean.argmax())
            most = Figure.of(there[:, peak])
            present = tuple((self.dates[k], float(n)) for k, n in zip(self.every, mean, strict=True))
            if most.p95 >= 0.5:
                day = self.dates[self.every[peak]]
                out.append(Beds(ident, named[ident].name or ident, capacity, present, most, day, full))
        return tuple(sorted(out, key=lambda b: (b.full_on or dt.date.max, -b.most.mean / max(b.capacity, 1.0))))

    def _gap(self) -> tuple[tuple[float, float] | None, tuple[tuple[dt.date, float], ...]]:
        """Longest stretch of border with no open crossing while the orders are in force: (without them, with them), km; and
        with them at the noon of each day."""
        if self.comparison is None or not self.comparison.effects:
            return None, ()
        base, full = self.comparison.scenarios
        if base == full:
            return None, ()
        models = (self._base, self.model if self.model.scenario == full else with_orders(self.model, full))
        for border in full.borders:
            if border.id not in full.lines:
                continue
            found = [gaps_by_day(model, self.stream, border.id) for model in models]
            if any(f is None for f in found):
                continue
            without, with_them = (f.worst(self.begins, self.ends) for f in found if f is not None)
            if np.isfinite(without) and np.isfinite(with_them):
                by_day = zip(found[1].noons, found[1].km.tolist(), strict=True) if found[1] else ()
                inside = (
                    (noon.date(), km) for noon, km in by_day if self.begins <= noon < self.ends and np.isfinite(km)
                )
                return (float(without), float(with_them)), tuple(inside)
        return None, ()


def _affected(found: Comparison, name: str, stream: Stream) -> Affected:
    if not found.effects:  # expected flows follow nobody
        return Affected(name, stream.name or name, stream.unit, Figure.of([np.nan]), Figure.of([np.nan]))
    sums = np.stack([e.sums[found.streams.index(name)] for e in found.effects])

    def number(*cells: str) -> Figure:
        return Figure.of(sums[:, [COLUMNS.index(f"{cell} in force") for cell in cells]].sum(axis=1))

    return Affected(name, stream.name or name, stream.unit, number("diverted"), number(*NOT_ACROSS))


def on_duty(model: Model, gates: Sequence[int], days: Sequence[dt.date]) -> tuple[int, ...]:
    """Officers (servers) of the entry control at some gates of one group at noon of each day; of the exit control where there is
    no other."""
    return tuple(sum(lane.servers for lane in lanes) for lanes in lines_on(model, gates, days))


def lines_on(model: Model, gates: Sequence[int], days: Sequence[dt.date]) -> list[list[Lane]]:
    """The control lines at which these officers are, of each day."""
    serving = [lane for lane in model.scenario.lanes if _serves(lane, model, gates)]
    sides = [[lane for lane in serving if lane.side == side] for side in ("entry", "exit")]
    noons = (dt.datetime(day.year, day.month, day.day) + DAY / 2 for day in days)
    return [next((there for lanes in sides if (there := _at(lanes, noon))), []) for noon in noons]


def _serves(lane: Lane, model: Model, gates: Sequence[int]) -> bool:
    """Whether a lane serves one of some gates."""
    return any(
        (lane.crossing, lane.direction) == (g.crossing, g.direction) and (not lane.streams or g.stream in lane.streams)
        for g in (model.gates[i] for i in gates)
    )


def _at(lanes: Sequence[Lane], noon: dt.datetime) -> list[Lane]:
    """Those of some lanes that there are at a local time."""
    return [
        lane
        for lane in lanes
        if (lane.valid_from is None or lane.valid_from <= noon)
        and (lane.valid_until is None or lane.valid_until > noon)
    ]


def _each(values: Floats) -> tuple[Figure, ...]:
    """[K, days] → a figure a day."""
    found = band(
        np.asfortranarray(values, float)
    )  # a day's runs lie together, and are added as one day's alone would be
    return tuple(Figure(*day) for day in zip(*(found[b].tolist() for b in BAND), strict=True))
