"""Counts and waits that others publish: UNHCR, BTS, CBP, and files with HXL tags (IOM's DTM among them).

>>> from crossings.interchange.counts import KINDS
>>> sorted(KINDS)
['bts', 'cbp', 'dtm', 'hxl', 'unhcr']
"""

from crossings.interchange.counts.asked import Asked, Found, Names, Wait
from crossings.interchange.counts.fetching import fetch
from crossings.interchange.counts.reading import KINDS, read_counts
from crossings.interchange.counts.waits import WAIT_COLUMNS, read_waits, waits_text

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
