"""One traveller at a time: where each ended, and on request its whole story. Synthetic travellers only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crossings.errors import InputError
from crossings.kernel.agents.places import destinations
from crossings.kernel.core.layout import FAR, NOTHING, OUTCOMES, OUTSIDE, STATES, STAY_HERE

if TYPE_CHECKING:
    from crossings.model import Model
    from crossings.simulation.outcome import Outcome


def fates(model: Model, outcome: Outcome) -> pl.DataFrame:
    """A row a traveller: id, stream, origin, destination, state at the horizon, times (local), crossing, km, hours."""
    crowd, fate = outcome.crowd, outcome.fate
    places = np.array([*model.places, ""])
    streams = np.array([s for s, _ in model.groups])
    crossings = np.array([*[g.crossing for g in model.gates], ""])

    def when(ms: np.ndarray) -> pl.Series:
        known = ms < int(FAR)
        return pl.Series(model.clock.local_array(np.where(known, ms, 0))).set(pl.Series(~known), None)

    return pl.DataFrame(
        {
            "traveller": crowd["who"],
            "stream": streams[crowd["group"]],
            "origin": places[crowd["origin"]],
            "destination": places[destinations(model.tables, fate)],
            "state": np.array(STATES)[fate["state"]],
            "left": when(fate["left"]),
            "crossed": when(fate["crossed"]),
            "crossing": crossings[fate["crossed_gate"]],
            "first_choice": crossings[fate["first_gate"]],
            "km": fate["km"],
            "hours": fate["hours"],
        }
    )


def story(model: Model, outcome: Outcome, traveller: int) -> list[tuple[str, str]]:
    """What one traveller did, step by step. Travellers are synthetic.

    Parameters
    ----------
    model : Model
        The model that was run.
    outcome : Outcome
        `Results.outcome` of a run of it.
    traveller : int
        The traveller's number, as in the column ``traveller`` of `Results.fates`.

    Returns
    -------
    list of (str, str)
        Local time and what happened, in order.

    Raises
    ------
    InputError
        For a traveller that the run has not.

    Examples
    --------
    >>> import crossings as cx
    >>> model = cx.Model("two-crossings")
    >>> one = cx.run(model, seed=1)
    >>> cx.story(model, one.outcome, int(one.fates["traveller"][0]))[0][0][:10]
    '2024-03-04'
    """
    found = np.flatnonzero(outcome.crowd["who"] == np.uint64(traveller))
    if not found.size:
        raise InputError("story", f"no traveller {traveller} in seed {outcome.seed}", "ids stand in the table of fates")
    i = int(found[0])
    stream, _ = model.groups[outcome.crowd["group"][i]]
    home = list(model.places)[outcome.crowd["origin"][i]]
    events: list[tuple[int, str]] = [(int(outcome.crowd["created"][i]), f"{stream} at {home}")]
    names = list(model.places)
    for visit in outcome.visits[outcome.visits["traveller"] == i]:
        events += _visit_text(model, visit)
    for choice in outcome.choices[outcome.choices["traveller"] == i]:
        events.append((int(choice["time"]), _choice_text(model, names, int(choice["taken"]))))
    if outcome.fate["crossed"][i] < FAR:
        gate = model.gates[int(outcome.fate["crossed_gate"][i])]
        events.append((int(outcome.fate["crossed"][i]), f"has crossed at {gate.crossing}"))
    end = model.clock.horizon_ms
    events = [e for e in events if e[0] < end]
    state = STATES[int(outcome.fate["state"][i])].replace("_", " ")
    events.append((end, f"end of the run: {state}"))
    return [(model.clock.local(t).isoformat(" ", "minutes"), what) for t, what in sorted(events, key=lambda e: e[0])]


def _choice_text(model: Model, names: list[str], taken: int) -> str:
    if taken == NOTHING:
        return "finds nothing open that it would take"
    if taken == OUTSIDE:
        return "gives up"
    if taken == STAY_HERE:
        return "stays for the reopening"
    alternative = model.tables.alternatives[taken]
    gate = int(alternative["gate"])
    by = f" by {model.gates[gate].crossing}" if gate >= 0 else ""
    return f"sets out for {names[int(alternative['destination'])]}{by}"


def _visit_text(model: Model, visit: np.void) -> list[tuple[int, str]]:
    crossing = model.gates[visit["gate"]].crossing
    side = ("exit control", "entry control", "crossing", "")[int(visit["side"]) & 3]
    if not side:
        return []
    arrival, begin, end = int(visit["arrival"]), int(visit["begin"]), int(visit["end"])
    outcome = OUTCOMES[visit["outcome"]]
    out = [(arrival, f"comes to {crossing} ({side})")]
    if outcome != "served":
        said = {"turned_away": "is turned away", "reneged": "loses patience", "stayed": "has stayed for the reopening"}
        out.append((end, f"{said[outcome]} at {crossing}"))
    elif begin < int(FAR) and side != "crossing":
        out.append((begin, f"is served at {crossing} ({side}) after {(begin - arrival) / 3.6e6:.1f} h"))
    return out
