"""Rolling forecasts: nothing from after the origin, honest scores, and three files of any step."""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
from pathlib import Path

import numpy as np
import pytest

from crossings.cli import main
from crossings.errors import InputError
from crossings.forecasting import atlas
from crossings.forecasting.backtest import backtest, crps_of, origins_of
from crossings.forecasting.episode import Series
from crossings.forecasting.history import read_folder, read_when
from crossings.forecasting.known import by_series, disjoint, missing
from crossings.forecasting.opponents import LEVELS, RULES
from crossings.forecasting.orders import KINDS, guess_kind, mode_of, named_like
from crossings.forecasting.ordinary import SeriesCounts, fit_profile
from crossings.forecasting.priors import FILE, pooled, priors
from crossings.forecasting.scores import best_rule

SITES = [["north", "54.0", "23.0"], ["middle", "53.5", "23.5"], ["south", "52.5", "23.6"]]


def write(folder: Path, name: str, rows: list[list[object]]) -> None:
    folder.mkdir(exist_ok=True)
    with (folder / name).open("w", newline="") as file:
        csv.writer(file).writerows(rows)


def border(folder: Path, days: int = 40, closed: int = 26, seed: int = 1) -> Path:
    """Daily counts at three crossings; the middle one is shut from a day on, a third of it turns up in the north."""
    draw = random.Random(seed)
    first = dt.date(2022, 3, 1)
    counts: list[list[object]] = [["crossing", "stream", "direction", "from", "until", "count", "unit", "published"]]
    for k in range(days):
        day = first + dt.timedelta(days=k)
        shut = k >= closed
        week = 0.6 if day.weekday() >= 5 else 1.0
        rates = {"north": 300 * (2.0 if shut else 1.0), "middle": 0 if shut else 900, "south": 150}
        for site, rate in rates.items():
            value = round(rate * week * draw.lognormvariate(0, 0.1))
            counts.append([site, "cars", "PL", day, day, value, "vehicles", day + dt.timedelta(days=1)])
    write(folder, "counts.csv", counts)
    write(folder, "crossings.csv", [["id", "lat", "lon"], *SITES])
    start = first + dt.timedelta(days=closed)
    order = ["shut", "middle", "cars", start - dt.timedelta(days=2), start, "", "closed"]
    write(folder, "closures.csv", [["order", "crossings", "streams", "announced", "from", "until", "kind"], order])
    return folder


@pytest.mark.parametrize("how", ["values", "periods", "gone", "orders"])
def test_no_forecast_moves_when_what_was_published_later_changes(tmp_path: Path, how: str) -> None:
    folder = border(tmp_path / "a")
    episode = read_folder(folder)
    compared = 0
    for origin in origins_of(episode)[::6]:
        before = backtest(episode, [origin], None, priors())
        other = read_folder(changed_after(folder, tmp_path / "b", origin, how))
        after = backtest(other, [origin], None, priors())
        mine = {
            (r.count.series, r.count.start, r.count.end): q for r, q in zip(before.rows, before.quantiles, strict=True)
        }
        theirs = {
            (r.count.series, r.count.start, r.count.end): q for r, q in zip(after.rows, after.quantiles, strict=True)
        }
        common = mine.keys() & theirs.keys()
        compared += len(common)
        assert all(np.array_equal(mine[key], theirs[key]) for key in common)
        for rule in RULES:
            a = {(r.count.series, r.count.start): q for r, q in zip(before.rows, before.rules[rule], strict=True)}
            b = {(r.count.series, r.count.start): q for r, q in zip(after.rows, after.rules[rule], strict=True)}
            assert all(np.array_equal(a[key], b[key]) for key in a.keys() & b.keys()), rule
    assert compared > 30


