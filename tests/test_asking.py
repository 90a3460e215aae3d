"""`crossings query`: what it answers, how a wrong question ends, and that a question can neither read nor write anything else."""

from __future__ import annotations

import io
import json

import numpy as np
import polars as pl
import pytest

import crossings as cx
from crossings.errors import InputError
from crossings.store.query import Store
from crossings.store.results import BAND
from crossings.store.schema import TABLES

SCENARIO = "two-crossings"


@pytest.fixture(scope="module")
def model():
    return cx.Model(cx.Scenario.read(SCENARIO))


@pytest.fixture(scope="module")
def store(model, tmp_path_factory):
    """Two runs of different scenarios, by day and by hour, and what somebody interrupted."""
    folder = tmp_path_factory.mktemp("store")
    cx.run_to(folder / "as written", model, seeds=range(1, 71))
    changed = cx.Model(model.scenario.without("hill-closed"))
    cx.run_to(folder / "more" / "it's open", changed, seeds=[3, 4], by="hour")
    with pytest.raises(ZeroDivisionError):
        cx.run_to(folder / "cut off", model, seeds=range(1, 130), progress=lambda done, _: 1 // (100 - done))
    return folder


def content(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_sums_by_seed_are_those_of_the_ensemble(model, store):
    (runs,) = cx.run_many(model, seeds=range(1, 71)).values()
    found = cx.ask(
        store, "select seed, sum(crossed) as n from flows_by_seed where run = 'as written' group by seed order by seed"
    )
    assert found["seed"].to_list() == runs.seeds
    assert found["n"].to_list() == runs.counts()[..., 1].sum(axis=(1, 2)).tolist()
    assert found.schema["n"] == pl.Int64
    low = cx.ask(
        store / "as written",
        """select date, crossing, stream, direction, quantile_cont(arrived, 0.05) as p05 from flows_by_seed
           group by all order by date, crossing, stream, direction""",
    )
    flows = runs.flows.sort("date", "crossing", "stream", "direction")
    np.testing.assert_allclose(low["p05"], flows["arrived_p05"], rtol=1e-12)


def test_provenance_is_joined(model, store):
    found = cx.ask(
        store,
        "select distinct run, scenario, period, seeds, scenario_hash from flows join runs using (run, scenario) order by run",
    )
    assert found.rows() == [
        ("as written", SCENARIO, "day", "1-70", model.scenario.hash),
        ("more/it's open", SCENARIO, "hour", "3,4", model.scenario.without("hill-closed").hash),
    ]
    said = cx.ask(store, "select made_by from runs where run = 'as written'").item()
    assert json.loads(said)["command"] == "run"


def test_no_number_is_no_value(store):
    flows = pl.read_parquet(store / "as written" / "flows.parquet")
    there = flows["wait_mean_h_mean"].is_not_null().sum()
    assert not flows["wait_mean_h_mean"].is_nan().any()
    assert 0 < there < flows.height
    found = cx.ask(
        store / "as written", "select count(wait_mean_h_mean) as n, avg(wait_mean_h_mean) as mean from flows"
    )
    assert found["n"].item() == there
    assert np.isfinite(found["mean"].item())


def test_every_column_is_documented(store):
    asked = Store(store)
    for table in asked.tables():
        expected = []
        for column in TABLES[table].columns:
            expected += [f"{column.name}_{b}" for b in BAND] if column.band else [column.name]
        found = asked.ask(f"select * from {table} limit 0").columns
        assert found == (["run", "scenario"] if table != "runs" else []) + expected


def test_the_command(store, call):
    status, said, complained = call(
        "query", store, "select run, count(*) as n from flows_by_seed group by run order by run"
    )
    assert status == 0
    assert complained == f"{store / 'cut off'}: warning: unfinished, left out\n"
    assert said.splitlines()[0] == "2 rows"
    assert "it's open" in said
    status, said, _ = call("query", store)
    assert status == 0
    assert [line.split()[0] for line in said.splitlines() if "_by_seed" in line.split(" ")[0]] == [
        "flows_by_seed",
        "observations_by_seed",
        "places_by_seed",
        "totals_by_seed",
    ]


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_formats(store, form, capfdbinary):
    from crossings.cli.app import build
    from crossings.cli.exit_codes import status_of

    sql = "select crossing, sum(crossed) as n, 0.5 as half, null as none from flows_by_seed group by crossing order by crossing"
    expected = cx.ask(store / "as written", sql)
    assert status_of(build(), ["query", str(store / "as written"), sql, "--format", form]) == 0
    said = capfdbinary.readouterr().out
    if form == "parquet":
        assert pl.read_parquet(io.BytesIO(said)).equals(expected)
    elif form == "csv":
        assert said.decode() == expected.write_csv()
        assert said.startswith(b"crossing,n,half,none\nhill,")
    else:
        assert json.loads(said) == expected.to_dicts()


def test_composed_values_come_as_text(store):
    found = cx.ask(
        store,
        "select [1, 2] as l, {'a': 1} as s, interval 1 day as i, 'x'::blob as b, 2.5::decimal(4, 1) as d, uuid() as u",
    )
    assert found.row(0)[:5] == ("[1, 2]", "{'a': 1}", "1 day", "x", 2.5)


def test_a_number_too_large_is_rounded(store):
    assert cx.ask(store, "select 170141183460469231731687303715884105727::hugeint as h").item() == pytest.approx(
        2.0**127
    )


WRONG = [
    ("selec 1", "syntax error"),
    ("", "is not one SELECT"),
    ("select 1; select 2", "is not one SELECT"),
    ("drop table runs", "is not one SELECT"),
    ("insert into runs values (1)", "is not one SELECT"),
    ("explain analyze copy (select 1) to 'x.csv'", "is not one SELECT"),
    ("pragma database_list", "is not one SELECT"),
    ("select * from flow", "tables: runs, flows"),
    ("select crosed from flows", '"crossed_p05"'),
    ("select 1, 1", "two columns are called '1'"),
    ("select 'a'::int", "could not convert"),
    ("select \ud800", "is not text"),
]


@pytest.mark.parametrize(("sql", "said"), WRONG, ids=[sql.encode(errors="replace").decode() for sql, _ in WRONG])
def test_a_wrong_question_is_answered_in_one_line(store, call, sql, said):
    status, out, complained = call("query", store / "as written", sql)
    assert (status, out) == (2, "")
    assert len(complained.splitlines()) == 1
    assert said in complained


ESCAPES = [
    "copy (select 1) to '{folder}/new.csv'",
    "copy (select 1 as a) to '{own}' (use_tmp_file false)",
    "select * from read_text('{foreign}')",
    "select * from read_csv('{foreign}')",
    "select * from '{foreign}'",
    "select * from read_parquet('{other}')",
    "select * from glob('{folder}/*')",
    "select * from read_text('http://127.0.0.1:1/x')",
    "select * from read_parquet('{own}/../../with.parquet')",
    "attach '{folder}/new.db' as other",
    "export database '{folder}/all'",
    "install httpfs",
    "load httpfs",
    "set enable_external_access = true",
    "reset enable_external_access",
    "set allowed_paths = ['{foreign}']",
    "create table mine as select 1",
    "select getenv('HOME')",
    "select * from query('copy (select 1) to ''{folder}/new.csv''')",
    "select * from query_table('{foreign}')",
    "select * from store",
    "select * from sniff_csv('{foreign}')",
    "select * from read_blob('/proc/self/environ')",
    "call enable_logging(storage = 'file', storage_path = '{folder}')",
    "select * from enable_logging(storage = 'file', storage_path = '{folder}')",
]


@pytest.mark.parametrize("sql", ESCAPES)
def test_a_question_reaches_nothing_but_the_store(store, tmp_path, call, monkeypatch, sql):
    (tmp_path / "secret.csv").write_text("name\nsecret\n")
    pl.DataFrame({"secret": [1]}).write_parquet(tmp_path / "secret.parquet")
    monkeypatch.chdir(tmp_path)
    before, mine = content(store), content(tmp_path)
    words = {
        "folder": tmp_path,
        "foreign": tmp_path / "secret.csv",
        "other": tmp_path / "secret.parquet",
        "own": store / "as written" / "flows.parquet",
    }
    status, out, complained = call("query", store / "as written", sql.format(**words))
    assert (status, out) == (2, "")
    assert len(complained.splitlines()) == 1
    assert "secret\n" not in complained
    assert content(store) == before
    assert content(tmp_path) == mine


def test_nothing_to_ask(tmp_path, model, call):
    assert call("query", tmp_path, "select 1")[0] == 2
    assert call("query", tmp_path / "nowhere")[2].endswith(
        "holds no results of crossings; name a folder that was written with --out, or one with such folders in it\n"
    )
    with pytest.raises(ZeroDivisionError):
        cx.run_to(tmp_path / "cut", model, seeds=range(1, 130), progress=lambda done, _: 1 // (100 - done))
    with pytest.raises(InputError, match="unfinished work only"):
        cx.ask(tmp_path, "select 1")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": 3}', "[" * 100_000])
def test_a_broken_note(tmp_path, call, text):
    (tmp_path / "made_by.json").write_text(text)
    status, out, complained = call("query", tmp_path, "select 1")
    assert (status, out, len(complained.splitlines())) == (2, "", 1)


def test_a_note_that_names_files_elsewhere(tmp_path, call):
    pl.DataFrame({"secret": [1]}).write_parquet(tmp_path / "secret.parquet")
    inside = tmp_path / "out"
    inside.mkdir()
    (inside / "made_by.json").write_text(json.dumps({"files": ["../secret.parquet", str(tmp_path / "secret.parquet")]}))
    status, _, complained = call("query", inside, "select * from secret")
    assert status == 2
    assert "tables: runs" in complained


WRITES = (
    "copy (select 1 as a) to '{path}' (format parquet, use_tmp_file false)",
    "copy flows to '{path}' (format csv)",
    "copy (select 1) to '{path}' (format json)",
    "insert into runs values (1) returning *",
    "delete from runs returning *",
    "update runs set run = 'x' returning *",
    "attach '{path}' as mine",
    "install httpfs",
    "load httpfs",
    "pragma database_list",
    "set enable_external_access = true",
    "export database '{path}'",
    "create table mine as select 1",
    "create macro f() as 1",
    "call enable_logging()",
    "vacuum",
)
AROUND = (
    "{it}",
    "with x as ({it}) select 1",
    "with x as materialized ({it}) select * from x",
    "with recursive x as ({it}) select 1",
    "select * from ({it})",
    "select ({it})",
    "select 1 where exists ({it})",
    "select 1 union all ({it})",
    "with y as (with x as ({it}) select 1) select * from y",
    "select (with x as ({it}) select 1)",
    "select * from flows, lateral (with x as ({it}) select 1)",
    "explain analyze {it}",
    "create macro f() as ({it})",
    "create view v as with x as ({it}) select 1",
    "select * from query('with x as ({text}) select 1')",
    "prepare p as {it}",
    "select 1; {it}",
    "describe {it}",
    "(with x as ({it}) select 1) intersect select 1",
)


# Each statement in each place, and of these a few that stand for all: each statement alone, and each place once.
EVERYWHERE = [(around, write) for around in AROUND for write in WRITES]
SOME = [("{it}", write) for write in WRITES] + [(around, WRITES[i % 4]) for i, around in enumerate(AROUND)]


@pytest.mark.parametrize("pairs", [SOME, pytest.param(EVERYWHERE, marks=pytest.mark.slow)], ids=["some", "everywhere"])
def test_no_statement_within_a_question_writes_anything(store, tmp_path, monkeypatch, pairs):
    """Every statement that does something, in every place of a question: refused, and no byte of the store has changed."""
    monkeypatch.chdir(tmp_path)
    inside = store / "as written"
    asked = Store(inside)
    before = content(store)
    targets = [inside / "flows.parquet", tmp_path / "new.parquet", "store://0.parquet", "store://new.parquet"]
    for i, (around, write) in enumerate(pairs):
        for target in targets if pairs is EVERYWHERE and "{path}" in write else [targets[i % 4]]:
            it = write.format(path=target)
            with pytest.raises(InputError) as error:
                asked.ask(around.format(it=it, text=it.replace("'", "''")))
            assert len(str(error.value).splitlines()) == 1
    assert content(store) == before
    assert list(tmp_path.iterdir()) == []


def test_what_passes_the_parser_still_cannot_write(store, tmp_path, monkeypatch):
    """The second wall alone: were a statement taken for a SELECT, there is nothing that it could write to."""
    from crossings.store import sandbox

    monkeypatch.setattr(sandbox, "refuse_all_but_select", lambda connection, sql: None)
    inside = store / "as written"
    asked, before = Store(inside), content(store)
    for target in (inside / "flows.parquet", tmp_path / "new.parquet", "store://0.parquet", "store://new.parquet"):
        for kind in ("parquet", "csv"):
            sql = f"with x as (copy (select 1 a) to '{target}' (format {kind}, use_tmp_file false)) select 1"
            with pytest.raises(InputError):
                asked.ask(sql)
        with pytest.raises(InputError):
            asked.ask(f"select * from read_blob('{tmp_path}/x')")
    assert content(store) == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "value", ["date 'infinity'", "timestamp '-infinity'", "timestamptz '290000-01-01'", "date '-5000-01-01'"]
)
def test_a_date_beyond_the_calendar(store, call, value):
    status, out, complained = call("query", store / "as written", f"select {value} as x")
    assert (status, out, complained) == (
        2,
        "",
        "query: column x holds a date before the year 1 or after 9999; write x::varchar\n",
    )
    assert call("query", store / "as written", f"select ({value})::varchar as x")[0] == 0


def test_a_folder_named_like_a_pattern(model, tmp_path):
    (tmp_path / "out1").mkdir()
    runs = cx.run_to(tmp_path / "out[1]*", model, seeds=[1, 2])
    assert runs.flows.height
    cx.run_to(tmp_path / "out1", model, seeds=[3])
    assert cx.ask(tmp_path / "out[1]*", "select distinct seed from flows_by_seed order by seed")["seed"].to_list() == [
        1,
        2,
    ]


def test_a_link_to_itself_and_links_within(model, tmp_path, call):
    (tmp_path / "round").symlink_to("round")
    status, _, complained = call("query", tmp_path / "round", "select 1")
    assert (status, len(complained.splitlines())) == (2, 1)
    pl.DataFrame({"secret": [1]}).write_parquet(tmp_path / "secret.parquet")
    inside = tmp_path / "out"
    inside.mkdir()
    (inside / "flows.parquet").symlink_to(tmp_path / "secret.parquet")
    (inside / "made_by.json").write_text(json.dumps({"files": ["flows.parquet"]}))
    assert "tables: runs" in call("query", inside, "select * from flows")[2]
