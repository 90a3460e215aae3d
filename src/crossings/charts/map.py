"""Maps: plain x and y in an equirectangular projection, true at the middle latitude; nothing is fetched."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from crossings.charts.axes import fitted, text, text_width
from crossings.charts.figure import Chart, csv_of, drawing
from crossings.charts.markup import Markup, el, join, num
from crossings.views.language import ENGLISH, Language

STATES = {
    "open": "open",
    "part": "open for part of the day, or one way only",
    "closed": "closed by an order",
    "no hours": "not closed, but no opening hours that day",
    "none": "not for this group",
}
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Spot:
    """A crossing on a day: its state (a key of ``STATES``), how many crossed, what is told of it, and a second line."""

    name: str
    lon: float
    lat: float
    state: str
    amount: str
    words: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Town:
    """A place that is named on the map, with a second line where there is more to say."""

    name: str
    lon: float
    lat: float
    more: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """So many along a way."""

    way: tuple[tuple[float, float], ...]
    amount: float
    words: str


@dataclass(frozen=True, slots=True)
class Ground:
    """What maps share: bounds in degrees, px, and the outlines drawn once under the id ``ident``."""

    west: float
    east: float
    south: float
    north: float
    width: float
    height: float
    drawing: Markup
    ident: str = "ground"

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        """Where a point falls, px."""
        across = ((lon - self.west + 180) % 360 - 180) / (self.east - self.west)
        return across * self.width, (self.north - lat) / (self.north - self.south) * self.height


def ground_of(
    bounds: tuple[float, float, float, float],
    outlines: Sequence[Sequence[Points]],
    borders: Sequence[Points],
    roads: Sequence[Points],
    width: float | None = None,
    ident: str = "ground",
) -> Ground:
    """The ground of some maps; by default wider where the land is. bounds: (west, east, south, north) in degrees; outlines:
    polygons of land, each a list of rings.
    """
    west, east, south, north = bounds
    true = math.cos(math.radians((south + north) / 2))
    if width is None:
        width = 420.0 if (east - west) * true > north - south else 230.0
    height = width * (north - south) / max((east - west) * true, 1e-9)
    bare = Ground(west, east, south, north, width, height, Markup())
    near = [polygon for polygon in outlines if polygon and _meets(polygon[0], bounds)]
    land = ["".join(d + "Z" for d in (_path(bare, ring) for ring in polygon) if d) for polygon in near]
    parts = [
        *(el("path", d=d, class_="land") for d in land if d),
        el("path", d="".join(_path(bare, road) for road in roads), class_="road"),
        el("path", d="".join(_path(bare, line) for line in borders), class_="border"),
    ]
    return Ground(west, east, south, north, width, height, el("g", *parts, id=ident), ident)


def _meets(ring: Points, bounds: tuple[float, float, float, float]) -> bool:
    west, east, south, north = bounds
    lons, lats = [p[0] for p in ring], [p[1] for p in ring]
    return max(lons) > west and min(lons) < east and max(lats) > south and min(lats) < north


def _path(ground: Ground, points: Points) -> str:
    kept: list[tuple[float, float]] = []
    for lon, lat in points:
        x, y = ground.at(lon, lat)
        if not kept or math.hypot(x - kept[-1][0], y - kept[-1][1]) >= 0.4:
            kept.append((x, y))
    return "M" + "L".join(f"{num(x)} {num(y)}" for x, y in kept) if len(kept) > 1 else ""


def map_panel(
    title: str,
    ground: Ground,
    spots: Sequence[Spot],
    towns: Sequence[Town],
    flows: Sequence[Flow],
    widest: float,
    *,
    size: float = 10.5,
    countries: Mapping[str, Points] | None = None,
    words: Language = ENGLISH,
) -> Chart:
    """One map of one day. widest: the amount that is drawn 11 px wide; size: of the names, px; countries: large names,
    each among its own points (lon, lat) where there is room; words: in which states are told."""
    parts: list[Markup] = [el("use", href=f"#{ground.ident}")]
    for flow in sorted(flows, key=lambda f: -f.amount):
        d = _path(ground, flow.way)
        if d:
            thick = max(0.8, 11 * flow.amount / max(widest, 1e-9))
            parts.append(el("path", d=d, class_="flow", stroke_width=thick, data_say=flow.words))
    labels, taken = _labels(ground, spots, size)
    parts += _town_names(ground, towns, taken, size - 1)
    lines = [box for flow in flows for box in _along(ground, flow.way)]
    parts += _country_names(ground, countries or {}, [*taken, *lines], size + 1)
    parts += labels
    say, states = words.say, [words.name(STATES[s.state]) for s in spots]
    listed = "; ".join(f"{s.name} {state}" for s, state in zip(spots, states, strict=True))
    csv = csv_of(
        (say("crossing"), say("state"), say("number"), "", say("longitude"), say("latitude")),
        ((s.name, state, s.amount, s.more, s.lon, s.lat) for s, state in zip(spots, states, strict=True)),
    )
    told, shape = say("Map, {title}: {list}", title=title, list=listed), (ground.width, ground.height)
    return drawing(title, told, parts, shape, csv, "map" if size == 10.5 else "map big")


Box = tuple[float, float, float, float]


def _country_names(ground: Ground, countries: Mapping[str, Points], taken: list[Box], size: float) -> list[Markup]:
    """Countries with their names where there is most room, nearer to their own points than to those of another."""
    near = tuple(tuple(ground.at(*p) for p in points) for points in countries.values())
    parts = []
    for k, country in enumerate(countries):
        name = country.upper()
        half = text_width(name, size) * 1.65 / 2 + 4  # capitals, set wide
        for x, y in _by_room(ground.width, ground.height, near, k):
            box = (x - half, x + half, y - size - 3, y + 5)
            if not _outside(ground, box) and not any(_touch(box, b) for b in taken):
                parts.append(text(x, y, name, class_="country-name", text_anchor="middle"))
                taken.append(box)
                break
    return parts


@lru_cache(maxsize=16)  # the maps of a page are of one ground
def _by_room(
    width: float, height: float, near: tuple[tuple[tuple[float, float], ...], ...], own: int
) -> tuple[tuple[float, float], ...]:
    """Points of a grid that are nearer to a country's own points than to those of another, those with most room first."""

    def away(x: float, y: float, points: tuple[tuple[float, float], ...]) -> float:
        return min((math.hypot(x - a, y - b) for a, b in points), default=math.inf)

    found = []
    for x, y in ((width * i / 30, height * j / 30) for i in range(31) for j in range(31)):
        distance = away(x, y, near[own])
        others = min((away(x, y, points) for k, points in enumerate(near) if k != own), default=math.inf)
        if distance < others:
            found.append((distance - 0.25 * min(others, width), x, y))
    return tuple((x, y) for _, x, y in sorted(found))


