"""Clocks, orders, queues and journeys of docs/model.md (sections 1, 4, 5 and the shifts of 6), in plain Python."""

from __future__ import annotations

import datetime as dt
import heapq
import math
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from reference_draws import DAY_MS, HOUR_MS

INF = math.inf
LONG_MS = 24 * HOUR_MS
SHIFT_DAYS_AFTER_END = 400


# --- section 1: time -----------------------------------------------------------------------------


class Clock:
    """Whole milliseconds since the start, and the clocks of countries."""

    def __init__(self, settings):
        self.settings = settings
        self.origin = self._utc(settings.start, settings.timezone)
        self.end = self.to_ms(settings.end)
        self.horizon = self.end + round(settings.drain_days * DAY_MS)
        self.step = settings.step_min * 60_000

    @staticmethod
    def _utc(naive, zone):
        # fold = 0: the first of a repeated hour; a skipped time keeps the offset before the gap, so it moves forward.
        return naive.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(dt.UTC)

    def to_ms(self, naive, zone=None):
        """The ms of a local instant of `zone` (default: the scenario's)."""
        return (self._utc(naive, zone or self.settings.timezone) - self.origin) // dt.timedelta(milliseconds=1)

    def local(self, ms, zone=None):
        """The naive local time of `zone` at `ms`."""
        instant = self.origin + dt.timedelta(milliseconds=ms)
        return instant.astimezone(ZoneInfo(zone or self.settings.timezone)).replace(tzinfo=None, fold=0)

    def zone_of(self, country):
        """The zone of a country; the scenario's where it has none."""
        known = self.settings.countries.get(country)
        return (known.timezone if known else "") or self.settings.timezone

    def midnight(self, date, zone):
        """The ms of 00:00 of a local date."""
        return self.to_ms(dt.datetime.combine(date, dt.time()), zone)

    def after_minutes(self, date, minutes, zone):
        """The ms of the wall-clock time `minutes` after 00:00 of a local date."""
        return self.to_ms(dt.datetime.combine(date, dt.time()) + dt.timedelta(minutes=minutes), zone)

    def dates(self, zone, first_ms, last_ms):
        """The local dates from that of `first_ms` to that of `last_ms`."""
        date, last = self.local(first_ms, zone).date(), self.local(last_ms, zone).date()
        while date <= last:
            yield date
            date += dt.timedelta(days=1)


WEEK = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def opening_minutes(text, date):
    """[(from, until)] in minutes after 00:00 of `date`, by a text such as ``Mo-Fr 08:00-16:00; Sa off``."""
    result = []
    for rule in (part.strip() for part in text.split(";")):
        if not rule:
            continue
        days, times = _split_rule(rule)
        if date.weekday() in days:
            result = times  # later rules override earlier ones for the days they name
    return result


def _split_rule(rule):
    if rule == "24/7":
        return set(range(7)), [(0, 1440)]
    words = rule.split()
    days = set(range(7))
    if words[0][:2] in WEEK:
        days = set()
        for part in words.pop(0).split(","):
            first, _, last = part.partition("-")
            begin, end = WEEK.index(first), WEEK.index(last or first)
            days |= {(begin + i) % 7 for i in range((end - begin) % 7 + 1)}
    rest = "".join(words)
    if rest == "off":
        return days, []
    times = []
    for part in rest.split(","):
        begin, end = (_minutes(word) for word in part.split("-"))
        times.append((begin, end if end > begin else end + 1440))
    return days, times


def _minutes(word):
    hours, minutes = word.split(":")
    return int(hours) * 60 + int(minutes)


# --- section 1: gates ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Gate:
    """(crossing, direction entered, stream), with its queues in the order met."""

    crossing: str
    direction: str
    stream: str
    left: str
    near: str
    far: str
    queues: tuple[str, ...]


def queue_name(crossing, direction, side, streams):
    """CROSSING|DIRECTION|SIDE|STREAM;STREAM with the streams sorted."""
    return f"{crossing}|{direction}|{side}|{';'.join(sorted(set(streams)))}"


