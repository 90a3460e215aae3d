"""Thousands of hostile scenario directories: each must be refused in lines, or run and add up.

    python verification/fuzz.py --mutants 5000 --seed 1      the whole run
    python verification/fuzz.py --seed 1 --only 4711         one mutant again, with what was done to it

A mutant is a bundled or small scenario with a few changes (mutations.py), fixed by (seed, number). In a process of its
own, under a limit of memory and of time, it is checked and read; an accepted one is written and read back, compiled and
simulated, and its states must add up. One in so many goes through the command line as well: exit status 0 or 2; with 2
nothing on standard output and one line a fault on standard error. Nothing may be written in or beside the directory.
Exit status 1, and the failing directories kept, if anything else happens.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE), str(ROOT / "tests")]

from by_command import (  # noqa: E402
    ASLEEP_S,
    COMMANDS,
    MEMORY_BYTES,
    TIME_LIMIT_S,
    WrongError,
    by_command,
    snapshot,
    unchanged,
)
from layout import Files, lay_out  # noqa: E402
from mutations import mutated  # noqa: E402
from watching import Watch  # noqa: E402

RUN_AT_MOST = 300_000  # travellers: a mutant with more is accepted or refused, and not run here


@dataclass
class Verdict:
    """What became of one mutant. ``kind``: refused, ran, large (accepted, too many to run here) or failed."""

    number: int
    kind: str
    base: str = ""
    done: list[str] = field(default_factory=list)
    said: str = ""
    seconds: float = 0.0
    commanded: bool = False
    peak_mb: float = 0.0


def bases() -> dict[str, dict[str, bytes]]:
    """The scenarios that are changed: file -> content."""
    from two_gates import FILES

    examples = ROOT / "src" / "crossings" / "examples"
    out = {"two-gates": {name: text.encode() for name, text in FILES.items()}}
    for name in ("two_crossings", "finland_2023"):
        if (examples / name).is_dir():
            out[name] = {path.name: path.read_bytes() for path in sorted((examples / name).iterdir()) if path.is_file()}
    if "finland_2023" in out:
        _shorten(out["finland_2023"])
    return out


def _shorten(files: dict[str, bytes]) -> None:
    """Two weeks instead of eight, and a tenth of the demand, so that one run takes hundredths of a second."""
    text = files["scenario.yaml"].decode()
    files["scenario.yaml"] = re.sub(r"(?m)^end: .*$", "end: 2023-11-19", text).encode()
    lines = files["demand.csv"].decode().split("\n")
    at = lines[0].split(",").index("per_day")
    for k, line in enumerate(lines[1:], 1):
        cells = line.split(",")
        if len(cells) > at and '"' not in ",".join(cells[: at + 1]):
            lines[k] = ",".join([*cells[:at], f"{float(cells[at]) / 10:g}", *cells[at + 1 :]])
    files["demand.csv"] = "\n".join(lines).encode()


# --- one mutant -----------------------------------------------------------------------------------


def mutant(
    scenarios: dict[str, dict[str, bytes]], seed: int, number: int
) -> tuple[str, Files, list[str], random.Random]:
    """What a mutant is made from, its files, what was done, and the chances that go on from there."""
    chance = random.Random(f"{seed} {number}")
    base = chance.choice(sorted(scenarios))
    files, done = mutated(scenarios[base], chance)
    return base, files, done, chance


def trial(scenarios: dict[str, dict[str, bytes]], seed: int, number: int, sandbox: Path, command: bool) -> Verdict:
    """Lay out one mutant in an empty folder and try it."""
    base, files, done, chance = mutant(scenarios, seed, number)
    began = time.process_time()  # of the processor, as others may be busy with it
    try:
        lay_out(sandbox / "mutant", files)
        before = snapshot(sandbox)
        kind, said = _in_process(sandbox / "mutant", number)
        unchanged(before, sandbox)
        if command:
            by_command(sandbox, kind, COMMANDS[chance.randrange(len(COMMANDS))])
            unchanged(before, sandbox)
    except WrongError as wrong:
        kind, said = "failed", str(wrong)
    except BaseException:
        kind, said = "failed", traceback.format_exc()
    usage = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return Verdict(number, kind, base, done, said, time.process_time() - began, command, usage / 1024)


def _in_process(directory: Path, number: int) -> tuple[str, str]:
    from crossings.errors import Fault, InputError
    from crossings.scenario import Scenario, check

    faults = check(directory)
    for fault in faults:
        if not isinstance(fault, Fault) or not str(fault).isprintable() or len(str(fault)) > 2000:
            raise WrongError(f"a fault that is no line: {fault!r}")
    wrong = [str(fault) for fault in faults if not fault.warning]
    try:
        scenario = Scenario.read(directory)
    except InputError as error:
        if [str(fault) for fault in error.faults] != wrong:
            raise WrongError(f"read says {error}, check says {wrong}") from error
        return "refused", wrong[0] if wrong else ""
    if wrong:
        raise WrongError(f"read accepts what check refuses: {wrong}")
    if number % 4 == 0:
        _written_and_read(scenario)
    return _run(scenario, number)


def _written_and_read(scenario: Any) -> None:
    with tempfile.TemporaryDirectory(prefix="crossings-fuzz-") as folder:
        scenario.write(Path(folder) / "again")
        if type(scenario).read(Path(folder) / "again").hash != scenario.hash:
            raise WrongError("written and read back it is another scenario")


def _run(scenario: Any, number: int) -> tuple[str, str]:
    from crossings.errors import InputError
    from crossings.model import Model
    from crossings.simulation.ensemble import periods_of, summarise
    from crossings.simulation.outcome import simulate_once

    try:
        model = Model(scenario)
        cells = model.people.cells
        expected = float(cells["mean"].clip(0).sum() + cells["count"].sum())
        if expected > RUN_AT_MOST:
            return "large", f"{expected:,.0f} travellers"
        outcome = simulate_once(model, seed=number)
    except InputError as error:
        return "refused", str(error)
    _adds_up(model, outcome)
    if number % 4 == 1:
        summarise(model, outcome, periods_of(model, "day"), servers=True)
    return "ran", f"{outcome.crowd.size:,} travellers"


def _adds_up(model: Any, outcome: Any) -> None:
    """Every traveller is in one state at each step, from its creation on; and at the end in that of its fate.

    States are those before the events of a step's first instant, so who is made in that very instant is counted from the next.
    """
    import numpy as np

    states, crowd = outcome.states, outcome.crowd
    if (states < 0).any():
        raise WrongError("a state with fewer than nobody in it")
    if (
        not np.isfinite(outcome.present).all()
        or (outcome.present < -1e-3 * max(1, outcome.present.max(initial=0))).any()
    ):
        raise WrongError("a place with fewer than nobody present")
    stream = model.tables.group_stream[crowd["group"]]
    times = np.minimum(np.arange(states.shape[0]) * model.clock.step_ms, model.clock.horizon_ms)
    for s in range(len(model.streams)):
        created = np.sort(crowd["created"][stream == s])
        there = np.where(times > 0, np.searchsorted(created, times), np.searchsorted(created, times, side="right"))
        if (states[:, s].sum(axis=1) != there).any():
            raise WrongError(f"stream {s}: the states do not add up to the travellers created")
        if (np.bincount(outcome.fate["state"][stream == s], minlength=8) != states[-1, s]).any():
            raise WrongError(f"stream {s}: the last states are not those of the fates")
    visits = outcome.visits
    if not ((visits["arrival"] >= 0) & (visits["end"] >= visits["arrival"])).all():
        raise WrongError("a visit that ends before it begins, or before the start")


# --- many -----------------------------------------------------------------------------------------


def work(pipe: Connection, seed: int, every: int) -> None:
    """A worker: numbers in, verdicts out, until the pipe closes. Its memory is limited."""
    sys.path.insert(0, str(ROOT / "src"))
    scenarios = bases()
    _warm()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    pipe.send("ready")
    while True:
        try:
            number, sandbox = pipe.recv()
            pipe.send(trial(scenarios, seed, number, Path(sandbox), every > 0 and number % every == 0))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return  # whoever asked has gone


def _warm() -> None:
    """Compile, or find compiled, before time and memory are watched."""
    from crossings.model import Model
    from crossings.scenario import Scenario
    from crossings.simulation.ensemble import run

    run(Model(Scenario.read("two-crossings")))


class Worker:
    """A process that tries one mutant after another, and the mutant it has now."""

    def __init__(self, seed: int, every: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=work, args=(theirs, seed, every), daemon=True)
        self.process.start()
        theirs.close()
        if not self.pipe.poll(600) or self.pipe.recv() != "ready":
            raise SystemExit("a worker did not start")
        self.number, self.sandbox, self.every = -1, Path(), every

    def give(self, number: int, sandbox: Path) -> None:
        """Have a mutant tried."""
        self.number, self.sandbox, self.over = number, sandbox, ""
        commands = self.every > 0 and number % self.every == 0  # it then sleeps until a command has ended
        self.watch = Watch(self.process.pid or 0, TIME_LIMIT_S, 2 * ASLEEP_S if commands else ASLEEP_S / 10)
        sandbox.mkdir()
        self.pipe.send((number, str(sandbox)))

    def time_is_over(self) -> bool:
        """It has had all the time of the processor that a mutant gets, or waits for something that does not come."""
        self.over = self.watch.over()
        return bool(self.over)

    def take(self) -> Verdict | None:
        """Its verdict; None if the process died or its time is over, and then it is gone."""
        try:
            if self.pipe.poll():
                found: Verdict = self.pipe.recv()
                return found
        except (EOFError, OSError):
            self.process.join(5)
        else:
            self.process.kill()
            self.process.join()
        return None


def tried(numbers: range, seed: int, every: int, jobs: int, keep: Path) -> Iterator[Verdict]:
    """The verdicts of mutants as they come; failing ones are moved to ``keep``."""
    sandboxes = Path(tempfile.mkdtemp(prefix="crossings-fuzz-"))
    left = iter(numbers)
    workers: list[Worker] = []

    def employ(worker: Worker | None) -> None:
        number = next(left, None)
        if number is None:
            if worker is not None:
                worker.pipe.close()
                worker.process.join()
            return
        worker = worker or Worker(seed, every)
        worker.give(number, sandboxes / str(number))
        workers.append(worker)

    try:
        for _ in range(jobs):
            employ(None)
        while workers:
            ready = wait([worker.pipe for worker in workers], timeout=1.0)
            for worker in [w for w in workers if w.pipe in ready or w.time_is_over()]:
                workers.remove(worker)
                verdict = worker.take()
                alive = verdict is not None
                if verdict is None:
                    why = worker.over or f"no answer: exit code {worker.process.exitcode}"
                    base, _, done, _ = mutant(bases(), seed, worker.number)
                    verdict = Verdict(worker.number, "failed", base, done, why)
                elif verdict.seconds > TIME_LIMIT_S:
                    verdict.kind, verdict.said = "failed", f"{verdict.seconds:.1f} s: {verdict.said}"
                if verdict.kind == "failed" and (worker.sandbox / "mutant").is_dir():
                    _kept(worker.sandbox / "mutant", keep / f"{seed}-{worker.number}")
                shutil.rmtree(worker.sandbox, ignore_errors=True)
                yield verdict
                employ(worker if alive else None)
    finally:
        for worker in workers:
            worker.process.kill()
        shutil.rmtree(sandboxes, ignore_errors=True)


def _kept(mutant: Path, target: Path) -> None:
    """Move a failing directory to where it can be looked at."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        shutil.rmtree(target)
    shutil.move(str(mutant), str(target))


