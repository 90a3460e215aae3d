"""A scenario: what a person wrote, checked and frozen. A change makes a new scenario."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from crossings.errors import Fault, InputError, check_known, suggest
from crossings.io.faults import counted
from crossings.io.yamltext import Tree
from crossings.scenario.as_of import Knowing, as_known, consistent, known_through
from crossings.scenario.clock import parse_when
from crossings.scenario.contents import Contents
from crossings.scenario.draft import TABLES, Draft
from crossings.scenario.entities import Closure, Entity, Stream
from crossings.scenario.messages import wording
from crossings.scenario.reader import locate, read_draft
from crossings.scenario.settings import Sheet
from crossings.scenario.tables import FileRows, Row
from crossings.scenario.validate.checks import check_closures, check_draft, check_settings
from crossings.scenario.writer import scenario_files, write_files


@dataclass(frozen=True, repr=False)
class Scenario(Contents):
    """Settings and tables of a scenario, in the order of its files; ``Scenario.read`` makes one from a directory.

    Attributes
    ----------
    settings : Settings
        What stands in ``scenario.yaml``.
    borders, places, roads, crossings, lanes, demand, stocks, closures, exits, observations, headcounts, claims : tuple
        Rows of the files, each as an entity.
    lines : dict of str to line
        Border → its line, (longitude, latitude).
    basemap : dict or None
        A GeoJSON FeatureCollection.
    sources : str or None
        The text of the file of sources.
    written : tuple of Closure
        All closures as written, also those that `without` left out, so that scenarios that are compared can offer the same
        alternatives (docs/model.md, section 5).

    Examples
    --------
    >>> import crossings as cx
    >>> cx.Scenario.read("two-crossings").without("hill-closed").crossings[0].id
    'hill'
    """

    def __post_init__(self) -> None:
        if not self.written:
            object.__setattr__(self, "written", self.closures)

    def __hash__(self) -> int:
        return int(self.hash, 16)

    def __repr__(self) -> str:
        settings = self.settings
        return (
            f"<Scenario {settings.name}: {settings.start:%Y-%m-%d} to {settings.end:%Y-%m-%d}, {counted(len(self.crossings), 'crossing')}, "
            f"groups: {', '.join(settings.streams)}, {counted(len({c.order for c in self.closures}), 'order')}, hash {self.hash}>"
        )

    @classmethod
    def read(cls, path_or_name: str | os.PathLike[str]) -> Scenario:
        """Read and check a scenario.

        Parameters
        ----------
        path_or_name : str or path
            A directory, or the name of a bundled scenario.

        Returns
        -------
        Scenario
            Whole and without faults.

        Raises
        ------
        InputError
            With every fault.
        """
        draft = read_draft(locate(path_or_name))
        check_draft(draft)
        draft.faults.stop()
        return cls(
            draft.settings,
            **{name: tuple(row.value for row in draft.table(name).rows) for name in TABLES},
            lines=draft.lines,
            basemap=draft.basemap,
            sources=draft.sources,
        )

    @classmethod
    def from_frames(cls, settings: Mapping[str, Any], **frames: Any) -> Scenario:
        """A scenario from tables in memory, checked as a directory is.

        Parameters
        ----------
        settings : mapping
            What stands in scenario.yaml.
        **frames : polars or pandas DataFrame, or list of dict
            Tables by name (crossings, places, roads, lanes, demand, ...), with the columns of the files.

        Returns
        -------
        Scenario
            The same as from files.

        Raises
        ------
        InputError
            With every fault, as of files: ``crossings.csv:3: ...`` is row 2 of the frame.
        """
        from crossings.scenario.frames import written

        with written(settings, frames) as directory:
            return cls.read(directory)

    def write(self, directory: str | os.PathLike[str]) -> None:
        """Write the scenario as a new directory, whole or not at all.

        Parameters
        ----------
        directory : str or path
            The directory.

        Raises
        ------
        InputError
            Where it cannot be written.
        """
        write_files(scenario_files(self), Path(directory))

    def without(self, *ids: str) -> Scenario:
        """The scenario without some orders; what a removed order replaced is no longer replaced.

        Parameters
        ----------
        *ids : str
            Orders, or rows of orders.

        Returns
        -------
        Scenario
            Another one.

        Raises
        ------
        InputError
            For an order that is unknown.
        """
        known = {name for closure in self.closures for name in (closure.id, closure.order)}
        check_known("closures", "order or row", ids, sorted(known))
        kept = [row for row in self.closures if row.id not in ids and row.order not in ids]
        return dataclasses.replace(self, closures=consistent(kept), written=self.written)

    def with_closures(self, rows: Iterable[Closure]) -> Scenario:
        """The scenario with more rows of orders.

        Parameters
        ----------
        rows : iterable of Closure
            As `read_closures` gives them.

        Returns
        -------
        Scenario
            Another one.

        Raises
        ------
        InputError
            If they do not fit it.
        """
        rows = tuple(rows)
        draft = self._draft()
        draft.closures.rows += [Row(0, row) for row in rows]
        check_closures(draft)
        draft.faults.stop()
        return dataclasses.replace(self, closures=self.closures + rows, written=self.written + rows)

    def with_settings(self, **changes: Any) -> Scenario:
        """The scenario with other settings.

        Parameters
        ----------
        **changes
            Keys of scenario.yaml, such as ``drain_days=10``.

        Returns
        -------
        Scenario
            Another one.

        Raises
        ------
        InputError
            If a setting is unknown or its value not accepted.
        """
        for name in ("start", "end"):
            if isinstance(changes.get(name), str):
                try:
                    changes[name] = parse_when(changes[name], end=name == "end")
                except ValueError as error:
                    raise InputError("settings", f"{name}: {error}") from None
        settings = _changed(self.settings, "settings", changes)
        draft = dataclasses.replace(self, settings=settings)._draft(("borders", "places", "crossings", "lanes"))
        check_settings(draft)
        draft.faults.stop()
        return dataclasses.replace(self, settings=settings)

    def with_stream(self, name: str, **changes: Any) -> Scenario:
        """The scenario with other values of a group of travellers.

        Parameters
        ----------
        name : str
            The group.
        **changes
            Keys of the group in scenario.yaml.

        Returns
        -------
        Scenario
            Another one.

        Raises
        ------
        InputError
            If a name or value is not accepted.
        """
        changed = _changed(self._stream(name), f"streams.{name}", changes)
        return self.with_settings(streams={**self.settings.streams, name: changed})

    def with_behaviour(self, stream: str, **changes: Any) -> Scenario:
        """The scenario with another behaviour of a group of travellers.

        Parameters
        ----------
        stream : str
            The group.
        **changes
            Keys under ``behaviour`` of the group, such as ``patience_h=6``.

        Returns
        -------
        Scenario
            Another one.

        Raises
        ------
        InputError
            If a name or value is not accepted.
        """
        behaviour = _changed(self._stream(stream).behaviour, f"streams.{stream}.behaviour", changes)
        return self.with_stream(stream, behaviour=behaviour)

    def _stream(self, name: str) -> Stream:
        streams = self.settings.streams
        check_known("streams", "stream", [name], sorted(streams))
        return streams[name]

    def baseline(self) -> Scenario:
        """The scenario without the orders whose rows all begin after its start (rows of kind note aside)."""
        acting = [row for row in self.closures if row.kind != "note"]
        later = {row.order for row in acting} - {row.order for row in acting if row.from_ <= self.settings.start}
        kept = [row for row in self.closures if row.order not in later]
        return dataclasses.replace(self, closures=consistent(kept), written=self.written)

    def as_known(self, at: dt.datetime) -> Scenario:
        """The scenario as it could have been written at a local time: only what was made public before it.

        Orders by ``announced``, counts and figures by ``published``, claims by their day; what has no such time was always
        known. Nothing that was made public later changes the answer.

        Parameters
        ----------
        at : datetime
            Local time.

        Returns
        -------
        Scenario
            Another one.

        Raises
        ------
        InputError
            Where what is left is not a scenario.

        Examples
        --------
        >>> known = Scenario.read("finland-2023").as_known(dt.datetime(2023, 11, 18))
        >>> known.closures[-1].order, len(known.observations)
        ('southeast-closed', 21)
        """
        return self._sound(dataclasses.replace(self, **as_known(self, at)), f"as known before {at:%Y-%m-%d %H:%M}")

    def known_through(self, day: str | dt.date, by: Knowing = "period") -> Scenario:
        """The scenario as known of a local day and all before it: what ``--until`` of the command line means.

        Parameters
        ----------
        day : str or date
            Orders and claims count that were made public by its end, and counts whose period ends by then.
        by : {"period", "published"}
            Counts, and the figures that rest on them, that were public by 13:00 of the next day, or by the end of the day.

        Returns
        -------
        Scenario
            Another one.

        Raises
        ------
        InputError
            For what is not a date, and where what is left is not a scenario.
        """
        return self._sound(dataclasses.replace(self, **known_through(self, day, by)), f"as known through {day}")

    @staticmethod
    def _sound(known: Scenario, when: str) -> Scenario:
        draft = known._draft()
        check_draft(draft, as_known=True)
        if wrong := draft.faults.wrong():
            raise InputError([Fault(f"{fault.where}, {when}", fault.what, fault.instead) for fault in wrong])
        return known

    @cached_property
    def hash(self) -> str:
        """16 hexadecimal digits of the SHA-256 of the content, whatever the form of its files."""
        digest = hashlib.sha256()
        for name, model in TABLES.items():
            digest.update(f"\n{name}\n".encode())
            digest.update(TypeAdapter(tuple[model, ...]).dump_json(getattr(self, name)))  # type: ignore[valid-type]
        others = {
            "settings": self.settings.model_dump(mode="json"),
            "lines": self.lines,
            "basemap": self.basemap,
            "sources": self.sources,
            "left out": sorted({row.id for row in self.written} - {row.id for row in self.closures}),
        }
        digest.update(json.dumps(others, sort_keys=True).encode())
        return digest.hexdigest()[:16]

    def summary(self) -> dict[str, Any]:
        """What the scenario holds: its name, period, and how many there are of each thing."""
        settings = self.settings
        return {
            "name": settings.name,
            "title": settings.title,
            "start": settings.start.isoformat(),
            "end": settings.end.isoformat(),
            "timezone": settings.timezone,
            "days": (settings.end - settings.start) / dt.timedelta(days=1),
            "drain_days": settings.drain_days,
            "streams": sorted(settings.streams),
            "orders": sorted({row.order for row in self.closures}),
            **{name: len(getattr(self, name)) for name in TABLES if name != "closures"},
            "closures": len(self.closures),
            "hash": self.hash,
        }

    def _draft(self, names: Iterable[str] = TABLES) -> Draft:
        tables = {name: FileRows(name, [Row(0, value) for value in getattr(self, name)]) for name in names}
        sheet = Sheet(self.settings, Tree({}), set())
        return Draft(sheet=sheet, lines=self.lines, **tables)  # type: ignore[arg-type]


def _changed(value: Any, where: str, changes: dict[str, Any]) -> Any:
    """A copy of an entity with changed fields, checked again."""
    model: type[Entity] = type(value)
    current = {name: getattr(value, name) for name in model.model_fields}
    try:
        return model.model_validate({**current, **changes})
    except ValidationError as error:
        faults = []
        for item in error.errors(include_url=False):
            words = ".".join(str(part) for part in item["loc"])
            if item["type"] == "extra_forbidden":
                what, instead = "unknown name", suggest(str(item["loc"][-1]), list(model.model_fields))
            else:
                what, instead = wording(item, model.model_fields.get(str(item["loc"][0])) if item["loc"] else None)
            faults.append(Fault(where, f"{words}: {what}", instead))
        raise InputError(faults) from None