def gates_of(scenario):
    """stream -> {(crossing, direction): Gate}."""
    borders = {border.id: border for border in scenario.borders}
    result = {stream: {} for stream in scenario.settings.streams}
    for crossing in scenario.crossings:
        border = borders[crossing.border]
        for direction, left, near, far in (
            (border.country_b, border.country_a, crossing.place_a, crossing.place_b),
            (border.country_a, border.country_b, crossing.place_b, crossing.place_a),
        ):
            lanes = [a for a in scenario.lanes if a.crossing == crossing.id and a.direction == direction]
            for stream in scenario.settings.streams:
                mine = [lane for lane in lanes if stream in lane.streams]
                if lanes and not mine:
                    continue  # lanes in that direction, none for this stream: no gate
                queues = []
                for side in ("exit", "entry"):
                    names = {queue_name(crossing.id, direction, side, a.streams) for a in mine if a.side == side}
                    if len(names) > 1:
                        raise ValueError(f"{stream} has several queues at one control: {sorted(names)}")
                    queues += names
                gate = Gate(crossing.id, direction, stream, left, near, far, tuple(queues))
                result[stream][crossing.id, direction] = gate
    return result


# --- section 4: orders ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A closure row with its times in ms."""

    id: str
    order: str
    kind: str
    value: str
    start: int
    until: float
    crossings: tuple[str, ...]
    roads: tuple[str, ...]
    places: tuple[str, ...]
    direction: str | None
    streams: tuple[str, ...]

    @property
    def kept_away(self):
        """The share of travellers to whom the row closes its gates."""
        if self.kind == "deterrent" and self.hours == 0.0:
            return share_of(self.value)
        return 1.0 if self.kind == "closed" else 0.0

    @property
    def hours(self):
        """Of waiting that a deterrent is as costly as; 0 where it keeps a share away."""
        number, unit = self.value.rstrip("hd "), self.value[-1:]
        return float(number) * {"h": 1.0, "d": 24.0}[unit] if self.kind == "deterrent" and unit in ("h", "d") else 0.0

    @property
    def closes(self):
        """Whether it closes its gates, to everybody or to some."""
        return self.kept_away > 0.0 and self.until > self.start

    @property
    def long(self):
        """One that closes for 24 hours or more."""
        return self.closes and self.until - self.start >= LONG_MS

    def names(self, gate):
        """Whether what it names, if anything, is at this gate; a row that names roads or places alone is at none."""
        if (self.roads or self.places) and not self.crossings:
            return False
        there = not self.crossings or gate.crossing in self.crossings
        return there and self.direction in (None, gate.direction) and (not self.streams or gate.stream in self.streams)

    def acts_at(self, gate):
        """Whether the row concerns this gate."""
        return (
            gate.crossing in self.crossings
            and self.direction in (None, gate.direction)
            and (not self.streams or gate.stream in self.streams)
        )


def share_of(text):
    """A share written as 40%, 2/5 or 0.4."""
    if text.endswith("%"):
        return float(text[:-1]) / 100.0
    top, _, bottom = text.partition("/")
    return float(top) / float(bottom or 1.0)


