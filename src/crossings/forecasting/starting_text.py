"""The commented text of a scenario made from three files."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crossings.forecasting.draws import logistic, normal

NOTICE = 5.0  # days before a closure over which the rush is spread


def _flexible_days(rush: float) -> float:
    """By how many days journeys can be moved, on average, so that traffic is ``rush`` times as much in the `NOTICE` days before a
    closure.

    Of those planned for the d-th day of it the share exp(-d / f) goes before: 1 / (exp(1 / f) - 1) days of traffic in all.
    """
    return 1.0 / math.log1p(1.0 / (NOTICE * max(rush - 1.0, 0.01)))


@dataclass(frozen=True)
class StreamSettings:
    """What the text says of a stream: beta, the weight of an hour; outside, the cost of not going; alpha, attractions; recovery,
    as in the priors; rush, how many times as much traffic there is before a closure.
    """

    name: str
    unit: str
    beta: float
    outside: float
    alpha: Mapping[str, float]
    recovery: Mapping[str, float]
    rush: float


def settings_text(
    name: str,
    start: dt.date,
    end: dt.date,
    timezone: str,
    countries: Sequence[str],
    streams: Sequence[StreamSettings],
) -> str:
    """scenario.yaml."""
    land = "\n".join(f"  {code}: {{name: {code}}}" for code in countries)
    body = "\n".join(_stream(stream) for stream in streams)
    fit = "\n".join(_fit(stream, k) for k, stream in enumerate(streams, 1))
    names = ", ".join(json.dumps(stream.name) for stream in streams)
    return _SETTINGS.format(
        name=json.dumps(name), start=start, end=end, timezone=timezone, land=land, body=body, fit=fit, names=names
    )


def _stream(stream: StreamSettings) -> str:
    beta, recovery = stream.beta, stream.recovery
    text = _STREAM.format(
        name=json.dumps(stream.name),
        unit=stream.unit,
        beta=f"{beta:.3g}",
        outside_h=f"{stream.outside / beta:.3g}",
        flexible=f"{_flexible_days(stream.rush):.2g}",
        at_once=f"{float(logistic(np.array(recovery['at_once']))):.2g}",
        days=f"{recovery['days']:.2g}",
    )
    if stream.alpha:
        text += "      alpha:                  # with these each crossing carries what was counted on an ordinary day\n"
        text += "".join(f"        {json.dumps(c)}: {a}\n" for c, a in stream.alpha.items())
    return text


def _fit(stream: StreamSettings, k: int) -> str:
    recovery = stream.recovery
    share = logistic(recovery["at_once"] + recovery["at_once_spread"] * normal("at once"))
    mean = float(share.mean())
    size = mean * (1.0 - mean) / float(share.var()) - 1.0  # of the beta with that mean and variance
    return _FIT.format(
        k=k,
        name=json.dumps(stream.name),
        beta=f"{stream.beta:.3g}",
        flexible=f"{_flexible_days(stream.rush):.2g}",
        a=f"{mean * size:.2g}",
        b=f"{(1.0 - mean) * size:.2g}",
        days=f"{recovery['days']:.2g}",
        days_spread=f"{recovery['days_spread']:.2g}",
    )


def sources_text(notes: Sequence[str]) -> str:
    """SOURCES.md: what stands on the three files, and what was assumed."""
    listed = "\n".join(f"- {note}" for note in notes)
    return f"{_SOURCES}\n{listed}\n" if listed else _SOURCES


_SETTINGS = """\
# Made from counts.csv, crossings.csv and closures.csv (they stand in history/). Forecasts of the counts: crossings backtest DIR
# Roads, places, lanes and behaviour are assumptions: replace what you know better. What each figure rests on: SOURCES.md.
name: {name}
title: {name}
start: {start}
end: {end}                # this day is still run
timezone: {timezone}               # dates here, in orders and in counts are read in this zone
step_min: 60
drain_days: 2
wait_target_h: 1
sources: SOURCES.md

countries:
{land}

streams:

{body}
# What crossings fit learns from observations.csv, and what is believed before: medians and spreads from other closures.
fit:
  streams: [{names}]
  parameters:
{fit}
    shape:
      prior: 1 + lognormal(30, 0.7)
      meaning: how alike days are; small numbers, days that differ much
      set: noise.day_shape
      source: assumption
"""

_STREAM = """\
  {name}:
    unit: {unit}
    kind: flow                # ordinary traffic: demand.csv
    choose: crossing
    source: "weight of hours: the share that goes round by another crossing in other closures (crossings atlas)"
    behaviour:
      cost: exponential
      beta: {beta}              # 1/h: how much an hour of detour weighs
      outside_h: {outside_h}         # a journey as costly as not going, hours
      wait_weight: 0.05
      knowledge_delay_h: 4
      flexible_days: {flexible}        # journeys are made so many days earlier or later, on average, where an order closes their way
      recovery_at_once: {at_once}   # after a closure so many go again at once, the others after so many days on average
      recovery_days: {days}
      renege_per_day: 0.5
      give_up: 0.5
"""

_FIT = """\
    demand-{k}:
      prior: lognormal(1, 0.2)
      meaning: factor on ordinary traffic
      scale: demand.per_day
      stream: {name}
      source: spread of forecasts of ordinary months at US ports
    hours-{k}:
      prior: lognormal({beta}, 0.5)
      meaning: weight of an hour of detour
      unit: 1/h
      set: behaviour.beta
      stream: {name}
      source: shares that went round in other closures
    moved-{k}:
      prior: lognormal({flexible}, 0.7)
      meaning: days by which a journey can be moved where an order closes its way
      unit: days
      set: behaviour.flexible_days
      stream: {name}
      source: the rush before other closures
    at-once-{k}:
      prior: beta({a}, {b})
      meaning: share who go again as soon as a closure has ended
      set: behaviour.recovery_at_once
      stream: {name}
      source: how traffic came back after other closures (crossings atlas), of which few tell
    back-{k}:
      prior: lognormal({days}, {days_spread})
      meaning: mean time after which the others go again
      unit: days
      set: behaviour.recovery_days
      stream: {name}
      source: how traffic came back after other closures (crossings atlas), of which few tell
"""

_SOURCES = """\
# Sources

Made by `crossings new` from three files, which stand in `history/` as they were given. Counts, orders and positions are theirs; each row
there has its own source. Made here, and marked `estimated = yes`:

- places: on either side of each crossing; an inland one 10 km away on each side, from and to which its traffic goes
- roads: between neighbouring crossings on both sides, great circle x 1.3, at 70 km/h
- lanes: one control on entry, for each stream its own, as fast as the largest count seen x 1.25
- ordinary traffic: learned from the counts without orders (season, weekday, level)
- orders that let some through (part, slowed, quota, hours, deterrent): a quota a day of what such orders left elsewhere
"""
