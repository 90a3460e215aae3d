"""Each kind of file of counts by its reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from crossings.errors import InputError, check_known
from crossings.importers.counts.assembly import assemble
from crossings.importers.counts.bts import read_bts
from crossings.importers.counts.cbp import read_cbp
from crossings.importers.counts.hxl import read_hxl
from crossings.importers.counts.mapping_spec import Found, MappingSpec
from crossings.importers.counts.naming import Names
from crossings.importers.counts.table import read_table
from crossings.importers.counts.unhcr import read_unhcr

Reader = Callable[[Path, MappingSpec, Names, Found], None]
KINDS: dict[str, Reader] = {
    "bts": read_bts,
    "cbp": read_cbp,
    "csv": read_table,
    "dtm": read_hxl,
    "hxl": read_hxl,
    "unhcr": read_unhcr,
}
MOST = 1_000_000


def read_counts(kind: str, files: Sequence[Path], asked: MappingSpec, names: Names) -> Found:
    """Read files of one kind; raises InputError with every fault, each with its file and row.

    Observations are in order of crossing, stream and time, each with an id of its own; what was read twice is there once.
    """
    check_known("KIND", "kind", [kind], sorted(KINDS))
    found = Found()
    for file in files:
        KINDS[kind](file, asked, names, found)
    found.faults.stop()
    if len(found.counts) + len(found.reports) > MOST:
        raise InputError(kind, f"more than {MOST:,} rows", "ask for fewer days, or fewer measures")
    assemble(kind, asked, names, found)
    return found
