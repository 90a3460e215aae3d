"""Three files as strangers write them: each makes a scenario and is forecast from, or is refused in a line a fault."""

from __future__ import annotations

import datetime as dt
import json
import math
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from crossings.forecasting.ahead import ahead
from crossings.forecasting.history import read_folder
from crossings.forecasting.priors import priors
from crossings.scenario import Scenario
from crossings.scenario.draft import Draft
from crossings.scenario.entities import Crossing
from crossings.scenario.tables import Row
from crossings.scenario.validate.distances import check_positions
from crossings.scenario.validate.index import Index
from test_backtest import border, run_cli
from test_new_from_counts import make

Rows = list[list[object]]
FIRST = dt.date(2022, 1, 1)
HEAD: Rows = [["crossing", "stream", "direction", "from", "until", "count"]]
SITES: Rows = [["id", "lat", "lon"], ["north", 51, 24], ["south", 50, 24.2]]
ORDER = ["order", "crossings", "streams", "announced", "from", "until", "kind"]
SHUT: Rows = [[*ORDER], ["shut", "north", "", "2022-02-05", "2022-02-08", "2022-02-20", "closed"]]


def days_of(site: str = "north", days: int = 60, rate: float = 500.0, stream: str = "cars", way: str = "PL") -> Rows:
    draw = random.Random(f"{site} {stream} {way}")
    rows: Rows = []
    for k in range(days):
        day = FIRST + dt.timedelta(days=k)
        shut = site == "north" and dt.date(2022, 2, 8) <= day <= dt.date(2022, 2, 20)
        rows.append([site, stream, way, day, day, 0 if shut else round(rate * math.exp(draw.gauss(0, 0.15)))])
    return rows


def plain() -> Rows:
    return HEAD + days_of() + days_of("south", rate=200)


def dated(form: str) -> Rows:
    return HEAD + [[*r[:3], f"{r[3]:{form}}", f"{r[4]:{form}}", r[5]] for r in days_of()]


def hours() -> Rows:
    start = dt.datetime(2022, 1, 1)
    at = [start + dt.timedelta(hours=k) for k in range(24 * 12)]
    return HEAD + [
        ["north", "cars", "PL", a.isoformat(), (a + dt.timedelta(hours=1)).isoformat(), 20 + 9 * (a.hour > 8)]
        for a in at
    ]


def months(zero: bool = False) -> Rows:
    rows: Rows = []
    for site, rate in (("north", 30000), ("south", 9000)):
        for k in range(36):
            month = f"{2019 + k // 12}-{k % 12 + 1:02d}"
            rows.append([site, "trucks", "US", month, month, 0 if zero and k >= 30 else rate + 97 * (k % 7)])
    return HEAD + rows


def totals() -> Rows:
    rows, total = [], 0
    for r in days_of(days=30):
        total += int(r[5])  # type: ignore[call-overload]
        rows.append([*r[:3], FIRST, r[4], total])
    return HEAD + rows


def readings(unit: str) -> Rows:
    rows = days_of(rate=80)
    return [[*HEAD[0], "unit"]] + [[*r[:3], f"{r[3]}T12:00", f"{r[3]}T12:00", r[5], unit] for r in rows]


def orders(*rows: list[object]) -> Rows:
    return [[*ORDER], *rows]


def accents() -> tuple[Rows, Rows, Rows]:
    name = "Świnoujście / 北 (1)"
    return (
        HEAD + [[name, *r[1:]] for r in days_of()],
        [["id", "lat", "lon"], [name, 51, 24]],
        orders(["Zamknięcie", name, "", "2022-02-05", "2022-02-08", "", "closed"]),
    )


