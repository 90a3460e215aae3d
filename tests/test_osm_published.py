"""What published maps hold, drawn small: each drawing was once refused, or gave a border that is not there."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path

import pytest

import crossings as cx
from crossings.importers.osm import GivenTown, OsmRequest, read_extract, to_scenario
from osm_extracts import Drawing, two_countries

LINE = {"boundary": "administrative", "admin_level": "2"}


def gate_and_street(**line: str) -> Drawing:
    """A straight line along lat 50 with one gate on it, a town on each side, FI north of it."""
    d = Drawing()
    south = d.node(20.1, 49.9, place="town", name="South", population="1000")
    north = d.node(20.1, 50.1, place="town", name="North", population="1000")
    gate = d.node(20.1, 50.0, barrier="border_control", name="Gate")
    d.way([south, gate], highway="primary")
    d.way([gate, north], highway="primary")
    ends = [d.node(20.0, 50.0), d.node(20.11, 50.0), d.node(20.112, 50.002), d.node(20.114, 50.0), d.node(20.4, 50.0)]
    shared = d.way(ends, **LINE, **line)
    for code, lat in (("FI", 50.3), ("RU", 49.7)):
        rest = d.way([ends[-1], d.node(20.4, lat), d.node(20.0, lat), ends[0]], **LINE)
        d.relation(
            [("w", shared, "outer"), ("w", rest, "outer")],
            type="boundary",
            **LINE,
            ISO3166_1_="",
            **{"ISO3166-1": code},
        )
    return d


def made(drawing: Drawing, tmp_path: Path, a: str = "FI", b: str = "RU", **wish):
    return to_scenario(read_extract(drawing.write(tmp_path / "drawn.osm.pbf")), OsmRequest(a, b, **wish))


def names(found) -> list[str]:
    return [c.name for c in found.scenario.crossings]


def test_a_border_on_land_may_be_called_territorial(tmp_path):
    assert names(made(gate_and_street(border_type="territorial"), tmp_path)) == ["Gate"]


def test_a_border_in_the_sea_is_one_where_a_bridge_goes_over_it(tmp_path):
    assert names(made(gate_and_street(maritime="yes"), tmp_path)) == ["Gate"]


def test_a_street_that_clips_a_notch_of_the_line_takes_no_crossing_away(tmp_path):
    d = gate_and_street()
    d.way([2, d.node(20.108, 50.001), d.node(20.118, 50.001), 2], highway="primary", name="Corner Street")
    found = made(d, tmp_path)
    assert names(found) == ["Gate"]
    assert any("dip over the line" in note and "Corner Street" in note for note in found.notes)


def test_a_road_around_the_end_of_the_line_is_dropped_and_named_not_the_crossing(tmp_path):
    d = gate_and_street()
    d.way([2, d.node(19.9, 50.1), d.node(19.9, 49.9), 1], highway="primary", ref="R 7")
    del d.ways[4], d.ways[5]  # what else is of the outlines: the file is cut
    found = made(d, tmp_path, inside=("FI", 20.1, 50.05))
    assert names(found) == ["Gate"]
    assert any("join both sides and go over no line" in note and "R 7" in note for note in found.notes)


def test_a_track_near_a_control_is_no_crossing(tmp_path):
    d = gate_and_street()
    d.way([1, d.node(20.15, 49.98), d.node(20.15, 50.02), 2], highway="track")
    found = made(d, tmp_path, every_road=True)
    assert names(found) == ["Gate"]
    d.ways[len(d.ways)] = (d.ways[len(d.ways)][0], {"highway": "track", "motor_vehicle": "yes"})
    assert len(names(made(d, tmp_path, every_road=True))) == 2


def test_a_control_belongs_to_its_own_road_and_to_the_nearest_border(tmp_path):
    """A second road over the line 3 km off has no control; one beyond another border has its own."""
    d = gate_and_street()
    d.way([1, d.node(20.14, 49.98), d.node(20.14, 50.02), 2], highway="secondary", ref="S 2")
    found = made(d, tmp_path)
    assert len(set(names(found))) == 2
    bare = next(c for c in found.scenario.crossings if c.name != "Gate")
    assert "no control is drawn" in bare.source
    assert bare.lon == pytest.approx(20.14)
    d = two_countries()
    for k, (_, _, tags) in d.nodes.items():
        if tags.get("name") == "Pohjoinen":
            d.nodes[k] = (27.9, 61.0, tags)
    d.way([d.node(27.89, 60.9), d.node(27.89, 61.1)], **LINE)  # a third country's border, nearer to that control
    assert "Pohjoinen" not in names(made(d, tmp_path))


@pytest.mark.parametrize("name", ["a.osm.gz", "a.osm.bz2", "a.osm.xml", "a", "a.osm.pbf.bin"])
def test_a_file_is_known_by_its_content(tmp_path, name):
    plain = gate_and_street().write(tmp_path / ("x.osm.pbf" if "pbf" in name else "x.osm")).read_bytes()
    packed = gzip.compress(plain) if name.endswith("gz") else bz2.compress(plain) if name.endswith("bz2") else plain
    (tmp_path / name).write_bytes(packed)
    assert names(to_scenario(read_extract(tmp_path / name), OsmRequest("FI", "RU"))) == ["Gate"]


def test_negative_ids_and_ways_before_nodes(tmp_path):
    d = gate_and_street()
    text = d.write(tmp_path / "x.osm").read_text()
    text = text.replace('id="3"', 'id="-3"').replace('ref="3"', 'ref="-3"')
    (tmp_path / "negative.osm").write_text(text)
    assert names(to_scenario(read_extract(tmp_path / "negative.osm"), OsmRequest("FI", "RU"))) == ["Gate"]
    head, rest = text.split("<node", 1)
    nodes, ways = ("<node" + rest).split("<way", 1)
    (tmp_path / "turned.osm").write_text(head + "<way" + ways.replace("</osm>", "") + nodes + "</osm>")
    assert names(to_scenario(read_extract(tmp_path / "turned.osm"), OsmRequest("FI", "RU"))) == ["Gate"]


def test_memory_grows_with_the_file_not_with_its_ids(tmp_path):
    """The ids of today's nodes are beyond 10^10: a dense set of them alone would take over a gigabyte."""
    import resource

    d = two_countries()
    shift = {k: 12_000_000_000 + 700_000_000 * k for k in d.nodes}
    d.nodes = {shift[k]: v for k, v in d.nodes.items()}
    d.ways = {k: ([shift[n] for n in nodes], tags) for k, (nodes, tags) in d.ways.items()}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert len(names(made(d, tmp_path))) == 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KB


