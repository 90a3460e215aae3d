"""What a Flee directory lets a fit learn: how distance weighs and how much each camp attracts, from the counts of camps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from crossings.interchange.flee.case import FleeCase
from crossings.scenario.entities import Headcount
from crossings.scenario.learning import Learning, Parameter

__all__ = ["headcounts", "learning"]

CAMP_SD = 0.15  # how far camps of one size and distance may differ in attraction before counts are looked at
GAMMA_SD = 0.15
DAYS = 7  # counts are linear between records, so a row a week is enough


def learning(case: FleeCase, place: Mapping[str, str], stream: str) -> Learning:
    """The parameters with their priors. place: ids of places by location."""
    gamma = Parameter(prior=f"lognormal(1, {GAMMA_SD})", meaning="weight of distance", set="behaviour.gamma")
    attraction = {
        f"attraction {place[camp]}": Parameter(
            prior=f"normal(0, {CAMP_SD})", meaning="attraction of the camp", set="behaviour.alpha", ids=(place[camp],)
        )
        for camp in case.camps
    }
    return Learning(streams=(stream,), parameters={"gamma": gamma, **attraction})


def headcounts(
    case: FleeCase, place: Mapping[str, str], at: Callable[[FleeCase, int], dt.datetime]
) -> tuple[Headcount, ...]:
    """The counts of camps. at: the local time at which a day of the case begins."""
    return tuple(
        Headcount(place=place[camp], date=at(case, day).date(), count=float(case.counts[c, day]), source="source_data")
        for day in range(0, case.days, DAYS)
        for c, camp in enumerate(case.camps)
    )
