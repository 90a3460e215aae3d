"""Checks of ``fit`` in scenario.yaml: whatever a parameter names must be there, each id of a list as well."""

from __future__ import annotations

from fnmatch import fnmatchcase

from crossings.io.faults import clip
from crossings.scenario.fit_spec import Parameter
from crossings.scenario.validate.index import Index


def check_fit(index: Index) -> None:
    """Streams, origins, and each id of each parameter."""
    sheet = index.draft.sheet
    if sheet is None or not sheet.ok("fit"):
        return
    fit = sheet.value.fit
    index.known(sheet.where("fit", "streams"), "fit.streams", fit.streams, "stream")
    for name, parameter in fit.parameters.items():
        path = f"fit.parameters.{clip(name, 80)[1:-1]}"
        if parameter.stream is not None:
            where = sheet.where("fit", "parameters", name, "stream")
            index.known(where, f"{path}.stream", (parameter.stream,), "stream")
        if parameter.origin is not None:
            where = sheet.where("fit", "parameters", name, "origin")
            index.known(where, f"{path}.origin", (parameter.origin,), "place")
        where = sheet.where("fit", "parameters", name, "ids")
        if parameter.target.startswith("lanes."):
            _lanes(index, where, f"{path}.ids", parameter, fit.streams)
        elif parameter.ids:
            _names(index, where, f"{path}.ids", parameter)


def _names(index: Index, where: str, label: str, parameter: Parameter) -> None:
    crossings, places = index.names("crossing"), index.names("place")
    if crossings is None or places is None:
        return
    for word in parameter.ids:
        if word not in crossings | places:
            what = f"{label}: {clip(word)} is no crossing and no place"
            index.draft.faults.add(where, what, index.hint(word, "crossing or place", crossings | places))


def _lanes(index: Index, where: str, label: str, parameter: Parameter, streams: tuple[str, ...]) -> None:
    """Each id must be that of a lane of the streams that are learned, or a pattern for some."""
    lanes = index.draft.lanes
    if not lanes.whole:
        return
    learned = {parameter.stream} if parameter.stream is not None else set(streams)
    mine = {row.value.id for row in lanes.rows if not learned or learned & set(row.value.streams)}
    for pattern in parameter.ids:
        if not any(fnmatchcase(lane, pattern) for lane in mine):
            there = any(fnmatchcase(row.value.id, pattern) for row in lanes.rows)
            what = "is a lane of other streams" if there else "is not a lane"
            index.draft.faults.add(where, f"{label}: {clip(pattern)} {what}", _near(index, pattern, mine))


def _near(index: Index, pattern: str, lanes: set[str]) -> str:
    longer = sorted(lane for lane in lanes if lane.startswith(pattern))
    if longer and "*" not in pattern:
        return f"write {pattern}* for {', '.join(longer[:4])}"
    return index.hint(pattern, "lane", lanes)
