"""OpenStreetMap extracts: what becomes what, and what is refused."""

from __future__ import annotations

import datetime as dt
import math
from functools import cache
from pathlib import Path

import pytest

import crossings as cx
from crossings.importers.osm import OsmRequest, read_extract, to_scenario
from crossings.importers.osm.hours import hours_of
from crossings.importers.osm.tags import modes_of, population_of, read_road
from crossings.importers.sides import km_between
from osm_extracts import Drawing, two_countries


def made(drawing: Drawing, tmp_path: Path, name: str = "two.osm.pbf", **wish):
    path = drawing.write(tmp_path / name)
    return to_scenario(read_extract(path), OsmRequest("FI", "RU", **wish))


def road(scenario, a, b):
    return next(r for r in scenario.roads if {r.from_, r.to} == {a, b})


# --- tags ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "forward", "backward"),
    [
        ({"highway": "primary"}, (80, 80), (80, 80)),
        ({"highway": "trunk", "maxspeed": "60 mph"}, (96.56064, 80), (96.56064, 80)),
        ({"highway": "trunk", "maxspeed": "RU:urban"}, (90, 80), (90, 80)),
        ({"highway": "motorway"}, (110, 80), (0, 0)),
        ({"highway": "motorway", "oneway": "no"}, (110, 80), (110, 80)),
        ({"highway": "primary", "oneway": "-1"}, (0, 0), (80, 80)),
        ({"highway": "tertiary", "junction": "roundabout"}, (50, 50), (0, 0)),
        ({"highway": "primary", "hgv": "no"}, (80, 0), (80, 0)),
        ({"highway": "primary", "maxspeed:hgv": "50"}, (80, 50), (80, 50)),
        ({"highway": "primary_link"}, (48, 48), (48, 48)),
    ],
)
def test_a_way_is_a_road_with_speeds(tags, forward, backward):
    found = read_road(tags)
    assert found.forward == pytest.approx(forward)
    assert found.backward == pytest.approx(backward)


@pytest.mark.parametrize(
    "tags", [{"highway": "footway"}, {"highway": "primary", "access": "no"}, {}, {"highway": "service", "area": "yes"}]
)
def test_other_ways_are_no_roads(tags):
    assert read_road(tags) is None


def test_the_most_particular_access_tag_decides():
    assert modes_of({"access": "private"}) == ()
    assert modes_of({"access": "no", "motor_vehicle": "yes", "hgv": "no"}) == ("car",)
    assert modes_of({"vehicle": "destination"}) == ("car", "hgv")


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("1,234", 1234),
        ("12 345", 12345),
        ("~5000", 5000),
        ("nan", None),
        ("-3", None),
        ("0", None),
        ("9" * 40, None),
        ("1e9", 1),
    ],
)
def test_population(text, people):
    assert population_of({"population": text}) == people


def test_hours_that_cannot_be_read_are_named():
    assert hours({"opening_hours": "sunrise-sunset"}) == ("", "", ("opening_hours 'sunrise-sunset' cannot be read",))
    assert hours({"opening_hours": '"by appointment"'})[0] == ""


def hours(tags):
    found = hours_of(tags, dt.date(2024, 1, 1), 28)
    return found.of["car"], found.of["hgv"], found.notes


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Mo-Fr 08:00-16:00", "Mo-Fr 08:00-16:00"),
        ("Mo-Fr 8:00-16:00", "Mo-Fr 08:00-16:00; Sa-Su off"),
        ("Mo-Fr 06:00-22:00; Sa 08:00-12:00; PH off", "Mo-Fr 06:00-22:00; Sa 08:00-12:00; Su off"),
        ("24/7; PH off", "24/7"),
        ("open", "24/7"),
        ("closed", "off"),
        ("off", "off"),
        ("Jun-Sep 08:00-20:00; Oct-May off", "off"),
        ("Nov-Mar 08:00-20:00; Apr-Oct 06:00-22:00", "08:00-20:00"),
        ("08:00+", "08:00-24:00"),
        ('Mo-Fr 08:00-16:00 "lorries only by appointment"', "Mo-Fr 08:00-16:00; Sa-Su off"),
        ("Mo 22:00-26:00", "Mo 22:00-24:00; Tu 00:00-02:00; We-Su off"),
    ],
)
def test_opening_hours_as_maps_have_them(text, read):
    assert hours({"opening_hours": text}) == (read, read, ())