def _along(ground: Ground, way: Points) -> list[Box]:
    """Room that a way takes: a box around each of some points on it."""
    found = []
    for a, b in itertools.pairwise(way):
        (x0, y0), (x1, y1) = ground.at(*a), ground.at(*b)
        steps = max(1, int(math.hypot(x1 - x0, y1 - y0) / 12))
        for k in range(steps + 1):
            x, y = x0 + (x1 - x0) * k / steps, y0 + (y1 - y0) * k / steps
            found.append((x - 5, x + 5, y - 5, y + 5))
    return found


def _town_names(ground: Ground, towns: Sequence[Town], taken: list[Box], size: float) -> list[Markup]:
    """Towns with their names where there is room for them; a name that has none is left out."""
    parts = []
    for town in towns:
        name = fitted(town.name, ground.width * 0.6, size)
        x, y = ground.at(town.lon, town.lat)
        if not (0 < x < ground.width and 0 < y < ground.height):
            continue
        parts.append(el("rect", x=x - 1.6, y=y - 1.6, width=3.2, height=3.2, class_="town"))
        width = max(text_width(name, size), text_width(town.more, size))
        tall = size if town.more else 0.0
        middle = min(max(x, width / 2 + 2), ground.width - width / 2 - 2)
        for left, base in (
            (middle - width / 2, y - 4 - tall),
            (middle - width / 2, y + size + 1.5),
            (x + 5, y + 3),
            (x - 5 - width, y + 3),
        ):
            box = (left, left + width, base - size + 0.5, base + tall + 2)
            if not _outside(ground, box) and not any(_touch(box, b) for b in taken):
                parts.append(text(left, base, name, class_="town-name"))
                if town.more:
                    parts.append(text(left, base + size, town.more, class_="town-more"))
                taken.append(box)
                break
    return parts


def _outside(ground: Ground, box: Box) -> float:
    """How far a box leaves the map, px."""
    across = max(0.0, -box[0]) + max(0.0, box[1] - ground.width)
    return across + max(0.0, -box[2]) + max(0.0, box[3] - ground.height)


def _touch(a: Box, b: Box) -> bool:
    return a[0] < b[1] and b[0] < a[1] and a[2] < b[3] and b[2] < a[3]


