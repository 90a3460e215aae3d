"""The map of the first screen: which crossings close, who takes how many more, and the way round."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import replace

import numpy as np

from crossings.charts import STATES, Chart, Flow, Ground, Spot, map_panel
from crossings.report.key_dates import state_of
from crossings.report.map_flows import Pair
from crossings.report.map_frame import frame_of
from crossings.report.maps import flows_of, ground_within, polygons_of, town_name, towns_of, ways_on
from crossings.report.view_model import Facts, short
from crossings.views.answer import Answer, CrossingAnswer
from crossings.views.answer_text import ranged
from crossings.views.ways import WayRound

WIDTH, HEIGHT, SIZE = 470.0, 350.0, 13.0
IDENT = "ground-first"


def answer_ground(facts: Facts) -> Ground | None:
    """The ground of the first map, of one shape whatever the border's; None where crossings have no places of their own."""
    scenario = facts.model.scenario
    bounds = frame_of(scenario)
    if bounds is None:
        return None
    west, east, south, north = bounds
    south, north = max(-89.0, south - 0.05 * (north - south)), min(89.0, north + 0.02 * (north - south))
    true = max(0.05, float(np.cos(np.radians((south + north) / 2))))
    wide, tall = (east - west) * true, north - south
    more_wide, more_tall = max(0.0, tall * WIDTH / HEIGHT - wide) / 2 / true, max(0.0, wide * HEIGHT / WIDTH - tall) / 2
    # Not wider than what the outlines cover: beside them land would look like water.
    lons = [x for polygon in polygons_of(scenario.basemap) for x, _ in polygon[0]] or [-360.0, 360.0]
    left, right = max(west - more_wide, min(west, *lons)), min(east + more_wide, max(east, *lons))
    bounds = (left, right, max(-89.0, south - more_tall), min(89.0, north + more_tall))
    width = min(WIDTH, HEIGHT * (right - left) * true / (bounds[3] - bounds[2]))
    return ground_within(bounds, scenario, max(width, 300.0), IDENT)


def answer_map(facts: Facts, answer: Answer, way: WayRound | None, title: str) -> Chart | None:
    """The map for one group; None without coordinates. way: the way round, told beside where it begins."""
    ground = answer_ground(facts)
    if ground is None:
        return None
    days = [dt.datetime(d.year, d.month, d.day) for d in answer.days]
    spots = [_spot(facts, answer, c, days) for c in answer.crossings]
    flows, widest = _flows(facts, answer.stream, [d for d in days if d in facts.days])
    towns = towns_of(facts, answer.stream)
    if way is not None:
        number = facts.words.number
        longer = facts.words.say(
            "{km} km, {hours} h to {crossing}",
            km=number(way.km, 0),
            hours=number(way.hours, 1),
            crossing=short(way.nearest),
        )
        towns = [replace(t, more=longer) if t.name == town_name(way.name) else t for t in towns]
    return map_panel(
        title, ground, spots, towns, flows, widest, size=SIZE, countries=_countries(facts), words=facts.words
    )


def _spot(facts: Facts, answer: Answer, crossing: CrossingAnswer, days: list[dt.datetime]) -> Spot:
    where = next(c for c in facts.model.scenario.crossings if c.id == crossing.id)
    gates = facts.gates(answer.stream, [crossing.id])
    states = {state_of(facts, gates, d) for d in days}
    state = "closed" if crossing.closed else states.pop() if len(states) == 1 else "part"
    words, say = facts.words, facts.words.say
    shown, more = "", ""
    gains = [now.mean - was.mean for now, was in zip(crossing.processed, crossing.without, strict=True)]
    at = int(np.argmax(gains if answer.orders else [f.mean for f in crossing.processed]))
    now, was = crossing.processed[at], crossing.without[at]
    if not crossing.closed and now.mean >= 0.95:
        if answer.orders and gains[at] >= 0.5:
            shown = say("{was} → {now} a day", was=words.whole(was.mean), now=words.whole(now.mean))
        else:
            shown = say("{number} a day", number=words.whole(now.mean))
        if crossing.most_waiting.mean >= 0.95:
            more = say("up to {number} waiting", number=words.whole(crossing.most_waiting.mean))
    told = [crossing.name, words.name(STATES[state])]
    if now.p95 or was.p95:
        unit, day = facts.unit(answer.stream), words.day(answer.days[at])
        line = say("{number} {unit} on {day}", number=ranged(now, words), unit=unit, day=day)
        without = say(", without the orders {number}", number=ranged(was, words)) if answer.orders else ""
        told.append(line + without)
    return Spot(facts.crossing_names[crossing.id], where.lon, where.lat, state, shown, "\n".join(told), more)


def _flows(facts: Facts, stream: str, days: list[dt.datetime]) -> tuple[list[Flow], float]:
    """Roads with travellers a day, mean of some days; and the most on any."""
    total: dict[Pair, float] = defaultdict(float)
    for along in ways_on(facts, stream, days).values():
        for pair, number in along.items():
            total[pair] += number / len(days)
    widest, unit = max(total.values(), default=0.0), facts.unit(stream)

    def told(number: str) -> str:
        return facts.words.say("{number} {unit} a day", number=number, unit=unit)

    return flows_of(facts, total, widest, told), widest


def _countries(facts: Facts) -> dict[str, list[tuple[float, float]]]:
    """The countries of the borders, with where their places lie."""
    scenario = facts.model.scenario
    codes = list(dict.fromkeys(c for b in scenario.borders for c in (b.country_a, b.country_b)))
    found = {facts.country(code): [(p.lon, p.lat) for p in scenario.places if p.country == code] for code in codes}
    return {name: points for name, points in found.items() if points}
