"""What a killed process left beside a folder, or in it, is cleared away or resumed; what another one holds stays."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from crossings.scenario.writer import write_files

FILES = {"a.txt": "first", "b/c.txt": "second"}


def _write(target: str, hold: bool) -> None:
    write_files(FILES, Path(target), accept=(lambda _: time.sleep(60)) if hold else None)


@pytest.fixture
def writing(tmp_path):
    """A process in the middle of writing a directory."""
    process = multiprocessing.get_context("fork").Process(target=_write, args=(str(tmp_path / "out"), True))
    process.start()
    until = time.monotonic() + 60
    while not list(tmp_path.glob(".out.*/b/c.txt")) and time.monotonic() < until:
        time.sleep(0.01)
    yield process
    process.kill()
    process.join()


@pytest.mark.skipif(os.name == "nt", reason="a folder is locked by its descriptor")
def test_a_draft_of_a_killed_process_goes(tmp_path: Path, writing) -> None:
    os.kill(writing.pid, signal.SIGKILL)
    writing.join()
    assert len(list(tmp_path.iterdir())) == 1
    _write(str(tmp_path / "out"), False)
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.skipif(os.name == "nt", reason="a folder is locked by its descriptor")
def test_a_draft_of_a_living_process_stays(tmp_path: Path, writing) -> None:
    (draft,) = tmp_path.iterdir()
    (tmp_path / ".out.0123456789ab").write_text("a file is no draft")
    (tmp_path / ".outer.0123456789ab").mkdir()
    _write(str(tmp_path / "out"), False)
    assert {p.name for p in tmp_path.iterdir()} == {"out", draft.name, ".out.0123456789ab", ".outer.0123456789ab"}


def test_update_goes_on_where_it_was_killed(tmp_path: Path, call) -> None:
    """Unfinished work in its folder is no result; a result is not replaced."""
    import counted_border

    counted_border.border().write(tmp_path / "border")
    fit = ["fit", tmp_path / "border", "--points", "200", "--threads", "1", "--until", "2024-01-04"]
    assert call(*fit, "--out", tmp_path / "fit")[0] == 0
    (tmp_path / "out" / ".unfinished").mkdir(parents=True)
    (tmp_path / "out" / ".unfinished" / "draws.parquet").write_bytes(b"PAR1")
    (tmp_path / "out" / ".lock").touch()
    update = ["update", tmp_path / "border", "--fit", tmp_path / "fit", "--on", "2024-01-05", "--out", tmp_path / "out"]
    assert call(*update)[::2] == (0, "")
    assert not (tmp_path / "out" / ".unfinished").exists()
    status, said, complained = call(*update)
    assert (status, said) == (2, "")
    assert "exists" in complained
