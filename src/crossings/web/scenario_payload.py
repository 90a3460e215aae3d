"""What the page has to know of a scenario before anything is asked: names, ground, streams, counts, claims."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crossings.charts import STATES, Mark
from crossings.measures.cells import CELL_WORDS, FATE_WORDS
from crossings.model import Model
from crossings.observations.matching import LEAST_RUNS
from crossings.report.key_dates import effect_days
from crossings.report.map_flows import Roads, sources_of
from crossings.report.map_frame import frame_of
from crossings.report.maps import polygons_of
from crossings.report.marks import marks_of, panels_of, waiting_marks
from crossings.report.view_model import Facts, plural
from crossings.scenario.entities import Behaviour, Stream
from crossings.scenario.fit_spec import FitSettings, Parameter
from crossings.scenario.measures import MEASURES
from crossings.simulation.comparison import Comparison
from crossings.store.endings import ALL_WORDS, ENDINGS
from crossings.store.results import Runs
from crossings.views.language import ENGLISH, Language
from crossings.web.camps import camps_view
from crossings.web.changes import NUMBERS
from crossings.web.claims_view import claim_view, limits
from crossings.web.registry import Counted, Held

MOST_PANELS = 60
MOST_WAYS = 6000


def facts_of(model: Model, found: Comparison | Runs | None = None, words: Language = ENGLISH) -> Facts:
    """A model as the report sees it, with an ensemble, compared or alone."""
    compared = found if isinstance(found, Comparison) else None
    runs = found.runs[found.scenario] if isinstance(found, Comparison) else found
    return Facts(model, runs, compared, model.scenario.observations, words=words)


def scenario_view(held: Held, model: Model, counted: Counted, fit: dict[str, Any] | None = None) -> dict[str, Any]:
    """Everything about a scenario that no change of orders touches; fit: of the one that it is served with."""
    scenario, facts = held.scenario, facts_of(model)
    settings = scenario.settings
    there = {c.order for c in scenario.baseline().closures}
    countries = {c for b in scenario.borders for c in (b.country_a, b.country_b)}
    return {
        "id": held.id,
        "kind": held.kind,
        "name": settings.name,
        "title": settings.title or settings.name,
        "hash": scenario.hash,
        "timezone": settings.timezone,
        "start": facts.start.isoformat(timespec="minutes"),
        "end": settings.end.isoformat(timespec="minutes"),
        "horizon": facts.horizon.isoformat(timespec="minutes"),
        "days": [d.date().isoformat() for d in facts.days],
        "countries": {c: facts.country(c) for c in sorted(countries)},
        "states": STATES,
        "streams": [_stream(facts, name, stream, settings.fit) for name, stream in facts.streams.items()],
        "crossings": [
            {
                "id": c.id, "name": c.name or c.id, "short": facts.crossing_names[c.id], "other_name": c.name_b,
                "lat": c.lat, "lon": c.lon, "near": [c.place_a, c.place_b], "border": c.border,
            }
            for c in scenario.crossings
        ],
        "places": [
            {
                "id": p.id, "name": p.name or p.id, "kind": p.kind, "lat": p.lat, "lon": p.lon, "country": p.country,
                "capacity": p.capacity,
            }
            for p in scenario.places
        ],
        "gates": [{"crossing": g.crossing, "direction": g.direction, "stream": g.stream} for g in model.gates],
        "later_orders": [o for o in dict.fromkeys(c.order for c in scenario.closures) if o not in there],
        "first_effect": min((d.date().isoformat() for d in effect_days(facts)), default=None),
        "lines": bool(scenario.lines),
        "ground": _ground(model),
        "roads": _roads(facts),
        "camps": camps_view(model, counted, len(facts.days)),
        "panels": panels(facts),
        "waiting_counts": {
            name: {
                c.id: rows
                for c in scenario.crossings
                if (rows := [mark_row(m) for m in waiting_marks(facts, name, c.id)])
            }
            for name in facts.streams
        },
        "endings": [{"key": e.key, "words": e.words, "states": list(e.states)} for e in ENDINGS],
        "all_words": ALL_WORDS,
        "cells": CELL_WORDS,
        "fates": FATE_WORDS,
        "measures": {name: {"title": m.title, "unit": m.unit, "meaning": m.meaning} for name, m in MEASURES.items()},
        "least_runs": LEAST_RUNS,
        "claims": [claim_view(c) for c in scenario.claims],
        "claims_held": limits(),
        "fit": fit,
        "sources": scenario.sources or "",
        "notes": list(held.notes),
    }  # fmt: skip


def _stream(facts: Facts, name: str, stream: Stream, fit: FitSettings) -> dict[str, Any]:
    demand = [d for d in facts.model.scenario.demand if d.stream == name]
    stocks = [s for s in facts.model.scenario.stocks if s.stream == name]
    return {
        "id": name,
        "name": stream.name or name,
        "unit": stream.unit,
        "units": plural(stream),
        "persons": stream.persons,
        "directions": facts.directions(name),
        "direction": stream.direction,
        "origins": sorted({d.origin for d in demand} | {s.origin for s in stocks}),
        "destinations": sorted({*(d.destination for d in demand if d.destination), *stream.destinations}),
        "source": stream.source,
        "waiting": sum(s.initial for s in stocks) if stocks else None,
        "parameters": _parameters(name, stream.behaviour, fit),
        "other_priors": _other_priors(fit, name),
    }


def _parameters(stream: str, behaviour: Behaviour, fit: FitSettings) -> list[dict[str, Any]]:
    """The numbers of a stream's behaviour that can be changed, with their prior where the scenario gives one."""
    rows = []
    idle = {"power": ("beta", "outside_h"), "exponential": ("gamma", "softening_km", "outside_km")}[behaviour.cost]
    for name in NUMBERS:
        if name in idle:
            continue
        field = Behaviour.model_fields[name]
        extra = field.json_schema_extra
        rows.append(
            {
                "name": name,
                "of": None,
                "meaning": field.description or "",
                "unit": str(extra.get("unit", "")) if isinstance(extra, dict) else "",
                "value": getattr(behaviour, name),
                "prior": _prior(fit, stream, f"behaviour.{name}"),
            }
        )
    for of, value in behaviour.alpha.items():
        prior = _prior(fit, stream, "behaviour.alpha", of)
        said = {"name": "alpha", "of": of, "meaning": "attraction by name", "unit": "1"}
        rows.append({**said, "value": value, "prior": prior})
    return rows