Given = tuple[Rows, Rows, Rows]
LEGAL: dict[str, Callable[[], Given]] = {
    "hours": lambda: (hours(), SITES, orders(["s", "north", "", "2022-01-08", "2022-01-09T07:00", "", "closed"])),
    "months": lambda: (months(), SITES, orders(["r", "all", "", "2021-03-20", "2021-03-21", "", "deterrent"])),
    "all closed": lambda: (months(True), SITES, orders(["r", "north, south", "", "2021-06-20", "2021-07-01", "", ""])),
    "running totals": lambda: (totals(), SITES, orders(["s", "north", "", "", "2022-01-20", "", "part"])),
    "sums": lambda: (HEAD + [["north;south", *r[1:]] for r in days_of()], SITES, SHUT),
    "queues": lambda: (readings("waiting vehicles"), SITES, SHUT),
    "waits": lambda: (readings("hours of wait"), SITES, SHUT),
    "zeros": lambda: (HEAD + [[*r[:5], 0] for r in days_of()], SITES, SHUT),
    "gaps": lambda: (HEAD + days_of()[::3] + [["north", "cars", "PL", "2022-03-20", "", "n/a"]], SITES, SHUT),
    "one crossing": lambda: (HEAD + days_of(), SITES[:2], SHUT),
    "no order": lambda: (plain(), SITES, orders()),
    "before the counts": lambda: (plain(), SITES, orders(["s", "north", "", "2021-02-05", "2021-02-08", "", "closed"])),
    "after the counts": lambda: (plain(), SITES, orders(["s", "north", "", "2023-02-05", "2023-02-08", "", "closed"])),
    "announced late": lambda: (
        plain(),
        SITES,
        orders(["s", "north", "", "2022-02-12", "2022-02-08", "2022-02-20", ""]),
    ),
    "overlapping": lambda: (
        plain(),
        SITES,
        orders(
            ["a", "north", "", "2022-02-01", "2022-02-03", "2022-02-18", "closed"],
            ["a", "north;south", "", "2022-02-05", "2022-02-10", "2022-02-25", "part"],
            ["c", "north", "cars", "", "2022-02-11", "", "slowed"],
        ),
    ),
    "accents": accents,
    "dots": lambda: (dated("%d.%m.%Y"), SITES, SHUT),
    "clock and zone": lambda: (dated("%Y-%m-%dT00:00:00+02:00"), SITES, SHUT),
    "days first": lambda: (dated("%d/%m/%Y"), SITES, SHUT),
    "months first": lambda: (dated("%m/%d/%Y"), SITES, SHUT),
    "months in words": lambda: (dated("%d %b %Y"), SITES, SHUT),
    "spreadsheet days": lambda: (
        HEAD + [[*r[:3], *[(d - dt.date(1899, 12, 30)).days for d in r[3:5]], r[5]] for r in days_of()],
        SITES,
        SHUT,
    ),
    "streams in capitals": lambda: (HEAD + days_of(stream="Cars") + days_of("south"), SITES, SHUT),
    "at the date line": lambda: (plain(), [["id", "lat", "lon"], ["north", 51, 179.99], ["south", 50, -179.99]], SHUT),
    "two counts": lambda: (HEAD + days_of(days=2), SITES, SHUT),
    "one count": lambda: (HEAD + days_of(days=1), SITES, SHUT),
    "twice, unsorted": lambda: ([*HEAD, *plain()[:0:-1], *plain()[1:]], SITES, SHUT),
    "no positions": lambda: (plain(), [["id"], ["north"], ["south"]], SHUT),
    "same position": lambda: (plain(), [["id", "lat", "lon"], ["north", 51, 24], ["south", 51, 24]], SHUT),
    "columns of one's own": lambda: (
        [[*r, "x"] for r in plain()],
        [[*r, "y"] for r in SITES],
        [[*r, "z"] for r in SHUT],
    ),
    "large": lambda: (HEAD + days_of(rate=5e6), SITES, SHUT),
    "ids alike": lambda: (
        HEAD + [["A 1", *r[1:]] for r in days_of()] + [["a-1", *r[1:]] for r in days_of()],
        [["id", "lat", "lon"], ["A 1", 51, 24], ["a-1", 50, 24]],
        orders(["s", "A 1", "", "2022-02-05", "2022-02-08", "", "closed"]),
    ),
    "streams and ways": lambda: (
        HEAD + [r for s in ("cars", "trucks") for w in ("PL", "UA") for r in days_of(stream=s, way=w)],
        SITES,
        orders(["s", "north", "trucks;ships", "2022-02-05", "2022-02-08", "", "closed"]),
    ),
}
REFUSED: dict[str, tuple[Callable[[], Given], str]] = {
    "endless": (lambda: (HEAD + [[*r[:5], "inf"] for r in days_of()], SITES, SHUT), "count: 'inf'"),
    "negative": (lambda: (HEAD + [[*r[:5], -5] for r in days_of()], SITES, SHUT), "counts.csv:2"),
    "elsewhere": (lambda: (HEAD + days_of("nrth"), SITES, SHUT), "did you mean 'north'"),
    "upside down": (lambda: (plain(), [["id", "lat", "lon"], ["north", 151, 24], ["south", 0, 0]], SHUT), "lat"),
    "no count": (lambda: (HEAD, SITES, SHUT), "no count"),
    "kind": (
        lambda: (plain(), SITES, orders(["s", "north", "", "", "2022-02-08", "", "closd"])),
        "did you mean 'closed'",
    ),
}


def given(folder: Path, files: Given, separator: str = ",", encoding: str = "utf-8") -> Path:
    folder.mkdir()
    for name, rows in zip(("counts", "crossings", "closures"), files, strict=True):
        text = "\n".join(separator.join(f'"{c}"' if "," in str(c) else str(c) for c in row) for row in rows) + "\n"
        (folder / f"{name}.csv").write_text(text, encoding=encoding)
    return folder


