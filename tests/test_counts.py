"""Counts and waits that others publish: what becomes of each row, and what is refused."""

from __future__ import annotations

import csv
import datetime as dt
import http.server
import json
import os
import threading
from pathlib import Path

import pytest

from crossings.cli import main

BTS = """Port Name,State,Port Code,Border,Date,Measure,Value,Latitude,Longitude,Point
San Ysidro,California,2504,US-Mexico Border,Jan 2024,Pedestrians,"1,000",32.5,-117.0,POINT (-117 32.5)
San Ysidro,California,2504,US-Mexico Border,Jan 2024,Personal Vehicle Passengers,90000,32.5,-117.0,POINT (-117 32.5)
Otay Mesa,California,2506,US-Mexico Border,Jan 2024,Trucks,3100,32.5,-116.9,POINT (-116.9 32.5)
Otay Mesa,California,2506,US-Mexico Border,Feb 2024,Trucks,2900,32.5,-116.9,POINT (-116.9 32.5)
Otay Mesa,California,2506,US-Mexico Border,Feb 2024,Truck Containers Loaded,2500,32.5,-116.9,POINT (-116.9 32.5)
"""
HXL = """Date,Crossing point,Arrivals,Women
#date,#loc+name,#affected,#affected+f
2022-02-24,Niirala,120,70
2022-02-25,Niirala,140,80
2022-02-25,Elsewhere,9,4
2022-02-26,Niirala,,
"""
LANE = {"update_time": "At 9:00 pm PST", "operational_status": "delay", "delay_minutes": "45", "lanes_open": "6"}
PORT = {
    "port_number": "250401",
    "border": "Mexican Border",
    "port_name": "San Ysidro",
    "crossing_name": "",
    "date": "2/24/2024",
    "time": "21:30:00",
    "commercial_vehicle_lanes": {
        "standard_lanes": {"operational_status": "N/A", "delay_minutes": "", "lanes_open": ""}
    },
    "passenger_vehicle_lanes": {
        "maximum_lanes": "26",
        "standard_lanes": LANE,
        "ready_lanes": LANE | {"operational_status": "no delay", "delay_minutes": "0", "update_time": "At Noon PST"},
        "NEXUS_SENTRI_lanes": LANE | {"operational_status": "Update Pending", "delay_minutes": ""},
    },
    "pedestrian_lanes": {"standard_lanes": LANE | {"operational_status": "Lanes Closed"}},
}


def observe(capsys, *words):
    with pytest.raises(SystemExit) as end:
        main(["observe", *[str(word) for word in words]])
    said = capsys.readouterr()
    return end.value.code, said.out, said.err


def saved(path: Path, content) -> Path:
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def series(*records):
    return {"data": {"timeseries": [{"data_date": date, "individuals": count} for date, count in records]}}


# --- UNHCR ---------------------------------------------------------------------------------------

UNHCR = ("--crossings", "vaalimaa,niirala", "--stream", "asylum", "--direction", "FI")


def test_daily_numbers_are_a_row_a_day(tmp_path, capsys):
    file = saved(tmp_path / "a.json", series(("2023-11-13", 39), ("2023-11-14", "55"), ("2023-11-15", None)))
    status, out, err = observe(capsys, "unhcr", file, *UNHCR, "--as", "daily", "--to", tmp_path / "o.csv")
    assert status == 0
    assert "2 observations at 2 crossings, 2023-11-13 to 2023-11-14" in out
    assert "not used: 1 row: without a number" in err
    rows = rows_of(tmp_path / "o.csv")
    assert [(r["from"], r["until"], float(r["count"]), r["crossings"]) for r in rows] == [
        ("2023-11-13", "2023-11-13", 39, "vaalimaa;niirala"),
        ("2023-11-14", "2023-11-14", 55, "vaalimaa;niirala"),
    ]


def test_running_totals_become_differences(tmp_path, capsys):
    file = saved(
        tmp_path / "a.json", series(("2023-11-16", 200), ("2023-11-13", 100), ("2023-11-14", 130), ("2023-11-17", 190))
    )
    status, out, err = observe(capsys, "unhcr", file, *UNHCR, "--as", "cumulative", "--json")
    rows = json.loads(out)["observations"]
    assert [(r["from"], r["until"], r["count"], r["status"]) for r in rows] == [
        ("2023-11-14T00:00:00", "2023-11-15T00:00:00", 30, "derived"),
        ("2023-11-15T00:00:00", "2023-11-17T00:00:00", 70, "derived"),
    ]
    assert status == 0
    assert "a running total that falls" in err