class Orders:
    """All rows but notes; when each order is announced and what ends it."""

    def __init__(self, closures, clock):
        self.rows, self.announced, self.enders = [], {}, []
        for closure in closures:
            if closure.kind == "note":
                continue
            start = clock.to_ms(closure.from_)
            until = INF if closure.until is None else clock.to_ms(closure.until)
            announced = start if closure.announced is None else clock.to_ms(closure.announced)
            self.rows.append(
                Row(
                    closure.id,
                    closure.order,
                    closure.kind,
                    closure.value,
                    start,
                    until,
                    closure.crossings,
                    closure.roads,
                    closure.places,
                    closure.direction,
                    closure.streams,
                )
            )
            self.announced[closure.order] = min(announced, self.announced.get(closure.order, INF))
            self.enders += [(replaced, self.rows[-1]) for replaced in closure.replaces]

    def ends(self, order, at=None):
        """(ender, whether it acts there) of an order, at a gate or (kind, name) of a road or place, or wherever it acts."""
        for replaced, ender in self.enders:
            if replaced != order:
                continue
            named = (ender.crossings, ender.roads, ender.places, ender.streams, ender.direction)
            everywhere = ender.kind != "lifted" or not any(named)
            at_gate = isinstance(at, Gate) and ender.names(at)
            if everywhere or at_gate or (isinstance(at, tuple) and at[1] in getattr(ender, at[0])):
                yield ender

    def physical_end(self, row, at=None):
        """The end of a row as it comes to pass, at a gate, road or place."""
        return min([row.until, *(ender.start for ender in self.ends(row.order, at))])

    def believed_end(self, row, known, at=None):
        """The end of a row for somebody who knows the orders `known`."""
        return min([row.until, *(ender.start for ender in self.ends(row.order, at) if ender.order in known)])

    def covers(self, row, t, at=None):
        """Whether the row is physically in force at t."""
        return row.start <= t < self.physical_end(row, at)

    @staticmethod
    def concerns(row, draws):
        """Whether a row that closes to some is closed to the traveller whose draw for its order is given."""
        return row.kept_away >= 1.0 or draws[row.order] < row.kept_away

    def believed_ends(self, gate, t, known, which="closed", draws=None, away=0):
        """Ends of the rows that close (which = long, short or closed) and are believed in force at the gate at t.

        To who stays away for `away` after an end, it is so much later.
        """
        ends = []
        for row in self.rows:
            if not row.closes or row.order not in known or not row.acts_at(gate):
                continue
            if (which != "closed" and row.long != (which == "long")) or not self.concerns(row, draws):
                continue
            end = self.believed_end(row, known, gate)
            if row.start < end and row.start <= t < end + away:
                ends.append(end + away)
        return ends

    def deterred(self, gate, t, known):
        """Hours of waiting that the deterrents believed in force at the gate at t are as costly as."""
        return sum(
            row.hours
            for row in self.rows
            if row.hours and row.order in known and row.acts_at(gate)
            if row.start <= t < self.believed_end(row, known, gate)
        )

    def closed_from(self, gate, t, draws=None):
        """t if the gate is physically closed at t, else when it is next closed (infinite if never)."""
        begins = [INF]
        for row in self.rows:
            acts = row.closes and row.acts_at(gate) and self.physical_end(row, gate) > max(t, row.start)
            if acts and self.concerns(row, draws):
                begins.append(max(t, row.start))
        return min(begins)


@dataclass(frozen=True)
class Regime:
    """Roads and places closed from `start` until the next regime."""

    start: float
    roads: frozenset[str]
    places: frozenset[str]


def regimes_of(orders):
    """The regimes of a run, in order; only true changes begin a new one."""
    spans = [
        (row.start, orders.physical_end(row, (kind, name)), kind, name)
        for row in orders.rows
        if row.kind == "closed"
        for kind in ("roads", "places")
        for name in getattr(row, kind)
    ]
    changes = {t for a, b, _, _ in spans for t in (a, b) if 0 < t < INF}
    result = []
    for t in [0, *sorted(changes)]:
        active = [(kind, name) for a, b, kind, name in spans if a <= t < b]
        closed = tuple(frozenset(n for k, n in active if k == kind) for kind in ("roads", "places"))
        if not result or (result[-1].roads, result[-1].places) != closed:
            result.append(Regime(t, *closed))
    return result


# --- section 6: the shifts of a queue ------------------------------------------------------------


@dataclass
class Shift:
    """[open, close) with its servers; `date` is the local date of its opening."""

    open: int
    close: int
    servers: int
    mean: float
    cv: float
    quota: int | None
    date: dt.date | None

    def alike(self, other, dated):
        """Whether two shifts differ in nothing but their times."""
        mine = (self.servers, self.mean, self.cv, self.quota, self.date if dated else None)
        return mine == (other.servers, other.mean, other.cv, other.quota, other.date if dated else None)


def union(intervals):
    """Disjoint sorted intervals covering the same times."""
    result = []
    for begin, end in sorted(i for i in intervals if i[0] < i[1]):
        if result and begin <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((begin, end))
    return result


