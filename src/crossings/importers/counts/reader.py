"""Each kind of file of counts by its reader, and the identifiers of the rows that come of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

from crossings.errors import Fault, InputError, suggest
from crossings.importers.counts.bts import read_bts
from crossings.importers.counts.cbp import read_cbp
from crossings.importers.counts.hxl import read_hxl
from crossings.importers.counts.mapping_spec import Asked, Found, Names
from crossings.importers.counts.unhcr import read_unhcr
from crossings.importers.identifiers import identifiers

__all__ = ["KINDS", "read_counts"]

Reader = Callable[[Path, Asked, Names, Found], None]
KINDS: dict[str, Reader] = {
    "bts": read_bts,
    "cbp": read_cbp,
    "dtm": read_hxl,
    "hxl": read_hxl,
    "unhcr": read_unhcr,
}
MOST = 1_000_000


def read_counts(kind: str, files: Sequence[Path], asked: Asked, names: Names) -> Found:
    """Read files of one kind; raises InputError with every fault, each with its file and row.

    Observations are in order of crossing, stream and time, each with an id of its own; what was read twice is there once.
    """
    if kind not in KINDS:
        raise InputError(Fault("KIND", f"'{kind[:40]}' is not known", suggest(kind, sorted(KINDS))))
    found = Found()
    for file in files:
        KINDS[kind](file, asked, names, found)
    if found.faults.any:
        raise InputError(found.faults.listed())
    if len(found.observations) + len(found.waits) > MOST:
        raise InputError(Fault(kind, f"more than {MOST:,} rows", "ask for fewer days with --from and --until"))
    once = {
        (o.crossings, o.direction, o.streams, o.from_, o.until, o.unit): o
        for o in sorted(found.observations, key=lambda o: (o.crossings, o.streams, o.unit, o.from_))
    }
    if len(once) < len(found.observations):
        found.skip("the same crossing, stream and period a second time", len(found.observations) - len(once))
    rows = list(once.values())
    stems = [f"{kind} {' '.join(o.crossings)[:40]} {' '.join(o.streams)[:15]} {o.from_:%Y-%m-%d}" for o in rows]
    ids = identifiers(stems, longest=76, ascii_lower=True)
    found.observations = [o.model_copy(update={"id": name}) for o, name in zip(rows, ids, strict=True)]
    found.waits = sorted(set(found.waits), key=lambda w: (w.crossing, w.stream, w.lane, w.at))
    return dataclasses.replace(found)
