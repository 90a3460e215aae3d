"""The evidence between hypotheses, which is computed elsewhere and given as a file."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossings.claims.message import Exact, Message
from crossings.claims.verdicts import CONSISTENT, INCONSISTENT, NOT_SETTLED
from crossings.errors import Fault, InputError
from crossings.io.disk import UnreadableError, read_json
from crossings.scenario.measures import holds

DECIDED = 1.0  # |log10 Bayes factor| beyond which one hypothesis is preferred, with one sign under every setting
POWER = 0.8  # share of synthetic data of this size that must be told apart
MAX_BYTES = 10_000_000
MOST = 1e6  # a number beyond this is a slip


@dataclass(frozen=True, slots=True)
class SwitchEvidence:
    """Switched against grouped: log10 of the Bayes factor, its least and most over the settings, and the power check."""

    log10_bayes_factor: float
    low: float
    high: float
    power: float | None
    verdict: str

    @property
    def decided(self) -> bool:
        """Whether it may be called decided: beyond 1 with one sign throughout, and data of this size tell."""
        apart = min(abs(self.low), abs(self.high), abs(self.log10_bayes_factor)) > DECIDED
        one_sign = (self.low > 0) == (self.high > 0) == (self.log10_bayes_factor > 0)
        undecided = self.verdict.strip().casefold().startswith("undecided")
        return apart and one_sign and self.power is not None and self.power >= POWER and not undecided

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> SwitchEvidence:
        """Read a JSON file with log10_bayes_factor, low, high, power, verdict; raises `InputError` with every fault."""
        where = str(path)[:200]
        try:
            said = read_json(Path(path), MAX_BYTES)
        except UnreadableError as error:
            raise InputError(where, error.what, "give the file of an evidence run") from None
        faults: list[Fault] = []
        factor = _number(said, "log10_bayes_factor", where, faults, needed=True)
        low, high = (_number(said, name, where, faults) for name in ("low", "high"))
        power = _number(said, "power", where, faults)
        if power is not None and not 0 <= power <= 1:
            faults.append(Fault(where, f"power: {power:g} is not a share", "write 0 to 1"))
        low, high = (factor if x is None else x for x in (low, high))
        if None not in (factor, low, high) and not low <= factor <= high:  # type: ignore[operator]
            faults.append(Fault(where, "log10_bayes_factor lies outside low to high", "correct one of the three"))
        if faults or factor is None or low is None or high is None:
            raise InputError(faults)
        return cls(factor, low, high, power, str(said.get("verdict") or "")[:200])


def _number(said: dict[str, Any], name: str, where: str, faults: list[Fault], *, needed: bool = False) -> float | None:
    value = said.get(name)
    if value is None and not needed:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or abs(value) > MOST:
        faults.append(Fault(where, f"{name}: {str(value)[:40]!r} is not a number", "write one, such as 0.4"))
        return None
    return float(value)


def weighed(evidence: SwitchEvidence | None, comparison: str, value: float) -> tuple[str, Message]:
    """The verdict on a claim about the evidence ratio, and the reason."""
    if evidence is None:
        return NOT_SETTLED, Message(
            "no evidence was given: compute it with crossings evidence, and give its file with --evidence"
        )
    if not evidence.decided:
        power = Message("was not checked")
        if evidence.power is not None:
            power = Message("is {share}", share=Exact(evidence.power))
        return NOT_SETTLED, Message(
            "the data cannot tell: the log10 factor is {factor} ({low} to {high} over the settings), and the share of synthetic data that is told apart {power}",
            factor=Exact(evidence.log10_bayes_factor),
            low=Exact(evidence.low),
            high=Exact(evidence.high),
            power=power,
        )
    each = [holds(x, comparison, value) for x in (evidence.low, evidence.log10_bayes_factor, evidence.high)]
    if all(each):
        return CONSISTENT, Message(
            "the factor is beyond 1 with one sign under all settings, and data of this size tell"
        )
    if not any(each):
        return INCONSISTENT, Message(
            "the factor is beyond 1 the other way under all settings, and data of this size tell"
        )
    return NOT_SETTLED, Message("the claimed value lies within the factor's range over the settings")
