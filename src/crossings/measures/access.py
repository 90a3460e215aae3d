"""How far to the nearest open crossing: along the border, and by road from each origin (docs/model.md, section 8)."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from geographiclib.geodesic import Geodesic
from numpy.typing import NDArray

from crossings.errors import InputError, check_known
from crossings.io.faults import counted
from crossings.kernel.core.layout import DAY_MS, FAR
from crossings.kernel.core.queue import next_open, shut_at
from crossings.model import Model, as_model
from crossings.model.orders import Gate
from crossings.scenario import Scenario, parse_when
from crossings.scenario.entities import Border

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, repr=False)
class AccessRow:
    """From one origin by road to the nearest open crossing (km, hours), and what that is more than with all open."""

    origin: str
    nearest: str | None
    km: float | None
    hours: float | None
    extra_km: float | None
    extra_h: float | None


@dataclass(frozen=True, slots=True)
class Access:
    """Access at one moment, for a group of travellers and a direction, along one border.

    Attributes
    ----------
    border, date, stream, direction : str
        What was asked; ``date`` is the local time.
    open : tuple of str
        Crossings that are open then.
    longest_gap_km : float
        Longest stretch of the border, in km of its declared length, without an open crossing.
    drawn_gap_km, line_km : float
        The same stretch, and the whole border, as drawn, in km.
    declared_km : float or None
        Length that the scenario declares, in km.
    rows : tuple of AccessRow
        From each origin: the nearest open crossing by road, km and hours, and what that is more than with all open.

    Examples
    --------
    >>> import crossings as cx
    >>> found = cx.access_at("two-crossings", "2024-03-12 12:00")
    >>> found.open, round(found.longest_gap_km, 1)
    (('river',), 84.3)
    """

    border: str
    date: str
    stream: str
    direction: str
    open: tuple[str, ...]
    longest_gap_km: float
    drawn_gap_km: float
    line_km: float
    declared_km: float | None
    rows: tuple[AccessRow, ...]

    def __repr__(self) -> str:
        return f"<Access of {self.stream} at {self.date}: {counted(len(self.open), 'crossing')} open, longest gap {self.longest_gap_km:.0f} km>"

    def to_json(self) -> dict[str, Any]:
        """The object that `crossings access --json` prints: km and hours; null where there is no way."""
        out: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__ if name != "rows"}
        out["open"] = list(self.open)
        out["rows"] = [{name: _round(getattr(row, name)) for name in row.__slots__} for row in self.rows]
        for name in ("longest_gap_km", "drawn_gap_km", "line_km", "declared_km"):
            out[name] = _round(out[name])
        return out


def _round(value: Any) -> Any:
    return round(value, 2) if isinstance(value, float) else value


def positions_on_line(line: tuple[tuple[float, float], ...], points: list[tuple[float, float]]) -> tuple[Floats, float]:
    """Where points (lon, lat) fall on a line: km from its beginning [N], and the line's length, both on WGS84.

    Each point goes to the nearest place on the line, on a plane that touches the earth at the point; lengths are
    geodesics (Karney 2013).
    """
    vertices, length = np.asarray(line, float), _lengths(line)
    start = np.concatenate([[0.0], np.cumsum(length)])
    at = []
    for lon, lat in points:
        x = ((vertices[:, 0] - lon + 180.0) % 360.0 - 180.0) * np.cos(np.radians(lat))
        y = vertices[:, 1] - lat
        dx, dy = np.diff(x), np.diff(y)
        along = np.clip(-(x[:-1] * dx + y[:-1] * dy) / np.maximum(dx * dx + dy * dy, 1e-18), 0.0, 1.0)
        nearest = int(np.argmin(np.hypot(x[:-1] + along * dx, y[:-1] + along * dy)))
        at.append(start[nearest] + along[nearest] * length[nearest])
    return np.array(at), float(start[-1])


@functools.lru_cache(maxsize=64)
def _lengths(line: tuple[tuple[float, float], ...]) -> Floats:
    """km of each part of a line: the same line is measured for each group, day and option."""
    inverse = Geodesic.WGS84.Inverse
    found = np.array([inverse(a[1], a[0], b[1], b[0])["s12"] / 1000.0 for a, b in itertools.pairwise(line)])
    found.flags.writeable = False
    return found


def longest_gap(at: Floats, length: float) -> float:
    """The longest stretch of a line between neighbouring points ``at``, or to an end; the whole line if there is none."""
    edges = np.concatenate([[0.0], np.sort(at), [length]])
    return float(np.max(np.diff(edges)))


def opening_after(model: Model, queue: int, at_ms: int) -> int | None:
    """When a queue opens next, at ``at_ms`` or later, ms; None if it never does. queue: its number in the model."""
    found = int(next_open(model.tables, queue, np.int64(at_ms)))
    return None if found >= int(FAR) else found


def open_gates(model: Model, stream: str, direction: str, at_ms: int) -> list[Gate]:
    """Gates of a stream and direction with no closed row in force at ``at_ms`` and an opening within 24 hours."""
    tables = model.tables
    found = []
    for i, gate in enumerate(model.gates):
        if gate.stream != stream or gate.direction != direction or shut_at(tables, i, np.int64(at_ms))[0]:
            continue
        queues = [q for q in (int(tables.gates["exit_queue"][i]), int(tables.gates["entry_queue"][i])) if q >= 0]
        openings = [opening_after(model, q, at_ms) for q in queues]
        if all(t is not None and t - at_ms < DAY_MS for t in openings):
            found.append(gate)
    return found


def _border_of(model: Model, border: str | None) -> Border:
    lined = [b for b in model.scenario.borders if b.id in model.scenario.lines]
    if border is not None:
        check_known("border", "border", [border], [b.id for b in model.scenario.borders])
        lined = [b for b in lined if b.id == border]
    if not lined:
        raise InputError(
            "borders.csv",
            "no border has a line, so there is no distance along it",
            "name a GeoJSON file in the column line",
        )
    return lined[0]


def check_stream(model: Model, stream: str | None, direction: str | None, border: Border) -> tuple[str, str]:
    """A stream and a direction that the scenario knows; by default the first stream and its direction."""
    streams = model.scenario.settings.streams
    name = stream if stream is not None else next(iter(streams))
    check_known("stream", "stream", [name], list(streams))
    way = direction or streams[name].direction or border.country_a
    if way not in (border.country_a, border.country_b):
        raise InputError(
            "direction",
            f"'{way}' is not a country of border '{border.id}'",
            f"accepted: {border.country_a}, {border.country_b}",
        )
    return name, way


def access_at(
    model: Model | Scenario | str,
    on: dt.datetime | str,
    *,
    stream: str | None = None,
    direction: str | None = None,
    border: str | None = None,
) -> Access:
    """Access at a local time: longest gap along the border, and the way by road from each origin to the nearest open crossing.

    Parameters
    ----------
    model : Model, Scenario or str
        What is measured.
    on : datetime or str
        A local time; a bare date is its noon.
    stream : str, optional
        The group of travellers; by default the first.
    direction : str, optional
        The country entered, ISO code; by default the group's own.
    border : str, optional
        By default the first border with a line.

    Returns
    -------
    Access
        Gaps in km of the declared line; extra km and hours of each origin against all crossings open.

    Raises
    ------
    InputError
        For an unknown name, a time outside the run, or a border without a line.

    Examples
    --------
    >>> import crossings as cx
    >>> cx.access_at("two-crossings", "2024-03-05").longest_gap_km > 0
    True
    """
    model = as_model(model)
    if isinstance(on, str):
        try:
            on = parse_when(on, end=False)
        except ValueError as error:
            raise InputError("on", str(error)) from None
    the_border = _border_of(model, border)
    name, way = check_stream(model, stream, direction, the_border)
    at_ms = model.clock.to_ms(on)
    last = model.clock.horizon_ms
    if not 0 <= at_ms <= last:
        raise InputError(
            "on",
            f"{on.isoformat(' ', 'minutes')} is outside the scenario's time",
            f"accepted: {model.clock.local(0).date()} to {model.clock.local(last).date()}",
        )
    where, length, scale = _along(model, the_border)
    every = [g for g in model.gates if g.stream == name and g.direction == way and g.crossing in where]
    gates = [g for g in open_gates(model, name, way, at_ms) if g.crossing in where]
    drawn = longest_gap(np.array([where[g.crossing] for g in gates]), length)
    rows = _by_road(model, name, way, every, gates, at_ms, the_border)
    return Access(
        the_border.id,
        on.isoformat(timespec="minutes"),
        name,
        way,
        tuple(sorted(g.crossing for g in gates)),
        drawn * scale,
        drawn,
        length,
        the_border.declared_km,
        rows,
    )


def _along(model: Model, border: Border) -> tuple[dict[str, float], float, float]:
    """Where the crossings of a border lie along its line, km; the line's length; km of the declared line in one of these."""
    points = {c.id: (c.lon, c.lat) for c in model.scenario.crossings if c.border == border.id}
    at, length = positions_on_line(model.scenario.lines[border.id], list(points.values()))
    return (
        dict(zip(points, at.tolist(), strict=True)),
        length,
        border.declared_km / length if border.declared_km else 1.0,
    )


