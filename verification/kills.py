"""Commands that write, killed at any moment and given again: in the end the same bytes as if left alone.

    python verification/kills.py --kills 500 --seed 1

Each trial starts a command in an empty folder, kills it (SIGKILL) after a random part of the processor time that it takes, looks
at what is left, and gives the same command again until it ends. Right after the kill the target is absent, whole, or a folder
that says that it is unfinished: never half. After the second time it has the bytes of a command that nobody disturbed, and
nothing else lies there but the locks. Exit status 1 if not.

The process that is killed is forked from one that has imported everything and loaded what is compiled, so that kills fall into
the work and all 500 take minutes.
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE), str(ROOT / "tests")]

from watching import Watch, processor_s  # noqa: E402

S = "two-crossings"
SHUT = ["--close", "hill", "--from", "2024-03-11", "--until", "2024-03-14", "--group", "seekers", "--seeds", "5"]
LIMIT_S = 120.0  # of the processor, for a command that is left alone
GMNS_UNITS = "long_length,speed,crs\nkm,kph,EPSG:4326\n"
COUTTS = ROOT / "docs" / "guides" / "coutts-2022"
# Name -> arguments; {out} is the target, {given} the folder of inputs.
COMMANDS: dict[str, list[str]] = {
    "run": ["run", S, "--seeds", "30", "--out", "{out}"],
    "run by hour": ["run", S, "--seeds", "10", "--by", "hour", "--out", "{out}"],
    "run one seed": ["run", S, "--seed", "3", "--out", "{out}"],
    "run over a fit": ["run", "{given}/border", "--fit", "{given}/fit", "--seeds", "5", "--out", "{out}"],
    "run report": ["run", S, "--seeds", "5", "--report", "{out}.html"],
    "compare": ["compare", S, "--seeds", "20", "--out", "{out}"],
    "compare report": ["compare", S, "--seeds", "5", "--report", "{out}.html"],
    "whatif report": ["whatif", S, *SHUT, "--report", "{out}.html"],
    "fit": ["fit", "{given}/border", "--points", "200", "--threads", "1", "--out", "{out}"],
    "update": ["update", "{given}/border", "--fit", "{given}/early", "--on", "2024-01-05", "--out", "{out}"],
    "forecast": ["forecast", "{given}/three", "--out", "{out}.csv"],
    "export csv": ["export", "csv", "{given}/run", "{out}"],
    "export parquet": ["export", "parquet", "{given}/run", "{out}"],
    "export geojson": ["export", "geojson", "{given}/run", "{out}.geojson"],
    "export xlsx": ["export", "xlsx", "{given}/run", "{out}.xlsx"],
    "export gmns": ["export", "gmns", S, "{out}"],
    "export package": ["export", "datapackage", "{given}/run", "{out}"],
    "new, a copy": ["new", "{out}", "--from", S],
    "new, placeholders": [
        "new",
        "{out}",
        "--countries",
        "XA,XB",
        "--crossings",
        "bridge,pass",
        "--start",
        "2024-03-04",
    ],
    "new, three files": [
        *("new", "{out}", "--counts", "{given}/three/counts.csv", "--crossings", "{given}/three/crossings.csv"),
        *("--closures", "{given}/three/closures.csv", "--timezone", "America/Edmonton"),
    ],
    "import osm": ["import", "osm", "{given}/map.osm", "{out}", "--border", "FI-RU"],
    "import gmns": ["import", "gmns", "{given}/gmns", "{out}"],
    "import flee": ["import", "flee", "{given}/small", "{out}"],
    "observe": ["observe", "bts", str(COUTTS / "entries.csv"), "--to", "{out}.csv"],
    "brief html": ["brief", S, *SHUT, "--out", "{out}.html"],
    "brief docx": ["brief", S, *SHUT, "--out", "{out}.docx"],
    "brief xlsx": ["brief", S, *SHUT, "--out", "{out}.xlsx"],
    "brief pdf": ["brief", S, *SHUT, "--out", "{out}.pdf"],
}


def filled(name: str, folder: Path, given: Path) -> list[str]:
    """The words of a command."""
    return [w.replace("{out}", str(folder / "out")).replace("{given}", str(given)) for w in COMMANDS[name]]


def started(words: list[str], folder: Path) -> int:
    """The id of a process that runs a command; what it prints goes to ``folder``/said."""
    process = os.fork()
    if process:
        return process
    status = 70
    try:
        from crossings.cli.app import build
        from crossings.cli.exit_codes import status_of

        os.chdir(folder)
        said = os.open(folder / "said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(said, 1)
        os.dup2(said, 2)
        status = status_of(build(), words)
        sys.stdout.flush()
    finally:
        os._exit(status)


def ended(process: int, within_s: float) -> tuple[int | None, float]:
    """Its exit status, None if it had to be killed, and the processor time that it took, s."""
    watch = Watch(process, within_s)
    while True:
        done, status, used = os.wait4(process, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime
        if processor_s(process) > within_s or watch.over():
            os.kill(process, signal.SIGKILL)
            os.wait4(process, 0)
            return None, within_s
        time.sleep(0.0005)


def content(folder: Path) -> dict[str, bytes]:
    """All files of a folder by name, but the locks and what the command said."""
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and p.name not in (".lock", "said")]
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def is_half(left: dict[str, bytes], whole: dict[str, bytes]) -> str:
    """What is wrong with what a kill left; empty where nothing is."""
    shown = {name: raw for name, raw in left.items() if not hidden(name)}
    if not shown or shown == whole or "out/made_by.json" in whole.keys() - left.keys():
        return ""
    if any(".unfinished" in Path(name).parts for name in left):
        return ""
    return f"half: {len(shown)} of {len(whole)} files, {[n for n in shown if shown[n] != whole.get(n)][:3]}"


def hidden(name: str) -> bool:
    """A file that is not a result: of unfinished work."""
    return any(part.startswith(".") for part in Path(name).parts)


def trial(name: str, given: Path, whole: dict[str, bytes], after_s: float) -> str:
    """One kill and what came of it: `too late` where the command had ended, `the same bytes`, or what is wrong."""
    with tempfile.TemporaryDirectory(prefix="crossings-kills-") as text:
        folder = Path(text)
        words = filled(name, folder, given)
        killed = ended(started(words, folder), after_s)[0] is None
        left = content(folder)
        wrong = is_half(left, whole)
        if wrong:
            return wrong
        if {n: raw for n, raw in left.items() if not hidden(n)} != whole or not killed:
            status = 0 if not killed else ended(started(words, folder), LIMIT_S)[0]
            if status != 0:
                return f"given again it ends with {status}: {(folder / 'said').read_text()[-300:]}"
        found = content(folder)
        if found != whole:
            return f"other files or bytes: {[n for n in sorted({*found, *whole}) if found.get(n) != whole.get(n)][:4]}"
        return "the same bytes" if killed else "too late"


def prepared(given: Path) -> None:
    """Inputs for the commands."""
    import counted_border
    import flee_cases
    from osm_extracts import two_countries
    from test_gmns import LINKS, NODES

    counted_border.border().write(given / "border")
    two_countries().write(given / "map.osm")
    flee_cases.write_case(given)
    for name, text in {"gmns/node.csv": NODES, "gmns/link.csv": LINKS, "gmns/config.csv": GMNS_UNITS}.items():
        (given / name).parent.mkdir(exist_ok=True)
        (given / name).write_text(text)
    (given / "three").mkdir()
    for name in ("crossings.csv", "closures.csv"):
        (given / "three" / name).write_bytes((COUTTS / name).read_bytes())
    fit = ["fit", str(given / "border"), "--points", "200", "--threads", "1", "--out"]
    for words in (
        ["observe", "bts", str(COUTTS / "entries.csv"), "--to", str(given / "three" / "counts.csv")],
        [*fit, str(given / "fit")],
        [*fit, str(given / "early"), "--until", "2024-01-04"],
        ["run", S, "--seeds", "3", "--out", str(given / "run")],
    ):
        if ended(started(words, given), LIMIT_S)[0] != 0:
            raise SystemExit((given / "said").read_text())


def warmed() -> None:
    """Import what the commands import and load what is compiled, so that a fork has it; no thread is started here, as threads do
    not survive a fork.
    """
    import pkgutil

    import crossings

    for module in pkgutil.walk_packages(crossings.__path__, "crossings."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    threads = len(os.listdir("/proc/self/task"))
    from crossings.model import Model
    from crossings.simulation.ensemble import periods_of, summarise
    from crossings.simulation.expected import expect
    from crossings.simulation.outcome import simulate_once

    model = Model(crossings.Scenario.read(S))
    for by in ("day", "hour"):
        summarise(model, simulate_once(model, seed=1), periods_of(model, by), servers=True)
    expect(model)
    if len(os.listdir("/proc/self/task")) > threads:
        raise SystemExit("loading what is compiled starts threads, which a fork does not have")


def alone(name: str, given: Path) -> tuple[dict[str, bytes], float]:
    """What a command writes when it is left alone, and its processor time."""
    with tempfile.TemporaryDirectory(prefix="crossings-kills-") as text:
        folder = Path(text)
        status, seconds = ended(started(filled(name, folder, given), folder), LIMIT_S)
        if status != 0:
            raise SystemExit(f"{name}: {(folder / 'said').read_text()}")
        return content(folder), seconds


def of_command(name: str, given: str, numbers: list[int], seed: int) -> list[tuple[int, str]]:
    """All trials of one command, by their numbers."""
    os.environ["SOURCE_DATE_EPOCH"] = "1700000000"
    whole, seconds = alone(name, Path(given))
    again, _ = alone(name, Path(given))
    if again != whole:
        return [
            (n, f"twice it writes other bytes: {[k for k in whole if whole[k] != again.get(k)][:3]}") for n in numbers
        ]
    chances = {n: random.Random(f"{seed} {n}").uniform(0.0, seconds) for n in numbers}
    return [(n, trial(name, Path(given), whole, after)) for n, after in chances.items()]


def verdicts(kills: int, seed: int, jobs: int, names: list[str]) -> Iterator[tuple[str, int, str]]:
    """(command, number, what came of it)."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="crossings-given-") as given:
        with ProcessPoolExecutor(1, mp_context=context, initializer=warmed) as one:
            one.submit(prepared, Path(given)).result()
        with ProcessPoolExecutor(jobs, mp_context=context, initializer=warmed) as pool:
            futures = {
                name: pool.submit(of_command, name, given, list(range(k, kills, len(names))), seed)
                for k, name in enumerate(names)
            }
            for name, future in futures.items():
                for number, said in future.result():
                    yield name, number, said


def main(arguments: list[str] | None = None) -> int:
    """Kill and give again; 1 if bytes differ or something half was left."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", choices=COMMANDS, action="append", help="this command alone (repeat)")
    given = parser.parse_args(arguments)
    began, found = time.monotonic(), Counter[tuple[str, str]]()
    names = given.only or list(COMMANDS)
    last = ""
    for name, number, said in verdicts(given.kills, given.seed, given.jobs, names):
        if name != last:
            print(f"{time.monotonic() - began:,.0f} s: {name}", file=sys.stderr, flush=True)
            last = name
        kind = said if said in ("the same bytes", "too late") else "wrong"
        found[name, kind] += 1
        if kind == "wrong":
            print(f"{name}, kill {number}: {said}", flush=True)
    for name in names:
        print(f"{name}: " + ", ".join(f"{n} {kind}" for (which, kind), n in sorted(found.items()) if which == name))
    kills, wrong = (
        sum(n for (_, kind), n in found.items() if (kind == "wrong") or (w and kind != "too late")) for w in (1, 0)
    )
    print(f"{kills:,} kills of {len(names)} commands in {time.monotonic() - began:,.0f} s: {wrong:,} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
