"""Results and scenarios in the forms that other tools read: GeoJSON, CSV (HXL), Parquet, Flee's out.csv, GMNS, datapackage.json,
XLSX.

>>> from crossings.exporters import FORMATS
>>> sorted(FORMATS)
['csv', 'datapackage', 'flee', 'geojson', 'gmns', 'parquet', 'xlsx']
"""

from crossings.exporters.bundle import Bundle, read_bundle, run_bundle
from crossings.exporters.formats import FORMATS, export_files

__all__ = ["FORMATS", "Bundle", "export_files", "read_bundle", "run_bundle"]
