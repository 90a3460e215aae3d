"""The command observe: counts and waits that others publish, as rows of observations.csv or of a file of waits."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crossings.cli.formatting import print_json, print_line
from crossings.cli.options import Json
from crossings.errors import Fault, InputError

if TYPE_CHECKING:
    from crossings.importers.counts import Asked, Found
    from crossings.scenario import Observation, Scenario

__all__ = ["ELSEWHERE", "check_target", "observe"]

ELSEWHERE = "name another file"

Text = str | None


def observe(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="unhcr (JSON time series), bts (monthly CSV), cbp (wait times, JSON or XML), dtm or hxl (CSV with HXL tags).",
            show_default=False,
        ),
    ],
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="Files of that kind.", show_default=False)
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option("--to", help="Write the rows to this new CSV file.", metavar="CSV", show_default=False),
    ] = None,
    append: Annotated[
        bool, typer.Option("--append", help="Add the rows to a file of observations that is there.")
    ] = False,
    scenario: Annotated[
        Text,
        typer.Option(
            "--scenario",
            help="Match names with the crossings and streams of this one.",
            metavar="NAME",
            show_default=False,
        ),
    ] = None,
    match: Annotated[
        list[str] | None,
        typer.Option(
            "--match", help="A name in the file and its crossing.", metavar="NAME=CROSSING", show_default=False
        ),
    ] = None,
    crossings: Annotated[
        Text,
        typer.Option(
            "--crossings",
            help="Crossings that the file counts together, with commas.",
            metavar="NAMES",
            show_default=False,
        ),
    ] = None,
    direction: Annotated[
        Text, typer.Option("--direction", help="Country entered.", metavar="CODE", show_default=False)
    ] = None,
    stream: Annotated[
        list[str] | None,
        typer.Option(
            "--stream",
            help="The stream that is counted; or what the file counts and its stream, such as Trucks=trucks.",
            metavar="STREAM",
            show_default=False,
        ),
    ] = None,
    series: Annotated[
        Text,
        typer.Option(
            "--as", help="unhcr: daily (new ones) or cumulative (running totals).", metavar="SORT", show_default=False
        ),
    ] = None,
    count: Annotated[
        Text, typer.Option("--count", help="hxl: the tag of the column that counts.", metavar="TAG", show_default=False)
    ] = None,
    first: Annotated[Text, typer.Option("--from", help="First day.", metavar="DATE", show_default=False)] = None,
    last: Annotated[Text, typer.Option("--until", help="Last day.", metavar="DATE", show_default=False)] = None,
    source: Annotated[
        Text, typer.Option("--source", help="What to write as the source.", metavar="TEXT", show_default=False)
    ] = None,
    url: Annotated[
        Text,
        typer.Option("--url", help="Fetch this address, once, and read what comes.", metavar="URL", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make rows of observations.csv of counts that others publish; of wait times, a file for: crossings lanes.

    Nothing is fetched unless --url asks for it. What cannot be used is said in notes."""
    check_target(to, append)
    if not files and url is None:
        raise InputError(Fault("FILE", "no file is given", "name one, or an address with --url"))
    from crossings.importers.counts import Names, read_counts
    from crossings.scenario import Scenario

    known = None if scenario is None else Scenario.read(scenario)
    asked = _asked(known, crossings, direction, stream, series, count, first, last, source, url)
    names = Names(known, _pairs(match, "--match"))
    folder = Path(tempfile.mkdtemp(prefix="crossings-")) if url is not None else None
    try:
        fetched = []
        if url is not None:
            from crossings.importers.counts import fetch

            fetched = [fetch(url, folder)]
        found = read_counts(kind, [*(files or []), *fetched], asked, names)
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
    rows = found.observations
    if to is not None:
        _write(to, found, append)
    for line in found.notes:
        sys.stderr.write("".join(ch if ch.isprintable() else "?" for ch in f"note: {line}") + "\n")
    if as_json:
        print_json(
            {"observations": [_plain(row) for row in rows], "waits": _waits(found), "unused": dict(found.unused)}
        )
    else:
        _show(found, to)


def check_target(to: Path | None, append: bool) -> None:
    """Refuse a file that cannot be written, before anything is read; raises InputError."""
    if append and (to is None or not to.is_file()):
        raise InputError(Fault("--append", "there is no file to add to", "name one with --to"))
    try:
        if to is not None and not append and to.exists():
            raise InputError(Fault(str(to), "this file is there already", "name a new one, or add to it with --append"))
        if to is not None and not to.absolute().parent.is_dir():
            raise InputError(Fault(str(to), f"there is no folder '{to.parent}'", "make it, or name another"))
    except (OSError, ValueError):
        raise InputError(Fault(str(to)[:200], "this path cannot be used", "name a CSV file")) from None