@pytest.mark.parametrize(
    ("content", "words", "said"),
    [
        (series(("2023-11-13", 1)), (*UNHCR,), "--as: the file does not say"),
        (series(("2023-11-13", 1)), ("--as", "daily", "--stream", "asylum"), "--crossings: the file names no crossing"),
        (series(("13/11/2023", 1)), (*UNHCR, "--as", "daily"), "a.json:record 1: data_date: '13/11/2023' is not a date"),
        (series(("2023-11-13", -1)), (*UNHCR, "--as", "daily"), "a.json:record 1: individuals '-1'"),
        (series(("2023-11-13", "1e3")), (*UNHCR, "--as", "daily"), "a.json:record 1: individuals '1e3'"),
        (series(("2023-11-13", 1), ("2023-11-13", 2)), (*UNHCR, "--as", "daily"), "a.json:record 2: a second number"),
        ('{"data": {"timeseries": [{"data_date": "2023-11-13", "individuals": NaN}]}}', (*UNHCR, "--as", "daily"), "a.json: this JSON cannot be used"),
        ("[" * 100_000, (*UNHCR, "--as", "daily"), "a.json"),
        ('{"data": []}', (*UNHCR, "--as", "daily"), "a.json: there is no data.timeseries"),
        ("{", (*UNHCR, "--as", "daily"), "a.json:1: this is not JSON"),
        (b"\xff\xff{}", (*UNHCR, "--as", "daily"), "a.json:1: byte 0xff"),
        (b"PK\x03\x04", (*UNHCR, "--as", "daily"), "a.json: this is a compressed file"),
        (b"\x1f\x8b\x08", (*UNHCR, "--as", "daily"), "a.json: this is a compressed file that cannot"),
    ],
)  # fmt: skip
def test_a_bad_series_is_one_line(tmp_path, capsys, content, words, said):
    status, out, err = observe(capsys, "unhcr", saved(tmp_path / "a.json", content), *words, "--to", tmp_path / "o.csv")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(said)
    assert not (tmp_path / "o.csv").exists()


# --- BTS -----------------------------------------------------------------------------------------


def test_monthly_entries_become_months(tmp_path, capsys):
    status, _, err = observe(capsys, "bts", saved(tmp_path / "b.csv", BTS), "--to", tmp_path / "o.csv")
    assert status == 0
    assert "measure 'Truck Containers Loaded', which counts no travellers" in err
    found = {
        (r["crossings"], r["streams"], r["from"], r["until"], float(r["count"]), r.get("unit", "persons"))
        for r in rows_of(tmp_path / "o.csv")
    }
    assert found == {
        ("san-ysidro", "pedestrians", "2024-01-01", "2024-01-31", 1000, "persons"),
        ("san-ysidro", "travellers", "2024-01-01", "2024-01-31", 90000, "persons"),
        ("otay-mesa", "trucks", "2024-01-01", "2024-01-31", 3100, "vehicles"),
        ("otay-mesa", "trucks", "2024-02-01", "2024-02-29", 2900, "vehicles"),
    }
    assert {r["direction"] for r in rows_of(tmp_path / "o.csv")} == {"US"}


@pytest.mark.parametrize("form", ["01/01/2024 12:00:00 AM", "2024-01-01T00:00:00.000", "January 2024"])
def test_the_publishers_forms_of_dates_are_one(tmp_path, capsys, form):
    text = "\n".join(BTS.replace("Jan 2024", form).split("\n")[:4])
    observe(capsys, "bts", saved(tmp_path / "b.csv", text), "--to", tmp_path / "o.csv")
    assert {r["from"] for r in rows_of(tmp_path / "o.csv")} == {"2024-01-01"}


def test_only_the_days_asked_for(tmp_path, capsys):
    words = ("--from", "2024-02-01", "--until", "2024-02-29", "--to", tmp_path / "o.csv")
    _, out, err = observe(capsys, "bts", saved(tmp_path / "b.csv", BTS), *words)
    assert "1 observation at 1 crossing," in out
    assert "outside the days asked for" in err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("Feb 2024,Trucks", "02/01/2024,Trucks"), "b.csv:5: '02/01/2024' is another form of date than Mon YYYY"),
        (("Jan 2024,Trucks", "yesterday,Trucks"), "b.csv:4: 'yesterday' is not a date"),
        (("3100", "nan"), "b.csv:4: Value: 'nan'"),
        (("3100", "-5"), "b.csv:4: Value: '-5'"),
        (("3100", "1e10"), "b.csv:4: Value: '1e10'"),
        (("3100", ""), "b.csv:4: Value: empty"),
        (("Port Name", "Harbour"), "b.csv:1: column 'Port Name' is missing"),
    ],
)
def test_a_bad_row_of_entries_is_one_line(tmp_path, capsys, change, said):
    status, out, err = observe(
        capsys, "bts", saved(tmp_path / "b.csv", BTS.replace(*change)), "--to", tmp_path / "o.csv"
    )
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(said)


def test_dates_in_three_forms_are_two_lines(tmp_path, capsys):
    text = BTS.replace("Feb 2024,Trucks", "02/01/2024,Trucks").replace("Jan 2024,Trucks", "2024-01-01,Trucks")
    status, _, err = observe(capsys, "bts", saved(tmp_path / "b.csv", text))
    assert (status, err.count("\n")) == (2, 2)


@pytest.mark.parametrize("cell", ["x" * 200_000, '"unclosed'])
@pytest.mark.parametrize("limit", [131_072, 10_000_000])  # as Python has it, and as some libraries set it for all
def test_a_line_without_end_is_one_line(tmp_path, capsys, cell, limit):
    csv.field_size_limit(limit)
    text = BTS.replace("San Ysidro", cell, 1) + "x" * 200_000
    status, _, err = observe(capsys, "bts", saved(tmp_path / "b.csv", text))
    assert (status, err.count("\n")) == (2, 1)
    assert len(err) < 500
    assert csv.field_size_limit(131_072) == limit


# --- HXL -----------------------------------------------------------------------------------------


