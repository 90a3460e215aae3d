"""Compiled code on disk: only in a folder of one's own, checked when it is read, and never needed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from crossings.kernel import KERNEL_HASH
from forks import Forks

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="owners and modes of Linux")

# A small function compiled as the kernel's are, in a process of its own: prints its result, and whether it was found on disk.
SMALL = """
import pathlib, sys
sys.path.insert(0, sys.argv[1])
import small
from crossings.kernel.core.cache import cache_folder
result = small.twice(21)
print(result, sum(small.twice.stats.cache_hits.values()), cache_folder())
"""
SOURCE = """
from crossings.kernel.core.compiled import entry

@entry
def twice(x):
    return 2 * x
"""


@pytest.fixture(scope="module")
def forks():
    warm = "import numba, crossings.kernel.core.compiled; numba.njit(lambda x: x + 1)(1)"  # numba's own start is most of it
    with Forks(warm) as found:
        yield found


@pytest.fixture
def start(forks, tmp_path):
    """Start the program: its result, how many functions it found on disk, in which folder, and what it complained of."""

    def run():
        (tmp_path / "code").mkdir(exist_ok=True)
        (tmp_path / "code" / "small.py").write_text(SOURCE)
        (tmp_path / "tmp").mkdir(exist_ok=True)
        places = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "TMPDIR": str(tmp_path / "tmp")}
        done = forks.run(SMALL, tmp_path / "code", **places)
        assert done.returncode == 0, done.stderr
        result, found, folder = done.stdout.split()
        return result, found, folder, done.stderr

    return run


def test_compiled_once_and_found_again_in_a_folder_of_ones_own(tmp_path, start):
    folder = tmp_path / "cache" / "crossings" / f"kernel-{KERNEL_HASH}"
    assert start() == ("42", "0", str(folder), "")
    assert start()[:2] == ("42", "1")
    assert [p.stat().st_mode & 0o777 for p in (folder, folder.parent)] == [0o700, 0o700]


@pytest.mark.parametrize("damage", ["empty", "truncated", "flipped", "pickle", "folder", "pipe", "link"])
def test_a_damaged_file_is_thrown_away_and_made_anew(tmp_path, damage, start):
    start()
    (file,) = (tmp_path / "cache" / "crossings" / f"kernel-{KERNEL_HASH}").iterdir()
    whole = file.read_bytes()
    file.unlink()
    if damage == "folder":
        file.mkdir()
    elif damage == "pipe":
        os.mkfifo(file)
    elif damage == "link":
        file.symlink_to("nowhere")
    else:
        flipped = whole[:500] + bytes([whole[500] ^ 1]) + whole[501:]
        file.write_bytes(
            {"empty": b"", "truncated": whole[:-100], "flipped": flipped, "pickle": b"cos\nsystem\n."}[damage]
        )
    assert start()[:2] == ("42", "0")
    if damage != "folder":
        assert file.read_bytes() == whole
        assert start()[:2] == ("42", "1")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away")
@pytest.mark.parametrize("whose", ["home", "temporary", "both"])
def test_a_folder_of_somebody_else_is_not_used(tmp_path, whose, start):
    uid = os.getuid()
    folders = {"home": tmp_path / "cache" / "crossings", "temporary": tmp_path / "tmp" / f"crossings-{uid}"}
    for name, folder in folders.items():
        if whose in (name, "both"):
            folder.mkdir(parents=True)
            os.chown(folder, 12345, 12345)
    result, _, used, said = start()
    assert result == "42"
    if whose == "both":
        assert used == "None"
        assert said.count("\n") == 1
        assert "crossings works, and compiles again at each start" in said
    else:
        assert used.startswith(str(folders["temporary" if whose == "home" else "home"]))
    for name, folder in folders.items():
        if whose in (name, "both"):
            assert list(folder.iterdir()) == []


def test_a_link_is_not_followed(tmp_path, start):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "crossings").symlink_to(tmp_path / "elsewhere")
    assert start()[2].startswith(str(tmp_path / "tmp"))
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_full_disk_costs_time_and_one_line(tmp_path):
    """A limit on the size of a file stands for a disk without room."""
    (tmp_path / "code").mkdir()
    limited = f"import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nresource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n{SMALL}"
    (tmp_path / "code" / "small.py").write_text(SOURCE)
    done = subprocess.run(
        [sys.executable, "-c", limited, str(tmp_path / "code")],
        env=os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[0] == "42"
    assert done.stderr.count("\n") == 1
    assert "(File too large)" in done.stderr
    assert not [p for p in (tmp_path / "cache").rglob("*") if p.is_file()]
