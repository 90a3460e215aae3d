"""What observe writes and shows: rows of observations.csv, of headcounts.csv, or of a file of waits."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from crossings.cli.formatting import print_json, print_line
from crossings.cli.options import Json, option, setting
from crossings.cli.output import check_file
from crossings.errors import InputError
from crossings.io.faults import counted

if TYPE_CHECKING:
    from crossings.importers.counts import Found

ELSEWHERE = "name another file"
USUAL = ("mean_min", "least_min", "most_min")


@dataclass(frozen=True)
class Target:
    """Where rows go: a file, new or added to, or the screen, as JSON or in a line."""

    to: Annotated[Path | None, option("--to", "Write the rows to this new CSV file.", "CSV")] = None
    append: Annotated[bool, setting("--append", "Add the rows to a file of observations that is there.")] = False
    as_json: Json = False

    def write(self, found: Found) -> None:
        """Write the rows, if there is a file for them."""
        from crossings.importers.counts import waits_text
        from crossings.importers.observations import read_observations
        from crossings.io.disk import write_file
        from crossings.scenario import Headcount, Observation, table_text

        if self.to is None:
            return
        if self.append and (found.waits or found.headcounts):
            what = "waits are a file of their own" if found.waits else "people who are there are rows of headcounts.csv"
            raise InputError("--append", what, "name a new file with --to")
        if found.waits:
            write_file(self.to, waits_text(found.waits), ELSEWHERE, make_folder=False)
        elif found.headcounts:
            write_file(self.to, table_text(found.headcounts, Headcount), ELSEWHERE, make_folder=False)
        elif found.observations:
            there = {row.id: row for row in read_observations(self.to)[0]} if self.append else {}
            new = [row for row in found.observations if row.id not in there]
            for row in found.observations:
                old = there.get(row.id)
                if old is not None and (old.count, old.count_max) != (row.count, row.count_max):
                    found.skip(
                        f"in the file with another number, which stays: {row.id}: {old.count:,g} there, {row.count:,g} here"
                    )
                elif old is not None:
                    found.skip("already in the file")
            write_file(self.to, table_text([*there.values(), *new], Observation), ELSEWHERE, make_folder=False)


def check_target(to: Path | None, append: bool) -> None:
    """Refuse a file that cannot be written, before anything is read; raises InputError."""
    if append and (to is None or not to.is_file()):
        raise InputError("--append", "there is no file to add to", "name one with --to")
    if to is not None:
        check_file(to, "name a CSV file", "" if append else "name a new one, or add to it with --append")


def show(found: Found, target: Target) -> None:
    """Print what was found: as JSON, or a line."""
    if target.as_json:
        rows: dict[str, Any] = {"observations": [], "waits": []}
        for row in found.observations:
            always = {"unit": row.unit, "what": row.what, "status": row.status}
            rows["observations"].append(row.model_dump(mode="json", by_alias=True, exclude_defaults=True) | always)
        for wait in found.waits:
            given = dataclasses.asdict(wait) | {"at": wait.at.isoformat(timespec="minutes")}
            rows["waits"].append({key: value for key, value in given.items() if key not in USUAL or value is not None})
        if found.headcounts:
            rows["headcounts"] = [row.model_dump(mode="json", exclude_defaults=True) for row in found.headcounts]
        print_json(rows | {"notes": found.notes, "unused": dict(found.unused)})
        return
    times: list[dt.date] = [row.from_.date() for row in found.observations] + [w.at.date() for w in found.waits]
    times += [row.date for row in found.headcounts]
    what = "wait" if found.waits else "head count" if found.headcounts else "observation"
    if not times:
        print_line("nothing could be used")
        return
    places = {c for row in found.observations for c in row.crossings} | {w.crossing for w in found.waits}
    places |= {row.place for row in found.headcounts}
    span = f"{min(times):%Y-%m-%d} to {max(times):%Y-%m-%d}"
    where = "place" if found.headcounts else "crossing"
    print_line(
        f"{counted(len(times), what)} at {counted(len(places), where)}, {span}"
        + (f": {target.to}" if target.to else "")
    )
    if target.to is None:
        print_line("write them with --to FILE, or see them with --json")
