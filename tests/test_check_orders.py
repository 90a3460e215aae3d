"""Faults of orders, observations, exits and claims that other files show."""

from __future__ import annotations

from pathlib import Path

import pytest

from two_gates import FILES, Changes, case, faults

CASES = [
    case(
        "closure order",
        {"closures.csv": ("2023-11-20,2023-11-25,hours", "2023-11-20,2023-11-19,hours")},
        "closures.csv:3: until 2023-11-19 24:00 is not after from 2023-11-20 00:00; let it end after it begins",
    ),
    case(
        "dup closure id",
        {"closures.csv": ("late-2", "late-1")},
        "closures.csv:4: id 'late-1' is also on row 3; give each row an id of its own",
    ),
    case(
        "row=order",
        {"closures.csv": ("south-1,", "late,")},
        "closures.csv:2: id 'late' is also the name of an order; give the row an id that no order has",
    ),
    case(
        "closure crossing",
        {"closures.csv": ("vaalimaa;nui", "valimaa;nui")},
        "closures.csv:2: crossings: unknown crossing 'valimaa'; did you mean 'vaalimaa'?",
    ),
    case(
        "closure road",
        {"closures.csv": ("n-l", "n-m")},
        "closures.csv:5: roads: unknown road 'n-m'; did you mean 'n-l'?",
    ),
    case(
        "closure place",
        {"closures.csv": (",n-l,,", ",n-l,lapeenranta,")},
        "closures.csv:5: places: unknown place 'lapeenranta'; did you mean 'lappeenranta'?",
    ),
    case(
        "closure stream",
        {"closures.csv": ("FI,asylum,2023", "FI,asilum,2023")},
        "closures.csv:2: streams: unknown stream 'asilum'; did you mean 'asylum'?",
    ),
    case(
        "closure direction",
        {"closures.csv": ("FI,asylum,2023", "NO,asylum,2023")},
        "closures.csv:2: direction: 'NO' is not a country of a border; accepted: FI, RU",
    ),
    case(
        "closure nothing",
        {"closures.csv": ("n-l", "")},
        "closures.csv:5: the row closes nothing; name crossings, roads or places, or make it a note",
    ),
    case(
        "closure nolane",
        {
            "lanes.csv": FILES["lanes.csv"].replace("v-asylum,vaalimaa,FI,entry,asylum,2,24/7,,,20,1,\n", ""),
            "closures.csv": ("vaalimaa;nuijamaa", "vaalimaa"),
        },
        "scenario.yaml:21: streams.asylum.behaviour.brought.rotate: crossing 'vaalimaa' has no lane for 'asylum' towards FI; name crossings that the stream can use",
        "closures.csv:2: crossings: 'vaalimaa' has no lane for these streams towards FI; name crossings, streams and a direction that have lanes in lanes.csv",
        "observations.csv:3: no lane at these crossings serves these streams towards FI; name streams that have lanes there in lanes.csv",
    ),
    case(
        "closure hours bad",
        {"closures.csv": ("10:00-14:00", "10-14")},
        "closures.csv:3: value: '10-14' is not a range of hours; write for example 24/7 or Mo-Fr 08:00-16:00; Sa 10:00-14:00; Su off",
    ),
    case(
        "closure hours none",
        {"closures.csv": ("10:00-14:00", "")},
        "closures.csv:3: value: no opening hours; write for example 24/7 or Mo-Fr 08:00-16:00; Sa 10:00-14:00; Su off",
    ),
    case(
        "closure quota bad",
        {"closures.csv": ("quota,10", "quota,ten")},
        "closures.csv:4: value: 'ten' is not a quota; write a whole number of units a day, 0 or more",
    ),
    case(
        "closure value",
        {"closures.csv": ("closed,,", "closed,3,")},
        "closures.csv:2: value: '3' in a row of kind closed; leave it empty, or write the kind that it is the value of: part, slowed, hours, quota, deterrent",
    ),
    case(
        "closure some",
        {
            "lanes.csv": FILES["lanes.csv"]
            .replace("v-asylum,vaalimaa,FI,entry,asylum,2,24/7,,,20,1,\n", "")
            .replace("v-cars,vaalimaa,FI,entry,cars", "v-all,vaalimaa,FI,entry,cars;asylum"),
            "closures.csv": ("late-1,late,vaalimaa,,,FI,", "late-1,late,vaalimaa,,,FI,cars"),
        },
        "closures.csv:3: hours at 'vaalimaa' concern only some of the streams that share a queue; name 'asylum' as well, or give the streams lanes of their own",
    ),
    case(
        "hours free gate",
        {"closures.csv": ("late-1,late,vaalimaa,,,FI", "late-1,late,vaalimaa,,,RU")},
        "closures.csv:3: hours for 'vaalimaa', which has no lane towards RU; add a lane in lanes.csv; without one nobody queues there",
    ),
    case(
        "hours road",
        {"closures.csv": ("2023-11-22,closed,", "2023-11-22,hours,08:00-10:00")},
        "closures.csv:5: hours for roads or places; they can only be closed; name crossings",
    ),
    case(
        "road streams",
        {"closures.csv": (",n-l,,,,", ",n-l,,,cars,")},
        "closures.csv:5: streams or direction in a row with roads or places, which close for everybody; leave both empty, or give the crossings a row of their own",
    ),
    case(
        "replaces unknown",
        {"closures.csv": ("10:00-14:00,south", "10:00-14:00,sout")},
        "closures.csv:3: replaces: unknown order 'sout'; did you mean 'south'?",
    ),
    case(
        "replaces self",
        {"closures.csv": ("10:00-14:00,south", "10:00-14:00,late")},
        "closures.csv:3: replaces: order 'late' itself; name another order",
    ),
    case(
        "cycle",
        {"closures.csv": ("2023-11-18,,closed,,", "2023-11-18,,closed,,late")},
        "closures.csv:2: replaces: orders replace one another in a circle, 'south > late > south'; leave one of them out",
    ),
    case(
        "before",
        {"closures.csv": ("2023-11-21,2023-11-22", "2023-10-21,2023-10-22")},
        "closures.csv:5: warning: the row ends before the run begins, so it never acts; check until",
    ),
    case(
        "after",
        {"closures.csv": ("2023-11-21,2023-11-22", "2024-11-21,2024-11-22")},
        "closures.csv:5: warning: the row is announced after the run, so it never acts; check from and announced",
    ),
    case(
        "announced",
        {"closures.csv": ("2023-11-16T15:00", "2023-11-19")},
        "closures.csv:2: warning: announced after it takes effect: until then nobody knows of it; check the two times",
    ),
    case(
        "obs crossing",
        {"observations.csv": ("o2,vaalimaa", "o2,valimaa")},
        "observations.csv:3: crossings: unknown crossing 'valimaa'; did you mean 'vaalimaa'?",
    ),
    case(
        "obs stream",
        {"observations.csv": ("o2,vaalimaa,FI,asylum", "o2,vaalimaa,FI,asilum")},
        "observations.csv:3: streams: unknown stream 'asilum'; did you mean 'asylum'?",
    ),
    case(
        "obs dir",
        {"observations.csv": ("o2,vaalimaa,FI", "o2,vaalimaa,SE")},
        "observations.csv:3: direction: 'SE' is not a country of a border; accepted: FI, RU",
    ),
    case(
        "obs max",
        {"observations.csv": ("20,25", "20,15")},
        "observations.csv:3: count_max 15 is below count 20; give the upper end of the range",
    ),
    case(
        "obs order",
        {"observations.csv": ("T18:00,20", "T00:00,20")},
        "observations.csv:3: until 2023-11-13 24:00 is not after from 2023-11-14 00:00; let it end after it begins",
    ),
    case(
        "obs outside",
        {"observations.csv": ("2023-11-14T00:00,2023-11-14T18:00", "2022-11-14T00:00,2022-11-14T18:00")},
        "observations.csv:3: warning: the count lies outside the run, so nothing is compared with it; check from and until",
    ),
    case(
        "exit place",
        {"exits.csv": ("lappeenranta", "lapeenranta")},
        "exits.csv:2: place: unknown place 'lapeenranta'; did you mean 'lappeenranta'?",
    ),
    case(
        "exit order",
        {"exits.csv": ("2023-11-20", "2023-11-02")},
        "exits.csv:2: until 2023-11-02 24:00 is not after from 2023-11-13 00:00; let it end after it begins",
    ),
    case(
        "claim measure",
        {"claims.csv": ("flow,,,", "flow,,below,3")},
        "claims.csv:2: a comparison or value without a measure; name a measure, or leave all three empty",
    ),
    case(
        "claim unknown measure",
        {"claims.csv": ("flow,,,", "flow,share_divertd,>,0.5")},
        "claims.csv:2: measure: unknown measure 'share_divertd'; did you mean 'share_diverted'?",
    ),
    case(
        "claim comparison and value",
        {"claims.csv": ("flow,,,", "flow,deterred,about,many")},
        "claims.csv:2: comparison: 'about'; accepted: <, <=, >, >=",
        "claims.csv:2: value: 'many' is not a number; write a number, such as 20000 or -0.5",
    ),
    case(
        "claim half a comparison",
        {"claims.csv": ("flow,,,", "flow,deterred,>,")},
        "claims.csv:2: value: is empty; give both, or neither where only the figure is shown",
    ),
    case(
        "claim orders and streams",
        {
            "claims.csv": "id,by,date,words,measure,orders,streams,crossings\n"
            "c1,A ministry,2023-11-16,It helps,deterred,south;late,asylm,vaalimaa\n"
        },
        "claims.csv:2: streams: unknown stream 'asylm'; did you mean 'asylum'?",
        "claims.csv:2: crossings: deterred is not by crossing; leave crossings empty, or name peak_load",
        "claims.csv:2: orders: 'late' was announced after the claim, 2023-11-20 00:00; name orders that were known, or correct the date",
    ),
    case(
        "claim unknown order",
        {"claims.csv": "id,by,date,words,measure,orders\nc1,A ministry,2023-11-18,It helps,deterred,souht\n"},
        "claims.csv:2: orders: unknown order 'souht'; did you mean 'south'?",
    ),
    case(
        "alpha both",
        {
            "crossings.csv": ("vaalimaa,Vaal", "vyborg,Vaal"),
            "lanes.csv": FILES["lanes.csv"].replace(",vaalimaa,", ",vyborg,"),
            "scenario.yaml": FILES["scenario.yaml"]
            .replace("[vaalimaa,", "[vyborg,")
            .replace("alpha: {vaalimaa", "alpha: {vyborg"),
            "closures.csv": FILES["closures.csv"].replace(",vaalimaa", ",vyborg"),
            "observations.csv": FILES["observations.csv"].replace(",vaalimaa", ",vyborg"),
        },
        "scenario.yaml:19: warning: streams.asylum.behaviour.alpha.vyborg: 'vyborg' is a crossing and a place; both get this attraction; give one of them another name",
    ),
]


@pytest.mark.parametrize(("changes", "expected"), CASES)
def test_every_fault_is_one_line(tmp_path: Path, changes: Changes, expected: list[str]) -> None:
    assert faults(tmp_path, changes) == expected
