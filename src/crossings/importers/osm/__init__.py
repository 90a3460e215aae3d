"""OpenStreetMap extracts (.osm.pbf, .osm, .osm.gz, .osm.bz2) to a first scenario of a land border.

>>> from crossings.importers.osm import OsmRequest, read_extract, to_scenario
>>> extract = read_extract("karelia.osm.pbf")  # doctest: +SKIP
>>> made = to_scenario(extract, OsmRequest("FI", "RU"))  # doctest: +SKIP
"""

from crossings.importers.osm.extract import read_extract
from crossings.importers.osm.mapping import to_scenario
from crossings.importers.osm.request import GivenTown, OsmRequest

__all__ = ["GivenTown", "OsmRequest", "read_extract", "to_scenario"]
