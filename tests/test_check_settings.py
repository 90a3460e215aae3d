"""Faults of scenario.yaml, each at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from two_gates import FILES, Changes, case, faults

CASES = [
    case(
        "no direction",
        {"scenario.yaml": ("    persons: 1.7\n    direction: FI", "    persons: 1.7")},
        "demand.csv:2: no destination, and stream 'cars' has no direction; give a destination here, or streams.cars.direction in scenario.yaml",
    ),
    case(
        "profile yaml 23",
        {"scenario.yaml": ("day: [0,", "day: [")},
        "scenario.yaml:12: profiles.day: a profile of 23 shares; write 24, one for each local hour",
    ),
    case(
        "profile yaml zero",
        {"scenario.yaml": ("1,1,1,1,1,1,1,1,1,1,1,1,1,1", "0,0,0,0,0,0,0,0,0,0,0,0,0,0")},
        "scenario.yaml:12: profiles.day: a profile whose shares are all zero; at least one must be above 0",
    ),
    case(
        "profile yaml neg",
        {"scenario.yaml": ("day: [0", "day: [-1")},
        "scenario.yaml:12: profiles.day.0: '-1' is below 0; write 0 or more",
    ),
    case(
        "zone",
        {"scenario.yaml": ("timezone: Europe/Helsinki\nbase", "timezone: Europe/Helsinky\nbase")},
        "scenario.yaml:5: timezone: 'Europe/Helsinky' is not a known time zone; did you mean 'Europe/Helsinki'?",
    ),
    case(
        "czone",
        {"scenario.yaml": ("Europe/Moscow", "Moscow")},
        "scenario.yaml:10: countries.RU.timezone: 'Moscow' is not a known time zone; did you mean 'Europe/Moscow'?",
    ),
    case(
        "end",
        {"scenario.yaml": ("end: 2023-11-30", "end: 2023-11-03")},
        "scenario.yaml:4: end: 2023-11-03 24:00 is not after the start 2023-11-13 00:00; let the run end after it starts",
    ),
    case(
        "end31",
        {"scenario.yaml": ("end: 2023-11-30", "end: 2023-11-31")},
        "scenario.yaml:4: end: '2023-11-31' is a date that does not exist; write YYYY-MM-DD or YYYY-MM-DDTHH:MM, local time",
    ),
    case(
        "long",
        {"scenario.yaml": ("end: 2023-11-30", "end: 2093-11-30")},
        "scenario.yaml:4: end: a run of 25,586 days; at most 7,320 days are accepted",
    ),
    case(
        "gama",
        {"scenario.yaml": ("gamma: 2.5", "gama: 2.5")},
        "scenario.yaml:18: streams.asylum.behaviour.gama: unknown name; did you mean 'gamma'?",
    ),
    case("top", {"scenario.yaml": ("title:", "titel:")}, "scenario.yaml:2: titel: unknown name; did you mean 'title'?"),
    case(
        "noend",
        {"scenario.yaml": ("end: 2023-11-30\n", "")},
        "scenario.yaml:1: end: missing; give it (end of demand (a bare date includes that day), local date or time)",
    ),
    case(
        "list for map",
        {
            "scenario.yaml": (
                "    behaviour:\n      gamma: 2.5\n      alpha: {vaalimaa: 0.5}\n      nests: {south: [vaalimaa, nuijamaa]}\n      brought: {share: 0.1, group_size: 4, rotate: [vaalimaa, nuijamaa]}",
                "    behaviour: [1, 2]",
            )
        },
        "scenario.yaml:17: streams.asylum.behaviour: a list is given where keys and values are expected; write keys and values (how it behaves)",
    ),
    case(
        "str for list",
        {"scenario.yaml": ("rotate: [vaalimaa, nuijamaa]", "rotate: vaalimaa")},
        "scenario.yaml:21: streams.asylum.behaviour.brought.rotate: 'vaalimaa' is not a list; write a list, such as [a, b] (crossings in turn)",
    ),
    case(
        "streams list",
        {"scenario.yaml": "name: x\nstart: 2023-11-13\nend: 2023-11-14\nstreams: [a, b]\n"},
        "scenario.yaml:4: streams: a list is given where keys and values are expected; write keys and values (streams by name)",
        "demand.csv:2: profile: unknown profile 'day'; none is defined",
        "outlines.geojson: warning: nothing reads this file; remove it, or name it in the file that should use it",
    ),
    case(
        "gamma neg",
        {"scenario.yaml": ("gamma: 2.5", "gamma: -2.5")},
        "scenario.yaml:18: streams.asylum.behaviour.gamma: '-2.5' is below 0; write 0 or more",
    ),
    case(
        "gamma word",
        {"scenario.yaml": ("gamma: 2.5", "gamma: high")},
        "scenario.yaml:18: streams.asylum.behaviour.gamma: 'high' is not a number; write a number, such as 3.5 (weight of ln(softening + km), power cost)",
    ),
    case(
        "gamma inf",
        {"scenario.yaml": ("gamma: 2.5", "gamma: .inf")},
        "scenario.yaml:18: streams.asylum.behaviour.gamma: '.inf' is not a number; write a number, such as 3.5 (weight of ln(softening + km), power cost)",
    ),
    case(
        "step",
        {"scenario.yaml": ("title: Two gates", "step_min: 5")},
        "scenario.yaml:2: step_min: '5' is below 15; write 15 or more (minutes)",
    ),
    case(
        "kind",
        {"scenario.yaml": ("kind: stock", "kind: stok")},
        "scenario.yaml:15: streams.asylum.kind: 'stok' is not accepted; did you mean 'stock'?",
    ),
    case(
        "stream name",
        {"scenario.yaml": ("  cars:", "  'ca;rs':")},
        "scenario.yaml:22: streams.ca;rs: 'ca;rs' is not a name; write letters, digits, spaces and .+/()'_- , beginning with a letter or digit",
        "lanes.csv:3: streams: unknown stream 'cars'; did you mean 'ca;rs'?",
        "lanes.csv:6: streams: unknown stream 'cars'; did you mean 'ca;rs'?",
        "demand.csv:2: stream: unknown stream 'cars'; did you mean 'ca;rs'?",
    ),
    case(
        "alpha",
        {"scenario.yaml": ("alpha: {vaalimaa", "alpha: {valimaa")},
        "scenario.yaml:19: streams.asylum.behaviour.alpha.valimaa: unknown crossing or destination 'valimaa'; did you mean 'vaalimaa'?",
    ),
    case(
        "nest",
        {"scenario.yaml": ("south: [vaalimaa", "south: [valimaa")},
        "scenario.yaml:20: streams.asylum.behaviour.nests.south: unknown crossing 'valimaa'; did you mean 'vaalimaa'?",
    ),
    case(
        "nest2",
        {"scenario.yaml": ("south: [vaalimaa, nuijamaa]", "south: [vaalimaa], north: [vaalimaa]")},
        "scenario.yaml:20: streams.asylum.behaviour.nests.north: crossing 'vaalimaa' is in nest 'south' as well; name it in one nest",
    ),
    case(
        "nest0",
        {"scenario.yaml": ("south: [vaalimaa, nuijamaa]", "south: []")},
        "scenario.yaml:20: streams.asylum.behaviour.nests.south: the nest is empty; name the crossings in it",
    ),
    case(
        "rotate",
        {"scenario.yaml": ("rotate: [vaalimaa", "rotate: [valimaa")},
        "scenario.yaml:21: streams.asylum.behaviour.brought.rotate: unknown crossing 'valimaa'; did you mean 'vaalimaa'?",
    ),
    case(
        "norotate",
        {"scenario.yaml": (", rotate: [vaalimaa, nuijamaa]", "")},
        "scenario.yaml:21: streams.asylum.behaviour.brought.rotate: people are brought to no crossing; name the crossings in turn",
    ),
    case(
        "dest",
        {"scenario.yaml": ("    unit: car", "    unit: car\n    destinations: [lapeenranta]")},
        "scenario.yaml:24: streams.cars.destinations: unknown place 'lapeenranta'; did you mean 'lappeenranta'?",
    ),
    case(
        "destcountry",
        {"scenario.yaml": ("    unit: car", "    unit: car\n    destinations: [vyborg]")},
        "scenario.yaml:24: warning: streams.cars.destinations: none of them is in FI, the stream's direction; name places in FI",
    ),
    case(
        "dir",
        {"scenario.yaml": ("persons: 1.7\n    direction: FI", "persons: 1.7\n    direction: NO")},
        "scenario.yaml:25: streams.cars.direction: 'NO' is not a country of a border; accepted: FI, RU",
    ),
    case(
        "beta",
        {"scenario.yaml": ("gamma: 2.5", "gamma: 2.5\n      beta: 2")},
        "scenario.yaml:19: warning: streams.asylum.behaviour.beta: not used with cost: power; leave it out, or write cost: exponential",
    ),
    case(
        "recovery",
        {"scenario.yaml": ("gamma: 2.5", "gamma: 2.5\n      recovery_at_once: 0.5")},
        "scenario.yaml:19: warning: streams.asylum.behaviour.recovery_at_once: all come back at once, not 0.5 of them, without recovery_days; write recovery_days, such as 20",
    ),
    case(
        "person",
        {"scenario.yaml": ("unit: car", "unit: person")},
        "scenario.yaml:24: warning: streams.cars.persons: 1.7 persons in one unit that is a person; write 1, or another unit",
    ),
    case(
        "anchor",
        {"scenario.yaml": ("title: Two gates", "title: &a Two")},
        "scenario.yaml:2: an anchor or alias (& or *); write the value out where it is needed",
    ),
    case(
        "alias",
        {"scenario.yaml": ("title: Two gates", "title: *a")},
        "scenario.yaml:2: an anchor or alias (& or *); write the value out where it is needed",
    ),
    case(
        "tag",
        {"scenario.yaml": ("title: Two gates", "title: !!python/object/apply:os.system [ls]")},
        "scenario.yaml:2: a tag 'tag:yaml.org,2002:python/object/apply:os.system'; write the value without a tag",
    ),
    case(
        "dupkey",
        {"scenario.yaml": ("title: Two gates", "title: Two gates\ntitle: Three")},
        "scenario.yaml:3: title: given twice; keep one of the two",
    ),
    case(
        "deep",
        {"scenario.yaml": ("title: Two gates", "title: " + "[" * 400 + "]" * 400)},
        "scenario.yaml:2: nested too deeply; at most 20 levels and 100,000 values are read",
    ),
    case(
        "scalar",
        {"scenario.yaml": "hello\n"},
        "scenario.yaml:1: a mapping is expected; write keys and values, such as 'name: my-border'",
    ),
    case(
        "listy",
        {"scenario.yaml": "- a\n"},
        "scenario.yaml:1: a mapping is expected; write keys and values, such as 'name: my-border'",
    ),
    case(
        "2docs",
        {"scenario.yaml": FILES["scenario.yaml"] + "---\na: b\n"},
        "scenario.yaml:29: a second document; write one mapping",
    ),
    case(
        "big",
        {"scenario.yaml": FILES["scenario.yaml"] + "#" * 1_000_001},
        "scenario.yaml: the file is too large; at most 1 MB are read",
    ),
    case(
        "escape",
        {"scenario.yaml": ("title: Two gates", 'title: "\\e[2J"')},
        "scenario.yaml:2: a control character; remove it",
    ),
    case("missing yaml", {"scenario.yaml": None}, "scenario.yaml: there is no file 'scenario.yaml'; add it"),
    case(
        "two faults in yaml",
        {
            "scenario.yaml": (
                "kind: stock\n    direction: FI\n    behaviour:\n      gamma: 2.5\n      alpha: {vaalimaa",
                "kind: stok\n    direction: FI\n    behaviour:\n      gama: 2.5\n      alpha: {valimaa",
            )
        },
        "scenario.yaml:15: streams.asylum.kind: 'stok' is not accepted; did you mean 'stock'?",
        "scenario.yaml:18: streams.asylum.behaviour.gama: unknown name; did you mean 'gamma'?",
        "scenario.yaml:19: streams.asylum.behaviour.alpha.valimaa: unknown crossing or destination 'valimaa'; did you mean 'vaalimaa'?",
    ),
    case(
        "null yaml",
        {"scenario.yaml": ("title: Two gates", "title:")},
    ),
    case(
        "stock direction",
        {"scenario.yaml": ("kind: stock\n    direction: FI", "kind: stock")},
        "demand.csv:3: no destination, and stream 'asylum' has no direction; give a destination here, or streams.asylum.direction in scenario.yaml",
        "stocks.csv:2: no destination, and stream 'asylum' has no direction; give a destination here, or streams.asylum.direction in scenario.yaml",
        "stocks.csv:3: no destination, and stream 'asylum' has no direction; give a destination here, or streams.asylum.direction in scenario.yaml",
    ),
    case(
        "nest of destination",
        {"scenario.yaml": ("kind: stock", "kind: stock\n    choose: destination")},
        "scenario.yaml:21: warning: streams.asylum.behaviour.nests: nests are not used where a preference is about destinations; leave them out, or write choose: crossing",
    ),
    case(
        "inflow nests key",
        {"scenario.yaml": ("nests: {south:", "nests: {'s;':")},
        "scenario.yaml:20: streams.asylum.behaviour.nests.s;: 's;' is not a name; write letters, digits, spaces and .+/()'_- , beginning with a letter or digit",
    ),
]


@pytest.mark.parametrize(("changes", "expected"), CASES)
def test_every_fault_is_one_line(tmp_path: Path, changes: Changes, expected: list[str]) -> None:
    assert faults(tmp_path, changes) == expected


def test_what_is_not_yaml_is_said_with_its_line(tmp_path: Path) -> None:
    (line,) = faults(tmp_path, {"scenario.yaml": ("title: Two gates", "title: [Two gates")})
    assert line.startswith("scenario.yaml:3: this is not YAML: ")
    assert line.endswith("; correct this line or the one before")
