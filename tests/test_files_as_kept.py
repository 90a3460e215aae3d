"""Three files as people keep them: headings, encodings, totals, months and thousands that are clear are read, with a note; others
are refused.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from crossings.errors import InputError
from crossings.forecasting.episode import Episode
from crossings.forecasting.history import read_files
from crossings.forecasting.starting import Given, write_scenario_of
from crossings.importers.encodings import written_in

SITES = "id,name,lat,lon\nnorth,Nord,52,23\nsouth,Süd,51,23\n"
ORDERS = "order,crossings,from,until,kind\nshut,north,2023-03-01,2023-03-31,closed\n"


def read(folder: Path, counts: str | bytes, sites: str | bytes = SITES, orders: str | bytes = ORDERS) -> Episode:
    for name, text in (("counts", counts), ("crossings", sites), ("closures", orders)):
        (folder / f"{name}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_files(*(folder / f"{name}.csv" for name in ("counts", "crossings", "closures")))


def values(episode: Episode) -> list[tuple[str, str, float]]:
    return [(c.series.crossings[0], f"{c.start:%Y-%m-%d}", c.value) for c in episode.counts]


@pytest.mark.parametrize(
    ("counts", "note"),
    [
        ("Port,Date,Value\nnorth,2023-01,1200\nsouth,2023-01,90\n", "column 'Port' is read as 'crossing'"),
        ("Border crossing,month,number\nnorth,2023-01,1200\nsouth,2023-01,90\n", "'Border crossing' is read as"),
        ("crossing,month,count\nnorth,2023-01,1200\nsouth,2023-01,90\nTotal,2023-01,1290\n", "totals are left out: 1"),
        ("crossing,month,count\nnorth,2023-01,1200\nsouth,2023-01,90\nnorth,Total,1290\n", "totals are left out: 1"),
        ("crossing,month,count\nNord,2023-01,1200\nSOUTH,2023-01,90\n", "no column 'stream'"),
        ("crossing,month,count\nSüd,Jan 2023,90\nnorth,January 2023,1200\n", "no column 'stream'"),
        ("crossing;month;count\nnorth;styczeń 2023;1200\nsouth;janvier 2023;90\n", "no column 'stream'"),
        ("crossing,month,count\nnorth,2023-01,1'200\nsouth,2023-01,90\n", "1'200 is 1200"),
        ('crossing,month,count\nnorth,2023-01,"1,200"\nsouth,2023-01,90\n', "no column 'stream'"),
        ("crossing,month,count\nnorth,2023-01,1 200\nsouth,2023-01,90\n", "no column 'stream'"),
        ("Monthly table\n\ncrossing,month,count\nnorth,2023-01,1200\nsouth,2023-01,90\n", "no column 'stream'"),
        ("crossing,month,count\nnorth,2023-01,1200\nSüd,2023-01,90\n".encode("cp1252"), "read as Windows-1252"),
    ],
)
def test_what_is_clear_is_read_and_said(tmp_path: Path, counts: str | bytes, note: str) -> None:
    episode = read(tmp_path, counts)
    assert sorted(values(episode)) == [("north", "2023-01-01", 1200.0), ("south", "2023-01-01", 90.0)]
    assert any(note in line for line in episode.notes)
    assert {(c.end - c.start).days for c in episode.counts} == {31}


def test_points_between_thousands_are_read_where_a_number_has_two_or_several_have_one(tmp_path: Path) -> None:
    rows = "crossing;month;count\nnorth;2023-01;1.234.567\nsouth;2023-01;1.250\n"
    assert sorted(v for *_, v in values(read(tmp_path, rows))) == [1250.0, 1234567.0]
    several = "crossing;month;count\n" + "".join(f"north;2023-0{m};{m}.25{m}\n" for m in range(1, 5))
    assert [v for *_, v in values(read(tmp_path, several))] == [1251.0, 2252.0, 3253.0, 4254.0]
    decimals = "crossing;month;count\nnorth;2023-01;1.234\nnorth;2023-02;12.5\nnorth;2023-03;1.5\n"
    assert [v for *_, v in values(read(tmp_path, decimals))] == [1.234, 12.5, 1.5]


def test_crossings_and_orders_answer_to_other_headings(tmp_path: Path) -> None:
    episode = read(
        tmp_path,
        "Port,Measure,Date,Value\nnorth,Trucks,2023-01,5\n",
        "Port,Latitude,Longitude\nnorth,52,23\n",
        "order,Port,from,kind\nshut,North,2023-03-01,closed\nTotal,Total,,\n",
    )
    assert list(episode.sites) == ["north"]
    assert episode.sites["north"].lat == 52.0
    assert episode.orders[0].crossings == ("north",)
    assert episode.counts[0].series.stream == "Trucks"


KEPT = [
    ("Кузница", "windows-1251"),
    ("Kuźnica główna", "windows-1250"),
    ("Φυλάκιο", "windows-1253"),
    ("罗湖", "gb18030"),
    ("羅湖", "big5"),
]


@pytest.mark.parametrize(("name", "encoding"), KEPT)
def test_other_encodings_are_read_when_they_are_said_and_shown_when_not(
    tmp_path: Path, name: str, encoding: str
) -> None:
    sites, counts = (
        f"id,name\nnorth,{name}\nsouth,S\n",
        f"crossing,month,count\n{name},2023-01,1200\nsouth,2023-01,90\n",
    )
    with pytest.raises(InputError, match="is not UTF-8; save the file as UTF-8 text, or say") as refused:
        read(tmp_path, counts.encode(encoding), sites.encode(encoding))
    assert any(f"'{name}' in {encoding}" in str(fault) for fault in refused.value.faults)
    with written_in(encoding):
        episode = read(tmp_path, counts.encode(encoding), sites.encode(encoding), ORDERS)
    assert sorted(values(episode)) == [("north", "2023-01-01", 1200.0), ("south", "2023-01-01", 90.0)]
    assert f"counts.csv: not UTF-8: read as {encoding}" in episode.notes
    assert episode.sites["north"].name == name


@pytest.mark.parametrize("mark", ["utf-16", "utf-8-sig"])
def test_a_mark_tells_what_excel_wrote(tmp_path: Path, mark: str) -> None:
    counts = "crossing\tmonth\tcount\nКузница\t2023-01\t1200\nsouth\t2023-01\t90\n".encode(mark)
    with written_in("big5"):  # of files without a mark
        episode = read(tmp_path, counts, "id,name\nnorth,Кузница\nsouth,S\n")
    assert len(values(episode)) == 2


def test_an_encoding_that_a_file_is_not_in_or_nobody_knows(tmp_path: Path) -> None:
    with written_in("gb18030"), pytest.raises(InputError, match=r"closures\.csv:2: neither UTF-8 nor gb18030"):
        read(
            tmp_path,
            "crossing,month,count\nnorth,2023-01,5\n",
            orders=b"order,crossings,from\nshut,\xff\xff,2023-03-01\n",
        )
    with pytest.raises(InputError, match="did you mean 'windows-1251'"), written_in("windows1251x"):
        pass
    for name in ("base64", "unicode_escape", "raw_unicode_escape", "utf-7", "utf-16", "rot13", ""):
        with pytest.raises(InputError, match=f"'{name}' is not an encoding"), written_in(name):
            raise AssertionError(name)
    with pytest.raises(InputError, match="'klingon' is not an encoding"), written_in("klingon"):
        pass


def test_a_scenario_keeps_the_files_in_utf_8(tmp_path: Path) -> None:
    sites = "id,name,lat,lon\nnorth,Кузница,52,23\nsouth,Брест,51,23\n"
    counts = "crossing,month,count\n" + "".join(f"Кузница,2023-{m:02d},1200\n" for m in range(1, 13))
    for name, text in (("counts", counts), ("crossings", sites), ("closures", ORDERS)):
        (tmp_path / f"{name}.csv").write_bytes(text.encode("windows-1251"))
    given = Given(*(tmp_path / f"{name}.csv" for name in ("counts", "crossings", "closures")), None, None)
    with written_in("windows-1251"):
        write_scenario_of(given, tmp_path / "made", "made", "UTC", ("PL", "BY"))
    assert "Кузница" in (tmp_path / "made" / "history" / "counts.csv").read_text(encoding="utf-8")
    assert "Кузница" in (tmp_path / "made" / "crossings.csv").read_text(encoding="utf-8")


def test_a_name_that_two_crossings_have_is_not_clear(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown crossing 'Bridge'"):
        read(tmp_path, "crossing,month,count\nBridge,2023-01,5\n", "id,name\nnorth,Bridge\nsouth,Bridge\n")
