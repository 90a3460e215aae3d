"""A zip that somebody sends is read within limits, or refused in lines; nothing leaves the folder, nothing stays."""

from __future__ import annotations

import io
import stat
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

import flee_cases
import two_gates
from crossings.errors import InputError
from crossings.importers.flee import read_flee, to_scenario
from crossings.scenario import Scenario, check
from crossings.web import uploads
from crossings.web.uploads import read_upload


def packed(files, folder="", **more):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(f"{folder}{name}", text, **more)
    return out.getvalue()


def directory(path):
    return {str(p.relative_to(path)): p.read_bytes() for p in sorted(path.rglob("*")) if p.is_file()}


@pytest.fixture
def kept_clean(monkeypatch, tmp_path):
    """Temporary folders go to one that must be empty in the end."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield place
    assert list(place.iterdir()) == []


def lines(raw):
    with pytest.raises(InputError) as caught:
        read_upload(raw)
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize("folder", ["", "mine/", "a/b/"])
def test_a_scenario_directory(tmp_path, kept_clean, folder):
    path = two_gates.write(tmp_path / "s")
    found, notes, _ = read_upload(packed(directory(path), folder))
    assert found == Scenario.read(path)
    assert notes == [str(f) for f in check(path)]


def test_faults_are_those_of_check(tmp_path, kept_clean):
    path = two_gates.write(
        tmp_path / "s", {"crossings.csv": ("vaalimaa", "valimaa"), "scenario.yaml": ("start: 2023-11-13", "start: 13")}
    )
    said = lines(packed(directory(path)))
    assert said == [str(f) for f in check(path) if not f.warning]
    assert len(said) > 1
    assert not any(str(kept_clean) in line for line in said)


def test_a_flee_directory(tmp_path, kept_clean):
    path = flee_cases.write_case(tmp_path / "case")
    found, notes, _ = read_upload(packed(directory(path), "case/"))
    assert found.settings.name == "case"
    assert found.crossings or found.places
    assert not any(str(kept_clean) in note for note in notes)


def test_a_flee_directory_is_run_as_it_is_scored(tmp_path, kept_clean):
    """Counts that a new registration took back: who comes on the page is who comes in `crossings validate`."""
    dell = "2020-01-01,100\n2020-01-05,300\n2020-01-08,150\n2020-01-20,400\n"
    changes = {"input_csv/registration_corrections.csv": "Dell,2020-01-08\n", "source_data/dell.csv": dell}
    path = flee_cases.write_case(tmp_path / "case", changes)
    case = read_flee(path)
    found, _, counted = read_upload(packed(directory(path), "small/"))
    assert found == to_scenario(case, hindsight=True)
    assert found != to_scenario(case)
    np.testing.assert_array_equal(np.array(list(counted.values())), case.counts[:, : case.days])


def test_other_files_are_named_and_not_read(tmp_path, kept_clean):
    files = directory(two_gates.write(tmp_path / "s")) | {
        "run.sh": b"touch /tmp/x",
        "a.png": b"\x89PNG",
        ".hidden.csv": b"x",
        "__MACOSX/a.csv": b"x",
    }
    _, notes, _ = read_upload(packed(files))
    (line,) = [n for n in notes if "not read" in n]
    assert line.startswith("not read: run.sh, a.png; only .csv, ")


def test_folders_of_copies_are_left_out_in_one_line(tmp_path, kept_clean):
    """A case as it lies in FabFlee: with SWEEP folders of whole copies, deep and many."""
    case = directory(flee_cases.write_case(tmp_path / "case"))
    copies = {f"SWEEP/run{n}/{name}": raw for n in range(60) for name, raw in case.items()}
    deep = {f"SWEEP/run/a/b/c/{name}": raw for name, raw in case.items()}
    plain, first, _ = read_upload(packed(case, "case/"))
    found, notes, counted = read_upload(packed(case | copies | deep, "case/"))
    assert len(copies) > uploads.MAX_FILES
    assert found == plain
    assert [n for n in notes if n not in first] == [n for n in notes if n.startswith("not read: case/SWEEP")]
    assert len(notes) == len(first) + 1
    assert counted


@pytest.mark.parametrize(
    "name",
    [
        "../places.csv",
        "/etc/places.csv",
        "a/../../places.csv",
        "..\\places.csv",
        "c:places.csv",
    ],
)
def test_paths_that_leave_the_folder(kept_clean, name):
    said = lines(packed({"scenario.yaml": "name: x", name: "id\n"}))
    assert len(said) == 1
    assert "path" in said[0]


@pytest.mark.parametrize("name", ["a/b/c/d/e.csv", "x" * 130 + ".csv"])
def test_what_lies_too_deep_is_not_read(tmp_path, kept_clean, name):
    files = directory(two_gates.write(tmp_path / "s"))
    found, notes, _ = read_upload(packed(files | {name: b"id\n"}))
    assert found == Scenario.read(tmp_path / "s")
    assert any(note.startswith(f"not read: {name[:80]}") for note in notes)


def test_links_devices_and_passwords(kept_clean):
    for mode in (stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR):
        entry = zipfile.ZipInfo("places.csv")
        entry.external_attr = (mode | 0o777) << 16
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr(entry, "/etc/passwd")
        assert "not a regular file" in lines(out.getvalue())[0]
    raw = bytearray(packed({"places.csv": "id\n"}))
    for at in (raw.index(b"PK\x03\x04") + 6, raw.index(b"PK\x01\x02") + 8):
        raw[at] |= 1
    assert "encrypted" in lines(bytes(raw))[0]


def test_a_bomb_is_stopped_by_what_comes_out(kept_clean, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_UNPACKED", 1_000_000)
    monkeypatch.setattr(uploads, "MAX_OUTLINES", 100_000)
    bomb = packed({"places.csv": b"0" * 5_000_000})
    assert len(bomb) < 10_000
    assert "unpacks to more" in lines(bomb)[0]
    small = bomb.replace((5_000_000).to_bytes(4, "little"), (5).to_bytes(4, "little"))  # it says that it is small
    assert lines(small)
    assert "unpacks to more" in lines(packed({"line.geojson": b"0" * 200_000}))[0]
    assert "unpacks to more" in lines(packed({f"{k}.csv": b"0" * 600_000 for k in range(2)}))[0]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_packings_are_refused(kept_clean, method):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("places.csv", "id\n" * 100)
    assert "packed in a way" in lines(out.getvalue())[0]


def test_what_is_no_zip(kept_clean):
    good = packed({"scenario.yaml": "name: x\n" * 50, "places.csv": "id\n" * 500})
    for raw in (b"", b"PK", b"hello", good[:-30], good[:60] + b"\0" * 40 + good[100:], b"\0" * 1000):
        assert len(lines(raw)) >= 1
    assert "holds no file" in lines(packed({}))[0]
    assert "301 files" in lines(packed({f"{k}.csv": "" for k in range(uploads.MAX_FILES + 1)}))[0]
    assert "20,001 files" in lines(packed({f"{k}.x": "" for k in range(uploads.MAX_ENTRIES + 1)}))[0]


def test_nothing_beside_the_folder_is_read(tmp_path, kept_clean):
    """Flee's settings may lie beside a case; here nothing beside the folder is ours."""
    (Path(tempfile.gettempdir()) / "simsetting.yml").write_text("move_rules: [broken")
    try:
        found, *_ = read_upload(packed(directory(flee_cases.write_case(tmp_path / "case"))))
    finally:
        (Path(tempfile.gettempdir()) / "simsetting.yml").unlink()
    assert found.settings.name == "uploaded"