def test_tagged_columns_are_found_and_names_matched(tmp_path, capsys):
    file = saved(tmp_path / "h.csv", HXL)
    words = ("--scenario", "finland-2023", "--stream", "asylum", "--direction", "FI", "--to", tmp_path / "o.csv")
    status, _, err = observe(capsys, "dtm", file, *words)
    assert status == 0
    assert [(r["crossings"], r["from"], float(r["count"])) for r in rows_of(tmp_path / "o.csv")] == [
        ("niirala", "2022-02-24", 120),
        ("niirala", "2022-02-25", 140),
    ]
    assert "1 place has no crossing of the name: 'Elsewhere'" in err
    assert "column #affected+f" in err
    assert "without a number" in err


def test_another_column_and_another_name_can_be_asked_for(tmp_path, capsys):
    file = saved(tmp_path / "h.csv", HXL)
    words = ("--scenario", "finland-2023", "--stream", "asylum", "--count", "#affected+f", "--match", "Elsewhere=salla")
    _, out, _ = observe(capsys, "hxl", file, *words, "--json")
    assert [(r["crossings"], r["count"]) for r in json.loads(out)["observations"]] == [
        (["niirala"], 70), (["niirala"], 80), (["salla"], 4),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words", "said"),
    [
        (("#date,#loc+name,#affected,#affected+f\n", ""), ("--stream", "asylum"), "h.csv: there is no row of HXL tags"),
        (("#date,", "#when,"), ("--stream", "asylum"), "h.csv: no column is tagged #date"),
        (("#loc+name", "#org"), ("--stream", "asylum"), "h.csv: no column is tagged #loc"),
        (("#affected,#affected+f", "#x,#y"), ("--stream", "asylum"), "h.csv: no column is tagged #affected"),
        (
            ("2022-02-25,Niirala", "25.2.2022,Niirala"),
            ("--stream", "asylum"),
            "h.csv:4: '25.2.2022' is another form of date",
        ),
        (("140", "inf"), ("--stream", "asylum"), "h.csv:4: #affected: 'inf'"),
        (("", ""), (), "--stream: the file names no stream"),
        (("", ""), ("--stream", "asylum", "--count", "#people"), "--count: no column is tagged '#people'"),
    ],
)
def test_a_bad_tagged_file_is_one_line(tmp_path, capsys, change, words, said):
    text = HXL.replace(*change) if change[0] else HXL
    status, out, err = observe(capsys, "hxl", saved(tmp_path / "h.csv", text), *words)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(said)


# --- CBP -----------------------------------------------------------------------------------------


def as_xml(port) -> str:
    def inner(value):
        return "".join(f"<{k}>{inner(v) if isinstance(v, dict) else v}</{k}>" for k, v in value.items())

    return f'<?xml version="1.0"?><border_wait_time><last_updated_date>2024-2-24</last_updated_date><port>{inner(port)}</port></border_wait_time>'


@pytest.mark.parametrize("content", [[PORT], {"port": [PORT]}, as_xml(PORT)], ids=["list", "object", "xml"])
def test_waits_are_read_and_what_says_nothing_is_not_zero(tmp_path, capsys, content):
    status, out, err = observe(capsys, "cbp", saved(tmp_path / "w", content), "--to", tmp_path / "waits.csv")
    assert status == 0
    assert "2 waits at 1 crossing" in out
    found = [
        (r["crossing"], r["stream"], r["lane"], r["at"], r["wait_min"], r["lanes_open"])
        for r in rows_of(tmp_path / "waits.csv")
    ]
    assert found == [
        ("san-ysidro", "travellers", "ready", "2024-02-24T12:00", "0", "6"),
        ("san-ysidro", "travellers", "standard", "2024-02-24T21:00", "45", "6"),
    ]
    for word in ("'N/A'", "'Update Pending'", "'Lanes Closed'"):
        assert word in err


def test_a_report_from_before_midnight_is_of_the_day_before(tmp_path, capsys):
    port = PORT | {
        "time": "00:20:00",
        "passenger_vehicle_lanes": {"standard_lanes": LANE | {"update_time": "At 11:00 pm PST"}},
    }
    _, out, _ = observe(capsys, "cbp", saved(tmp_path / "w.json", [port]), "--json")
    assert [w["at"] for w in json.loads(out)["waits"]] == ["2024-02-23T23:00"]


def test_a_delay_without_a_number_is_no_wait(tmp_path, capsys):
    port = PORT | {"passenger_vehicle_lanes": {"standard_lanes": LANE | {"delay_minutes": ""}}}
    status, out, err = observe(capsys, "cbp", saved(tmp_path / "w.json", [port]))
    assert status == 0
    assert "nothing could be used" in out
    assert "without a number of minutes" in err


BOMB = '<?xml version="1.0"?><!DOCTYPE p [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><border_wait_time><port><port_name>&b;</port_name></port></border_wait_time>'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (BOMB, "w: an XML document type or entity"),
        ('<?xml version="1.0"?><!DOCTYPE p SYSTEM "file:///etc/passwd"><p/>', "w: an XML document type or entity"),
        ("<a><b></a>", "w: this is not XML"),
        ('<?xml version="1.0" encoding="no-such"?><a/>', "w: there is no port in it"),
        ("<a>" * 100_000, "w: this XML is nested too deeply"),
        ("<port>" * 60 + "</port>" * 60, "w: this XML is nested too deeply"),
        ("<a/>", "w: there is no port in it"),
        ([PORT | {"date": "24.2.2024"}], "w:port 1: date: '24.2.2024' is not a date"),
        ([PORT | {"passenger_vehicle_lanes": {"standard_lanes": LANE | {"delay_minutes": "NaN"}}}], "w:port 1: delay_minutes"),
        ([PORT | {"passenger_vehicle_lanes": {"standard_lanes": LANE | {"delay_minutes": "99999"}}}], "w:port 1: delay_minutes"),
    ],
)  # fmt: skip
def test_a_bad_file_of_waits_is_one_line(tmp_path, capsys, content, said):
    status, out, err = observe(capsys, "cbp", saved(tmp_path / "w", content), "--to", tmp_path / "o.csv")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(said)


