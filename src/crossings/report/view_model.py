"""The numbers that the report shows, gathered once: names, days, and amounts per stream, crossing and day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crossings import __version__
from crossings.calibration.posterior import Fit
from crossings.charts import Chart, DaySeries, day_panel
from crossings.claims import Findings
from crossings.measures import units
from crossings.measures.access import Gaps, gaps_by_day
from crossings.model import Model
from crossings.model.variants import with_orders
from crossings.observations.matching import LEAST_RUNS, beside
from crossings.scenario.entities import Observation, Stream
from crossings.scenario.measures import daily_waits
from crossings.simulation.comparison import Comparison
from crossings.store.results import COUNTS, Runs, band
from crossings.views.answer import Answer
from crossings.views.answer_reader import answer_of
from crossings.views.language import ENGLISH, Language
from crossings.views.run_answer import run_answer

Floats = NDArray[np.float64]
DAY = dt.timedelta(days=1)
NOON = dt.timedelta(hours=12)


def short(name: str) -> str:
    """A name without what stands in brackets after it.

    >>> short("Kuusamo (Kortesalmi)")
    'Kuusamo'
    """
    return name.split(" (")[0].strip() or name


def plural(stream: Stream) -> str:
    """What several travellers of a stream are called."""
    return units.plural(stream.unit)


@dataclass(frozen=True)
class Facts:
    """A model with its ensemble and comparison, seen as the report needs them."""

    model: Model
    runs: Runs | None
    comparison: Comparison | None
    counts: tuple[Observation, ...]
    fit: Fit | None = None
    claims: Findings | None = None
    words: Language = ENGLISH
    _gaps: dict[tuple[str, str, bool], Gaps | None] = field(default_factory=dict, init=False, repr=False)
    _answers: dict[str | None, Answer | None] = field(default_factory=dict, init=False, repr=False)

    @property
    def fit_hash(self) -> str | None:
        """By which the draws are known that the runs were made with; None where the scenario's numbers were used."""
        ran = self.comparison or self.runs
        found = None if ran is None else ran.made_by.get("fit")
        return None if found is None else str(found)

    @cached_property
    def baseline(self) -> Runs | None:
        """The ensemble without the orders that are compared."""
        return None if self.comparison is None else self.comparison.runs[self.comparison.baseline]

    @cached_property
    def clock(self) -> str:
        """The zone in which dates are given."""
        return self.model.scenario.settings.timezone

    @cached_property
    def start(self) -> dt.datetime:
        """The local time at which the run starts."""
        return self.model.clock.local(0)

    @cached_property
    def horizon(self) -> dt.datetime:
        """The local time at which it ends."""
        return self.model.clock.local(self.model.clock.horizon_ms)

    @cached_property
    def streams(self) -> dict[str, Stream]:
        """The streams by name."""
        return self.model.scenario.settings.streams

    def stream_name(self, stream: str) -> str:
        """As printed."""
        return self.words.name(self.streams[stream].name or stream)

    def unit(self, stream: str) -> str:
        """What several travellers of a stream are called."""
        return self.words.counted(plural(self.streams[stream]))

    @cached_property
    def crossing_names(self) -> dict[str, str]:
        """Crossings as printed, short; the id where two are called alike."""
        named = {c.id: short(c.name or c.id) for c in self.model.scenario.crossings}
        return {c: name if list(named.values()).count(name) == 1 else c for c, name in named.items()}

    @cached_property
    def place_names(self) -> dict[str, str]:
        """Places as printed."""
        return {p.id: p.name or p.id for p in self.model.scenario.places}

    def country(self, code: str) -> str:
        """A country as printed."""
        known = self.model.scenario.settings.countries.get(code)
        return self.words.country(code, known.name if known and known.name else code)

    def set_name(self, crossings: Sequence[str]) -> str:
        """A set of crossings as printed."""
        names = [self.crossing_names[c] for c in crossings]
        if len(names) > 1 and len(names) == len(self.crossing_names):
            return self.words.say("All {number} crossings", number=str(len(names)))
        return " + ".join(names)

    def gates(self, stream: str, crossings: Iterable[str] = (), direction: str | None = None) -> list[int]:
        """Numbers of the gates of a stream at some crossings (none named: all), in one direction or both."""
        wanted = set(crossings)
        return [
            i
            for i, g in enumerate(self.model.gates)
            if g.stream == stream and (not wanted or g.crossing in wanted) and direction in (None, g.direction)
        ]

    def directions(self, stream: str) -> list[str]:
        """The countries that a stream enters."""
        return list(dict.fromkeys(self.model.gates[i].direction for i in self.gates(stream)))

    # --- amounts by day -------------------------------------------------------------------------

    @cached_property
    def days(self) -> tuple[dt.datetime, ...]:
        """The local midnights of the run's days."""
        dates = self.model.clock.dates()
        return tuple(dt.datetime(d.year, d.month, d.day) for d in dates)

    def _day_of(self, runs: Runs) -> NDArray[np.int64]:
        number = {d: k for k, d in enumerate(self.days)}
        return np.array([number[dt.datetime(p.year, p.month, p.day)] for p in runs.periods], np.int64)

    def daily(self, runs: Runs, gates: Sequence[int], what: str) -> Floats:
        """[K seeds, D days]: travellers counted at some gates each day; of those waiting, at the day's end."""
        values = np.stack([t.counts[:, list(gates), COUNTS.index(what)].sum(axis=1) for t in runs.tallies])
        out = np.zeros((values.shape[0], len(self.days)))
        if what == "waiting":
            out[:, self._day_of(runs)] = values  # the last period of a day is the one that stays
            return out
        for p, day in enumerate(self._day_of(runs)):
            out[:, day] += values[:, p]
        return out

    def waits(self, runs: Runs, gates: Sequence[int]) -> Floats:
        """[K, D]: mean hours of waiting of those who came on each day; nan where hardly anybody did."""
        chosen = list(gates)
        came = np.stack([t.counts[:, chosen, COUNTS.index("arrived")] for t in runs.tallies]).astype(float)
        found = daily_waits(came, np.stack([t.waits[:, chosen, 0] for t in runs.tallies]), self._day_of(runs).tolist())
        mean = np.full((came.shape[0], len(self.days)), np.nan)
        mean[:, np.unique(self._day_of(runs))] = found
        return mean

    def panel(self, title: str, values: DaySeries | Floats, unit: str, **more: Any) -> Chart:
        """A panel by day of a series, or of [K, D]: its median and band over seeds, or [D]. more: as `day_panel` has it."""
        if not isinstance(values, DaySeries):
            bands = band(values) if values.ndim > 1 else dict.fromkeys(("p50", "p05", "p95"), values)
            values = DaySeries(self.days, bands["p50"], bands["p05"], bands["p95"])
        given = {"span": self.span} | more
        return day_panel(title, values, unit=unit, clock=self.clock, words=self.words, **given)

    @cached_property
    def beside(self) -> pl.DataFrame:
        """Counts beside what is simulated in their place; no rows without an ensemble."""
        return pl.DataFrame() if self.runs is None else beside(self.runs)

    @property
    def judged(self) -> bool:
        """Whether there are runs enough to say that a count lies inside or outside their band."""
        return (
            bool(self.counts)
            and self.runs is not None
            and len(self.runs.seeds) >= LEAST_RUNS
            and not self.beside.is_empty()
        )

    def scored(self, stream: str) -> list[dict[str, Any]]:
        """Rows of `beside` of the verified counts of a stream."""
        rows = [] if self.beside.is_empty() else self.beside.to_dicts()
        return [row for row in rows if row["scored"] and stream in row["streams"].split(";")]

    @cached_property
    def missed(self) -> frozenset[str]:
        """The counts that lie outside the simulated band."""
        return frozenset(row["id"] for row in self.beside.iter_rows(named=True) if row["inside"] is False)

    @cached_property
    def without(self) -> Model | None:
        """The model without the orders that are compared; None without a comparison."""
        return None if self.comparison is None else with_orders(self.model, self.comparison.scenarios[0])

    def gaps(self, stream: str, border: str, *, without: bool = False) -> Gaps | None:
        """The longest gap at noon of each day, with or without the compared orders; None where the stream has no gate."""
        key = stream, border, without
        if key not in self._gaps:
            model = self.without if without else self.model
            self._gaps[key] = None if model is None else gaps_by_day(model, stream, border)
        return self._gaps[key]

    def answer(self, stream: str | None = None) -> Answer | None:
        """What the first screen says of a stream: of the comparison, or of a plain run; None without an ensemble.

        stream: by default the first that the compared orders concern.
        """
        if stream not in self._answers:
            if self.comparison is not None:
                found = answer_of(self.comparison, self.model, stream, without=self.without)
                self._answers[stream] = self._answers[found.stream] = found
            else:
                named = stream or next(iter(self.streams))
                self._answers[stream] = None if self.runs is None else run_answer(self.runs, self.model, named)
        return self._answers[stream]

    @cached_property
    def borders(self) -> list[str]:
        """The borders with a line, along which distances can be measured."""
        return [b.id for b in self.model.scenario.borders if b.id in self.model.scenario.lines]

    @cached_property
    def in_force(self) -> tuple[dt.datetime, dt.datetime]:
        """From when until when the compared orders are in force, local times; without a comparison the whole run."""
        if self.comparison is None:
            return self.start, self.horizon
        period = self.comparison.period
        return self.model.clock.local(period.begins), self.model.clock.local(period.ends)

    @cached_property
    def span(self) -> tuple[dt.datetime, dt.datetime]:
        """The time that charts show."""
        return self.days[0], self.horizon

    def shut(self, gates: Sequence[int]) -> list[tuple[dt.datetime, dt.datetime]]:
        """When all of some gates are closed by orders, local times within the run."""
        if not gates:
            return []
        events: list[tuple[int, int]] = []
        for i in gates:
            for begin, end in self.model.rules.shut(self.model.gates[i]):
                events += [(max(0, begin), 1), (min(end, self.model.clock.horizon_ms), -1)]
        out = []
        depth, since = 0, 0
        for at, step in sorted(events, key=lambda e: (e[0], -e[1])):
            if depth == len(gates) and step < 0 and at > since:
                out.append((self.model.clock.local(since), self.model.clock.local(at)))
            depth += step
            if depth == len(gates) and step > 0:
                since = at
        return out

    @property
    def spoken(self) -> str:
        """The zone of dates, as an axis names it."""
        return self.words.say("date ({zone})", zone=self.clock)

    def source(self, more: str = "") -> str:
        """The line under a figure: what made it."""
        say = self.words.say
        parts = [
            f"crossings {__version__}",
            say("scenario {name} ({hash})", name=self.model.scenario.settings.name, hash=self.model.scenario.hash),
        ]
        if self.fit_hash:
            parts.append(say("calibration {hash}", hash=self.fit_hash))
        if self.runs:
            parts.append(say("random seeds {seeds}", seeds=str(self.runs.made_by["seeds"])))
        return f"{say('Source: {list}.', list=', '.join(parts))} {more}".strip()
