"""A small sound scenario directory as texts, for tests that change one thing in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crossings.scenario import check

Changes = dict[str, tuple[str, str] | str | bytes | None]
"""File -> (old, new) to replace in it, its whole content, or None for no such file."""

FILES = {
    "scenario.yaml": """\
name: two-gates
title: Two gates
start: 2023-11-13
end: 2023-11-30
timezone: Europe/Helsinki
basemap: outlines.geojson
sources: SOURCES.md
countries:
  FI: {name: Finland, timezone: Europe/Helsinki}
  RU: {name: Russia, timezone: Europe/Moscow}
profiles:
  day: [0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,1,1,1,1,0,0,0,0]
streams:
  asylum:
    kind: stock
    direction: FI
    behaviour:
      gamma: 2.5
      alpha: {vaalimaa: 0.5}
      nests: {south: [vaalimaa, nuijamaa]}
      brought: {share: 0.1, group_size: 4, rotate: [vaalimaa, nuijamaa]}
  cars:
    unit: car
    persons: 1.7
    direction: FI
fit:
  parameters:
    gamma: {prior: "lognormal(0.9, 0.4)", set: behaviour.gamma, stream: asylum, from: 2023-11-06, until: 2023-11-09}
""",
    "borders.csv": """\
id,country_a,country_b,declared_km,line
fi-ru,FI,RU,1340,line.geojson
""",
    "places.csv": """\
id,name,lat,lon,country,kind,population,capacity,stay_days
petersburg,Saint Petersburg,59.94,30.31,RU,origin,5600000,,
vyborg,Vyborg,60.71,28.75,RU,town,,,
torfyanovka,Torfyanovka,60.55,27.90,RU,town,,,
vaalimaa-fi,Vaalimaa,60.59,27.83,FI,town,,,
brusnichnoye,Brusnichnoye,61.05,28.55,RU,town,,,
nuijamaa-fi,Nuijamaa,60.96,28.53,FI,town,,,
lappeenranta,Lappeenranta,61.06,28.19,FI,reception,,300,40
""",
    "roads.csv": """\
id,from,to,km,hours,speed_kmh
,petersburg,vyborg,140,,90
,vyborg,torfyanovka,55,0.8,
,vyborg,brusnichnoye,45,0.7,
,vaalimaa-fi,lappeenranta,75,1,
n-l,nuijamaa-fi,lappeenranta,22,0.4,
""",
    "crossings.csv": """\
id,name,border,place_a,place_b,lat,lon
vaalimaa,Vaalimaa,fi-ru,vaalimaa-fi,torfyanovka,60.58,27.85
nuijamaa,Nuijamaa,fi-ru,nuijamaa-fi,brusnichnoye,60.95,28.56
""",
    "lanes.csv": """\
id,crossing,direction,side,streams,servers,hours,valid_from,valid_until,service_min_mean,service_cv,quota_per_day
v-asylum,vaalimaa,FI,entry,asylum,2,24/7,,,20,1,
v-cars,vaalimaa,FI,entry,cars,4,24/7,,,3,0.5,
n-asylum-1,nuijamaa,FI,entry,asylum,1,Mo-Fr 08:00-16:00,,2023-11-15,20,1,40
n-asylum-2,nuijamaa,FI,entry,asylum,2,07:00-21:00,2023-11-16,,20,1,40
n-cars,nuijamaa,FI,entry,cars,4,07:00-21:00,,,3,0.5,
""",
    "demand.csv": """\
stream,origin,destination,from,until,per_day,profile,estimated
cars,petersburg,,2023-11-13,2023-11-30,500,day,yes
asylum,petersburg,,2023-11-13,2023-11-30,10,,yes
""",
    "stocks.csv": """\
stream,origin,initial,from,until,hazard_per_day
asylum,petersburg,500,2023-11-13,2023-11-17,0.1
asylum,petersburg,,2023-11-18,2023-11-30,0.2
""",
    "closures.csv": """\
id,order,crossings,roads,places,direction,streams,announced,from,until,kind,value,replaces
south-1,south,vaalimaa;nuijamaa,,,FI,asylum,2023-11-16T15:00,2023-11-18,,closed,,
late-1,late,vaalimaa,,,FI,,,2023-11-20,2023-11-25,hours,10:00-14:00,south
late-2,late,nuijamaa,,,FI,asylum,,2023-11-20,2023-11-25,quota,10,
road-1,roadworks,,n-l,,,,,2023-11-21,2023-11-22,closed,,
""",
    "exits.csv": """\
place,from,until,hazard_per_day
lappeenranta,2023-11-13,2023-11-20,0.01
""",
    "observations.csv": """\
id,crossings,direction,streams,from,until,count,count_max,unit,what,status,published,note
o1,vaalimaa;nuijamaa,FI,asylum,2023-11-13,2023-11-13,39,,persons,crossed,final,2023-11-14T10:00,
o2,vaalimaa,FI,asylum,2023-11-14T00:00,2023-11-14T18:00,20,25,persons,arrived,derived,,"about, so an interval"
""",
    "claims.csv": """\
id,by,date,words,measure,comparison,value,source
c1,A ministry,2023-11-18,The closure stemmed the flow,,,,
""",
    "line.geojson": """\
{"type": "LineString", "coordinates": [[27.7, 60.5], [27.86, 60.58], [28.56, 60.95], [29.0, 61.2]]}
""",
    "outlines.geojson": """\
{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {},
 "geometry": {"type": "Polygon", "coordinates": [[[27, 60], [29, 60], [29, 62], [27, 60]]]}}]}
""",
    "SOURCES.md": "# Sources\n",
}


def write(directory: Path, changes: Changes | None = None) -> Path:
    """Write the scenario with changes."""
    directory.mkdir(exist_ok=True)
    for name, text in {**FILES, **{n: FILES.get(n, "") for n in changes or {}}}.items():
        change = (changes or {}).get(name, text)
        if isinstance(change, tuple):
            assert text.count(change[0]) >= 1, f"{change[0]!r} is not in {name}"
            change = text.replace(change[0], change[1], 1)
        if isinstance(change, str):
            change = change.encode()
        if change is not None:
            (directory / name).write_bytes(change)
    return directory


def faults(directory: Path, changes: Changes) -> list[str]:
    """The lines that ``check`` gives for the scenario with changes."""
    lines = [str(fault) for fault in check(str(write(directory / "s", changes)))]
    assert all("\n" not in line for line in lines)
    return lines


def case(name: str, changes: Changes, *expected: str) -> Any:
    """A case for ``pytest.mark.parametrize``: changes, and the lines that they must give."""
    return pytest.param(changes, list(expected), id=name)
