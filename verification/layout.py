"""A scenario directory as it is to be laid out: files, and what may stand in the place of one."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Chance", "Content", "Fifo", "Files", "Folder", "Link", "lay_out"]


@dataclass(frozen=True)
class Link:
    """A symbolic link."""

    target: str


@dataclass(frozen=True)
class Folder:
    """A folder where a file is expected."""


@dataclass(frozen=True)
class Fifo:
    """A pipe that nobody writes to."""


Content = bytes | Link | Folder | Fifo
Files = dict[str, Content]
Chance = random.Random


def lay_out(directory: Path, files: Files) -> None:
    """Write a directory as described; a name that this file system refuses is left out."""
    directory.mkdir()
    for name, content in files.items():
        path = directory / name
        try:
            if isinstance(content, bytes):
                path.write_bytes(content)
            elif isinstance(content, Link):
                path.symlink_to(content.target)
            elif isinstance(content, Folder):
                path.mkdir()
            else:
                os.mkfifo(path)
        except (OSError, ValueError):
            continue
