"""Commands that make a scenario from other people's files: import osm, import gmns."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import crossings as cx
from crossings.cli.formatting import print_line, print_notes
from crossings.cli.new import Start, parsed_date, refuse_taken
from crossings.cli.option_groups import reads_tables
from crossings.cli.options import above_zero, argument, in_range, option, setting
from crossings.errors import InputError
from crossings.io.faults import counted

MAX_PER_DAY = 1e6
PER_DAY = 500.0

BorderOption = Annotated[str, option("--border", "The two countries, ISO codes, such as FI-RU.", "A-B")]
PerDay = Annotated[float, setting("--per-day", "Travellers a day in each direction: a placeholder to replace.", "N")]
Target = Annotated[Path, argument("NEW", "The new scenario directory.")]


def import_osm(
    extract: Annotated[Path, argument("EXTRACT", "An OpenStreetMap extract: .osm.pbf, .osm, .osm.gz, .osm.bz2.")],
    target: Target,
    border: BorderOption,
    within_km: Annotated[
        float, setting("--within-km", "How far along its road from the line a control may stand.", "KM")
    ] = 5.0,
    towns: Annotated[int, setting("--towns", "The largest towns of each side.", "N")] = 10,
    per_day: PerDay = PER_DAY,
    start: Start = None,
    inside: Annotated[
        str | None,
        option("--inside", "A point known to lie in a country, where the extract does not tell.", "A=LON,LAT"),
    ] = None,
    every_road: Annotated[bool, setting("--every-road", "A crossing also where a small road has no control.")] = False,
    merge_km: Annotated[float, setting("--merge-km", "How far apart roads of one crossing may be.", "KM")] = 1.0,
    only: Annotated[list[str] | None, option("--only", "Only the crossing of this name (repeat).", "NAME")] = None,
    town: Annotated[
        list[str] | None, option("--town", "A town that the extract lacks (repeat).", "NAME=LON,LAT")
    ] = None,
    all_roads: Annotated[bool, setting("--all-roads", "Keep roads that are on no fastest way.")] = False,
) -> None:
    """Make a scenario of an OpenStreetMap extract: crossings, roads, towns and the line of a border.

    Traffic, lanes and behaviour are placeholders, marked as estimated. What cannot be used is said in notes."""
    a, b = _countries(border)
    in_range("--towns", towns, 1, 100)
    above_zero("--within-km", within_km, 100.0)
    above_zero("--per-day", per_day, MAX_PER_DAY)
    above_zero("--merge-km", merge_km, 100.0)
    point = None if inside is None else _point(inside, (a, b))
    named = [_town(text) for text in town or ()]
    first = parsed_date(start, "--start")
    refuse_taken(target)
    from crossings.importers.osm import GivenTown, OsmRequest, read_extract, to_scenario

    request = OsmRequest(
        a,
        b,
        within_km,
        towns,
        per_day,
        first,
        inside=point,
        every_road=every_road,
        all_roads=all_roads,
        merge_km=merge_km,
        only=tuple(only or ()),
        given=tuple(GivenTown(*values) for values in named),
    )
    with _told():
        made = to_scenario(read_extract(extract), request)
    _write(made.scenario, made.notes, target)


@reads_tables
def import_gmns(
    directory: Annotated[Path, argument("DIR", "A GMNS directory: node.csv, link.csv.")],
    target: Target,
    per_day: PerDay = PER_DAY,
    start: Start = None,
    country: Annotated[
        str, setting("--country", "The column of node.csv with each node's country.", "COLUMN")
    ] = "country",
    border: Annotated[str | None, option("--border", "The two countries that --line parts.", "A-B")] = None,
    line: Annotated[Path | None, option("--line", "The border, or the countries as polygons: GeoJSON.", "FILE")] = None,
    inside: Annotated[str | None, option("--inside", "A point known to lie in a country.", "A=LON,LAT")] = None,
    length: Annotated[
        str | None,
        option("--length", "Unit of length: m, ft, km, mile  [default: by config.csv and the coordinates]", "UNIT"),
    ] = None,
    merge_km: Annotated[float, setting("--merge-km", "How far apart links of one crossing may be.", "KM")] = 0.2,
) -> None:
    """Make a scenario of a GMNS network (0.96): node.csv, link.csv, and where they are link_tod.csv and config.csv.

    A link between nodes of two countries is a crossing. What cannot be used is said in notes."""
    above_zero("--per-day", per_day, MAX_PER_DAY)
    first = parsed_date(start, "--start")
    refuse_taken(target)
    pair = None if border is None else _countries(border)
    if line is None and (pair is not None or inside is not None):
        raise InputError("--border", "needs the line that parts the two", "give it: --line border.geojson")
    if inside is not None and pair is None:
        raise InputError("--inside", "needs the two countries", "give them: --border A-B")
    point = None if inside is None or pair is None else _point(inside, pair)
    from crossings.importers.gmns import length_name, read_gmns

    unit = length_name(length or "")
    if length and not unit:
        raise InputError("--length", f"{length[:20]!r} is not a unit of length", "write m, ft, km or mile")
    if merge_km != 0:
        above_zero("--merge-km", merge_km, 100.0)
    with _told():
        made = read_gmns(
            directory,
            per_day=per_day,
            start=first,
            country=country,
            border=pair,
            line=line,
            inside=point,
            length=unit,
            merge_km=merge_km,
        )
    _write(made.scenario, made.notes, target)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What was noted before an error is printed too: it often says why."""
    try:
        yield
    except InputError as error:
        print_notes(getattr(error, "__notes__", ()))
        raise


