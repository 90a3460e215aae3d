"""GMNS networks: read, written, refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import crossings as cx
from crossings.cli import main
from crossings.importers.gmns import gmns_files, read_gmns
from crossings.importers.gmns.opening_days import read_time_day, time_days
from crossings.importers.weeks import opening_hours, week_of
from crossings.scenario import OpeningHours

NODES = """node_id,name,x_coord,y_coord,country,population
1,Town A,27.0,61.0,FI,1000
2,Gate A,27.99,61.0,Finland,
3,Gate B,28.01,61.0,RU,
4,Town B,29.0,61.0,RU,5000
"""
LINKS = """link_id,from_node_id,to_node_id,directed,length,free_speed,capacity,lanes,allowed_uses
10,1,2,false,50,100,,,
20,2,3,true,0.1,30,20,2,auto
21,3,2,true,0.1,30,30,1,"auto,truck"
30,3,4,true,60,60,,,
31,4,3,true,60,60,,,
"""


def network(folder: Path, nodes: str = NODES, links: str = LINKS, **more: str) -> Path:
    folder.mkdir(exist_ok=True)
    files = {"node": nodes, "link": links, "config": "long_length,speed,crs\nkm,kph,EPSG:4326\n", **more}
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def faults_of(folder: Path) -> list[str]:
    with pytest.raises(cx.InputError) as error:
        read_gmns(folder)
    return [str(fault) for fault in error.value.faults]


def test_a_network_becomes_a_scenario_that_passes_every_check(tmp_path):
    made = read_gmns(network(tmp_path / "net"))
    made.scenario.write(tmp_path / "border")
    assert cx.check(tmp_path / "border") == []
    assert [(r.from_, r.to, r.km, r.hours, r.one_way) for r in made.scenario.roads] == [
        ("Town A", "Gate A", 50, 0.5, False),
        ("Gate B", "Town B", 60, 1.0, False),
    ]
    assert [(c.place_a, c.place_b) for c in made.scenario.crossings] == [("Gate A", "Gate B")]


def test_lanes_and_capacity_become_servers_and_service(tmp_path):
    lanes = read_gmns(network(tmp_path / "net")).scenario.lanes
    assert {(k.direction, k.streams, k.servers, k.service_min_mean) for k in lanes} == {
        ("RU", ("travellers",), 2, 3.0),
        ("FI", ("travellers", "trucks"), 1, 2.0),
    }


def test_a_crossing_link_one_way_only_has_no_server_the_other_way(tmp_path):
    links = "\n".join(line for line in LINKS.splitlines() if not line.startswith("21"))
    lanes = read_gmns(network(tmp_path / "net", links=links)).scenario.lanes
    assert {k.direction: k.servers for k in lanes} == {"RU": 2, "FI": 0}


def test_miles_are_converted(tmp_path):
    made = read_gmns(network(tmp_path / "net", config="long_length,speed\nmi,mph\n"))
    assert made.scenario.roads[0].km == pytest.approx(80.4672)
    assert made.scenario.roads[0].hours == pytest.approx(0.5)


def test_times_of_day_become_opening_hours(tmp_path):
    tod = "link_tod_id,link_id,time_day,capacity\n1,20,11111110_2200_0600,0\n2,21,01111100_0800_1600,0\n"
    lanes = read_gmns(network(tmp_path / "net", link_tod=tod)).scenario.lanes
    assert {k.direction: k.hours for k in lanes} == {
        "RU": "06:00-22:00",
        "FI": "Mo-Fr 00:00-08:00,16:00-24:00; Sa-Su 00:00-24:00",
    }


def test_a_link_without_capacity_is_open_only_when_the_times_say_so(tmp_path):
    links = LINKS.replace("20,2,3,true,0.1,30,20,2", "20,2,3,true,0.1,30,0,2")
    tod = "link_tod_id,link_id,time_day,capacity\n1,20,01111100_0800_1600,12\n"
    lanes = read_gmns(network(tmp_path / "net", links=links, link_tod=tod)).scenario.lanes
    into = next(k for k in lanes if k.direction == "RU")
    assert (into.hours, into.service_min_mean) == ("Mo-Fr 08:00-16:00; Sa-Su off", 5.0)


@pytest.mark.parametrize(
    "hours", ["24/7", "06:00-22:00", "Mo-Fr 08:00-16:00; Sa-Su off", "Mo 22:00-24:00; Tu 00:00-02:00; We-Su off"]
)
def test_opening_hours_survive_there_and_back(hours):
    if hours == "24/7":
        assert time_days(hours) == []
        return
    week = week_of(False)
    for text in time_days(hours):
        for day, a, b in read_time_day(text):
            week[day][a:b] = [True] * (b - a)
    assert OpeningHours.parse(opening_hours(week)).week == OpeningHours.parse(hours).week


@pytest.mark.parametrize("name", ["two-crossings", "finland-2023"])
def test_a_written_network_reads_back_with_the_same_roads_and_crossings(tmp_path, name):
    scenario = cx.Scenario.read(name)
    for file, text in gmns_files(scenario).items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    back = read_gmns(tmp_path).scenario
    hours = sorted((r.km, round(r.km / r.speed_kmh if r.hours is None else r.hours, 6)) for r in scenario.roads)
    assert hours == sorted((r.km, round(r.hours, 6)) for r in back.roads)
    assert len(back.crossings) == len(scenario.crossings)
    back.write(tmp_path / "border")
    assert cx.check(tmp_path / "border") == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"nodes": NODES.replace("27.0,61.0", "nan,61.0")}, "node.csv:2: x_coord: 'nan'"),
        ({"nodes": NODES.replace("27.0,61.0", "2700000,61.0")}, "node.csv:2: x_coord and y_coord"),
        ({"nodes": NODES.replace("Finland", "Atlantis")}, "node.csv:3: country: 'Atlantis'"),
        ({"nodes": NODES.replace("country", "land")}, "node.csv:1: no column 'country' says"),
        ({"nodes": NODES.replace("4,Town", "1,Town")}, "node.csv:5: node_id '1' again"),
        ({"links": LINKS.replace("30,3,4", "30,3,9")}, "link.csv:5: node '9'"),
        ({"links": LINKS.replace("true,60,60", "true,inf,60")}, "link.csv:5: length: 'inf'"),
        ({"links": LINKS.replace("50,100", "1e300,100")}, "link.csv:2: length: '1e300'"),
        ({"links": LINKS.replace("50,100", "50,1e-300")}, "link.csv:2: it takes"),
        ({"links": LINKS.replace("0.1,30,20", "0.1,30,1e-9")}, "link.csv:3: capacity: 1e-09"),
        ({"links": LINKS.replace("50,100", "-50,100")}, "link.csv:2: length: '-50'"),
        ({"config": "long_length,speed\nfurlong,kph\n"}, "config.csv:2: long_length: 'furlong'"),
        ({"config": "crs\nEPSG:3067\n"}, "config.csv:2: crs"),
        ({"link_tod": "link_id,time_day\n20,mornings\n"}, "link_tod.csv:2: 'mornings'"),
        ({"link_tod": "link_id,time_day\n99,01111100_0800_1600\n"}, "link_tod.csv:2: link '99'"),
        ({"links": LINKS.replace("20,2,3", "20,2,1").replace("21,3,2", "21,3,4")}, "link.csv: no link leads"),
        ({"config": "crs\nEPSG:99999999\n"}, "config.csv:2: crs"),
        ({"nodes": NODES.replace("1,Town A", "1,Town A, north")}, "node.csv:2: 7 cells where the header has 6"),
        ({"nodes": NODES.replace("27.0,61.0", "27.0,")}, "node.csv:2: x_coord or y_coord is missing"),
        ({"nodes": NODES.replace("Town B", '"Town B')}, "node.csv:5: a quote that opens here is not closed"),
        ({"nodes": NODES.splitlines()[0] + "\n"}, "node.csv: there is no row under the header"),
        ({"links": LINKS.splitlines()[0] + "\n"}, "link.csv: there is no row under the header"),
        ({"links": LINKS.replace("10,1,2,false", "10,1,2,perhaps")}, "link.csv:2: directed: 'perhaps'"),
        ({"config": "long_length\nkm\n", "links": LINKS.replace("50,100", "50000000,100").replace("60,60", "60000000,60")}, "link.csv: lengths are"),
    ],
)  # fmt: skip
def test_a_fault_is_one_line(tmp_path, changes, said):
    found = faults_of(network(tmp_path / "net", **changes))
    assert any(line.startswith(said) for line in found), found


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04zip", b"\xff\xfe\x00x", b"node_id\xe9,\n", b"", b"a\x00b", b'node_id,"' + b"x" * 300_000]
)
def test_a_hostile_file_is_one_line(tmp_path, capsys, content):
    folder = network(tmp_path / "net")
    (folder / "node.csv").write_bytes(content)
    with pytest.raises(SystemExit) as end:
        main(["import", "gmns", str(folder), str(tmp_path / "new")])
    said = capsys.readouterr()
    assert end.value.code == 2
    assert said.out == ""
    assert 1 <= said.err.count("\n") <= 4  # a header that is none lacks each of its columns
    assert not (tmp_path / "new").exists()


def test_a_file_that_is_missing_is_not_meant_by_the_other(tmp_path):
    folder = network(tmp_path / "net")
    (folder / "link.csv").unlink()
    assert faults_of(folder) == ["link.csv: there is no such file; name one that exists"]
    (folder / "links.csv").write_text(LINKS, encoding="utf-8")
    assert faults_of(folder) == ["link.csv: there is no such file; did you mean 'links.csv'?"]


@pytest.mark.parametrize(
    ("geojson", "said"),
    [
        ("[1, 2]", "line.geojson: this is not GeoJSON, or a part has too few points"),
        ('{"type": "LineString", "coordinates": [[28, 60]]}', "line.geojson: this is not GeoJSON, or a part has too few"),
        ('{"type": "LineString", "coordinates": [[28, "x"], [28, 62]]}', "line.geojson: this is not GeoJSON, or a part"),
        ('{"type": "LineString", "coordinates": [[28, 60], {"a": 1}]}', "line.geojson: this is not GeoJSON, or a part"),
        ('{"type": "LineString", "coordinates": [[60, 28], [62, 28]]}', "--line: the border is at longitude 60 to 62, la"),
        ('{"type": "Polygon", "coordinates": [[[60, 27], [62, 27], [62, 28], [60, 27]]]}', "--line: the border is at long"),
    ],
)  # fmt: skip
def test_a_border_that_is_none_or_elsewhere_is_told(tmp_path, geojson, said):
    (tmp_path / "line.geojson").write_text(geojson, encoding="utf-8")
    with pytest.raises(cx.InputError) as error:
        read_gmns(network(tmp_path / "net"), border=("FI", "RU"), line=tmp_path / "line.geojson")
    (fault,) = error.value.faults
    assert str(fault).startswith(said)


def test_names_are_kept_on_one_line_and_without_what_a_terminal_obeys(tmp_path):
    nodes = NODES.replace("Town A", '"Town\n A\x1b[31m"').replace("Town B", "T\x07own B")
    read_gmns(network(tmp_path / "net", nodes=nodes)).scenario.write(tmp_path / "border")
    assert {"Town A[31m", "Town B"} <= {place.name for place in cx.Scenario.read(tmp_path / "border").places}


def test_a_huge_file_is_refused_before_it_is_read(tmp_path, capsys):
    folder = network(tmp_path / "net")
    with (folder / "node.csv").open("wb") as file:
        file.truncate(11_000_000_000)  # a hole: it takes no room
    with pytest.raises(SystemExit) as end:
        main(["import", "gmns", str(folder), str(tmp_path / "new")])
    assert end.value.code == 2
    assert "the file is too large" in capsys.readouterr().err


def test_the_command_says_what_it_made(tmp_path, capsys):
    with pytest.raises(SystemExit) as end:
        main(["import", "gmns", str(network(tmp_path / "net")), str(tmp_path / "new"), "--per-day", "100"])
    said = capsys.readouterr()
    assert end.value.code == 0
    assert "1 crossing, 4 places, 2 roads" in said.out
    assert cx.Scenario.read(tmp_path / "new").demand[0].per_day == 100


def test_the_same_files_make_the_same_scenario_in_every_process(tmp_path):
    """No order is left to the hashes of names, which differ from process to process."""
    nodes = NODES + "".join(f"t{k},Town {k},27.5,61.2,FI,1000\n" for k in range(6))
    links = LINKS + "".join(f"e{k},t{k},2,false,90,80,,,\n" for k in range(6))
    folder = network(tmp_path / "net", nodes, links)
    made = []
    for seed in ("1", "2", "3"):
        code = f"from crossings.cli import main; main(['import', 'gmns', {str(folder)!r}, {str(tmp_path / seed)!r}, '--start', '2024-01-01'])"
        env = os.environ | {"PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True)
        made.append({path.name: path.read_bytes() for path in sorted((tmp_path / seed).iterdir())})
    assert made[0] == made[1] == made[2]
