"""A fit that is killed, begun again, and ends with the same bytes as one that was left alone."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import counted_border
from crossings.calibration import checkpoint as evaluations
from crossings.calibration.checkpoint import RECORD, Evaluations
from crossings.calibration.expected_counts import ExpectedCounts
from crossings.calibration.fit import EVALUATIONS, _Remembered
from crossings.cli.app import build
from crossings.cli.exit_codes import status_of
from crossings.io.atomic_folder import UNFINISHED, working_folder
from crossings.io.folder_lock import locked
from crossings.scenario.fit_spec import Parameter

Call = Callable[..., tuple[int, str, str]]
OPTIONS = ("--points", "200", "--out")

# The command itself, which kills itself before the Nth call of a function of a class.
DYING = """
import os, signal, sys
from crossings.calibration.checkpoint import Evaluations
from crossings.cli.app import build
from crossings.cli.exit_codes import status_of
from crossings.io.atomic_folder import Work
where, name, left = {"log": Evaluations, "work": Work}[sys.argv[1]], sys.argv[2], int(sys.argv[3])
call = getattr(where, name)
def dying(*a, **k):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return call(*a, **k)
setattr(where, name, dying)
status_of(build(), sys.argv[4:])
"""


def content(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in Path(folder).rglob("*") if p.is_file()}


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many likelihoods are computed in this process, as the one item of a list."""
    whole, count = _Remembered.add, [0]

    def counted(self: _Remembered, values: np.ndarray, expected: ExpectedCounts) -> None:
        count[0] += len(values)
        whole(self, values, expected)

    monkeypatch.setattr(_Remembered, "add", counted)
    return count


@pytest.fixture(scope="module")
def border(tmp_path_factory: pytest.TempPathFactory) -> Path:
    here = tmp_path_factory.mktemp("scenario") / "border"
    counted_border.border().write(here)
    return here


@pytest.fixture(scope="module")
def undisturbed(border: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("undisturbed") / "fit"
    assert status_of(build(), ["fit", str(border), *OPTIONS, str(out), "--threads", "1"]) == 0
    return content(out)


def stop_after(records: int, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException] = SystemExit) -> None:
    """From now on a fit in this process ends when it has logged so many records."""
    add, left = Evaluations.add, [records]

    def ending(self: Evaluations, pairs: list[evaluations.Pair]) -> None:
        add(self, pairs)
        left[0] -= len(pairs)
        if left[0] <= 0:
            raise stop

    monkeypatch.setattr(Evaluations, "add", ending)


def interrupted(border: Path, out: Path, *options: str) -> Path:
    """A folder in which a fit was ended after 500 evaluations."""
    with pytest.MonkeyPatch.context() as patched, contextlib.suppress(SystemExit):
        stop_after(500, patched)
        status_of(build(), ["fit", str(border), *options, *OPTIONS, str(out), "--threads", "1"])
    assert len(log_of(out).read_bytes()) >= 500 * RECORD
    return out


@pytest.fixture
def cut(border: Path, tmp_path: Path) -> Path:
    return interrupted(border, tmp_path / "fit")


def log_of(out: Path) -> Path:
    return out / UNFINISHED / EVALUATIONS


