"""GMNS, the General Modeling Network Specification (0.96): its networks to a scenario, and a scenario to its files.

>>> from crossings.importers.gmns import gmns_files, read_gmns
>>> from crossings.scenario import Scenario
>>> sorted(gmns_files(Scenario.read("two-crossings")))
['config.csv', 'link.csv', 'link_tod.csv', 'node.csv', 'use_definition.csv']
"""

from crossings.importers.gmns.network import read_gmns
from crossings.importers.gmns.units import length_name
from crossings.importers.gmns.writer import gmns_files

__all__ = ["gmns_files", "length_name", "read_gmns"]
