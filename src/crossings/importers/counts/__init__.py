"""Counts and waits that others publish: UNHCR, BTS, CBP, files with HXL tags (IOM's DTM among them), and any table.

>>> from crossings.importers.counts import KINDS
>>> sorted(KINDS)
['bts', 'cbp', 'csv', 'dtm', 'hxl', 'unhcr']
"""

from crossings.importers.counts.fetcher import fetch
from crossings.importers.counts.mapping_spec import Found, Layout, MappingSpec, Wait
from crossings.importers.counts.naming import Names
from crossings.importers.counts.reader import KINDS, read_counts
from crossings.importers.counts.waits import read_waits, waits_text

__all__ = [
    "KINDS",
    "Found",
    "Layout",
    "MappingSpec",
    "Names",
    "Wait",
    "fetch",
    "read_counts",
    "read_waits",
    "waits_text",
]
