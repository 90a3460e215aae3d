"""Exports: what each file holds is what the results hold, described, and readable by others."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import zipfile
from pathlib import Path

import polars as pl
import pytest

import crossings as cx
from crossings.exporters import Bundle, export_files, read_bundle, run_bundle
from crossings.exporters.formats import ExportOptions
from crossings.exporters.states import States
from crossings.forecasting.scenarios import orders_of
from crossings.importers.flee import read_flee, to_scenario
from crossings.model.orders import Rules
from crossings.scenario import Closure
from flee_cases import write_case


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return run_bundle(cx.Scenario.read("two-crossings"), 3)


def table_of(text: str, skip: int = 0) -> pl.DataFrame:
    lines = text.split("\n")
    return pl.read_csv(io.StringIO("\n".join([lines[0], *lines[1 + skip :]])), infer_schema_length=None)


# --- GeoJSON -------------------------------------------------------------------------------------


def test_geojson_holds_what_the_scenario_holds(bundle):
    files = {name: json.loads(text) for name, text in export_files("geojson", bundle).items()}
    scenario = bundle.scenario
    numbers = {name: len(content["features"]) for name, content in files.items()}
    assert numbers["crossings.geojson"] == len(scenario.crossings)
    assert numbers["roads.geojson"] == len(scenario.roads)
    assert numbers["places.geojson"] == len(scenario.places)
    assert numbers["border.geojson"] == 1
    for content in files.values():
        assert content["type"] == "FeatureCollection"
        for feature in content["features"]:
            flat = json.dumps(feature["geometry"]["coordinates"]).replace("[", "").replace("]", "").split(", ")
            assert all(abs(float(x)) <= 180 for x in flat)
    road = files["roads.geojson"]["features"][0]
    at = {p.id: [p.lon, p.lat] for p in scenario.places}
    assert road["geometry"]["coordinates"] == [at[road["properties"]["from"]], at[road["properties"]["to"]]]


def test_geojson_flows_add_up_to_the_table(bundle):
    flows = json.loads(export_files("geojson", bundle)["flows.geojson"])["features"]
    total = sum(feature["properties"]["crossed_mean"] for feature in flows)
    assert total == pytest.approx(bundle.tables["flows"]["crossed_mean"].sum(), abs=0.5)
    assert {f["properties"]["time"][10:] for f in flows} == {"T00:00:00"}
    said = json.loads(export_files("geojson", bundle)["crossings.geojson"])["features"]
    by_crossing = sum(v for f in said for k, v in f["properties"].items() if k.startswith("crossed_"))
    assert by_crossing == pytest.approx(total, abs=0.5)


def test_geojson_of_a_scenario_alone_has_no_flows():
    assert "flows.geojson" not in export_files("geojson", Bundle(cx.Scenario.read("two-crossings")))


def test_a_closed_crossing_stays_with_its_state(bundle):
    files = export_files("geojson", bundle)
    flows = [f["properties"] for f in json.loads(files["flows.geojson"])["features"]]
    assert len(flows) == bundle.tables["flows"].height
    closed = {f["time"][:10] for f in flows if f["crossing"] == "hill" and f["state"] == "closed"}
    assert closed == {f"2024-03-{day}" for day in range(11, 16)}
    # Whoever is being served at the first midnight is let through.
    later = [f for f in flows if f["state"] == "closed" and not f["time"].startswith("2024-03-11")]
    assert {f["crossed_mean"] for f in later} == {0}
    for name, text in files.items():
        for feature in json.loads(text)["features"]:
            assert not any(" " in key for key in feature["properties"]), name


def test_orders_are_a_layer(bundle):
    (order,) = json.loads(export_files("geojson", bundle)["orders.geojson"])["features"]
    at = next([c.lon, c.lat] for c in bundle.scenario.crossings if c.id == "hill")
    assert order["geometry"]["coordinates"] == at
    assert order["properties"]["from"] == "2024-03-11T00:00:00"
    assert order["properties"]["until"] == "2024-03-16T00:00:00"


# --- readers of others ---------------------------------------------------------------------------


def written(bundle, form, folder, options=ExportOptions()):  # noqa: B008
    folder.mkdir(exist_ok=True)
    for name, content in export_files(form, bundle, options).items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def test_gdal_reads_every_layer_with_its_dates(bundle, tmp_path):
    pyogrio = pytest.importorskip("pyogrio")
    folder = written(bundle, "geojson", tmp_path / "map")
    for file in sorted(folder.iterdir()):
        features = json.loads(file.read_text(encoding="utf-8"))["features"]
        info = pyogrio.read_info(file)
        assert info["features"] == len(features), file.name
        assert info["crs"] == "EPSG:4326"
        kinds = dict(zip(info["fields"], info["dtypes"], strict=True))
        for name in {"flows.geojson": ("time",), "orders.geojson": ("announced", "from", "until")}.get(file.name, ()):
            assert kinds[name].startswith("datetime64"), (file.name, name)


@pytest.mark.parametrize("form", ["csv", "hxl", "parquet", "datapackage"])
def test_frictionless_finds_packages_valid(bundle, tmp_path, form):
    frictionless = pytest.importorskip("frictionless")
    folder = written(bundle, "csv" if form == "hxl" else form, tmp_path / form, ExportOptions(hxl=form == "hxl"))
    package = frictionless.Package(str(folder / "datapackage.json"))
    assert package.licenses
    if form == "parquet":  # whose extra is not needed here: the description alone
        assert {r.path for r in package.resources} == {f.name for f in folder.iterdir()} - {"datapackage.json"}
        return
    report = package.validate()
    assert report.valid, report.flatten(["rowNumber", "fieldName", "type", "note"])[:5]


def test_libhxl_reads_flows_with_positions(bundle, tmp_path):
    hxl = pytest.importorskip("hxl")
    folder = written(bundle, "csv", tmp_path / "hxl", ExportOptions(hxl=True))
    rows = list(hxl.data(str(folder / "flows.csv"), hxl.InputOptions(allow_local=True)))
    assert len(rows) == bundle.tables["flows"].height
    at = {c.id: (c.lat, c.lon) for c in bundle.scenario.crossings}
    for row in rows:
        assert (float(row.get("#geo+lat")), float(row.get("#geo+lon"))) == at[row.get("#loc+crossing")]


def test_dates_are_dates_in_parquet(bundle):
    for name, content in export_files("parquet", bundle).items():
        if name.endswith(".parquet"):
            schema = pl.read_parquet_schema(io.BytesIO(content))
            assert schema.get("date", pl.Date) == pl.Date, name


def test_numbers_as_text_have_nine_figures(bundle):
    for name, text in export_files("csv", bundle).items():
        if name.endswith(".csv"):
            for row in csv.reader(io.StringIO(text)):
                assert all(
                    len(cell.replace(".", "").lstrip("0")) <= 9 for cell in row if cell.replace(".", "").isdigit()
                )


def test_the_workbook_holds_the_figures_of_a_plan(bundle, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    folder = written(bundle, "xlsx", tmp_path / "book")
    with zipfile.ZipFile(folder / "planning.xlsx") as packed:  # nothing says when it was written
        assert {part.date_time for part in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert set(re.findall(rb"\d{4}-\d\d-\d\dT", packed.read("docProps/core.xml"))) == {b"2000-01-01T"}
    book = openpyxl.load_workbook(folder / "planning.xlsx", data_only=False)
    assert {"Read me", "Crossings", "By day", "Totals", "Orders"} <= set(book.sheetnames)
    header, *rows = book["By day"].iter_rows(values_only=True)
    flows = bundle.tables["flows"]
    assert len(rows) == flows.height
    crossed = header.index("cross")
    assert sum(row[crossed] or 0 for row in rows) == pytest.approx(flows["crossed_mean"].sum(), rel=1e-2)
    assert all(hasattr(row[0], "year") for row in rows)
    states = {(row[1], str(row[0])[:10]): row[4] for row in rows}
    assert states["hill", "2024-03-11"] == "closed"
    assert states["hill", "2024-03-16"] == "open"
    header, *rows = book["Crossings"].iter_rows(values_only=True)
    assert sum(row[4] for row in rows) == pytest.approx(flows["crossed_mean"].sum(), rel=1e-2)
    for sheet in book:
        assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)


# --- tables --------------------------------------------------------------------------------------


def test_csv_and_parquet_hold_the_same_numbers(bundle):
    texts, parquet = export_files("csv", bundle), export_files("parquet", bundle)
    for name, table in bundle.tables.items():
        read = table_of(texts[f"{name}.csv"])
        back = pl.read_parquet(io.BytesIO(parquet[f"{name}.parquet"]))
        assert read.columns == back.columns == table.columns
        for column in table.columns:
            if table[column].dtype.is_numeric():
                assert read[column].cast(pl.Float64).to_list() == pytest.approx(back[column].to_list(), nan_ok=True)


def test_a_row_of_tags_stands_under_the_header(bundle):
    text = export_files("csv", bundle, ExportOptions(hxl=True))["flows.csv"]
    header, tags, *_ = csv.reader(io.StringIO(text))
    assert len(header) == len(tags)
    assert all(tag.startswith("#") for tag in tags)
    found = dict(zip(header, tags, strict=True))
    assert found["date"] == "#date"
    assert found["crossed_p95"] == "#affected+crossed+p95"
    assert found["wait_mean_h_mean"] == "#indicator+wait_mean_h+mean"
    assert table_of(text, skip=1).height == bundle.tables["flows"].height


def test_a_tagged_file_is_read_back_as_counts(bundle, tmp_path, call):
    """What is exported with tags can be observed."""
    text = export_files("csv", bundle, ExportOptions(hxl=True))["flows.csv"].replace("#loc+crossing", "#loc+name")
    (tmp_path / "flows.csv").write_text(text, encoding="utf-8")
    words = ("--stream", "travellers", "--count", "#affected+crossed+mean", "--scenario", "two-crossings", "--json")
    status, out, _ = call("observe", "hxl", tmp_path / "flows.csv", *words)
    assert status == 0
    assert {c for row in json.loads(out)["observations"] for c in row["crossings"]} == {"hill", "river"}


@pytest.mark.parametrize("form", ["csv", "parquet", "datapackage"])
def test_the_package_describes_every_column_of_every_file(bundle, form):
    files = export_files(form, bundle)
    package = json.loads(files["datapackage.json"])
    assert {r["path"] for r in package["resources"]} == set(files) - {"datapackage.json"}
    assert len({r["name"] for r in package["resources"]}) == len(package["resources"])
    for resource in package["resources"]:
        content = files[resource["path"]]
        if resource["format"] == "csv":
            header = next(csv.reader(io.StringIO(content)))
        elif resource["format"] == "parquet":
            header = pl.read_parquet_schema(io.BytesIO(content))
        else:
            continue
        fields = resource["schema"]["fields"]
        assert [field["name"] for field in fields] == list(header)
        assert all(field["description"] for field in fields), resource["path"]
    flows = next(
        r for r in package["resources"] if r["path"].endswith("flows." + ("parquet" if form == "parquet" else "csv"))
    )
    units = {field["name"]: field.get("unit") for field in flows["schema"]["fields"]}
    assert units["crossed_mean"] == "units of the stream"
    assert units["wait_mean_h_p95"] == "hours"


def test_the_types_of_a_package_are_those_of_the_cells(bundle):
    files = export_files("datapackage", bundle)
    for resource in json.loads(files["datapackage.json"])["resources"]:
        if resource["format"] != "csv":
            continue
        rows = list(csv.DictReader(io.StringIO(files[resource["path"]])))
        for field in resource["schema"]["fields"]:
            for row in rows:
                cell = row[field["name"]]
                if cell and field["type"] in ("number", "integer"):
                    (int if field["type"] == "integer" else float)(cell)
                if cell and field["type"] == "boolean":
                    assert cell in field["trueValues"] + field["falseValues"]


# --- Flee ----------------------------------------------------------------------------------------


def test_out_csv_has_flees_header_and_the_same_errors(tmp_path):
    case = read_flee(write_case(tmp_path / "case"))
    bundle = run_bundle(to_scenario(case), 2)
    rows = list(csv.reader(io.StringIO(export_files("flee", bundle, ExportOptions(case=case))["out.csv"])))
    header = rows[0]
    camps = [name.removesuffix(" sim") for name in header if name.endswith(" sim")]
    assert camps == list(case.camps)
    assert header[:2] == ["Day", "Date"]
    assert header[2 : 2 + 3 * len(camps)] == [f"{camp} {what}" for camp in camps for what in ("sim", "data", "error")]
    assert header[-6:] == [
        "Total error",
        "refugees in camps (UNHCR)",
        "total refugees (simulation)",
        "raw UNHCR refugee count",
        "refugees in camps (simulation)",
        "refugee_debt",
    ]
    assert len(rows) == 1 + case.days
    for day, cells in enumerate(rows[1:]):
        row = dict(zip(header, cells, strict=True))
        assert int(row["Day"]) == day
        sims, datas = ([float(row[f"{camp} {what}"]) for camp in camps] for what in ("sim", "data"))
        assert datas == pytest.approx([case.counts[k, day] for k in range(len(camps))])
        assert float(row["refugees in camps (simulation)"]) == pytest.approx(sum(sims))
        total = (case.total if case.total is not None else case.counted)[day]
        off = sum(abs(s - d) for s, d in zip(sims, datas, strict=True))
        if total > 0:
            assert float(row["Total error"]) == pytest.approx(off / total)


def test_out_csv_without_counts_leaves_them_empty(bundle):
    rows = list(csv.DictReader(io.StringIO(export_files("flee", bundle)["out.csv"])))
    assert {row["hostel data"] for row in rows} == {""}
    assert float(rows[-1]["hostel sim"]) >= 0


# --- the command ---------------------------------------------------------------------------------


def test_kept_results_are_exported_as_they_are(tmp_path, call):
    assert call("run", "two-crossings", "--seeds", "2", "--out", tmp_path / "out")[0] == 0
    for form in ("csv", "geojson", "parquet", "flee", "gmns", "datapackage", "xlsx"):
        status, out, err = call("export", form, tmp_path / "out", tmp_path / form)
        assert (status, err) == (0, "")
        assert str(tmp_path / form) in out
    kept = pl.read_parquet(tmp_path / "out" / "flows.parquet")
    assert pl.read_csv(tmp_path / "csv" / "flows.csv")["crossed_mean"].sum() == pytest.approx(
        kept["crossed_mean"].sum()
    )
    assert json.loads((tmp_path / "csv" / "datapackage.json").read_text())["made_by"]["seeds"] == "1,2"


@pytest.mark.parametrize(
    "words",
    [("xls", "two-crossings", "NEW"), ("csv", "nowhere", "NEW"), ("csv", "two-crossings", "NEW", "--seeds", "0"),
     ("csv", "two-crossings", "NEW", "--seeds", "-1"), ("geojson", "two-crossings", "NEW", "--hxl"),
     ("csv", "two-crossings", "NEW", "--data", "."), ("flee", "two-crossings", "NEW", "--data", "."),
     ("flee", "two-crossings", "NEW", "--seeds", "0"), ("csv", "two-crossings", "TAKEN")],
)  # fmt: skip
def test_a_bad_call_is_one_line_and_writes_nothing(tmp_path, call, words):
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine.txt").write_text("mine")
    names = {"NEW": tmp_path / "new", "TAKEN": taken}
    status, out, err = call("export", *[names.get(word, word) for word in words])
    assert status == 2
    assert out == ""
    assert err.count("\n") >= 1
    assert "Traceback" not in err
    assert not (tmp_path / "new").exists()


def test_a_spoilt_folder_of_results_is_one_line(tmp_path, call):
    call("run", "two-crossings", "--seeds", "2", "--out", tmp_path / "out")
    spoilt: Path = tmp_path / "out" / "flows.parquet"
    spoilt.write_bytes(b"PAR1 not at all")
    status, _, err = call("export", "csv", tmp_path / "out", tmp_path / "new")
    assert (status, err.count("\n")) == (2, 1)
    (tmp_path / "out" / "made_by.json").write_text("[")
    status, _, err = call("export", "csv", tmp_path / "out", tmp_path / "new")
    assert (status, err.count("\n")) == (2, 1)
    assert read_bundle(tmp_path) is None


def test_a_row_whose_order_was_replaced_before_never_closes_anything():
    """By the simulation, the exported states and the forecasts alike: what ends a row is asked in one place."""
    scenario = cx.Scenario.read("two-crossings").baseline()
    start = scenario.settings.start
    day = [start + dt.timedelta(days=k) for k in range(20)]
    rows = [
        Closure(id="a-1", order="a", crossings=("hill",), from_=day[1]),
        Closure(id="a-2", order="a", crossings=("hill",), from_=day[10]),
        Closure(id="b-1", order="b", crossings=("river",), from_=day[5], replaces=("a",)),
        Closure(id="n-1", order="n", kind="note", from_=day[3], replaces=("a",)),
    ]
    tried = scenario.with_closures(rows)
    states = States(tried)
    stream, direction = next((g.stream, g.direction) for g in cx.Model(tried).gates if g.crossing == "hill")
    seen = [states.at("hill", stream, direction, day[k], day[k + 1]) for k in (0, 3, 4, 5, 11)]
    assert seen == ["open", "closed", "closed", "open", "open"]
    ends = {order.id: order.end for order in orders_of(tried)}
    assert ends == {"a-1": day[5], "a-2": day[5], "b-1": None}
    clock = cx.Model(tried).clock
    simulated = {
        row.closure.id: clock.local(row.end_ms) for row in Rules(tried, clock).rows if row.closure.order == "a"
    }
    assert simulated == {"a-1": day[5], "a-2": day[5]}