def test_hours_that_change_within_the_period_are_named():
    read, _, notes = hours({"opening_hours": "08:00-16:00; Jan 10-14 off"})
    assert read == "08:00-16:00"
    assert "changes between 2024-01-01 and 2024-01-28" in notes[0]


@pytest.mark.parametrize(
    ("tags", "car", "hgv"),
    [
        ({"access:conditional": "no @ (22:00-06:00)"}, "06:00-22:00", "06:00-22:00"),
        ({"hgv:conditional": "no @ (Sa,Su)"}, "", "Mo-Fr 00:00-24:00; Sa-Su off"),
        ({"access": "no", "access:conditional": "yes @ (08:00-20:00)"}, "08:00-20:00", "08:00-20:00"),
        ({"opening_hours": "06:00-22:00", "hgv:conditional": "no @ (06:00-08:00)"}, "06:00-22:00", "08:00-22:00"),
        ({"access:conditional": "no @ (Nov-May)"}, "off", "off"),
    ],
)
def test_conditional_access_is_hours(tags, car, hgv):
    assert hours(tags) == (car, hgv, ())


def test_a_condition_that_is_no_time_is_a_note():
    assert "is not used" in hours({"hgv:conditional": "no @ (weight>3.5)"})[2][0]


# --- the whole way -------------------------------------------------------------------------------


def test_an_extract_becomes_a_scenario_that_passes_every_check(tmp_path):
    found = made(two_countries(), tmp_path).scenario
    found.write(tmp_path / "border")
    assert cx.check(tmp_path / "border") == []
    assert cx.Model(cx.Scenario.read(tmp_path / "border")).gates


def test_crossings_stand_where_a_guarded_road_meets_the_line(tmp_path):
    found = made(two_countries(), tmp_path)
    places = {c.id: (c.lat, c.lon) for c in found.scenario.crossings}
    assert places == {"etela": (60.5, 28.0), "pohjoinen": (61.0, 28.0)}
    assert any("1 small road over the line without a control" in note for note in found.notes)


def test_sides_lie_in_the_right_country(tmp_path):
    found = made(two_countries(), tmp_path).scenario
    country = {p.id: p.country for p in found.places}
    assert country["lansi"] == "FI"
    assert country["vostok"] == "RU"
    for crossing in found.crossings:
        assert country[crossing.place_a] == "FI"
        assert country[crossing.place_b] == "RU"


@pytest.mark.parametrize("name", ["turned.osm.pbf", "turned.osm"])
def test_the_direction_in_which_the_line_is_drawn_changes_nothing(tmp_path, name):
    straight, turned = two_countries(), two_countries()
    turned.ways[1] = (turned.ways[1][0][::-1], turned.ways[1][1])
    one, two = made(straight, tmp_path), made(turned, tmp_path, name)
    assert one.scenario.places == two.scenario.places
    assert one.scenario.roads == two.scenario.roads


def test_lengths_and_hours_are_those_of_the_ways(tmp_path):
    found = made(two_countries(), tmp_path).scenario
    north = road(found, "lansi", "pohjoinen FI")
    km = 111.195 * 0.4 * math.cos(math.radians(61.0))
    assert north.km == pytest.approx(km, rel=1e-3)
    assert north.hours == pytest.approx(km / 100, rel=1e-3)
    south = road(found, "lansi", "etela FI")
    assert south.km == pytest.approx(111.195 * (0.5 + 0.4 * math.cos(math.radians(60.5))), rel=1e-3)
    assert south.hours == pytest.approx(south.km / 80, rel=1e-3)


def test_opening_hours_reach_the_lanes_and_bad_ones_a_note(tmp_path):
    found = made(two_countries(), tmp_path).scenario
    assert {lane.hours for lane in found.lanes if lane.crossing == "pohjoinen"} == {"Mo-Fr 08:00-20:00"}
    bad = made(two_countries(hours="dawn-dusk"), tmp_path)
    assert {lane.hours for lane in bad.scenario.lanes} == {"24/7"}
    assert any("dawn-dusk" in note for note in bad.notes)


def test_a_control_that_bars_lorries_has_no_lane_for_them(tmp_path):
    found = made(two_countries(control={"hgv": "no"}), tmp_path).scenario
    assert {s for lane in found.lanes if lane.crossing == "etela" for s in lane.streams} == {"travellers"}
    assert {s for lane in found.lanes if lane.crossing == "pohjoinen" for s in lane.streams} == {"travellers", "trucks"}


