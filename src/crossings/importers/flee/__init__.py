"""Flee's directories (github.com/djgroen/flee), read as they are, and their mapping to a scenario.

>>> from crossings.importers.flee import read_flee, to_scenario
>>> scenario = to_scenario(read_flee("mali2012"))  # doctest: +SKIP
"""

from crossings.importers.flee.case import FleeCase, Records
from crossings.importers.flee.directory import read_flee
from crossings.importers.flee.flows import persons_for
from crossings.importers.flee.identifiers import place_ids
from crossings.importers.flee.mapping import to_scenario

__all__ = [
    "FleeCase",
    "Records",
    "persons_for",
    "place_ids",
    "read_flee",
    "to_scenario",
]
