"""scenario.yaml as Settings, with every fault at its line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_origin

from pydantic import BaseModel, ValidationError

from crossings.errors import refused, suggest
from crossings.io.faults import Faults, clip
from crossings.io.yamltext import Tree, read_yaml
from crossings.scenario.clock import parse_when
from crossings.scenario.entities import Settings
from crossings.scenario.messages import columns, model_at, placeholder, wording

SETTINGS_FILE = "scenario.yaml"
Path = tuple[str | int, ...]


@dataclass
class Sheet:
    """Settings, the lines of their paths, and the paths that could not be read (there a default stands)."""

    value: Settings
    tree: Tree
    bad: set[Path]

    def ok(self, *path: str | int) -> bool:
        """Whether a path, and what it lies in, was read without fault."""
        return all(path[:n] not in self.bad for n in range(1, len(path) + 1))

    def where(self, *path: str | int) -> str:
        """``scenario.yaml:line`` of a path."""
        line = self.tree.line(path)
        return f"{SETTINGS_FILE}:{line}" if line else SETTINGS_FILE


def read_settings(text: str, faults: Faults) -> Sheet | None:
    """Read scenario.yaml; what is wrong is added to ``faults`` and stands at its default in what is returned."""
    tree = read_yaml(text, SETTINGS_FILE, faults)
    if tree is None:
        return None
    data = _filled(tree.data, ())
    sheet = Sheet(Settings.model_construct(), tree, set())
    for name in ("start", "end"):
        if isinstance(data.get(name), str):
            try:
                data[name] = parse_when(data[name], end=name == "end")
            except ValueError as error:
                faults.take(refused(sheet.where(name), error, f"{name}: "))
                sheet.bad.add((name,))
                data[name] = placeholder(Settings, name)
    for _ in range(20):
        try:
            sheet.value = Settings.model_validate(data)
            return sheet
        except ValidationError as error:
            for item in error.errors(include_url=False):
                _explain(sheet, data, dict(item), faults)
    return None


def _filled(value: Any, path: Path) -> Any:
    """A copy without empty values (they stand for the default); an empty stream or country is one with defaults."""
    if isinstance(value, dict):
        if path in (("streams",), ("countries",)):
            value = {key: {} if item is None else item for key, item in value.items()}
        return {key: _filled(item, (*path, key)) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_filled(item, (*path, n)) for n, item in enumerate(value)]
    return str(value) if isinstance(value, str) else value


def _explain(sheet: Sheet, data: dict[str, Any], error: dict[str, Any], faults: Faults) -> None:
    """Say one error, and put the default in the place of what is wrong."""
    path: Path = tuple(error["loc"])
    key_is_wrong = bool(path) and path[-1] == "[key]"
    if key_is_wrong:
        path = path[:-1]
    parent = model_at(Settings, path[:-1])
    is_model = isinstance(parent, type) and issubclass(parent, BaseModel)
    info = parent.model_fields.get(columns(parent).get(str(path[-1]), "")) if is_model and path else None
    if error["type"] == "extra_forbidden":
        what, instead = "unknown name", suggest(str(path[-1]), list(columns(parent)) if is_model else [])
    else:
        what, instead = wording(error, info)
    if path not in sheet.bad:
        words = ".".join(clip(part, 80)[1:-1] for part in path)
        faults.add(sheet.where(*path), f"{words}: {what}", instead)
        sheet.bad.add(path)
    _remove(data, path)
    if info is not None and info.is_required():
        holder = _at(data, path[:-1])
        if isinstance(holder, dict):
            holder[str(path[-1])] = placeholder(parent, str(path[-1]))
    elif get_origin(parent) is tuple:
        sheet.bad.add(path[:-1])


def _at(data: Any, path: Path) -> Any:
    for part in path:
        if isinstance(data, dict):
            data = data.get(str(part))
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            return None
    return data


def _remove(data: dict[str, Any], path: Path) -> None:
    """Take out what is wrong; from a list, the whole list, as its items have no default."""
    holder = _at(data, path[:-1])
    if isinstance(holder, dict) and path:
        holder.pop(str(path[-1]), None)
    elif path:
        _remove(data, path[:-1])