@pytest.mark.parametrize("control", [{"access": "no"}, {"opening_hours": "closed"}])
def test_a_control_that_lets_nobody_pass_is_a_crossing_that_is_shut(tmp_path, control):
    found = made(two_countries(control=control), tmp_path)
    assert [c.id for c in found.scenario.crossings] == ["etela", "pohjoinen"]
    assert {lane.servers for lane in found.scenario.lanes if lane.crossing == "etela"} == {0}
    assert min(lane.servers for lane in found.scenario.lanes if lane.crossing == "pohjoinen") > 0
    assert any("Etelä" in note and "shut" in note for note in found.notes)
    found.scenario.write(tmp_path / "border")
    assert cx.check(tmp_path / "border") == []


def test_a_road_that_lorries_may_not_use_is_a_row_for_cars(tmp_path):
    drawing = two_countries()
    for k, (nodes, tags) in drawing.ways.items():
        if tags.get("highway") == "secondary":
            drawing.ways[k] = (nodes, {**tags, "hgv": "no"})
    found = made(drawing, tmp_path).scenario
    assert road(found, "etela RU", "vostok").modes == ("car",)


def test_one_way_streets_stay_one_way(tmp_path):
    found = made(two_countries(oneway="yes"), tmp_path).scenario
    south = [r for r in found.roads if {r.from_, r.to} == {"lansi", "etela FI"}]
    assert [(r.from_, r.to, r.one_way) for r in south] == [("lansi", "etela FI", True)]


def test_of_two_ways_the_fastest_is_kept(tmp_path):
    drawing = two_countries()
    west, gate = 8, drawing.ways[4][0][2]
    assert drawing.nodes[west][2]["name"] == "Länsi"
    drawing.way([west, drawing.node(27.8, 61.1), gate], highway="motorway", oneway="no", maxspeed="160")
    found = made(drawing, tmp_path).scenario
    north = road(found, "lansi", "pohjoinen FI")
    assert north.hours < 0.21  # 0.2156 by the trunk road
    assert north.km > 25


def test_carriageways_of_one_crossing_are_one_crossing(tmp_path):
    drawing = two_countries()
    a, b = drawing.ways[4][0][1], drawing.ways[4][0][4]
    drawing.way([a, drawing.node(27.95, 61.003), drawing.node(28.05, 61.003), b], highway="trunk", oneway="yes")
    found = made(drawing, tmp_path).scenario
    assert len(found.crossings) == 2


def test_the_sides_are_told_by_a_point_where_outlines_do_not_close(tmp_path):
    drawing = two_countries()
    del drawing.ways[2], drawing.ways[3]
    with pytest.raises(cx.InputError, match="--inside FI=LON,LAT"):
        made(drawing, tmp_path)
    for point in (("FI", 27.0, 61.0), ("RU", 29.0, 60.2)):
        found = made(drawing, tmp_path, inside=point).scenario
        assert {p.id: p.country for p in found.places}["lansi"] == "FI"


def test_a_labelled_node_tells_the_side(tmp_path):
    drawing = two_countries()
    del drawing.ways[2], drawing.ways[3]
    label = drawing.node(26.5, 60.9)
    members, tags = drawing.relations[1]
    drawing.relations[1] = ([*members, ("n", label, "label")], tags)
    found = made(drawing, tmp_path).scenario
    assert {p.id: p.country for p in found.places}["lansi"] == "FI"


def test_every_road_can_be_a_crossing(tmp_path):
    drawing = two_countries()
    drawing.way([drawing.ways[9][0][0], 8], highway="tertiary")
    drawing.way([drawing.ways[9][0][1], 13], highway="tertiary")
    assert len(made(drawing, tmp_path).scenario.crossings) == 2
    found = made(drawing, tmp_path, every_road=True).scenario
    assert len(found.crossings) == 3
    assert [c.source for c in found.crossings if "no control" in c.source]


def test_a_third_country_is_not_taken_for_one_of_the_two(tmp_path):
    """A town beyond another border, joined by road, is no origin."""
    drawing = two_countries()
    drawing.way([drawing.node(25.9, 61.1), drawing.node(27.7, 61.1)], boundary="administrative", admin_level="2")
    beyond = drawing.node(27.6, 61.2, place="city", name="Beyond", population="900000")
    drawing.way([8, beyond], highway="primary")
    found = made(drawing, tmp_path).scenario
    assert "beyond" not in {p.id for p in found.places}