@pytest.mark.parametrize(
    "deaths",
    [
        [("work", "write", 2, 1)],
        pytest.param([("log", "add", 15, 1), ("log", "add", 20, 2), ("work", "write", 2, 1)], marks=pytest.mark.slow),
    ],
    ids=["once", "often"],
)
def test_killed_again_and_again(
    deaths: list[tuple[str, str, int, int]],
    call: Call,
    computed: list[int],
    border: Path,
    tmp_path: Path,
    undisturbed: dict[str, bytes],
) -> None:
    out = tmp_path / "fit"
    kept = [0]
    for where, name, n, threads in deaths:
        command = [sys.executable, "-c", DYING, where, name, str(n), "fit", border, *OPTIONS, out, "--threads"]
        done = subprocess.run([*command, str(threads)], capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == -9, done.stderr
        assert not (out / "made_by.json").exists()
        assert kept[-1] == 0 or f"the fit is resumed; kept: {kept[-1]:,} evaluation" in done.stderr
        size = len(log_of(out).read_bytes())
        assert size % RECORD == 0
        kept.append(size // RECORD)
    assert kept == sorted(set(kept))
    status, _, err = call("fit", border, *OPTIONS, out, "--threads", "1")
    assert status == 0
    assert len(err.splitlines()) == 1
    assert content(out) == undisturbed
    assert computed[0] < 0.1 * kept[-1]


def test_a_fit_that_goes_on_computes_only_the_rest(
    call: Call, computed: list[int], border: Path, cut: Path, tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    kept, before = len(log_of(cut).read_bytes()) // RECORD, computed[0]
    status, _, err = call("fit", border, *OPTIONS, cut, "--threads", "1")
    assert status == 0
    assert err == f"note: {cut}: the fit is resumed; kept: {kept:,} evaluations\n"
    rest, before = computed[0] - before, computed[0]
    call("fit", border, *OPTIONS, tmp_path / "other", "--threads", "1")
    assert computed[0] - before == rest + kept
    assert content(cut) == content(tmp_path / "other") == undisturbed


def test_a_whole_fit_is_read(
    call: Call, computed: list[int], border: Path, cut: Path, undisturbed: dict[str, bytes]
) -> None:
    call("fit", border, *OPTIONS, cut, "--threads", "1")
    before = computed[0]
    status, out, err = call("fit", border, *OPTIONS, cut)
    assert (status, err) == (0, "")
    assert "evaluations." in out
    assert computed[0] == before
    assert content(cut) == undisturbed


def test_a_torn_log(call: Call, border: Path, cut: Path, undisturbed: dict[str, bytes]) -> None:
    data = log_of(cut).read_bytes()
    log_of(cut).write_bytes(data[:-5])
    status, _, err = call("fit", border, *OPTIONS, cut, "--threads", "1")
    assert status == 0
    assert f"; kept: {len(data) // RECORD - 1:,} evaluations" in err
    assert content(cut) == undisturbed


PAIRS = [(bytes([n]) * 16, -float(n)) for n in range(10)]


def known(path: Path, run: bytes = b"a", add: Sequence[evaluations.Pair] = ()) -> dict[bytes, float]:
    with contextlib.closing(Evaluations(path, run)) as log:
        log.add(add)
    return log.known


@pytest.mark.parametrize(
    ("damage", "left"),
    [
        (lambda data: data[:-5], 4),
        (lambda data: data + b"half", 5),
        (lambda data: data + b"\0" * 1000, 5),
        (lambda data: data[: 2 * RECORD + 20] + b"?" + data[2 * RECORD + 21 :], 2),
        (lambda data: data[: 2 * RECORD - 1] + data[2 * RECORD :], 1),
        (lambda data: b"", 0),
    ],
    ids=["torn", "half a record more", "zeros at its end", "a changed byte", "a byte less", "empty"],
)
def test_what_follows_a_damage_is_dropped_and_what_is_added_then_is_found(
    tmp_path: Path, damage: Callable[[bytes], bytes], left: int
) -> None:
    path = tmp_path / "log"
    known(path, add=PAIRS[:5])
    path.write_bytes(damage(path.read_bytes()))
    assert known(path, add=PAIRS[5:]) == dict(PAIRS[:left])
    assert known(path) == dict(PAIRS[:left] + PAIRS[5:])


def test_records_of_another_fit_are_none_of_this_one(tmp_path: Path) -> None:
    known(tmp_path / "log", add=PAIRS)
    assert known(tmp_path / "log", b"b") == {}


def test_a_link_in_the_place_of_the_log_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    (tmp_path / "log").symlink_to(tmp_path / "thesis.txt")
    known(tmp_path / "log", add=PAIRS)
    assert (tmp_path / "thesis.txt").read_text() == "mine"
    assert known(tmp_path / "log") == dict(PAIRS)


@pytest.mark.parametrize("what", ["seed", "scenario", "code"])
def test_what_another_fit_left_is_not_used(
    call: Call, border: Path, tmp_path: Path, undisturbed: dict[str, bytes], what: str
) -> None:
    out, here = tmp_path / "fit", border
    if what == "scenario":
        here = tmp_path / "border"
        counted_border.border(counted_border.COUNTS[:-1]).write(here)
    interrupted(here, out, *(["--seed", "2"] if what == "seed" else []))
    if what == "code":
        plan = out / UNFINISHED / "plan.json"
        plan.write_text(plan.read_text().replace('"code": "', '"code": "0'))
    status, _, err = call("fit", border, *OPTIONS, out, "--threads", "1")
    assert status == 0
    assert len(err.splitlines()) == 1
    assert f"({what}: " in err
    assert "is not used; this one starts from the beginning" in err
    assert content(out) == undisturbed


def test_unfinished_work_of_another_command_is_kept(call: Call, border: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with contextlib.suppress(KeyboardInterrupt), working_folder(out, {"command": "run", "seeds": 5}) as first:
        first.write("a.txt", "hours of work")
        raise KeyboardInterrupt
    before = content(out)
    status, _, err = call("fit", border, *OPTIONS, out)
    assert status == 2
    assert len(err.splitlines()) == 1
    assert "holds unfinished work, not of this command (command: run, now fit)" in err
    assert content(out) == before


def test_a_second_process_is_told(call: Call, border: Path, cut: Path) -> None:
    before = content(cut)
    with locked(cut):
        status, _, err = call("fit", border, *OPTIONS, cut)
    assert status == 2
    assert err == f"{cut}: another process is writing to it; wait for it, or name another folder\n"
    assert content(cut) == before


def test_a_foreign_file_is_left_alone(call: Call, border: Path, cut: Path) -> None:
    (cut / "thesis.txt").write_text("mine")
    before = content(cut)
    status, _, err = call("fit", border, *OPTIONS, cut)
    assert status == 2
    assert err == f"{cut}: holds 'thesis.txt', which crossings did not write; move it, or name another folder\n"
    assert content(cut) == before


def test_a_full_disk(
    call: Call, monkeypatch: pytest.MonkeyPatch, border: Path, cut: Path, undisturbed: dict[str, bytes]
) -> None:
    room = [1000]

    def write(file: int, data: bytes) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        part = data[: room[0]]
        room[0] -= len(part)
        return os.write(file, part)

    with monkeypatch.context() as patched:
        patched.setattr(evaluations, "os", SimpleNamespace(**vars(os) | {"write": write}))
        status, out, err = call("fit", border, *OPTIONS, cut, "--threads", "1")
    assert (status, out) == (2, "")
    assert err.splitlines()[1:] == [
        f"{log_of(cut)}: cannot be written (No space left on device); "
        "make room or mend it, then give the same command again: it resumes"
    ]
    assert not (cut / "made_by.json").exists()
    status, _, _ = call("fit", border, *OPTIONS, cut, "--threads", "1")
    assert status == 0
    assert content(cut) == undisturbed


@pytest.mark.skipif(sys.platform != "linux", reason="counts on Linux")
def test_a_folder_that_cannot_be_written(call: Call, border: Path) -> None:
    status, out, err = call("fit", border, *OPTIONS, "/sys/crossings", "--threads", "1")
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert "cannot be written" in err


def test_ctrl_c(call: Call, monkeypatch: pytest.MonkeyPatch, border: Path, tmp_path: Path) -> None:
    out = tmp_path / "fit"
    stop_after(100, monkeypatch, KeyboardInterrupt)
    status, _, err = call("fit", border, *OPTIONS, out, "--threads", "1")
    assert status == 130
    assert err == f"interrupted; give the same command again to resume from what is in {out}\n"
    assert log_of(out).is_file()


def test_nothing_is_left_where_the_counts_are_impossible(call: Call, tmp_path: Path) -> None:
    here = tmp_path / "border"
    parameters = {"volume": Parameter(prior="uniform(0.001, 0.002)", scale="demand.per_day")}
    many = tuple(row.model_copy(update={"count": 10_000.0}) for row in counted_border.COUNTS)
    counted_border.border(many, parameters).write(here)
    status, _, err = call("fit", here, *OPTIONS, tmp_path / "fit", "--threads", "1")
    assert status == 2
    assert "no value that the priors allow makes the counts possible" in err
    assert not (tmp_path / "fit").exists()
