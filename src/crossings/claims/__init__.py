"""A claim and what the numbers say of it: its measure, with interval, sensitivity and verdict (docs/model.md, "Claims")."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from crossings.calibration.draws import Draws
from crossings.calibration.posterior import Fit
from crossings.claims.evidence import SwitchEvidence, weighed
from crossings.claims.measures import Gap, details, figures, longest_gaps
from crossings.claims.message import Message
from crossings.claims.runs import Worlds
from crossings.claims.sensitivity import AS_WRITTEN, SETTINGS, TAU_1, TAU_24, TO_THE_END, Setting, learned_fields
from crossings.claims.spec import Question, question_of
from crossings.claims.text import cannot_say, computed_words, gap_details, people_words
from crossings.claims.verdicts import (
    CONSISTENT,
    INCONSISTENT,
    NOT_SETTLED,
    NOT_TESTABLE,
    PRIOR_DRIVEN,
    VERDICTS,
    PriorSensitivity,
    chance,
    sensitive_to,
    verdict,
)
from crossings.errors import check_known
from crossings.model import Model
from crossings.scenario import Scenario
from crossings.scenario.entities import Claim
from crossings.scenario.measures import PEOPLE, Measure, holds
from crossings.simulation.ensemble import made_by
from crossings.simulation.reduction import VIEWS, Floats
from crossings.simulation.seeds import Progress
from crossings.store.results import band

__all__ = [
    "CONSISTENT",
    "FIGURE_ALONE",
    "INCONSISTENT",
    "NOT_SETTLED",
    "NOT_TESTABLE",
    "NO_MEASURE",
    "PRIOR_DRIVEN",
    "SEEDS",
    "VERDICTS",
    "Finding",
    "Findings",
    "Sensitivity",
    "SwitchEvidence",
    "examine",
]

SEEDS = 20


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """A claim's figure in one setting: band over the pairs of runs, and support ``p``, the share of them in which the claim
    holds.
    """

    setting: str
    pairs: int
    figure: dict[str, float | None]
    p: float | None


@dataclass(frozen=True)
class Finding:
    """What the numbers say of one claim.

    figure: mean, p05, p50, p95 as written, empty where there is none; reason, computed, cannot: a sentence each, in English as
    a string; details: what stands behind the figure, by name.
    """

    claim: Claim
    measure: Measure | None
    value: float | None
    streams: tuple[str, ...]
    orders: tuple[str, ...]
    figure: dict[str, float | None]
    verdict: str
    reason: Message
    computed: Message
    cannot: Message
    sensitivity: tuple[Sensitivity, ...] = ()
    prior_driven_by: tuple[PriorSensitivity, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def p(self) -> float | None:
        """Support with the settings as written."""
        return self.sensitivity[0].p if self.sensitivity else None

    def to_json(self) -> dict[str, Any]:
        """One item of ``claims`` in what `crossings claims --json` prints."""
        c = self.claim
        return {
            "id": c.id,
            "by": c.by,
            "date": c.date.isoformat(),
            "words": c.words,
            "reading": c.reading,
            "source": c.source,
            "measure": c.measure or None,
            "unit": None if self.measure is None else self.measure.unit,
            "comparison": c.comparison or None,
            "value": self.value,
            "orders": list(self.orders),
            "streams": list(self.streams),
            "figure": self.figure or None,
            "people": str(people_words(self)),
            "p": self.p,
            "verdict": self.verdict,
            "reason": str(self.reason),
            "computed": str(self.computed),
            "cannot": str(self.cannot),
            "sensitivity": [{"setting": s.setting, "pairs": s.pairs, "p": s.p, **s.figure} for s in self.sensitivity],
            "hangs_on": [
                {"parameter": h.parameter, "contraction": h.contraction, "p_low": h.lower, "p_high": h.upper}
                for h in self.prior_driven_by
            ],
            "details": self.details,
        }


@dataclass(frozen=True)
class Findings:
    """All claims of a scenario held to their measures; iterates over the findings, in the order of claims.csv."""

    scenario: str
    seeds: int
    findings: tuple[Finding, ...]
    made_by: dict[str, Any]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def to_json(self) -> dict[str, Any]:
        """The object that `crossings claims --json` prints."""
        return {
            "scenario": self.scenario,
            "seeds": self.seeds,
            "made_by": self.made_by,
            "settings": [{"name": s.name, "meaning": s.meaning} for s in SETTINGS],
            "claims": [f.to_json() for f in self.findings],
        }


def examine(
    scenario: Scenario,
    *,
    fit: Fit | None = None,
    seeds: int = SEEDS,
    evidence: SwitchEvidence | None = None,
    only: Iterable[str] = (),
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Findings:
    """Test every claim of a scenario against its measure.

    Parameters
    ----------
    scenario : Scenario
        With its claims.
    fit : Fit, optional
        What was learned from counts; seed k then has draw k.
    seeds : int
        Pairs of runs in each sensitivity setting, from seed 1.
    evidence : Evidence, optional
        The figure of claims about how people came.
    only : iterable of str
        Ids of claims; by default all.
    executor : concurrent.futures.Executor, optional
        Where seeds are run; by default threads, one a core.
    progress : callable, optional
        Called with (pairs done, pairs in all).

    Returns
    -------
    Findings
        For each claim its figure with range, sensitivity and verdict.

    Raises
    ------
    InputError
        Where the fit is not one of this scenario, or a claim is unknown.

    Examples
    --------
    >>> import crossings as cx
    >>> [f.verdict for f in examine(cx.Scenario.read("two-crossings"))]
    []
    """
    draws = None if fit is None else Draws.of(fit, scenario)
    questions = [question_of(claim, scenario) for claim in _chosen(scenario, tuple(only))]
    simulated = [q for q in questions if q.measure and q.measure.how == "simulated" and q.orders]
    worlds = Worlds(scenario, simulated, seeds, draws, learned_fields(fit))
    if simulated:
        worlds.run(executor, progress)
    model = Model(scenario)
    bench = _Bench(model, worlds, fit, draws, evidence)
    made = made_by(model, list(range(1, seeds + 1))) | ({} if draws is None else draws.made_by)
    return Findings(scenario.settings.name, seeds, tuple(bench.finding(q) for q in questions), made)


def _chosen(scenario: Scenario, only: tuple[str, ...]) -> list[Claim]:
    check_known("claim", "claim", only, [claim.id for claim in scenario.claims])
    return [claim for claim in scenario.claims if not only or claim.id in only]


@dataclass(frozen=True)
class _Bench:
    """Where each question is answered."""

    model: Model
    worlds: Worlds
    fit: Fit | None
    draws: Draws | None
    evidence: SwitchEvidence | None

    def finding(self, question: Question) -> Finding:
        """One claim held to its measure."""
        measure = question.measure
        if measure is None:
            return self._found(question, NOT_TESTABLE, NO_MEASURE)
        if measure.how == "given":
            return self._given(question)
        if not question.orders:
            return self._found(question, NOT_SETTLED, NO_ORDER)
        return self._ground(question) if measure.how == "ground" else self._simulated(question)

    def _found(self, question: Question, word: str, reason: Message, **more: Any) -> Finding:
        return Finding(
            question.claim,
            question.measure,
            question.value,
            question.streams,
            question.orders,
            more.pop("figure", {}),
            word,
            reason,
            computed_words(question, self.model),
            cannot_say(question),
            **more,
        )

    def _given(self, question: Question) -> Finding:
        given = self.evidence
        figure: dict[str, float | None] = {}
        about: dict[str, Any] = {}
        if given is not None:
            figure = dict(zip(("mean", "p05", "p50", "p95"), [given.log10_bayes_factor] + [None] * 3, strict=True))
            about = {"low": given.low, "high": given.high, "power": given.power, "said": given.verdict}
        if question.value is None:
            return self._found(question, NOT_TESTABLE, FIGURE_ALONE, figure=figure, details=about)
        word, why = weighed(given, question.claim.comparison, question.value)
        return self._found(question, word, why, figure=figure, details=about)

    def _ground(self, question: Question) -> Finding:
        world = Model(question.with_them)
        period = question.period
        gap = longest_gaps(question, world, period.ends)
        if not isinstance(gap, Gap):
            return self._found(question, NOT_SETTLED, Message("not measured: {why}", why=gap))
        judged = {AS_WRITTEN.name: gap}
        if period.ends < period.horizon:
            late = longest_gaps(question, world, period.horizon)
            if isinstance(late, Gap):
                judged[next(s.name for s in SETTINGS if s.view == TO_THE_END)] = late
        some = []
        for name, found in judged.items():
            km, claim, value = found.worst.longest_gap_km, question.claim, question.value
            p = None if value is None else float(holds(km, claim.comparison, value))
            some.append(Sensitivity(name, 1, dict.fromkeys(("mean", "p05", "p50", "p95"), km), p))
        more = {"figure": some[0].figure, "sensitivity": tuple(some), "details": gap_details(gap, self.model)}
        if question.value is None:
            return self._found(question, NOT_TESTABLE, FIGURE_ALONE, **more)
        chances = {s.setting: s.p for s in some if s.p is not None}
        word, _ = verdict(chances, 10**6)
        why = Message("nothing is drawn at random: it follows from orders, hours and roads")
        return self._found(question, word, why, **more)

    def _simulated(self, question: Question) -> Finding:
        some: list[Sensitivity] = []
        main = np.zeros(0)
        for setting in SETTINGS:
            view_alone = not setting.field and not setting.way_out
            if not self._bears(question, setting) or not (view_alone or self.worlds.changes(question, setting)):
                continue
            numbers, loads = self.worlds.pairs(question, AS_WRITTEN if view_alone else setting)
            whole = VIEWS[setting.view][0]
            values = figures(question, self.model, numbers, loads, setting.view, whole=whole) / setting.journeys
            if setting is AS_WRITTEN:
                main = values
                about = details(question, self.model, numbers)
            figure = {b: None if np.isnan(v) else float(v) for b, v in band(values).items()}
            p = None if question.value is None else chance(values, question.claim.comparison, question.value)
            some.append(Sensitivity(setting.name, len(values), figure, p))
        if not np.isfinite(main).any():
            nobody = Message("nobody is there to measure it on")
            return self._found(question, NOT_SETTLED, nobody, sensitivity=tuple(some))
        found = self._prior_driven_by(question, main)
        more = {"figure": some[0].figure, "sensitivity": tuple(some), "details": about}
        if question.value is None:
            return self._found(question, NOT_TESTABLE, FIGURE_ALONE, **more)
        chances = {s.setting: s.p for s in some if s.p is not None}
        word, why = verdict(chances, int(np.isfinite(main).sum()), found)
        return self._found(question, word, why, prior_driven_by=tuple(found), **more)

    @staticmethod
    def _bears(question: Question, setting: Setting) -> bool:
        """Whether a way of judging can make a difference to the measure."""
        if setting.view == TO_THE_END:
            return question.period.replaced is not None
        if setting.journeys != 1.0:
            return question.measure is not None and question.measure.unit in PEOPLE and question.value is not None
        return setting.view not in (TAU_1, TAU_24) or question.claim.measure in ("journeys_affected", "extra_hours")

    def _prior_driven_by(self, question: Question, values: Floats) -> list[PriorSensitivity]:
        """Parameters that hardly anything is known of, on which the verdict depends: only with a fit that bears on it."""
        if self.fit is None or self.draws is None or question.value is None:
            return []
        if not any(p.fitted for p in self.worlds.touched(question.streams)):
            return []
        which = [self.draws.names.index(name) for name in self.fit.names]
        drawn = self.draws.values[np.arange(1, len(values) + 1) % len(self.draws.values)][:, which]
        claim = question.claim
        return sensitive_to(values, claim.comparison, question.value, self.fit.names, drawn, self.fit.contraction)


NO_MEASURE = Message("no measure of the catalogue bears on it: it is about law or intent, or nothing here computes it")
NO_ORDER = Message("no order that it could be about was announced by its day")
FIGURE_ALONE = Message("the claim gives no number to test; the computed figure is for information")