def test_all_roads_keeps_what_no_fastest_way_takes(tmp_path):
    drawing = two_countries()
    side = drawing.node(27.7, 61.2)
    drawing.way([drawing.ways[4][0][1], side, drawing.ways[5][0][1]], highway="tertiary")
    few, many = made(drawing, tmp_path).scenario, made(drawing, tmp_path, all_roads=True).scenario
    assert len(many.roads) > len(few.roads)


def test_distances_are_great_circles():
    import numpy as np

    one = km_between(np.array([0.0]), np.array([0.0]), np.array([1.0]), np.array([0.0]))
    assert float(one[0]) == pytest.approx(111.195, rel=1e-4)


def test_a_line_in_two_parts_is_joined_and_the_gap_named(tmp_path):
    drawing = two_countries()
    line, far = drawing.ways[1][0], drawing.node(28.0, 60.6)
    drawing.ways[1] = (line[:2], drawing.ways[1][1])
    north = drawing.way([drawing.node(28.0, 60.9), line[2]], boundary="administrative", admin_level="2")
    for k, (members, tags) in drawing.relations.items():
        drawing.relations[k] = ([*members, ("w", north, "outer")], tags)
    found = made(drawing, tmp_path, inside=("FI", 27.9, 61.0))
    assert far
    assert found.scenario.lines["fi-ru"] in (
        ((28.0, 60.0), (28.0, 60.5), (28.0, 60.9), (28.0, 61.5)),
        ((28.0, 60.0), (28.0, 61.5)),  # thinned: all on one meridian
    )
    assert any("1 gap, the longest 44 km" in note for note in found.notes)


def test_without_outlines_every_border_way_is_taken(tmp_path):
    drawing = two_countries()
    drawing.relations.clear()
    found = made(drawing, tmp_path, inside=("RU", 28.3, 61.0))
    assert any("every way of admin_level 2 is taken" in note for note in found.notes)
    assert len(found.scenario.crossings) == 2


def test_tags_of_the_line_tell_the_side(tmp_path):
    drawing = two_countries()
    del drawing.ways[2], drawing.ways[3]
    nodes, tags = drawing.ways[1]
    drawing.ways[1] = (nodes, {**tags, "left:country": "FI", "right:country": "RU"})
    assert {p.id: p.country for p in made(drawing, tmp_path).scenario.places}["lansi"] == "FI"


@pytest.mark.parametrize("seed", range(12))
def test_the_reduced_roads_keep_every_shortest_journey(seed):
    """On random graphs with one-way streets and roads that one mode may not use."""
    import numpy as np

    from crossings.importers.osm.graph import MODES, RoadGraph, contract, links_between

    rng = np.random.default_rng(seed)
    size, edges = 80, 120
    tail, head = rng.integers(0, size, edges), rng.integers(0, size, edges)
    tail, head = np.append(tail, np.arange(size - 1)), np.append(head, np.arange(1, size))  # a long chain as well
    km = rng.uniform(1, 20, len(tail))
    there, back = (km[:, None] / rng.uniform(20, 100, (len(tail), 2)) for _ in range(2))
    there[rng.random(there.shape) < 0.15] = np.inf
    back[rng.random(back.shape) < 0.3] = np.inf
    graph = RoadGraph(size, tail, head, km, there, back)
    terminals = rng.choice(size, 6, replace=False).tolist()
    links = links_between(contract(graph, terminals), terminals, every=False)
    for m, mode in enumerate(MODES):
        whole = {}
        for p, q, a, b in zip(tail, head, there[:, m], back[:, m], strict=True):
            for pair, hours in (((int(p), int(q)), a), ((int(q), int(p)), b)):
                whole[pair] = min(whole.get(pair, np.inf), hours)
        small = {(k.tail, k.head): k.hours for k in links if k.mode == mode}
        for start in terminals:
            one, two = (shortest(start, arcs) for arcs in (whole, small))
            for end in terminals:
                assert two.get(end, np.inf) == pytest.approx(one.get(end, np.inf))


def shortest(start, arcs):
    """Hours from a node to every other, by Bellman and Ford: as plain as can be."""
    best = {start: 0.0}
    changed = True
    while changed:
        changed = False
        for (p, q), hours in arcs.items():
            if p in best and best[p] + hours < best.get(q, math.inf) - 1e-12:
                best[q], changed = best[p] + hours, True
    return best


