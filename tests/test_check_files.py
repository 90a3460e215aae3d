"""Faults in the form of files: headers, cells, bytes, GeoJSON, and files that are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from two_gates import FILES, Changes, case, faults

CASES = [
    case(
        "unknown column",
        {"roads.csv": ("km,hours", "kms,hours")},
        "roads.csv:1: unknown column 'kms'; did you mean 'km'?",
        "roads.csv:1: column 'km' is missing; add it (length, km)",
    ),
    case(
        "dup column",
        {"roads.csv": ("hours,speed_kmh", "hours,hours")},
        "roads.csv:1: column 'hours' is given twice; keep one of the two",
    ),
    case(
        "nameless col",
        {"roads.csv": ("hours,speed_kmh", "hours,")},
        "roads.csv:1: column 6 has no name; accepted: id, from, to, km, hours, speed_kmh, modes, one_way, source, estimated",
    ),
    case(
        "semicolons",
        {"roads.csv": FILES["roads.csv"].replace(",", ";")},
        "roads.csv:1: the columns are not separated by commas; separate them by ',', and the items of a list by ';'",
    ),
    case(
        "from_",
        {"roads.csv": ("id,from", "id,from_")},
        "roads.csv:1: unknown column 'from_'; did you mean 'from'?",
        "roads.csv:1: column 'from' is missing; add it (place at one end)",
    ),
    case("missing cell", {"roads.csv": ("vyborg,140", "vyborg,")}, "roads.csv:2: km: missing; give it (length, km)"),
    case(
        "few cells",
        {"roads.csv": ("0.8,", "0.8")},
        "roads.csv:3: 5 cells where the header has 6; give one cell for each column; quote text with commas",
    ),
    case(
        "many cells",
        {"roads.csv": ("0.8,", "0.8,,")},
        "roads.csv:3: 7 cells where the header has 6; give one cell for each column; quote text with commas",
    ),
    case(
        "bad number",
        {"roads.csv": ("140", "14O")},
        "roads.csv:2: km: '14O' is not a number; write a number, such as 3.5 (length, km)",
    ),
    case(
        "comma number",
        {"roads.csv": ("140", '"1,4"')},
        "roads.csv:2: km: '1,4' is not a number; write a number, such as 3.5 (length, km)",
    ),
    case("neg", {"roads.csv": ("140", "-140")}, "roads.csv:2: km: '-140' is below 0; write 0 or more (km)"),
    case("nan", {"roads.csv": ("140", "nan")}, "roads.csv:2: km: 'nan' is not finite; write a number"),
    case("inf", {"roads.csv": ("140", "1e999")}, "roads.csv:2: km: '1e999' is not finite; write a number"),
    case(
        "zero speed",
        {"roads.csv": (",,90", ",,0")},
        "roads.csv:2: speed_kmh: '0' is not above 0; write more than 0 (km/h)",
    ),
    case(
        "latitude",
        {"places.csv": ("59.94", "95.94")},
        "places.csv:2: lat: '95.94' is above 90; write 90 or less (degrees north)",
    ),
    case(
        "country code",
        {"places.csv": ("30.31,RU", "30.31,Russia")},
        "places.csv:2: country: 'Russia' is not a country code; write two or three capital letters, such as FI",
    ),
    case(
        "kind",
        {"places.csv": ("RU,origin", "RU,orign")},
        "places.csv:2: kind: 'orign' is not accepted; did you mean 'origin'?",
    ),
    case(
        "bool",
        {"demand.csv": (",day,yes", ",day,maybe")},
        "demand.csv:2: estimated: 'maybe' is neither yes nor no; write yes or no (yes where the figure is ours)",
    ),
    case(
        "date none",
        {"demand.csv": ("2023-11-30,500", "2023-11-31,500")},
        "demand.csv:2: until: '2023-11-31' is a date that does not exist; write YYYY-MM-DD or YYYY-MM-DDTHH:MM, local time",
    ),
    case(
        "date only",
        {"demand.csv": ("2023-11-30,500", "2023-11-30T10:00,500")},
        "demand.csv:2: until: '2023-11-30T10:00' is not a date; write YYYY-MM-DD",
    ),
    case(
        "service",
        {"lanes.csv": ("24/7,,,20", "24/7,,,-1")},
        "lanes.csv:2: service_min_mean: '-1' is below 0; write 0 or more (minutes)",
    ),
    case(
        "servers",
        {"lanes.csv": ("cars,4,24/7", "cars,1.5,24/7")},
        "lanes.csv:3: servers: '1.5' is not a whole number; write a whole number, such as 3 (travellers served at once, servers)",
    ),
    case(
        "side",
        {"lanes.csv": ("v-asylum,vaalimaa,FI,entry", "v-asylum,vaalimaa,FI,enter")},
        "lanes.csv:2: side: 'enter' is not accepted; did you mean 'entry'?",
    ),
    case(
        "claim date",
        {"claims.csv": ("2023-11-18", "last week")},
        "claims.csv:2: date: 'last week' is not a date; write YYYY-MM-DD",
    ),
    case(
        "missing places",
        {"places.csv": None},
        "places.csv: this file is missing; add it, with the columns id, lat, lon, country",
    ),
    case(
        "missing borders",
        {"borders.csv": None},
        "borders.csv: this file is missing; add it, with the columns id, country_a, country_b",
    ),
    case("empty", {"roads.csv": ""}, "roads.csv: the file is empty; write its content, or remove it"),
    case(
        "no places",
        {"places.csv": FILES["places.csv"].split("\n")[0] + "\n"},
        "places.csv: there is no place; add rows",
        "roads.csv:2: from: unknown place 'petersburg'; none is defined",
        "roads.csv:2: to: unknown place 'vyborg'; none is defined",
        "roads.csv:3: from: unknown place 'vyborg'; none is defined",
        "roads.csv:3: to: unknown place 'torfyanovka'; none is defined",
        "roads.csv:4: from: unknown place 'vyborg'; none is defined",
        "roads.csv:4: to: unknown place 'brusnichnoye'; none is defined",
        "roads.csv:5: from: unknown place 'vaalimaa-fi'; none is defined",
        "roads.csv:5: to: unknown place 'lappeenranta'; none is defined",
        "roads.csv:6: from: unknown place 'nuijamaa-fi'; none is defined",
        "roads.csv:6: to: unknown place 'lappeenranta'; none is defined",
        "crossings.csv:2: place_a: unknown place 'vaalimaa-fi'; none is defined",
        "crossings.csv:2: place_b: unknown place 'torfyanovka'; none is defined",
        "crossings.csv:3: place_a: unknown place 'nuijamaa-fi'; none is defined",
        "crossings.csv:3: place_b: unknown place 'brusnichnoye'; none is defined",
        "demand.csv:2: origin: unknown place 'petersburg'; none is defined",
        "demand.csv:3: origin: unknown place 'petersburg'; none is defined",
        "stocks.csv:2: origin: unknown place 'petersburg'; none is defined",
        "stocks.csv:3: origin: unknown place 'petersburg'; none is defined",
        "exits.csv:2: place: unknown place 'lappeenranta'; none is defined",
    ),
    case("nul", {"roads.csv": ("vyborg,140", "vy\0borg,140")}, "roads.csv:2: a NUL byte; save the file as UTF-8 text"),
    case(
        "latin",
        {"places.csv": FILES["places.csv"].replace("Vaalimaa,", "Vääl,").encode("latin-1")},
        "places.csv:5: byte 0xe4 is not UTF-8; save the file as UTF-8 text",
    ),
    case(
        "esc", {"places.csv": ("Vaalimaa,", "Vaal\x1b[2Jimaa,")}, "places.csv:5: a control character, U+001B; remove it"
    ),
    case(
        "bom crlf",
        {"places.csv": b"\xef\xbb\xbf" + FILES["places.csv"].replace("\n", "\r\n").encode()},
    ),
    case(
        "quote",
        {"places.csv": ("Saint Petersburg", '"Saint Petersburg')},
        'places.csv:2: this row cannot be read, nor those after it: unexpected end of data; close each quote, and write "" for a quote within quotes',
    ),
    case(
        "quote2",
        {"places.csv": ("Saint Petersburg", '"Saint" Petersburg')},
        "places.csv:2: this row cannot be read, nor those after it: ',' expected after '\"'; close each quote, and write \"\" for a quote within quotes",
    ),
    case(
        "cell",
        {"places.csv": ("Saint Petersburg", "x" * 10001)},
        "places.csv:2: name: a cell of 10,001 characters; at most 10,000",
    ),
    case(
        "cell3000",
        {"places.csv": ("Saint Petersburg", "x" * 3000)},
        "places.csv:2: name: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...' is too long; at most 2000 characters",
    ),
    case(
        "extra", {"closure.csv": "id\n"}, "closure.csv: warning: nothing reads this file; did you mean 'closures.csv'?"
    ),
    case(
        "extra2",
        {"notes.txt": "id\n"},
        "notes.txt: warning: nothing reads this file; remove it, or name it in the file that should use it",
    ),
    case(
        "noline",
        {"line.geojson": None},
        "borders.csv:2: there is no file 'line.geojson'; did you mean 'outlines.geojson'?",
    ),
    case(
        "outside",
        {"borders.csv": ("line.geojson", "../line.geojson")},
        "borders.csv:2: line: '../line.geojson' is not a file name that is accepted here; name a file in this directory that ends with .geojson or .json",
        "line.geojson: warning: nothing reads this file; remove it, or name it in the file that should use it",
    ),
    case(
        "suffix",
        {"borders.csv": ("line.geojson", "places.csv")},
        "borders.csv:2: line: 'places.csv' is not a file name that is accepted here; name a file in this directory that ends with .geojson or .json",
        "line.geojson: warning: nothing reads this file; remove it, or name it in the file that should use it",
    ),
    case(
        "json",
        {"line.geojson": "{\n]"},
        "line.geojson:2: this is not JSON: Expecting property name enclosed in double quotes; give a GeoJSON object",
    ),
    case(
        "noLS",
        {"line.geojson": '{"type":"Point","coordinates":[1,2]}'},
        "line.geojson: there is no LineString in it; give the border's line as a GeoJSON LineString",
    ),
    case(
        "nanLS",
        {"line.geojson": '{"type":"LineString","coordinates":[[1,NaN],[2,3]]}'},
        "line.geojson: this JSON cannot be used: 'NaN' is not a finite number; give numbers that are finite",
    ),
    case(
        "infLS",
        {"line.geojson": '{"type":"LineString","coordinates":[[1,1e999],[2,3]]}'},
        "line.geojson: this JSON cannot be used: '1e999' is not a finite number; give numbers that are finite",
    ),
    case(
        "strLS",
        {"line.geojson": '{"type":"LineString","coordinates":[["a",1],[2,3]]}'},
        "line.geojson: a LineString without two points; give [longitude, latitude] pairs in degrees, finite",
    ),
    case(
        "onept",
        {"line.geojson": '{"type":"LineString","coordinates":[[1,2]]}'},
        "line.geojson: a LineString without two points; give [longitude, latitude] pairs in degrees, finite",
    ),
    case(
        "deepLS", {"line.geojson": "[" * 100000}, "line.geojson: this JSON is nested too deeply; give a GeoJSON object"
    ),
    case(
        "listLS",
        {"line.geojson": "[]"},
        "line.geojson: this is not a GeoJSON object; give an object with type and features",
    ),
    case(
        "gap",
        {"line.geojson": '{"type":"MultiLineString","coordinates":[[[27,60],[28,60]],[[29,60],[30,60]]]}'},
        "line.geojson: the parts of the line do not follow one another; give them in order along the border",
    ),
    case(
        "basemap",
        {"outlines.geojson": '{"type":"FeatureCollection"}'},
        "outlines.geojson: this is not a GeoJSON FeatureCollection; give an object with type and features",
    ),
    case(
        "basemap2",
        {
            "outlines.geojson": '{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Polygon","coordinates":[1]}}]}'
        },
        "outlines.geojson: feature 1 has no usable geometry; give Points, LineStrings or Polygons with finite [longitude, latitude] pairs",
    ),
    case(
        "basemap3",
        {"scenario.yaml": ("outlines.geojson", "line.geojson")},
        "line.geojson: this is not a GeoJSON FeatureCollection; give an object with type and features",
        "scenario.yaml:6: basemap: 'line.geojson' is also the line of a border; keep outlines and lines in files of their own",
        "outlines.geojson: warning: nothing reads this file; remove it, or name it in the file that should use it",
    ),
    case(
        "sources",
        {"scenario.yaml": ("SOURCES.md", "/etc/passwd")},
        "scenario.yaml:7: sources: '/etc/passwd' is not a file name that is accepted here; name a file in this directory that ends with .md or .txt",
    ),
    case(
        "no id column",
        {"places.csv": ("id,name", "ID,name")},
        "places.csv:1: unknown column 'ID'; did you mean 'id'?",
        "places.csv:1: column 'id' is missing; add it (name of the place)",
    ),
    case(
        "no order column",
        {"closures.csv": ("id,order,", "id,decree,")},
        "closures.csv:1: unknown column 'decree'; accepted: announced, crossings, direction, estimated, from, id, kind, order, places, replaces, roads, source, ...",
        "closures.csv:1: column 'order' is missing; add it (order the row belongs to)",
    ),
    case(
        "two faults in one row",
        {
            "lanes.csv": (
                "v-asylum,vaalimaa,FI,entry,asylum,2,24/7,,,20,1,",
                "v-asylum,valimaa,SE,entry,asilum,-2,25/7,2023-11-31,,x,1,",
            )
        },
        "lanes.csv:2: valid_from: '2023-11-31' is a date that does not exist; write YYYY-MM-DD or YYYY-MM-DDTHH:MM, local time",
        "lanes.csv:2: servers: '-2' is below 0; write 0 or more (servers)",
        "lanes.csv:2: service_min_mean: 'x' is not a number; write a number, such as 3.5 (mean service time, minutes)",
        "lanes.csv:2: crossing: unknown crossing 'valimaa'; did you mean 'vaalimaa'?",
        "lanes.csv:2: direction: 'SE' is not a country of a border; accepted: FI, RU",
        "lanes.csv:2: streams: unknown stream 'asilum'; did you mean 'asylum'?",
        "lanes.csv:2: hours: '25/7' is not a range of hours; write for example 24/7 or Mo-Fr 08:00-16:00; Sa 10:00-14:00; Su off",
    ),
]


@pytest.mark.parametrize(("changes", "expected"), CASES)
def test_every_fault_is_one_line(tmp_path: Path, changes: Changes, expected: list[str]) -> None:
    assert faults(tmp_path, changes) == expected


def test_a_workbook_that_is_called_csv_is_told(tmp_path):
    import shutil
    from pathlib import Path

    import polars as pl

    import crossings as cx

    folder = tmp_path / "border"
    shutil.copytree(Path(cx.__file__).parent / "examples" / "two_crossings", folder)
    pl.read_csv(folder / "roads.csv").write_excel(tmp_path / "roads.xlsx")
    shutil.copy(tmp_path / "roads.xlsx", folder / "roads.csv")
    assert [str(fault) for fault in cx.check(folder)] == [
        "roads.csv: this is a workbook or another compressed file, and no text; save it as CSV in UTF-8"
    ]
