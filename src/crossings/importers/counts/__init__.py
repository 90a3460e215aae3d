"""Counts and waits that others publish: UNHCR, BTS, CBP, and files with HXL tags (IOM's DTM among them).

>>> from crossings.importers.counts import KINDS
>>> sorted(KINDS)
['bts', 'cbp', 'dtm', 'hxl', 'unhcr']
"""

from crossings.importers.counts.fetcher import fetch
from crossings.importers.counts.mapping_spec import Asked, Found, Names, Wait
from crossings.importers.counts.reader import KINDS, read_counts
from crossings.importers.counts.waits import WAIT_COLUMNS, read_waits, waits_text

__all__ = [
    "KINDS",
    "WAIT_COLUMNS",
    "Asked",
    "Found",
    "Names",
    "Wait",
    "fetch",
    "read_counts",
    "read_waits",
    "waits_text",
]
