"""Claims held to their measures in the background, one after the other, as `crossings claims` does it for each alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

from crossings.claims import Finding, examine
from crossings.errors import Fault, InputError, unknown
from crossings.io.faults import counted
from crossings.scenario import Scenario
from crossings.scenario.entities import Claim
from crossings.scenario.measures import MEASURES
from crossings.views.language import Language
from crossings.web.claims_view import finding_view
from crossings.web.jobs import Job

MOST_CLAIMS = 100


@dataclass
class Examination(Job):
    """Claims of a scenario being held to their measures. batches: the ids of those that are examined together.

    now: the ids that are being examined; runs, of_runs: pairs of runs that are done for these, and that they need.
    """

    scenario: Scenario
    seeds: int
    batches: tuple[tuple[str, ...], ...]
    found: list[Finding] = field(default_factory=list)
    made_by: dict[str, Any] = field(default_factory=dict)
    now: tuple[str, ...] = ()
    runs: int = 0
    of_runs: int = 0

    @property
    def ids(self) -> list[str]:
        """The claims, in the order in which they are examined."""
        return [name for batch in self.batches for name in batch]

    def work(self, pool: Executor, cores: int, stop_if_unwanted: Callable[[], None]) -> None:
        """Examine one batch after the other."""

        def step(number: int, total: int) -> None:
            self.runs, self.of_runs = number, total
            stop_if_unwanted()

        for batch in self.batches:
            self.now, self.runs, self.of_runs = batch, 0, 0
            stop_if_unwanted()
            found = examine(self.scenario, seeds=self.seeds, only=batch, executor=pool, progress=step)
            self.made_by = found.made_by
            self.found += list(found)
        self.now = ()

    def view(self, have: int, words: Language) -> dict[str, Any]:
        """How far it is, and the findings after those that the asker has, in a language."""
        state = self.state  # before the findings: what is called done is shown whole
        found = list(self.found)
        return {
            "id": self.id,
            "state": state,
            "problem": self.problem,
            "seeds": self.seeds,
            "claims": self.ids,
            "now": list(self.now),
            "runs": self.runs,
            "of_runs": self.of_runs,
            "shown": len(found),
            "made_by": self.made_by,
            "findings": [finding_view(one, words) for one in found[have:]],
        }


def examination(scenario: Scenario, only: Iterable[str], seeds: int) -> Examination:
    """Claims of a scenario to be examined: those that are named, or all. Raises InputError for names that are not there.

    What needs no runs comes first and together, then claims about few kinds of travellers, then the others.
    """
    wanted = dict.fromkeys(only)
    known = [claim.id for claim in scenario.claims]
    faults = unknown("only", "claim", wanted, known)
    chosen = [claim for claim in scenario.claims if not wanted or claim.id in wanted]
    if len(chosen) > MOST_CLAIMS:
        faults.append(Fault("only", counted(len(chosen), "claim"), f"at most {MOST_CLAIMS} at once; name some"))
    if not known and not faults:
        faults.append(Fault("claims.csv", "the scenario holds no claims", "write them there"))
    if faults:
        raise InputError(faults[:50])
    fixed = tuple(claim.id for claim in chosen if not _simulated(claim))
    drawn = sorted(filter(_simulated, chosen), key=lambda c: len(c.streams) or len(scenario.settings.streams))
    return Examination(scenario, seeds, (*([fixed] if fixed else []), *((claim.id,) for claim in drawn)))


def _simulated(claim: Claim) -> bool:
    measure = MEASURES.get(claim.measure)
    return measure is not None and measure.how == "simulated"
