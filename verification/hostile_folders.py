"""Folders of results from somebody else: whatever stands in one, no command changes or shows anything outside it.

    python verification/hostile_folders.py --folders 300 --seed 1

Each folder is one that `run`, `compare` or `fit` wrote, with a few things changed: names in its notes that lead elsewhere, links,
pipes, folders where files were, damaged or truncated files, deep or huge JSON, and notes and tables that are whole and say
something else. A command then reads it or writes to it. It has to end with exit status 0, 1 (`again`: tables differ) or 2 (one
line a fault), within a minute of the processor, and beside the folder nothing may have changed: a file with a secret is neither
changed nor printed. Exit status 1 if anything else happens.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import math
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import polars as pl

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

from watching import Watch  # noqa: E402

SECRET = "the secret of the other folder"
LIMIT_S = 60.0  # of the processor, for one folder
START_S = 300.0  # and for the first of a process, which imports and may compile
NAMES = [
    *("../victim/secret.txt", "../../victim/secret.txt", "{victim}", "seeds/../../victim/secret.txt", "/etc/hostname"),
    *("..", ".", "", "a\\..\\b", "made_by.json/x", ".lock", ".unfinished/ready.json", "x" * 5000, "\0", "\ud800"),
]
TEXTS = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'{"files": 7}',
    b'{"files": "abc"}',
    b'{"files": [null, 3, {}]}',
    b"[" * 100_000,
    b"\xff\xfe\x00",
]
VALUES: list[Any] = [
    *(None, True, -1, 0, 10**400, 1e308, -1e308, math.nan, math.inf, "", "x", "9999-12-31", "0001-01-01", "2024-02-30"),
    *([], {}, [[]], [None], {"a": 1}, "\0", "x" * 5000, "../victim/secret.txt", ["x"] * 1000, "two-crossings", 3, 0.5),
]
CELLS = [math.nan, math.inf, -math.inf, None, -1.0, 0.0, 1e308, "x", "", True]


def command_lines(folder: Path, outside: Path, border: Path) -> list[list[str]]:
    """Commands that read a folder of results, or write to one."""
    here = str(folder)
    return [
        ["query", here, "select * from flows limit 1"],
        ["query", here],
        ["again", here],
        ["export", "csv", here, str(outside / "exported")],
        ["run", "two-crossings", "--seeds", "2", "--out", here],
        ["run", "two-crossings", "--seeds", "2", "--out", here, "--force"],
        ["compare", "two-crossings", "--seeds", "2", "--out", here, "--force"],
        ["run", str(border), "--seeds", "2", "--fit", here],
        ["score", str(border), "--fit", here],
        ["forecast", str(border), "--fit", here, "--from", "2024-01-05"],
        ["update", str(border), "--fit", here, "--on", "2024-01-05", "--out", str(outside / "updated")],
        ["fit", str(border), "--points", "200", "--threads", "1", "--out", here],
        ["check", str(folder / "scenario")],
        ["new", str(outside / "copied"), "--from", str(folder / "scenario")],
        ["claims", "two-crossings", "--seeds", "2", "--evidence", str(folder / "made_by.json")],
    ]


def a_file(folder: Path, chance: random.Random) -> Path:
    """Some file of a folder."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    return chance.choice(files) if files else folder / "made_by.json"


def renamed_in_note(folder: Path, victim: Path, chance: random.Random) -> str:
    """A name that leads elsewhere, in a note."""
    note = folder / chance.choice(["made_by.json", ".unfinished/ready.json", "fit/fit.json", "fit.json"])
    name = chance.choice(NAMES).replace("{victim}", str(victim / "secret.txt"))
    if any(path.is_symlink() for path in (note, note.parent)):
        return f"{note.name} is beyond a link"  # what lies there is not ours to change
    try:
        said = json.loads(note.read_text())
    except (OSError, ValueError):
        said = {}
    key = chance.choice(["files", "remove", "fit", "scenario", "plan"])
    said = said if isinstance(said, dict) else {}
    said[key] = chance.choice([[name], {name: "00"}, name, [*list(said.get("files") or [])[:3], name]])
    with contextlib.suppress(OSError):
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps(said))
    return f"{note.name}: {key} names {name[:40]!r}"


def linked(folder: Path, victim: Path, chance: random.Random) -> str:
    """A link in place of a file or a folder."""
    path = chance.choice(
        [a_file(folder, chance), folder / ".lock", folder / ".unfinished", folder / "seeds", folder / "scenario"]
    )
    gone(path)
    to = chance.choice([victim, victim / "secret.txt", victim / "new.txt", path])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(to)
    return f"{path.name} is a link to {to.name}"


def piped(folder: Path, victim: Path, chance: random.Random) -> str:
    """A pipe in place of a file."""
    path = a_file(folder, chance)
    gone(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)
    return f"{path.name} is a pipe"


