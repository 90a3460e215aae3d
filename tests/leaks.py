"""Finland 2023 with other futures: all that was made public later changed or left out, and nothing else."""

from __future__ import annotations

import dataclasses

import crossings as cx
from crossings.scenario.as_of import end_of_day

__all__ = ["DAYS", "FINLAND", "changed"]

FINLAND = cx.Scenario.read("finland-2023")
DAYS = ("2023-11-13", "2023-11-15", "2023-11-17", "2023-11-20", "2023-11-23", "2023-12-13")


def changed(scenario, figures, orders, counts, rng):
    """A scenario of which only what was not public before these times is changed: other figures, or rows left out."""

    def other(rows, late, change):
        kept = []
        for row in rows:
            if not late(row):
                kept.append(row)
            elif rng.random() < 0.6:
                kept.append(row.model_copy(update=change(row)))
        return tuple(kept)

    def figure(row):
        return row.published is not None and row.published >= figures

    def later(row):
        return (row.announced or row.from_) >= orders

    closures = other(
        scenario.closures, later, lambda r: {"crossings": ("salla",), "until": None, "replaces": r.replaces[:0]}
    )
    names = {row.order for row in closures}
    closures = tuple(r.model_copy(update={"replaces": tuple(o for o in r.replaces if o in names)}) for r in closures)
    return dataclasses.replace(
        scenario,
        closures=closures,
        written=closures,
        lanes=other(scenario.lanes, figure, lambda r: {"servers": rng.randint(0, 9), "hours": "off"}),
        demand=other(scenario.demand, figure, lambda r: {"per_day": rng.uniform(0, 99)}),
        stocks=other(scenario.stocks, figure, lambda r: {"hazard_per_day": rng.random(), "initial": rng.randint(0, 9)}),
        observations=other(
            scenario.observations,
            counts,
            lambda r: {"count": float(rng.randint(0, 99)), "crossings": r.crossings[:1], "status": "final", "tells": 1},
        ),
        claims=other(scenario.claims, lambda r: end_of_day(r.date) > orders, lambda r: {"value": "1"}),
    )
