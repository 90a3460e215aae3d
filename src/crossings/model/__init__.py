"""A scenario made ready to run: names to numbers, orders to rules, hours to shifts, roads to journeys.

`Model` holds the arrays that the kernel reads and the tables that people read.
"""

from __future__ import annotations

import copy
import dataclasses
import math
import os
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.errors import InputError
from crossings.io.faults import counted
from crossings.kernel.core.layout import DAY_MS, EXIT, HOUR_MS, SITE, STREAM, ModelTables, PeopleTables
from crossings.model.choice_sets import ChoiceSets
from crossings.model.demand import groups_of, people_tables
from crossings.model.hashes import records
from crossings.model.orders import Gate, Rules
from crossings.model.queues import find_gates, queue_tables, queues_of
from crossings.network.graph import Network
from crossings.scenario import Behaviour, Brought, Clock, Scenario
from crossings.scenario.ids import name_hash

MOST = 65_535  # a traveller's record counts orders, and crowds their groups, in 16 bits


class Model:
    """A scenario compiled for the kernel.

    Parameters
    ----------
    scenario : Scenario, str or path
        A scenario, or the name or directory of one.
    written : Scenario, optional
        The scenario whose orders define the regimes from which choice sets are made (docs/model.md, section 5), so that compared
        scenarios share them; by default all orders as written.

    Examples
    --------
    >>> import crossings as cx
    >>> cx.Model("two-crossings")  # doctest: +ELLIPSIS
    <Model of <Scenario two-crossings: 2024-03-04 to 2024-03-18, 2 crossings, ...>>
    """

    def __init__(self, scenario: Scenario | str | os.PathLike[str], written: Scenario | None = None) -> None:
        if isinstance(scenario, (str, os.PathLike)):
            scenario = Scenario.read(scenario)
        if not isinstance(scenario, Scenario):
            raise TypeError(
                f"a Model is made of a Scenario, or of the name or directory of one, not of {type(scenario).__name__}"
            )
        self.scenario = scenario
        self.written = written or as_written(scenario)
        self.clock = Clock(scenario.settings)
        self.rules = Rules(scenario, self.clock)
        self.places = {p.id: i for i, p in enumerate(scenario.places)}
        self.crossings = {c.id: i for i, c in enumerate(scenario.crossings)}
        self.streams = {name: i for i, name in enumerate(scenario.settings.streams)}
        self.queues = queues_of(scenario, self.clock)
        self.gates: list[Gate] = find_gates(scenario, self.queues)
        self.groups = groups_of(scenario)
        self.network = Network(scenario)

    def __repr__(self) -> str:
        return f"<Model of {self.scenario!r}>"

    def replace(self, **parts: Any) -> Model:
        """The same model with other parts; the rest is shared.

        Parameters
        ----------
        **parts
            choices, people, sites or tables.

        Returns
        -------
        Model
            The other model.

        Raises
        ------
        TypeError
            For a part that a model does not have.
        """
        unknown = set(parts) - {"choices", "people", "sites", "tables"}
        if unknown:
            raise TypeError(f"a model has no part {sorted(unknown)}")
        new: Model = copy.copy(self)
        vars(new).update(parts)  # parts are cached properties: what is there is not made again
        return new

    @cached_property
    def choices(self) -> ChoiceSets:
        """Who can go where: the choice sets with their journeys."""
        same = self.written.closures == self.scenario.closures
        written = self.rules if same else Rules(self.written, self.clock)
        return ChoiceSets(
            self.scenario, self.written, self.network, self.gates, self.groups, self.rules.regimes(), written.regimes()
        )

    @cached_property
    def sites(self) -> list[str]:
        """Places where somebody can arrive, in file order."""
        ends = {a.destination for chosen in self.choices.sets.values() for a in chosen}
        ends |= {p.id for p in self.scenario.places if p.present > 0}
        return [name for name in self.places if name in ends]

    @cached_property
    def tables(self) -> ModelTables:
        """Everything that the kernel reads but the people."""
        queue_number = {queue.name: i for i, queue in enumerate(self.queues)}
        rules = self.rules.tables(self.gates, self.places, self.crossings, self.streams, queue_number)
        orders = rules["orders"]
        if max(len(orders), len(self.groups)) > MOST:
            what = f"{counted(len(orders), 'order')}, and {counted(len(self.groups), 'stream')} to destinations of their own"
            raise InputError("scenario", what, f"at most {MOST:,} of each: fewer orders, or a stream for each part")
        queues, shifts = queue_tables(self.queues, self.gates, self.rules)
        sites, exits = self._site_tables()
        site_of = np.full(max(1, len(self.places)), -1, np.int64)
        site_of[[self.places[name] for name in self.sites]] = np.arange(len(self.sites))
        return ModelTables(
            **self._stream_tables(),
            **rules,
            queues=queues,
            shifts=shifts,
            **self.choices.tables(self.places),
            site_of=site_of,
            sites=sites,
            exits=exits,
            step_ms=self.clock.step_ms,
            end_ms=self.clock.end_ms,
            horizon_ms=self.clock.horizon_ms,
        )

    @cached_property
    def people(self) -> PeopleTables:
        """Who sets out, as the kernel reads it."""
        return people_tables(self.scenario, self.clock, self.places)

    def explain(self, units: str = "metric", width: int = 98) -> str:
        """Who can go where, when, in how many hours, and what each order changes.

        Parameters
        ----------
        units : {"metric", "imperial"}
            Of distances.
        width : int
            Characters in a line.

        Returns
        -------
        str
            A page of text.
        """
        from crossings.model.explain import explain

        return explain(self, units, width)

    def _stream_tables(self) -> dict[str, NDArray[Any]]:
        announced = self.rules.announced()
        rotate: list[int] = []
        news: list[int] = []
        untils: list[int] = []
        rows = []
        for name, stream in self.scenario.settings.streams.items():
            b = stream.behaviour
            brought = b.brought or Brought()
            used = self.choices.gates_in_use(name)
            heard, ending = self.rules.news([self.gates[i] for i in sorted(used)])
            turn = [self.crossings[c] for c in brought.rotate]
            orders = sorted(heard, key=lambda o: (announced[o], o))
            ends = sorted(t for t in ending if t < self.clock.horizon_ms)
            rows.append(
                (
                    stream.kind == "stock",
                    stream.choose == "destination",
                    b.capacity == "buffer",
                    b.wait_weight,
                    b.knowledge_delay_h * HOUR_MS,
                    b.board_delay_h * HOUR_MS / self.clock.step_ms,
                    b.rush,
                    b.flexible_days * DAY_MS,
                    b.recovery_at_once,
                    b.recovery_days * DAY_MS,
                    math.sqrt(math.log1p(b.journey_cv**2)),
                    b.setup_h * HOUR_MS,
                    b.setup_beyond_h,
                    DAY_MS / b.renege_per_day if b.renege_per_day > 0 else math.inf,
                    b.give_up,
                    stream.persons,
                    _outside(stream.kind, b),
                    name_hash("outside"),
                    b.day_shape or 0.0,
                    b.group_size,
                    brought.share,
                    brought.group_size,
                    brought.dwell_h * HOUR_MS,
                    *(len(rotate), len(rotate) + len(turn)),
                    *(len(news), len(news) + len(orders)),
                    *(len(untils), len(untils) + len(ends)),
                )
            )
            rotate += turn
            news += orders
            untils += ends
        return {
            "streams": records(STREAM, rows),
            "rotate": np.array(rotate, np.int64),
            "news_order": np.array(news, np.int64),
            "news_until": np.array(untils, np.int64),
        }

    def _site_tables(self) -> tuple[NDArray[Any], NDArray[Any]]:
        by_name = {p.id: p for p in self.scenario.places}
        sites: list[tuple[Any, ...]] = []
        exits: list[tuple[Any, ...]] = []
        for place in (by_name[name] for name in self.sites):
            spans = [
                (self.clock.to_ms(e.from_), self.clock.to_ms(e.until), e.hazard_per_day)
                for e in self.scenario.exits
                if e.place in (None, place.id)
            ]
            base = 0.0 if place.stay_days is None else 1.0 / place.stay_days
            first = len(exits)
            if base > 0 or spans:
                edges = sorted({0} | {t for a, b, _ in spans for t in (a, b) if t > 0})
                rates = [(base + sum(h for a, b, h in spans if a <= t < b)) / DAY_MS for t in edges]
                sums = np.concatenate([[0.0], np.cumsum(np.diff(edges) * rates[:-1])])
                exits += list(zip(edges, sums.tolist(), rates, strict=True))
            capacity = math.inf if place.capacity is None else place.capacity
            sites.append((capacity, place.present, name_hash(f"place:{place.id}"), first, len(exits)))
        return records(SITE, sites), records(EXIT, exits)


def as_written(scenario: Scenario) -> Scenario:
    """The scenario with all its orders as they were written, also those that were left out since."""
    if scenario.written == scenario.closures:
        return scenario
    return dataclasses.replace(scenario, closures=scenario.written)


def way_out(kind: str, b: Behaviour) -> float | None:
    """Km (power cost) or hours of a journey as costly as not going; None where there is no such way out."""
    given = b.outside_km if b.cost == "power" else b.outside_h
    if given is None and kind == "flow":
        return 1000.0 if b.cost == "power" else 12.0
    return given


def _outside(kind: str, b: Behaviour) -> float:
    """exp(−V) of not going; 0 where there is no such way out."""
    away = way_out(kind, b)
    if away is None:
        return 0.0
    value = b.gamma * math.log(b.softening_km + away) if b.cost == "power" else b.beta * away
    return math.exp(min(700.0, value))


def as_model(given: Model | Scenario | str | os.PathLike[str]) -> Model:
    """A model as it is, or that of a scenario, which may be given by its name or directory; else raises TypeError."""
    return given if isinstance(given, Model) else Model(given)
