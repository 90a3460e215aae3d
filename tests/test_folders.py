"""Folders of results: whole or resumable whenever the process is killed, one writer at a time, nothing of others touched."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from crossings.errors import InputError
from crossings.io.atomic_folder import UNFINISHED, draft_beside, working_folder
from crossings.io.disk import write_file
from crossings.io.folder_lock import locked
from forks import Forks

linux = pytest.mark.skipif(sys.platform != "linux", reason="counts on Linux")

# The same work every time; it dies, as if by kill -9, before its Nth call to the system.
WORK = """
import os, sys, pathlib
from crossings.io.atomic_folder import working_folder
left, opened = int(sys.argv[2]), os.open
def dying(call):
    def wrapped(*a, **k):
        global left
        if call is not opened or a[1] & os.O_CREAT:  # reading changes nothing
            left -= 1
            if left == 0:
                os._exit(9)
        return call(*a, **k)
    return wrapped
for name in ("replace", "fsync", "mkdir", "unlink", "rmdir", "open"):
    setattr(os, name, dying(getattr(os, name)))
pathlib.Path.unlink = dying(pathlib.Path.unlink)
plan = {"command": "work", "seeds": sys.argv[3]}
with working_folder(sys.argv[1], plan, print if sys.argv[4:] else None) as work:
    if not work.whole:
        for k in range(3):
            if not work.has(f"seeds/{k}.txt"):
                work.write(f"seeds/{k}.txt", f"{sys.argv[3]}-{k}" * 1000)
        work.write("all.txt", "".join(work.path(f"seeds/{k}.txt").read_text() for k in range(3)))
        work.write("log", "only on the way")
        work.publish({"seeds": sys.argv[3]}, without=["log"])
