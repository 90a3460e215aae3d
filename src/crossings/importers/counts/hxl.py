"""Tables with a row of HXL tags (hxlstandard.org), as IOM's DTM and others publish: ``#date``, ``#loc``, ``#affected``."""

from __future__ import annotations

from pathlib import Path

from crossings.errors import suggest
from crossings.importers.counts.mapping_spec import Found, Layout, MappingSpec
from crossings.importers.counts.naming import Names
from crossings.importers.counts.table import read_layout
from crossings.importers.tables import InputTable, plain, read_sheet

PLACES = ("#loc", "#geo", "#adm5", "#adm4", "#adm3", "#adm2", "#adm1", "#country")
COUNTS = ("#affected", "#reached", "#population", "#inneed", "#value")
# Not where somebody is or crosses, but where they come from, go to, or who tells it.
ELSEWHERE = frozenset(
    ("origin", "origins", "from", "destination", "dest", "org", "source", "prov", "lat", "lon", "coord", "entered")
)
MEASURES = frozenset((*COUNTS, "#indicator", "#capacity", "#targeted", "#x_count", "#date", "#geo"))
# Rows that differ in one of these alone tell of the same people again.
AGAIN = frozenset(
    ("#round", "#meta", "#id", "#assessment", "#operation", "#status", "#org", "#contact", "#description")
)
# Attributes of people who are there: counting them again counts the same.
STOCK = frozenset(("idps", "idp", "refugees", "present", "stock", "returnees", "hosted", "residents"))


def read_hxl(path: Path, asked: MappingSpec, names: Names, found: Found) -> None:
    """Add a count for each row with a date, a place that is a crossing, and a number."""
    faults = found.faults
    sheet = read_sheet(path, faults, tag_row=True, tab=asked.tab)
    if sheet is None:
        return
    found.say(*sheet.notes)
    start, count = _tag(sheet, ("#date",), ("start",)) or _tag(sheet, ("#date",)), _count_of(sheet, asked, found)
    place = None if asked.crossings else _tag(sheet, PLACES, ("name",)) or _tag(sheet, PLACES)
    if start is None:
        faults.add(path.name, "no column is tagged #date", "tag it")
    if place is None and not asked.crossings:
        faults.add(path.name, f"no column is tagged {' or '.join(PLACES[:2])}", "tag it, or name --crossings")
    if not asked.streams:
        faults.add("--stream", "the file names no stream", "name the stream that it counts")
    if start is None or count is None or not asked.streams or (place is None and not asked.crossings):
        return
    if STOCK & set(_parts(count)[1]) or _parts(count)[0] == "#population":
        found.stocks = True
    header = [cell.strip() for cell in sheet.header if cell.strip()]
    entered = next((cell for cell in header if _parts(cell) == ("#country", ["entered", "code"])), None)
    layout = Layout(
        places=(place, *_wider(sheet, place)) if place else (),
        start=start,
        end=_tag(sheet, ("#date",), ("end",)),
        counts=(count,),
        direction=None if asked.direction else entered,
        published=_tag(sheet, ("#date",), ("published",)),
        code=_code(sheet, place) if place else None,
        parts=tuple(
            c
            for c in header
            if _parts(c)[0] not in MEASURES | AGAIN and "reported" not in _parts(c)[1] and c not in (place, start)
        ),
        tags=True,
    )
    read_layout(sheet, path, asked, layout, names, found)


def _parts(cell: str) -> tuple[str, list[str]]:
    """A tag and its attributes."""
    name, *extra = [part.strip().lower() for part in cell.strip().split("+")]
    return name, extra


def _tag(sheet: InputTable, tags: tuple[str, ...], attributes: tuple[str, ...] = ()) -> str | None:
    """The column with the first of some tags, and of those the one with the fewest attributes; it must have all ``attributes``.

    Columns that tell where people come from or go to are none of them.
    """
    for tag in tags:
        some = []
        for cell in sheet.header:
            name, extra = _parts(cell)
            if name != tag or not set(attributes) <= set(extra) or ELSEWHERE & set(extra):
                continue
            if tag == "#date" and not attributes and {"end", "published"} & set(extra):
                continue
            coded = not attributes and extra == ["code"] and tag.startswith(("#adm", "#country", "#loc"))
            some.append((5 if coded else len(extra), cell.strip()))  # a name is better than a code
        if some:
            return min(some, key=lambda item: item[0])[1]
    return None


def _wider(sheet: InputTable, place: str) -> tuple[str, ...]:
    """Columns of the wider areas in which a place lies, which tell places of one name apart."""
    kind = _parts(place)[0]
    wider = PLACES[PLACES.index(kind) + 1 :] if kind in PLACES else ()
    named = (_tag(sheet, (tag,), ("name",)) or _tag(sheet, (tag,)) for tag in wider if tag != "#geo")
    return tuple(name for name in named if name)


def _code(sheet: InputTable, place: str) -> str | None:
    """The column of the codes of a place."""
    kind, extra = _parts(place)
    for cell in sheet.header:
        name, more = _parts(cell)
        if name == kind and "code" in more and set(more) - {"code", "v_pcode"} == set(extra) - {"name"}:
            return cell.strip()
    return None


def _count_of(sheet: InputTable, asked: MappingSpec, found: Found) -> str | None:
    """The column that is counted: the one asked for, or the plainest that counts people."""
    if asked.count is not None:
        known = [cell.strip() for cell in sheet.header]
        for cell in known:
            if plain(cell) == plain(asked.count):
                return cell
        found.faults.add("--count", f"no column is tagged '{asked.count[:60]}'", suggest(asked.count, known))
        return None
    column = _tag(sheet, COUNTS)
    if column is None:
        found.faults.add(sheet.name, f"no column is tagged {', '.join(COUNTS[:3])}", "tag it, or name it with --count")
        return None
    others = [c.strip() for c in sheet.header if _parts(c)[0] in COUNTS and c.strip() != column]
    for other in others:
        found.skip(f"column {other} (--count '{other}' takes it instead of {column})", len(sheet.rows))
    return column
