"""Folders held by one process at a time. A lock ends with its process, however that ends."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from crossings.errors import InputError
from crossings.io.disk import os_errors_as_input_errors as told

LOCK = ".lock"


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder, which is made if need be, for this process alone; the lock ends with the process, however it ends.

    Raises `InputError` where another process holds it.
    """
    file, free = None, True
    try:  # from the first act on: what an interrupt leaves between two lines is cleared away too
        with told(folder):
            folder.mkdir(parents=True, exist_ok=True)
            file = _lock(folder / LOCK)
        free = file is not None
        if not free:
            raise InputError(str(folder), "another process is writing to it", "wait for it, or name another folder")
        yield
    finally:
        if free:
            _clear_if_empty(folder)
        if file is not None:
            os.close(file)


def _clear_if_empty(folder: Path) -> None:
    """Remove a folder that holds nothing but its lock: nothing came of it."""
    with contextlib.suppress(OSError):
        if all(name == LOCK for name in os.listdir(folder)):
            (folder / LOCK).unlink(missing_ok=True)
            folder.rmdir()


def _lock(path: Path) -> int | None:
    """The lock's file descriptor, None where another process holds it.

    Where somebody removed its file meanwhile, it is made again.
    """
    while True:
        file = os.open(
            path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0), 0o644
        )
        try:
            _take(file)
            if os.path.samestat(os.fstat(file), path.stat()):
                return file
        except BlockingIOError:
            os.close(file)
            return None
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
        except BaseException:
            os.close(file)
            raise
        os.close(file)


def _take(file: int) -> None:
    """Lock an open file, or raise `BlockingIOError`."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
        except OSError:
            raise BlockingIOError from None
        return
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextlib.contextmanager
def held(folder: Path) -> Iterator[bool]:
    """Lock a folder itself, which leaves nothing in it; False where another process has it, or where folders cannot be locked."""
    try:
        file = os.open(folder, os.O_RDONLY)
    except OSError:  # gone meanwhile; on Windows always
        yield False
        return
    try:
        free = True
        try:
            _take(file)
        except BlockingIOError:
            free = False
        yield free
    finally:
        os.close(file)