def test_countries_that_are_not_in_the_file_are_refused_with_those_that_are(tmp_path, call):
    path = gate_and_street().write(tmp_path / "x.osm.pbf")
    status, _, err = call("import", "osm", path, tmp_path / "new", "--border", "AD-ES", "--inside", "AD=20.1,50.1")
    assert status == 2
    assert "no outline of AD or ES" in err
    assert "FI, RU" in err
    status, _, err = call("import", "osm", path, tmp_path / "new", "--border", "FIN-RUS")
    assert status == 0, err


def test_one_outline_alone_will_do(tmp_path):
    d = gate_and_street()
    d.relations = {1: d.relations[1]}
    found = made(d, tmp_path)
    assert names(found) == ["Gate"]
    assert any("the outline of RU is not in the file" in note for note in found.notes)


def one_side() -> Drawing:
    """As a country's own extract is: nothing beyond the line but the end of the road."""
    d = gate_and_street()
    d.nodes[1] = (20.1, 49.99, {})
    d.way([2, d.node(20.15, 50.12, place="village", name="Hamlet")], highway="secondary")
    return d


def test_an_extract_of_one_country_gives_a_scenario(tmp_path):
    found = made(one_side(), tmp_path)
    end = next(p for p in found.scenario.places if p.country == "RU" and p.kind == "origin")
    assert (end.lat, end.lon) == pytest.approx((49.99, 20.1))
    assert end.estimated
    found.scenario.write(tmp_path / "border")
    assert cx.check(tmp_path / "border") == []


def test_a_town_that_the_extract_lacks_can_be_named(tmp_path):
    found = made(one_side(), tmp_path, given=(GivenTown("Faraway", 20.1, 49.7),))
    town = next(p for p in found.scenario.places if p.name == "Faraway")
    assert town.country == "RU"
    road = next(r for r in found.scenario.roads if "faraway" in (r.from_, r.to))
    assert 32 < road.km < 60
    assert not any(p.estimated for p in found.scenario.places)
    assert {row.destination for row in found.scenario.demand if row.origin == "north"} == {"faraway"}


def test_towns_without_a_population_count_by_class(tmp_path):
    found = made(one_side(), tmp_path)
    assert {p.name for p in found.scenario.places if p.country == "FI" and p.kind == "origin"} == {"North", "Hamlet"}
    assert next(p for p in found.scenario.places if p.name == "Hamlet").population is None
    assert any("which count by class" in note for note in found.notes)


def test_a_town_lies_in_the_country_of_its_side_of_the_line(tmp_path):
    """Its nearest road is beyond the line: it is not taken there."""
    d = gate_and_street()
    d.node(20.105, 49.9995, place="village", name="Just South", population="90000")
    d.way([3, d.node(20.1052, 50.0003)], highway="residential")
    found = made(d, tmp_path)
    assert not any(p.name == "Just South" and p.country == "FI" for p in found.scenario.places)


