"""The section ``fit`` of scenario.yaml: which numbers are learned from counts, and what is believed of them before."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Annotated, Any

from pydantic import AfterValidator, field_validator, model_validator

from crossings.scenario.field_types import Entity, Identifier, Identifiers, Local, NonNegative, Text
from crossings.scenario.field_types import field as _f

TARGETS = {
    "behaviour.alpha": "attraction of the crossings or destinations in `ids`",
    "behaviour.beta": "weight of hours, exponential cost",
    "behaviour.board_delay_h": "by how much what is heard of waits is old, hours; where it is above 0",
    "behaviour.flexible_days": "mean number of days by which a journey can be moved; of flows that have some",
    "behaviour.gamma": "weight of ln(softening + km), power cost",
    "behaviour.give_up": "probability of giving up",
    "behaviour.knowledge_delay_h": "mean delay of knowledge, hours",
    "behaviour.levelled": "how far the crossings in `ids` attract as if equally far: 0 = by distance alone, 1 = all alike",
    "behaviour.outside_h": "journey as costly as not going, hours, exponential cost",
    "behaviour.outside_km": "journey as costly as not going, km, power cost; also of a stock, which has no way out else",
    "behaviour.recovery_at_once": "share who go again as soon as a closure has ended; where recovery_days is above 0",
    "behaviour.recovery_days": "mean time after which the others go again, days; where it is above 0",
    "behaviour.renege_per_day": "rate of losing patience, 1/day",
    "behaviour.rush": "factor on leaving before a closure",
    "behaviour.setup_h": "mean time to arrange a long detour, hours",
    "behaviour.wait_weight": "weight of believed waiting, 1/h",
    "demand.per_day": "travellers a day",
    "lanes.per_hour": "services per open hour, all servers of the lane together",
    "lanes.service_min_mean": "mean service, minutes",
    "noise.day_shape": "shape of the gamma day factor shared by all crossings",
    "noise.switched": "share of the whole border's flow that a hidden crossing of the day takes",
    "noise.supply_sd": "how far the level of all who come moves, sd of its logarithm; it lasts for days",
    "noise.route_sd": "how far each crossing moves beside the others, sd of its logarithm; it lasts for days",
    "noise.group_size": "mean size of the groups that come together, persons",
    "stocks.hazard_per_day": "rate of leaving, 1/day",
    "stocks.initial": "travellers waiting at the start",
}
PRIORS = {
    "normal": ("mean", "standard deviation"),
    "lognormal": ("median", "standard deviation of the logarithm"),
    "beta": ("a", "b"),
    "uniform": ("least", "most"),
}
SHARES = ("behaviour.give_up", "behaviour.levelled", "behaviour.recovery_at_once", "noise.switched")  # from 0 to 1
_PRIOR = re.compile(r"(?:([-+.\de]+)\s*\+\s*)?(\w+)\(\s*([-+.\de]+)\s*,\s*([-+.\de]+)\s*\)")


def parse_prior(text: str) -> tuple[str, float, float, float]:
    """The kind, its two numbers and what is added, of a prior such as ``lognormal(2.5, 0.4)`` or ``1 + lognormal(9, 0.4)``.

    >>> parse_prior("1 + lognormal(9, 0.4)")
    ('lognormal', 9.0, 0.4, 1.0)
    """
    found = _PRIOR.fullmatch(text.strip())
    forms = ", ".join(f"{kind}({a}, {b})" for kind, (a, b) in PRIORS.items())
    if not found or found[2] not in PRIORS:
        raise ValueError(f"'{text[:60]}' is not a prior; accepted: {forms}, and a number + one of them")
    try:
        plus, a, b = float(found[1] or 0.0), float(found[3]), float(found[4])
    except ValueError:
        raise ValueError(
            f"'{text[:60]}' has a number that cannot be read; write for example {found[2]}(2.5, 0.4)"
        ) from None
    kind = found[2]
    names = PRIORS[kind]
    if not all(map(math.isfinite, (plus, a, b))):
        raise ValueError("the numbers of a prior must be finite")
    if kind == "uniform" and not a < b:
        raise ValueError(f"uniform({a:g}, {b:g}) excludes everything; the first number must be the smaller")
    if (kind != "uniform" and b <= 0) or (kind in ("lognormal", "beta") and a <= 0):
        which = names[1] if b <= 0 else names[0]
        raise ValueError(f"{kind}({a:g}, {b:g}) excludes everything; its {which} must be above 0")
    return kind, a, b, plus


def support(text: str) -> tuple[float, float]:
    """The least and the most that a prior allows.

    >>> support("1 + lognormal(9, 0.4)")
    (1.0, inf)
    """
    kind, a, b, plus = parse_prior(text)
    least, most = {
        "normal": (-math.inf, math.inf),
        "lognormal": (0.0, math.inf),
        "beta": (0.0, 1.0),
        "uniform": (a, b),
    }[kind]
    return least + plus, most + plus


def _prior(text: str) -> str:
    parse_prior(text)
    return text


class Parameter(Entity):
    """A number to be learned: what is believed of it before, and what it changes (one of set, scale, grow)."""

    prior: Annotated[Text, AfterValidator(_prior)] = _f("what is believed before, such as lognormal(2.5, 0.4)")
    meaning: Text = _f("in words", default="")
    unit: Text = _f("of the number", default="")
    source: Text = _f("where the prior comes from", default="")
    set: Text | None = _f("what the number stands in place of", default=None)
    scale: Text | None = _f("what the number multiplies", default=None)
    grow: Text | None = _f("what grows by this much a day (continuously) between `from` and `until`", default=None)
    stream: Identifier | None = _f("only of this stream", default=None)
    origin: Identifier | None = _f("only of this origin", default=None)
    ids: tuple[Text, ...] = _f("only of these: ids of lanes (with * for any text), or names for alpha", default=())
    from_: Local | None = _f("only what begins then or later", "local date or time", None, alias="from")
    until: Local | None = _f("only what begins before", "local date or time", None)

    @property
    def target(self) -> str:
        """What it changes."""
        return self.set or self.scale or self.grow or ""

    @property
    def range(self) -> tuple[float, float]:
        """The least and the most that the number can be."""
        if self.how == "grow" or self.target == "behaviour.alpha":
            return -math.inf, math.inf
        if self.target in SHARES:
            return 0.0, 1.0
        return (1.0 if self.target == "noise.group_size" else 0.0), math.inf

    @property
    def how(self) -> str:
        """set, scale or grow."""
        return "set" if self.set else "scale" if self.scale else "grow"

    @field_validator("until", mode="before")
    @classmethod
    def _through_the_day(cls, value: Any) -> Any:
        """A bare date means its end, as everywhere."""
        if isinstance(value, str) and len(value) == 10:
            try:
                return dt.datetime.fromisoformat(value) + dt.timedelta(days=1)
            except ValueError:
                return value
        return value

    @model_validator(mode="after")
    def _one_target(self) -> Parameter:
        given = [name for name in (self.set, self.scale, self.grow) if name]
        if len(given) != 1:
            raise ValueError("what it changes is not said; write one of set, scale and grow")
        if given[0] not in TARGETS:
            from crossings.errors import suggest

            raise ValueError(f"'{given[0][:60]}' cannot be learned; {suggest(given[0], list(TARGETS))}")
        if self.how == "grow" and given[0] not in ("stocks.hazard_per_day", "demand.per_day"):
            raise ValueError("only stocks.hazard_per_day and demand.per_day can grow; write set or scale")
        if given[0] in ("behaviour.alpha", "behaviour.levelled") and (self.how != "set" or not self.ids):
            raise ValueError(f"{given[0]} is set for names; write set and ids: [name, ...]")
        if (given[0].startswith("noise.") or given[0] in SHARES) and self.how != "set":
            raise ValueError(f"{given[0]} can only be set; write set")
        low, high = self.range
        least, most = support(self.prior)
        if least < low or most > high:
            beyond = f"below {low:g}" if high == math.inf else f"beyond {low:g} to {high:g}"
            other = (
                f"uniform({low:g}, {high:g}) or beta"
                if high < math.inf
                else "lognormal"
                if low == 0
                else f"{low:g} + lognormal"
            )
            raise ValueError(f"'{self.prior[:60]}' allows numbers {beyond}, which {given[0]} cannot be; write {other}")
        return self


class FitSettings(Entity):
    """What is learned from counts: parameters with their priors, and what the likelihood needs besides."""

    streams: Identifiers = _f("streams that are learned; empty = all that have counts", default=())
    background_per_day: NonNegative = _f("added to every expected count, per crossing and day", "1/day", 0.1)
    carry_forward: bool = _f("where a later row is not yet known, the last known rate goes on", default=True)
    parameters: dict[Identifier, Parameter] = _f("numbers to be learned, by name", default={})
