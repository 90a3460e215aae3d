"""The commands observe: counts and waits that others publish, as rows of observations.csv or of a file of waits."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from crossings.cli.observe_output import Target, check_target, show
from crossings.cli.observe_words import Given, as_asked, pairs
from crossings.cli.options import Json
from crossings.errors import Fault, InputError

__all__ = ["observe_bts", "observe_cbp", "observe_csv", "observe_hxl", "observe_unhcr"]

Text = str | None
Texts = list[str] | None

Files = Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help="The files.", show_default=False)]
To = Annotated[
    Path | None, typer.Option("--to", help="Write the rows to this new CSV file.", metavar="CSV", show_default=False)
]
Append = Annotated[bool, typer.Option("--append", help="Add the rows to a file of observations that is there.")]
InScenario = Annotated[
    Text,
    typer.Option(
        "--scenario", help="Match names with the crossings and streams of this one.", metavar="NAME", show_default=False
    ),
]
Match = Annotated[
    Texts,
    typer.Option("--match", help="A name in the file and its crossing.", metavar="NAME=CROSSING", show_default=False),
]
Together = Annotated[
    Text,
    typer.Option(
        "--crossings", help="Crossings that the file counts together, with commas.", metavar="NAMES", show_default=False
    ),
]
Direction = Annotated[
    Texts,
    typer.Option(
        "--direction",
        help="Country entered; or what the file says and its country, such as Inbound=US.",
        metavar="CODE",
        show_default=False,
    ),
]
Stream = Annotated[
    Texts,
    typer.Option(
        "--stream",
        help="The stream that is counted; or what the file counts and its stream, such as Trucks=trucks.",
        metavar="STREAM",
        show_default=False,
    ),
]
As = Annotated[
    Text,
    typer.Option(
        "--as",
        help="What the numbers are: daily (new ones), cumulative (running totals), present (people who are there: rows of headcounts.csv).",
        metavar="SORT",
        show_default=False,
    ),
]
First = Annotated[
    Text, typer.Option("--from", "--first", help="First day to take.", metavar="DATE", show_default=False)
]
Last = Annotated[Text, typer.Option("--until", "--last", help="Last day to take.", metavar="DATE", show_default=False)]
Source = Annotated[
    Text, typer.Option("--source", help="What to write as the source.", metavar="TEXT", show_default=False)
]
Url = Annotated[
    Text,
    typer.Option("--url", help="Fetch this address, once, and read what comes.", metavar="URL", show_default=False),
]
Tab = Annotated[
    Text, typer.Option("--sheet", help="Sheet of a workbook  [default: the first]", metavar="NAME", show_default=False)
]
Zeros = Annotated[bool, typer.Option("--zeros", help="Take a single 0 between full months as a count, not as a gap.")]
Zone = Annotated[
    Text,
    typer.Option(
        "--timezone", help="Time zone of the crossings, for times in UTC.", metavar="ZONE", show_default=False
    ),
]
Dates = Annotated[
    Text,
    typer.Option("--dates", help="dmy or mdy, where days and months look alike.", metavar="ORDER", show_default=False),
]


def observe_bts(
    files: Files = None,
    to: To = None,
    append: Append = False,
    scenario: InScenario = None,
    match: Match = None,
    stream: Stream = None,
    first: First = None,
    last: Last = None,
    zeros: Zeros = False,
    source: Source = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Monthly entries into the United States by port, as the Bureau of Transportation Statistics publishes them: CSV or XLSX.

    Nothing is fetched unless --url asks for it. What cannot be used is said in notes."""
    given = Given(match=match, streams=stream, first=first, last=last, zeros=zeros, source=source)
    _observe("bts", Target(to, append, as_json), files, scenario, url, given)


