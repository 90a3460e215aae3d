"""Ensembles in the background: queued, run seed by seed, shown as they come in, and stopped when nobody asks any more."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from crossings.comparison import Comparison, Paired, Pairing
from crossings.errors import CrossingsError, Fault, InputError
from crossings.model import Model
from crossings.scenario import Scenario
from crossings.simulation import available_cores, map_seeds
from crossings.web.shelf import UnknownError

__all__ = ["MAX_SEEDS", "BusyError", "Run", "Runs"]

MAX_SEEDS = 500
MOST_RUNNING = 2
MOST_WAITING = 16
MOST_KEPT = 24
ABANDONED_S = 20.0
BATCH = 4

State = Literal["waiting", "running", "done", "cancelled", "failed"]


class BusyError(InputError):
    """As many runs as are taken are running and waiting already."""


class _StoppedError(Exception):
    """The run was cancelled, or nobody has asked for it for a while."""


@dataclass
class Run:
    """One ensemble: a scenario against a baseline, the same people in both."""

    id: str
    baseline: Scenario
    model: Model
    seeds: int
    state: State = "waiting"
    problem: str = ""
    asked: float = field(default_factory=time.monotonic)
    done: list[Paired] = field(default_factory=list)
    finished: int = 0
    pairing: Pairing | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    shown: tuple[int, Comparison] | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ("done", "cancelled", "failed")

    def comparison(self) -> Comparison | None:
        """The comparison over the seeds that are done; None before the first."""
        number = len(self.done)
        if not number or self.pairing is None:
            return None
        if self.shown is None or self.shown[0] != number:
            self.shown = (number, self.pairing.gathered(self.done[:number]))
        return self.shown[1]


class Runs:
    """All runs of a server; each is known by a name that cannot be guessed."""

    def __init__(self, abandoned_s: float = ABANDONED_S) -> None:
        self._abandoned_s = abandoned_s
        self._lock = threading.Lock()
        self._closed = False
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._workers = ThreadPoolExecutor(MOST_RUNNING, thread_name_prefix="run")
        # A core is left to those who wait for an instant answer.
        self._cores = max(1, available_cores() - 1)
        self._seeds = ThreadPoolExecutor(self._cores, thread_name_prefix="seed")

    def start(self, baseline: Scenario, model: Model, seeds: int) -> Run:
        """Queue a run of a model's scenario against a baseline; raises BusyError where too many wait, InputError for a number of seeds that is not accepted."""
        if not 1 <= seeds <= MAX_SEEDS:
            raise InputError(Fault("seeds", f"{seeds} is out of range", f"1 to {MAX_SEEDS}"))
        run = Run(secrets.token_urlsafe(18), baseline, model, seeds)
        with self._lock:
            if self._closed:
                raise BusyError(Fault("runs", "the server is stopping", "start it again"))
            going = [r for r in self._runs.values() if not r.over]
            if len(going) >= MOST_RUNNING + MOST_WAITING:
                raise BusyError(Fault("runs", f"{len(going)} are running or waiting", "try again in a minute"))
            self._runs[run.id] = run
            for old in [r.id for r in self._runs.values() if r.over][: max(0, len(self._runs) - MOST_KEPT)]:
                del self._runs[old]
            self._workers.submit(self._work, run)
        return run

    def get(self, name: str) -> Run:
        """A run by its id; asking for it keeps it going. Raises UnknownError."""
        with self._lock:
            run = self._runs.get(name)
        if run is None:
            raise UnknownError(Fault("run", "is not here, or not any more", "start it again"))
        run.asked = time.monotonic()
        return run

    def ahead(self, run: Run) -> int:
        """How many runs wait before one that waits."""
        with self._lock:
            waiting = [r.id for r in self._runs.values() if r.state == "waiting"]
        return waiting.index(run.id) if run.id in waiting else 0

    def cancel(self, name: str) -> Run:
        """Stop a run; what has come in stays."""
        run = self.get(name)
        run.cancelled.set()
        if run.state == "waiting":
            run.state = "cancelled"
        return run

    def close(self) -> None:
        """Stop everything."""
        with self._lock:
            self._closed = True
            going = list(self._runs.values())
        for run in going:
            run.cancelled.set()
        self._workers.shutdown(wait=False, cancel_futures=True)
        self._seeds.shutdown(wait=False, cancel_futures=True)

    def _stop_if_unwanted(self, run: Run) -> None:
        if run.cancelled.is_set() or time.monotonic() - run.asked > self._abandoned_s:
            raise _StoppedError

    def _work(self, run: Run) -> None:
        try:
            self._stop_if_unwanted(run)
            run.state = "running"
            run.pairing = Pairing("baseline", run.baseline, "variant", run.model.scenario)
            work = partial(run.pairing.one, at_once=self._cores)
            for first in range(1, run.seeds + 1, BATCH):
                batch = range(first, min(first + BATCH, run.seeds + 1))
                run.done += map_seeds(work, batch, self._seeds, self._watch(run, first - 1))
            run.state = "done"
        except _StoppedError:
            run.state = "cancelled"
        except (CrossingsError, MemoryError, OSError) as error:
            run.state, run.problem = "failed", str(error) or "out of memory"
        except Exception as error:
            run.state, run.problem = "failed", f"this is a fault of crossings: {type(error).__name__}"

    def _watch(self, run: Run, before: int) -> Callable[[int, int], None]:
        def step(number: int, _total: int) -> None:
            run.finished = before + number
            self._stop_if_unwanted(run)

        return step
