"""OpenStreetMap extracts (.osm.pbf or .osm) to a first scenario of a land border.

>>> from crossings.importers.osm import Wish, read_extract, to_scenario
>>> extract = read_extract("karelia.osm.pbf", "FI", "RU")  # doctest: +SKIP
>>> made = to_scenario(extract, Wish("FI", "RU"))  # doctest: +SKIP
"""

from crossings.importers.osm.extract import Extract, read_extract
from crossings.importers.osm.mapping import Made, Wish, to_scenario

__all__ = ["Extract", "Made", "Wish", "read_extract", "to_scenario"]