def _by_road(
    model: Model, stream: str, way: str, every: list[Gate], gates: list[Gate], at_ms: int, border: Border
) -> tuple[AccessRow, ...]:
    other = border.country_b if way == border.country_a else border.country_a
    origins = [p.id for p in model.scenario.places if p.kind == "origin" and p.country == other]
    if not origins or not every:
        return ()
    settings = model.scenario.settings.streams[stream]
    _, roads, places = next(r for r in reversed(model.rules.regimes()) if r[0] <= at_ms)
    reach = model.network.reach(
        [model.network.index[o] for o in origins],
        [model.network.index[g.near] for g in every],
        mode=settings.mode,
        speed_kmh=settings.speed_kmh,
        closed=(roads, places),
    )
    usable = [i for i, g in enumerate(every) if g in gates]
    rows = []
    for k, origin in enumerate(origins):
        best = min(usable, key=lambda i: (reach.hours[k, i], every[i].crossing), default=-1)
        if best < 0 or not np.isfinite(reach.hours[k, best]):
            rows.append(AccessRow(origin, None, None, None, None, None))
            continue
        first = min(range(len(every)), key=lambda i: (reach.hours[k, i], every[i].crossing))
        hours, km = float(reach.hours[k, best]), float(reach.km[k, best])
        more = km - float(reach.km[k, first]), hours - float(reach.hours[k, first])
        rows.append(AccessRow(origin, every[best].crossing, km, hours, *more))
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class Gaps:
    """Longest gap (km of the declared line) and number of open crossings at the noon of each local day [D]; nan outside the
    run.
    """

    noons: tuple[dt.datetime, ...]
    km: Floats
    open: Floats

    def worst(self, begin: dt.datetime, end: dt.datetime) -> float:
        """The longest gap at the noons in [begin, end), km; nan where none lies there."""
        some = [k for n, k in zip(self.noons, self.km.tolist(), strict=True) if begin <= n < end and np.isfinite(k)]
        return max(some, default=float("nan"))


