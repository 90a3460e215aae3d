"""Three files to an episode: counts.csv, crossings.csv and closures.csv, whatever their step."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

from crossings.errors import InputError, suggest
from crossings.forecasting.dates import read_when, to_iso, unclear
from crossings.forecasting.episode import Count, Episode, Order, Series, Site
from crossings.forecasting.orders import KINDS, guess_kind, named_like, touches
from crossings.forecasting.sheets import CROSSING, Sites, join_thousands, open_sheet
from crossings.importers.tables import InputRow, InputTable, missing_column, plain
from crossings.io.faults import Faults, clip, counted

__all__ = ["FILES", "is_folder_of_three", "read_files", "read_folder", "read_orders", "read_when"]

FILES = ("counts.csv", "crossings.csv", "closures.csv")
STATUSES = ("final", "derived", "approx", "provisional", "lower_bound", "upper_bound", "conflict")
_ALSO = {  # other words for a status, and what they come to
    **dict.fromkeys(("official", "confirmed", "reported", "revised", "actual"), "final"),
    **dict.fromkeys(("estimated", "estimate", "approximate", "rounded"), "approx"),
    **dict.fromkeys(("preliminary", "prelim", "initial"), "provisional"),
}
_NONE = {"na", "n/a", "n.a.", "nan", "null", "none", "-", "--", "–", "..", "...", "x", "?"}  # how a gap is written
_OPEN = {  # how people write that a time is not known
    *("unknown", "not known", "not announced", "unannounced", "tbd", "tba", "to be announced", "to be confirmed"),
    *("until further notice", "further notice", "open", "open end", "open-ended", "indefinite", "indefinitely"),
    *("ongoing", "present", "today", "still in force"),
}
_ALSO_CALLED = {  # other headings of a column
    "stream": ("measure", "mode", "class", "category", "vehicle type", "traveller type"),
}
_BOUNDS = {"lower_bound", "upper_bound", "conflict"}
_DAY = dt.timedelta(days=1)
_FROM = ("from", "date", "day", "month", "week", "start", "period_start")
_UNTIL = ("until", "to", "end", "period_end")
_LAT, _LON = ("lat", "latitude"), ("lon", "lng", "longitude")
_COUNT = ("count", "value", "number")


def is_folder_of_three(directory: Path) -> bool:
    """Whether a folder has the three files and is no scenario."""
    return (directory / FILES[0]).is_file() and not (directory / "scenario.yaml").exists()


def read_folder(directory: Path) -> Episode:
    """The episode in a folder with counts.csv, crossings.csv and closures.csv; raises InputError with a line for each fault."""
    return read_files(*(directory / name for name in FILES), name=directory.resolve().name)


def read_orders(directory: Path) -> tuple[list[Order], dict[str, Site]]:
    """The orders and crossings of a folder of three files, without its counts; raises InputError with a line for each fault."""
    faults = Faults()
    sites = _sites(directory / FILES[1], faults, [])
    orders = _orders(directory / FILES[2], sites, faults, [])
    if faults.any:
        raise InputError([fault for fault in faults.listed() if not fault.warning])
    return orders, sites


def read_files(counts: Path, crossings: Path, closures: Path, *, name: str = "border") -> Episode:
    """The episode in three files; raises InputError with a line for each fault.

    counts: ``crossing`` (several with ``;``), ``stream``, ``direction``, ``from``, ``until``, ``count``, ``unit``,
    ``status``, ``published``; only ``crossing``, a start and a count are needed. crossings: ``id``, ``lat``, ``lon``.
    closures: ``order``, ``crossings``, ``streams``, ``announced``, ``from``, ``until``, ``kind``; it may have no rows.
    """
    faults = Faults()
    notes: list[str] = []
    sites = _sites(crossings, faults, notes)
    found = _counts(counts, sites, faults, notes)
    orders = _orders(closures, sites, faults, notes)
    if not faults.any and not found:
        faults.add(counts.name, "there is no count that can be used", "give rows with a crossing, a period and a count")
    orders = [_for_whom(order, found, notes) for order in orders]
    notes += _idle(orders, found)
    if faults.any:
        raise InputError([fault for fault in faults.listed() if not fault.warning])
    return Episode(name, sites, tuple(orders), tuple(found), tuple(notes))


def _when(line: InputRow, names: tuple[str, ...], end: bool, faults: Faults) -> dt.datetime | None:
    """The first of some columns that is filled, as a time; None where none is, or with a fault."""
    for name in names:
        text = line.get(name)
        if not text:
            continue
        try:
            return read_when(text, end)
        except (ValueError, OverflowError):
            what, instead = unclear(text) or (
                f"{clip(text)} is not a date or time",
                "write YYYY-MM-DD or YYYY-MM-DDTHH:MM",
            )
            faults.add(line.where, f"{name}: {what}", instead)
            return None
    return None


def _ids(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(";") if part.strip()))


def _sites(path: Path, faults: Faults, notes: list[str]) -> dict[str, Site]:
    sheet = open_sheet(path, faults, notes, "id", required=("id",))
    sites = Sites()
    if sheet is not None and not _one_of(
        sheet, ("id",), "the crossing", faults, ("id", "crossing", "code", *CROSSING, "name")
    ):
        return sites
    for line in sheet.rows if sheet else ():
        name = line.get("id")
        if not name:
            faults.add(line.where, "there is no id", "name the crossing")
        elif name in sites:
            faults.add(line.where, f"crossing {clip(name)} is given twice", "keep one of the rows")
        else:
            lat, lon = (
                next((v for name in names if (v := line.number(name, faults, -most, most)) is not None), None)
                for names, most in ((_LAT, 90), (_LON, 180))
            )
            sites[name] = Site(name, line.get("name"), lat, lon)
    return sites


def _known_sites(line: InputRow, column: str, sites: dict[str, Site], faults: Faults) -> tuple[str, ...]:
    """The crossings in a cell: ids with ``;`` (or with commas, where all of them are ids), or ``all``."""
    text = line.get(column)
    names = _ids(text)
    if text.strip().lower() in ("all", "*") and text.strip() not in sites:
        return tuple(sites)
    if isinstance(sites, Sites):
        names = tuple(dict.fromkeys(name if name in sites else sites.named.get(plain(name), name) for name in names))
    if not all(name in sites for name in names) and all(name in sites for name in _ids(text.replace(",", ";"))):
        names = _ids(text.replace(",", ";"))
    for name in names:
        if sites and name not in sites:
            faults.add(line.where, f"unknown crossing {clip(name)}", suggest(name, list(sites)))
    return names


def _one_of(
    sheet: InputTable, names: tuple[str, ...], what: str, faults: Faults, accepted: tuple[str, ...] = ()
) -> bool:
    if any(sheet.has(name) for name in names):
        return True
    near = missing_column(accepted or names, sheet.written)
    faults.add(f"{sheet.name}:{sheet.at}", f"column '{names[0]}' ({what}) is missing", near)
    return False


def _counts(path: Path, sites: dict[str, Site], faults: Faults, notes: list[str]) -> list[Count]:
    sheet = open_sheet(path, faults, notes, "crossings", "crossing", required=("crossing",))
    if sheet is None:
        return []
    for name, others in _ALSO_CALLED.items():
        if not sheet.has(f"{name}s"):
            before = len(sheet.notes)
            sheet.rename(name, others)
            notes += sheet.notes[before:]
    notes += join_thousands(
        [line for line in sheet.rows if quantity_of(line.get("unit") or "persons") != "wait"], _COUNT
    )
    column = "crossings" if sheet.has("crossings") else "crossing"
    good = [
        _one_of(sheet, (column,), "the crossing counted", faults, (column, *CROSSING)),
        _one_of(sheet, _FROM, "start of the period", faults),
        _one_of(sheet, _COUNT, "number counted", faults),
    ]
    if not all(good):
        return []
    before = len(sheet.notes)
    for names in (_FROM, _UNTIL, _COUNT):
        sheet.read_as(names)
    notes += sheet.notes[before:]
    for name, otherwise in (("stream", "all travellers are one stream"), ("direction", "both directions together")):
        if not sheet.has(name) and not sheet.has(f"{name}s"):
            notes.append(f"{path.name}: no column '{name}': {otherwise}")
    if not sheet.has("published"):
        notes.append(f"{path.name}: no column 'published': a count is taken as known on the day after its period")
    notes += _without_words(sheet, (*_UNTIL, "published"))
    notes += to_iso(sheet, (*_FROM, *_UNTIL, "published"))
    found = []
    gaps = 0
    for line in sheet.rows:
        numbers = [name for name in _COUNT if line.get(name) and line.get(name).lower() not in _NONE]
        value = line.number(numbers[0], faults, 0.0) if numbers else None
        start = _when(line, _FROM, False, faults)
        if value is None:
            gaps += not numbers
            continue
        count = _count(line, column, start, value, sites, faults)
        if count is not None:
            found.append(count)
    if gaps:
        notes.append(f"{path.name}: {counted(gaps, 'row')} without a number, taken as gaps")
    return found


def _count(
    line: InputRow, column: str, start: dt.datetime | None, value: float, sites: dict[str, Site], faults: Faults
) -> Count | None:
    names = _known_sites(line, column, sites, faults)
    if not names:
        faults.add(line.where, "there is no crossing", "name the crossing counted, or several with ;")
        return None
    text = next((line.get(name) for name in _FROM if line.get(name)), "")
    if start is None:
        if not text:
            faults.add(line.where, "there is no start of the period", "write YYYY-MM-DD")
        return None
    unit = line.get("unit") or "persons"
    quantity = quantity_of(unit)
    end = _when(line, _UNTIL, True, faults)
    if end is None:
        end = start if quantity != "flow" and ":" in text else read_when(text, True)
    if ":" in text and end == start and quantity == "flow":
        end = start + dt.timedelta(hours=1)
    if quantity != "flow":
        start = end = start if ":" in text else max(start, end)
    if end < start:
        faults.add(line.where, "the period ends before it begins", "exchange from and until")
        return None
    status = line.get("status").lower() or "final"
    status = _ALSO.get(status, status)
    if status == "off-model":  # such as a 0 that is likely a missing record
        return None
    if status not in STATUSES:
        faults.add(line.where, f"status: {clip(status)} is not known", suggest(status, STATUSES))
        return None
    published = _when(line, ("published",), True, faults) or _morning_after(end)
    until = next((line.get(name) for name in _UNTIL if line.get(name)), text)
    series = Series(
        tuple(sorted(names)),
        line.get("stream") or line.get("streams") or "all",
        line.get("direction") or "both",
        unit,
        quantity,
    )
    return Count(series, start, end, value, max(published, end), status not in _BOUNDS, (text, until))


def _morning_after(end: dt.datetime) -> dt.datetime:
    """A number without a date of publication is known by the end of the day after its period."""
    return dt.datetime.combine((end - dt.timedelta(seconds=1)).date(), dt.time()) + 2 * _DAY


def quantity_of(unit: str) -> str:
    """What a unit counts: ``wait`` (hours), ``queue`` (waiting at an instant), ``present`` or ``flow``.

    >>> quantity_of("hours of wait (estimate of the service)"), quantity_of("waiting vehicles"), quantity_of("persons")
    ('wait', 'queue', 'flow')
    """
    text = unit.lower()
    if re.search(r"\b(hours?|minutes?|days?|h|min)\b", text) and "wait" in text:
        return "wait"
    if re.search(r"\b(waiting|queue\w*|in line)\b", text):
        return "queue"
    return "present" if re.search(r"\b(present|in camps?|stock)\b", text) else "flow"


def _orders(path: Path, sites: dict[str, Site], faults: Faults, notes: list[str]) -> list[Order]:
    sheet = open_sheet(path, faults, notes, "crossings", required=("order", "crossings", "from"))
    wanted = (("order", "what it is called"), ("crossings", "where it acts"), ("from", "when it begins"))
    missing = [name for name, what in wanted if sheet is not None and not _one_of(sheet, (name,), what, faults)]
    if missing:
        return []
    orders = []
    if sheet:
        notes += _without_words(sheet, ("announced", "until", "until_announced"))
        notes += to_iso(sheet, ("announced", "from", "until", "until_announced"))
    for line in sheet.rows if sheet else ():
        order = _order(line, sites, faults)
        if order is None:
            continue
        orders.append(order)
        if order.guessed:
            told = line.get("kind") or guess_kind(_words_of(line), otherwise="")
            notes.append(
                f"{line.where}: kind of '{order.id}' read from its words: {order.kind}"
                if told
                else f"{line.where}: nothing tells the kind of '{order.id}': taken as closed; a column 'kind' says otherwise ({', '.join(KINDS)})"
            )
        if not order.announced:
            notes.append(f"{line.where}: '{order.id}' was not announced: known when it begins, its end when it ends")
    return orders


def _for_whom(order: Order, counts: list[Count], notes: list[str]) -> Order:
    """The order with its streams as they are counted; a line where they are called otherwise."""
    counted_streams = sorted({c.series.stream for c in counts})
    streams = tuple(dict.fromkeys(s for name in order.streams for s in named_like(name, counted_streams)))
    if streams != order.streams:
        notes.append(f"{FILES[2]}: '{order.id}' acts on {', '.join(order.streams)}: taken for {', '.join(streams)}")
    return replace(order, streams=streams)


def _without_words(sheet: InputTable, names: tuple[str, ...]) -> list[str]:
    """Empty the cells of times that say in words that none is known; returns a line for each such word."""
    told: dict[str, None] = {}
    for line in sheet.rows:
        for name in names:
            text = line.get(name)
            if text and (text.lower().strip(" .") in _OPEN or text.lower() in _NONE):
                line.put(name, "")
                told[f"{sheet.name}: {clip(text)} in '{name}': taken as not known"] = None
    return list(told)


def _idle(orders: list[Order], counts: list[Count]) -> list[str]:
    """A line for each order that acts on nothing that is counted."""
    series = {c.series for c in counts}
    counted = ", ".join(sorted({f"{s.stream} ({s.direction})" for s in series})[:8])
    return [
        f"{FILES[2]}: '{o.id}' acts on nothing that is counted; counted: {counted}"
        for o in orders
        if not any(touches(o, s) for s in series)
    ]


def _order(line: InputRow, sites: dict[str, Site], faults: Faults) -> Order | None:
    names = _known_sites(line, "crossings", sites, faults)
    start = _when(line, ("from",), False, faults)
    if not names:
        faults.add(line.where, "there is no crossing", "name the crossings, with ;")
        return None
    if start is None:
        if not line.get("from"):
            faults.add(line.where, "there is no time from which it holds", "write YYYY-MM-DD or YYYY-MM-DDTHH:MM")
        return None
    end = _when(line, ("until",), True, faults)
    if end is not None and end <= start:
        faults.add(line.where, "it ends before it begins", "correct from or until")
        return None
    kind = line.get("kind").lower()
    usual = not kind or kind in KINDS
    mistyped = not usual and suggest(kind, list(KINDS)).startswith("did")
    read = kind if usual or mistyped else guess_kind(kind, otherwise="")
    if mistyped or (kind and not read):
        faults.add(line.where, f"kind: {clip(kind)} is not known", suggest(kind, list(KINDS)))
        return None
    announced = _when(line, ("announced",), True, faults)
    known, end_known = _knowing(announced, start, end, line, faults)
    return Order(
        line.get("order") or "order",
        names,
        _ids(line.get("streams")),
        known,
        start,
        end,
        end_known,
        line.get("direction"),
        read or guess_kind(_words_of(line)),
        read != kind or not kind,
        announced is not None,
    )


def _words_of(line: InputRow) -> str:
    """The words of a row in which the kind of an order may stand."""
    return " ".join(line.get(name) for name in ("order", "what", "note", "remark", "source"))


def _knowing(
    announced: dt.datetime | None, start: dt.datetime, end: dt.datetime | None, line: InputRow, faults: Faults
) -> tuple[dt.datetime, dt.datetime | None]:
    """When an order and its end could be known.

    An order that is announced long after it began is the announcement of its end. The end of one that nobody announced is
    known when it has come; else it counts as announced with the order, unless a column ``until_announced`` says otherwise.
    """
    own = _when(line, ("until_announced",), True, faults)
    if announced is None:
        return start, own or end
    if announced > start + 2 * _DAY and end is not None:
        return start, own or announced
    return min(announced, max(start, announced)), own or announced