# Days written in other forms: read as the same days (below), so what is made of them is the same.
FORMS = ("days first", "months first", "months in words", "spreadsheet days", "dots")


@pytest.mark.parametrize("name", [name for name in LEGAL if name not in FORMS])
def test_an_odd_folder_makes_a_scenario_and_is_forecast_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    folder = given(tmp_path / "given", LEGAL[name]())
    assert make(folder, tmp_path / "border") == 0, capsys.readouterr().err
    capsys.readouterr()
    assert run_cli("backtest", tmp_path / "border", "--json", "--origins", "orders") == 0
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    largest = max(c.value for c in read_folder(folder).counts)
    for row in found["episodes"][0].get("rows", ()):
        quantiles = [row[q] for q in ("p05", "p25", "p50", "p75", "p95")]
        assert quantiles == sorted(quantiles)
        assert row["p05"] >= 0
        assert row["p50"] <= 3 * largest + 10
    assert run_cli("forecast", tmp_path / "border", "--json") == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert all(row["p50"] <= 3 * 2 * largest + 10 for row in rows)


@pytest.mark.parametrize("name", REFUSED)
def test_an_impossible_folder_is_refused_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    files, fault = REFUSED[name]
    folder = given(tmp_path / "given", files())
    assert make(folder, tmp_path / "border") == 2
    said = capsys.readouterr().err
    assert fault in said
    assert len(said.splitlines()) <= 201
    assert not (tmp_path / "border").exists()
    assert run_cli("backtest", folder, "--json") == 2


@pytest.mark.parametrize("form", FORMS)
def test_dates_in_other_forms_are_the_same_days(tmp_path: Path, form: str) -> None:
    usual = read_folder(given(tmp_path / "a", (HEAD + days_of(), SITES, SHUT)))
    other = read_folder(given(tmp_path / "b", LEGAL[form]()))
    assert [(c.start, c.end, c.value) for c in other.counts] == [(c.start, c.end, c.value) for c in usual.counts]


def test_dates_that_may_be_read_either_way_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = given(tmp_path / "a", ([*HEAD, ["north", "cars", "PL", "03/04/2022", "", 5]], SITES, SHUT))
    assert make(folder, tmp_path / "border") == 2
    said = capsys.readouterr().err
    assert "'03/04/2022': day and month cannot be told apart; write YYYY-MM-DD, 4.3.2022 (day first)" in said


def test_columns_are_named_as_the_file_has_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [["Port", "Measure", "Date", "Value"], *([r[0], r[1], r[3], r[5]] for r in days_of())]
    folder = given(tmp_path / "a", (rows, SITES, SHUT))
    assert make(folder, tmp_path / "border") == 0
    said = capsys.readouterr().out
    for heading, name in (("Port", "crossing"), ("Measure", "stream"), ("Date", "from"), ("Value", "count")):
        assert f"counts.csv: column '{heading}' is read as '{name}'" in said
    rows[0][2] = "Day of count"
    assert make(given(tmp_path / "b", (rows, SITES, SHUT)), tmp_path / "other") == 2
    said = capsys.readouterr().err
    assert "column 'from' (start of the period) is missing; accepted headings: from, date, day, month" in said
    assert "the file has Port, Measure, Day of count, Value" in said


def test_a_folder_of_three_files_is_told_from_a_scenario(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = given(tmp_path / "a", (plain(), SITES, SHUT))
    for command in ("check", "run"):
        assert run_cli(command, folder) == 2
        [line] = capsys.readouterr().err.strip().splitlines()
        assert f"crossings new DIR --counts {folder}/counts.csv --crossings {folder}/crossings.csv" in line


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ([(61.2, 28.9), (60.6, 27.9), (29.6, 62.1)], ["crossings.csv:4"]),
        ([(61.2, 28.9), (28.4, 61.4)], ["crossings.csv:3"]),
        ([(61.2, 28.9), (61.3, 28.8), (61.4, 28.7), (10.0, 28.0)], ["crossings.csv:5"]),
        ([(60.6, 27.9), (61.2, 28.9), (69.4, 30.8)], []),  # a long border
        ([(32.5, -117.0), (31.8, -106.5), (49.0, -122.8), (42.3, -83.1)], []),  # two borders of one country
    ],
)
def test_a_crossing_far_from_all_others_is_warned_of(where: list[tuple[float, float]], told: list[str]) -> None:
    draft = Draft()
    for line, (lat, lon) in enumerate(where, 2):
        one = Crossing(id=f"c{line}", border="b", place_a="a", place_b="z", lat=lat, lon=lon)
        draft.crossings.rows.append(Row(line, one))
    check_positions(Index(draft))
    assert [fault.where for fault in draft.faults.listed()] == told
    assert all(fault.warning for fault in draft.faults.listed())


