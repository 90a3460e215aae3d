"""Commands that write, killed at any moment and given again: in the end the same bytes as if left alone.

    python verification/kills.py --kills 500 --seed 1

Each trial starts a command in an empty folder, kills it (SIGKILL) after a random part of the time that it takes, looks at what is left, and gives
the same command again until it ends. What was to be written is then there, whole, with the bytes of a run that nobody disturbed. Right after
the kill a target is absent, unfinished and marked so, or whole: never half. Exit status 1 if not.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

S = "two-crossings"
# Name -> arguments; "{out}" is the target. Those whose target has to be new are looked at and removed before they are given again.
COMMANDS: dict[str, list[str]] = {
    "run": ["run", S, "--seeds", "70", "--out", "{out}"],
    "run hourly": ["run", S, "--seeds", "40", "--by", "hour", "--out", "{out}"],
    "run one seed": ["run", S, "--seed", "3", "--out", "{out}"],
    "compare": ["compare", S, "--seeds", "40", "--out", "{out}"],
    "report": ["run", S, "--seeds", "20", "--report", "{out}.html"],
    "export csv": ["export", "csv", S, "{out}", "--seeds", "20"],
    "export geojson": ["export", "geojson", S, "{out}", "--seeds", "5"],
    "new": ["new", "{out}", "--from", S],
}


def call(arguments: list[str], folder: Path) -> subprocess.Popen[str]:
    """A command, started."""
    filled = [word.replace("{out}", str(folder / "out")) for word in arguments]
    return subprocess.Popen(
        [sys.executable, "-m", "crossings.cli", *filled],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
    )


def content(folder: Path) -> dict[str, bytes]:
    """The files of a folder that a person sees, by name; the lock is of no matter."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != ".lock" and not p.relative_to(folder).parts[0].startswith(".")
    }


def is_half(folder: Path, whole: dict[str, bytes]) -> str:
    """What is wrong with what a kill left; empty where nothing is."""
    left = content(folder)
    if not left or left == whole or any(".unfinished" in Path(name).parts for name in left):
        return ""
    if "out/made_by.json" in whole and "out/made_by.json" not in left:
        return ""  # results without the note that says they are whole
    return f"half: {len(left)} of {len(whole)} files, {[n for n in left if left[n] != whole.get(n)][:3]}"


def undisturbed(name: str) -> tuple[dict[str, bytes], float]:
    """What a command writes when it is left alone, and how long it takes."""
    with tempfile.TemporaryDirectory(prefix="crossings-kills-") as folder:
        began = time.monotonic()
        process = call(COMMANDS[name], Path(folder))
        _, said = process.communicate()
        if process.returncode:
            raise SystemExit(f"{name}: {said}")
        return content(Path(folder)), time.monotonic() - began


def trial(name: str, whole: dict[str, bytes], after_s: float) -> str:
    """One kill and what came of it: ``too late`` where the command had ended, ``the same bytes``, or what is wrong."""
    with tempfile.TemporaryDirectory(prefix="crossings-kills-") as text:
        folder = Path(text)
        process = call(COMMANDS[name], folder)
        try:
            process.communicate(timeout=after_s)
            killed = False
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            killed = True
        wrong = is_half(folder, whole)
        if wrong:
            return wrong
        if content(folder) != whole:
            again = call(COMMANDS[name], folder)
            _, said = again.communicate()
            if again.returncode:
                return f"given again it ends with {again.returncode}: {said[:200]}"
        if content(folder) != whole:
            return f"other bytes: {[n for n, raw in content(folder).items() if raw != whole.get(n)][:3]}"
        return "the same bytes" if killed else "too late"


def main(arguments: list[str] | None = None) -> int:
    """Kill and give again; 1 if bytes differ or something half was left."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args(arguments)
    began = time.monotonic()
    call(["run", S, "--seeds", "2"], Path.cwd()).communicate()  # compiled before anything is timed
    alone = {name: undisturbed(name) for name in COMMANDS}
    found, failed = Counter[tuple[str, str]](), 0
    names = list(COMMANDS)

    def one(number: int) -> tuple[str, str]:
        name = names[number % len(names)]
        whole, seconds = alone[name]
        return name, trial(name, whole, random.Random(f"{given.seed} {number}").uniform(0.0, seconds))

    with ThreadPoolExecutor(given.jobs) as pool:
        for name, said in pool.map(one, range(given.kills)):
            kind = said if said in ("the same bytes", "too late") else "wrong"
            found[name, kind] += 1
            if kind == "wrong":
                failed += 1
                print(f"{name}: {said}", flush=True)
    for name in names:
        kinds = ", ".join(f"{n} {kind}" for (command, kind), n in sorted(found.items()) if command == name)
        print(f"{name}: {kinds}")
    kills = sum(n for (_, kind), n in found.items() if kind != "too late")
    print(f"{kills:,} kills of {len(names)} commands in {time.monotonic() - began:,.0f} s, {failed} wrong")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
