"""Directories that are broken, hostile or very large: every one gives lines, none a traceback."""

from __future__ import annotations

import os
import random
import re
from pathlib import Path

import pytest

from crossings.errors import Fault, InputError
from crossings.io.disk import UnreadableError, read_json
from crossings.scenario import Scenario, check
from crossings.scenario.ids import name_hash, queue_name
from two_gates import FILES, faults, write


def test_links_that_leave_the_directory_are_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("id,lat,lon,country\n")
    directory = write(tmp_path / "s")
    for name in ("roads.csv", "line.geojson"):
        (directory / name).unlink()
        (directory / name).symlink_to(secret)
    (directory / "exits.csv").unlink()
    (directory / "exits.csv").symlink_to("exits.csv")
    (directory / "claims.csv").rename(directory / "said.txt")
    (directory / "claims.csv").symlink_to("said.txt")
    lines = [str(fault) for fault in check(directory) if not fault.warning]
    assert "roads.csv: a link that leaves the directory; copy the file into the directory" in lines
    assert "line.geojson: a link that leaves the directory; copy the file into the directory" in lines
    assert any(line.startswith("exits.csv: ") for line in lines)
    assert not any(line.startswith("claims.csv") for line in lines)


def test_folders_pipes_and_devices_are_no_files(tmp_path: Path) -> None:
    directory = write(tmp_path / "s")
    for name in ("exits.csv", "claims.csv", "scenario.yaml"):
        (directory / name).unlink()
    (directory / "exits.csv").mkdir()
    os.mkfifo(directory / "claims.csv")
    (directory / "scenario.yaml").mkdir()
    lines = [str(fault) for fault in check(directory)]
    assert lines == [
        "scenario.yaml: this is a folder; a file is expected",
        "exits.csv: this is a folder; a file is expected",
        "claims.csv: this is not a regular file; a file is expected",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_files(tmp_path: Path) -> None:
    directory = write(tmp_path / "s")
    (directory / "roads.csv").chmod(0)
    assert "roads.csv: the file cannot be read: Permission denied; make it a readable file" in map(
        str, check(directory)
    )


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    directory = write(tmp_path / "s")
    with (directory / "roads.csv").open("r+b") as stream:
        stream.truncate(200_000_001)
    assert [str(fault) for fault in check(directory)] == ["roads.csv: the file is too large; at most 200 MB are read"]


def test_very_many_faults_are_cut_and_counted(tmp_path: Path) -> None:
    roads = FILES["roads.csv"] + ",vyborg,nowhere,-1,,\n" * 3000
    places = FILES["places.csv"] + "x\n" * 300
    lines = faults(
        tmp_path, {"roads.csv": roads, "places.csv": places, "lanes.csv": ("v-asylum,vaali", "v-asylum,vali")}
    )
    assert 10 < len(lines) <= 21
    assert "lanes.csv:2: crossing: unknown crossing 'valimaa'; did you mean 'vaalimaa'?" in lines
    assert re.fullmatch(r"\.\.\.: [\d,]+ more faults are not shown; correct the others first", lines[-1])
    with pytest.raises(InputError) as error:
        Scenario.read(tmp_path / "s")
    assert 10 < len(error.value.faults) <= 21


def test_names_with_one_hash_are_refused(tmp_path: Path) -> None:
    seen: dict[int, str] = {}
    for number in range(1_000_000):
        name = f"order:o{number}"
        other = seen.setdefault(name_hash(name), name)
        if other != name:
            break
    pair = [word.removeprefix("order:") for word in (other, name)]
    closures = FILES["closures.csv"].replace(",south", f",{pair[0]}").replace(",late,", f",{pair[1]},")
    what = f"the names 'order:{pair[0]}' and 'order:{pair[1]}' have the same 32-bit hash"
    assert faults(tmp_path, {"closures.csv": closures}) == [f"closures.csv:3: {what}; change one of the names a little"]


def test_the_name_of_a_queue_does_not_depend_on_the_order_of_streams() -> None:
    assert (
        queue_name("c", "FI", "entry", ("b", "a"))
        == "queue:c|FI|entry|a;b"
        == queue_name("c", "FI", "entry", ("a", "b"))
    )


def test_a_large_network_is_read(tmp_path: Path) -> None:
    places, roads = FILES["places.csv"], FILES["roads.csv"]
    places += "".join(f"n{k},,60.5,30.5,RU,town,,,\n" for k in range(4_000))
    roads += "".join(f"r{k},n{k % 3_999},n{k % 3_999 + 1},1.5,0.1,\n" for k in range(12_000))
    assert faults(tmp_path, {"places.csv": places, "roads.csv": roads}) == []


WORDS = [
    *(
        "",
        "-1",
        "nan",
        "1e999",
        "9" * 30,
        "FI",
        "XX",
        "vaalimaa",
        "asylum",
        "cars",
        "petersburg",
        "2023-11-31",
        "25:00",
    ),
    *("9999-12-31", "hours", "quota", "note", "late", "a;b;;a", ";", '"', "\0", "\x1b[2J", "[", "{", "}", "&a", "*a"),
    *(
        "!!python/name:os",
        "? ",
        "- ",
        "\t",
        "~",
        "0",
        "24/7",
        "../x",
        "line.geojson",
        "day",
        "x" * 10_001,
        "destination",
    ),
    *("exponential", "Europe", "\n", ",", "\r", "|", ": ", "\u202e", "\u0663", "\ud800"),
]


def mutated(text: str, chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.6:
        parts = re.split(r"([,;:\n \[\]{}])", text)
        for _ in range(chance.choice([1, 2, 5])):
            parts[chance.randrange(len(parts))] = chance.choice(WORDS)
        return "".join(parts)
    if kind < 0.8:
        start = chance.randrange(len(text) + 1)
        return text[:start] + chance.choice(WORDS) + text[start + chance.randrange(20) :]
    lines = text.split("\n")
    lines.insert(chance.randrange(len(lines)), lines.pop(chance.randrange(len(lines))))
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(60))
def test_no_content_makes_a_traceback(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    names = chance.sample(sorted(FILES), 2)
    changes = {name: mutated(FILES[name], chance).encode("utf-8", "surrogatepass") for name in names}
    directory = write(tmp_path / "s", {**changes})
    found = check(directory)
    assert all(isinstance(fault, Fault) and "\n" not in str(fault) for fault in found)
    wrong = [fault for fault in found if not fault.warning]
    if wrong:
        with pytest.raises(InputError):
            Scenario.read(directory)
    else:
        scenario = Scenario.read(directory)
        scenario.write(tmp_path / "again")
        assert Scenario.read(tmp_path / "again").hash == scenario.hash


@pytest.mark.parametrize("word", ["outside", "deterred", "stranded", "pending", "not crossed"])
def test_a_crossing_is_not_called_like_a_result(tmp_path: Path, word: str) -> None:
    directory = write(tmp_path / "s")
    for file in directory.iterdir():
        file.write_text(re.sub(r"\bvaalimaa\b(?!-)", word, file.read_text()))
    assert any(f"id '{word}' is a word of the results" in str(fault) for fault in check(directory))


@pytest.mark.parametrize(
    "value", ["Infinity", "-Infinity", "NaN", "1e999", "9" * 400, "[" * 60 + "]" * 60, "[" * 100_000 + "]" * 100_000]
)
def test_a_note_holds_no_number_that_is_not_finite_and_nothing_without_end(tmp_path: Path, value: str) -> None:
    note = tmp_path / "made_by.json"
    note.write_text('{"scenario": ' + value + "}")
    with pytest.raises(UnreadableError, match=r"this JSON (cannot be used|is nested too deeply)"):
        read_json(note)
