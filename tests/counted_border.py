"""A small border with made-up counts, for tests of learning: fitted in a second or two."""

from __future__ import annotations

import datetime as dt
from typing import Any

import tiny
from crossings.scenario import Scenario
from crossings.scenario.entities import Observation
from crossings.scenario.fit_spec import FitSettings, Parameter

PARAMETERS = {
    "volume": Parameter(prior="lognormal(1, 0.5)", scale="demand.per_day"),
    "gamma": Parameter(prior="lognormal(1.5, 0.5)", set="behaviour.gamma"),
    "south": Parameter(prior="normal(0, 0.5)", set="behaviour.alpha", ids=("south",)),
}
NOISE = {"groups": Parameter(prior="1 + lognormal(1, 0.5)", set="noise.group_size")}


def count(ident: str, crossings: str, day: int, number: float, **more: Any) -> Observation:
    """A day's count."""
    start = tiny.at(day)
    return Observation(
        id=ident,
        crossings=tuple(crossings.split(";")),
        direction="BB",
        streams=("people",),
        from_=start,
        until=more.pop("until", start + dt.timedelta(days=1)),
        count=number,
        what=more.pop("what", "crossed"),
        published=start + dt.timedelta(days=1, hours=2),
        **more,
    )


COUNTS = tuple(
    count(f"{where}-{day}", where, day, number)
    for day, pair in enumerate([(70, 33), (66, 30), (75, 28), (60, 35), (71, 31)])
    for where, number in zip(("north", "south"), pair, strict=True)
)


def border(
    counts: tuple[Observation, ...] = COUNTS, parameters: dict[str, Parameter] | None = None, **more: Any
) -> Scenario:
    """Two crossings, 100 a day expected, five days of counts."""
    fit = FitSettings(parameters=PARAMETERS | NOISE if parameters is None else parameters, streams=("people",))
    return tiny.two_crossings(
        days=6,
        streams=tiny.people("flow", gamma=1.5),
        demand=(tiny.flow(100.0, 0, 5, published=None),),
        observations=counts,
        settings={"fit": fit},
        **more,
    )
