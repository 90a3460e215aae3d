"""One table of how fast this is: project and peers side by side, in the same run, with versions and the machine.

    python benchmarks/run.py [--quick] [--markdown docs/performance.md]

Nothing here is asserted: others may be using the machine. Each figure is the best of several repetitions, with the
median beside it. What runs on one core (queue, kernel) is timed in processor seconds, project and peers alike, so that
others on the machine disturb it less; what a person waits for is timed by the clock, with processor seconds beside it.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent / "src"
sys.path[:0] = [str(HERE), str(SOURCE)]

from tables import Part, Row, as_markdown, as_text, per_second, put, put_parts, seconds_of, timed  # noqa: E402

SERVERS, LOAD = 8, 0.9


def queue(quick: bool) -> Part:
    """The queue alone against two peers."""
    import numpy as np
    import ours
    import peers

    n, n_ciw, n_simpy = (500_000, 5_000, 20_000) if quick else (4_000_000, 40_000, 200_000)
    repeats = 3 if quick else 5
    model = ours.queue_model(SERVERS)
    ours.time_queue(model, 1000, SERVERS, LOAD, 0)
    times: dict[str, list[float]] = {"ours": [], "ciw": [], "simpy": []}
    waits: dict[str, list[Any]] = {"ours": [], "ciw": [], "simpy": []}
    tasks: list[tuple[str, Callable[[int], tuple[float, Any]]]] = [
        ("ours", lambda seed: ours.time_queue(model, n, SERVERS, LOAD, seed)),
        ("ciw", lambda seed: peers.ciw_queue(n_ciw, SERVERS, LOAD, seed)),
        ("simpy", lambda seed: peers.simpy_queue(n_simpy, SERVERS, LOAD, seed)),
    ]
    for seed in range(1, repeats + 1):  # in turn, so that whoever else uses the machine slows all alike
        for name, work in tasks:
            seconds, found = work(seed)
            times[name].append(seconds)
            waits[name].append(np.asarray(found))
    sizes = {"ours": n, "ciw": n_ciw, "simpy": n_simpy}
    rate = {name: sizes[name] / min(times[name]) for name in times}
    middle = {name: sizes[name] / statistics.median(times[name]) for name in times}
    theory = ours.erlang_c_wait(SERVERS, LOAD)
    part = Part(f"Queue alone: M/M/{SERVERS} at load {LOAD}, travellers a second on one core")
    part.rows.append(Row("crossings", *per_second(n, times["ours"]), "8,000,000/s"))
    part.rows.append(Row(f"Ciw {version('ciw')}", *per_second(n_ciw, times["ciw"])))
    part.rows.append(Row(f"SimPy {version('simpy')}", *per_second(n_simpy, times["simpy"])))
    for name, label, aim in (("ciw", "Ciw", "300"), ("simpy", "SimPy", "150")):
        part.rows.append(
            Row(f"times {label}", f"{rate['ours'] / rate[name]:,.0f}", f"{middle['ours'] / middle[name]:,.0f}", aim)
        )
    part.rows.append(Row("mean wait by Erlang C, in mean service times", f"{theory:.4f}"))
    for name, label in (("ours", "crossings"), ("ciw", "Ciw"), ("simpy", "SimPy")):
        mean, error = combined([ours.batch_error(part_) for part_ in waits[name]])
        aim = "within 4" if name == "ours" else ""
        part.rows.append(
            Row(f"mean wait, {label}", f"{mean:.4f} ± {error:.4f}", f"{(mean - theory) / error:+z.1f} s.e.", aim)
        )
    part.note = (
        f"{n:,} travellers ({n_ciw:,} for Ciw, {n_simpy:,} for SimPy) {repeats} times, in turn. All draw their arrivals and "
        "services within the time measured. ± is one standard error, by batch means."
    )
    return part


def combined(found: list[tuple[float, float]]) -> tuple[float, float]:
    """Mean and standard error of independent runs of one length."""
    k = len(found)
    return sum(mean for mean, _ in found) / k, sum(error**2 for _, error in found) ** 0.5 / k


def kernel(quick: bool) -> Part:
    """Leaving, choosing among eight crossings, travelling, queueing, crossing, arriving."""
    import ours

    part = Part("Whole kernel, 8 alternatives, one core: home, choice, road, queue, border, destination")
    seeds = range(1, 4 if quick else 8)
    for travellers in (200_000,) if quick else (200_000, 2_000_000):
        model = ours.eight_ways(travellers)
        ours.time_kernel(model, 1)
        found = [ours.time_kernel(model, seed) for seed in seeds]
        best = min(found, key=lambda one: one["seconds"] / one["travellers"])
        part.rows.append(
            Row(
                f"travellers a second, of {travellers:,}",
                f"{best['travellers'] / best['seconds']:,.0f}/s",
                f"{statistics.median(one['travellers'] / one['seconds'] for one in found):,.0f}/s",
                "2,000,000/s",
            )
        )
        for name, label in (("populate", "who sets out"), ("world", "empty tables"), ("simulate", "their journeys")):
            each = [one[name] / one["travellers"] * 1e9 for one in found]
            part.rows.append(Row(f"{label}, ns a traveller", f"{min(each):.0f}", f"{statistics.median(each):.0f}"))
    part.rows.append(Row("bytes a traveller while it runs, beyond the inputs", f"{best['bytes']:.1f}", "", "64"))
    part.rows.append(Row("input: bytes a traveller", f"{best['input_bytes']:.1f}"))
    part.rows.append(Row("result: bytes of visits a traveller", f"{best['visit_bytes']:.1f}"))
    part.note = f"{len(seeds)} seeds. The records of 200,000 fit in the processor's caches, those of 2 million do not."
    return part


def roads(quick: bool) -> Part:
    """A day of cars over a border with a way that closes, beside a traffic simulator."""
    import ours
    import peers

    cars, ways, repeats = (20_000 if quick else 100_000), 8, 3
    model = ours.border_day(cars, ways)
    ours.time_kernel(model, 1)
    mine, theirs = [], []
    for seed in range(1, repeats + 1):
        mine.append(ours.time_kernel(model, seed)["seconds"])
        theirs.append(peers.uxsim_day(cars, ways, 43_200.0))
    times = [one[0] for one in theirs]
    part = Part(f"A day of {cars:,} cars over {ways} crossings, the nearest of which closes at noon, one core")
    part.rows.append(Row("crossings", *seconds_of(mine)))
    part.rows.append(Row(f"UXsim {version('uxsim')}, its compiled core", *seconds_of(times)))
    best, middle = min(times) / min(mine), statistics.median(times) / statistics.median(mine)
    part.rows.append(Row("times UXsim", f"{best:,.0f}", f"{middle:,.0f}"))
    part.rows.append(Row("cars over the nearest crossing, UXsim", f"{theirs[0][1][0]:,}"))
    part.note = (
        "Not the same question: UXsim moves platoons of five cars along each road, second by second, so that queues fill roads and "
        "meet at junctions; here a road takes its hours, and queues stand at the border alone. For jams between towns, take UXsim."
    )
    return part


def journeys(quick: bool) -> Part:
    """Ways on from every crossing of a small continent, in every regime, beside scipy's search from scratch."""
    import continent
    import ours
    import peers

    scale = 0.02 if quick else 0.1
    with tempfile.TemporaryDirectory(prefix="crossings-bench-") as folder:
        made = continent.made_up(Path(folder), continent.Size.scaled(scale, 200, 1000))
        mine, number, graphs, sources = ours.continental_ways(made)
    theirs = peers.scipy_journeys(graphs, sources)
    part = Part("Shortest ways on from each crossing of a continent, all regimes, one core")
    part.rows.append(Row("crossings, each way found once", f"{mine:.2f} s"))
    part.rows.append(Row(f"scipy {version('scipy')}, Dijkstra from each crossing in each regime", f"{theirs:.2f} s"))
    part.rows.append(Row("times scipy", f"{theirs / mine:,.1f}"))
    part.note = (
        f"{len(graphs)} graphs (40 borders, {len(graphs) // 40} regimes) of {graphs[0].shape[0]:,} places and {graphs[0].nnz:,} edges, "
        f"{sources.size} sources each; {number:,} ways in all. The first searches from the ends and stops where no source is "
        "farther, and searches nothing again; building graphs, km and the next crossing on the way count in it only."
    )
    return part


