"""OpenStreetMap extracts (.osm.pbf, .osm, .osm.gz, .osm.bz2) to a first scenario of a land border.

>>> from crossings.importers.osm import Wish, read_extract, to_scenario
>>> extract = read_extract("karelia.osm.pbf")  # doctest: +SKIP
>>> made = to_scenario(extract, Wish("FI", "RU"))  # doctest: +SKIP
"""

from crossings.importers.osm.extract import Extract, read_extract
from crossings.importers.osm.mapping import OsmImport, Wish, to_scenario
from crossings.importers.osm.towns import GivenTown

__all__ = ["Extract", "GivenTown", "OsmImport", "Wish", "read_extract", "to_scenario"]