# --- what published files hold -------------------------------------------------------------------


def read(capsys, *words):
    """The rows that a call makes, as JSON, and what it notes."""
    status, out, err = observe(capsys, *words, "--json")
    assert status == 0, err
    return json.loads(out), err


EAST = """Port Name,State,Port Code,Border,Date,Measure,Value
Eastport,Idaho,3302,US-Canada Border,Jan 2024,Trucks,5000
Eastport,Maine,0103,US-Canada Border,Jan 2024,Trucks,30
"""


def test_two_ports_of_one_name_are_two_crossings(tmp_path, capsys):
    found, err = read(capsys, "bts", saved(tmp_path / "e.csv", EAST))
    assert [(r["crossings"], r["count"]) for r in found["observations"]] == [
        (["eastport-idaho"], 5000),
        (["eastport-maine"], 30),
    ]
    assert "'Eastport' is the name of 2 places: 'Eastport Idaho' (3302), 'Eastport Maine' (0103)" in err


def test_a_code_that_lost_its_zero_is_the_same_port(tmp_path, capsys):
    later = EAST.replace("Jan", "Feb").replace("0103", "103")
    files = saved(tmp_path / "e.csv", EAST), saved(tmp_path / "f.csv", later)
    found, _ = read(capsys, "bts", *files)
    assert len({tuple(r["crossings"]) for r in found["observations"]}) == 2


def test_a_name_of_two_ports_matches_no_crossing(tmp_path, capsys):
    words = ("--scenario", "finland-2023", "--stream", "Trucks=asylum", "--match", "Eastport=salla")
    found, err = read(capsys, "bts", saved(tmp_path / "e.csv", EAST), *words)
    assert found["observations"] == []
    assert "--match 'Eastport Idaho=CROSSING'" in err
    found, _ = read(capsys, "bts", tmp_path / "e.csv", *words[:-1], "Eastport Maine=salla")
    assert [(r["crossings"], r["count"]) for r in found["observations"]] == [(["salla"], 30)]


def test_two_places_that_are_one_crossing_add_up(tmp_path, capsys):
    words = ("--match", "Eastport Maine=east", "--match", "Eastport Idaho=east")
    found, _ = read(capsys, "bts", saved(tmp_path / "e.csv", EAST), *words)
    assert [(r["crossings"], r["count"]) for r in found["observations"]] == [(["east"], 5030)]


def test_unlike_numbers_of_one_month_are_a_range_with_both_rows(tmp_path, capsys):
    text = EAST.replace("Maine,0103", "Idaho,3302")
    found, err = read(capsys, "bts", saved(tmp_path / "e.csv", text))
    (row,) = found["observations"]
    assert (row["count"], row["count_max"], row["status"]) == (30, 5000, "conflict")
    assert "e.csv:2 and e.csv:3: 30 and 5,000 for one period" in err


def test_monthly_entries_are_known_on_the_28th_of_the_next_month(tmp_path, capsys):
    found, _ = read(capsys, "bts", saved(tmp_path / "b.csv", BTS))
    assert {(r["from"][:7], r["published"][:10]) for r in found["observations"]} == {
        ("2024-01", "2024-02-28"),
        ("2024-02", "2024-03-28"),
    }


def test_two_measures_of_one_stream_add_up(tmp_path, capsys):
    words = ("--stream", "Pedestrians=people", "--stream", "Personal Vehicle Passengers=people")
    found, err = read(capsys, "bts", saved(tmp_path / "b.csv", BTS), *words)
    assert [r["count"] for r in found["observations"]] == [91000]
    assert "added up: 2 rows" in err


def months(*values):
    head = "Port Name,State,Port Code,Border,Date,Measure,Value\n"
    rows = [f"Otay Mesa,California,2506,Mexico,{k:02d}/01/2024,Trucks,{v}\n" for k, v in enumerate(values, 1)]
    return head + "".join(rows)


@pytest.mark.parametrize(
    ("values", "gaps"),
    [((500, 0, 700), 1), ((500, 0, 0, 700), 0), ((5, 0, 7), 0), ((0, 500, 0), 0), ((900, 0, 800, 0, 700), 2)],
)
def test_a_zero_between_full_months_is_flagged_as_a_gap(tmp_path, capsys, values, gaps):
    found, err = read(capsys, "bts", saved(tmp_path / "b.csv", months(*values)))
    flagged = [r for r in found["observations"] if r["status"] == "off-model"]
    assert len(flagged) == gaps
    assert all(r["count"] == 0 for r in flagged)
    assert err.count("taken as a gap of the source") == gaps
    found, _ = read(capsys, "bts", tmp_path / "b.csv", "--zeros")
    assert {r["status"] for r in found["observations"]} == {"final"}


@pytest.mark.parametrize("form", ["45292", "45292.0", "Jan-24", "1/1/2024"])
def test_dates_as_spreadsheets_leave_them(tmp_path, capsys, form):
    found, _ = read(capsys, "bts", saved(tmp_path / "b.csv", EAST.replace("Jan 2024", form)))
    assert {r["from"] for r in found["observations"]} == {"2024-01-01T00:00:00"}


