"""What decides the bytes of a result: by it, unfinished work is known again."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from crossings.scenario import Scenario, scenario_files

DECIDES = ("numpy", "numba", "polars", "scipy")
# Packages that change no number of a run.
SHOWN = ("brief", "charts", "claims", "cli", "exporters", "importers", "report", "views", "web")


def plan_of(scenario: Scenario, **given: Any) -> dict[str, Any]:
    """A plan for `crossings.io.atomic_folder.working_folder`: what was given, the scenario's files, all code and what it runs on.

    given: whatever else the result depends on, as JSON can hold it (the command, its seeds, periods, ...).
    """
    digest = hashlib.blake2b(digest_size=16)
    for name, text in sorted(scenario_files(scenario).items()):
        digest.update(name.encode() + b"\0" + text.encode() + b"\0")
    return {
        **given,
        "scenario": f"{scenario.settings.name} {digest.hexdigest()}",
        "code": code_hash(),
        "made with": made_with(),
    }


def made_with() -> str:
    """What the code runs on, as far as it decides the bytes of a result."""
    return ", ".join([f"Python {platform.python_version()}", *map(_version, DECIDES), platform.machine()])


def _version(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return name


@cache
def code_hash() -> str:
    """The hash of every source file that decides a number: seeds that two versions made are never mixed."""
    digest = hashlib.blake2b(digest_size=16)
    root = Path(__file__).parent.parent
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root)
        if name.parts[0] not in SHOWN:
            digest.update(name.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