def _learned(fit: FitSettings, stream: str) -> Iterator[Parameter]:
    """The parameters with priors that concern a stream."""
    for parameter in fit.parameters.values():
        if stream in (parameter.stream or stream,) and (not fit.streams or stream in fit.streams):
            yield parameter


def _prior(fit: FitSettings, stream: str, target: str, of: str | None = None) -> str:
    """The prior of a number as the scenario writes it; empty where it has none."""
    for p in _learned(fit, stream):
        if p.how == "set" and p.target == target and (of is None or of in p.ids):
            return p.prior
    return ""


def _other_priors(fit: FitSettings, stream: str) -> list[dict[str, str]]:
    """What is believed of numbers that are no behaviour: supply, service, noise."""
    return [
        {"meaning": p.meaning or p.target, "unit": p.unit, "prior": p.prior}
        for p in _learned(fit, stream)
        if not p.target.startswith("behaviour.")
    ]


def _ground(model: Model) -> dict[str, Any] | None:
    """Outlines, borders and roads as longitude and latitude; None where the crossings have no places on the globe."""
    scenario = model.scenario
    bounds = frame_of(scenario)
    if bounds is None:
        return None
    west, east, south, north = bounds

    def shown(ring: list[tuple[float, float]]) -> bool:
        lons, lats = [p[0] for p in ring], [p[1] for p in ring]
        return max(lons) > west and min(lons) < east and max(lats) > south and min(lats) < north

    return {
        "west": west,
        "east": east,
        "south": south,
        "north": north,
        "land": [p for p in polygons_of(scenario.basemap) if p and shown(p[0])],
        "borders": [list(line) for line in scenario.lines.values()],
        "roads": [[r.from_, r.to] for r in scenario.roads],
    }


def _roads(facts: Facts) -> dict[str, Any]:
    """By which roads people come to each gate and go on: stream → its sources, with how many set out, and for each gate how
    it pulls and the edges there and on; ``edges``: pairs of places. The page shares out who crosses as `map_flows.along` does."""
    model = facts.model
    edges: dict[tuple[str, str], int] = {}
    found = {name: sources_of(model, name) for name in facts.streams}
    if sum(len(source.ways) for some in found.values() for source in some) > MOST_WAYS:
        return {"edges": [], "streams": {name: [] for name in facts.streams}}
    streams: dict[str, list[dict[str, Any]]] = {}
    for stream, sources in found.items():
        roads = Roads(model, stream)
        streams[stream] = []
        for source in sources:
            gates = []
            for number, pull, goal in source.ways:
                gate = model.gates[number]
                pairs = [*roads.way(source.origin, gate.near), (gate.near, gate.far), *roads.way(gate.far, goal)]
                way = [edges.setdefault(p, len(edges)) for p in pairs]
                gates.append({"gate": number, "pull": pull, "way": way})
            streams[stream].append({"origin": source.origin, "amount": source.amount, "gates": gates})
    return {"edges": [list(pair) for pair in edges], "streams": streams}


def panels(facts: Facts) -> list[dict[str, Any]]:
    """One chart a row: a stream, a set of crossings, a direction or both, its gates, and what was counted of just that."""
    return [
        {
            "stream": stream,
            "name": facts.set_name(p.crossings) + (f", into {facts.country(p.direction)}" if p.direction else ""),
            "crossings": list(p.crossings),
            "direction": p.direction,
            "gates": facts.gates(stream, p.crossings, p.direction),
            "counted": [mark_row(m) for m in marks_of(facts, stream, p)],
        }
        for stream in facts.streams
        for p in panels_of(facts, stream)[:MOST_PANELS]
    ]


def mark_row(mark: Mark) -> dict[str, Any]:
    """A count as the page draws it."""
    times = {name: getattr(mark, name).isoformat(timespec="minutes") for name in ("start", "end")}
    return times | {name: getattr(mark, name) for name in ("low", "high", "kind", "words")}