def test_ports_without_a_crossing_are_one_line(tmp_path, capsys):
    rows = [f"Port {k},Maine,{k},Canada,Jan 2024,Trucks,1\n" for k in range(110)]
    text = "Port Name,State,Port Code,Border,Date,Measure,Value\n" + "".join(rows)
    words = ("--scenario", "finland-2023", "--stream", "Trucks=asylum")
    _, err = read(capsys, "bts", saved(tmp_path / "b.csv", text), *words)
    assert err.count("\n") == 1
    assert "110 rows: 110 places have no crossing of the name" in err


DTM = """place,reason,round,present,day
#loc+name,#cause+type,#round+code,#affected+idps,#date
North,Conflict,3,100,2024-01-01
North,Natural disaster,3,7,2024-01-01
South,Conflict,3,50,2024-01-01
South,Conflict,4,60,2024-01-01
"""


def test_rows_that_differ_in_another_tagged_column_add_up(tmp_path, capsys):
    found, err = read(capsys, "dtm", saved(tmp_path / "d.csv", DTM), "--stream", "people", "--as", "daily")
    assert [(r["crossings"], r["count"], r.get("count_max"), r["status"]) for r in found["observations"]] == [
        (["north"], 107, None, "final"),
        (["south"], 50, 60, "conflict"),  # another round counts the same people again
    ]
    assert "added up: 2 rows of one place and period that differ in #cause+type" in err
    assert "d.csv:5 and d.csv:6: 50 and 60 for one period" in err


def test_people_who_are_there_are_no_crossings(tmp_path, capsys):
    file = saved(tmp_path / "d.csv", DTM)
    found, err = read(capsys, "dtm", file, "--stream", "people")
    assert {r["status"] for r in found["observations"]} == {"off-model"}
    assert "people who are there" in err
    found, _ = read(capsys, "dtm", file, "--stream", "people", "--as", "present")
    assert found["observations"] == []
    assert [(r["place"], r["date"], r["count"]) for r in found["headcounts"]] == [
        ("north", "2024-01-01", 107),
        ("south", "2024-01-01", 50),
    ]
    observe(capsys, "dtm", file, "--stream", "people", "--as", "present", "--to", tmp_path / "headcounts.csv")
    assert {r["place"] for r in rows_of(tmp_path / "headcounts.csv")} == {"north", "south"}


@pytest.mark.parametrize("tag", ["#adm1+name+origin", "#adm1+origin+name", "#loc+origin", "#loc+name+destination"])
def test_where_people_come_from_is_not_the_place(tmp_path, capsys, tag):
    text = f"country,from,n,day\n#country+name,{tag},#affected,#date\nChad,Darfur,100,2024-01-01\nChad,Kordofan,5,2024-01-01\n"
    found, _ = read(capsys, "hxl", saved(tmp_path / "o.csv", text), "--stream", "people")
    assert [(r["crossings"], r["count"]) for r in found["observations"]] == [(["chad"], 105)]


def test_a_series_that_never_falls_is_spoken_of(tmp_path, capsys):
    totals = series(*[(f"2023-11-{k:02d}", 100 * k) for k in range(1, 20)])
    _, err = read(capsys, "unhcr", saved(tmp_path / "a.json", totals), *UNHCR, "--as", "daily")
    assert "of 19 numbers it never falls: a running total? --as cumulative" in err
    new = series(*[(f"2023-11-{k:02d}", 100 + 7 * (k * 5 % 11)) for k in range(1, 20)])
    _, err = read(capsys, "unhcr", saved(tmp_path / "b.json", new), *UNHCR, "--as", "daily")
    assert "running total" not in err


def test_one_port_alone_is_read(tmp_path, capsys):
    found, _ = read(capsys, "cbp", saved(tmp_path / "w.json", PORT | {"crossing_name": "PedWest"}))
    assert {w["crossing"] for w in found["waits"]} == {"san-ysidro-pedwest"}


def test_two_crossings_of_one_port_do_not_take_the_ports_name(tmp_path, capsys):
    ports = [PORT | {"crossing_name": "East", "port_number": "1"}, PORT | {"crossing_name": "West", "port_number": "2"}]
    file = saved(tmp_path / "w.json", ports)
    words = ("--scenario", "finland-2023", "--stream", "passenger=asylum", "--match", "San Ysidro=salla")
    assert read(capsys, "cbp", file, *words)[0]["waits"] == []
    found, _ = read(capsys, "cbp", file, *words[:-1], "East=salla")
    assert len(found["waits"]) == 2


def test_a_graph_has_the_hours_of_a_day(tmp_path, capsys):
    slots = [
        {"time": str(h), "standard_lane_today_wait": "" if h > 20 else str(h), "standard_lane_average_wait": "9",
         "standard_lane_min_wait": "0", "standard_lane_max_wait": "30"}
        for h in range(24)
    ]  # fmt: skip
    port = {
        "port_number": "1",
        "port_name": "Blaine",
        "date": "2022-06-30",
        "private_time_slots": {"private_slot": slots},
    }
    to = tmp_path / "waits.csv"
    assert observe(capsys, "cbp", saved(tmp_path / "g.json", [port]), "--to", to)[0] == 0
    rows = rows_of(to)
    assert [r["at"][-5:-3] for r in rows] == [f"{h:02d}" for h in range(24)]
    assert {(r["mean_min"], r["least_min"], r["most_min"]) for r in rows} == {("9", "0", "30")}
    from crossings.importers.counts import read_waits
    from crossings.io.faults import Faults

    faults = Faults()
    assert len(read_waits(to, faults)) == 21  # what is usual at an hour is no wait of the day
    assert not faults.any


