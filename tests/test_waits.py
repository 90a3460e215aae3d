"""Lanes from waits: the estimates find what made the data, and their intervals hold it."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import heapq
import io
import json
import math

import numpy as np
import openpyxl
import pytest

from crossings.cli import main
from crossings.importers.counts import Wait, waits_text
from crossings.observations.observed_waits import estimate, stationary_wait_h, to_lane
from crossings.scenario import Observation, table_text

START = dt.datetime(2024, 3, 4)
HOUR = dt.timedelta(hours=1)


def queue(rng, rates, servers, minutes, cv=1.0):
    """A queue hour by hour: (served in each hour, mean wait of those who came in it in minutes, wait at each full hour)."""
    free = [0.0] * servers
    heapq.heapify(free)
    served = np.zeros(len(rates) + 500)
    waits, at_hour = [], []
    for hour, rate in enumerate(rates):
        at_hour.append(60 * max(0.0, free[0] - hour))
        here = []
        for arrival in hour + np.sort(rng.random(rng.poisson(rate))):
            begin = max(arrival, free[0])
            shape = 1 / cv**2
            end = begin + rng.gamma(shape, minutes / 60 / shape)
            heapq.heapreplace(free, end)
            here.append(60 * (begin - arrival))
            served[min(int(end), len(served) - 1)] += 1
        waits.append(float(np.mean(here)) if here else 0.0)
    at_hour.append(60 * max(0.0, free[0] - len(rates)))
    return served[: len(rates)], waits, at_hour


def count(hour, number, hours=1.0):
    start = START + hour * HOUR
    return Observation(
        id=f"c{hour}", crossings=("gate",), direction="US", streams=("cars",), from_=start, until=start + hours * HOUR, count=number, unit="vehicles"
    )  # fmt: skip


def report(hour, minutes, lanes=None):
    return Wait("gate", "US", "cars", "standard", START + hour * HOUR, minutes, lanes, "made here")


def one(counts, reports, **more):
    (found,), _ = estimate(counts, reports, **more)
    return found


# --- the law -------------------------------------------------------------------------------------


def erlang_c(load, servers, capacity):
    a = load * servers
    terms = [a**k / math.factorial(k) for k in range(servers)]
    last = a**servers / math.factorial(servers) / (1 - load)
    return last / (sum(terms) + last) / (capacity * (1 - load))


@pytest.mark.parametrize("servers", [1, 2, 5, 12])
@pytest.mark.parametrize("load", [0.7, 0.85, 0.95])
def test_the_approximation_is_near_erlang_c(servers, load):
    """Within 12% of the exact wait from a load of 0.85 on, and 30% at 0.7: it is an approximation for heavy loads."""
    near = 0.12 if load >= 0.85 else 0.3
    assert stationary_wait_h(load, servers, 60.0) == pytest.approx(erlang_c(load, servers, 60.0), rel=near)


# --- busy hours ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("servers", "minutes", "cv"), [(1, 2.0, 1.0), (4, 6.0, 1.0), (10, 5.0, 0.5)])
def test_in_busy_hours_the_interval_holds_the_service_time(servers, minutes, cv):
    """Of 60 histories the 95% interval holds the truth in at least 50 (fewer by chance once in 10,000)."""
    held = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        capacity = servers * 60 / minutes
        rates = [1.6 * capacity] * 6 + [1.0 * capacity] * 18
        served, _, at_hour = queue(rng, rates, servers, minutes, cv)
        counts = [count(h, n) for h, n in enumerate(served)]
        reports = [report(h, w, servers) for h, w in enumerate(at_hour)]
        found = one(counts, reports, cv=cv)
        assert found.method == "busy"
        assert found.servers == servers
        held += found.service_interval[0] <= minutes <= found.service_interval[1]
    assert held >= 50


def test_changing_lanes_are_weighed():
    """Twice the lanes serve twice as many; the time for one stays."""
    counts = [count(h, 20 if h < 5 else 40) for h in range(10)]
    reports = [report(h / 2, 60, 2 if h < 10 else 4) for h in range(21)]
    found = one(counts, reports)
    assert found.service_min == pytest.approx(6.0, rel=0.06)


def test_overdispersed_counts_widen_the_interval():
    reports = [report(h, 60, 2) for h in range(13)]
    even = one([count(h, 40) for h in range(12)], reports)
    uneven = one([count(h, 10 if h % 2 else 70) for h in range(12)], reports)
    assert uneven.service_min == pytest.approx(even.service_min)
    assert uneven.service_interval[1] - uneven.service_interval[0] > 2 * (
        even.service_interval[1] - even.service_interval[0]
    )


def test_an_hour_in_which_the_queue_may_have_emptied_is_not_busy():
    counts = [count(h, 30) for h in range(4)]
    reports = [report(h, w, 2) for h, w in enumerate([60, 60, 5, 60, 60])]
    found = one(counts, reports)
    assert (found.method, found.periods) == ("busy", 2)


@pytest.mark.parametrize("busy_min", [15, 1000], ids=["busy", "light"])
def test_the_interval_holds_what_periods_differ_by(busy_min):
    """Months of one control that serves 300 to 340 an hour: the interval is of such a month, however many there are."""
    rng = np.random.default_rng(3)
    for months in (6, 40):
        rates = rng.uniform(300, 340, months)
        counts = [count(24 * k, round(24 * rate), 24) for k, rate in enumerate(rates)]
        reports = [report(h, 30.0) for h in range(24 * months + 1)]
        found = one(counts, reports, busy_min=busy_min)
        low, high = found.capacity_interval
        inside = np.mean(
            (low <= rates * found.capacity_per_h / rates.mean()) & (rates * found.capacity_per_h / rates.mean() <= high)
        )
        assert inside >= 0.9
        assert high / low < 1.4


def test_many_reports_take_no_longer_each():
    """Each wait is looked at a few times, not once for every other."""
    import crossings.observations.observed_waits as module

    looked = []
    near = module._Reports.at_times
    module._Reports.at_times = lambda self, when: (looked.append(len(when)), near(self, when))[1]
    try:
        one([count(24 * k, 700, 24) for k in range(400)], [report(h, 30.0) for h in range(9601)])
    finally:
        module._Reports.at_times = near
    assert sum(looked) < 3 * 9601


# --- light hours ---------------------------------------------------------------------------------


@pytest.mark.parametrize("servers", [1, 3])
def test_in_light_hours_the_capacity_is_found(servers):
    rng = np.random.default_rng(7)
    minutes, load = 4.0, 0.75
    capacity = servers * 60 / minutes
    served, waits, _ = queue(rng, [load * capacity] * 600, servers, minutes)
    counts = [count(h, served[h : h + 24].sum(), 24) for h in range(0, 600, 24)]
    mean = float(np.mean(waits))
    reports = [report(h, mean, servers) for h in range(601)]
    found = one(counts, reports, busy_min=1000)
    assert found.method == "light"
    assert found.capacity_per_h == pytest.approx(capacity, rel=0.1)


def test_hours_without_a_wait_leave_the_capacity_open():
    """Nobody waits: it is only known that the control was not full."""
    found = one([count(0, 240, 24)], [report(h, 0, 2) for h in range(25)])
    assert found.capacity_interval[0] <= found.capacity_per_h
    assert found.capacity_interval[1] == math.inf
    assert found.service_interval[0] == 0.0


def test_servers_are_read_from_light_hours_where_nobody_reports_them():
    capacity, servers = 60.0, 5
    loads = np.linspace(0.5, 0.9, 20)
    counts = [count(h, capacity * load) for h, load in enumerate(loads)]
    reports = [report(h + 0.5, 60 * stationary_wait_h(load, servers, capacity)) for h, load in enumerate(loads)]
    counts += [count(h, capacity) for h in range(100, 112)]
    reports += [report(h, 90) for h in range(99, 114)]
    found = one(counts, reports)
    assert found.servers_by == "waits"
    assert found.servers_interval[0] <= servers <= found.servers_interval[1]
    assert abs(found.servers - servers) <= 1


def test_without_reports_of_lanes_or_light_hours_only_the_capacity_is_known():
    found = one([count(h, 30) for h in range(6)], [report(h, 60) for h in range(7)])
    assert (found.servers, found.servers_by) == (1, "none")
    assert found.capacity_per_h == pytest.approx(30)
    given = one([count(h, 30) for h in range(6)], [report(h, 60) for h in range(7)], servers=3)
    assert (given.servers, given.servers_by, given.service_min) == (3, "given", pytest.approx(6.0))


# --- what cannot be used, and the command ----------------------------------------------------------


def test_counts_without_waits_and_waits_without_counts_are_named():
    other = report(0, 10)
    found, notes = estimate(
        [count(500, 30)], [report(0, 60), Wait("far", "US", "cars", "standard", START, 5, None, "")]
    )
    assert found == []
    assert any("far, cars: waits without counts" in note for note in notes)
    assert any("no count with waits for 75%" in note for note in notes)
    assert other.lane == "standard"


def test_a_lane_of_a_scenario_comes_of_it():
    lane = to_lane(one([count(h, 30) for h in range(6)], [report(h, 60, 2) for h in range(7)]))
    assert (lane.crossing, lane.direction, lane.streams, lane.servers) == ("gate", "US", ("cars",), 2)
    assert lane.service_min_mean == pytest.approx(4.0)
    assert lane.estimated
    assert "95%" in lane.source


def command(capsys, *words):
    with pytest.raises(SystemExit) as end:
        main(["lanes", *[str(word) for word in words]])
    said = capsys.readouterr()
    return end.value.code, said.out, said.err


@pytest.fixture
def files(tmp_path):
    (tmp_path / "waits.csv").write_text(waits_text([report(h, 60, 2) for h in range(7)]), encoding="utf-8")
    (tmp_path / "counts.csv").write_text(table_text([count(h, 30) for h in range(6)], Observation), encoding="utf-8")
    return tmp_path


def test_the_command_prints_and_writes(files, capsys):
    words = (files / "waits.csv", "--counts", files / "counts.csv")
    status, out, _ = command(capsys, *words, "--to", files / "lanes.csv")
    assert status == 0
    assert "gate" in out
    assert (files / "lanes.csv").read_text(encoding="utf-8").startswith("id,crossing,direction")
    status, out, _ = command(capsys, *words, "--json")
    assert json.loads(out)["lanes"][0]["service_min"] == pytest.approx(4.0)


@pytest.mark.parametrize("how", ["semicolons", "utf-16", "windows-1252", "xlsx"])
def test_files_are_read_as_a_spreadsheet_keeps_them(files, capsys, how):
    """Counts and waits by one reader: other separators, encodings, a workbook; the same estimate."""
    names = ("waits.csv", "counts.csv")
    for name in names:
        text = (files / name).read_text(encoding="utf-8").replace("gate", "Poste d'Ébène")
        (files / name).write_text(text, encoding="utf-8")
    plain = command(capsys, files / names[0], "--counts", files / names[1], "--json")
    for name in names:
        text = (files / name).read_text(encoding="utf-8")
        rows = list(csv.reader(io.StringIO(text)))
        if how == "semicolons":
            (files / name).write_text("".join(";".join(row) + "\r\n" for row in rows), encoding="utf-8-sig")
        elif how == "xlsx":
            book = openpyxl.Workbook()
            for row in rows:
                book.active.append(row)
            book.save(files / name)
        else:
            (files / name).write_bytes(text.encode(how))
    assert command(capsys, files / names[0], "--counts", files / names[1], "--json")[:2] == plain[:2]


def test_faults_of_counts_have_the_rows_of_the_file(files, capsys):
    text = (files / "counts.csv").read_text(encoding="utf-8").replace(",", ";").replace(";30.0;", ";many;", 1)
    (files / "counts.csv").write_text("\n" + text, encoding="utf-8")
    status, out, err = command(capsys, files / "waits.csv", "--counts", files / "counts.csv")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("counts.csv:3: count: 'many'")


def test_the_command_takes_the_waits_of_one_kind_of_lane(files, capsys):
    """Reports of another kind are told of, and used where they are asked for."""
    ready = [dataclasses.replace(report(h, 20, 1), lane="ready") for h in range(7)]
    (files / "waits.csv").write_text(waits_text(ready), encoding="utf-8")
    words = (files / "waits.csv", "--counts", files / "counts.csv", "--json")
    status, out, err = command(capsys, *words)
    assert (status, json.loads(out)["lanes"]) == (0, [])
    assert "no report of standard lanes; there are ready: --lane ready" in err
    status, out, _ = command(capsys, *words, "--lane", "ready")
    assert (status, json.loads(out)["lanes"][0]["method"]) == (0, "busy")
    status, out, _ = command(capsys, *words, "--lane", "ready", "--busy-min", "30")
    assert (status, json.loads(out)["lanes"][0]["method"]) == (0, "light")


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ("crossing,stream,at\n", (), "waits.csv:1: column 'wait_min' is missing"),
        ("crossing,stream,at,wait_min\ngate,cars,4.3.2024,5\n", (), "waits.csv:2: at: '4.3.2024'"),
        ("crossing,stream,at,wait_min\ngate,cars,2024-03-04,nan\n", (), "waits.csv:2: wait_min: 'nan'"),
        ("crossing,stream,at,wait_min\ngate,cars,2024-03-04,-1\n", (), "waits.csv:2: wait_min: '-1'"),
        ("crossing,stream,at,wait_min\ngate,cars,2024-03-04,\n", (), "waits.csv:2: wait_min: empty"),
        ("crossing,stream,at,wait_min,lanes_open\ngate,cars,2024-03-04,5,2.5\n", (), "waits.csv:2: lanes_open: 2.5"),
        (None, ("--servers", "0"), "--servers: 0 is out of range"),
        (None, ("--cv", "nan"), "--cv: nan is out of range"),
        (None, ("--scenario", "nowhere"), "nowhere: no directory"),
        (None, ("--to", "no/such/file.csv"), "no/such/file.csv: there is no folder"),
    ],
)
def test_a_fault_is_one_line(files, capsys, text, words, said):
    if text is not None:
        (files / "waits.csv").write_text(text, encoding="utf-8")
    status, out, err = command(capsys, files / "waits.csv", "--counts", files / "counts.csv", *words)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(said)
