"""Folders held by one process at a time. A lock ends with its process, however that ends."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from crossings.errors import InputError
from crossings.io.disk import os_errors_as_input_errors as told

__all__ = ["LOCK", "held", "locked"]

LOCK = ".lock"


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder, which is made if need be, for this process alone; the lock ends with the process, however it ends.

    Raises `InputError` where another process holds it.
    """
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        file = _lock(folder / LOCK)
    try:
        yield
    finally:
        if all(name == LOCK for name in os.listdir(folder)):  # nothing came of it
            with contextlib.suppress(OSError):
                (folder / LOCK).unlink()
                folder.rmdir()
        os.close(file)


def _lock(path: Path) -> int:
    """The lock's file descriptor; a lock file that somebody removed meanwhile locks nothing, so it is made again."""
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
            raise InputError(
                str(path.parent), "another process is writing to it", "wait for it, or name another folder"
            ) from None
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
