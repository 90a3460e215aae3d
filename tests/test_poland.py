"""The bundled case Poland 2022: sound, sourced, and as far from the counts as its SOURCES.md says."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

import crossings as cx
from crossings.observations.matching import beside

PAGE = (Path(cx.__file__).parent / "examples" / "poland_2022" / "SOURCES.md").read_text(encoding="utf-8")
ROWS = {  # words of the page's table: rows of observations.csv that are added up
    "south by road": ("medyka-road-sat", "korczowa-road-sat", "budomierz-road-sat", "kroscienko-road-sat"),
    "Medyka on foot, to": ("medyka-foot-sat",),
    "three others on foot": ("korczowa-foot-sat", "budomierz-foot-sat", "kroscienko-foot-sat"),
    **{f"whole border {day} Feb": (f"all-{day}",) for day in range(24, 29)},
    "Medyka on foot, 26": ("medyka-foot-sun",),
    "Medyka by road, 26": ("medyka-road-sun",),
    "Korczowa, 26": ("korczowa-sun",),
    "Budomierz, 26": ("budomierz-sun",),
    "Krościenko, 26": ("kroscienko-sun",),
    "Lublin's four": ("lublin-27",),
    "Dorohusk, 27": ("dorohusk-27",),
}


def line_of(words: str) -> str:
    """The line of the table of what fits."""
    return next(line for line in PAGE.splitlines() if line.startswith("| ") and words in line and line.count("|") == 6)


@pytest.fixture(scope="module")
def scenario() -> cx.Scenario:
    return cx.Scenario.read("poland-2022")


@pytest.fixture(scope="module")
def counted(scenario) -> pl.DataFrame:
    return beside(cx.run_many(cx.Model(scenario), seeds=range(1, 5))["poland-2022"])


def test_it_has_no_fault_and_every_row_a_source(scenario):
    assert cx.check("poland-2022") == []
    for table in ("places", "roads", "crossings", "lanes", "demand", "closures", "observations"):
        assert all(row.source for row in getattr(scenario, table)), table
    assert all(row.estimated for table in ("roads", "lanes", "demand") for row in getattr(scenario, table))


def test_the_walking_rule_is_the_only_order_that_acts(scenario):
    walking = [row for row in scenario.closures if row.kind != "note"]
    assert {row.order for row in walking} == {"walking-rule"}
    assert {s for row in walking for s in row.streams} == {"on-foot"}
    assert "medyka" not in {c for row in walking for c in row.crossings}


def test_each_count_says_whether_it_was_used(scenario):
    assert all("used" in row.note for row in scenario.observations)
    for words, ids in ROWS.items():
        line = line_of(words)
        unused = [("not used" in row.note) for row in scenario.observations if row.id in ids]
        assert all(unused) == ("not used" in line), words


@pytest.mark.parametrize("words", ROWS)
def test_the_page_says_how_far_off_it_is(words, counted):
    line = line_of(words)
    said = float(re.sub(r"[^\d]", "", line.split("|")[3]))
    simulated = counted.filter(pl.col("id").is_in(ROWS[words]))["mean"].sum()
    assert simulated == pytest.approx(said, rel=0.04)


def test_every_observation_is_in_a_table(scenario):
    crossed = {row.id for row in scenario.observations if row.what != "waiting"}
    assert crossed == {one for ids in ROWS.values() for one in ids}
    for row in scenario.observations:
        if row.what == "waiting":
            line = next(line for line in PAGE.splitlines() if line.startswith(f"| `{row.id}` |"))
            assert f"{row.count:,.0f}–{row.count_max:,.0f}" in line
            assert ("not used" in row.note) == ("not used" in line)
