"""GMNS networks as they are published: without countries, in other units, projected; and the export in the hands of other
tools.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

import crossings as cx
from crossings.importers.gmns import gmns_files, read_gmns

SIDE = 6


def city(
    folder: Path, unit: float = 1.0, *, lon: float = 25.0, lat: float = 60.0, config: str = "", **columns: str
) -> Path:
    """A grid of 6 x 6 nodes a kilometre apart, both ways between neighbours; ``unit``: how many of the unit make a km."""
    folder.mkdir(exist_ok=True)
    nodes, links = [], []
    for i in range(SIDE):
        for j in range(SIDE):
            x, y = lon + i / 111.195 / math.cos(math.radians(lat)), lat + j / 111.195
            nodes.append(f"{i * SIDE + j + 1},{x:.7f},{y:.7f},{columns.get('node', '')}")
            for di, dj in ((1, 0), (0, 1), (-1, 0), (0, -1)):
                if 0 <= i + di < SIDE and 0 <= j + dj < SIDE:
                    other = (i + di) * SIDE + j + dj + 1
                    links.append(
                        f"{len(links) + 1},{i * SIDE + j + 1},{other},1,{1.05 * unit:.4f},{columns.get('speed', '50')}"
                    )
    (folder / "node.csv").write_text(
        "\ufeffnode_id,x_coord,y_coord," + columns.get("head", "zone_id") + "\n" + "\n".join(nodes)
    )
    (folder / "link.csv").write_text("link_id,from_node_id,to_node_id,directed,length,free_speed\n" + "\n".join(links))
    if config:
        (folder / "config.csv").write_text(config)
    return folder


def middle(path: Path, at: float = 60.0 + 2.5 / 111.195) -> Path:
    """A line from east to west: what is left of it lies south."""
    path.write_text(json.dumps({"type": "LineString", "coordinates": [[26.0, at], [24.5, at]]}))
    return path


def read(folder: Path, **options):
    return read_gmns(folder, border=("FI", "RU"), line=middle(folder / "border.geojson"), **options)


@pytest.mark.parametrize(("unit", "name"), [(1.0, "km"), (1000.0, "m"), (3280.84, "ft"), (0.621371, "mile")])
def test_the_unit_of_length_is_found_by_the_coordinates(tmp_path, unit, name):
    found = read(city(tmp_path / "net", unit))
    crossed = {end for c in found.scenario.crossings for end in (c.place_a, c.place_b)}
    whole = [r.km for r in found.scenario.roads if not {r.from_, r.to} & crossed]
    assert whole == pytest.approx([1.05] * len(whole), rel=1e-3)
    assert any(f"lengths are taken as {name}, 1.05 times" in note for note in found.notes)
    found.scenario.write(tmp_path / "border")
    assert cx.check(tmp_path / "border") == []


def test_the_command_takes_the_side_of_a_point_and_how_far_links_of_a_crossing_are_apart(tmp_path, call):
    line = middle(tmp_path / "l.geojson")
    words = ["import", "gmns", city(tmp_path / "net"), "--border", "FI-RU", "--line", line]
    sides, many = [], []
    for name, side, km in (("a", "FI=24.9,60.2", "0.2"), ("b", "RU=24.9,60.2", "20")):
        status, _, err = call(*words[:3], tmp_path / name, *words[3:], "--inside", side, "--merge-km", km)
        assert status == 0, err
        found = cx.Scenario.read(tmp_path / name)
        sides.append({p.country: p.lat for p in found.places if p.kind == "origin"})
        many.append(len(found.crossings))
    assert (sides[0]["FI"] < sides[0]["RU"]) != (sides[1]["FI"] < sides[1]["RU"])
    assert many[0] >= many[1] == 1


def test_a_unit_that_the_coordinates_belie_is_not_believed(tmp_path):
    found = read(city(tmp_path / "net", 3280.84, config="long_length,speed\nmile,mph\n"))
    assert any("taken as ft" in note and "config.csv says mile" in note for note in found.notes)


def test_lengths_that_fit_no_unit_are_asked_for(tmp_path, call):
    folder = city(tmp_path / "net", 12.0)
    words = ["import", "gmns", folder, tmp_path / "new", "--border", "FI-RU", "--line", middle(tmp_path / "l.geojson")]
    status, _, err = call(*words)
    assert status == 2
    assert "no unit fits" in err
    assert "--length m" in err
    status, _, err = call(*words, "--length", "km")
    assert status == 0, err


def test_a_column_in_miles_beside_tells_the_unit(tmp_path):
    """Coordinates that are a sketch: lengths are four times the straight line."""
    folder = city(tmp_path / "net", 4000.0)
    rows = (folder / "link.csv").read_text().splitlines()
    miles = 4.2 / 1.609344
    text = "\n".join(
        [rows[0] + ",vdf_length_mi,vdf_free_speed_mph", *(f"{row},{miles:.5f},{50 / 1.609344:.4f}" for row in rows[1:])]
    )
    (folder / "link.csv").write_text(text)
    found = read(folder)
    road = next(r for r in found.scenario.roads if not r.estimated)
    assert road.km == pytest.approx(4.2, rel=1e-3)
    assert road.hours == pytest.approx(4.2 / 50, rel=1e-3)


def test_projected_coordinates_are_converted(tmp_path):
    from pyproj import Transformer

    folder = city(tmp_path / "net", 1000.0, config="long_length,speed,crs\nm,kph,3067\n")
    rows = [row.split(",") for row in (folder / "node.csv").read_text().splitlines()]
    there = Transformer.from_crs(4326, 3067, always_xy=True)
    moved = [[row[0], *(f"{v:.2f}" for v in there.transform(float(row[1]), float(row[2]))), row[3]] for row in rows[1:]]
    (folder / "node.csv").write_text("\n".join(",".join(row) for row in [rows[0], *moved]))
    found = read(folder)
    assert min(p.lat for p in found.scenario.places) == pytest.approx(60.0, abs=1e-5)
    (folder / "config.csv").write_text("long_length\nkm\n")
    with pytest.raises(cx.InputError, match="EPSG:32619"):
        read(folder)


def test_countries_by_a_line_or_by_polygons_or_by_a_point(tmp_path):
    folder = city(tmp_path / "net")
    by_line = read(folder)

    def nodes(scenario, country):
        return {p.id for p in scenario.places if p.country == country and p.id.isdigit()}

    south = nodes(by_line.scenario, "FI")
    assert len(south) == SIDE * SIDE // 2
    assert max(p.lat for p in by_line.scenario.places if p.country == "FI") < 60.0 + 2.5001 / 111.195
    assert len(by_line.scenario.crossings) == SIDE
    turned = read(folder, inside=("FI", 25.0, 60.05)).scenario
    assert nodes(turned, "RU") == south
    square = [[24.0, 59.9], [26.0, 59.9], [26.0, 60.0 + 2.5 / 111.195], [24.0, 60.0 + 2.5 / 111.195], [24.0, 59.9]]
    shape = {
        "type": "Feature",
        "properties": {"ISO_A3": "FIN"},
        "geometry": {"type": "Polygon", "coordinates": [square]},
    }
    north = [[x, 120.0 - y + 5.0 / 111.195] for x, y in square]
    other = {
        "type": "Feature",
        "properties": {"name": "Russia"},
        "geometry": {"type": "MultiPolygon", "coordinates": [[north]]},
    }
    path = tmp_path / "areas.geojson"
    for features, border in (([shape], ("FI", "RU")), ([shape, other], None), ([shape, other], ("FI", "RU"))):
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        found = read_gmns(folder, border=border, line=path).scenario
        assert nodes(found, "FI") == south
        assert {p.country for p in found.places} == {"FI", "RU"}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '"x"', '{"type":"Point","coordinates":[1,2]}', '{"type":"LineString","coordinates":[[1,2]]}',
             '{"type":"LineString","coordinates":[[1,200],[2,3]]}', '{"type":"LineString","coordinates":[["a","b"],[2,3]]}',
             '{"type":"FeatureCollection","features":[null]}', "[" * 100_000, '{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,0]]]}']
)  # fmt: skip
def test_a_hostile_line_is_one_line(tmp_path, call, text):
    path = tmp_path / "l.geojson"
    path.write_text(text)
    status, _, err = call(
        "import", "gmns", city(tmp_path / "net"), tmp_path / "new", "--border", "FI-RU", "--line", path
    )
    assert status == 2
    assert len([line for line in err.splitlines() if not line.startswith("note")]) == 1


def test_without_countries_the_message_says_how_to_give_them(tmp_path, call):
    status, _, err = call("import", "gmns", city(tmp_path / "net"), tmp_path / "new")
    assert status == 2
    assert "--border A-B --line border.geojson" in err
    assert "--country COLUMN" in err


def test_cells_that_hold_more_than_a_number_are_read_by_it(tmp_path):
    found = read(city(tmp_path / "net", speed="25 mph"))
    road = next(r for r in found.scenario.roads if not r.estimated)
    assert road.hours == pytest.approx(1.05 / (25 * 1.609344), rel=1e-3)
    assert any("'25 mph'" in note for note in found.notes)


def test_external_nodes_and_zones_are_where_journeys_begin(tmp_path):
    folder = city(tmp_path / "net", head="node_type")
    text = (folder / "node.csv").read_text().splitlines()
    for row in (1, SIDE):
        text[row] += "external"
    (folder / "node.csv").write_text("\n".join(text))
    found = read(folder)
    assert {p.id for p in found.scenario.places if p.kind == "origin"} == {"1", str(SIDE)}
    without = read(city(tmp_path / "other"))
    assert any("that lie far apart, as none has a zone, stand for towns" in note for note in without.notes)
    assert all(row.per_day > 0 for row in without.scenario.demand)


def test_long_links_over_the_border_keep_their_length(tmp_path):
    found = read(city(tmp_path / "net")).scenario
    for crossing in found.crossings:
        km = sum(r.km for r in found.roads if {r.from_, r.to} & {crossing.place_a, crossing.place_b})
        assert km == pytest.approx(1.05, rel=1e-3)
        assert crossing.lat == pytest.approx(60.0 + 2.5 / 111.195, abs=1e-4)


def test_carriageways_and_booths_beside_one_another_are_one_crossing(tmp_path):
    nodes = "node_id,x_coord,y_coord,country,population\n1,25.0,60.0,FI,9\n2,25.0,60.02,RU,9\n"
    links = "link_id,from_node_id,to_node_id,directed,length,lanes\n"
    for k in range(4):
        nodes += f"{10 + k},{25.0 + 0.0005 * k},60.009,FI,\n{20 + k},{25.0 + 0.0005 * k},60.0095,RU,\n"
        a, b = (10 + k, 20 + k) if k < 2 else (20 + k, 10 + k)
        links += f"a{k},{a},{b},true,0.06,1\n"
        links += (
            f"b{k},1,{10 + k},true,1.01,\nc{k},{20 + k},2,true,1.17,\n"
            if k < 2
            else f"b{k},{10 + k},1,true,1.01,\nc{k},2,{20 + k},true,1.17,\n"
        )
    (tmp_path / "node.csv").write_text(nodes)
    (tmp_path / "link.csv").write_text(links)
    found = read_gmns(tmp_path).scenario
    assert len(found.crossings) == 1
    assert {lane.direction: lane.servers for lane in found.lanes} == {"FI": 2, "RU": 2}
    assert len(found.demand) == 4
    assert len(read_gmns(tmp_path, merge_km=0.0).scenario.crossings) == 4


def test_check_names_roads_whose_length_cannot_be(tmp_path, capsys):
    scenario = cx.Scenario.read("two-crossings")
    scenario.write(tmp_path / "border")
    text = (tmp_path / "border" / "roads.csv").read_text().splitlines()
    header = text[0].split(",")
    for row, factor in ((1, 0.001), (2, 1000.0)):
        cells = text[row].split(",")
        cells[header.index("km")] = str(float(cells[header.index("km")]) * factor)
        text[row] = ",".join(cells)
    (tmp_path / "border" / "roads.csv").write_text("\n".join(text))
    said = [str(fault) for fault in cx.check(tmp_path / "border")]
    assert any("1 of 5 roads: shorter than the straight line" in line for line in said), said
    assert any("1 of 5 roads: over 100 times the straight line" in line for line in said), said


# --- the export, in the hands of others -----------------------------------------------------------


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gmns")
    for name, text in gmns_files(cx.Scenario.read("finland-2023")).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


REQUIRED = {
    "node.csv": {"node_id": "any", "x_coord": "number", "y_coord": "number"},
    "link.csv": {"link_id": "any", "from_node_id": "any", "to_node_id": "any", "directed": "boolean"},
    "link_tod.csv": {"link_tod_id": "any", "link_id": "any"},
    "use_definition.csv": {"use": "any", "persons_per_vehicle": "number", "pce": "number"},
}  # what the standard requires, GMNS 0.96


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_what_the_standard_requires_is_there(written, name):
    frictionless = pytest.importorskip("frictionless")
    fields = [
        {"name": field, "type": kind, "constraints": {"required": True, **({"minimum": 0} if field == "pce" else {})}}
        for field, kind in REQUIRED[name].items()
    ]
    schema = frictionless.Schema.from_descriptor({"fields": fields, "fieldsMatch": "subset"})
    resource = frictionless.Resource(path=name, basepath=str(written), schema=schema)
    report = resource.validate()
    assert report.valid, report.flatten(["message"])[:3]


def test_path4gmns_reads_the_network_and_finds_ways_in_both_directions(written, monkeypatch):
    path4gmns = pytest.importorskip("path4gmns")
    monkeypatch.chdir(written)
    network = path4gmns.read_network(input_dir=".")
    there = network.find_shortest_path("petrozavodsk", "st-petersburg", seq_type="node")
    back = network.find_shortest_path("st-petersburg", "helsinki", seq_type="node")
    assert "petrozavodsk" in there
    assert "st-petersburg" in there
    assert "infinity" not in f"{there} {back}"


def test_every_zone_is_a_place_where_journeys_begin_or_end(written):
    rows = [row.split(",") for row in (written / "node.csv").read_text().splitlines()]
    zones = {row[0] for row in rows[1:] if row[1]}
    scenario = cx.Scenario.read("finland-2023")
    assert {row.origin for row in scenario.demand} <= zones
    assert len({row[1] for row in rows[1:] if row[1]}) == len(zones)