"""


@pytest.fixture(scope="module")
def forks():
    with Forks("import crossings.io.atomic_folder") as found:
        yield found


@pytest.fixture
def work(forks):
    """The work in a process of its own: its status, what it printed and what it complained of."""

    def run(folder, dies_at=0, seeds="a", anew=False):
        return forks.run(WORK, folder, dies_at, seeds, *["anew"] * anew)

    return run


def content(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in Path(folder).rglob("*") if p.is_file()}


def is_whole(folder):
    return (folder / "made_by.json").exists()


@pytest.mark.parametrize("before", [None, "b"], ids=["new", "replacing"])
def test_killed_before_any_call_to_the_system_and_begun_again(tmp_path, before, work):
    undisturbed = tmp_path / "undisturbed"
    assert work(undisturbed).returncode == 0
    expected = content(undisturbed)
    assert set(expected) == {"made_by.json", "all.txt", "seeds/0.txt", "seeds/1.txt", "seeds/2.txt", ".lock"}
    deaths = 0
    for n in range(1, 200):
        folder = tmp_path / str(n)
        if before:
            assert work(folder, seeds=before).returncode == 0
        done = work(folder, dies_at=n)
        if done.returncode == 0:
            break
        assert done.returncode == 9, done.stderr
        deaths += 1
        if is_whole(folder):  # then it is one of the two results, to the last file
            made = json.loads((folder / "made_by.json").read_text())
            assert all((folder / name).exists() for name in made["files"])
        again = work(folder)
        assert again.returncode == 0, again.stderr
        assert content(folder) == expected
    assert deaths > 30


def test_what_was_whole_before_stays_readable_until_the_end(tmp_path, work):
    folder = tmp_path / "out"
    assert work(folder, seeds="b").returncode == 0
    before = content(folder)
    assert work(folder, dies_at=12).returncode == 9
    assert {k: v for k, v in content(folder).items() if not k.startswith(UNFINISHED)} == before


def test_unfinished_work_of_another_plan_is_kept(tmp_path):
    folder = tmp_path / "out"
    with contextlib.suppress(KeyboardInterrupt), working_folder(folder, {"seeds": 5}) as first:
        first.write("a.txt", "hours of work")
        raise KeyboardInterrupt
    before = content(folder)
    said = r"unfinished work, not of this command \(seeds: 5, now 6\)"
    with pytest.raises(InputError, match=said), working_folder(folder, {"seeds": 6}):
        pass
    assert content(folder) == before
    with working_folder(folder, {"seeds": 5}) as again:
        assert again.has("a.txt")


def test_work_of_minutes_is_begun_anew_wherever_it_is_killed(tmp_path, work):
    undisturbed = tmp_path / "undisturbed"
    assert work(undisturbed).returncode == 0
    for n in range(5, 14):  # from the first file that is cleared away to the new plan
        folder = tmp_path / str(n)
        assert work(folder, dies_at=20, seeds="b").returncode == 9
        assert (folder / UNFINISHED / "seeds").is_dir()
        done = work(folder, anew=True, dies_at=n)
        assert done.returncode == 9
        again = work(folder, anew=True)
        assert again.returncode == 0, again.stderr
        assert content(folder) == content(undisturbed)
    folder = tmp_path / "told"
    assert work(folder, dies_at=20, seeds="b").returncode == 9
    assert work(folder, anew=True).stdout == "seeds: b, now a\n"


def test_nothing_is_left_where_nothing_came_of_it(tmp_path):
    with pytest.raises(KeyError), working_folder(tmp_path / "out", {"seeds": 5}):
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_a_result_is_known_again_only_if_no_byte_changed(tmp_path, work):
    folder = tmp_path / "out"
    assert work(folder).returncode == 0
    with working_folder(folder, {"command": "work", "seeds": "a"}) as found:
        assert found.whole
        assert found.path("all.txt").read_text().startswith("a-0")
    (folder / "all.txt").write_text("changed")
    with working_folder(folder, {"command": "work", "seeds": "a"}) as found:
        assert not found.whole


def test_two_processes(tmp_path, work):
    folder = tmp_path / "out"
    with locked(folder):
        done = work(folder)
    assert done.returncode == 1
    assert "another process is writing to it; wait for it, or name another folder" in done.stderr
    assert work(folder).returncode == 0


@pytest.mark.parametrize("name", ["thesis.txt", "seeds/mine.txt"])
def test_a_foreign_file(tmp_path, name, work):
    folder = tmp_path / "out"
    assert work(folder).returncode == 0
    (folder / name).write_text("mine")
    before = content(folder)
    with pytest.raises(InputError, match=f"holds '{name}', which crossings did not write"), working_folder(folder):
        pass
    assert content(folder) == before


def test_links_are_not_followed(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "thesis.txt").write_text("mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "seeds").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="holds 'seeds', a link"), working_folder(tmp_path / "out"):
        pass
    assert (tmp_path / "elsewhere" / "thesis.txt").read_text() == "mine"


@linux
def test_a_full_disk(tmp_path, work):
    """A limit on the size of a file is what comes nearest to a full disk without being root: the write itself fails."""
    import resource
    import signal

    def little_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))

    folder = tmp_path / "out"
    command = [sys.executable, "-c", WORK, str(folder), "0", "a"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=little_room)
    # all.txt is larger, the parts are not
    assert done.returncode == 1
    assert "all.txt: cannot be written (File too large)" in done.stderr.splitlines()[-1]
    assert sorted(p.name for p in (folder / UNFINISHED / "seeds").iterdir()) == ["0.txt", "1.txt", "2.txt"]
    assert not list(folder.rglob("*.part"))
    assert work(folder).returncode == 0
    assert work(tmp_path / "other").returncode == 0
    assert content(folder) == content(tmp_path / "other")


@linux
def test_a_folder_that_cannot_be_written():
    with pytest.raises(InputError, match="cannot be written"), working_folder("/sys/crossings"):
        pass


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_no_right_to_write(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="cannot be written"), working_folder(tmp_path / "out"):
        pass
    tmp_path.chmod(0o700)


def test_a_file_is_written_whole(tmp_path):
    write_file(tmp_path / "a" / "b.txt", "text")
    write_file(tmp_path / "a" / "b.txt", b"bytes")
    assert content(tmp_path) == {"a/b.txt": b"bytes"}


OUTSIDE = [
    "../victim",
    "seeds/../../victim",
    "/{victim}",
    "./x",
    "a//b",
    ".unfinished/plan.json",
    ".lock",
    "",
    7,
    None,
    "a\\..\\b",
]


@pytest.mark.parametrize("note", ["made_by.json", f"{UNFINISHED}/ready.json"])
@pytest.mark.parametrize("key", ["files", "remove"])
@pytest.mark.parametrize("name", OUTSIDE, ids=map(str, OUTSIDE))
def test_no_note_in_a_folder_reaches_outside_it(tmp_path, note, key, name, work):
    if (note, key) == ("made_by.json", "remove"):
        return  # nothing reads it there
    victim = tmp_path / "victim"
    victim.write_text("mine")
    folder = tmp_path / "out"
    assert work(folder, seeds="b").returncode == 0
    (folder / UNFINISHED).mkdir(exist_ok=True)
    (folder / UNFINISHED / "victim").write_text("theirs")
    named = name.format(victim=str(victim).lstrip("/")) if isinstance(name, str) else name
    (folder / note).write_text(json.dumps({key: [named]}))
    before = content(tmp_path)
    with pytest.raises(InputError, match="is not a file of this folder"), working_folder(folder, {"seeds": "a"}):
        pass
    assert content(tmp_path) == before


@pytest.mark.parametrize("where", [".lock", UNFINISHED, f"{UNFINISHED}/plan.json", "seeds", "all.txt", "made_by.json"])
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_no_link_and_no_pipe_in_a_folder_is_used(tmp_path, where, kind, work):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder = tmp_path / "out"
    assert work(folder, seeds="b").returncode == 0
    target = folder / where
    if target.is_dir():
        target.rename(tmp_path / "moved")
    target.unlink(missing_ok=True)
    target.parent.mkdir(exist_ok=True)
    if kind == "link":
        target.symlink_to(elsewhere if where in (UNFINISHED, "seeds") else elsewhere / "new")
    else:
        os.mkfifo(target)
    with pytest.raises(InputError, match="a link or no regular file"), working_folder(folder, {"seeds": "a"}):
        pass
    assert list(elsewhere.iterdir()) == []


def test_a_finished_result_is_replaced_only_by_its_own_command_or_by_force(tmp_path):
    folder = tmp_path / "out"
    asked = {"command": "run", "scenario": "border", "seeds": "1-300"}

    def make(asked, **how):
        with working_folder(folder, None, None, asked, **how) as work:
            work.write("a.txt", str(asked["seeds"]))
            work.publish(asked)

    make(asked)
    make(asked)
    for other in ({"command": "compare"}, {"seeds": "1-3"}, {"scenario": "other"}):
        before = content(folder)
        said = "holds a finished result, run of border, seeds 1-300, which this would replace; .* --force"
        with pytest.raises(InputError, match=said):
            make(asked | other)
        assert content(folder) == before
    make(asked | {"seeds": "1-3"}, force=True)
    assert (folder / "a.txt").read_text() == "1-3"


@contextlib.contextmanager
def interrupted_at(line: int):
    """Ctrl-C before the n-th line that `crossings.io` executes; yields a function that lets it pass from then on."""
    left = [line]

    def trace(frame, event, _):
        if not frame.f_globals.get("__name__", "").startswith("crossings.io"):
            return None
        if event == "line":
            left[0] -= 1
            if left[0] == 0:
                sys.settrace(before)
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield lambda: sys.settrace(before)
    finally:
        sys.settrace(before)


def _work(target: Path):
    return working_folder(target, {"command": "run"})


def _draft(target: Path):
    return draft_beside(target)


@pytest.mark.parametrize("folder", [_work, _draft])
def test_an_interrupt_between_any_two_lines_leaves_nothing(folder, tmp_path):
    for line in itertools.count(1):
        try:
            with interrupted_at(line) as let_pass, folder(tmp_path / "out"):
                let_pass()  # the work has begun
                raise StopIteration
        except StopIteration:
            break
        except KeyboardInterrupt:
            pass
        assert list(tmp_path.iterdir()) == [], f"after line {line}"
    assert line > 10
    assert list(tmp_path.iterdir()) == []