def damaged(folder: Path, victim: Path, chance: random.Random) -> str:
    """A file cut off, changed, emptied, or something else altogether."""
    path = a_file(folder, chance)
    raw = path.read_bytes() if path.exists() else b""
    at = chance.randrange(max(1, len(raw)))
    path.write_bytes(chance.choice([raw[:at], raw[:at] + b"\xff" + raw[at + 1 :], *TEXTS]))
    return f"{path.name} is damaged at {at}"


def foldered(folder: Path, victim: Path, chance: random.Random) -> str:
    """A folder in place of a file."""
    path = a_file(folder, chance)
    gone(path)
    path.mkdir(parents=True)
    return f"{path.name} is a folder"


def unfinished(folder: Path, victim: Path, chance: random.Random) -> str:
    """Work that seems interrupted in its last act."""
    here = folder / ".unfinished"
    gone(here)
    here.mkdir(parents=True)
    names = [chance.choice(NAMES).replace("{victim}", str(victim / "secret.txt")) for _ in range(2)]
    (here / "ready.json").write_text(json.dumps({"files": names[:1], "remove": names[1:]}))
    (here / "made_by.json").write_text("{}")
    return f"unfinished: {names[0][:40]!r}, {names[1][:40]!r}"


def leaves(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to every value within a value, and to itself."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(way for key, held in inside for way in leaves(held, (*at, key)))]


def forged(folder: Path, victim: Path, chance: random.Random) -> str:
    """A note or table that is whole, and says something else: a value of another kind, beyond any range, or none."""
    notes = sorted(p for p in folder.rglob("*.json") if p.is_file() and not p.is_symlink())
    tables = sorted(p for p in folder.rglob("*.parquet") if p.is_file() and not p.is_symlink())
    if tables and (not notes or chance.random() < 0.3):
        path, said = chance.choice(tables), "nothing"
        with contextlib.suppress(pl.exceptions.PolarsError, OSError):
            said = forged_table(path, chance)
    elif notes:
        path, said = chance.choice(notes), "nothing"
        with contextlib.suppress(OSError, ValueError, RecursionError):
            said = forged_note(path, chance)
    else:
        return "nothing to forge"
    sealed(folder)
    return f"{path.name}: {said}"


def forged_note(path: Path, chance: random.Random) -> str:
    """One value of a JSON file is another."""
    note = [json.loads(path.read_text())]  # in a list, so that the whole can be another
    way = chance.choice(leaves(note)[1:])
    *before, last = way
    at: Any = note
    for key in before:
        at = at[key]
    at[last] = chance.choice(VALUES)
    path.write_text(json.dumps(note[0]))
    return f"{'.'.join(map(str, way[1:]))[:60]} is {str(at[last])[:30]!r}"


def forged_table(path: Path, chance: random.Random) -> str:
    """One column of a Parquet file has other values, another kind, or is gone; or rows are."""
    table = pl.read_parquet(path)
    name = chance.choice(table.columns)
    how = chance.choice(["gone", "no rows", "one row", "twice", *CELLS])
    if how == "gone":
        table = table.drop(name)
    elif how in ("no rows", "one row"):
        table = table.head(int(how == "one row"))
    elif how == "twice":
        table = pl.concat([table, table])
    else:
        table = table.with_columns(pl.lit(how).alias(name))
    table.write_parquet(path)
    return f"{name} {how}"


def sealed(folder: Path) -> None:
    """A digest in a note is that of the table beside it, as whoever forges a table would write it."""
    if not all((folder / name).is_file() for name in ("ahead.json", "ahead.parquet")):
        return
    with contextlib.suppress(OSError, ValueError, TypeError):
        said = json.loads((folder / "ahead.json").read_text())
        raw = (folder / "ahead.parquet").read_bytes()
        said["table"] = hashlib.blake2b(raw, digest_size=16).hexdigest()
        (folder / "ahead.json").write_text(json.dumps(said))


def gone(path: Path) -> None:
    """Nothing is there any more."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()


CHANGES: list[Callable[[Path, Path, random.Random], str]] = [
    *(renamed_in_note, renamed_in_note, linked, linked, piped, damaged, damaged, foldered, unfinished, unfinished),
    *(forged, forged, forged, forged),
]


def content(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def called(arguments: list[str]) -> tuple[int, str, str]:
    """A command in this process: exit status, standard output and standard error."""
    from crossings.cli.app import build
    from crossings.cli.exit_codes import status_of

    out, err = io.TextIOWrapper(io.BytesIO()), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = status_of(build(), arguments)
    out.flush()
    return status, out.buffer.getvalue().decode(errors="replace"), err.getvalue()  # type: ignore[attr-defined]


def trial(templates: Path, seed: int, number: int) -> tuple[str, str]:
    """One hostile folder and one command: (what became of it, what was done)."""
    chance = random.Random(f"{seed} {number}")
    with tempfile.TemporaryDirectory(prefix="crossings-hostile-") as name:
        root = Path(name)
        victim, outside, folder = root / "victim", root / "outside", root / "theirs" / "out"
        victim.mkdir()
        outside.mkdir()
        (victim / "secret.txt").write_text(SECRET)
        shutil.copytree(templates / chance.choice(sorted(p.name for p in templates.iterdir())), folder)
        done = [chance.choice(CHANGES)(folder, victim, chance) for _ in range(chance.randint(1, 3))]
        arguments = chance.choice(command_lines(folder, outside, templates.parent / "border"))
        done.append(" ".join(arguments[:1] + arguments[2:])[:80])
        status, out, err = called(arguments)
        wrong = []
        if status not in (0, 1, 2) or (status == 1 and arguments[0] != "again") or "fault of crossings" in err:
            wrong.append(f"exit status {status}: {err[:300]}")
        if content(victim) != {"secret.txt": SECRET.encode()}:
            wrong.append(f"changed outside: {sorted(content(victim))}")
        if (
            sorted(p.name for p in root.iterdir()) != ["outside", "theirs", "victim"]
            or len(list((root / "theirs").iterdir())) > 1
        ):
            wrong.append("something new beside the folder")
        if SECRET in out + err or any(SECRET.encode() in raw for raw in content(outside).values()):
            wrong.append("the secret was shown")
        if wrong:
            return "failed", "; ".join(done + wrong)
        return f"exit status {status}", "; ".join(done)


def made(templates: Path) -> None:
    """Sound folders to begin with, and beside them the scenario of the fit."""
    import counted_border

    border = templates.parent / "border"
    counted_border.border().write(border)
    for name, arguments in {
        "run": ["run", "two-crossings", "--seeds", "2"],
        "one": ["run", "two-crossings", "--seed", "3"],
        "compare": ["compare", "two-crossings", "--seeds", "2"],
        "fit": ["fit", str(border), "--points", "200", "--threads", "1", "--until", "2024-01-04"],
    }.items():
        status, _, err = called([*arguments, "--out", str(templates / name)])
        if status:
            raise SystemExit(err)


def work(pipe: Connection, templates: str, seed: int) -> None:
    """A process that tries one folder after another: numbers in, verdicts out."""
    while True:
        try:
            pipe.send(trial(Path(templates), seed, pipe.recv()))
        except (EOFError, BrokenPipeError):
            return


class Worker:
    """A process that tries folders, and the one that it has now."""

    def __init__(self, templates: Path, seed: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=work, args=(theirs, str(templates), seed), daemon=True)
        self.process.start()
        theirs.close()
        self.number, self.limit_s = -1, START_S

    def give(self, number: int) -> None:
        """Have a folder tried."""
        self.number, self.watch = number, Watch(self.process.pid or 0, self.limit_s)
        self.limit_s = LIMIT_S
        self.pipe.send(number)

    def said(self) -> tuple[str, str] | None:
        """The verdict, once there is one; the process is gone if there was none in its time, or if it died."""
        if self.pipe.poll():
            try:
                found: tuple[str, str] = self.pipe.recv()
                return found
            except (EOFError, OSError):
                self.process.join(5)
                return "failed", f"the process died, exit code {self.process.exitcode}"
        why = self.watch.over()
        if why:
            self.process.kill()
            self.process.join()
            return "failed", why
        return None


def verdicts(numbers: Iterator[int], templates: Path, seed: int, jobs: int) -> Iterator[tuple[int, str, str]]:
    """(number, what became of it, what was done) as they come."""
    busy: list[Worker] = []
    free = [Worker(templates, seed) for _ in range(jobs)]
    while True:
        for worker in free:
            number = next(numbers, None)
            if number is None:
                worker.pipe.close()
                worker.process.join(10)
                continue
            worker.give(number)
            busy.append(worker)
        if not busy:
            return
        wait([worker.pipe for worker in busy], timeout=1.0)
        free = []
        for worker in list(busy):
            said = worker.said()
            if said is not None:
                busy.remove(worker)
                free.append(worker if worker.process.is_alive() else Worker(templates, seed))
                yield worker.number, *said


def main(arguments: list[str] | None = None) -> int:
    """Try folders; 1 if one of them led outside, hung, or ended otherwise than it should."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--folders", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", type=int)
    given = parser.parse_args(arguments)
    began, found = time.monotonic(), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="crossings-templates-") as name:
        templates = Path(name) / "folders"
        templates.mkdir()
        made(templates)
        numbers = range(given.folders) if given.only is None else [given.only]
        for number, kind, said in verdicts(iter(numbers), templates, given.seed, min(given.jobs, len(numbers))):
            found[kind] += 1
            if kind == "failed" or given.only is not None:
                print(f"seed {given.seed}, folder {number}: {kind}: {said}", flush=True)
    kinds = ", ".join(f"{n:,} {kind}" for kind, n in sorted(found.items()))
    print(f"{sum(found.values()):,} hostile folders in {time.monotonic() - began:,.0f} s: {kinds}")
    return 1 if found["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