# --- the command, and what it refuses --------------------------------------------------------------


def test_the_command_writes_a_border(tmp_path, call):
    path = two_countries().write(tmp_path / "two.osm.pbf")
    status, out, err = call("import", "osm", path, tmp_path / "new", "--border", "fi-ru")
    assert status == 0
    assert "2 crossings, 6 places, 4 roads" in out
    assert "small road over the line without a control" in err
    status, _, err = call("import", "osm", path, tmp_path / "new", "--border", "FI-RU")
    assert (status, err.count("\n")) == (2, 1)


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + k)} "{("&" + chr(97 + k) + ";") * 10}">' for k in range(9))
    + ']><osm version="0.6"><note>&j;</note></osm>'
)
FAR_BOMB = BOMB.replace("?>", "?><!-- <osm " + "x" * 70000 + " -->", 1)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.osm", BOMB, "entity"),
        ("far.osm", FAR_BOMB, "cannot be read"),
        ("b.osm", "<gpx></gpx>", "neither OSM PBF"),
        ("c.osm", '<osm version="0.6"><node id="1" lat="nan" lon="2"/></osm>', ""),
        ("d.osm", '<osm version="0.6"><node id="1" lat="1"', "cannot be read"),
        ("e.osm.pbf", "nothing", "not an OSM PBF"),
        ("f.osm.pbf", b"\x00\x00\x00\x0d\n\x09OSMHeader\x18\xff\xff\xff\x7f" + b"\x00" * 100, "cannot be read"),
        ("g.osm.bz2", "x", "neither"),
        (
            "h.osm",
            b'<osm version="0.6"><node id="1" lat="1" lon="1"><tag k="place" v="\xff\xfe"/></node></osm>',
            "cannot be read",
        ),
        ("i.osm", '<osm version="0.6"></osm>', "no border between FI and RU"),
    ],
)
def test_a_hostile_extract_is_one_line(tmp_path, call, name, content, said):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    status, out, err = call("import", "osm", path, tmp_path / "new", "--border", "FI-RU")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert said in err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "words",
    [["--border", "FI"], ["--border", "FI-FI"], ["--border", "FI-RU", "--towns", "0"], ["--border", "FI-RU", "--within-km", "nan"],
     ["--border", "FI-RU", "--inside", "SE=1,2"], ["--border", "FI-RU", "--start", "1.2.2024"], ["--border", "FI-RU", "--per-day", "-1"]],
)  # fmt: skip
def test_bad_options_are_one_line(tmp_path, call, words):
    path = two_countries().write(tmp_path / "two.osm.pbf")
    status, _, err = call("import", "osm", path, tmp_path / "new", *words)
    assert (status, err.count("\n")) == (2, 1)


def test_a_missing_file_or_a_folder_is_one_line(tmp_path, call):
    for path in (tmp_path / "no.osm.pbf", tmp_path):
        status, _, err = call("import", "osm", path, tmp_path / "new", "--border", "FI-RU")
        assert (status, err.count("\n")) == (2, 1)


def test_without_towns_the_ends_of_roads_stand_for_them(tmp_path):
    drawing = two_countries()
    for k, (lon, lat, tags) in drawing.nodes.items():
        if "place" in tags:
            drawing.nodes[k] = (lon, lat, {})
    found = made(drawing, tmp_path)
    ends = [p for p in found.scenario.places if p.kind == "origin"]
    assert {p.country for p in ends} == {"FI", "RU"}
    assert all(p.estimated and "where the file ends" in p.source for p in ends)
    assert any("--town NAME=LON,LAT" in note for note in found.notes)


def test_small_roads_alone_are_an_error_that_says_what_to_do(tmp_path, call):
    drawing = two_countries()
    for k, (nodes, tags) in drawing.ways.items():
        if "highway" in tags:
            drawing.ways[k] = (nodes, {**tags, "highway": "tertiary"})
    path = drawing.write(tmp_path / "two.osm.pbf")
    words = ["import", "osm", path, tmp_path / "new", "--border", "FI-RU", "--within-km", "0.01"]
    status, _, err = call(*words)
    assert status == 2
    assert "--every-road" in err.splitlines()[-1]
    assert "small roads over the line without a control" in err  # notes are printed with the error
    status, _, err = call(*words, "--every-road")
    assert status == 0