def observe_unhcr(
    files: Files = None,
    to: To = None,
    append: Append = False,
    scenario: InScenario = None,
    crossings: Together = None,
    direction: Direction = None,
    stream: Stream = None,
    series: As = None,
    first: First = None,
    last: Last = None,
    source: Source = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """A time series of UNHCR's Operational Data Portal, JSON.

    Nothing is fetched unless --url asks for it. What cannot be used is said in notes."""
    given = Given(
        crossings=crossings, directions=direction, streams=stream, series=series, first=first, last=last, source=source
    )
    _observe("unhcr", Target(to, append, as_json), files, scenario, url, given)


def observe_hxl(
    files: Files = None,
    to: To = None,
    append: Append = False,
    scenario: InScenario = None,
    match: Match = None,
    crossings: Together = None,
    direction: Direction = None,
    stream: Stream = None,
    count: Annotated[
        Text, typer.Option("--count", help="The tag of the column that counts.", metavar="TAG", show_default=False)
    ] = None,
    series: As = None,
    first: First = None,
    last: Last = None,
    timezone: Zone = None,
    dates: Dates = None,
    source: Source = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """A table with a row of HXL tags, as IOM's DTM and others publish: CSV, XLSX or Parquet.

    Rows of one place and day that differ in other tagged columns add up. What cannot be used is said in notes."""
    given = Given(
        match=match,
        crossings=crossings,
        directions=direction,
        streams=stream,
        count=count,
        series=series,
        first=first,
        last=last,
        timezone=timezone,
        dates=dates,
        source=source,
    )
    _observe("hxl", Target(to, append, as_json), files, scenario, url, given)


def observe_cbp(
    files: Files = None,
    to: To = None,
    scenario: InScenario = None,
    match: Match = None,
    stream: Stream = None,
    first: First = None,
    last: Last = None,
    source: Source = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Border Wait Times of US Customs and Border Protection, JSON or XML, whole, of one crossing, or its graph: a file for crossings lanes.

    Nothing is fetched unless --url asks for it. What cannot be used is said in notes."""
    given = Given(match=match, streams=stream, first=first, last=last, source=source)
    _observe("cbp", Target(to, False, as_json), files, scenario, url, given)


def observe_csv(
    files: Files = None,
    place: Annotated[
        Texts,
        typer.Option(
            "--place",
            help="Column of the place; again: columns that tell places of one name apart.",
            metavar="COL",
            show_default=False,
        ),
    ] = None,
    start: Annotated[
        Text, typer.Option("--from", help="Column of the date or time.", metavar="COL", show_default=False)
    ] = None,
    end: Annotated[
        Text,
        typer.Option("--until", help="Column of the end of the period.", metavar="COL", show_default=False),
    ] = None,
    count: Annotated[
        Texts,
        typer.Option(
            "--count", help="Column of the number; with --wide as many as there are.", metavar="COL", show_default=False
        ),
    ] = None,
    stream_col: Annotated[
        Text, typer.Option("--stream-col", help="Column of the stream.", metavar="COL", show_default=False)
    ] = None,
    direction_col: Annotated[
        Text, typer.Option("--direction-col", help="Column of the country entered.", metavar="COL", show_default=False)
    ] = None,
    published_col: Annotated[
        Text, typer.Option("--published-col", help="Column of the publication.", metavar="COL", show_default=False)
    ] = None,
    wide: Annotated[
        bool,
        typer.Option(
            "--wide/--long",
            help="Several columns of numbers: their headers are the dates, else the places, else the streams.",
        ),
    ] = False,
    stream: Stream = None,
    direction: Direction = None,
    crossings: Together = None,
    unit: Annotated[
        Text, typer.Option("--unit", help="persons or vehicles  [default: persons]", metavar="UNIT", show_default=False)
    ] = None,
    step: Annotated[
        Text,
        typer.Option(
            "--step", help="Length of periods: hour, day, week, month, year.", metavar="STEP", show_default=False
        ),
    ] = None,
    series: As = None,
    dates: Dates = None,
    timezone: Zone = None,
    tab: Tab = None,
    first: Annotated[
        Text, typer.Option("--first", help="First day to take.", metavar="DATE", show_default=False)
    ] = None,
    last: Annotated[Text, typer.Option("--last", help="Last day to take.", metavar="DATE", show_default=False)] = None,
    zeros: Zeros = False,
    source: Source = None,
    scenario: InScenario = None,
    match: Match = None,
    to: To = None,
    append: Append = False,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Any table of counts: CSV (also .gz), XLSX or Parquet, whose columns the options name.

    Rows of one place and period that differ in other columns of text add up. What cannot be used is said in notes."""
    from crossings.importers.counts import Layout

    layout = Layout(
        places=tuple(place or ()),
        start=start,
        end=end,
        counts=tuple(count or ()),
        stream=stream_col,
        direction=direction_col,
        published=published_col,
        wide=wide,
    )
    given = Given(
        match=match,
        crossings=crossings,
        directions=direction,
        streams=stream,
        series=series,
        first=first,
        last=last,
        zeros=zeros,
        unit=unit,
        step=step,
        dates=dates,
        timezone=timezone,
        tab=tab,
        source=source,
        layout=layout,
    )
    _observe("csv", Target(to, append, as_json), files, scenario, url, given)


def _observe(kind: str, target: Target, files: list[Path] | None, scenario: Text, url: Text, given: Given) -> None:
    """Read the files of one kind, write the rows, and show what came of them."""
    check_target(target.to, target.append)
    if not files and url is None:
        raise InputError(Fault("FILE", "no file is given", "name one, or an address with --url"))
    from crossings.importers.counts import Names, fetch, read_counts
    from crossings.scenario import Scenario

    known = None if scenario is None else Scenario.read(scenario)
    asked = as_asked(given, known, url)
    names = Names(known, pairs(given.match, "--match"))
    folder = Path(tempfile.mkdtemp(prefix="crossings-")) if url is not None else None
    try:
        fetched = [fetch(url, folder)] if url is not None else []
        found = read_counts(kind, [*(files or []), *fetched], asked, names)
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
    target.write(found)
    for line in found.notes:
        sys.stderr.write("".join(ch if ch.isprintable() else "?" for ch in f"note: {line}") + "\n")
    show(found, target)
