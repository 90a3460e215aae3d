"""A zip that somebody sends: unpacked within limits into a folder of its own, read, and thrown away. Nothing in it is run."""

from __future__ import annotations

import io
import stat
import tempfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from crossings.errors import Fault, InputError
from crossings.importers.flee import place_ids, read_flee, to_scenario
from crossings.io.faults import counted, rest
from crossings.scenario import Scenario, check

MAX_UPLOAD = 20_000_000
MAX_UNPACKED = 60_000_000
MAX_OUTLINES = 8_000_000  # bytes of a GeoJSON file: as Python objects it takes twenty times as much
MAX_ENTRIES = 20_000
MAX_FILES = 300
MAX_DEPTH = 4
SWEEP = "SWEEP"
SUFFIXES = (".csv", ".yaml", ".yml", ".geojson", ".json", ".md", ".txt")
CHUNK = 1 << 16


class Upload(NamedTuple):
    """What was sent: the scenario, what there is to say about it, and of a Flee directory who was counted, place → [days]."""

    scenario: Scenario
    notes: list[str]
    counted: dict[str, NDArray[np.float64]] | None = None


def read_upload(raw: bytes) -> Upload:
    """The scenario in a zip of a scenario directory or of a Flee directory, and what there is to say about it.

    Raises InputError with every fault, as `crossings check` says them.
    """
    with tempfile.TemporaryDirectory(prefix="crossings-upload-") as name:
        folder = Path(name) / "uploaded"  # so that what looks for a file beside the folder stays within the workspace
        folder.mkdir()
        skipped = _unpack(raw, folder)
        notes = [_left_out(skipped)] if skipped else []
        root = _root(folder)
        try:
            if not (root / "scenario.yaml").exists() and _is_flee(root):
                case = read_flee(root)
                ids = place_ids(case)
                counted = {ids[camp]: case.counts[c, : case.days] for c, camp in enumerate(case.camps)}
                # In hindsight, as `crossings validate`: the counts beside it on the page are those that Flee scores.
                return Upload(to_scenario(case, hindsight=True), notes + list(case.notes), counted)
            warnings = [str(fault) for fault in check(root) if fault.warning]
            return Upload(Scenario.read(root), warnings + notes)
        except InputError as error:
            raise InputError([_hidden(fault, root) for fault in error.faults]) from None


def _left_out(names: list[str]) -> str:
    """One line for all files that are not read."""
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")
    return f"not read: {shown}; only {', '.join(SUFFIXES)} are, at most {MAX_DEPTH} folders deep, and no {SWEEP} folder"


def _is_flee(root: Path) -> bool:
    return (root / "input_csv").is_dir() or (root / "sim_period.csv").exists()


def _hidden(fault: Fault, root: Path) -> Fault:
    """A fault that does not say where on this machine the folder was."""
    what, instead = (text.replace(f"{root}/", "").replace(str(root), "the zip") for text in (fault.what, fault.instead))
    return Fault(fault.where.replace(f"{root}/", "").replace(str(root), "the zip"), what, instead, fault.warning)


def _unpack(raw: bytes, folder: Path) -> list[str]:
    """Write the files of a zip into a folder; returns those that are not. Sizes are counted, not believed."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise InputError(
                    "the zip", f"holds {counted(len(entries), 'file')}, folders among them", f"at most {MAX_ENTRIES:,}"
                )
            faults = [fault for entry in entries if (fault := _refused(entry)) is not None]
            if faults:
                raise InputError([*faults[:20], *([rest(len(faults) - 20)] if len(faults) > 20 else [])])
            room = MAX_UNPACKED
            files = [e for e in entries if not e.is_dir() and not _hidden_file(PurePosixPath(e.filename))]
            wanted = [e for e in files if _wanted(PurePosixPath(e.filename))]
            skipped = [e.filename[:80] for e in files if not _wanted(PurePosixPath(e.filename))]
            if len(wanted) > MAX_FILES:
                raise InputError("the zip", f"holds {counted(len(wanted), 'file')}", f"at most {MAX_FILES} are read")
            for entry in wanted:
                name = PurePosixPath(entry.filename)
                most = min(room, MAX_OUTLINES) if "json" in name.suffix.lower() else room
                room -= _write(archive, entry, folder / name, most)
            return skipped
    except InputError:
        raise
    except Exception:  # a damaged zip ends in errors of many kinds, those of the decompressors among them
        raise InputError(
            "the zip", "cannot be read", "send a zip of a scenario directory, without a password"
        ) from None


def _hidden_file(path: PurePosixPath) -> bool:
    """What systems leave beside the files of people."""
    return not path.parts or path.parts[0] == "__MACOSX" or path.name.startswith(".")


def _wanted(path: PurePosixPath) -> bool:
    """Whether a file may be one of a scenario; FabFlee keeps whole copies of its cases in folders named SWEEP."""
    fits = len(path.parts) <= MAX_DEPTH and all(len(part) <= 120 for part in path.parts)
    return fits and SWEEP not in path.parts and path.suffix.lower() in SUFFIXES


def _refused(entry: zipfile.ZipInfo) -> Fault | None:
    name = entry.filename
    shown = name[:80]
    path = PurePosixPath(name)
    mode = entry.external_attr >> 16
    if stat.S_ISLNK(mode) or (stat.S_IFMT(mode) and not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)):
        return Fault(shown, "is not a regular file", "put plain files into the zip")
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or not name.isprintable():
        return Fault(shown, "is a path that leaves the zip's folder, or none", "put plain file names into the zip")
    if not path.parts:
        return Fault(shown, "is not the name of a file", "put plain file names into the zip")
    if entry.flag_bits & 1:
        return Fault(shown, "is encrypted", "send it without a password")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return Fault(shown, "is packed in a way that is not read here", "zip it as usual (deflate)")
    return None


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, room: int) -> int:
    """Unpack one file; returns its size. Stops where the room ends, whatever the zip says of the size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with archive.open(entry) as source, path.open("xb") as target:
        while chunk := source.read(CHUNK):
            size += len(chunk)
            if size > room:
                where, most = (
                    entry.filename[:80],
                    f"at most {MAX_UNPACKED / 1e6:g} MB in all, {MAX_OUTLINES / 1e6:g} MB of GeoJSON",
                )
                raise InputError(where, "unpacks to more than is read here", most)
            target.write(chunk)
    return size


def _root(folder: Path) -> Path:
    """The folder that holds the files: zips often have one folder around them."""
    for _ in range(MAX_DEPTH):
        inside = sorted(folder.iterdir())
        if (folder / "scenario.yaml").exists() or len(inside) != 1 or not inside[0].is_dir():
            break
        if inside[0].name in ("input_csv", "source_data"):
            break
        folder = inside[0]
    if not any(folder.iterdir()):
        raise InputError("the zip", "holds no file that is read", "zip a scenario directory")
    return folder