def _labels(ground: Ground, spots: Sequence[Spot], size: float) -> tuple[list[Markup], list[Box]]:
    """Crossings with their names beside them, none over another; and the room that they take.

    Those with a number come first; one of the others that finds no room has its symbol alone, and its name when pointed at.
    """
    at = sorted(((*ground.at(s.lon, s.lat), s) for s in spots), key=lambda p: (not p[2].amount, p[1]))
    taken: list[Box] = [(x - 6, x + 6, y - 6, y + 6) for x, y, _ in at]
    parts: list[Markup] = []
    for x, y, spot in at:
        shown = fitted(spot.name, ground.width * 0.55, size)
        said = f"{shown} {spot.amount}".strip()
        bold = 1.06 if spot.amount else 1.0
        width = max(bold * text_width(said, size), text_width(spot.more, size - 1)) + 2
        tall = (size + 1) * (2 if spot.more else 1)
        found = _beside(ground, x, y, width, tall, taken, must=bool(spot.amount))
        name = ""
        if found is not None:
            edge, middle, anchor, box = found
            taken.append(box)
            base = middle + 0.35 * size - (size / 2 if spot.more else 0.0)
            amount = el("tspan", spot.amount, class_="strong") if spot.amount else None
            said = join([el("tspan", shown + (" " if spot.amount else "")), amount])
            label = text(edge, base, said, text_anchor=anchor, class_=f"spot-name {_class(spot.state)}")
            more = text(edge, base + size, spot.more, text_anchor=anchor, class_="spot-more") if spot.more else None
            name = join([p for p in (label, more) if p])
            if abs(middle - y) > 3:
                parts.append(el("line", x1=x, y1=y, x2=edge, y2=middle, class_="leader"))
        parts.append(el("g", state_shape(x, y, spot.state), name or None, data_say=spot.words))
    return parts, taken


def _beside(
    ground: Ground, x: float, y: float, width: float, tall: float, taken: Sequence[Box], *, must: bool
) -> tuple[float, float, str, Box] | None:
    """Where a label of a size finds room beside a point: its edge, its middle height, its anchor and its box.

    The nearest place that touches nothing and is on the map; where there is none, the least bad if it must be shown.
    """
    left_first = x - width - 7 > 0 or x > ground.width / 2
    step = tall / 4
    tried: list[tuple[float, float, float, str, Box]] = []
    near = math.inf  # how far away the nearest free place is
    for n in range(17):
        if n * step >= near:
            break
        for sign in (1, -1) if n else (1,):
            for away, to_left in ((0.0, left_first), (0.9 * tall, not left_first)):
                middle = y + sign * n * step
                edge = x - 7 if to_left else x + 7
                box = (
                    edge - width if to_left else edge,
                    edge if to_left else edge + width,
                    middle - tall / 2 - 1,
                    middle + tall / 2,
                )
                bad = _outside(ground, box) * tall + sum(_shared(box, other) for other in taken)
                tried.append((bad, n * step + away, edge, "end" if to_left else "start", box))
                if bad <= 1.0:
                    near = min(near, n * step + away)
    bad, _, edge, anchor, box = min(
        tried, key=lambda found: (found[0] > 1.0, found[0] if found[0] > 1.0 else 0.0, found[1])
    )
    return (edge, (box[2] + box[3] + 1) / 2, anchor, box) if must or bad <= 1.0 else None


def _shared(a: Box, b: Box) -> float:
    """The room that two boxes share, px²."""
    return max(0.0, min(a[1], b[1]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[2], b[2]))


def _class(state: str) -> str:
    return "is-" + state.replace(" ", "-")


def state_shape(x: float, y: float, state: str) -> Markup:
    """A state's symbol: disc, half-filled diamond, crossed square, ring, dot; told apart without colour."""
    r = 4.6
    if state == "closed":
        square = el("rect", x=x - r, y=y - r, width=2 * r, height=2 * r, class_="state is-closed")
        c = r * 0.62
        cross = (
            f"M{num(x - c)} {num(y - c)}L{num(x + c)} {num(y + c)}M{num(x + c)} {num(y - c)}L{num(x - c)} {num(y + c)}"
        )
        return join([square, el("path", d=cross, class_="state-cross")])
    if state == "part":
        q = r * 1.35
        whole = el(
            "path",
            d=f"M{num(x)} {num(y - q)}l{num(q)} {num(q)}l{num(-q)} {num(q)}l{num(-q)} {num(-q)}Z",
            class_="state is-part",
        )
        half = el("path", d=f"M{num(x)} {num(y - q)}l{num(-q)} {num(q)}l{num(q)} {num(q)}Z", class_="state-half")
        return join([whole, half])
    if state == "none":
        return el("circle", cx=x, cy=y, r=2.0, class_="state is-none")
    return el("circle", cx=x, cy=y, r=r, class_=f"state {_class(state)}")