def test_every_row_of_demand_has_a_way(tmp_path):
    """A town on a one-way stub, and a road without lorries."""
    d = gate_and_street()
    stub = d.node(20.2, 50.1, place="city", name="Stub City", population="500000")
    d.way([2, stub], highway="primary", oneway="yes")
    d.ways[1] = (d.ways[1][0], {"highway": "primary", "hgv": "no"})
    found = made(d, tmp_path)
    model = cx.Model(found.scenario)
    assert model.gates
    assert {row.stream for row in found.scenario.demand} == {"travellers"}
    assert sum(row.per_day for row in found.scenario.demand) == pytest.approx(1000)


def streets() -> Drawing:
    """Ten streets over 5 km of an open border."""
    d = gate_and_street()
    d.nodes[3] = (20.1, 50.0, {})
    for k in range(1, 10):
        lon = 20.12 + 0.007 * k
        d.way([1, d.node(lon, 49.98), d.node(lon, 50.02), 2], highway="secondary", ref=f"S {k}")
    return d


def test_a_chain_of_streets_is_not_one_crossing(tmp_path):
    many = {km: len(names(made(streets(), tmp_path, merge_km=km))) for km in (0.1, 1.0, 20.0)}
    assert many[20.0] == 1
    assert many[0.1] == 10
    assert 3 <= many[1.0] <= 6


def test_the_command_chooses_crossings_towns_and_roads(tmp_path, call):
    path = streets().write(tmp_path / "s.osm.pbf")
    everything = names(made(streets(), tmp_path))
    words = ["import", "osm", path, tmp_path / "new", "--border", "FI-RU", "--merge-km", "0.1", "--all-roads"]
    status, out, err = call(*words, "--only", "Nowhere")
    assert (status, out) == (2, "")
    assert "no crossing is called 'Nowhere'" in err.splitlines()[-1]
    status, out, err = call(*words, "--only", everything[1], "--town", "Far=20.13,50.03")
    assert status == 0, err
    found = cx.Scenario.read(tmp_path / "new")
    assert [c.name for c in found.crossings] == [everything[1]]
    assert "Far" in {p.name for p in found.places}


def test_only_the_crossings_that_are_wanted(tmp_path):
    everything = names(made(streets(), tmp_path))
    assert names(made(streets(), tmp_path, only=(everything[1].upper(),))) == [everything[1]]
    with pytest.raises(cx.InputError, match="no crossing is called 'Nowhere'"):
        made(streets(), tmp_path, only=("Nowhere",))


@pytest.mark.parametrize("tags", [{"government": "border_control"}, {"government": "customs"}, {"amenity": "customs"}])
def test_controls_are_known_by_any_of_their_tags(tmp_path, tags):
    d = gate_and_street()
    d.nodes[3] = (20.1, 50.0, {**tags, "name": "Gate"})
    for k in (1, 2):
        d.ways[k] = (d.ways[k][0], {"highway": "tertiary"})
    assert names(made(d, tmp_path)) == ["Gate"]


def test_a_place_gives_its_name_rather_than_a_word_for_any_border(tmp_path):
    d = gate_and_street()
    d.nodes[3] = (20.1, 50.0, {"barrier": "border_control", "name": "Aduana"})
    d.node(20.104, 50.001, place="hamlet", name="La Farga")
    found = made(d, tmp_path)
    assert names(found) == ["La Farga"]
    d.nodes[3] = (20.1, 50.0, {"barrier": "border_control", "name": "Zollamt La Farga"})
    assert names(made(d, tmp_path)) == ["La Farga"]


def test_roads_that_the_file_cuts_off_before_the_line_are_said_and_taken(tmp_path):
    d = gate_and_street()
    d.nodes[3] = (20.1, 50.003, {})
    d.nodes[1] = (20.1, 49.9, {})
    d.ways[1] = ([1, d.node(20.1, 49.8)], {"highway": "primary"})
    found = made(d, tmp_path)
    assert len(names(found)) == 1
    assert any("ends 0.3 km before it" in note for note in found.notes)
    assert found.scenario.crossings[0].lat == pytest.approx(50.0)


def test_a_bomb_in_gzip_is_refused_quickly(tmp_path, call):
    path = tmp_path / "bomb.osm.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b'<osm version="0.6"><node id="')
        for _ in range(20):
            file.write(b"1" * 1_000_000)
    status, _, err = call("import", "osm", path, tmp_path / "new", "--border", "FI-RU")
    assert (status, err.count("\n")) == (2, 1)
    assert "a text without end" in err
