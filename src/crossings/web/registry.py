"""The scenarios that are at hand, and the models made of them; each is made once, however many ask at the same time."""

from __future__ import annotations

import json
import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.errors import Fault, InputError, check_known
from crossings.io.faults import counted
from crossings.model import Model
from crossings.model.variants import with_orders
from crossings.scenario import Scenario, examples
from crossings.simulation.expected import together
from crossings.web.cache import LRUCache
from crossings.web.camps import camps_of
from crossings.web.changes import Change, WaitingToCome, apply
from crossings.web.expected import ExpectedFlows, Outlook
from crossings.web.forecasts import Calibrated

MOST_UPLOADS = 24
MOST_MODELS = 48
MOST_ANSWERS = 400
MOST_TRAVELLERS = 2_000_000
MOST_DAYS = 1100
MOST_STATES = 3000

Counted = Mapping[str, NDArray[np.float64]]
"""Place → people counted there at the end of each day of the run, [days]."""
StateCache = LRUCache[tuple[Any, ...], list[int]]
"""A gate and the orders that act on it → what it is on each day."""


class UnknownError(InputError):
    """Something that is asked for by a name is not here, or not any more."""


@dataclass(frozen=True, slots=True)
class Held:
    """A scenario at hand. id: what the address calls it; kind: bundled, served or uploaded; notes: what was said of it;
    counted: people at places, where it came with more than its headcounts."""

    id: str
    kind: str
    scenario: Scenario
    notes: tuple[str, ...] = ()
    counted: Counted | None = None


def _key_of(changes: Sequence[Change]) -> str:
    """The same text for the same changes."""
    return json.dumps([c.model_dump(mode="json") for c in changes], sort_keys=True)


class ScenarioRegistry:
    """Bundled scenarios, the one that is served, and those that were uploaded.

    fit: of the served scenario, to be updated with counts. An uploaded scenario has a name that cannot be guessed and is listed
    nowhere: who knows the name may use it.
    """

    def __init__(self, served: Scenario | None = None, fit: Calibrated | None = None) -> None:
        self._lock = threading.Lock()
        self._uploads: OrderedDict[str, Held] = OrderedDict()
        self._fixed: dict[str, Held] = {}
        self._bundled = examples()
        self._fit = fit
        if served is not None:
            name = served.settings.name
            kind = "bundled" if name in self._bundled and Scenario.read(name).hash == served.hash else "served"
            key = name if kind == "bundled" else "served"
            self._fixed[key] = Held(key, kind, served)
            self.first = key
        else:
            self.first = next(iter(self._bundled))
        self._models: LRUCache[tuple[str, str], Model] = LRUCache(MOST_MODELS)
        self._answers: LRUCache[tuple[str, str, tuple[str, ...]], ExpectedFlows] = LRUCache(MOST_ANSWERS)
        self._outlooks: LRUCache[str, Outlook] = LRUCache(MOST_MODELS)
        self._states: LRUCache[str, StateCache] = LRUCache(MOST_MODELS)
        self._counted: LRUCache[str, Counted] = LRUCache(MOST_MODELS)

    def listed(self) -> list[tuple[str, str, str]]:
        """(id, title, kind) of what everybody may see."""
        shown = [(h.id, h.scenario.settings.title or h.scenario.settings.name, h.kind) for h in self._fixed.values()]
        known = {name for name, _, _ in shown}
        return shown + [(name, title or name, "bundled") for name, title in self._bundled.items() if name not in known]

    def held(self, name: str) -> Held:
        """A scenario by its id; raises UnknownError."""
        with self._lock:
            if name in self._uploads:
                self._uploads.move_to_end(name)
                return self._uploads[name]
            if name in self._fixed:
                return self._fixed[name]
        if name in self._bundled:
            found = Held(name, "bundled", Scenario.read(name))
            with self._lock:
                return self._fixed.setdefault(name, found)
        raise UnknownError(Fault("scenario", "is not here, or not any more", "choose another, or upload it again"))

    def put(self, scenario: Scenario, notes: Sequence[str] = (), counted: Counted | None = None) -> Held:
        """Keep an uploaded scenario, until others push it out; raises InputError for one too large to be worked on here."""
        _check_size(scenario)
        found = Held(f"own-{secrets.token_urlsafe(18)}", "uploaded", scenario, tuple(notes), counted)
        with self._lock:
            self._uploads[found.id] = found
            gone = [self._uploads.popitem(last=False)[0] for _ in range(len(self._uploads) - MOST_UPLOADS)]
        for name in gone:
            self._forget(name)
        return found

    def _forget(self, name: str) -> None:
        """Nothing that was made of a scenario outlives it."""
        for kept in (self._models, self._answers):
            kept.drop(lambda key: key[0] == name)
        for by_name in (self._outlooks, self._states, self._counted):
            by_name.drop(lambda key: key == name)

    def counted(self, name: str) -> Counted:
        """People counted at places; empty where nobody was."""
        held = self.held(name)
        if held.counted is not None:
            return held.counted
        days = self.model(name).clock.dates()
        return self._counted.get(held.id, lambda: camps_of(held.scenario, days))

    def fit(self, name: str) -> Calibrated | None:
        """The fit that a scenario is served with."""
        return self._fit if name == self.first else None

    def changed(self, name: str, changes: Sequence[Change]) -> Scenario:
        """A scenario with changes."""
        return apply(self.held(name).scenario, changes)

    def model(self, name: str, changes: Sequence[Change] = ()) -> Model:
        """The model of a scenario with changes; what changes of orders leave alone is shared between models."""
        held = self.held(name)
        base = self._models.get((held.id, "[]"), lambda: _made(Model(held.scenario)))
        if not changes:
            return base
        variant = apply(held.scenario, changes)
        if any(isinstance(c, WaitingToCome) for c in changes):
            _check_size(variant)
        return self._models.get((held.id, _key_of(changes)), lambda: _made(with_orders(base, variant)))

    def answer(self, name: str, changes: Sequence[Change] = (), stream: str | None = None) -> ExpectedFlows:
        """What is expected of a scenario with changes: all streams, or one and those that it can touch."""
        base = self.model(name)
        check_known("stream", "stream", [] if stream is None else [stream], list(base.streams))
        streams = tuple(base.streams) if stream is None else together(base, stream)
        outlook = self._outlooks.get(name, lambda: Outlook(base))
        key = (name, _key_of(changes), streams)
        return self._answers.get(key, lambda: outlook.expected(self.model(name, changes), streams))

    def states(self, name: str) -> StateCache:
        """What is known of the gates of a scenario and its variants."""
        return self._states.get(self.held(name).id, lambda: LRUCache(MOST_STATES))


def _made(model: Model) -> Model:
    """Everything that is made late is made now, before threads share it."""
    _ = model.tables, model.people
    return model


def _check_size(scenario: Scenario) -> None:
    settings = scenario.settings
    days = (settings.end - settings.start).days + settings.drain_days
    people = sum(d.per_day * ((d.until - d.from_).days + 1) for d in scenario.demand)
    people += sum(s.initial for s in scenario.stocks)
    faults = []
    if days > MOST_DAYS:
        faults.append(
            Fault(
                "scenario.yaml",
                f"a run of {counted(round(days), 'day')}",
                f"at most {MOST_DAYS:,} here; use the command line",
            )
        )
    if people > MOST_TRAVELLERS:
        what = f"{counted(round(people), 'traveller')} are expected"
        faults.append(Fault("demand.csv", what, f"at most {MOST_TRAVELLERS:,} here; use the command line"))
    if faults:
        raise InputError(faults)