def test_decimal_commas_are_decimals(tmp_path: Path) -> None:
    rows = [[*r[:5], f"{r[5]},5"] for r in days_of()]
    sites = [["id", "latitude", "longitude"], ["north", "51,25", "24,5"]]
    episode = read_folder(given(tmp_path / "a", (HEAD + rows, sites, SHUT), ";"))
    assert episode.counts[0].value == days_of()[0][5] + 0.5  # type: ignore[operator]
    assert (episode.sites["north"].lat, episode.sites["north"].lon) == (51.25, 24.5)


@pytest.mark.parametrize(("separator", "encoding"), [(";", "utf-8"), ("\t", "utf-8-sig"), (",", "utf-16")])
def test_separators_and_encodings_change_nothing(tmp_path: Path, separator: str, encoding: str) -> None:
    usual = read_folder(given(tmp_path / "a", (plain(), SITES, SHUT)))
    other = read_folder(given(tmp_path / "b", (plain(), SITES, SHUT), separator, encoding))
    assert other.counts == usual.counts
    assert other.orders == usual.orders


def test_countries_are_taken_and_both_ways_are_travelled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = border(tmp_path / "given")
    assert make(folder, tmp_path / "border", "--countries", "by,pl") == 0
    assert "counted into PL alone" in capsys.readouterr().out
    scenario = Scenario.read(tmp_path / "border")
    assert {b.country_a for b in scenario.borders} | {b.country_b for b in scenario.borders} == {"BY", "PL"}
    ways = {(d.origin.split()[0], d.destination.split()[1]): d.per_day for d in scenario.demand}
    assert ways["middle", "BY"] == ways["middle", "PL"]
    for wrong in ("PL", "PL,PL", "PL,UA,BY", "Poland,Ukraine"):
        assert make(folder, tmp_path / "other", "--countries", wrong) == 2
    assert make(folder, tmp_path / "other", "--per-day", 5) == 2
    assert not (tmp_path / "other").exists()


def test_people_who_seek_protection_come_one_way(tmp_path: Path) -> None:
    rows = [[*r[:1], "asylum", *r[2:]] for r in days_of()]
    folder = given(tmp_path / "given", (HEAD + rows, SITES, SHUT))
    assert make(folder, tmp_path / "border") == 0
    assert {d.destination.split()[1] for d in Scenario.read(tmp_path / "border").demand} == {"PL"}


def test_what_is_assumed_of_an_order_is_said(tmp_path: Path) -> None:
    header = [*ORDER, "source"]
    rows: Rows = [
        ["one", "north", "", "2022-02-01", "2022-02-08", "", "", "protest of hauliers"],
        ["two", "north", "", "2022-02-01", "2022-02-08", "", "", "two trucks an hour are let through"],
        ["three", "south", "ships", "2022-02-01", "2022-02-08", "", "closed", ""],
    ]
    episode = read_folder(given(tmp_path / "given", (plain(), SITES, [header, *rows])))
    assert [o.kind for o in episode.orders] == ["closed", "slowed", "closed"]
    notes = "\n".join(episode.notes)
    assert "nothing tells the kind of 'one': taken as closed" in notes
    assert "kind of 'two' read from its words: slowed" in notes
    assert "'three' acts on nothing that is counted" in notes


def test_a_rule_for_the_whole_border_sends_nobody_round(tmp_path: Path) -> None:
    def last(crossings: str) -> float:
        rule = orders(["rule", crossings, "", "2022-03-01", "2022-03-03", "", "deterrent"])
        folder = given(tmp_path / crossings, (HEAD + days_of() + days_of("south", rate=5000), SITES, rule))
        found = ahead(read_folder(folder), None, None, priors())
        return float(np.mean([r["p05"] for r in found.rows if r["crossings"] == "north" and not r["total"]]))

    # Under a rule at both, what the large one loses does not turn up at the small one as if that were free.
    assert last("north;south") < 2 * last("north")


def test_a_crossing_that_counts_nothing_beside_closed_ones_may_open_with_them(tmp_path: Path) -> None:
    empty = [[*r[:5], 0] for r in days_of("empty")]
    sites = [*SITES, ["empty", 50.5, 24.1]]
    shut = [["north", *r[1:5], 0] for r in days_of()]
    counts = HEAD + shut + days_of("south") + empty

    def most(*rows: list[object]) -> float:
        folder = given(tmp_path / str(len(list(tmp_path.iterdir()))), (counts, sites, orders(*rows)))
        found = ahead(read_folder(folder), None, None, priors())
        return max(float(r["p95"]) for r in found.rows if r["crossings"] == "empty")

    assert most() < 20
    assert most(["s", "north", "", "2021-06-01", "2021-06-01", "2022-03-05", "closed"]) > 100
