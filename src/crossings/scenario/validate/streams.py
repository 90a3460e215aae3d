"""Checks of scenario.yaml beyond its form, of demand and of stocks, and of who can get anywhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from crossings.errors import refused
from crossings.io.faults import clip, counted
from crossings.scenario.clock import load_zone, spoken
from crossings.scenario.entities import Behaviour, Demand, Stock, Stream
from crossings.scenario.opening_hours import hour_shares
from crossings.scenario.tables import FileRows, Row
from crossings.scenario.validate.index import Index
from crossings.scenario.validate.orders import ordered
from crossings.scenario.validate.reach import Reachability

MAX_DAYS = 20 * 366
_OF_COST = {"power": ("gamma", "softening_km", "outside_km"), "exponential": ("beta", "outside_h")}


class _Sayer:
    """Adds a fault at a path of scenario.yaml."""

    def __init__(self, index: Index) -> None:
        assert index.draft.sheet is not None
        self.index, self.sheet = index, index.draft.sheet

    def say(self, path: tuple[str, ...], what: str, instead: str, *, warning: bool = False) -> None:
        """Add ``path: what; what instead`` at the line of the path."""
        self.index.draft.faults.add(self.sheet.where(*path), f"{_dotted(path)}: {what}", instead, warning=warning)

    def refused(self, path: tuple[str, ...], error: ValueError) -> None:
        """Add what a reader of a text says against it, at the line of the path."""
        self.index.draft.faults.take(refused(self.sheet.where(*path), error, f"{_dotted(path)}: "))

    def known(self, path: tuple[str, ...], words: Iterable[str], kind: str) -> bool:
        """Whether all words are names of a kind; a fault is added for each that is not."""
        return self.index.known(self.sheet.where(*path), _dotted(path), words, kind)


def _dotted(path: tuple[str, ...]) -> str:
    return ".".join(clip(part, 80)[1:-1] for part in path)


def check_streams(index: Index) -> None:
    """The period, the zones, the profiles, and what each stream names."""
    sayer = _Sayer(index)
    settings = sayer.sheet.value
    if sayer.sheet.ok("start") and sayer.sheet.ok("end"):
        span = settings.end - settings.start
        if span <= dt.timedelta(0):
            what = f"{spoken(settings.end)} is not after the start {settings.start:%Y-%m-%d %H:%M}"
            sayer.say(("end",), what, "let the run end after it starts")
            sayer.sheet.bad.add(("end",))
        elif span > dt.timedelta(days=MAX_DAYS):
            sayer.say(("end",), f"a run of {counted(span.days, 'day')}", f"at most {MAX_DAYS:,} days are accepted")
    zones: dict[tuple[str, ...], str] = {("timezone",): settings.timezone}
    zones |= {("countries", c, "timezone"): v.timezone for c, v in settings.countries.items() if v.timezone}
    for path, zone in zones.items():
        try:
            load_zone(zone)
        except ValueError as error:
            sayer.refused(path, error)
            sayer.sheet.bad.add(path)  # no check that follows can read the clock
    for name in settings.profiles:
        try:
            hour_shares(name, settings.profiles)
        except ValueError as error:
            if sayer.sheet.ok("profiles", name):
                sayer.refused(("profiles", name), error)
    for name, stream in settings.streams.items():
        if sayer.sheet.ok("streams", name):
            _check_stream(sayer, name, stream)


def _check_stream(sayer: _Sayer, name: str, stream: Stream) -> None:
    path = ("streams", name)
    countries = sayer.index.entered
    if stream.direction is not None and stream.direction not in countries and sayer.index.draft.borders.whole:
        what = f"{clip(stream.direction)} is not a country of a border"
        sayer.say((*path, "direction"), what, sayer.index.hint(stream.direction, "country", countries))
    known = sayer.known((*path, "destinations"), stream.destinations, "place")
    if known and stream.direction and stream.destinations and stream.choose == "crossing":
        places = [sayer.index.places.get(place) for place in stream.destinations]
        if all(place is not None and place.country != stream.direction for place in places):
            what = f"none of them is in {stream.direction}, the stream's direction"
            sayer.say((*path, "destinations"), what, f"name places in {stream.direction}", warning=True)
    if stream.unit == "person" and stream.persons != 1 and sayer.sheet.ok(*path, "unit"):
        what = f"{stream.persons:g} persons in one unit that is a person"
        sayer.say((*path, "persons"), what, "write 1, or another unit", warning=True)
    _check_behaviour(sayer, (*path, "behaviour"), stream, stream.behaviour)


def _check_behaviour(sayer: _Sayer, path: tuple[str, ...], stream: Stream, behaviour: Behaviour) -> None:
    crossings, places = sayer.index.names("crossing"), sayer.index.names("place")
    for name in behaviour.alpha:
        if crossings is None or places is None:
            break
        if name not in crossings and name not in places:
            what = f"unknown crossing or destination {clip(name)}"
            sayer.say((*path, "alpha", name), what, sayer.index.hint(name, "crossing or place", crossings | places))
        elif name in crossings and name in places:
            what = f"{clip(name)} is a crossing and a place; both get this attraction"
            sayer.say((*path, "alpha", name), what, "give one of them another name", warning=True)
    nest_of: dict[str, str] = {}
    for nest, members in behaviour.nests.items():
        where = (*path, "nests", nest)
        sayer.known(where, members, "crossing")
        if not members and sayer.sheet.ok(*where):
            sayer.say(where, "the nest is empty", "name the crossings in it")
        for member in members:
            if nest_of.setdefault(member, nest) != nest:
                what = f"crossing {clip(member)} is in nest {clip(nest_of[member])} as well"
                sayer.say(where, what, "name it in one nest")
    if behaviour.nests and stream.choose == "destination":
        what = "nests are not used where a preference is about destinations"
        sayer.say((*path, "nests"), what, "leave them out, or write choose: crossing", warning=True)
    other = "exponential" if behaviour.cost == "power" else "power"
    for field in _OF_COST[other]:
        if field in behaviour.model_fields_set and sayer.sheet.ok(*path, "cost"):
            what = f"not used with cost: {behaviour.cost}"
            if getattr(behaviour, field) != Behaviour.model_fields[field].default:
                sayer.say((*path, field), what, f"leave it out, or write cost: {other}", warning=True)
    if behaviour.recovery_at_once < 1.0 and behaviour.recovery_days == 0.0:
        what = f"all come back at once, not {behaviour.recovery_at_once:g} of them, without recovery_days"
        sayer.say((*path, "recovery_at_once"), what, "write recovery_days, such as 20", warning=True)
    _check_brought(sayer, (*path, "brought"), stream, behaviour)


def _check_brought(sayer: _Sayer, path: tuple[str, ...], stream: Stream, behaviour: Behaviour) -> None:
    brought = behaviour.brought
    if brought is None:
        return
    where = (*path, "rotate")
    if brought.share > 0 and not brought.rotate and sayer.sheet.ok(*where):
        sayer.say(where, "people are brought to no crossing", "name the crossings in turn")
    if sayer.known(where, brought.rotate, "crossing") and stream.direction and sayer.index.gates_known:
        for crossing in sorted(set(brought.rotate)):
            if not sayer.index.gate(crossing, stream.direction, path[1]):
                what = f"crossing {clip(crossing)} has no lane for {clip(path[1])} towards {stream.direction}"
                sayer.say(where, what, "name crossings that the stream can use")


def check_demand(index: Index) -> None:
    """Demand: what it names, when, by which profile, and whether whoever sets out knows where to."""
    table = index.draft.demand
    for row in table.rows:
        value = row.value
        known = [index.refer(table, row, field, kind) for field, kind in (("stream", "stream"), ("origin", "place"))]
        to_known = index.refer(table, row, "destination", "place")
        _check_profile(index, table, row)
        if ordered(index, table, row):
            _check_in_run(index, table, row, value.from_, value.until + dt.timedelta(days=1))
        if all(known) and value.destination is None and row.ok("destination"):
            _check_goal(index, table.where(row), value.stream, value.origin)
        if to_known and row.ok("origin") and value.destination == value.origin:
            index.draft.faults.add(table.where(row), f"from {clip(value.origin)} to itself", "name two places")


def check_stocks(index: Index) -> None:
    """Stocks: what they name, that their periods are apart, and that each has one initial number."""
    table, faults = index.draft.stocks, index.draft.faults
    by_stock: dict[tuple[str, str], list[Row[Stock]]] = {}
    for row in table.rows:
        value, where = row.value, table.where(row)
        known = [index.refer(table, row, field, kind) for field, kind in (("stream", "stream"), ("origin", "place"))]
        _check_profile(index, table, row)
        stream = index.streams.get(value.stream) if row.ok("stream") else None
        sheet = index.draft.sheet
        if stream is not None and stream.kind != "stock" and sheet and sheet.ok("streams", value.stream, "kind"):
            faults.add(where, f"stream {clip(value.stream)} is of kind flow", "write kind: stock in scenario.yaml")
        if all(known):
            by_stock.setdefault((value.stream, value.origin), []).append(row)
            _check_goal(index, where, value.stream, value.origin)
        ordered(index, table, row)
    for rows in by_stock.values():
        _check_one_stock(index, table, rows)


def _check_one_stock(index: Index, table: FileRows[Stock], rows: list[Row[Stock]]) -> None:
    holder: Row[Stock] | None = None
    last: Row[Stock] | None = None
    for row in rows:
        if row.value.initial > 0 and row.ok("initial"):
            if holder is not None:
                what = f"initial: row {holder.line} gives this stock {holder.value.initial:,} already"
                index.draft.faults.add(table.where(row), what, "give it on one row of the stock")
            holder = holder or row
    timed = [row for row in rows if row.ok("from_", "until") and row.value.from_ < row.value.until]
    for row in sorted(timed, key=lambda row: (row.value.from_, row.line)):
        if last is not None and row.value.from_ < last.value.until:
            what = f"the period overlaps that of row {last.line} of the same stock"
            index.draft.faults.add(table.where(row), what, "let one end before the other begins")
        if last is None or row.value.until > last.value.until:
            last = row


def _check_profile(index: Index, table: FileRows[Demand] | FileRows[Stock], row: Row[Demand] | Row[Stock]) -> None:
    text, sheet = row.value.profile, index.draft.sheet
    if not text or not row.ok("profile") or sheet is None or not sheet.ok("profiles"):
        return
    if text in sheet.value.profiles or not sheet.ok("profiles", text):
        return  # what is wrong with a named profile is said where it is defined
    try:
        hour_shares(text, sheet.value.profiles)
    except ValueError as error:
        file = f"{table.file}:{row.line}" if row.line else table.file
        index.draft.faults.take(refused(file, error, "profile: "))


def _check_in_run(index: Index, table: FileRows[Demand], row: Row[Demand], start: dt.date, end: dt.date) -> None:
    sheet = index.draft.sheet
    if sheet is None or not (sheet.ok("start") and sheet.ok("end")):
        return
    # A day of slack on either side, as the origin's dates may be those of another zone.
    day = dt.timedelta(days=1)
    if end < sheet.value.start.date() - day or start > sheet.value.end.date() + day:
        what = "these days lie outside the run, so nobody sets out"
        index.draft.faults.add(table.where(row), what, "check from and until", warning=True)


def _check_goal(index: Index, where: str, name: str, origin: str) -> None:
    """A traveller without a destination needs a direction to go, or places to choose among."""
    stream, sheet, faults = index.streams.get(name), index.draft.sheet, index.draft.faults
    if stream is None or sheet is None or not sheet.ok("streams", name, "choose"):
        return
    if stream.choose == "destination":
        if not stream.destinations and not index.goals and index.draft.places.whole:
            what = f"stream {clip(name)} chooses among destinations, and there is none"
            faults.add(where, what, "make a place of kind reception or destination")
        return
    if not sheet.ok("streams", name, "direction"):
        return
    place = index.places.get(origin)
    if stream.direction is None:
        what = f"no destination, and stream {clip(name)} has no direction"
        faults.add(where, what, f"give a destination here, or streams.{name[:80]}.direction in scenario.yaml")
    elif place is not None and place.country == stream.direction:
        what = f"origin {clip(origin)} is in {place.country}, the country that stream {clip(name)} is to enter"
        faults.add(where, what, "give a destination, or an origin in another country")


def check_use(index: Index) -> None:
    """Streams that nobody uses, and stocks that nobody leaves."""
    draft, sayer = index.draft, _Sayer(index)
    if not (draft.demand.named and draft.stocks.named):
        return
    demanded = {row.value.stream for row in draft.demand.rows}
    stocked = {row.value.stream for row in draft.stocks.rows}
    held = {(row.value.stream, row.value.origin) for row in draft.stocks.rows}
    for name, stream in index.streams.items():
        if name in demanded | stocked or not sayer.sheet.ok("streams", name, "kind"):
            continue
        if stream.kind == "stock":
            sayer.say(("streams", name), "a stock of which there is nobody", "add rows to stocks.csv or demand.csv")
        else:
            sayer.say(("streams", name), "nobody uses this stream", "add rows to demand.csv", warning=True)
    for row in draft.demand.rows:
        value = row.value
        found = index.streams.get(value.stream)
        if found is None or found.kind != "stock" or not draft.stocks.whole:
            continue
        if (value.stream, value.origin) not in held:
            what = f"whoever joins the stock of {clip(value.stream)} at {clip(value.origin)} never leaves"
            draft.faults.add(draft.demand.where(row), what, "add a row with a hazard to stocks.csv", warning=True)


def check_reach(index: Index) -> None:
    """Warn of an origin from which a stream has no alternative at all, with every road and crossing open."""
    draft = index.draft
    tables = (draft.places, draft.roads, draft.crossings, draft.borders, draft.lanes)
    if not all(table.whole for table in tables):
        return
    reach = Reachability(index)
    for demand in draft.demand.rows:
        value = demand.value
        if demand.ok("stream", "origin", "destination") and not reach.possible(
            value.stream, value.origin, value.destination
        ):
            what = f"from {clip(value.origin)} the stream {clip(value.stream)} cannot get anywhere"
            draft.faults.add(draft.demand.where(demand), what, "check roads, modes, crossings and lanes", warning=True)
    first = {(row.value.stream, row.value.origin): row for row in reversed(draft.stocks.rows)}
    for stock in first.values():
        if stock.ok("stream", "origin") and not reach.possible(stock.value.stream, stock.value.origin, None):
            what = f"from {clip(stock.value.origin)} the stream {clip(stock.value.stream)} cannot get anywhere"
            draft.faults.add(draft.stocks.where(stock), what, "check roads, modes, crossings and lanes", warning=True)