@pytest.mark.parametrize("content", ["[" * 500 + "]" * 500, '{"port":' * 80 + "1" + "}" * 80])
def test_deep_nesting_is_one_line(tmp_path, capsys, content):
    status, _, err = observe(capsys, "cbp", saved(tmp_path / "w", content))
    assert (status, err.count("\n")) == (2, 1)
    assert "nested too deeply" in err


@pytest.mark.parametrize("kind", ["bts", "cbp", "csv", "hxl", "unhcr"])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path, capsys, kind):
    os.mkfifo(tmp_path / "pipe")
    words = {"unhcr": ("--crossings", "x", "--stream", "y", "--as", "daily"),
             "csv": ("--place", "a", "--from", "b", "--count", "c", "--stream", "x")}.get(kind, ())  # fmt: skip
    status, _, err = observe(capsys, kind, tmp_path / "pipe", *words)
    assert (status, err.count("\n")) == (2, 1)


def test_a_packed_file_is_read_and_a_bomb_refused(tmp_path, capsys, monkeypatch):
    import gzip

    from crossings.importers import tables

    file = saved(tmp_path / "b.csv.gz", gzip.compress(BTS.encode()))
    assert len(read(capsys, "bts", file)[0]["observations"]) == 4
    monkeypatch.setattr(tables, "MAX_BYTES", 1000)
    status, _, err = observe(capsys, "bts", saved(tmp_path / "z.csv.gz", gzip.compress(b"a" * 10_000_000)))
    assert (status, err.count("\n")) == (2, 1)


# --- any table -----------------------------------------------------------------------------------

LONG = "Port,Day,Kind,Number\nVaalimaa,2023-11-13,lorries,410\nNuijamaa,2023-11-13,lorries,120\nVaalimaa,2023-11-14,lorries,390\n"
BY = ("--place", "Port", "--from", "Day", "--count", "Number", "--stream-col", "Kind")


def table_rows(found):
    return [
        (r["crossings"][0], r["streams"][0], r["from"][:10], r["until"][:10], r["count"]) for r in found["observations"]
    ]


EXPECTED = [
    ("nuijamaa", "lorries", "2023-11-13", "2023-11-14", 120),
    ("vaalimaa", "lorries", "2023-11-13", "2023-11-14", 410),
    ("vaalimaa", "lorries", "2023-11-14", "2023-11-15", 390),
]


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t,
        lambda t: t.replace(",", ";"),
        lambda t: t.replace(",", "\t"),
        lambda t: "Counts, by port\n\n" + t,
        lambda t: t.replace("2023-11-13", "13.11.2023").replace("2023-11-14", "14.11.2023"),
        lambda t: t.replace("2023-11-13", "11/13/2023").replace("2023-11-14", "11/14/2023"),
        lambda t: t.replace("2023-11-13", "45243").replace("2023-11-14", "45244"),
        lambda t: t.replace("2023-11-13", "13 Nov 2023").replace("2023-11-14", "14 Nov 2023"),
        lambda t: t.replace("2023-11-13", "20231113").replace("2023-11-14", "20231114"),
        lambda t: t + "Total,2023-11-14,lorries,920\n",
        lambda t: t + "Vaalimaa,2023-11-15,lorries,n/a\nVaalimaa,2023-11-16,lorries,<5\n",
    ],
)
def test_a_long_table_is_read_however_it_is_written(tmp_path, capsys, change):
    found, _ = read(capsys, "csv", saved(tmp_path / "t.csv", change(LONG)), *BY)
    assert table_rows(found) == EXPECTED


@pytest.mark.parametrize("form", ["xlsx", "parquet", "xlsx text", "parquet text"])
def test_workbooks_and_parquet_are_tables(tmp_path, capsys, form):
    import io

    import polars as pl

    table = pl.read_csv(io.StringIO(LONG), try_parse_dates="text" not in form)
    path = tmp_path / "t.data"  # what a file is, its bytes say
    table.write_excel(path) if "xlsx" in form else table.write_parquet(path)
    path = next(tmp_path.iterdir())
    found, _ = read(capsys, "csv", path, *BY)
    assert table_rows(found) == EXPECTED


WIDE = {
    "dates": (
        "Port,2023-11-13,2023-11-14\nVaalimaa,410,390\nNuijamaa,120,\n",
        ("--place", "Port", "--stream", "lorries"),
    ),
    "places": (
        "Day,Vaalimaa,Nuijamaa\n2023-11-13,410,120\n2023-11-14,390,\n",
        ("--from", "Day", "--stream", "lorries"),
    ),
    "streams": (
        "Port,Day,lorries,cars\nVaalimaa,2023-11-13,410,\nNuijamaa,2023-11-13,120,\nVaalimaa,2023-11-14,390,\n",
        ("--place", "Port", "--from", "Day"),
    ),
}


@pytest.mark.parametrize("layout", sorted(WIDE))
def test_a_wide_table_has_what_no_column_says_in_its_header(tmp_path, capsys, layout):
    text, words = WIDE[layout]
    found, _ = read(capsys, "csv", saved(tmp_path / "t.csv", text), "--wide", *words)
    assert table_rows(found) == EXPECTED


