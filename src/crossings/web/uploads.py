"""A zip that somebody sends: unpacked within limits into a folder of its own, read, and thrown away. Nothing in it is run."""

from __future__ import annotations

import io
import stat
import tempfile
import zipfile
from collections.abc import Sequence
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
        root = _root(folder, skipped)
        notes = [*([_left_out(skipped)] if skipped else []), *_beside(folder, root)]
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
    if not raw:
        raise InputError("the zip", "is empty", "send a zip of a scenario directory")
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
            if (twice := _twice([e.filename for e in wanted])) is not None:
                raise InputError(twice[:80], "is in the zip twice, or a file and a folder", "put it in once")
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


def _twice(names: Sequence[str]) -> str | None:
    """The first name that is there again, or is a folder of another; None where each file has its own."""
    taken: set[PurePosixPath] = set()
    folders = {parent for name in names for parent in PurePosixPath(name).parents}
    for name in names:
        path = PurePosixPath(name)
        if path in taken or path in folders:
            return name
        taken.add(path)
    return None


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
    if not name.isprintable():
        return Fault(shown, "has a sign in its name that cannot be shown", "give the file another name")
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        return Fault(shown, "is a path that leaves the zip's folder", "put plain file names into the zip")
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


def _root(folder: Path, skipped: Sequence[str]) -> Path:
    """The folder of the scenario or Flee directory: zips often have folders around it, and other files beside it."""
    folders = [folder, *(path for path in sorted(folder.rglob("*")) if path.is_dir())]
    found: list[Path] = []
    for path in folders:
        if ((path / "scenario.yaml").exists() or _is_flee(path)) and not any(
            path.is_relative_to(above) for above in found
        ):
            found.append(path)
    if len(found) > 1:
        named = ", ".join(path.relative_to(folder).as_posix()[:80] for path in found[:5])
        raise InputError("the zip", f"holds {counted(len(found), 'scenario')}: {named}", "send a zip of one of them")
    if found:
        return found[0]
    if any((path / "node.csv").exists() and (path / "link.csv").exists() for path in folders):
        instead = "make one with crossings import gmns, then zip that directory"
        raise InputError("the zip", "holds a road network in GMNS, and no scenario", instead)
    while len(inside := sorted(folder.iterdir())) == 1 and inside[0].is_dir():
        folder = inside[0]
    if not inside:
        what = f"holds no file that is read, only {', '.join(skipped[:3])}" if skipped else "holds no file"
        raise InputError("the zip", what, "zip a scenario directory")
    return folder


def _beside(folder: Path, root: Path) -> list[str]:
    """One line for files outside the folder that is read, where there are such."""
    others = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_relative_to(root)]
    if not others:
        return []
    shown = ", ".join(path.relative_to(folder).as_posix()[:80] for path in others[:3])
    more = f" and {len(others) - 3:,} more" if len(others) > 3 else ""
    return [f"not read: {shown}{more}; the scenario is that in the folder {root.relative_to(folder).as_posix()[:80]}"]
