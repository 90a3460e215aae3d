"""Scenarios from tables in memory, results as long tables, and what a notebook shows of them."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import polars as pl
import pytest
import yaml

import crossings as cx
from fits import fit_of, scenario_with_priors

SOURCE = Path(cx.__file__).parent / "examples" / "two_crossings"


def bundled():
    """The files of two-crossings as settings and rows; what refers to further files is left out."""
    settings = yaml.safe_load((SOURCE / "scenario.yaml").read_text(encoding="utf-8"))
    settings.pop("sources", None)
    frames = {}
    for file in SOURCE.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as text:
            frames[file.stem] = list(csv.DictReader(text))
    for row in frames["borders"]:
        row.pop("line", None)
    return settings, frames


@pytest.mark.parametrize("form", [list, pl.DataFrame, lambda rows: pl.DataFrame(rows).to_pandas()])
def test_a_scenario_from_frames_is_that_from_files(form):
    settings, frames = bundled()
    found = cx.Scenario.from_frames(settings, **{name: form(rows) for name, rows in frames.items()})
    read = cx.Scenario.read("two-crossings")
    assert found.crossings == read.crossings
    assert found.closures == read.closures
    assert found.demand == read.demand
    assert found.settings.streams == read.settings.streams


def test_times_of_frames_keep_their_seconds_and_what_is_missing_is_empty():
    settings, frames = bundled()
    begins = dt.datetime(2024, 3, 10, 12, 0, 30)
    frames["closures"] = [row | {"from": begins, "until": float("nan")} for row in frames["closures"]]
    found = cx.Scenario.from_frames(settings | {"end": dt.datetime(2024, 3, 20, 6, 0, 15)}, **frames)
    assert {(row.from_, row.until) for row in found.closures} == {(begins, None)}
    assert found.settings.end == dt.datetime(2024, 3, 20, 6, 0, 15)


def test_faults_of_frames_are_said_as_of_files():
    settings, frames = bundled()
    frames["crossings"][0]["place_a"] = "nowhere"
    with pytest.raises(cx.InputError, match=r"crossings\.csv:2: place_a: unknown place 'nowhere'"):
        cx.Scenario.from_frames(settings, **frames)
    with pytest.raises(cx.InputError, match="unknown table 'crossing'; did you mean 'crossings'"):
        cx.Scenario.from_frames(settings, crossing=frames["crossings"])


@pytest.fixture(scope="module")
def comparison():
    return cx.compare("two-crossings", seeds=[1, 2])


def test_long_tables_hold_the_numbers_of_the_wide_ones(comparison):
    runs = comparison.runs[comparison.scenario]
    long, wide = runs.frame(), runs.flows
    assert long.columns == ["scenario", "date", "crossing", "stream", "direction", "measure", "statistic", "value"]
    assert long["date"].dtype == pl.Date
    row = wide.row(3, named=True)
    at = {key: row[key] for key in ("crossing", "stream", "direction")} | {"date": dt.date.fromisoformat(row["date"])}
    same = long.filter(**at, measure="crossed", statistic="mean")
    assert same["value"].item() == row["crossed_mean"]
    assert runs.frame("totals")["value"].sum() == pytest.approx(
        runs.totals.select(pl.sum_horizontal(pl.selectors.numeric()).sum()).item()
    )


def test_results_are_short_in_a_terminal_and_a_table_in_a_notebook(comparison):
    one = cx.run("two-crossings", seed=1)
    scenario = cx.Scenario.read("two-crossings")
    for value in (scenario, cx.Model(scenario), one, one.runs, comparison):
        assert len(repr(value)) < 300
    for value in (one, one.runs, comparison):
        assert "<table" in value._repr_html_()
        assert "&lt;" in value._repr_html_()


def test_frames_go_to_pandas(comparison):
    assert comparison.measures().to_pandas().shape[0] == comparison.measures().height


def test_every_result_has_a_long_form_of_one_shape(comparison):
    last = ["measure", "statistic", "value"]
    one = cx.run("two-crossings", seed=1)
    for table in (one.frame(), one.frame("totals"), one.frame("places"), *map(comparison.frame, comparison.tables())):
        assert table.columns[0] == "scenario"
        assert table.columns[-3:] == last
        assert table["value"].dtype == pl.Float64
        assert set(table["statistic"]) <= {"mean", "p05", "p50", "p95"}
    both = comparison.frame("flows")
    assert set(both["scenario"]) == {comparison.baseline, comparison.scenario}
    assert pl.concat([one.frame(), both]).columns == both.columns
    hourly = cx.run("two-crossings", seed=1, by="hour").frame()
    assert hourly["time"].dtype.is_temporal()
    measured = comparison.measures().row(0, named=True)
    at = {"stream": measured["stream"], "measure": measured["measure"], "statistic": "mean"}
    assert comparison.frame().filter(**at)["value"].item() == measured["figure_mean"]


def test_in_a_notebook_results_draw_themselves(comparison, monkeypatch):
    from crossings.charts import notebook
    from crossings.store import display

    monkeypatch.setattr(display, "DRAWN_BY", found := [])
    monkeypatch.setattr(notebook, "DRAWN_BY", found)
    assert "<svg" not in comparison._repr_html_()
    notebook.register()
    notebook.register()
    assert len(found) == 1
    one = cx.run("two-crossings", seed=1)
    for value in (one, one.runs, comparison):
        page = value._repr_html_()
        assert 1 < page.count("<svg") == page.count("</svg>") <= notebook.MOST
        assert ":root" not in page  # the notebook's own page keeps its style
        assert page.count("@scope") == 1
    assert 'class="base"' in comparison._repr_html_()
    assert cx.run("two-crossings", seed=1, by="hour")._repr_html_().count("<svg") == 0


def test_a_fit_has_the_same_shape(tmp_path):
    fit = fit_of(cx.Scenario.read(scenario_with_priors(tmp_path / "s")))
    table, wide = fit.frame(), fit.table()
    assert table.columns == ["scenario", "parameter", "measure", "statistic", "value"]
    assert table.height == 6 * wide.height
    same = table.filter(parameter="pace", measure="posterior", statistic="p50")
    assert same["value"].item() == wide.filter(parameter="pace")["p50"].item()
