"""One scenario directory through the command line, and what may lie beside it afterwards."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from pathlib import Path

__all__ = ["ASLEEP_S", "COMMANDS", "MEMORY_BYTES", "TIME_LIMIT_S", "WrongError", "by_command", "snapshot", "unchanged"]

SOURCE = Path(__file__).resolve().parent.parent / "src"
MEMORY_BYTES = 4 << 30  # address space of a process; importing everything takes 1.1 GB of it
TIME_LIMIT_S = 60.0  # of the processor for one mutant
ASLEEP_S = (
    1800.0  # by the clock, for a command that waits for something that does not come, on a machine that others use too
)
COMMANDS = (
    ("check",),
    ("explain",),
    ("run", "--seeds", "1", "--json"),
    ("compare", "--seeds", "1", "--json"),
    ("access", "--json"),
    ("check", "--json"),
)


class WrongError(Exception):
    """Something that must not happen."""


def by_command(sandbox: Path, kind: str, command: tuple[str, ...]) -> None:
    """The same by a command, in a process of its own."""
    if kind == "large":
        command = ("check",)
    line = [sys.executable, "-m", "crossings.cli", command[0], str(sandbox / "mutant"), *command[1:]]
    env = os.environ | {"PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1"}
    seconds = (int(TIME_LIMIT_S), int(TIME_LIMIT_S) + 1)  # then the system ends it, by SIGXCPU

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, seconds)

    done = subprocess.run(
        *(line,),
        cwd=sandbox,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=ASLEEP_S,
        preexec_fn=limited,
        check=False,
    )
    out, err = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
    shown = f"{' '.join(command)}: exit status {done.returncode}, out {out[:200]!r}, err {err[-1500:]}"
    if "Traceback" in out + err or done.returncode not in (0, 2):
        raise WrongError(shown)
    if (kind == "refused" and done.returncode != 2) or (
        kind != "refused" and command[0] in ("check", "run") and done.returncode
    ):
        raise WrongError(f"in process it was {kind}; {shown}")
    if done.returncode == 2 and ((out and "--json" not in command) or (not err.strip() and not out)):
        raise WrongError(shown)
    if any(not re.match(r"\S.*: ", row) or not row.isprintable() for row in err.split("\n")[:-1]):
        raise WrongError(f"a line that is no fault: {shown}")


def snapshot(sandbox: Path) -> dict[str, tuple[int, int, int, int]]:
    found = {}
    for folder, folders, names in os.walk(sandbox):
        for name in (*folders, *names):
            path = os.path.join(folder, name)
            has = os.lstat(path)
            found[path] = (has.st_mode, has.st_ino, has.st_size, has.st_mtime_ns)
    return found


def unchanged(before: dict[str, tuple[int, int, int, int]], sandbox: Path) -> None:
    after = snapshot(sandbox)
    if after != before:
        raise WrongError(f"written: {sorted(k for k in before.keys() | after.keys() if before.get(k) != after.get(k))}")
