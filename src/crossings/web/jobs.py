"""Work in the background: queued, shown as it comes in, and stopped when nobody asks any more; ensembles, seed by seed."""

from __future__ import annotations

import secrets
import threading
import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from crossings.errors import CrossingsError, Fault, InputError
from crossings.model import Model
from crossings.network.threads import available_cores
from crossings.scenario import Scenario
from crossings.simulation.comparison import Comparison, Paired, Pairing
from crossings.simulation.ensemble import gather, periods_of, summarise
from crossings.simulation.outcome import simulate_once
from crossings.simulation.seeds import each_seed
from crossings.store.results import Runs, Tally
from crossings.web.registry import UnknownError

MAX_SEEDS = 500
MOST_RUNNING = 2
MOST_WAITING = 16
MOST_KEPT = 24
ABANDONED_S = 20.0
BATCH = 4

Found: TypeAlias = "Comparison | Runs"
State = Literal["waiting", "running", "done", "cancelled", "failed"]


class BusyError(InputError):
    """As many runs as are taken are running and waiting already."""


class _StoppedError(Exception):
    """The work was cancelled, or nobody has asked for it for a while."""


@dataclass(kw_only=True)
class Job(ABC):
    """Work in the background, known by a name that cannot be guessed."""

    id: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    state: State = "waiting"
    problem: str = ""
    asked: float = field(default_factory=time.monotonic)
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ("done", "cancelled", "failed")

    @abstractmethod
    def work(self, pool: Executor, cores: int, stop_if_unwanted: Callable[[], None]) -> None:
        """Do it in a pool of so many threads; ``stop_if_unwanted`` is called often, and raises where it is to end."""


J = TypeVar("J", bound=Job)


@dataclass
class Run(Job):
    """One ensemble: a scenario against a baseline, the same people in both; or, without a baseline, the scenario alone."""

    baseline: Scenario | None
    model: Model
    seeds: int
    counted: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    done: list[Paired] | list[Tally] = field(default_factory=list)
    finished: int = 0
    gathered: Callable[[list[Any]], Found] | None = None
    shown: tuple[int, Found] | None = None

    def found(self) -> Found | None:
        """The comparison, or the ensemble, over the seeds that are done; None before the first."""
        number = len(self.done)
        if not number or self.gathered is None:
            return None
        if self.shown is None or self.shown[0] != number:
            self.shown = (number, self.gathered(self.done[:number]))
        return self.shown[1]

    def work(self, pool: Executor, cores: int, stop_if_unwanted: Callable[[], None]) -> None:
        """Run the seeds; what comes in is shown a few at a time."""
        one = self._alone(cores) if self.baseline is None else self._paired(self.baseline, cores)

        def step(number: int, _total: int) -> None:
            self.finished = number
            stop_if_unwanted()

        results = each_seed(one, range(1, self.seeds + 1), pool, step)
        while batch := list(islice(results, BATCH)):
            self.done += batch

    def _paired(self, baseline: Scenario, cores: int) -> Callable[[int], Any]:
        pairing = Pairing("baseline", baseline, "variant", self.model.scenario)
        self.gathered = pairing.gathered
        return partial(pairing.one, at_once=cores)

    def _alone(self, cores: int) -> Callable[[int], Any]:
        model, periods = self.model, periods_of(self.model, "day")
        self.gathered = partial(gather, model, periods=periods, by="day")
        return lambda seed: summarise(model, simulate_once(model, seed, at_once=cores), periods, servers=True)


class SeedPool(ThreadPoolExecutor):
    """Threads for the seeds of all jobs; of a job two a thread wait here at a time, so that others have their turn."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads, thread_name_prefix="seed")
        self.ahead = 2 * threads


class RunJobs:
    """All work of a server: ensembles, and claims held to their measures."""

    def __init__(self, abandoned_s: float = ABANDONED_S) -> None:
        self._abandoned_s = abandoned_s
        self._lock = threading.Lock()
        self._closed = False
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._workers = ThreadPoolExecutor(MOST_RUNNING, thread_name_prefix="run")
        # A core is left to those who wait for an instant answer.
        self._cores = max(1, available_cores() - 1)
        self._seeds = SeedPool(self._cores)

    def start(
        self,
        baseline: Scenario | None,
        model: Model,
        seeds: int,
        counted: Mapping[str, NDArray[np.float64]] | None = None,
    ) -> Run:
        """Queue a run of a model's scenario against a baseline, or alone; raises BusyError where too many wait, InputError for a
        number of seeds that is not accepted.
        """
        if not 1 <= seeds <= MAX_SEEDS:
            raise InputError("seeds", f"{seeds} is out of range", f"1 to {MAX_SEEDS}")
        return self.begin(Run(baseline, model, seeds, counted or {}))

    def begin(self, job: J) -> J:
        """Queue a job; raises BusyError where too many wait."""
        with self._lock:
            if self._closed:
                raise BusyError(Fault("runs", "the server is stopping", "start it again"))
            going = [r for r in self._jobs.values() if not r.over]
            if len(going) >= MOST_RUNNING + MOST_WAITING:
                raise BusyError(Fault("runs", f"{len(going)} are running or waiting", "try again in a minute"))
            self._jobs[job.id] = job
            for old in [r.id for r in self._jobs.values() if r.over][: max(0, len(self._jobs) - MOST_KEPT)]:
                del self._jobs[old]
            self._workers.submit(self._work, job)
        return job

    def get(self, name: str) -> Run:
        """A run by its id; asking for it keeps it going. Raises UnknownError."""
        return self.job(name, Run)

    def job(self, name: str, kind: type[J]) -> J:
        """A job of some kind by its id; asking for it keeps it going. Raises UnknownError."""
        with self._lock:
            job = self._jobs.get(name)
        if not isinstance(job, kind):
            raise UnknownError(Fault("run", "is not here, or not any more", "start it again"))
        job.asked = time.monotonic()
        return job

    def ahead(self, job: Job) -> int:
        """How many jobs wait before one that waits."""
        with self._lock:
            waiting = [r.id for r in self._jobs.values() if r.state == "waiting"]
        return waiting.index(job.id) if job.id in waiting else 0

    def cancel(self, job: J) -> J:
        """Stop a job; what has come in stays."""
        job.cancelled.set()
        if job.state == "waiting":
            job.state = "cancelled"
        return job

    def close(self) -> None:
        """Stop everything."""
        with self._lock:
            self._closed = True
            going = list(self._jobs.values())
        for job in going:
            job.cancelled.set()
        self._workers.shutdown(wait=False, cancel_futures=True)
        self._seeds.shutdown(wait=False, cancel_futures=True)

    def _stop_if_unwanted(self, job: Job) -> None:
        if job.cancelled.is_set() or time.monotonic() - job.asked > self._abandoned_s:
            raise _StoppedError

    def _work(self, job: Job) -> None:
        try:
            self._stop_if_unwanted(job)
            job.state = "running"
            job.work(self._seeds, self._cores, partial(self._stop_if_unwanted, job))
            job.state = "done"
        except (_StoppedError, CancelledError):
            job.state = "cancelled"
        except (CrossingsError, MemoryError, OSError) as error:
            job.state, job.problem = "failed", str(error) or "out of memory"
        except Exception as error:
            why = f"this is a fault of crossings: {type(error).__name__}"
            # Of a server that stops the threads are gone, which is nobody's fault.
            job.state, job.problem = ("cancelled", "") if self._closed else ("failed", why)
