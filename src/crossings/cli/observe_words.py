"""What the options of observe mean, checked before any file is read."""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import crossings as cx
from crossings.cli.options import names_in, option, pairs, setting
from crossings.errors import InputError, check_known, printable, suggest

if TYPE_CHECKING:
    from crossings.importers.counts import Layout, MappingSpec

Text = str | None
Texts = list[str] | None
SERIES = ("daily", "cumulative", "present")
STEPS = ("hour", "day", "week", "month", "year")


@dataclass(frozen=True)
class CountOptions:
    """The options as they were typed."""

    match: Annotated[Texts, option("--match", "A name in the file and its crossing.", "NAME=CROSSING")] = None
    crossings: Annotated[
        Text, option("--crossings", "Crossings that the file counts together, with commas.", "NAMES")
    ] = None
    direction: Annotated[
        Texts,
        option("--direction", "Country entered; or what the file says and its country, such as Inbound=US.", "CODE"),
    ] = None
    stream: Annotated[
        Texts,
        option(
            "--stream",
            "The stream that is counted; or what the file counts and its stream, such as Trucks=trucks.",
            "STREAM",
        ),
    ] = None
    tag: Annotated[Text, option("--count", "The tag of the column that counts.", "TAG")] = None
    unit: Annotated[Text, option("--unit", "persons or vehicles  [default: persons]", "UNIT")] = None
    step: Annotated[Text, option("--step", "Length of periods: hour, day, week, month, year.", "STEP")] = None
    series: Annotated[
        Text,
        option(
            "--as",
            "What the numbers are: daily (new ones), cumulative (running totals), present (people who are there: rows of headcounts.csv).",
            "SORT",
        ),
    ] = None
    dates: Annotated[Text, option("--dates", "dmy or mdy, where days and months look alike.", "ORDER")] = None
    timezone: Annotated[Text, option("--timezone", "Time zone of the crossings, for times in UTC.", "ZONE")] = None
    tab: Annotated[Text, option("--sheet", "Sheet of a workbook  [default: the first]", "NAME")] = None
    first: Annotated[Text, option("--from", "First day to take.", "DATE", "--first")] = None
    last: Annotated[Text, option("--until", "Last day to take.", "DATE", "--last")] = None
    zeros: Annotated[bool, setting("--zeros", "Take a single 0 between full months as a count, not as a gap.")] = False
    source: Annotated[Text, option("--source", "What to write as the source.", "TEXT")] = None


def as_asked(given: CountOptions, known: cx.Scenario | None, url: Text, layout: Layout | None = None) -> MappingSpec:
    """The options with their meaning; raises InputError where one has none."""
    from crossings.cli.new import parsed_date
    from crossings.importers.counts import Layout, MappingSpec

    _one_of("--as", given.series, SERIES)
    _one_of("--unit", given.unit, ("persons", "vehicles"))
    _one_of("--step", given.step, STEPS)
    _one_of("--dates", given.dates, ("dmy", "mdy"))
    if given.timezone is not None and given.timezone not in zoneinfo.available_timezones():
        near = suggest(given.timezone, sorted(zoneinfo.available_timezones()))
        raise InputError("--timezone", f"'{given.timezone[:40]}' is not a time zone", near)
    first, last = (
        parsed_date(text, name) if text else None for text, name in ((given.first, "--first"), (given.last, "--last"))
    )
    if first is not None and last is not None and last < first:
        raise InputError("--last", f"{last} is before {first}", "exchange the two days")
    directions = pairs("--direction", given.direction, "NAME=VALUE", alone="*")
    directions = {name: code.upper() for name, code in directions.items()}
    for code in directions.values():
        if not re.fullmatch("[A-Z]{2,3}", code):
            raise InputError("--direction", f"'{code[:40]}' is not a country code", "write one such as FI")
    streams = pairs("--stream", given.stream, "NAME=VALUE", alone="*")
    for name in streams.values():
        if not re.fullmatch(r"\w[\w .+/()'-]{0,79}", name):
            raise InputError("--stream", f"'{name[:60]}' cannot be the name of a stream", "write one such as trucks")
    if known is not None:
        check_known("--stream", "stream of the scenario", streams.values(), sorted(known.settings.streams))
    return MappingSpec(
        crossings=tuple(names_in(given.crossings)),
        direction=directions.pop("*", None),
        directions=directions,
        streams=streams,
        series=given.series,
        first=first,
        last=last,
        zeros=given.zeros,
        count=given.tag,
        source=printable((given.source or url or "")[:500]) or None,
        unit=given.unit or "persons",
        step=given.step,
        dates=given.dates,
        timezone=given.timezone,
        tab=given.tab,
        layout=layout or Layout(),
    )


def _one_of(option: str, word: Text, accepted: tuple[str, ...]) -> None:
    if word is not None and word not in accepted:
        instead = f"write {', '.join(accepted[:-1])} or {accepted[-1]}"
        raise InputError(option, f"'{word[:40]}' is not accepted", instead)