def intersect(left, right):
    """The common part of two lists of intervals."""
    both, i, j = [], 0, 0
    left, right = union(left), union(right)
    while i < len(left) and j < len(right):
        both.append((max(left[i][0], right[j][0]), min(left[i][1], right[j][1])))
        if left[i][1] <= right[j][1]:
            i += 1
        else:
            j += 1
    return union(both)


def cut(intervals, times):
    """The intervals split at the given times."""
    result = []
    for begin, end in intervals:
        inner = sorted({t for t in times if begin < t < end})
        result += list(zip([begin, *inner], [*inner, end], strict=True))
    return result


def lanes_of_queue(scenario, name):
    """The lanes that form the queue, one after another in time."""
    lanes = (a for a in scenario.lanes if queue_name(a.crossing, a.direction, a.side, a.streams) == name)
    return sorted(lanes, key=lambda lane: lane.valid_from or dt.datetime.min)


def slowed(value, mean):
    """The mean service under a slowing of so many times (x2) or so many minutes more (+5)."""
    return mean * float(value[1:]) if value.startswith("x") else mean + float(value.removesuffix("min")[1:])


def shifts_of(scenario, clock, orders, name):
    """The shifts of a queue, in order."""
    lanes = lanes_of_queue(scenario, name)
    crossing, direction, side, _ = name.split("|")
    border = next(b for b in scenario.borders for c in scenario.crossings if c.id == crossing and c.border == b.id)
    left = border.country_a if direction == border.country_b else border.country_b
    zone = clock.zone_of(direction if side == "entry" else left)
    days = list(clock.dates(zone, -2 * DAY_MS, max(0, clock.end - 1)))
    days += [days[-1] + dt.timedelta(days=n) for n in range(1, SHIFT_DAYS_AFTER_END + 1)]
    rows = [
        row
        for row in orders.rows
        if crossing in row.crossings
        and row.direction in (None, direction)
        and (not row.streams or set(row.streams) & set(lanes[0].streams))
    ]
    stream = next(s for s in lanes[0].streams)
    here = Gate(crossing, direction, stream, left, "", "", ())
    limits = [row for row in rows if row.kind == "hours"]
    has_entry = any(
        a.crossing == crossing
        and a.direction == direction
        and a.side == "entry"
        and set(a.streams) & set(lanes[0].streams)
        for a in scenario.lanes
    )
    quotas = [row for row in rows if row.kind == "quota" and (side == "entry" or not has_entry)]
    parts = [row for row in rows if row.kind == "part"]
    slowing = [row for row in rows if row.kind == "slowed" and (side == "entry" or not has_entry)]
    dated = bool(quotas) or any(lane.quota_per_day is not None for lane in lanes)

    def opening(text):
        if not dated and all(opening_minutes(text, day) == [(0, 1440)] for day in days[:7]):
            return [(-INF, INF)]
        return union(
            (clock.after_minutes(day, a, zone), clock.after_minutes(day, b, zone))
            for day in days
            for a, b in opening_minutes(text, day)
        )

    result = []
    for lane in lanes:
        valid = (
            -INF if lane.valid_from is None else clock.to_ms(lane.valid_from),
            INF if lane.valid_until is None else clock.to_ms(lane.valid_until),
        )
        times = intersect(opening(lane.hours), [valid])
        for row in limits:
            begin, end = row.start, orders.physical_end(row, here)
            if begin < end:
                inside = intersect(opening(row.value), [(begin, end)])
                times = intersect(times, union([(-INF, begin), *inside, (end, INF)]))
        if dated:
            times = cut(times, {clock.midnight(day, zone) for day in days})
        times = cut(times, {t for row in quotas + parts + slowing for t in (row.start, orders.physical_end(row, here))})
        for begin, end in times:
            in_force = [int(row.value) for row in quotas if orders.covers(row, begin, here)]
            servers, mean = lane.servers, lane.service_min_mean
            slower = [slowed(row.value, mean) for row in slowing if orders.covers(row, begin, here)]
            mean = max([mean, *slower])
            share = min([1.0, *(share_of(row.value) for row in parts if orders.covers(row, begin, here))])
            if share < 1.0 and servers > 0:  # exactly the share of the capacity: servers rounded up, each slower
                servers = max(1, math.ceil(share * lane.servers - 1e-9))
                mean *= servers / (share * lane.servers)
            if lane.quota_per_day is not None:
                in_force.append(lane.quota_per_day)
            shift = Shift(
                begin,
                end,
                servers,
                mean,
                lane.service_cv,
                min(in_force) if in_force else None,
                None if begin == -INF else clock.local(begin, zone).date(),
            )
            if result and result[-1].close == shift.open and result[-1].alike(shift, dated):
                result[-1].close = shift.close
            else:
                result.append(shift)
    return result