def test_what_a_table_says_besides_and_what_is_asked_of_it(tmp_path, capsys):
    """Columns of the end and of the publication; only some days; the source; how long a period is."""
    text = (
        "Port,Day,End,Out,Number\nVaalimaa,2023-11-13,2023-11-15,2023-11-20,41\n"
        "Vaalimaa,2023-11-16,2023-11-18,2023-11-21,39\nVaalimaa,2023-11-19,2023-11-21,2023-11-22,75\n"
    )
    file = saved(tmp_path / "t.csv", text)
    words = ("csv", file, "--place", "Port", "--from", "Day", "--count", "Number", "--stream", "asylum")
    more = (
        "--until",
        "End",
        "--published-col",
        "Out",
        "--first",
        "2023-11-15",
        "--last",
        "2023-11-18",
        "--source",
        "press",
    )
    found, err = read(capsys, *words, *more)
    (row,) = found["observations"]
    assert (row["from"][:10], row["until"][:10], row["count"]) == ("2023-11-16", "2023-11-19", 39)
    assert (row["published"][:10], row["source"]) == ("2023-11-21", "press")
    assert "2 rows: outside the days asked for" in err
    found, _ = read(capsys, *words, "--step", "week")
    assert [r["until"][:10] for r in found["observations"]] == ["2023-11-20", "2023-11-23", "2023-11-26"]
    status, _, err = observe(capsys, *words, "--first", "2023-11-18", "--last", "2023-11-15")
    assert (status, err) == (2, "--last: 2023-11-15 is before 2023-11-18; exchange the two days\n")


def test_days_and_months_that_look_alike_are_asked_for(tmp_path, capsys):
    text = LONG.replace("2023-11-13", "03/04/2023").replace("2023-11-14", "04/04/2023")
    file = saved(tmp_path / "t.csv", text)
    status, _, err = observe(capsys, "csv", file, *BY)
    assert (status, err.count("\n")) == (2, 1)
    assert "--dates dmy" in err
    for order, first in (("dmy", "2023-04-03"), ("mdy", "2023-03-04")):
        found, _ = read(capsys, "csv", file, *BY, "--dates", order)
        assert found["observations"][0]["from"][:10] == first


def test_times_in_utc_become_local_ones(tmp_path, capsys):
    hours = "".join(f"Vaalimaa,2023-11-13T{h:02d}:00:00Z,lorries,{h}\n" for h in (21, 22, 23))
    file = saved(tmp_path / "t.csv", "Port,Day,Kind,Number\n" + hours)
    status, _, err = observe(capsys, "csv", file, *BY)
    assert (status, err.count("\n")) == (2, 1)
    assert "--timezone" in err
    found, _ = read(capsys, "csv", file, *BY, "--timezone", "Europe/Helsinki")
    assert next((r["from"], r["until"]) for r in found["observations"]) == (
        "2023-11-13T23:00:00",
        "2023-11-14T00:00:00",
    )


@pytest.mark.parametrize(
    ("dates", "until"),
    [(("2023-11-01", "2023-12-01"), "2023-12-01"), (("2023-11", "2023-12"), "2023-12-01"), (("Nov 2023", "Dec 2023"), "2023-12-01"),
     (("2023-W45", "2023-W46"), "2023-11-13"), (("2023-11-06", "2023-11-13", "2023-11-20", "2023-11-27"), "2023-11-13"),
     (("2023", "2024"), "2024-01-01"), (("2023-11-30", "2023-12-31", "2024-01-31"), "2023-12-01")],
)  # fmt: skip
def test_how_long_a_period_is_shows_in_the_dates(tmp_path, capsys, dates, until):
    rows = "".join(f"Vaalimaa,{date},lorries,{100 + k}\n" for k, date in enumerate(dates))
    found, _ = read(capsys, "csv", saved(tmp_path / "t.csv", "Port,Day,Kind,Number\n" + rows), *BY)
    assert found["observations"][0]["until"][:10] == until


@pytest.mark.parametrize(
    ("cells", "counts"),
    [(("1,234", "12"), (1234, 12)), (("1.234", "12.345"), (1234, 12345)), (("1234,5", "2,5"), (1234.5, 2.5)), (("1 234", "5"), (1234, 5)),
     (("1,234.5", "2"), (1234.5, 2)), (("1.234,5", "2"), (1234.5, 2)), (("0.5", "1.25"), (0.5, 1.25))],
)  # fmt: skip
def test_points_and_commas_of_numbers_are_read_as_the_whole_column_has_them(tmp_path, capsys, cells, counts):
    text = "Port;Day;Kind;Number\n" + "".join(f"P;2023-11-1{k};lorries;{cell}\n" for k, cell in enumerate(cells))
    found, _ = read(capsys, "csv", saved(tmp_path / "t.csv", text), *BY)
    assert [r["count"] for r in found["observations"]] == list(counts)


@pytest.mark.parametrize(
    ("change", "words", "said"),
    [
        (("Number", "Many"), BY, "t.csv:1: column 'Number' is missing"),
        (("410", "many"), BY, "t.csv:2: Number: 'many' is not accepted"),
        (("410", "-1"), BY, "t.csv:2: Number: '-1' is not accepted"),
        (("2023-11-14", "tomorrow"), BY, "t.csv:4: 'tomorrow' is not a date"),
        (("2023-11-14", "14.11.2023"), BY, "t.csv:4: '14.11.2023' is another form of date"),
        (("2023-11-14", "2023-02-30"), BY, "t.csv:4: '2023-02-30' is not a date"),
        (("", ""), BY[:-2], "--stream: the table names no stream"),
        (("", ""), (*BY, "--unit", "tons"), "--unit: 'tons'"),
        (("", ""), (*BY, "--timezone", "Helsinki"), "--timezone: 'Helsinki' is not a time zone"),
        (("", ""), (*BY, "--sheet", "two"), None),
    ],
)
def test_a_bad_table_is_told_by_its_row(tmp_path, capsys, change, words, said):
    status, out, err = observe(capsys, "csv", saved(tmp_path / "t.csv", LONG.replace(*change)), *words)
    if said is None:
        assert status == 0
        return
    assert (status, out) == (2, "")
    assert err.startswith(said)


