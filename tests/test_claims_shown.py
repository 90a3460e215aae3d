"""What the command and the report show of claims."""

from __future__ import annotations

import dataclasses
import json
import re

import pytest
from typer.testing import CliRunner

import tiny
import two_gates
from crossings.claims import VERDICTS, examine
from crossings.cli.app import build
from crossings.model import Model
from crossings.report import write_report
from crossings.scenario import Scenario
from crossings.scenario.entities import Claim

CLAIMS = """\
id,by,date,words,measure,comparison,value,orders,streams
moved,A ministry,2023-11-18,They moved,share_diverted,>,0.5,,asylum
law,"<b onclick=alert(1)>\u202e","2023-11-18","<script>alert(2)</script>",,,,,
far,A court,2023-11-18,It is too far,longest_gap,,,south,asylum
sent,A minister,2023-11-18,They are sent,evidence_ratio,>,1,,
"""


def run(*words):
    """(exit status, standard output, standard error) of a command."""
    done = CliRunner().invoke(build(), [str(w) for w in words], env={"COLUMNS": "80"})
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return two_gates.write(tmp_path_factory.mktemp("claims") / "s", {"claims.csv": CLAIMS})


def test_the_table_fits_a_terminal_and_says_every_verdict(directory):
    status, out, _ = run("claims", directory, "--seeds", 2)
    assert status == 0
    assert max(map(len, out.splitlines())) <= 80
    for words in (
        "share diverted > 50%",
        "no measure",
        "evidence ratio > 1",
        "in our words: They moved",
        "not testable here",
    ):
        assert words in re.sub(r"\s+", " ", out)
    assert "in every setting" not in out


def test_one_claim_in_every_setting(directory):
    status, out, _ = run("claims", directory, "--seeds", 2, "--claim", "moved")
    assert status == 0
    assert "moved in every setting" in out
    assert "It is too far" not in out


def test_json_and_nothing_else(directory, tmp_path):
    file = tmp_path / "evidence.json"
    file.write_text('{"log10_bayes_factor": 2, "low": 1.5, "high": 3, "power": 0.9, "verdict": "switched"}')
    status, out, _ = run("claims", directory, "--seeds", 2, "--json", "--evidence", file)
    assert status == 0
    said = json.loads(out)
    assert [c["id"] for c in said["claims"]] == ["moved", "law", "far", "sent"]
    assert {c["verdict"] for c in said["claims"]} <= set(VERDICTS)
    assert said["claims"][3]["verdict"] == "consistent with the measure"
    assert said["claims"][3]["details"]["power"] == 0.9


def test_miles_are_only_printed(directory):
    _, metric, _ = run("claims", directory, "--claim", "far")
    _, imperial, _ = run("claims", directory, "--claim", "far", "--units", "imperial")
    km = float(re.search(r"Figure: ([\d,.]+) km", metric)[1].replace(",", "").rstrip("."))
    miles = float(re.search(r"Figure: ([\d,.]+) miles", imperial)[1].replace(",", "").rstrip("."))
    assert km / miles == pytest.approx(1.609, rel=0.02)


def test_a_scenario_without_claims_says_so():
    assert run("claims", "two-crossings")[:2] == (0, "two-crossings has no claims: write them in claims.csv.\n")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--claim", "movd"], "--claim: unknown claim 'movd'; did you mean 'moved'?"),
        (["--evidence", "no/such.json"], "no/such.json: there is no such file"),
        (["--fit", "no/such"], "no/such: is not a fit folder"),
        (["--seeds", "0"], "--seeds: 0 is out of range"),
        (["--report", "no/such/report.html"], "there is no folder 'no/such'"),
    ],
)
def test_bad_words_are_one_line_each(directory, words, line, capsys):
    from crossings.cli import main

    with pytest.raises(SystemExit) as ended:
        main(["claims", str(directory), *words])
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert line in said.err
    assert said.out == ""
    assert len(said.err.splitlines()) == 1


def test_the_report_holds_verdicts_and_no_markup_of_others(directory, tmp_path):
    scenario = Scenario.read(directory)
    found = examine(scenario, seeds=2)
    text = write_report(tmp_path / "r.html", model=Model(scenario), claims=found).read_text("utf-8")
    section = re.search(r'<section id="claims">.*?</section>', text, re.DOTALL)[0]
    for finding in found:
        assert finding.verdict in section
        assert finding.measure is None or finding.measure.title in section
    assert "&gt;\N{NO-BREAK SPACE}50%" in section
    assert "\ufffd" in section  # the sign that turns the direction of writing
    assert "<script>" not in section
    assert "<b onclick" not in section
    assert "18\N{NO-BREAK SPACE}Nov\N{NO-BREAK SPACE}2023" in section
    assert "Of 4 claims" in section
    again = write_report(tmp_path / "again.html", model=Model(scenario), claims=found).read_text("utf-8")
    assert again == text


def test_a_report_of_a_comparison_gives_no_verdict(directory, tmp_path):
    text = write_report(tmp_path / "r.html", model=Model(Scenario.read(directory))).read_text("utf-8")
    section = re.search(r'<section id="claims">.*?</section>', text, re.DOTALL)[0]
    assert "No verdict is given here" in section
    assert "consistent" not in section


def test_a_claim_of_a_time_keeps_its_orders_when_cut_off():
    """What was known on the day of a claim is still a scenario that `check` takes, with the orders that the claim names."""
    known = Scenario.read("finland-2023").known_through("2023-11-23")
    named = {c.id: c.orders for c in known.claims}
    assert named["one-crossing-no-access"] == ("southeast-closed", "north-closed-but-one")
    orders = {row.order for row in known.closures}
    assert all(orders >= set(some) for some in named.values())


def test_orders_that_were_taken_out_leave_nothing_to_hold_a_claim_to():
    scenario = tiny.two_crossings(stocks=(tiny.rush_hour(5),), closures=(tiny.closed("order", "north", (1,)),))
    given = Claim(id="c", by="x", words="x", date=tiny.at(1).date(), measure="deterred", orders=("order",))
    without = dataclasses.replace(scenario, claims=(given,)).without("order")
    (found,) = examine(without, seeds=1)
    assert (found.verdict, found.orders) == ("not settled", ())
