"""The commented text of a first scenario."""

from __future__ import annotations

__all__ = ["settings_text", "sources_text"]


def settings_text(name: str, a: str, b: str, start: str, end: str, timezone: str) -> str:
    """scenario.yaml of a scenario between countries a and b."""
    return _SETTINGS.format(name=name, a=a, b=b, start=start, end=end, timezone=timezone)


def sources_text() -> str:
    """SOURCES.md: where to write what a figure rests on."""
    return _SOURCES


_SETTINGS = """\
# A first scenario. Check it after each change:  crossings check DIR      What it says:  crossings explain DIR
# Places, roads, lanes and traffic are placeholders: replace them in the CSV files, and write where each figure is from.
name: '{name}'
title: The border between {a} and {b}
start: {start}
end: {end}                # this day is still run
timezone: {timezone}               # dates here, in orders and in counts are read in this zone
step_min: 60                # what people know of queues is renewed so often, minutes
drain_days: 3               # days after the end without new travellers, so that the last can arrive
wait_target_h: 1            # for "servers needed": 95% should wait no longer, hours
sources: SOURCES.md

# Opening hours of lanes are read by the clock of the country that controls; add  timezone: Europe/Helsinki  where it differs.
countries:
  {a}: {{name: {a}}}
  {b}: {{name: {b}}}

# Named profiles: 24 shares of a day, hours 00 to 23 of the origin's clock. They need not add up to 1.
profiles:
  day: [1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 9, 8, 8, 8, 8, 8, 8, 7, 6, 5, 4, 3, 2, 1]

streams:

  travellers:
    name: ordinary travellers
    unit: person              # what one traveller is: person, car or truck
    kind: flow                # a number sets out each day (demand.csv); stock = people who wait to go (stocks.csv)
    choose: crossing          # preferences are about crossings
    source: "placeholder: replace"
    behaviour:
      cost: exponential       # cost of a journey = beta x hours (or: power = gamma x ln(softening_km + km))
      beta: 0.7               # 1/h: one hour more is taken by e^0.7 = 2 times fewer
      outside_h: 12           # a journey of so many hours is as costly as not going
      wait_weight: 0.1        # 1/h: how much an hour of expected waiting weighs
      knowledge_delay_h: 4    # mean time from an announcement to knowing of it, hours
      journey_cv: 0.15        # spread of journey times between persons
      renege_per_day: 0.5     # rate of losing patience in a queue, 1/day
      give_up: 0.5            # probability of giving up when turned away or out of patience

# Orders stand in closures.csv, a row for each thing closed, for example (the header first):
#   id,order,crossings,direction,streams,announced,from,until,kind,value,replaces,source,estimated
#   row-1,order-1,CROSSING,,,{start}T12:00,{start}T18:00,,closed,,,https://...,no
# Counts seen at the border stand in observations.csv. Every column: docs, reference of the files.
"""

_SOURCES = """\
# Sources

Write here what each figure rests on. Rows with `estimated = yes` are yours; `placeholder: replace` marks what was filled
in by `crossings new` and says nothing about any real border:

- coordinates: the crossings stand 50 km apart on a meridian, the towns 60 km inland
- roads: 1.2 times the straight line, at 70 km/h
- lanes: always open, one minute for each traveller, servers enough for the traffic given
- travellers: the same number each day in each direction
"""