def gaps_by_day(
    model: Model,
    stream: str,
    border: str,
    direction: str | None = None,
    days: Sequence[dt.date] | None = None,
) -> Gaps | None:
    """Longest gap and number of open crossings at noon of each day; None where the stream has no gate there that way.

    direction: the country entered, by default the stream's own, else the border's first; days: by default all of the run. The
    same as `access_at` gives at that time, without the ways by road. Raises `InputError` for a border without a line.
    """
    the_border = _border_of(model, border)
    _, way = check_stream(model, stream, direction, the_border)
    where, length, scale = _along(model, the_border)
    if not any(g.stream == stream and g.direction == way and g.crossing in where for g in model.gates):
        return None
    noons = tuple(dt.datetime(d.year, d.month, d.day, 12) for d in (model.clock.dates() if days is None else days))
    km, number = np.full(len(noons), np.nan), np.full(len(noons), np.nan)
    for k, noon in enumerate(noons):
        ms = model.clock.to_ms(noon)
        if 0 <= ms <= model.clock.horizon_ms:
            free = {g.crossing for g in open_gates(model, stream, way, ms)} & set(where)
            km[k], number[k] = longest_gap(np.array([where[c] for c in sorted(free)]), length) * scale, len(free)
    return Gaps(noons, km, number)
