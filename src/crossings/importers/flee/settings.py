"""``simsetting.yml`` of a Flee directory: what its settings are here, and which have no counterpart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crossings.importers.flee.rows import FleeReader
from crossings.io.disk import UnreadableError, decoded, read_bytes
from crossings.io.faults import Faults
from crossings.io.files import MAX_YAML_BYTES
from crossings.io.yamltext import Plain, Tree, looks_typed, read_yaml

NAME = "simsetting.yml"
DISTANCE_POWER, WEIGHT_POWER, SOFTENING_KM = 1.0, 1.0, 10.0  # Flee's own, where a file says nothing
# settings that mean something here, and what they are here
COUNTERPARTS = {
    "move_rules.distance_power": "gamma",
    "move_rules.weight_power": "a factor on gamma",
    "move_rules.softening": "softening_km",
    "move_rules.capacity_scaling": "the capacity scaling, if asked for",
    "spawn_rules.insert_day0": "always so",
    "spawn_rules.conflict_zone_spawning_only": "always so",
    "spawn_rules.flood_zone_spawning_only": "always so, where there is a flood_level.csv",
    "spawn_rules.sum_from_camps": "always so",
    "spawn_rules.empty_camps_on_day0": "said in a note",
    "spawn_rules.conflict_driven_spawning": "who sets out, if asked for",
    "flood_rules.max_flood_level": "nothing: levels count in proportion",
}


def read_settings(reader: FleeReader, folders: Sequence[Path]) -> dict[str, Any]:
    """The settings of the first ``simsetting.yml`` of the folders, by ``section.name``; what has no counterpart is noted."""
    path = next((folder / NAME for folder in folders if (folder / NAME).exists()), None)
    if path is None:
        return {}
    reader.used.add(path)
    if not path.is_relative_to(reader.root):
        reader.note(f"{NAME} of the folder {path.parent.name!r} is used, as the directory has none of its own")
    faults, why, tree = Faults(), "", None
    try:
        raw = read_bytes(path, MAX_YAML_BYTES)
        tree = read_yaml(decoded(raw), path.name, faults) if raw.strip() else Tree({})
    except UnreadableError as error:
        why = error.what
    if tree is None:
        line = next(iter(faults.listed()), None)
        why = why or (f"line {line.where.rpartition(':')[2]}: {line.what}" if line and ":" in line.where else "")
        reader.note(f"not used: {path.name}, which cannot be read: {why or (line.what if line else '')}")
        return {}
    found = _flat(tree.data)
    known = tuple(f"{name}." for name in (*COUNTERPARTS, "log_levels"))
    unused = [name for name in found if not f"{name}.".startswith(known)]
    if unused:
        reader.note(f"not used: settings of {path.name}: {', '.join(name.split('.', 1)[-1] for name in unused)}")
    if found.get("spawn_rules.empty_camps_on_day0") is True:
        reader.note("not used: empty_camps_on_day0: the people counted on day 0 are in the camps")
    return found


def _flat(data: Mapping[str, Any], stem: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in data.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{stem}{name}.")
        else:
            found[f"{stem}{name}"] = _value(value)
    return found


def _value(value: Any) -> Any:
    """A setting as Flee would read it: a number, true or false where it is written so, else as it stands."""
    if not isinstance(value, Plain):
        return value
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    return float(value) if looks_typed(value) else value


def moving(settings: Mapping[str, Any]) -> tuple[float, float]:
    """Weight of distance (gamma) and softening in km, as ``settings`` have them, or Flee's own.

    >>> moving({"move_rules.distance_power": 0.75, "move_rules.softening": 50.0})
    (0.75, 50.0)
    """
    power = _number(settings, "move_rules.distance_power", DISTANCE_POWER)
    weight = _number(settings, "move_rules.weight_power", WEIGHT_POWER)
    softening = _number(settings, "move_rules.softening", SOFTENING_KM)
    return power * weight, softening or 1e-3


def spawning(settings: Mapping[str, Any]) -> tuple[str, float] | None:
    """How many set out from a zone of full intensity a day: ``constant`` or ``pop_ratio``, and the number; None: not said."""
    stem = "spawn_rules.conflict_driven_spawning"
    if not any(name.startswith(stem) for name in settings):
        return None
    mode = str(settings.get(f"{stem}.spawn_mode") or "constant").lower()
    usual = 0.01 if mode == "pop_ratio" else 500.0
    number = _number(settings, f"{stem}.displaced_per_conflict_day", usual)
    return ("pop_ratio" if mode == "pop_ratio" else "constant"), number


def _number(settings: Mapping[str, Any], name: str, usual: float) -> float:
    value = settings.get(name, usual)
    fits = isinstance(value, float) and math.isfinite(value) and 0.0 <= value <= 1e6
    return float(value) if fits else usual