def test_other_files_beside_the_scenario_are_named(tmp_path, kept_clean):
    files = directory(two_gates.write(tmp_path / "s"))
    raw = packed({**{f"mine/{name}": text for name, text in files.items()}, "README.txt": "x", "old/notes.txt": "y"})
    found, notes, _ = read_upload(raw)
    assert found == Scenario.read(tmp_path / "s")
    assert notes[-1] == "not read: README.txt, old/notes.txt; the scenario is that in the folder mine"


def test_what_is_no_scenario_is_told_for_what_it_is(tmp_path, kept_clean):
    scenario, case = directory(two_gates.write(tmp_path / "s")), directory(flee_cases.write_case(tmp_path / "f"))
    both = {
        **{f"one/{name}": text for name, text in scenario.items()},
        **{f"two/{n}": text for n, text in case.items()},
    }
    network = {"net/node.csv": "node_id\n", "net/link.csv": "link_id\n"}
    assert lines(packed(both)) == ["the zip: holds 2 scenarios: one, two; send a zip of one of them"]
    assert lines(packed(network))[0].startswith("the zip: holds a road network in GMNS, and no scenario; make one with")
    assert "no file that is read, only inner.zip" in lines(packed({"inner.zip": packed(scenario)}))[0]
    assert lines(b"") == ["the zip: is empty; send a zip of a scenario directory"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("names", [("places.csv", "places.csv"), ("a.csv", "a.csv/b.csv"), ("a.csv/b.csv", "a.csv")])
def test_two_of_one_name_are_one_line(kept_clean, names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    (said,) = lines(out.getvalue())
    assert said.endswith("is in the zip twice, or a file and a folder; put it in once")


@pytest.mark.parametrize("name", ["a\nb.csv", "\u202egnp.csv", "a\x1b[31m.csv"])
def test_a_name_that_cannot_be_shown_is_told(kept_clean, name):
    (said,) = lines(packed({name: "x"}))
    assert said.isprintable()
    assert "has a sign in its name that cannot be shown" in said