def changed_after(folder: Path, to: Path, origin: dt.datetime, how: str) -> Path:
    """The folder with every row published after an instant changed; how: its value, its period, away, or a new order."""
    to.mkdir(exist_ok=True)
    for name in ("crossings.csv", "closures.csv"):
        (to / name).write_text((folder / name).read_text())
    with (folder / "counts.csv").open() as file:
        rows = list(csv.DictReader(file))
    kept = []
    for k, row in enumerate(rows):
        if read_when(row["published"], end=True) > origin:
            if how == "values":
                row["count"] = str(int(row["count"]) * 3 + 70)
            elif how == "periods" and k % 3 == 0:
                row["from"] = row["until"] = str(dt.date.fromisoformat(row["from"]) + dt.timedelta(days=200))
            elif how == "gone" and k % 2:
                continue
        kept.append(row)
    with (to / "counts.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(kept)
    if how == "orders":
        later = origin.date() + dt.timedelta(days=1)
        with (to / "closures.csv").open("a") as file:
            file.write(f"new,north,cars,{later},{later},,closed\n")
    return to


def test_a_closure_with_diversion_is_foretold_better_than_by_the_rules(tmp_path: Path) -> None:
    episode = read_folder(border(tmp_path / "a"))
    table = backtest(episode, origins_of(episode), None, priors())
    open_ = np.array([not row.closed for row in table.rows])
    mine = crps_of(table.quantiles, table.counts)[open_].mean()
    rules = {rule: crps_of(q, table.counts)[open_].mean() for rule, q in table.rules.items()}
    assert mine < 0.9 * min(rules.values()), (mine, rules)
    shut = table.quantiles[~open_]
    assert (shut[:, 19] < 0.25 * 900).all()  # the median where it is closed


def test_crps_of_quantiles_is_that_of_the_ensemble() -> None:
    rng = np.random.default_rng(3)
    draws = np.sort(rng.gamma(2.0, 50.0, (40, 1000)), axis=1)
    counts = rng.gamma(2.0, 50.0, 40)
    between = draws @ (2.0 * np.arange(1, 1001) - 1001) / 1000**2  # half the mean distance of two draws
    exact = np.abs(draws - counts[:, None]).mean(axis=1) - between
    assert crps_of(np.quantile(draws, LEVELS, axis=1).T, counts) == pytest.approx(exact, rel=0.04, abs=0.5)


def test_running_totals_become_increments_and_no_time_is_counted_twice(tmp_path: Path) -> None:
    folder = border(tmp_path / "a", days=3)
    header = ["crossing", "stream", "direction", "from", "until", "count", "unit", "status", "published"]
    rows = [
        ["north", "cars", "PL", "2022-03-01T06:00", "2022-03-01T20:00", 100, "vehicles", "approx", "2022-03-02"],
        ["north", "cars", "PL", "2022-03-01T06:00", "2022-03-03T20:00", 700, "vehicles", "final", "2022-03-04"],
        ["north", "cars", "PL", "2022-03-01T06:00", "2022-03-06", 1500, "vehicles", "lower_bound", "2022-03-07"],
        ["north", "cars", "PL", "2022-03-05", "2022-03-05", 250, "vehicles", "final", "2022-03-06"],
        ["north", "cars", "PL", "2022-03-05", "2022-03-05", 260, "vehicles", "final", "2022-03-08"],
        ["north", "cars", "PL", "2022-01-01", "2022-12-31", 90000, "vehicles", "final", "2023-01-31"],
    ]
    write(folder, "counts.csv", [header, *rows])
    (counts,) = by_series(read_folder(folder).counts).values()
    kept = disjoint(counts)
    assert [(c.start.day, c.end.day, c.value) for c in kept] == [(1, 1, 100.0), (1, 3, 600.0), (5, 6, 260.0)]
    assert kept[1].published == dt.datetime(2022, 3, 5)


def test_words_of_a_source_tell_the_kind_and_addresses_do_not() -> None:
    assert guess_kind("https://x.org/slowed-trucks-inspected") == "closed"
    assert guess_kind("https://x.org/a (one of two bridges of the port)") == "part"
    assert guess_kind("news (a rate cut; the date is that of Dorohusk)") == "slowed"
    assert guess_kind("norway-visa-only news") == "deterrent"
    assert guess_kind("narva-nights (23-07 daily)") == "hours"
    assert guess_kind("quota (50,000 a day northward)") == "quota"
    assert set(KINDS) >= {guess_kind(w) for w in ("", "lifted", "inspection")}
    assert [mode_of(s) for s in ("Trucks", "Personal Vehicles", "walkers", "asylum and transit")] == [
        "trucks",
        "cars",
        "pedestrians",
        "asylum",
    ]


def run_cli(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    return int(ended.value.code or 0)


def test_the_command_prints_the_agreed_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = border(tmp_path / "a")
    assert run_cli("backtest", folder, "--json", "--origins", "2022-03-24,2022-04-01", "--horizon", "10d") == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) >= {"episodes", "skill_mean", "coverage_90"}
    (episode,) = found["episodes"]
    assert set(episode) >= {
        "id",
        "n",
        "mean_count",
        "crps",
        "crps_naive",
        "best_naive",
        "skill",
        "coverage",
        "by_lead",
        "rows",
    }
    assert set(episode["crps_naive"]) == set(RULES)
    assert set(episode["coverage"]) == {"50", "90"}
    assert {row["origin"] for row in episode["rows"]} == {"2022-03-24", "2022-04-01"}
    row = episode["rows"][0]
    wanted = {"origin", "crossing", "stream", "direction", "from", "until", "lead_days", "count"}
    assert set(row) >= wanted | {"p05", "p25", "p50", "p75", "p95"}
    assert all(r["p05"] <= r["p25"] <= r["p50"] <= r["p75"] <= r["p95"] for r in episode["rows"])
    assert max(r["lead_days"] for r in episode["rows"]) <= 11
    assert sum(not r["closed"] for r in episode["rows"]) == episode["n"]
    assert run_cli("backtest", folder) == 0
    assert "skill" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("counts.csv", "north,cars", "nord,cars", "counts.csv:2: unknown crossing 'nord'; did you mean 'north'?"),
        (
            "counts.csv",
            "2022-03-01,2022-03-01",
            "2022-03-01,2022-02-01",
            "counts.csv:2: the period ends before it begins",
        ),
        ("counts.csv", "crossing,", "crosing,", "counts.csv:1: column 'crossing' (the crossing counted) is missing"),
        ("closures.csv", "closed", "wonky", "closures.csv:2: kind: 'wonky' is not known"),
        ("closures.csv", "middle", "midle", "closures.csv:2: unknown crossing 'midle'; did you mean 'middle'?"),
        ("crossings.csv", "54.0", "154.0", "crossings.csv:2: lat: '154.0' is not accepted"),
    ],
)
def test_each_fault_is_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str, old: str, new: str, fault: str
) -> None:
    folder = border(tmp_path / "a")
    text = (folder / file).read_text()
    (folder / file).write_text(text.replace(old, new, 1))
    assert run_cli("backtest", folder) == 2
    assert fault in capsys.readouterr().err
    with pytest.raises(InputError):
        read_folder(folder)