def varint(number):
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def blob(kind, content, raw_size):
    data = b"\x10" + varint(raw_size) + b"\x1a" + varint(len(content)) + content
    head = b"\x0a" + varint(len(kind)) + kind + b"\x18" + varint(len(data))
    return len(head).to_bytes(4, "big") + head + data


@cache
def bomb():
    import zlib

    return zlib.compress(b"\0" * (512 << 20), 1)


@pytest.mark.parametrize("said", [1000, 2_000_000_000])
def test_a_zip_bomb_is_refused_quickly(tmp_path, call, said):
    """A blob of half a megabyte that would unpack to 512 MB, whatever it says of its size."""
    import resource

    path = tmp_path / "bomb.osm.pbf"
    path.write_bytes(blob(b"OSMHeader", bomb(), said))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    status, _, err = call("import", "osm", path, tmp_path / "new", "--border", "FI-RU")
    assert (status, err.count("\n")) == (2, 1)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # KB


def test_a_huge_file_is_refused_before_it_is_read(tmp_path, call):
    path = tmp_path / "line.osm"
    with path.open("wb") as file:
        file.write(b'<osm version="0.6"><node id="')
        file.truncate(11_000_000_000)  # a hole: it takes no room
    status, _, err = call("import", "osm", path, tmp_path / "new", "--border", "FI-RU")
    assert (status, err.count("\n")) == (2, 1)
    assert "11.0 GB are more than" in err


# --- places as areas, roads that are shut ----------------------------------------------------------


def area(d, lon, lat, **tags):
    """A square of 2 km as a closed way; its id."""
    corners = [d.node(lon + x, lat + y) for x, y in ((-0.02, -0.01), (0.02, -0.01), (0.02, 0.01), (-0.02, 0.01))]
    return d.way([*corners, corners[0]], **tags)


def test_places_drawn_as_areas_are_towns(tmp_path):
    """A closed way and a multipolygon; one that is a point as well gives it its population and stays one town."""
    d = two_countries()
    area(d, 27.6, 60.5, place="town", name="Alue", population="30 000")
    ring = area(d, 28.3, 60.5)
    d.relation([("w", ring, "outer")], type="multipolygon", place="village", name="Oblast", population="700")
    d.node(27.9, 61.0, place="village", name="Kylä")
    area(d, 27.901, 61.001, place="village", name="Kylä", population="4321")
    made = to_scenario(read_extract(d.write(tmp_path / "map.osm")), OsmRequest("FI", "RU")).scenario
    people = {place.name: place.population for place in made.places if place.kind == "origin"}
    assert people["Alue"] == 30_000
    assert people["Oblast"] == 700
    assert people["Kylä"] == 4321
    assert sum(place.name == "Kylä" for place in made.places) == 1


@pytest.mark.parametrize("nodes", [(27.95, 28.05), (28.05, 28.2)], ids=["at the line", "behind it"])
def test_a_road_that_is_closed_to_everybody_at_the_border_is_a_crossing_that_is_shut(tmp_path, nodes):
    d = two_countries()
    which = next(k for k, (_, tags) in d.ways.items() if tags.get("ref") == "6")
    chain, tags = d.ways[which]
    at = [next(k for k, n in enumerate(chain) if d.nodes[n][:2] == (lon, 61.0)) for lon in nodes]
    d.ways[which] = (chain[: at[0] + 1], tags)
    d.way(chain[at[0] : at[1] + 1], **tags, access="no")
    d.way(chain[at[1] :], **tags)
    made = to_scenario(read_extract(d.write(tmp_path / "map.osm")), OsmRequest("FI", "RU"))
    servers = {
        name: {lane.servers for lane in made.scenario.lanes if lane.crossing == name} for name in ("pohjoinen", "etela")
    }
    assert servers["pohjoinen"] == {0}
    assert min(servers["etela"]) > 0
    assert any("closed to everybody in the map" in note for note in made.notes)


def test_a_road_that_is_closed_to_everybody_inland_is_no_road(tmp_path):
    open_, shut = two_countries(), two_countries()
    shut.way([shut.node(27.6, 60.9), shut.node(27.1, 60.9)], highway="primary", access="no")
    ways = [
        to_scenario(read_extract(d.write(tmp_path / f"{k}.osm")), OsmRequest("FI", "RU", all_roads=True)).scenario.roads
        for k, d in enumerate((open_, shut))
    ]
    assert ways[0] == ways[1]