def test_semicolons_within_cells_do_not_separate_columns(tmp_path, capsys):
    text = LONG.replace("lorries", "a;b;c;d;e;f")
    found, _ = read(capsys, "csv", saved(tmp_path / "t.csv", text), *BY)
    assert len(found["observations"]) == 3


# --- the command ---------------------------------------------------------------------------------


def test_rows_are_added_to_a_file_once(tmp_path, capsys):
    file, to = saved(tmp_path / "b.csv", BTS), tmp_path / "o.csv"
    observe(capsys, "bts", file, "--until", "2024-01-31", "--to", to)
    status, _, err = observe(capsys, "bts", file, "--to", to)
    assert (status, err.count("\n")) == (2, 1)
    status, _, err = observe(capsys, "bts", file, "--to", to, "--append")
    assert status == 0
    assert "3 rows: already in the file" in err
    assert len(rows_of(to)) == 4


def test_a_scenario_takes_the_rows(tmp_path, capsys):
    import crossings as cx

    cx.Scenario.read("finland-2023").write(tmp_path / "border")
    to, before = tmp_path / "border" / "observations.csv", len(cx.Scenario.read("finland-2023").observations)
    file = saved(tmp_path / "h.csv", HXL.replace("2022-02", "2023-11"))
    words = ("--scenario", tmp_path / "border", "--stream", "asylum", "--direction", "FI", "--to", to, "--append")
    assert observe(capsys, "hxl", file, *words)[0] == 0
    after = cx.Scenario.read(tmp_path / "border").observations
    assert len(after) == before + 2
    assert after[-1].from_ == dt.datetime(2023, 11, 25)


@pytest.mark.parametrize(
    "words",
    [("xyz", "FILE"), ("bts",), ("bts", "no.csv"), ("bts", "FILE", "--stream", "trucks"), ("bts", "FILE", "--match", "x"),
     ("bts", "FILE", "--direction", "U"), ("bts", "FILE", "--from", "1.1.2024"), ("bts", "FILE", "--append"),
     ("bts", "FILE", "--to", "no/such/o.csv"), ("bts", "FILE", "--scenario", "nowhere"), ("bts", "FILE", "--as", "weekly"),
     ("bts", "FILE", "--scenario", "finland-2023", "--match", "San Ysidro=vaalima"), ("bts", "--url", "file:///etc/passwd"),
     ("bts", "FILE", "--scenario", "finland-2023", "--stream", "Trucks=trukcs"), ("bts", "FILE", "--match", "Otay Mesa=a;b"),
     ("bts", "FILE", "--stream", "Trucks=;")],
)  # fmt: skip
def test_a_bad_call_is_one_line(tmp_path, capsys, words):
    file = saved(tmp_path / "b.csv", BTS)
    status, _, err = observe(capsys, *[file if word == "FILE" else word for word in words])
    assert (status, err.count("\n")) == (2, 1), err


def test_an_address_is_fetched_only_when_asked_for(tmp_path, capsys):
    class Serving(http.server.BaseHTTPRequestHandler):
        asked = 0

        def do_GET(self):
            type(self).asked += 1
            self.send_response(302 if self.path == "/away" else 200)
            if self.path == "/away":
                self.send_header("Location", "file:///etc/passwd")
            self.end_headers()
            self.wfile.write(BTS.encode())

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Serving) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        observe(capsys, "bts", saved(tmp_path / "b.csv", BTS))
        assert Serving.asked == 0
        status, out, _ = observe(capsys, "bts", "--url", f"{address}/entries.csv", "--json")
        assert (status, Serving.asked) == (0, 1)
        assert {r["source"] for r in json.loads(out)["observations"]} == {f"{address}/entries.csv"}
        status, _, err = observe(capsys, "bts", "--url", f"{address}/away")
        assert (status, err.count("\n")) == (2, 1)
        server.shutdown()


@pytest.mark.parametrize("kind", ["unhcr", "bts", "cbp", "hxl"])
def test_a_huge_file_is_refused_before_it_is_read(tmp_path, capsys, kind):
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.write(b"<a>" if kind == "cbp" else b"{")
        file.truncate(11_000_000_000)  # a hole: it takes no room
    words = ("--crossings", "x", "--stream", "y", "--as", "daily") if kind == "unhcr" else ()
    status, _, err = observe(capsys, kind, path, *words)
    assert (status, err.count("\n")) == (2, 1)
    assert "the file is too large" in err


def test_a_file_whose_name_is_no_text_is_read(tmp_path, capsys):
    path = tmp_path / os.fsdecode(b"entries\xff.csv")
    status, out, _ = observe(capsys, "bts", saved(path, BTS), "--json")
    assert status == 0
    assert {r["source"] for r in json.loads(out)["observations"]} == {"BTS Border Crossing Entry Data, entries?.csv"}
