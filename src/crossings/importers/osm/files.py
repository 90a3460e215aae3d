"""Files of OpenStreetMap: which form a file has by its first bytes, how much of it is accepted, and where its nodes lie."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.errors import InputError
from crossings.io.disk import UnreadableError, open_regular

MAX_PBF_BYTES = 6_000_000_000
MAX_XML_BYTES = 2_000_000_000  # unpacked
MAX_TOKEN = 4_000_000  # bytes without a < in XML: the reader would hold an attribute without end in memory whole
CUT = "cut a smaller one with: osmium extract -b W,S,E,N IN.osm.pbf -o OUT.osm.pbf"
_CHUNK = 1 << 20
_PACKED = {b"\x1f\x8b": "gz", b"BZ": "bz2"}
_FORMS = "OSM PBF, OSM XML (plain, .gz or .bz2) or o5m"


def file_format(file: Path) -> str:
    """The form of an extract by its content: pbf, osm, osm.gz, osm.bz2 or o5m. Raises InputError for anything else.

    XML is gone through once before the reader sees it, so that neither a document type nor a text without end reaches it.
    """
    try:
        with open_regular(file) as stream:
            head, size = stream.read(65536), os.fstat(stream.fileno()).st_size
    except UnreadableError as error:
        raise InputError(error.fault(str(file))) from None
    packed = _PACKED.get(head[:2])
    binary = "pbf" if b"OSMHeader" in head[:64] else "o5m" if head[:7] == b"\xff\xe0\x04o5m2" else ""
    if file.name.endswith(".pbf") and not binary:
        what = "this is not an OSM PBF file"
        raise InputError(str(file), what, "name an extract in PBF, such as those of a mirror")
    most = MAX_PBF_BYTES if binary else MAX_XML_BYTES
    if size > most and not packed:
        raise InputError(str(file), f"{size / 1e9:,.1f} GB are more than the {most / 1e9:g} accepted", CUT)
    if binary:
        return binary
    try:
        _check_xml(file, packed)
    except (OSError, EOFError, zlib.error) as error:
        said = " ".join(str(error).split())[:120]
        raise InputError(str(file), f"this extract cannot be read: {said}", "fetch or cut it again") from None
    return f"osm.{packed}" if packed else "osm"


def _check_xml(file: Path, packed: str | None) -> None:
    """Refuse what is no OSM XML, has a document type, or holds more than is accepted."""
    with contextlib.ExitStack() as stack:
        stream: Any = stack.enter_context(file.open("rb"))
        if packed:
            stream = stack.enter_context(gzip.GzipFile(fileobj=stream) if packed == "gz" else bz2.BZ2File(stream))
        head = stream.read(65536)
        if re.search(rb"<!(DOCTYPE|ENTITY)", head):
            raise InputError(str(file), "an XML document type or entity", "remove it: OSM files have none")
        if b"<osm" not in head:
            what = f"this is neither {_FORMS}"
            raise InputError(str(file), what, "convert it with: osmium cat IN -o OUT.osm.pbf")
        total, since = len(head), 0
        for chunk in iter(lambda: stream.read(_CHUNK), b""):
            total += len(chunk)
            last = chunk.rfind(b"<")
            since = len(chunk) - last if last >= 0 else since + len(chunk)
            if total > MAX_XML_BYTES:
                what = f"unpacked it is more than the {MAX_XML_BYTES / 1e9:g} GB accepted"
                raise InputError(str(file), what, "convert it with: osmium cat IN -o OUT.osm.pbf")
            if since > MAX_TOKEN:
                raise InputError(str(file), "this extract cannot be read: a text without end", "fetch or cut it again")


def osmium_file(file: Path, form: str) -> Any:
    """The file for pyosmium, with its form given, as names say little."""
    import osmium

    return osmium.io.File(str(file), form)


@contextlib.contextmanager
def told(file: Path) -> Iterator[None]:
    """What the reader says, as a fault."""
    import osmium

    try:
        yield
    except (RuntimeError, ValueError, OSError, SystemError, osmium.InvalidLocationError) as error:
        said = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(str(file), f"this extract cannot be read: {said}", "fetch or cut it again") from None


def positions(
    file: Any, wanted: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Ids, ascending, longitudes and latitudes of the nodes of ``wanted`` (ascending) that the file has.

    All its nodes are held for a moment, 16 bytes each: memory grows with the file, not with the largest id.
    """
    import osmium

    lon, lat = np.full(len(wanted), np.nan), np.full(len(wanted), np.nan)
    index = osmium.index.create_map("sparse_mem_array")
    handler = osmium.NodeLocationsForWays(index)
    handler.ignore_errors()
    reader = osmium.io.Reader(file, osmium.osm.NODE)
    osmium.apply(reader, handler)
    reader.close()
    # The index is sorted when the first way comes; one is handed over, as files need not hold their ways after their nodes.
    osmium.apply(osmium.io.FileBuffer(b'<osm version="0.6"><way id="1"><nd ref="1"/></way></osm>', "osm"), handler)
    for k, ref in enumerate(wanted.tolist()):
        if ref >= 0:
            with contextlib.suppress(KeyError):
                place = index.get(ref)
                if place.valid():
                    lon[k], lat[k] = place.lon, place.lat
    if len(wanted) and wanted[0] < 0:  # ids of what was drawn and never uploaded: the index has none of them
        row = {int(ref): k for k, ref in enumerate(wanted[wanted < 0].tolist())}
        nodes: Any = osmium.FileProcessor(file, osmium.osm.NODE)
        for node in nodes:
            k = row.get(node.id, -1)
            if k >= 0 and node.location.valid():
                lon[k], lat[k] = node.location.lon, node.location.lat
    there = ~np.isnan(lon)
    return wanted[there], lon[there], lat[there]