def seeds(quick: bool) -> Part:
    """One seed of finland-2023, and an ensemble on two threads beside plain loops."""
    import ours

    import crossings as cx

    model = cx.Model(cx.Scenario.read("finland-2023"))
    ours.time_seeds(model, range(1, 2), 1)
    single = [ours.time_one(model, seed) for seed in range(1, 6 if quick else 11)]
    part = Part("finland-2023, all streams")
    clock, work = [one[0] for one in single], min(one[1] for one in single)
    part.rows.append(Row("one seed, to its tables", *seconds_of(clock), "0.2 s", f"{work:.3f} s"))
    threads = min(2, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2)
    number, rounds = (10, 2) if quick else (100, 3)
    ours.busy(10)
    t = time.perf_counter()
    ours.busy(50_000_000)
    loop = int(50_000_000 * (0.5 if quick else 2.0) / (time.perf_counter() - t))
    ratios, ups, loops, whole = [], [], [], []
    for k in range(rounds):
        wanted = range(1 + k * number, 1 + (k + 1) * number)
        # Loops before and after each ensemble, so that both see the same machine.
        one_loop = [ours.time_busy(loop, threads, 1)]
        one = ours.time_seeds(model, wanted, 1)
        one_loop.append(ours.time_busy(loop, threads, 1))
        many_loop = [ours.time_busy(loop, threads, threads)]
        many = ours.time_seeds(model, wanted, threads)
        many_loop.append(ours.time_busy(loop, threads, threads))
        ups.append(one / many)
        loops.append(sum(one_loop) / sum(many_loop))
        ratios.append(ups[-1] / loops[-1])
        whole.append(many)
    part.rows.append(Row(f"{number} seeds on {threads} threads", *seconds_of(whole)))
    part.rows.append(Row("speed-up of the seeds", f"{max(ups):.2f}", f"{statistics.median(ups):.2f}"))
    part.rows.append(Row("speed-up of plain loops beside them", f"{max(loops):.2f}", f"{statistics.median(loops):.2f}"))
    part.rows.append(Row("the one over the other", f"{max(ratios):.2f}", f"{statistics.median(ratios):.2f}", "0.85"))
    part.note = f"{rounds} rounds of {number} seeds, each between plain compiled loops without the interpreter's lock."
    return part


