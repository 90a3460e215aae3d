"""What a Flee directory lets a fit learn from the counts of camps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping

from crossings.importers.flee.case import FleeCase
from crossings.scenario.entities import Behaviour, Headcount
from crossings.scenario.fit_spec import FitSettings, Parameter

GAMMA_SD = 0.3  # about the default of 1, so that 0.6 to 1.6 are 90%: far beyond, some known case does clearly worse
CAMP_SD = 1.0  # a camp of unknown size attracts e times more or less


def learning(camps: Iterable[tuple[str, float | None]], behaviour: Behaviour, stream: str) -> FitSettings:
    """The parameters with their priors, which are centred on the numbers that are used without a fit.

    How distance weighs; and how much a camp attracts where nothing says how large it is. Where a capacity does, counts of
    the past say next to nothing more: what a model then has wrong of a camp's arrivals lasts two months or so.

    camps: id and capacity, None = unlimited; behaviour: of the stream.
    """
    middle = behaviour.gamma or 1.0
    gamma = Parameter(prior=f"lognormal({middle:g}, {GAMMA_SD})", meaning="weight of distance", set="behaviour.gamma")
    attraction = {
        f"attraction {camp}": Parameter(
            prior=f"normal({behaviour.alpha.get(camp, 0.0):g}, {CAMP_SD:g})",
            meaning="attraction of the camp",
            set="behaviour.alpha",
            ids=(camp,),
        )
        for camp, capacity in camps
        if capacity is None
    }
    return FitSettings(streams=(stream,), parameters={"gamma": gamma, **attraction})


def headcounts(
    case: FleeCase, place: Mapping[str, str], at: Callable[[FleeCase, int], dt.datetime]
) -> tuple[Headcount, ...]:
    """The counts of camps as they were published. at: the local time at which a day of the case begins."""
    return tuple(
        Headcount(
            place=place[camp],
            date=at(case, int(day)).date(),
            count=float(count),
            published=at(case, int(day) + 1) - dt.timedelta(minutes=1),
            source="source_data",
        )
        for camp, records in zip(case.camps, case.records, strict=True)
        for day, count in zip(records.day, records.count, strict=True)
        if 0 <= day < case.days
    )
