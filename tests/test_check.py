"""Faults that show only when files are held against one another; each at its row."""

from __future__ import annotations

from pathlib import Path

import pytest

from two_gates import FILES, Changes, case, faults

CASES = [
    case(
        "capacity0",
        {"places.csv": (",300,", ",0,")},
        "places.csv:8: capacity: a place with room for nobody; leave it empty for unlimited, or close it by an order",
    ),
    case(
        "date order",
        {"demand.csv": ("2023-11-30,500", "2023-11-12,500")},
        "demand.csv:2: until 2023-11-12 is before from 2023-11-13; let it end after it begins",
    ),
    case(
        "hours",
        {"lanes.csv": ("07:00-21:00", "07:00-25:00")},
        "lanes.csv:5: hours: 25:00 is a time of day that does not exist; write 00:00 to 24:00",
    ),
    case(
        "lane crossing",
        {"lanes.csv": ("v-asylum,vaalimaa", "v-asylum,valimaa")},
        "lanes.csv:2: crossing: unknown crossing 'valimaa'; did you mean 'vaalimaa'?",
    ),
    case(
        "lane stream",
        {"lanes.csv": ("entry,asylum,2,24/7", "entry,asylums,2,24/7")},
        "lanes.csv:2: streams: unknown stream 'asylums'; did you mean 'asylum'?",
    ),
    case(
        "lane no stream",
        {"lanes.csv": ("entry,asylum,2,24/7", "entry,,2,24/7")},
        "lanes.csv:2: streams: missing; give it (streams served, ;-separated)",
    ),
    case(
        "lane stream twice",
        {"lanes.csv": ("entry,asylum,2,24/7", "entry,asylum;asylum,2,24/7")},
        "lanes.csv:2: streams: 'asylum' is given twice; name it once",
    ),
    case(
        "lane direction",
        {"lanes.csv": ("v-asylum,vaalimaa,FI", "v-asylum,vaalimaa,SE")},
        "lanes.csv:2: direction: 'SE' is not a country of a border; accepted: FI, RU",
    ),
    case(
        "lane overlap",
        {"lanes.csv": ("07:00-21:00,2023-11-16", "07:00-21:00,2023-11-15")},
        "lanes.csv:5: lanes 'n-asylum-1' and 'n-asylum-2' serve the same streams of 'nuijamaa', direction FI, side entry, at the same time; let one end before the other begins, or add up servers",
    ),
    case(
        "lane sets",
        {"lanes.csv": ("entry,cars,4,24/7", "entry,cars;asylum,4,24/7")},
        "lanes.csv:3: streams: 'asylum' is in the set 'asylum;cars' here, in 'asylum' on row 2; lanes that share a stream must serve the same set of streams",
    ),
    case(
        "lane valid",
        {"lanes.csv": ("07:00-21:00,2023-11-16,,", "07:00-21:00,2023-11-16,2023-11-15,")},
        "lanes.csv:5: valid_until 2023-11-15 24:00 is not after valid_from 2023-11-16 00:00; let it end after it begins",
    ),
    case(
        "border same",
        {"borders.csv": ("FI,RU", "FI,FI")},
        "borders.csv:2: country_a and country_b are both 'FI'; a border lies between two countries",
        "crossings.csv:2: place_b: 'torfyanovka' is in RU; name a place in FI, the country_b of 'fi-ru'",
        "crossings.csv:3: place_b: 'brusnichnoye' is in RU; name a place in FI, the country_b of 'fi-ru'",
    ),
    case(
        "crossing border",
        {"crossings.csv": ("Vaalimaa,fi-ru", "Vaalimaa,fi-no")},
        "crossings.csv:2: border: unknown border 'fi-no'; did you mean 'fi-ru'?",
    ),
    case(
        "crossing place",
        {"crossings.csv": ("vaalimaa-fi,torf", "valimaa-fi,torf")},
        "crossings.csv:2: place_a: unknown place 'valimaa-fi'; did you mean 'vaalimaa-fi'?",
    ),
    case(
        "crossing sides",
        {"crossings.csv": ("vaalimaa-fi,torfyanovka", "torfyanovka,vaalimaa-fi")},
        "crossings.csv:2: place_a: 'torfyanovka' is in RU; name a place in FI, the country_a of 'fi-ru'",
        "crossings.csv:2: place_b: 'vaalimaa-fi' is in FI; name a place in RU, the country_b of 'fi-ru'",
    ),
    case(
        "crossing off",
        {"crossings.csv": ("60.58,27.85", "61.08,27.85")},
        "crossings.csv:2: the crossing is 38 km off the line of 'fi-ru'; correct lat and lon; at most 20 km are accepted",
    ),
    case(
        "road countries",
        {"roads.csv": ("vaalimaa-fi,lappeenranta", "torfyanovka,lappeenranta")},
        "roads.csv:5: a road between two countries, 'torfyanovka' (RU) and 'lappeenranta' (FI); that needs a crossing",
    ),
    case(
        "road no hours",
        {"roads.csv": ("140,,90", "140,,")},
        "roads.csv:2: a road without hours and without speed_kmh; give one of them",
    ),
    case(
        "road self",
        {"roads.csv": ("petersburg,vyborg", "vyborg,vyborg")},
        "roads.csv:2: the road leads from 'vyborg' to itself; name two places",
    ),
    case(
        "road place",
        {"roads.csv": ("petersburg,vyborg", "petersberg,vyborg")},
        "roads.csv:2: from: unknown place 'petersberg'; did you mean 'petersburg'?",
    ),
    case(
        "road dup",
        {"roads.csv": (",vyborg,brusnichnoye", ",vyborg,torfyanovka")},
        "roads.csv:4: road 'vyborg--torfyanovka' is also on row 3; give each row an id of its own",
    ),
    case(
        "origin no road",
        {"places.csv": FILES["places.csv"] + "moscow,,55.7,37.6,RU,origin,,,\n"},
        "places.csv:9: no road and no crossing touches the origin 'moscow'; add a road in roads.csv",
    ),
    case(
        "dup id",
        {"places.csv": ("vyborg,Vyborg", "petersburg,Vyborg")},
        "places.csv:3: id 'petersburg' is also on row 2; give each row an id of its own",
        "roads.csv:2: to: unknown place 'vyborg'; accepted: brusnichnoye, lappeenranta, nuijamaa-fi, petersburg, torfyanovka, vaalimaa-fi",
        "roads.csv:3: from: unknown place 'vyborg'; accepted: brusnichnoye, lappeenranta, nuijamaa-fi, petersburg, torfyanovka, vaalimaa-fi",
        "roads.csv:4: from: unknown place 'vyborg'; accepted: brusnichnoye, lappeenranta, nuijamaa-fi, petersburg, torfyanovka, vaalimaa-fi",
    ),
    case(
        "demand stream",
        {"demand.csv": ("cars,pet", "car,pet")},
        "demand.csv:2: stream: unknown stream 'car'; did you mean 'cars'?",
        "scenario.yaml:22: warning: streams.cars: nobody uses this stream; add rows to demand.csv",
    ),
    case(
        "demand origin",
        {"demand.csv": ("cars,petersburg", "cars,petersberg")},
        "demand.csv:2: origin: unknown place 'petersberg'; did you mean 'petersburg'?",
    ),
    case(
        "demand dest",
        {"demand.csv": ("cars,petersburg,", "cars,petersburg,lappenranta")},
        "demand.csv:2: destination: unknown place 'lappenranta'; did you mean 'lappeenranta'?",
    ),
    case(
        "demand self",
        {"demand.csv": ("cars,petersburg,", "cars,petersburg,petersburg")},
        "demand.csv:2: from 'petersburg' to itself; name two places",
    ),
    case(
        "demand country",
        {"demand.csv": ("cars,petersburg", "cars,lappeenranta")},
        "demand.csv:2: origin 'lappeenranta' is in FI, the country that stream 'cars' is to enter; give a destination, or an origin in another country",
    ),
    case(
        "profile",
        {"demand.csv": ("500,day", "500,dya")},
        "demand.csv:2: profile: unknown profile 'dya'; did you mean 'day'?",
    ),
    case(
        "profile few",
        {"demand.csv": ("500,day", "500,1;2")},
        "demand.csv:2: profile: a profile of 2 shares; write 24, one for each local hour",
    ),
    case(
        "profile zero",
        {"demand.csv": ("500,day", "500," + ";".join(["0"] * 24))},
        "demand.csv:2: profile: a profile whose shares are all zero; at least one must be above 0",
    ),
    case(
        "stock overlap",
        {"stocks.csv": ("2023-11-18,", "2023-11-17,")},
        "stocks.csv:3: the period overlaps that of row 2 of the same stock; let one end before the other begins",
    ),
    case(
        "stock initial",
        {"stocks.csv": ("petersburg,,", "petersburg,3,")},
        "stocks.csv:3: initial: row 2 gives this stock 500 already; give it on one row of the stock",
    ),
    case(
        "stock flow",
        {"stocks.csv": FILES["stocks.csv"] + "cars,petersburg,,2023-11-18,2023-11-30,0.2\n"},
        "stocks.csv:4: stream 'cars' is of kind flow; write kind: stock in scenario.yaml",
    ),
    case(
        "stock none",
        {"stocks.csv": None, "demand.csv": ("asylum,petersburg,,2023-11-13,2023-11-30,10,,yes\n", "")},
        "scenario.yaml:14: streams.asylum: a stock of which there is nobody; add rows to stocks.csv or demand.csv",
    ),
    case(
        "stock no hazard",
        {"stocks.csv": None},
        "demand.csv:3: warning: whoever joins the stock of 'asylum' at 'petersburg' never leaves; add a row with a hazard to stocks.csv",
    ),
    case(
        "unused",
        {"demand.csv": ("cars,petersburg,,2023-11-13,2023-11-30,500,day,yes\n", "")},
        "scenario.yaml:22: warning: streams.cars: nobody uses this stream; add rows to demand.csv",
    ),
    case(
        "reach",
        {
            "roads.csv": ((",petersburg,vyborg,140,,90\n", ",torfyanovka,vyborg,55,1,\n,petersburg,moscow,700,,90\n")),
            "places.csv": FILES["places.csv"] + "moscow,,55.7,37.6,RU,town,,,\n",
        },
        "demand.csv:2: warning: from 'petersburg' the stream 'cars' cannot get anywhere; check roads, modes, crossings and lanes",
        "demand.csv:3: warning: from 'petersburg' the stream 'asylum' cannot get anywhere; check roads, modes, crossings and lanes",
        "stocks.csv:2: warning: from 'petersburg' the stream 'asylum' cannot get anywhere; check roads, modes, crossings and lanes",
    ),
    case(
        "profile name",
        {
            "stocks.csv": (
                (
                    "hazard_per_day\nasylum,petersburg,500,2023-11-13,2023-11-17,0.1\nasylum,petersburg,,2023-11-18,2023-11-30,0.2",
                    "hazard_per_day,profile\nasylum,petersburg,500,2023-11-13,2023-11-17,0.1,night\nasylum,petersburg,,2023-11-18,2023-11-30,0.2,",
                )
            )
        },
        "stocks.csv:2: profile: unknown profile 'night'; accepted: day",
    ),
    case(
        "country of place",
        {"places.csv": ("31,RU,origin", "31,RUS,origin")},
        "roads.csv:2: a road between two countries, 'petersburg' (RUS) and 'vyborg' (RU); that needs a crossing",
        "places.csv:2: warning: country 'RUS' is not among the countries of scenario.yaml; did you mean 'RU'?",
    ),
    case(
        "no destinations",
        {
            "scenario.yaml": ("    unit: car", "    choose: destination\n    unit: car"),
            "places.csv": ("reception", "town"),
            "exits.csv": None,
        },
        "demand.csv:2: stream 'cars' chooses among destinations, and there is none; make a place of kind reception or destination",
    ),
    case(
        "modes",
        {
            "roads.csv": FILES["roads.csv"]
            .replace("speed_kmh\n", "speed_kmh,modes\n")
            .replace("90\n", "90,rail\n")
            .replace("0.8,", "0.8,,")
            .replace("0.7,", "0.7,,")
            .replace("1,\n", "1,,\n")
            .replace("0.4,", "0.4,,")
        },
        "roads.csv:2: warning: modes: no stream has the mode 'rail'; accepted: road",
        "demand.csv:2: warning: from 'petersburg' the stream 'cars' cannot get anywhere; check roads, modes, crossings and lanes",
        "demand.csv:3: warning: from 'petersburg' the stream 'asylum' cannot get anywhere; check roads, modes, crossings and lanes",
        "stocks.csv:2: warning: from 'petersburg' the stream 'asylum' cannot get anywhere; check roads, modes, crossings and lanes",
    ),
    case(
        "many people",
        {"demand.csv": ("500,day", "5000000,day")},
        "demand.csv: warning: about 90,000,680 travellers in one run need much time and memory; use larger units or fewer days",
    ),
    case(
        "too many people",
        {"demand.csv": ("500,day", "50000000,day")},
        "demand.csv: about 900,000,680 travellers in one run are more than the 200,000,000 that are accepted; use larger units or fewer days",
    ),
    case(
        "roads that take for ever",
        {"roads.csv": ("torfyanovka,55,0.8", "torfyanovka,55,1e6")},
        "roads.csv: to drive every road once would take 1,000,004 hours; at most 1,000,000 are accepted; check km and hours",
    ),
    case(
        "hours in very many pieces",
        {
            "scenario.yaml": ("end: 2023-11-30", "end: 2043-11-10"),
            "lanes.csv": (
                "24/7",
                '"'
                + ",".join(f"{m // 60:02}:{m % 60:02}-{m // 60:02}:{m % 60 + 1:02}" for m in range(0, 320, 2))
                + '"',
            ),
        },
        "lanes.csv: about 1,198,840 opening periods in one run; at most 1,000,000 are accepted; use simpler hours or fewer days",
    ),
    case(
        "a service of a strange spread",
        {"lanes.csv": ("20,1,\n", "20,1e-9,\n")},
        "lanes.csv:2: service_cv: 1e-09 is a spread of less than 0.001; write 0 for a fixed time",
    ),
]


@pytest.mark.parametrize(("changes", "expected"), CASES)
def test_every_fault_is_one_line(tmp_path: Path, changes: Changes, expected: list[str]) -> None:
    assert faults(tmp_path, changes) == expected


def test_more_groups_than_can_be_numbered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A traveller's stream and destination have one number together."""
    assert faults(tmp_path, {}) == []
    monkeypatch.setattr("crossings.scenario.validate.size.MAX_GROUPS", 1)
    assert faults(tmp_path, {}) == [
        "demand.csv: 2 pairs of a stream and a destination; at most 1 are accepted; join destinations"
    ]
