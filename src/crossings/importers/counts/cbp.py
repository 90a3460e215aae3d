"""Border Wait Times of US Customs and Border Protection, JSON and XML: minutes of waiting into the United States, by lane.

They are waits, not counts, so they become rows of a file of waits. "no delay" is 0; "N/A", "Lanes Closed" and "Update
Pending" are no waits, and neither is a delay without a number. Times are by the clock of the port, whatever zone is named.
The graph of a crossing has a row for each hour of a day: the wait of that day, where there is one, and the mean, least and
most that are usual at that hour.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from crossings.importers.counts.documents import read_document
from crossings.importers.counts.mapping_spec import Found, MappingSpec, Wait
from crossings.importers.counts.moments import DateColumn
from crossings.importers.counts.naming import NamedPlace, Names
from crossings.importers.tables import label
from crossings.io.faults import clip

__all__ = ["read_cbp"]

STREAMS = {"commercial": "trucks", "passenger": "travellers", "pedestrian": "pedestrians"}
GROUPS = {
    "commercial_vehicle_lanes": "commercial",
    "passenger_vehicle_lanes": "passenger",
    "pedestrian_lanes": "pedestrian",
}
LANES = {
    "standard_lanes": "standard",
    "FAST_lanes": "FAST",
    "NEXUS_SENTRI_lanes": "NEXUS/SENTRI",
    "ready_lanes": "ready",
}
# Graphs: blocks of slots, as CBP spells them, and lanes within a slot.
GRAPHS = {
    "commercial_time_slots": "commercial",
    "private_time_slots": "passenger",
    "passenger_time_slots": "passenger",
    "pedestrain_time_slots": "pedestrian",
    "pedestrian_time_slots": "pedestrian",
}
SLOT_LANES = {
    "standard_lane": "standard",
    "fast_lane": "FAST",
    "nexus_sentri_lane": "NEXUS/SENTRI",
    "ready_lane": "ready",
}
NO_WAIT = ("n/a", "lanes closed", "update pending", "closed", "")
LONGEST_MIN = 48 * 60
_TIME = re.compile(r"(?:at )?(?:(noon|midnight)|(\d{1,2})(?::(\d{2}))? ?([ap])\.?m\.?)(?: [a-z]{2,5})?", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?")


def read_cbp(path: Path, asked: MappingSpec, names: Names, found: Found) -> None:
    """Add a wait for each port and sort of lane that reports one."""
    ports = list(_ports(path, found))
    if not ports:
        if not found.faults.any:
            found.faults.add(path.name, "there is no port in it", "save the answer of CBP's wait times, JSON or XML")
        return
    places = [f"{path.name}:port {k}" for k in range(1, len(ports) + 1)]
    texts = [(_text(port.get("date")), where) for port, where in zip(ports, places, strict=True)]
    dates = DateColumn(texts, found.faults, name="date", forms=("MM/DD/YYYY", "YYYY-MM-DD"), needed=True)
    for port, where in zip(ports, places, strict=True):
        if found.faults.many(path.name):
            return
        _port(port, where, label(path), dates, asked, names, found)


def _ports(path: Path, found: Found) -> Iterator[dict[str, Any]]:
    """Each port as nested dictionaries."""
    content = read_document(path, found.faults)
    if isinstance(content, Element):
        for port in content.iter("port"):
            yield _tree(port)
        return
    if isinstance(content, dict) and not _is_port(content):
        inner = [value for value in content.values() if isinstance(value, list) or _is_port(value)]
        content = next(iter(inner), [])
    if isinstance(content, dict):
        content = [content]
    for port in content if isinstance(content, list) else ():
        if _is_port(port):
            yield port


def _is_port(value: Any) -> bool:
    return isinstance(value, dict) and ("port_name" in value or "port_number" in value)


def _tree(element: Element) -> dict[str, Any]:
    return {child.tag: _tree(child) if len(child) else (child.text or "") for child in element}


def _text(value: Any) -> str:
    return " ".join(str(value).split())[:200] if isinstance(value, (str, int, float)) else ""


def _port(
    port: dict[str, Any], where: str, file: str, dates: DateColumn, asked: MappingSpec, names: Names, found: Found
) -> None:
    name, crossing_name = _text(port.get("port_name")), _text(port.get("crossing_name"))
    site = NamedPlace(f"{name} {crossing_name}".strip(), (crossing_name, name), _text(port.get("port_number")))
    date = dates.day(_text(port.get("date")))
    if date is None:
        return
    streams = dict(STREAMS) | {key.lower(): value for key, value in asked.streams.items()}
    source = asked.source or f"CBP Border Wait Times, {file}"
    for group, kind in GRAPHS.items():
        slots = port.get(group)
        if isinstance(slots, dict):
            for slot in next((value for value in slots.values() if isinstance(value, list)), []):
                _slot(slot, kind, where, date, site, streams[kind], source, asked, names, found)
    for group, kind in GROUPS.items():
        block = port.get(group)
        for key, lane in LANES.items():
            report = block.get(key) if isinstance(block, dict) else None
            if not isinstance(report, dict):
                continue
            wait = _wait(report, where, found)
            if wait is None:
                continue
            at = _when(report, port, date)
            if at is None:
                found.skip(f"update time {clip(_text(report.get('update_time')))} that cannot be read")
                continue
            if not _wanted(kind, streams[kind], at.date(), asked, names, found):
                continue
            lanes = _text(report.get("lanes_open"))
            open_ = int(lanes) if lanes.isascii() and lanes.isdigit() and len(lanes) < 4 else None
            found.reports.append(
                (site, Wait("", asked.direction or "US", streams[kind], lane, at, wait, open_, source))
            )


def _slot(
    slot: Any,
    kind: str,
    where: str,
    date: dt.date,
    site: NamedPlace,
    stream: str,
    source: str,
    asked: MappingSpec,
    names: Names,
    found: Found,
) -> None:
    """The waits of one hour of a graph: of the day, and mean, least and most."""
    hour = _text(slot.get("time")) if isinstance(slot, dict) else ""
    if not hour.isascii() or not hour.isdigit() or len(hour) > 2 or int(hour) > 23:
        found.faults.add(where, f"time {clip(hour)} of a slot is not an hour", "0 to 23 is accepted")
        return
    if not _wanted(kind, stream, date, asked, names, found):
        return
    for key, lane in SLOT_LANES.items():
        figures = [
            _minutes(slot.get(f"{key}_{what}_wait"), where, found) for what in ("today", "average", "min", "max")
        ]
        if any(figure is not None for figure in figures):
            at = dt.datetime.combine(date, dt.time(int(hour)))
            wait = Wait("", asked.direction or "US", stream, lane, at, figures[0], None, source, *figures[1:])
            found.reports.append((site, wait))


def _wanted(kind: str, stream: str, date: dt.date, asked: MappingSpec, names: Names, found: Found) -> bool:
    """Whether the scenario has the stream and the day is asked for; else it is counted as not used."""
    if names.streams is not None and stream not in names.streams:
        found.skip(f"{kind} lanes: the scenario has no stream '{stream}' (--stream {kind}=STREAM)")
        return False
    if not asked.within(date, date):
        found.skip("outside the days asked for")
        return False
    return True


def _minutes(value: Any, where: str, found: Found) -> float | None:
    text = _text(value)
    if text.lower() in NO_WAIT:
        return None
    return _number(text, "wait", where, found)


def _number(text: str, name: str, where: str, found: Found) -> float | None:
    if not text.isascii() or not text.isdigit() or len(text) > 5 or int(text) > LONGEST_MIN:
        found.faults.add(where, f"{name} {clip(text)} is not a number of minutes", f"0 to {LONGEST_MIN:,} is accepted")
        return None
    return float(text)


def _wait(report: dict[str, Any], where: str, found: Found) -> float | None:
    """Minutes; None where there is no wait to speak of."""
    status = _text(report.get("operational_status")).lower()
    minutes = _text(report.get("delay_minutes"))
    if status in NO_WAIT:
        if status:
            found.skip(f"lanes that say '{_text(report.get('operational_status'))}'")
        return None
    if status == "no delay" and minutes in ("", "N/A", "0"):
        return 0.0
    if minutes in ("", "N/A"):
        found.skip(f"lanes that say {clip(status)} without a number of minutes")
        return None
    return _number(minutes, "delay_minutes", where, found)


def _when(report: dict[str, Any], port: dict[str, Any], date: dt.date) -> dt.datetime | None:
    """The time of a report by the port's clock: of the port's day, or of the day before where that would be later than the port's time."""
    text = _text(report.get("update_time"))
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    if match[1]:
        hour, minute = (12 if match[1].lower() == "noon" else 0), 0
    else:
        hour, minute = int(match[2]), int(match[3] or 0)
        if not 1 <= hour <= 12 or minute > 59:
            return None
        hour = hour % 12 + (12 if match[4].lower() == "p" else 0)
    at = dt.datetime.combine(date, dt.time(hour, minute))
    made = _CLOCK.fullmatch(_text(port.get("time")))
    if made is not None and int(made[1]) < 24 and int(made[2]) < 60:
        made_at = dt.datetime.combine(date, dt.time(int(made[1]), int(made[2])))
        if at - made_at > dt.timedelta(hours=12):
            at -= dt.timedelta(days=1)
    return at
