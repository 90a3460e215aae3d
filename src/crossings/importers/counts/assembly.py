"""Counts as they were read to rows of observations.csv or headcounts.csv: one for each crossing, stream and period."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import re
from collections.abc import Iterable, Sequence

from crossings.importers.counts.mapping_spec import SHOWN, CountRow, Found, MappingSpec
from crossings.importers.counts.naming import NamedPlace, Names
from crossings.importers.identifiers import identifiers
from crossings.io.faults import counted
from crossings.scenario import Headcount, Observation

DAY = dt.timedelta(days=1)
FULL = 30  # a count beside which 0 is no accident
LEAST_TOTALS = 8  # numbers from which a series that never falls is spoken of
_IDENTIFIER = re.compile(r"\w[\w .+/()'-]{0,79}")

Key = tuple[tuple[str, ...], str | None, str, dt.datetime, dt.datetime, str]


def assemble(kind: str, asked: MappingSpec, names: Names, found: Found) -> None:
    """Fill ``found.observations``, ``headcounts`` and ``waits`` from what was read."""
    sites = [site for count in found.counts for site in count.sites] + [site for site, _ in found.reports]
    crossings, notes = names.crossings(sites)
    for line in notes:
        found.say(line)
    streams = _streams(found.counts)
    rows = _matched(found, crossings, streams)
    merged = [_one(key, some, found) for key, some in rows.items()]
    if asked.series == "cumulative":
        merged = _differences(merged, asked, found)
    else:
        _speak_of_totals(merged, asked, found)
    merged.sort(key=lambda item: (item[0][0], item[0][2], item[0][5], item[0][3]))
    if asked.series == "present":
        found.headcounts = _headcounts(merged)
    else:
        merged = _flagged(merged, asked, found)
        found.observations = _observations(kind, merged)
    _waits(found, crossings)


def _streams(counts: Iterable[CountRow]) -> dict[str, str]:
    """Stream of the file -> a name that a scenario accepts."""
    said = list(dict.fromkeys(count.stream for count in counts))
    good = [name for name in said if _IDENTIFIER.fullmatch(name)]
    bad = [name for name in said if name not in set(good)]
    return {n: n for n in good} | dict(zip(bad, identifiers(bad, ascii_lower=True, taken=good), strict=True))


def _matched(
    found: Found, crossings: dict[NamedPlace, str | None], streams: dict[str, str]
) -> dict[Key, list[CountRow]]:
    """The counts of each crossing, stream and period; those of other places are counted as unmatched."""
    rows: dict[Key, list[CountRow]] = {}
    for count in found.counts:
        ids = tuple(dict.fromkeys(crossings[site] or "" for site in count.sites))
        if "" in ids:
            found.unmatched[next(s for s in count.sites if crossings[s] is None).names[-1]] += 1
            continue
        key = (ids, count.direction, streams[count.stream], count.from_, count.until, count.unit)
        rows.setdefault(key, []).append(count)
    return rows


def _one(key: Key, some: list[CountRow], found: Found) -> tuple[Key, CountRow]:
    """One number of the rows of a key: rows of several parts are added up, unlike ones of one part become a range."""
    if len(some) == 1:
        return key, some[0]
    parts: dict[tuple[object, ...], list[CountRow]] = {}
    for count in some:
        parts.setdefault((*(site.key for site in count.sites), count.parts), []).append(count)
    low = high = 0.0
    status, notes = "final", [some[0].note]
    for alike in parts.values():
        values = sorted({count.count for count in alike})
        low, high = low + values[0], high + values[-1]
        if len(values) > 1:
            status = "conflict"
            where = " and ".join(dict.fromkeys(count.where for count in alike))
            told = f"{where}: {' and '.join(f'{v:,g}' for v in values)} for one period"
            notes.append(told)
            _say(
                found,
                "conflicts",
                f"{told} ({', '.join(key[0])}, {key[2]}, {key[3]:%Y-%m-%d}): written as a range, status conflict",
            )
        elif len(alike) > 1:
            found.skip("the same crossing, stream and period a second time", len(alike) - 1)
    if len(parts) > 1:
        notes.append(f"sum of {counted(len(parts), 'row')}")
        _say_sum(found, list(parts.values()))
    published = [count.published for count in some if count.published is not None]
    return key, dataclasses.replace(
        some[0],
        count=low,
        count_max=high if status == "conflict" else None,
        status=status,
        note="; ".join(notes)[:1500],
        published=max(published) if published else None,
    )


def _say(found: Found, sort: str, line: str) -> None:
    """A note of a sort of which there may be many."""
    number = found.many[sort] = found.many[sort] + 1
    if number <= SHOWN:
        found.say(line)


def _say_sum(found: Found, parts: Sequence[Sequence[CountRow]]) -> None:
    """Rows that were added up, by the columns in which they differ."""
    first = [alike[0] for alike in parts]
    names = first[0].part_names
    differ = [n for k, n in enumerate(names) if len({c.parts[k] for c in first if len(c.parts) > k}) > 1]
    found.sums[", ".join(differ) or "their place"] += sum(len(alike) for alike in parts)


Rows = list[tuple[Key, CountRow]]


def _series(rows: Rows) -> dict[tuple[object, ...], Rows]:
    """The rows of each crossing, direction, stream and unit, in order of time."""
    series: dict[tuple[object, ...], Rows] = {}
    for key, count in sorted(rows, key=lambda item: (item[0][4], item[0][3])):
        series.setdefault((key[0], key[1], key[2], key[5]), []).append((key, count))
    return series


def _differences(rows: Rows, asked: MappingSpec, found: Found) -> Rows:
    """What was added between two running totals, where that lies in the days asked for."""
    made = []
    for some in _series(rows).values():
        for (before, old), (key, new) in itertools.pairwise(some):
            if new.count < old.count:
                found.skip("a running total that falls")
            elif not asked.within(before[4].date(), (key[4] - dt.timedelta(seconds=1)).date()):
                found.skip("outside the days asked for")
            elif key[4] > before[4]:
                made.append(
                    (
                        (*key[:3], before[4], key[4], key[5]),
                        dataclasses.replace(
                            new, from_=before[4], until=key[4], count=new.count - old.count, count_max=None, status="derived", note="difference of running totals"
                        ),
                    )
                )  # fmt: skip
        found.skip("the first running total, as nothing is known of before")
    return made


def _speak_of_totals(rows: Rows, asked: MappingSpec, found: Found) -> None:
    """A note on a series that hardly ever falls: new numbers go up and down."""
    if asked.series == "present":
        return
    names = []
    for key, some in _series(rows).items():
        values = [count.count for _, count in some]
        steps = [b - a for a, b in itertools.pairwise(values)]
        falls, rises = sum(step < 0 for step in steps), sum(step > 0 for step in steps)
        if (
            len(values) >= LEAST_TOTALS
            and rises >= LEAST_TOTALS - 2
            and falls * 20 <= len(steps)
            and values[-1] > 2 * max(values[0], 1)
        ):
            names.append((", ".join(map(str, key[0] if isinstance(key[0], tuple) else ())), key[2], len(values), falls))  # fmt: skip
    for name, stream, number, falls in names[:SHOWN]:
        how = "never falls" if not falls else f"falls {counted(falls, 'time')} only"
        found.say(
            f"{name}, {stream}: of {counted(number, 'number')} it {how}: a running total? --as cumulative takes the differences"
        )
    if len(names) > SHOWN:
        found.say(f"likely running totals too: {len(names) - SHOWN:,} more series")


def _flagged(rows: Rows, asked: MappingSpec, found: Found) -> Rows:
    """Rows with those off the model marked: zeros that are missing records, and people who are there."""
    if found.stocks and asked.series is None:
        found.say(
            "the numbers are of people who are there, not of people who cross: status off-model, so no fit uses them; "
            "--as present makes rows of headcounts.csv, --as daily takes them as people who cross"
        )
        return [(key, dataclasses.replace(count, status="off-model")) for key, count in rows]
    if asked.zeros:
        return rows
    gaps: set[Key] = set()
    for some in _series(rows).values():
        for (a, before), (key, count), (b, later) in zip(some, some[1:], some[2:], strict=False):
            whole = key[4] - key[3] >= 7 * DAY and a[4] == key[3] and b[3] == key[4]
            if whole and count.count == 0 and count.count_max is None and min(before.count, later.count) >= FULL:
                gaps.add(key)
                line = f"{count.where}: 0 between {before.count:,g} and {later.count:,g} ({', '.join(key[0])}, {key[2]}, {key[3]:%Y-%m-%d})"
                _say(
                    found,
                    "gaps",
                    line + ": taken as a gap of the source, status off-model (--zeros takes it as a count)",
                )
    note = "0 between full periods: likely a missing record"
    return [
        (key, dataclasses.replace(count, status="off-model", note=f"{count.note}; {note}") if key in gaps else count)
        for key, count in rows
    ]


def _observations(kind: str, rows: Rows) -> list[Observation]:
    stems = [
        f"{kind} {' '.join(k[0])[:40]} {k[2][:15]} {f'{k[1]} ' if kind in ('csv', 'hxl') and k[1] else ''}{k[3]:{'%Y-%m-%d' if k[3].time() == dt.time() else '%Y-%m-%d %H %M'}}"
        for k, _ in rows
    ]
    ids = identifiers(stems, longest=76, ascii_lower=True)
    return [
        Observation(
            id=name,
            crossings=key[0],
            direction=key[1],
            streams=(key[2],),
            from_=key[3],
            until=key[4],
            count=count.count,
            count_max=count.count_max,
            unit=key[5],
            status=count.status,
            published=count.published,
            source=count.source,
            note=count.note,
        )
        for name, (key, count) in zip(ids, rows, strict=True)
    ]


def _headcounts(rows: Rows) -> list[Headcount]:
    second = dt.timedelta(seconds=1)
    return [
        Headcount(place=k[0][0], date=(k[4] - second).date(), count=c.count, published=c.published, source=c.source)
        for k, c in rows
        if k[0]
    ]


def _waits(found: Found, crossings: dict[NamedPlace, str | None]) -> None:
    for site, wait in found.reports:
        crossing = crossings[site]
        if crossing is None:
            found.unmatched[site.names[-1] if len(site.names) < 2 else site.name] += 1
        else:
            found.waits.append(dataclasses.replace(wait, crossing=crossing))
    found.waits = sorted(dict.fromkeys(found.waits), key=lambda w: (w.crossing, w.stream, w.lane, w.at))