def _write(scenario: cx.Scenario, notes: Sequence[str], target: Path) -> None:
    """Write it whole, if it passes every check, and say what was found and what was not used."""
    from crossings.scenario import write_checked

    write_checked(scenario, target)
    print_notes(notes)
    of_each = {"crossing": scenario.crossings, "place": scenario.places, "road": scenario.roads, "lane": scenario.lanes}
    counts = ", ".join(counted(len(rows), name) for name, rows in (of_each | {"demand row": scenario.demand}).items())
    print_line(f"{target}: written, and passes: crossings check {target}")
    print_line(f"{counts}; see SOURCES.md for what is from the file and what is a placeholder")


def _countries(text: str) -> tuple[str, str]:
    match = re.fullmatch(r"([A-Za-z]{2,3})[-,:/]([A-Za-z]{2,3})", text.strip())
    if match is None or match[1].upper() == match[2].upper():
        raise InputError("--border", f"{text[:40]!r} is not two countries", "write two ISO codes, such as FI-RU")
    from crossings.importers.countries import alpha2

    a, b = (alpha2(code) or code.upper() for code in match.groups())
    if a == b:
        raise InputError("--border", f"{text[:40]!r} is one country", "write two ISO codes, such as FI-RU")
    return a, b


_PLACE = re.compile(r"(.*\S)\s*=\s*(-?\d{1,3}(?:\.\d+)?)\s*,\s*(-?\d{1,2}(?:\.\d+)?)")


def _point(text: str, countries: tuple[str, str]) -> tuple[str, float, float]:
    from crossings.importers.countries import alpha2

    match = _PLACE.fullmatch(text.strip())
    code = (alpha2(match[1]) or match[1].upper()) if match else ""
    if match is None or code not in countries or abs(float(match[2])) > 180 or abs(float(match[3])) > 90:
        what = f"{text[:40]!r} is not a point of {' or '.join(countries)}"
        raise InputError("--inside", what, f"write for example {countries[0]}=27.5,61.2")
    return code, float(match[2]), float(match[3])


def _town(text: str) -> tuple[str, float, float]:
    match = _PLACE.fullmatch(text.strip())
    if match is None or abs(float(match[2])) > 180 or abs(float(match[3])) > 90:
        what = f"{text[:40]!r} is not a town with its longitude and latitude"
        raise InputError("--town", what, "write for example --town 'La Seu=1.456,42.358'")
    return match[1][:60], float(match[2]), float(match[3])
