"""The runs behind all claims: each pair of scenarios, each setting, each seed, and no run that another tells already.

Streams that meet at no queue and no place do not touch one another, so they are run apart: the people are the same, and a
setting or a draw that changes nothing for some of them needs no new run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from crossings.calibration.draws import Draws
from crossings.claims.sensitivity import AS_WRITTEN, SETTINGS, Setting, with_setting
from crossings.claims.spec import Question
from crossings.model import Model
from crossings.network.threads import available_cores
from crossings.scenario import Scenario
from crossings.scenario.entities import Closure
from crossings.simulation.ensemble import prepare
from crossings.simulation.outcome import Outcome, simulate_once
from crossings.simulation.reduction import VIEWS, Floats, loads, reduce
from crossings.simulation.seeds import Progress, map_seeds

MANY = 50_000  # expected travellers from which on a part is run over few seeds in all settings but the first
FEW = 4
FITTED = 5  # a part with draws is run over so many times the seeds as written: the draws are what spreads
Key = tuple[tuple[str, ...], int, str]
"""The orders that a question is about, the number of the part, the name of the setting."""


@dataclass(frozen=True)
class Part:
    """Streams that share a queue or a place, directly or through others; number: in the order of `parts_of`."""

    number: int
    streams: tuple[str, ...]
    fitted: bool
    many: bool

    def runs(self, seeds: int, setting: Setting) -> int:
        """Over how many seeds it is run in a setting."""
        if setting is AS_WRITTEN:
            return seeds * FITTED if self.fitted else seeds
        return min(seeds, FEW) if self.many else seeds


def parts_of(model: Model, fitted: Iterable[str] = ()) -> list[Part]:
    """The streams with travellers, in parts that do not touch one another."""
    groups = [{s} for s in model.streams]
    meet = [set(q.streams) for q in model.queues]
    choosing = {n for n, s in model.scenario.settings.streams.items() if s.choose == "destination"}
    if choosing and any(p.capacity is not None for p in model.scenario.places):
        meet.append(set(model.streams))  # they look at how full a place is, whoever fills it
    for some in meet:
        touched = [g for g in groups if g & some]
        groups = [g for g in groups if not g & some] + ([set().union(*touched)] if touched else [])
    there = {d.stream for d in model.scenario.demand} | {s.stream for s in model.scenario.stocks}
    number = _expected(model)
    out: list[Part] = []
    for group in sorted(groups, key=lambda g: min(model.streams[s] for s in g)):
        if group & there:
            names = tuple(s for s in model.streams if s in group)
            many = sum(number.get(s, 0.0) for s in names) >= MANY
            out.append(Part(len(out), names, bool(group & set(fitted)), many))
    return out


def _expected(model: Model) -> dict[str, float]:
    cells = model.people.cells
    each = np.where(cells["mean"] >= 0, cells["mean"], cells["count"])
    out: dict[str, float] = {}
    for group, value in zip(cells["group"].tolist(), each.tolist(), strict=True):
        name = model.groups[group][0]
        out[name] = out.get(name, 0.0) + value
    return out


@dataclass(frozen=True)
class _Job:
    part: Part
    setting: Setting
    seed: int
    cases: tuple[tuple[str, ...], ...]


class Worlds:
    """All runs that some questions need; `run` makes them, `pairs` gives the numbers of a question in a setting.

    Questions about the same orders are one, and the load of queues is measured only where one asks for it.
    """

    def __init__(
        self,
        scenario: Scenario,
        questions: Sequence[Question],
        seeds: int,
        draws: Draws | None = None,
        learned: frozenset[tuple[str, str]] = frozenset(),
    ) -> None:
        self.scenario, self.seeds = scenario, seeds
        self.draws, self.learned = draws, learned
        self.cases: dict[tuple[str, ...], Question] = {}
        self._streams: dict[tuple[str, ...], set[str]] = {}
        self._loads: dict[tuple[str, ...], set[str]] = {}
        for question in questions:
            self.cases.setdefault(question.orders, question)
            self._streams.setdefault(question.orders, set()).update(question.streams)
            if question.claim.measure == "peak_load":
                self._loads.setdefault(question.orders, set()).update(question.streams)
        self._models: dict[tuple[int, tuple[Closure, ...], float], Model] = {}
        self._found: dict[Key, list[tuple[Floats, Floats]]] = {}

    @cached_property
    def parts(self) -> list[Part]:
        """The streams in parts."""
        return parts_of(Model(self.scenario), () if self.draws is None else self.draws.streams)

    def run(self, executor: Executor | None, progress: Progress | None) -> None:
        """Make every run that the questions need."""
        jobs = list(self._jobs())
        self.at_once = min(max(1, len(jobs)), available_cores()) * (1 + len(self.cases))
        done = map_seeds(lambda n: self._do(jobs[n]), range(len(jobs)), executor, progress)
        for job, results in zip(jobs, done, strict=True):
            for orders, found in zip(job.cases, results, strict=True):
                self._found.setdefault((orders, job.part.number, job.setting.name), []).append(found)

    def touched(self, streams: Iterable[str]) -> list[Part]:
        """The parts with some of these streams."""
        return [p for p in self.parts if set(p.streams) & set(streams)]

    def pairs(self, question: Question, setting: Setting) -> tuple[Floats, Floats]:
        """Per pair of runs: [pairs, views, streams, COLUMNS], and the loads [pairs, 2, queues]; no pairs if nobody travels.

        The parts of a pair are of one seed each. A part that was run over fewer seeds takes its turn again; one that a
        setting does not change is as written.
        """
        touched = self.touched(question.streams)
        new = [self._found.get((question.orders, p.number, setting.name), []) for p in touched]
        old = [self._found[question.orders, p.number, AS_WRITTEN.name] for p in touched]
        n = max(map(len, new), default=0) or max(map(len, old), default=0)
        each = [a or b for a, b in zip(new, old, strict=True)]
        numbers = [sum(e[k % len(e)][0] for e in each) for k in range(n)]
        load = [np.fmax.reduce([e[k % len(e)][1] for e in each]) for k in range(n)]
        return np.array(numbers), np.array(load)

    def changes(self, question: Question, setting: Setting) -> bool:
        """Whether a setting changes the runs that a question is about."""
        return any((question.orders, p.number, setting.name) in self._found for p in self.touched(question.streams))

    def _jobs(self) -> Iterable[_Job]:
        for part in self.parts:
            asked = tuple(o for o in self.cases if part in self.touched(self._streams[o]))
            if not asked:
                continue
            for setting in SETTINGS:
                if setting is AS_WRITTEN or self._matters(part, self.cases[asked[0]].with_them, setting):
                    for scenario in (s for o in asked for s in (self.cases[o].without, self.cases[o].with_them)):
                        self._model(part, scenario, setting)  # all are made before threads share them
                    yield from (_Job(part, setting, k, asked) for k in range(1, part.runs(self.seeds, setting) + 1))

    def _matters(self, part: Part, scenario: Scenario, setting: Setting) -> bool:
        model = self._model(part, scenario, AS_WRITTEN)
        return with_setting(model, setting, part.streams, self.learned) is not model

    def _model(self, part: Part, scenario: Scenario, setting: Setting) -> Model:
        """The model of a part in a scenario; fields that a setting changes come later, after the draw of a seed."""
        key = (part.number, scenario.closures, setting.way_out)
        if key not in self._models:
            if setting.way_out:
                model = with_setting(self._model(part, scenario, AS_WRITTEN), setting, part.streams)
            else:
                model = Model(_only(scenario, part), _only(self.scenario, part))
            prepare(model, self.draws if part.fitted else None)
            self._models[key] = model
        return self._models[key]

    def _do(self, job: _Job) -> list[tuple[Floats, Floats]]:
        """One seed of a part in a setting, with and without the orders of each question."""
        done: dict[tuple[Closure, ...], tuple[Model, Outcome]] = {}
        for scenario in (s for o in job.cases for s in (self.cases[o].without, self.cases[o].with_them)):
            if scenario.closures not in done:
                model = self._model(job.part, scenario, job.setting)
                if job.part.fitted and self.draws is not None:
                    model = self.draws.draw(model, job.seed)
                model = with_setting(model, job.setting, job.part.streams, self.learned)
                done[scenario.closures] = model, simulate_once(model, job.seed, at_once=self.at_once)
        out = []
        for question in (self.cases[o] for o in job.cases):
            without, (model, with_them) = done[question.without.closures][1], done[question.with_them.closures]
            asked = self._loads.get(question.orders, set()) & set(job.part.streams)
            load = loads(question.period, model, with_them.visits) if asked else np.full((2, len(model.queues)), np.nan)
            views = len(VIEWS) if job.setting is AS_WRITTEN else 1  # the others are judged as written alone
            numbers = reduce(question.period, model, without.crowd, without.fate, with_them.fate, views)
            out.append((numbers, load))
        return out


def _only(scenario: Scenario, part: Part) -> Scenario:
    """The scenario without the travellers of other parts."""
    return dataclasses.replace(
        scenario,
        demand=tuple(d for d in scenario.demand if d.stream in part.streams),
        stocks=tuple(s for s in scenario.stocks if s.stream in part.streams),
    )