def summary(verdicts: list[Verdict], seconds: float) -> str:
    """What came of all of them, in a few lines."""
    kinds = Counter(v.kind for v in verdicts)
    slow = max(verdicts, key=lambda v: v.seconds if not v.commanded else 0.0)
    return (
        f"{len(verdicts):,} mutants in {seconds:,.0f} s: {kinds['refused']:,} refused, {kinds['ran']:,} accepted and ran, "
        f"{kinds['large']:,} accepted with more than {RUN_AT_MOST:,} travellers and not run, {kinds['failed']:,} failed\n"
        f"through the command line: {sum(v.commanded for v in verdicts):,}; worst time {slow.seconds:.2f} s (mutant "
        f"{slow.number}: {'; '.join(slow.done)[:120]}); peak memory {max(v.peak_mb for v in verdicts):,.0f} MB"
    )


def main(arguments: list[str] | None = None) -> int:
    """Try mutants; 1 if one of them failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--mutants", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="this mutant alone, with what was done to it")
    parser.add_argument(
        "--jobs", type=int, default=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    )
    parser.add_argument(
        "--command-every", type=int, default=50, help="one in so many goes through the command line too"
    )
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "crossings-fuzz-failed")
    given = parser.parse_args(arguments)
    numbers = range(given.mutants) if given.only is None else range(given.only, given.only + 1)
    every = given.command_every if given.only is None else 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that workers and folders are tidied up
    began = time.monotonic()
    verdicts = []
    for verdict in tried(numbers, given.seed, every, max(1, min(given.jobs, len(numbers))), given.keep):
        verdicts.append(verdict)
        if verdict.kind == "failed" or given.only is not None:
            print(f"seed {given.seed}, mutant {verdict.number} of {verdict.base}: {verdict.kind}: {verdict.said}")
            print(
                "  "
                + "\n  ".join(verdict.done)
                + (f"\n  kept in {given.keep}/{given.seed}-{verdict.number}" if verdict.kind == "failed" else ""),
                flush=True,
            )
        elif len(verdicts) % 500 == 0:
            print(f"{len(verdicts):,} tried, {time.monotonic() - began:.0f} s", flush=True)
    print(summary(verdicts, time.monotonic() - began))
    return 1 if any(v.kind == "failed" for v in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
