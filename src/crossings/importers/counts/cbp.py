"""Border Wait Times of US Customs and Border Protection, JSON and XML: minutes of waiting into the United States, by lane.

They are waits, not counts, so they become rows of a file of waits. "no delay" is 0; "N/A", "Lanes Closed" and "Update
Pending" are no waits, and neither is a delay without a number. Times are by the clock of the port, whatever zone is named.
The graph of a crossing has a row for each hour of a day: the wait of that day, where there is one, and the mean, least and
most that are usual at that hour.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from crossings.importers.counts.documents import read_document
from crossings.importers.counts.mapping_spec import Found, MappingSpec, Wait
from crossings.importers.counts.moments import DateColumn
from crossings.importers.counts.naming import NamedPlace, Names
from crossings.importers.tables import label
from crossings.io.faults import clip

STREAMS = {"commercial": "trucks", "passenger": "travellers", "pedestrian": "pedestrians"}
GROUPS = {
    "commercial_vehicle_lanes": "commercial",
    "passenger_vehicle_lanes": "passenger",
    "pedestrian_lanes": "pedestrian",
}
LANES = {"standard": "standard", "FAST": "FAST", "NEXUS_SENTRI": "NEXUS/SENTRI", "ready": "ready"}
# Graphs: blocks of slots, as CBP spells them.
GRAPHS = {
    "commercial_time_slots": "commercial",
    "private_time_slots": "passenger",
    "passenger_time_slots": "passenger",
    "pedestrain_time_slots": "pedestrian",
    "pedestrian_time_slots": "pedestrian",
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
    source = asked.source or f"CBP Border Wait Times, {label(path)}"
    for port, (text, where) in zip(ports, texts, strict=True):
        if found.faults.many(path.name):
            return
        date = dates.day(text)
        if date is not None:
            _Port(port, where, date, source, asked, names, found).read()


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


@dataclass(frozen=True)
class _Port:
    """One port of a file, and the day of its report."""

    port: dict[str, Any]
    where: str
    date: dt.date
    source: str
    asked: MappingSpec
    names: Names
    found: Found

    def read(self) -> None:
        """Add what it reports: the hours of its graph, and its lanes as they are now."""
        name, crossing = _text(self.port.get("port_name")), _text(self.port.get("crossing_name"))
        site = NamedPlace(f"{name} {crossing}".strip(), (crossing, name), _text(self.port.get("port_number")))
        for group, kind in GRAPHS.items():
            slots = self.port.get(group)
            if isinstance(slots, dict):
                for slot in next((value for value in slots.values() if isinstance(value, list)), []):
                    self.found.reports += [(site, wait) for wait in self._slot(slot, kind)]
        for group, kind in GROUPS.items():
            block = self.port.get(group)
            for key, lane in LANES.items():
                report = block.get(f"{key}_lanes") if isinstance(block, dict) else None
                if isinstance(report, dict):
                    self.found.reports += [(site, wait) for wait in self._report(report, kind, lane)]

    def _stream(self, kind: str) -> str:
        own = {key.lower(): value for key, value in self.asked.streams.items()}
        return own.get(kind, STREAMS[kind])

    def _slot(self, slot: Any, kind: str) -> Iterator[Wait]:
        """The waits of one hour of a graph: of the day, and mean, least and most."""
        hour = _text(slot.get("time")) if isinstance(slot, dict) else ""
        if not hour.isascii() or not hour.isdigit() or len(hour) > 2 or int(hour) > 23:
            self.found.faults.add(self.where, f"time {clip(hour)} of a slot is not an hour", "0 to 23 is accepted")
            return
        if not self._wanted(kind, self.date):
            return
        at = dt.datetime.combine(self.date, dt.time(int(hour)))
        for key, lane in LANES.items():
            texts = [_text(slot.get(f"{key.lower()}_lane_{what}_wait")) for what in ("today", "average", "min", "max")]
            figures = [None if text.lower() in NO_WAIT else self._minutes(text, "wait") for text in texts]
            if any(figure is not None for figure in figures):
                wait = self._wait(kind, lane, at, figures[0])
                mean, least, most = figures[1:]
                yield dataclasses.replace(wait, mean_min=mean, least_min=least, most_min=most)

    def _report(self, report: dict[str, Any], kind: str, lane: str) -> Iterator[Wait]:
        """The wait in lanes of one sort, where there is one to speak of."""
        said = _text(report.get("operational_status"))
        status, minutes = said.lower(), _text(report.get("delay_minutes"))
        if status in NO_WAIT:
            if status:
                self.found.skip(f"lanes that say '{said}'")
            return
        wait: float | None = 0.0
        if status != "no delay" or minutes not in ("", "N/A", "0"):
            if minutes in ("", "N/A"):
                self.found.skip(f"lanes that say {clip(status)} without a number of minutes")
                return
            wait = self._minutes(minutes, "delay_minutes")
        if wait is None:
            return
        at = self._when(_text(report.get("update_time")))
        if at is None:
            self.found.skip(f"update time {clip(_text(report.get('update_time')))} that cannot be read")
        elif self._wanted(kind, at.date()):
            lanes = _text(report.get("lanes_open"))
            open_ = int(lanes) if lanes.isascii() and lanes.isdigit() and len(lanes) < 4 else None
            yield self._wait(kind, lane, at, wait, open_)

    def _wait(self, kind: str, lane: str, at: dt.datetime, wait: float | None, lanes_open: int | None = None) -> Wait:
        return Wait("", self.asked.direction or "US", self._stream(kind), lane, at, wait, lanes_open, self.source)

    def _wanted(self, kind: str, date: dt.date) -> bool:
        """Whether the scenario has the stream and the day is asked for; else it is counted as not used."""
        stream = self._stream(kind)
        if self.names.streams is not None and stream not in self.names.streams:
            self.found.skip(f"{kind} lanes: the scenario has no stream '{stream}' (--stream {kind}=STREAM)")
            return False
        if not self.asked.within(date, date):
            self.found.skip("outside the days asked for")
            return False
        return True

    def _minutes(self, text: str, name: str) -> float | None:
        if text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= LONGEST_MIN:
            return float(text)
        what = f"{name} {clip(text)} is not a number of minutes"
        self.found.faults.add(self.where, what, f"0 to {LONGEST_MIN:,} is accepted")
        return None

    def _when(self, text: str) -> dt.datetime | None:
        """The time of a report by the port's clock: of the port's day, or of the day before where that would be later than the
        port's time.
        """
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
        at = dt.datetime.combine(self.date, dt.time(hour, minute))
        made = _CLOCK.fullmatch(_text(self.port.get("time")))
        if made is not None and int(made[1]) < 24 and int(made[2]) < 60:
            made_at = dt.datetime.combine(self.date, dt.time(int(made[1]), int(made[2])))
            if at - made_at > dt.timedelta(hours=12):
                at -= dt.timedelta(days=1)
        return at