def _installed(folder: str) -> dict[str, str]:
    """The environment of an installed package, whose modules are there compiled: here they are kept in a folder."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return env | {"PYTHONPATH": str(SOURCE), "PYTHONPYCACHEPREFIX": folder}


def starts(quick: bool) -> Part:
    """What a person waits for at a terminal."""
    part = Part("Starting")
    command = [sys.executable, "-m", "crossings.cli"]
    repeats = 3 if quick else 7
    with tempfile.TemporaryDirectory(prefix="crossings-bench-") as folder:
        env = _installed(folder)
        fresh = env | {"XDG_CACHE_HOME": folder}
        run = [*command, "run", "finland-2023", "--seeds", "1", "--json"]
        rows = (
            ("python -c pass", [sys.executable, "-c", "pass"], env, repeats, ""),
            ("crossings --help", [*command, "--help"], env, repeats, "0.5 s"),
            ("first run of all, which compiles", run, fresh, 1, "30 s"),
            ("crossings run finland-2023 --seeds 1, from then on", run, fresh, repeats, "2 s"),
        )
        for what, line, where, times, aim in rows:
            part.rows.append(timed(what, line, where, times, aim))
    code = "import sys, time; t = time.perf_counter(); import crossings; print(time.perf_counter() - t, 'numpy' in sys.modules)"
    shown = [
        subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
        for _ in range(repeats)
    ]
    lines = [done.stdout.split() for done in shown]
    part.rows.insert(2, Row("import crossings", *seconds_of([float(line[0]) for line in lines]), "0.3 s"))
    part.rows.insert(
        3, Row("  numpy is loaded by it", "yes" if any(line[1] == "True" for line in lines) else "no", "", "no")
    )
    return part


def machine() -> str:
    """Processor, cores, system, versions."""
    model = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    import crossings

    packages = ", ".join(
        f"{name} {version(name)}" for name in ("numba", "numpy", "scipy", "ciw", "dynesty", "simpy", "uxsim")
    )
    return (
        f"{time.strftime('%Y-%m-%d')}, crossings {crossings.__version__}, {packages}, Python {platform.python_version()}, {platform.system()}\n"
        f"{model}, {cores} cores{load}"
    )


def finland(quick: bool) -> list[Part]:
    """Fits of finland-2023 beside a nested sampler."""
    import fits

    return fits.case("finland-2023", "2023-11-17", quick, 1 if quick else 2)


def poland(quick: bool) -> list[Part]:
    """Fits of poland-2022 beside a nested sampler."""
    import fits

    return fits.case("poland-2022", "2022-02-26", quick, 1 if quick else 2)


def learning(quick: bool) -> Part:
    """What a person waits for when a scenario learns from counts."""
    import fits

    return fits.commands(quick, os.environ | {"PYTHONPATH": str(SOURCE)})


PARTS: dict[str, Callable[[bool], Part | list[Part]]] = {
    "queue": queue,
    "kernel": kernel,
    "roads": roads,
    "journeys": journeys,
    "seeds": seeds,
    "starts": starts,
    "learning": learning,
    "fits-finland": finland,
    "fits-poland": poland,
}


def main(arguments: list[str] | None = None) -> int:
    """Time everything and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer travellers and repetitions, a minute in all")
    parser.add_argument("--markdown", type=Path, help="put the tables between the marks of this page as well")
    parser.add_argument("--part", choices=sorted(PARTS), action="append", help="only this part; may be repeated")
    given = parser.parse_args(arguments)
    head = machine()
    parts: list[Part] = []
    for name in given.part or PARTS:
        print(f"timing: {name}", file=sys.stderr, flush=True)
        found = PARTS[name](given.quick)
        parts += found if isinstance(found, list) else [found]
    print(as_text(parts, head))
    if given.markdown is not None:
        if given.part:
            put_parts(given.markdown, parts, head)
        else:
            put(given.markdown, as_markdown(parts, head))
    return 0


if __name__ == "__main__":
    sys.exit(main())
