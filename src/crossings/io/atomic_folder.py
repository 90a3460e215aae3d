"""Folders of results: written by one process at a time, whole or resumable, never half.

While work goes on, its files stand in `.unfinished` within the folder, each written under another name and renamed when it
is on the disk. At the end they are moved to their places, `made_by.json` last: a folder with that file is whole, one without
is not. A process that is killed at any moment leaves a folder in which the same work can go on.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossings.errors import Fault, InputError, printable
from crossings.io.disk import UnreadableError, inside, irregular, read_json, settle, write_file
from crossings.io.disk import os_errors_as_input_errors as told
from crossings.io.folder_lock import LOCK, held, locked

MADE_BY, UNFINISHED = "made_by.json", ".unfinished"
PLAN, READY = "plan.json", "ready.json"
DRAFT = re.compile("[0-9a-f]{12}")
ASKED = ("command", "scenario", "seeds", "by", "fit", "without", "with")  # in made_by.json: what a person asked for


def as_text(value: Any) -> str:
    """JSON as it is written to every folder: the same bytes for the same value."""
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


@contextlib.contextmanager
def draft_beside(target: Path) -> Iterator[Path]:
    """An empty folder beside ``target``, to be renamed to it when it is whole; gone afterwards if it was not.

    Drafts that a killed process left are cleared away: nobody holds their lock any more.
    """
    name = f".{target.name[:100]}."
    for left in list(target.parent.iterdir()):
        is_draft = left.name.startswith(name) and DRAFT.fullmatch(left.name.removeprefix(name))
        if is_draft and left.is_dir() and not left.is_symlink():
            with held(left) as free:
                if free:
                    shutil.rmtree(left, ignore_errors=True)
    draft = target.parent / f"{name}{secrets.token_hex(6)}"
    try:
        draft.mkdir()
        with held(draft):
            yield draft
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def check_folder(target: Path, asked: Mapping[str, Any] | None = None, *, force: bool = False) -> None:
    """Raise `InputError` where results cannot go: a file, a folder with something else in it, or no right to write.

    asked: what the result is to be, in the words of `made_by.json`. A finished result of anything else is not replaced
    unless ``force``.
    """
    try:
        above = next((p for p in (target, *target.parents) if p.exists()), Path())
        writable = above.is_dir() and os.access(above, os.W_OK)
        taken = target.exists() and not target.is_dir()
        empty = taken or not target.exists() or not any(target.iterdir())
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "this path cannot be used"
        raise InputError(str(target)[:200], f"cannot be written ({reason})", "name another folder") from None
    if not empty:
        _refuse_foreign(target)
    if taken:
        raise InputError(_foreign(target))
    if not writable:
        raise InputError(str(target), "cannot be written", "name a folder that can")
    made = _json(target / MADE_BY)
    if not force and asked is not None and any(made.get(key) != value for key, value in asked.items()) and made:
        raise InputError(
            str(target),
            f"holds a finished result, {_described(made)}, which this would replace",
            "name another folder, or replace it with --force",
        )


def _foreign(target: Path) -> Fault:
    return Fault(str(target), "is not empty and was not written by crossings", "name a new or empty folder")


def _refuse_foreign(target: Path) -> None:
    """Refuse a folder in which anything is not of its results, or could lead out of it."""
    odd = irregular(target)
    if odd is not None:
        what = f"holds '{odd.relative_to(target).as_posix()}', a link or no regular file, which crossings did not write"
        raise InputError(str(target), what, "remove it, or name another folder")
    if not (target / MADE_BY).is_file() and not (target / UNFINISHED).is_dir() and _strange(target, {LOCK}):
        raise InputError(_foreign(target))
    made, ready = target / MADE_BY, target / UNFINISHED / READY
    known = {
        LOCK,
        MADE_BY,
        *_named(made, "files", target),
        *_named(ready, "files", target),
        *_named(ready, "remove", target),
    }
    strange = _strange(target, known)
    if strange:
        raise InputError(
            str(target), f"holds '{strange}', which crossings did not write", "move it, or name another folder"
        )


def _named(note: Path, key: str, target: Path) -> list[str]:
    """The files of a folder that a note in it names; raises `InputError` where one could lie elsewhere."""
    names = _json(note).get(key) or []
    for name in names if isinstance(names, (dict, list)) else ():
        path = inside(target, name)
        if path is None or path.relative_to(target).parts[0] in (UNFINISHED, LOCK):
            what = f"{key}: '{str(name)[:80]}' is not a file of this folder"
            raise InputError(str(note), what, "delete the folder, or name another")
    return list(names) if isinstance(names, (dict, list)) else []


def _strange(target: Path, known: set[str]) -> str | None:
    """A file in a folder that is not of its results."""
    for folder, folders, files in os.walk(target):
        here = Path(folder)
        if here == target:
            folders[:] = [name for name in folders if name != UNFINISHED]
        for name in sorted(files):
            if (here / name).relative_to(target).as_posix() not in known:
                return (here / name).relative_to(target).as_posix()
    return None


def _described(made: Mapping[str, Any]) -> str:
    """What a result is, in a few words: `compare of two-crossings, seeds 1-3`."""
    words = str(made.get("command") or "result") + f" of {made.get('scenario') or 'a scenario'}"
    if made.get("seeds") is not None:
        words += f", seeds {made['seeds']}"
    return printable(words)[:160]


def _json(path: Path) -> dict[str, Any]:
    """A JSON object in a file; empty where there is none that can be read."""
    try:
        return read_json(path)
    except UnreadableError:
        return {}


@dataclass
class Work:
    """Work that goes on in a folder: its files so far, and the end of it.

    ``whole``: the folder holds what this plan makes, byte for byte as it was written; there is nothing (more) to do.
    """

    target: Path
    plan: str
    whole: bool

    def path(self, name: str) -> Path:
        """Where a file of the work is read: under way, or in its place at the end."""
        return (self.target if self.whole else self.target / UNFINISHED) / name

    def has(self, name: str) -> bool:
        """Whether a file of the work is there, whole."""
        return self.path(name).is_file()

    def write(self, name: str, data: bytes | str) -> None:
        """Add a file, such as `seeds/flows/1.parquet`; it is there whole or not at all."""
        write_file(self.target / UNFINISHED / name, data)

    def publish(self, made_by: Mapping[str, Any], without: Iterable[str] = ()) -> None:
        """Move all files to their places, instead of what crossings wrote there before; `made_by.json` comes last.

        It gets two more keys: ``files``, each with its BLAKE2b, and ``plan``, by which the same work is known again.
        without: files that only the work needed; they go with it.
        """
        here = self.target / UNFINISHED
        left_out = {PLAN, READY, MADE_BY, *without}
        files = {name: _digest(here / name) for name in _files(here) if name not in left_out}
        remove = sorted(set(_named(self.target / MADE_BY, "files", self.target)) - set(files))
        self.write(MADE_BY, as_text(dict(made_by) | {"files": files, "plan": self.plan}))
        self.write(READY, as_text({"files": sorted(files), "remove": remove}))
        with told(self.target):
            _move(self.target)
        self.whole = True


def _move(target: Path) -> None:
    """The last act, which can be begun again wherever it was cut off."""
    here = target / UNFINISHED
    files, remove = (_named(here / READY, key, target) for key in ("files", "remove"))
    if (here / MADE_BY).exists():
        (target / MADE_BY).unlink(missing_ok=True)  # from here until the end the folder is not whole
        settle(target)
    for name in remove:
        (target / name).unlink(missing_ok=True)
    for folder in {(target / name).parent for name in remove} - {target}:
        with contextlib.suppress(OSError):
            folder.rmdir()  # only where it is empty
    for name in [*files, MADE_BY]:
        if (here / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            if name == MADE_BY:
                for folder in {(target / other).parent for other in files} | {target}:
                    settle(folder)
            os.replace(here / name, target / name)
    settle(target)
    _clear(here, READY)


def _clear(here: Path, last: str) -> None:
    """Remove a folder; the file that says what is to become of it goes last, so that this too can be begun again."""
    for path in here.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != last:
            path.unlink()
    (here / last).unlink(missing_ok=True)
    here.rmdir()


@contextlib.contextmanager
def working_folder(
    target: str | Path,
    plan: Mapping[str, Any] | None = None,
    on_restart: Callable[[str], None] | None = None,
    asked: Mapping[str, Any] | None = None,
    *,
    force: bool = False,
) -> Iterator[Work]:
    """Hold a folder for work that ends with `Work.publish`, and that can be resumed after any interruption.

    plan: all that decides the bytes of the result. Where an interrupted process left files of the same plan, they are
    there; those of another plan are refused with `InputError`, as they may be hours of work. None: always from the start.
    on_restart: for work of minutes. Files of another plan of the same ``command`` are cleared away, after this was told how the
    plans differ.
    asked, force: a finished result of something else is not replaced, see `check_folder`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with working_folder(f"{folder}/out", {"seeds": 2}) as work:
    ...         work.write("a.txt", "first")
    ...         work.publish({"tool": "crossings"})
    ...     with working_folder(f"{folder}/out", {"seeds": 2}) as work:
    ...         work.whole
    True
    """
    target = Path(target)
    check_folder(target, asked, force=force)
    here = target / UNFINISHED
    text = as_text(dict(plan or {}))
    name = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    with locked(target):
        if (here / READY).is_file():
            with told(target):
                _move(target)
        whole = plan is not None and _is_whole(target, name)
        if not whole:
            _check_unfinished(here, text, on_restart)
        try:
            if not whole:
                _begin(here, text, on_restart)
            else:
                with contextlib.suppress(OSError):
                    here.rmdir()  # empty: of a process that was killed in its last act
            yield Work(target, name, whole)
        except BaseException:
            if plan is None or set(_files(here)) <= {PLAN}:
                shutil.rmtree(here, ignore_errors=True)
            raise


def _check_unfinished(here: Path, plan: str, on_restart: Callable[[str], None] | None) -> None:
    """Refuse a folder with unfinished work that this command must not clear away."""
    old, new = _json(here / PLAN), json.loads(plan)
    restarts = on_restart is not None and "command" in old and old["command"] == new.get("command")
    if old != new and set(_files(here)) - {PLAN} and not restarts:
        raise InputError(
            str(here.parent),
            f"holds unfinished work, not of this command ({_difference(old, new)})",
            f"finish that, or delete {here}, or name another folder",
        )


def _begin(here: Path, plan: str, on_restart: Callable[[str], None] | None) -> None:
    """Go on with the same plan, or begin; what an interrupted process had not finished writing is cleared away."""
    left = set(_files(here))
    old, new = _json(here / PLAN), json.loads(plan)
    if on_restart is not None and left - {PLAN} and old != new:
        on_restart(_difference(old, new))
        with told(here):
            _clear(here, PLAN)
    with told(here):
        for part in here.rglob(".*.part"):
            part.unlink()
    if PLAN not in left or old != new:
        write_file(here / PLAN, plan)


def _difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    for key in [*new, *old]:
        if old.get(key) != new.get(key):
            return f"{key}: {str(old.get(key))[:40]}, now {str(new.get(key))[:40]}"
    return "another plan"


def _is_whole(target: Path, plan: str) -> bool:
    """Whether a folder holds the result of a plan, each file as it was written."""
    made = _json(target / MADE_BY)
    files = made.get("files")
    if made.get("plan") != plan or not isinstance(files, dict):
        return False
    try:
        return all(_digest(target / name) == digest for name, digest in files.items() if inside(target, name))
    except OSError:
        return False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _files(folder: Path) -> Iterable[str]:
    """Files in a folder, by their path within it, sorted; not those that are still being written."""
    return sorted(
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and not p.name.endswith(".part")
    )