def _asked(
    known: Scenario | None,
    crossings: Text,
    direction: Text,
    stream: list[str] | None,
    series: Text,
    count: Text,
    first: Text,
    last: Text,
    source: Text,
    url: Text,
) -> Asked:
    from crossings.cli.new import parsed_date
    from crossings.importers.counts import Asked

    if series not in (None, "daily", "cumulative"):
        raise InputError(Fault("--as", f"'{series[:40]}' is not accepted", "write daily or cumulative"))
    code = direction.upper() if direction else None
    if code is not None and not (2 <= len(code) <= 3 and code.isascii() and code.isalpha()):
        raise InputError(Fault("--direction", f"'{code[:40]}' is no country code", "write one such as FI"))
    streams = _pairs(stream, "--stream", alone="*")
    for name in streams.values():
        if not re.fullmatch(r"\w[\w .+/()'-]{0,79}", name):
            raise InputError(
                Fault("--stream", f"'{name[:60]}' cannot be the name of a stream", "write one such as trucks")
            )
    unknown = [] if known is None else [s for s in streams.values() if s not in known.settings.streams]
    if unknown and known is not None:
        from crossings.errors import suggest

        near = suggest(unknown[0], sorted(known.settings.streams))
        raise InputError(Fault("--stream", f"no stream of the scenario is named '{unknown[0][:60]}'", near))
    return Asked(
        crossings=tuple(part.strip() for part in (crossings or "").replace(";", ",").split(",") if part.strip()),
        direction=code,
        streams=streams,
        series=series,
        first=parsed_date(first, "--from") if first else None,
        last=parsed_date(last, "--until") if last else None,
        count=count,
        source=_shown(source or url),
    )


def _shown(text: Text) -> Text:
    """A source as it can be written anywhere."""
    return "".join(ch if ch.isprintable() else "?" for ch in text[:500]) if text else None


def _pairs(texts: list[str] | None, option: str, alone: str = "") -> dict[str, str]:
    """NAME=VALUE options; ``alone``: the name of a value that is given without one."""
    pairs: dict[str, str] = {}
    for text in texts or ():
        name, mark, value = text.rpartition("=")
        name = name.strip() if mark else alone
        if not name or not value.strip():
            raise InputError(Fault(option, f"'{text[:60]}' is not accepted", "write NAME=VALUE"))
        pairs[name] = value.strip()
    return pairs


def _write(to: Path, found: Found, append: bool) -> None:
    from crossings.importers.counts import waits_text
    from crossings.io.disk import write_file
    from crossings.scenario import observations_text, read_observations

    if found.waits:
        if append:
            raise InputError(Fault("--append", "waits are a file of their own", "name a new one with --to"))
        write_file(to, waits_text(found.waits), ELSEWHERE, make_folder=False)
    elif found.observations:
        there = read_observations(to) if append else ()
        taken = {row.id for row in there}
        new = [row for row in found.observations if row.id not in taken]
        if len(new) < len(found.observations):
            found.skip("already in the file", len(found.observations) - len(new))
        write_file(to, observations_text([*there, *new]), ELSEWHERE, make_folder=False)


def _plain(row: Observation) -> dict[str, Any]:
    data = row.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return data | {"unit": row.unit, "what": row.what, "status": row.status}


def _waits(found: Found) -> list[dict[str, Any]]:
    return [
        {
            "crossing": w.crossing,
            "direction": w.direction,
            "stream": w.stream,
            "lane": w.lane,
            "at": w.at.isoformat(timespec="minutes"),
            "wait_min": w.wait_min,
            "lanes_open": w.lanes_open,
            "source": w.source,
        }
        for w in found.waits
    ]


def _show(found: Found, to: Path | None) -> None:
    times: list[dt.datetime] = [row.from_ for row in found.observations] + [w.at for w in found.waits]
    what = "waits" if found.waits else "observations"
    number = len(found.waits) or len(found.observations)
    if not number:
        print_line("nothing could be used")
        return
    crossings = {c for row in found.observations for c in row.crossings} | {w.crossing for w in found.waits}
    span = f"{min(times):%Y-%m-%d} to {max(times):%Y-%m-%d}"
    print_line(f"{number:,} {what} at {len(crossings):,} crossings, {span}" + (f": {to}" if to is not None else ""))
    if to is None:
        print_line("write them with --to FILE, or see them with --json")