# --- section 5: journeys -------------------------------------------------------------------------


@dataclass(frozen=True)
class Path:
    """A shortest journey: whole hours and km, the gates passed and the (hours, km) of the legs between them."""

    hours: float
    km: float
    gates: tuple[Gate, ...]
    legs: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Journey:
    """An alternative (destination, first crossing or '') as it is in one regime."""

    destination: str
    crossing: str
    hours: float
    km: float
    gates: tuple[Gate, ...]
    legs: tuple[tuple[float, float], ...]

    def hours_to_gates(self):
        """[(gate, journey hours up to it)]."""
        total, result = 0.0, []
        for gate, (hours, _) in zip(self.gates, self.legs, strict=False):
            total += hours
            result.append((gate, total))
        return result


@dataclass
class Network:
    """Journeys and choice sets of one scenario; `written` gives the regimes and names that shape choice sets."""

    scenario: object
    written: object
    clock: Clock
    gates: dict = field(init=False)
    cache: dict = field(init=False, default_factory=dict)

    def __post_init__(self):
        self.gates = gates_of(self.scenario)
        self.places = {place.id: place for place in self.scenario.places}
        orders = Orders(self.written.closures, self.clock)
        self.written_regimes = regimes_of(orders)
        self.notable = {lane.crossing for lane in self.written.lanes}
        self.notable |= {c for closure in self.written.closures for c in closure.crossings}
        self.sealed_kinds = {place.id for place in self.scenario.places if place.kind in ("town", "origin")}

    def roads(self, stream, regime):
        """place -> [(place, hours, km)] over roads open to the stream."""
        settings = self.scenario.settings.streams[stream]
        links = {}
        for road in self.scenario.roads:
            if road.modes and settings.mode not in road.modes:
                continue
            if road.name in regime.roads or {road.from_, road.to} & regime.places & self.sealed_kinds:
                continue
            hours = road.hours if road.hours is not None else road.km / road.speed_kmh
            if settings.speed_kmh is not None:
                hours = max(hours, road.km / settings.speed_kmh)
            links.setdefault(road.from_, []).append((road.to, hours, road.km))
            if not road.one_way:
                links.setdefault(road.to, []).append((road.from_, hours, road.km))
        return links

    def passable(self, stream, regime):
        """The gates that are open for journeys."""
        sealed = regime.places & self.sealed_kinds
        return [gate for gate in self.gates[stream].values() if not {gate.near, gate.far} & sealed]

    def paths(self, stream, regime, source, after=None):
        """place -> shortest Path by road, or after a gate also over gates that enter neither of its countries."""
        key = ("paths", stream, regime, source, after and (after.left, after.direction))
        if key not in self.cache:
            self.cache[key] = self._dijkstra(stream, regime, source, after)
        return self.cache[key]

    def _dijkstra(self, stream, regime, source, after):
        roads = self.roads(stream, regime)
        gates = {}
        for gate in self.passable(stream, regime) if after else ():
            if gate.direction in (after.left, after.direction):
                continue
            gates.setdefault(gate.near, []).append(gate)
        found = {}
        heap = [(0.0, 0.0, (), source, ((0.0, 0.0),))]
        while heap:
            hours, km, passed, place, legs = heapq.heappop(heap)
            if place in found:
                continue
            found[place] = Path(hours, km, tuple(self.gates[stream][name] for name in passed), legs)
            for to, more, length in roads.get(place, ()):
                last = (legs[-1][0] + more, legs[-1][1] + length)
                heapq.heappush(heap, (hours + more, km + length, passed, to, (*legs[:-1], last)))
            for gate in gates.get(place, ()):
                name = (gate.crossing, gate.direction)
                heapq.heappush(heap, (hours, km, (*passed, name), gate.far, (*legs, (0.0, 0.0))))
        return found

    def onward(self, stream, regime, gate, destination):
        """The Path from the far side of a gate to the destination, or None; a closed place is no destination."""
        if destination in regime.places:
            return None
        return self.paths(stream, regime, gate.far, gate).get(destination)

    def candidates(self, stream):
        """Places the stream may go to where none is given."""
        named = self.scenario.settings.streams[stream].destinations
        return named or tuple(p.id for p in self.scenario.places if p.kind in ("reception", "destination"))

    def nearest(self, stream, gate):
        """The destination of whoever asks at the border: the nearest by road from far(c), with everything open."""
        reach = self.paths(stream, Regime(0, frozenset(), frozenset()), gate.far)
        options = [
            (reach[d].hours, d)
            for d in self.candidates(stream)
            if d in reach and self.places[d].country == gate.direction
        ]
        return min(options)[1] if options else gate.far

    def alternatives(self, stream, regime, place, fixed):
        """{(destination, crossing or ''): Journey} from a place in a regime, before the cut to choice_set."""
        key = ("alternatives", stream, regime, place, fixed)
        if key not in self.cache:
            settings = self.scenario.settings.streams[stream]
            if fixed or settings.choose == "destination":
                journeys = []
                for destination in [fixed] if fixed else self.candidates(stream):
                    to_one = self._to(stream, regime, place, destination)
                    journeys += self._pruned(stream, to_one) if settings.choose == "destination" else to_one
            else:
                journeys = self._to_border(stream, regime, place, settings.direction)
            self.cache[key] = {(j.destination, j.crossing): j for j in journeys}
        return self.cache[key]

    def _to(self, stream, regime, place, destination):
        if destination in regime.places:
            return []
        here = self.paths(stream, regime, place)
        if destination in here:
            path = here[destination]
            return [Journey(destination, "", path.hours, path.km, (), path.legs)]
        result = []
        for gate in self.passable(stream, regime):
            first = here.get(gate.near)
            rest = self.paths(stream, regime, gate.far, gate).get(destination)
            if first and rest:
                result.append(
                    Journey(
                        destination,
                        gate.crossing,
                        first.hours + rest.hours,
                        first.km + rest.km,
                        (gate, *rest.gates),
                        (*first.legs, *rest.legs),
                    )
                )
        return result

    def _to_border(self, stream, regime, place, direction):
        here = self.paths(stream, regime, place)
        return [
            Journey(
                self.nearest(stream, gate),
                gate.crossing,
                here[gate.near].hours,
                here[gate.near].km,
                (gate,),
                here[gate.near].legs,
            )
            for gate in self.passable(stream, regime)
            if gate.direction == direction and gate.near in here
        ]

    def _pruned(self, stream, journeys):
        if any(gate.crossing in self.notable for journey in journeys for gate in journey.gates):
            return journeys
        behaviour = self.scenario.settings.streams[stream].behaviour
        return sorted(journeys, key=lambda j: (cost(behaviour, j.hours, j.km), j.crossing))[:1]

    def choice_set(self, stream, place, fixed):
        """{(destination, crossing): index}: the alternatives of all written regimes, ordered and cut."""
        key = ("choice_set", stream, place, fixed)
        if key not in self.cache:
            behaviour = self.scenario.settings.streams[stream].behaviour
            cheapest = {}
            for regime in self.written_regimes:
                for pair, journey in self.alternatives(stream, regime, place, fixed).items():
                    price = cost(behaviour, journey.hours, journey.km)
                    cheapest[pair] = min(price, cheapest.get(pair, INF))
            order = sorted(cheapest, key=lambda pair: (cheapest[pair], pair[1], pair[0]))
            self.cache[key] = {pair: i for i, pair in enumerate(order[: behaviour.choice_set])}
        return self.cache[key]


def cost(behaviour, hours, km):
    """gamma * ln(softening_km + km) or beta * hours."""
    if behaviour.cost == "power":
        return behaviour.gamma * math.log(behaviour.softening_km + km)
    return behaviour.beta * hours
