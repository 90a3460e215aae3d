"""The commands observe: counts and waits that others publish, as rows of observations.csv or of a file of waits."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import crossings as cx
from crossings.cli.formatting import print_notes
from crossings.cli.observe_output import Target, check_target, show
from crossings.cli.observe_words import CountOptions, as_asked
from crossings.cli.option_groups import reads_tables
from crossings.cli.options import argument, option, pairs, setting
from crossings.errors import InputError

if TYPE_CHECKING:
    from crossings.importers.counts import Layout

Text = str | None
Texts = list[str] | None
NOTHING = CountOptions()
SCREEN = Target()

Files = Annotated[list[Path] | None, argument("[FILE]...", "The files.")]
InScenario = Annotated[Text, option("--scenario", "Match names with the crossings and streams of this one.", "NAME")]
Url = Annotated[Text, option("--url", "Fetch this address, once, and read what comes.", "URL")]


@reads_tables
def observe_bts(
    files: Files = None,
    target: Target = SCREEN,
    scenario: InScenario = None,
    given: Annotated[CountOptions, "match", "stream", "first", "last", "zeros", "source"] = NOTHING,
    url: Url = None,
) -> None:
    """Monthly entries into the United States by port, as the Bureau of Transportation Statistics publishes them: CSV or XLSX.

    Nothing is fetched unless --url asks for it. What cannot be used is said in notes."""
    _observe("bts", target, files, scenario, url, given)


def observe_unhcr(
    files: Files = None,
    target: Target = SCREEN,
    scenario: InScenario = None,
    given: Annotated[CountOptions, "crossings", "direction", "stream", "series", "first", "last", "source"] = NOTHING,
    url: Url = None,
) -> None:
    """A time series of UNHCR's Operational Data Portal, JSON.

    Nothing is fetched unless --url asks for it. What cannot be used is said in notes."""
    _observe("unhcr", target, files, scenario, url, given)


@reads_tables
def observe_hxl(
    files: Files = None,
    target: Target = SCREEN,
    scenario: InScenario = None,
    given: Annotated[
        CountOptions,
        "match",
        "crossings",
        "direction",
        "stream",
        "tag",
        "series",
        "first",
        "last",
        "timezone",
        "dates",
        "source",
    ] = NOTHING,
    url: Url = None,
) -> None:
    """A table with a row of HXL tags, as IOM's DTM and others publish: CSV, XLSX or Parquet.

    Rows of one place and day that differ in other tagged columns add up. What cannot be used is said in notes."""
    _observe("hxl", target, files, scenario, url, given)


def observe_cbp(
    files: Files = None,
    target: Annotated[Target, "to", "as_json"] = SCREEN,
    scenario: InScenario = None,
    given: Annotated[CountOptions, "match", "stream", "first", "last", "source"] = NOTHING,
    url: Url = None,
) -> None:
    """Border Wait Times of US Customs and Border Protection, JSON or XML, whole, of one crossing, or its graph: a file for
    crossings lanes.

    Nothing is fetched unless --url asks for it. What cannot be used is said in notes.
    """
    _observe("cbp", target, files, scenario, url, given)


@reads_tables
def observe_csv(
    files: Files = None,
    place: Annotated[
        Texts, option("--place", "Column of the place; again: columns that tell places of one name apart.", "COL")
    ] = None,
    start: Annotated[Text, option("--from", "Column of the date or time.", "COL")] = None,
    end: Annotated[Text, option("--until", "Column of the end of the period.", "COL")] = None,
    count: Annotated[Texts, option("--count", "Column of the number; with --wide as many as there are.", "COL")] = None,
    stream_col: Annotated[Text, option("--stream-col", "Column of the stream.", "COL")] = None,
    direction_col: Annotated[Text, option("--direction-col", "Column of the country entered.", "COL")] = None,
    published_col: Annotated[Text, option("--published-col", "Column of the publication.", "COL")] = None,
    wide: Annotated[
        bool,
        setting(
            "--wide/--long",
            "Several columns of numbers: their headers are the dates, else the places, else the streams.",
        ),
    ] = False,
    given: Annotated[
        CountOptions, "stream", "direction", "crossings", "unit", "step", "series", "dates", "timezone", "tab"
    ] = NOTHING,
    first: Annotated[Text, option("--first", "First day to take.", "DATE")] = None,
    last: Annotated[Text, option("--last", "Last day to take.", "DATE")] = None,
    more: Annotated[CountOptions, "zeros", "source", "match"] = NOTHING,
    scenario: InScenario = None,
    target: Target = SCREEN,
    url: Url = None,
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
    given = dataclasses.replace(given, first=first, last=last, zeros=more.zeros, source=more.source, match=more.match)
    _observe("csv", target, files, scenario, url, given, layout)


def _observe(
    kind: str,
    target: Target,
    files: list[Path] | None,
    scenario: Text,
    url: Text,
    given: CountOptions,
    layout: Layout | None = None,
) -> None:
    """Read the files of one kind, write the rows, and show what came of them."""
    check_target(target.to, target.append)
    if not files and url is None:
        raise InputError("FILE", "no file is given", "name one, or an address with --url")
    from crossings.importers.counts import Names, fetch, read_counts

    known = None if scenario is None else cx.Scenario.read(scenario)
    asked = as_asked(given, known, url, layout)
    names = Names(known, pairs("--match", given.match, "NAME=VALUE"))
    folder = Path(tempfile.mkdtemp(prefix="crossings-")) if url is not None else None
    try:
        fetched = [fetch(url, folder)] if url is not None else []
        found = read_counts(kind, [*(files or []), *fetched], asked, names)
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
    target.write(found)
    print_notes(found.notes)
    show(found, target)