def test_the_horizon_and_the_origins_must_be_understood(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = border(tmp_path / "a", days=20, closed=10)
    assert run_cli("backtest", folder, "--horizon", "soon") == 2
    assert run_cli("backtest", folder, "--origins", "today") == 2
    assert run_cli("backtest") == 2
    assert run_cli("backtest", tmp_path / "none") == 2
    assert len(capsys.readouterr().err.splitlines()) == 4


def test_months_without_columns_that_can_be_done_without(tmp_path: Path) -> None:
    folder = tmp_path / "m"
    rows: list[list[object]] = [["crossing", "month", "count"]]
    for k in range(30):
        month = f"{2020 + k // 12}-{k % 12 + 1:02}"
        rows += [[site, month, "" if k == 9 else 1000 + 10 * k] for site, _, _ in SITES]
    write(folder, "counts.csv", rows)
    write(folder, "crossings.csv", [["id"], *[[s] for s, _, _ in SITES]])
    write(folder, "closures.csv", [["order", "crossings", "from"], ["a", "north", "2022-02-10"]])
    episode = read_folder(folder)
    assert any("no column 'published'" in note for note in episode.notes)
    assert next(iter(by_series(episode.counts))) == Series(("north",), "all", "both", "persons")
    table = backtest(episode, origins_of(episode), None, priors())
    assert len(table.rows) > 20
    assert np.isfinite(table.quantiles).all()


def test_priors_leave_out_the_closure_that_is_judged() -> None:
    before = json.loads(FILE.read_text())["before"] | {
        "kinds": {"closed": {"centre": 2.0, "spread": 1.0}, "part": {"centre": 0.0, "spread": 1.0}},
        "diversion": {"cars": {"centre": -2.0, "slope": 0.5, "spread": 1.0}},
    }
    nothing: dict[str, object] = {"notice": [], "after": [], "lasted": [], "restless": [], "moved": []}
    said = {
        "before": before,
        "evidence": {
            "a": nothing
            | {
                "lost": [{"kind": "part", "share": 0.5}, {"kind": "part", "share": 0.5}],
                "moved": [{"mode": "cars", "share": 0.5, "km": 50.0}],
                "rules": {"all": {"seasonal": 0.5, "closed = 0": 0.1}},
            },
            "b": nothing
            | {
                "lost": [{"kind": "part", "share": 0.95}],
                "notice": [{"factor": 1.0}],
                "lasted": [{"kind": "part", "days": 900.0, "ended": True}],
                "restless": [9.0],
                "rules": {"all": {"seasonal": 0.1, "closed = 0": 0.4}},
            },
        },
    }
    every, without = pooled(said), pooled(said, "b")
    assert every["kinds"]["closed"]["centre"] == without["kinds"]["closed"]["centre"] == 2.0
    assert without["kinds"]["part"]["centre"] == pytest.approx(0.0)
    assert every["kinds"]["part"]["centre"] == pytest.approx(np.log(0.95 / 0.05) / 5)
    assert every["diversion"]["cars"]["centre"] == pytest.approx((3 * -2.0 + 0.0) / 4)
    assert every["rush"]["centre"] == pytest.approx((3 * before["rush"]["centre"] + 1.0) / 4)
    assert without["rush"]["centre"] == before["rush"]["centre"]
    assert every["lasts"]["part"] > without["lasts"]["part"] == before["lasts"]["part"]
    assert every["disturbed"]["factor"] > without["disturbed"]["factor"] == pytest.approx(before["disturbed"]["factor"])
    assert best_rule(without) == "closed = 0"
    assert best_rule(every, "a") == "seasonal"
    for name in atlas.names():
        assert name in priors()["rules"]["scores"]
        assert name not in priors(name)["rules"]["scores"]


def test_a_month_that_is_no_count_is_left_out() -> None:
    values = np.array([900.0, 1000, 0, 1100, 0, 0, 5, 900, 1000])
    quiet = np.ones(9, dtype=bool)
    assert missing(values, quiet).tolist() == [False, False, True, False, False, False, False, False, False]
    assert not missing(values, ~quiet).any()


def test_the_atlas_is_listed_and_a_closure_of_it_forecast(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli("atlas", "--json") == 0
    listed = json.loads(capsys.readouterr().out)["closures"]
    assert len(listed) == 12
    assert all(r["counts"] and r["kinds"] for r in listed)
    assert run_cli("backtest", "us_texas_inspections_2022", "--json") == 0
    (episode,) = json.loads(capsys.readouterr().out)["episodes"]
    assert episode["skill"] > 0.05
    assert 0.8 <= episode["coverage"]["90"] <= 0.97


def test_a_scenario_is_forecast_from_its_own_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli("backtest", "finland-2023", "--json") == 0
    (episode,) = json.loads(capsys.readouterr().out)["episodes"]
    assert episode["n"] > 20


def test_an_order_is_unknown_before_it_is_announced_and_its_end_before_that_is() -> None:
    episode = read_folder(atlas.FOLDER / "us_eagle_pass_2023")
    bridge = next(o for o in episode.orders if o.id == "bridge-1")
    assert bridge.at(dt.datetime(2023, 11, 27, 11)) is None
    assert (early := bridge.at(dt.datetime(2023, 12, 1))) is not None
    assert early.end is None
    assert (late := bridge.at(dt.datetime(2024, 1, 3))) is not None
    assert late.end == dt.datetime(2024, 1, 4, 7)


@pytest.mark.parametrize("many", [2, 12, 40])
def test_long_lists_in_cells_do_not_pass_for_columns(tmp_path: Path, many: int) -> None:
    folder = border(tmp_path / "a")
    sites = [["id", "lat", "lon"], *SITES, *[[f"far-{k}", "50", "24"] for k in range(many)]]
    write(folder, "crossings.csv", sites)
    listed = ";".join(["middle", *[f"far-{k}" for k in range(many)]])
    head = ["order", "crossings", "streams", "announced", "from", "until", "kind"]
    write(folder, "closures.csv", [head, ["shut", listed, "cars;buses;trucks", "", "2022-03-27", "", "closed"]])
    assert len(read_folder(folder).orders[0].crossings) == many + 1


def test_every_bundled_closure_has_a_title() -> None:
    for name in atlas.names():
        title = atlas.title(name)
        assert any(ch.isdigit() for ch in title), name
        assert title != name.replace("_", " "), name


def test_every_bundled_closure_can_be_read() -> None:
    assert all(atlas.read(name).counts for name in atlas.names())


@pytest.mark.parametrize("day", ["{0:%d.%m.%Y}", "{0:%Y%m%d}", "{0:%Y/%m/%d}", "{0:%Y-%m-%d} 00:00"])
def test_counts_as_others_write_them_are_read(tmp_path: Path, day: str) -> None:
    head = ["status", "note", "until", "from", "count", "crossing"]
    rows: list[list[object]] = [head]
    for k in range(30):
        at = dt.datetime(2022, 3, 1) + dt.timedelta(days=k)
        value = "n/a" if k % 7 == 3 else f"{10_000 + k:,}"
        after = at + dt.timedelta(days="00:00" in day)
        rows.append(["Estimated", "x", day.format(after), day.format(at), value, "north"])
    folder = border(tmp_path / "a")
    write(folder, "counts.csv", rows)
    episode = read_folder(folder)
    assert [c.value for c in episode.counts] == [10_000 + k for k in range(30) if k % 7 != 3]
    assert {(c.end - c.start).days for c in episode.counts} == {1}
    assert any("gaps" in note for note in episode.notes)


@pytest.mark.parametrize("hours", [1, 8])
def test_hours_of_the_day_are_learned_from_hours_and_shifts(hours: int) -> None:
    draw = random.Random(3)
    start = np.arange(0, 24 * 10, hours) / 24.0 + 19_000
    busy = np.where((start * 24 % 24 >= 8) & (start * 24 % 24 < 16), 3.0, 0.5)
    values = np.array([round(100 * hours * b * draw.lognormvariate(0, 0.1)) for b in busy], dtype=float)
    profile = fit_profile(priors(), "persons", None, SeriesCounts(start, start + hours / 24.0, values))
    one, other = profile.size(
        np.array([19_020 + 9 / 24, 19_020 + 2 / 24]), np.array([19_020 + 10 / 24, 19_020 + 3 / 24])
    )
    assert one / other == pytest.approx(6.0, rel=0.15)
    (day,) = profile.size(np.array([19_020.0]), np.array([19_021.0]))
    assert day == pytest.approx(sum(profile.size(19_020 + np.arange(24) / 24, 19_020 + np.arange(1, 25) / 24)))
    daily = SeriesCounts(np.arange(40.0), np.arange(1.0, 41.0), np.full(40, 50.0))
    assert fit_profile(priors(), "persons", None, daily).hour is None


def test_running_totals_alone_have_origins(tmp_path: Path) -> None:
    folder = border(tmp_path / "a")
    rows = list(csv.reader((folder / "counts.csv").open()))
    totals: dict[str, int] = {}
    for row in rows[1:]:
        totals[row[0]] = totals.get(row[0], 0) + int(row[5])
        row[3], row[5] = "2022-03-01", str(totals[row[0]])
    want = origins_of(read_folder(folder))
    write(folder, "counts.csv", rows)
    assert origins_of(read_folder(folder)) == want
    assert len(want) > 5


def test_a_comma_before_three_decimals_of_a_position_is_a_decimal(tmp_path: Path) -> None:
    folder = border(tmp_path / "a")
    text = "id;lat;lon\n" + "".join(f"{s};{float(a):.3f};{-float(b):.3f}\n".replace(".", ",") for s, a, b in SITES)
    (folder / "crossings.csv").write_text(text)
    sites = read_folder(folder).sites
    assert [(s.lat, s.lon) for s in sites.values()] == [(float(a), -float(b)) for _, a, b in SITES]


def test_priors_are_learned_from_closures_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a made-up border whose middle crossing is shut: all of its traffic is lost, a third of it turns up in the north."""
    episode = read_folder(border(tmp_path / "made"))
    monkeypatch.setattr(atlas, "names", lambda: ["made"])
    monkeypatch.setattr(atlas, "read", lambda _: episode)
    assert run_cli("atlas", "--learn", tmp_path / "priors.json") == 0
    assert "priors learned from 1 closure" in capsys.readouterr().out
    learned = json.loads((tmp_path / "priors.json").read_text(encoding="utf-8"))
    assert set(learned) >= set(json.loads(FILE.read_text(encoding="utf-8")))
    (evidence,) = learned["evidence"].values()
    (lost,) = evidence["lost"]
    assert (lost["order"], lost["kind"]) == ("shut", "closed")
    assert lost["share"] == pytest.approx(1.0, abs=0.05)
    (moved,) = evidence["moved"]
    assert moved["share"] == pytest.approx(1 / 3, abs=0.1)
    assert evidence["counted"] == ["2022-03-01", "2022-04-10"]
    assert set(evidence["rules"])
    assert pooled(learned)


@pytest.mark.parametrize("word", ["unknown", "n/a", "until further notice", "Open-ended", "TBD", "-"])
def test_a_time_that_is_said_not_to_be_known_is_none(tmp_path: Path, word: str) -> None:
    folder = border(tmp_path / "a")
    plain = read_folder(folder)
    head = ["order", "crossings", "streams", "announced", "from", "until", "kind"]
    write(folder, "closures.csv", [head, ["shut", "middle", "cars", word, "2022-03-27", word, "closed"]])
    rows = list(csv.reader((folder / "counts.csv").open()))
    write(folder, "counts.csv", [rows[0], *[[*row[:-1], word] for row in rows[1:]]])
    found = read_folder(folder)
    (order,) = found.orders
    assert (order.end, order.announced, order.known) == (None, False, order.start)
    assert [c.value for c in found.counts] == [c.value for c in plain.counts]
    assert any(f"'{word}' in 'until': taken as not known" in note for note in found.notes)
    write(folder, "closures.csv", [head, ["shut", "middle", "cars", "", word, "", "closed"]])
    with pytest.raises(InputError, match="from: "):
        read_folder(folder)


def test_an_order_for_a_class_under_another_name_acts_on_the_stream_of_that_class(tmp_path: Path) -> None:
    folder = border(tmp_path / "a")
    head = ["order", "crossings", "streams", "announced", "from", "until", "kind"]
    write(
        folder,
        "closures.csv",
        [head, ["shut", "middle", "Light vehicles;lorries", "", "2022-03-27", "", "partial closure"]],
    )
    found = read_folder(folder)
    assert found.orders[0].streams == ("cars", "lorries")
    assert (found.orders[0].kind, found.orders[0].guessed) == ("part", True)
    assert any("taken for cars, lorries" in note for note in found.notes)
    assert any("kind of 'shut' read from its words: part" in note for note in found.notes)
    write(folder, "closures.csv", [head, ["shut", "middle", "loaded trucks", "", "2022-03-27", "", "wonky"]])
    with pytest.raises(InputError, match="kind: 'wonky' is not known"):
        read_folder(folder)
    assert named_like("loaded trucks", ("trucks loaded", "loaded trucks")) == ("loaded trucks",)
