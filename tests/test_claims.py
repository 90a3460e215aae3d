"""Claims held to their measures: each measure on a border small enough to work out by hand, and the words of a verdict."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import tiny
from crossings.calibration.draws import Draws
from crossings.claims import (
    CONSISTENT,
    INCONSISTENT,
    NOT_SETTLED,
    NOT_TESTABLE,
    PRIOR_DRIVEN,
    SwitchEvidence,
    examine,
)
from crossings.claims.evidence import weighed
from crossings.claims.runs import FEW, FITTED, Worlds, parts_of
from crossings.claims.sensitivity import AS_WRITTEN, SETTINGS, learned_fields, with_setting
from crossings.claims.spec import question_of
from crossings.claims.text import figure_words, held_to, way_words
from crossings.claims.verdicts import LEAST_PAIRS, sensitive_to, verdict
from crossings.errors import InputError
from crossings.model import Model
from crossings.scenario import Scenario
from crossings.scenario.entities import Claim
from crossings.scenario.measures import MEASURES, holds, number_of
from crossings.simulation.outcome import simulate_once
from fits import fit_of

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "src" / "crossings" / "examples"
NOON = (1, 12)
NORTH = tiny.closed("order", "north", (1,))
SOUTH = tiny.closed("order", "south", (1,), id="order south")


def claim(measure="", comparison="", value="", day=1, **more):
    """A claim of the day after the start."""
    given = {"id": "c", "by": "somebody", "words": "so it is", "date": tiny.at(day).date()}
    return Claim(measure=measure, comparison=comparison, value=str(value), **given, **more)


def late(number=50, **more):
    """People who leave within minutes of noon of day 1."""
    return (tiny.rush_hour(number, begin=NOON, end=(2,), **more),)


def one(scenario, given, **more):
    """The finding on one claim."""
    (found,) = examine(dataclasses.replace(scenario, claims=(given,)), **{"seeds": 1, **more})
    return found


def figure(scenario, measure, **more):
    return one(scenario, claim(measure), **more).figure["mean"]


# --- the catalogue ---------------------------------------------------------------------------------


def test_the_catalogue_is_complete():
    """Every simulated measure can be computed, and no other is."""
    simulated = {m.name for m in MEASURES.values() if m.how == "simulated"}
    assert simulated == {m.name for m in MEASURES.values() if m.formula is not None}
    assert {m.name for m in MEASURES.values()} - simulated == {"longest_gap", "evidence_ratio"}
    for name, measure in MEASURES.items():
        assert name == measure.name
        for field in dataclasses.fields(measure):
            assert getattr(measure, field.name) or field.name == "formula", f"{name}.{field.name} is empty"
        assert measure.cannot.endswith(".")


def test_the_catalogue_is_in_the_guide_as_it_is_in_the_code():
    text = (ROOT / "docs" / "guides" / "compare-and-claims.md").read_text(encoding="utf-8")
    for m in MEASURES.values():
        assert f"| `{m.name}` | {m.unit} | {m.meaning} | {m.depends} |" in text


def test_the_settings_are_in_the_model_text():
    text = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    for setting in SETTINGS:
        assert f"| {setting.name} | {setting.meaning} |" in text


# --- each measure by hand --------------------------------------------------------------------------


def test_all_are_diverted_when_their_crossing_is_closed():
    """50 people who like the short way; it is closed from the day before, and the other is an hour further."""
    scenario = tiny.two_crossings(stocks=late(), closures=(NORTH,))
    assert figure(scenario, "share_diverted") == 1.0
    assert figure(scenario, "journeys_affected") == 50
    assert figure(scenario, "deterred") == 0
    assert figure(scenario, "share_deterred") == 0
    assert figure(scenario, "change_of_arrivals") == 0.0
    assert figure(scenario, "extra_hours") == pytest.approx(1.0, abs=1e-6)
    about = one(scenario, claim("journeys_affected")).details
    assert about["diverted"] == 50
    assert about["extra_person_hours"] == pytest.approx(50.0, abs=1e-3)
    assert about["extra_road_person_hours"] == pytest.approx(100.0, abs=1e-3)  # an hour on either side of the border


def test_persons_are_counted_not_units():
    streams = tiny.people(persons=3.0)
    scenario = tiny.two_crossings(stocks=late(), closures=(NORTH,), streams=streams)
    assert figure(scenario, "journeys_affected") == 150
    assert figure(scenario, "share_diverted") == 1.0


def test_whoever_is_turned_away_and_gives_up_is_deterred():
    """The crossing closes while all are on the way to it, and nobody tries another."""
    shut = tiny.closed("order", "north", (1, 12, 30), announced=(1, 12, 29))
    streams = tiny.people(give_up=1.0, knowledge_delay_h=100.0)
    scenario = tiny.two_crossings(stocks=late(), closures=(shut,), streams=streams)
    found = one(scenario, claim("share_deterred"))
    assert found.figure["mean"] == 1.0
    assert figure(scenario, "deterred") == 50
    assert figure(scenario, "change_of_arrivals") == -1.0
    by_name = {s.setting: s.figure["mean"] for s in found.sensitivity}
    assert 0.2 < by_name["giving up halved"] < 0.8
    assert "giving up doubled" not in by_name  # twice as many as all are all: nothing changes, so nothing is run


def test_the_change_counts_from_the_announcement():
    """20 cross before the order is announced and 50 after; with both crossings closed none of the 50 does."""
    scenario = tiny.two_crossings(
        stocks=(tiny.rush_hour(20, begin=(0, 2), end=(1,)), tiny.rush_hour(50, begin=NOON, end=(2,), origin="other")),
        closures=(NORTH, SOUTH),
        more_places=(tiny.place("other", "AA", "origin"),),
        more_roads=(tiny.road("other", "north a", 1.0),),
    )
    found = one(scenario, claim("change_of_arrivals"))
    assert found.figure["mean"] == -1.0
    assert found.details["crossed_without"] == 50
    assert found.details["crossed_with"] == 0
    affected = one(scenario, claim("journeys_affected"))
    assert affected.figure["mean"] == 50
    assert affected.details["stranded"] == 50


def test_delayed_from_one_hour_six_or_a_day():
    """An order of the day before holds the only crossing shut until 15:00: all who come at 13:00 cross about two hours later."""
    shut = tiny.closed("order", "north", (1, 11), (1, 15), announced=(1, 10))
    scenario = tiny.one_crossing(stocks=late(), closures=(shut,))
    found = one(scenario, claim("journeys_affected"))
    by_name = {s.setting: s.figure["mean"] for s in found.sensitivity}
    assert (by_name["late from 1 h"], by_name["as written"], by_name["late from 24 h"]) == (50, 0, 0)


def test_peak_load_is_arrivals_against_what_lanes_serve_in_a_day():
    """50 come on one day to a lane that is open two hours and takes ten minutes each: 12 a day."""
    lanes = (tiny.lane("south", 10.0, hours="14:00-16:00"), tiny.lane("north", 1.0))
    scenario = tiny.two_crossings(stocks=late(), closures=(NORTH,), lanes=lanes)
    assert figure(scenario, "peak_load") == pytest.approx(50 / 12)
    only = one(scenario, claim("peak_load", crossings=("north",)))
    assert only.figure["mean"] == 0.0
    quota = (tiny.lane("south", 10.0, hours="14:00-16:00", quota_per_day=5), lanes[1])
    assert figure(tiny.two_crossings(stocks=late(), closures=(NORTH,), lanes=quota), "peak_load") == pytest.approx(10.0)


def test_the_longest_gap_of_a_line_worked_out_by_hand():
    """Finland: with Raja-Jooseppi alone, all but the northern end; with a full closure, the whole declared line."""
    scenario = Scenario.read("finland-2023")
    some = ("one-crossing-no-access", "full-closure-no-access")
    alone, none = examine(scenario, only=some)
    assert alone.verdict == none.verdict == NOT_TESTABLE
    assert alone.details["open"] == ["raja-jooseppi"]
    assert none.details["open"] == []
    assert none.figure == dict.fromkeys(("mean", "p05", "p50", "p95"), pytest.approx(1340.0))
    (petersburg,) = [r for r in alone.details["rows"] if r["origin"] == "st-petersburg"]
    assert petersburg["nearest"] == "raja-jooseppi"
    assert petersburg["extra_km"] > 1000
    assert all(r["km"] is None for r in none.details["rows"])
    assert alone.figure["mean"] < none.figure["mean"]


def test_a_crossing_and_a_place_of_one_id_keep_their_names(tmp_path):
    """The origin of the way by road has the id of the crossing that it leads to."""
    copy = tmp_path / "border"
    shutil.copytree(EXAMPLES / "two_crossings", copy)
    for file in ("places.csv", "roads.csv", "demand.csv", "stocks.csv"):
        text = (copy / file).read_text(encoding="utf-8")
        (copy / file).write_text(text.replace("eastham,", "river,"), encoding="utf-8")
    row = "gap,somebody,2024-03-10,No way is near.,longest_gap,,,,seekers\n"
    (copy / "claims.csv").write_text(
        "id,by,date,words,measure,comparison,value,orders,streams\n" + row, encoding="utf-8"
    )
    (found,) = examine(Scenario.read(copy), seeds=1)
    assert "detour by road from Eastham" in str(way_words(found))
    assert "to River bridge" in str(way_words(found))
    assert found.details["crossing_names"]["river"] == "River bridge"


def test_a_gap_can_be_held_to_a_value():
    scenario = Scenario.read("finland-2023")
    by_id = {c.id: c for c in scenario.claims}
    base = by_id["one-crossing-no-access"]
    for comparison, word in ((">", CONSISTENT), ("<", INCONSISTENT)):
        changed = base.model_copy(update={"comparison": comparison, "value": "1000"})
        assert one(scenario, changed).verdict == word


def test_a_border_without_a_line_has_no_gap():
    found = one(tiny.two_crossings(stocks=late(), closures=(NORTH,)), claim("longest_gap", ">", 1))
    assert found.verdict == NOT_SETTLED
    assert "no border has a line" in found.reason


# --- which orders ----------------------------------------------------------------------------------

LATER = tiny.closed("later", "south", (2,), announced=(2,), replaces=("order",))
THERE = tiny.closed("there", "south", (-1,), (0, 6))


def test_a_claim_is_about_the_orders_announced_by_its_day():
    scenario = tiny.two_crossings(stocks=late(), closures=(THERE, NORTH, LATER))
    early, after = (question_of(claim("deterred", day=d), scenario) for d in (1, 2))
    assert early.orders == ("order",)
    assert [c.order for c in early.without.closures] == ["there"]
    assert [c.order for c in early.with_them.closures] == ["there", "order"]
    assert early.period.begins == tiny.ms(1)
    assert early.period.ends == early.period.judged == early.period.replaced == tiny.ms(2)
    assert after.orders == ("order", "later")
    assert after.period.replaced is None
    assert after.period.judged == after.period.horizon
    assert question_of(claim("deterred", day=0), scenario).orders == ()


def test_a_claim_can_name_its_orders_and_a_proposal_counts_as_given():
    note = tiny.closed("proposed", "south", (1,), kind="note")
    scenario = tiny.two_crossings(stocks=late(), closures=(THERE, NORTH, note))
    named = question_of(claim("deterred", orders=("proposed",)), scenario)
    assert [c.order for c in named.with_them.closures] == ["there", "proposed"]
    assert named.with_them.closures[1].kind == "closed"
    assert [c.order for c in named.without.closures] == ["there"]
    in_force = question_of(claim("deterred", orders=("there",)), scenario)
    assert "there" not in {c.order for c in in_force.without.closures}
    assert "order" not in {c.order for c in in_force.with_them.closures}


def test_no_order_by_then_settles_nothing():
    scenario = tiny.two_crossings(stocks=late(), closures=(NORTH,))
    found = one(scenario, claim("deterred", ">", 1, day=0))
    assert (found.verdict, found.figure) == (NOT_SETTLED, {})


def test_nobody_to_measure_it_on():
    scenario = tiny.two_crossings(stocks=late(0), closures=(NORTH,))
    assert one(scenario, claim("share_diverted", ">", 0.5)).verdict == NOT_SETTLED


# --- streams that do not meet are run apart ---------------------------------------------------------


def test_streams_run_apart_are_the_same_people():
    scenario = Scenario.read("finland-2023")
    model = Model(scenario)
    parts = parts_of(model, ["asylum"])
    assert [p.streams for p in parts] == [("asylum",), ("travellers",), ("trucks",)]
    assert [p.fitted for p in parts] == [True, False, False]
    assert [p.many for p in parts] == [False, True, False]
    whole = simulate_once(model, 3)
    wanted = model.streams["asylum"]
    mine = np.array([model.streams[s] for s, _ in model.groups])[whole.crowd["group"]] == wanted
    alone = Model(
        dataclasses.replace(
            scenario,
            demand=tuple(d for d in scenario.demand if d.stream == "asylum"),
            stocks=tuple(s for s in scenario.stocks if s.stream == "asylum"),
        )
    )
    part = simulate_once(alone, 3)
    fates = {
        int(w): (int(f["crossed"]), int(f["crossed_gate"])) for w, f in zip(part.crowd["who"], part.fate, strict=True)
    }
    same = {
        int(w): (int(f["crossed"]), int(f["crossed_gate"]))
        for w, f in zip(whole.crowd["who"][mine], whole.fate[mine], strict=True)
    }
    assert fates == same


def test_streams_that_share_a_queue_are_one_part():
    scenario = tiny.two_crossings(
        streams={**tiny.people(), "others": tiny.people()["people"], "third": tiny.people()["people"]},
        lanes=(tiny.lane("north", 1.0, streams=("people", "others")), tiny.lane("south", 1.0, streams=("third",))),
        stocks=(*late(), *late(stream="others"), *late(stream="third")),
        closures=(NORTH,),
    )
    assert [p.streams for p in parts_of(Model(scenario))] == [("people", "others"), ("third",)]


def test_how_many_runs_a_part_has():
    (part,) = parts_of(Model(tiny.two_crossings(stocks=late(), closures=(NORTH,))))
    other = next(s for s in SETTINGS if s is not AS_WRITTEN)
    assert (part.runs(20, AS_WRITTEN), part.runs(20, other)) == (20, 20)
    many = dataclasses.replace(part, many=True, fitted=True)
    assert (many.runs(20, AS_WRITTEN), many.runs(20, other)) == (20 * FITTED, FEW)


# --- settings --------------------------------------------------------------------------------------


def test_settings_change_what_they_say_and_nothing_learned():
    scenario = tiny.two_crossings(stocks=late(), closures=(NORTH,), streams=tiny.people(give_up=0.4, rush=3.0))
    model = Model(scenario)
    by_name = {s.name: s for s in SETTINGS}
    changed = with_setting(model, by_name["giving up doubled"], ["people"])
    assert changed.tables.streams["give_up"].tolist() == [0.8]
    assert model.tables.streams["give_up"].tolist() == [0.4]
    assert with_setting(model, by_name["giving up doubled"], ["people"], [("people", "give_up")]) is model
    assert with_setting(model, by_name["no rush"], ["people"]).tables.streams["rush"].tolist() == [1.0]
    assert with_setting(model, by_name["news after 24 h"], ["people"]).tables.streams["delay_ms"].tolist() == [tiny.DAY]
    assert with_setting(model, by_name["ways round longer"], ["people"]) is model  # nobody has a way out
    assert with_setting(model, AS_WRITTEN, ["people"]) is model
    away = with_setting(model, by_name["stays away sooner"], ["people"])
    assert away.scenario.settings.streams["people"].behaviour.outside_km == 500.0
    assert with_setting(away, by_name["may stay away"], ["people"]) is away


def test_a_verdict_that_a_setting_turns_is_not_settled():
    """The only other way is 1,500 km long: all take it, unless they may stay away."""
    near = tiny.two_crossings(stocks=late(20), closures=(NORTH,))
    far = (tiny.road("home", "south a", 25.0) if r.to == "south a" else r for r in near.roads)
    scenario = dataclasses.replace(near, roads=tuple(far))
    found = one(scenario, claim("share_diverted", ">", 0.5), seeds=LEAST_PAIRS)
    p = {s.setting: s.p for s in found.sensitivity}
    assert (p["as written"], p["may stay away"], p["stays away sooner"]) == (1.0, 0.0, 0.0)
    assert found.verdict == NOT_SETTLED
    assert "may stay away" in found.reason
    assert one(near, claim("share_diverted", ">", 0.5), seeds=LEAST_PAIRS).verdict == CONSISTENT
    assert one(near, claim("share_diverted", ">", 2), seeds=LEAST_PAIRS).verdict == INCONSISTENT
    few = one(near, claim("share_diverted", ">", 0.5), seeds=LEAST_PAIRS - 1)
    assert few.verdict == NOT_SETTLED
    assert "too few pairs of runs (19)" in few.reason


# --- words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chances", "word"),
    [
        ({"as written": 1.0}, CONSISTENT),
        ({"as written": 0.95, "b": 1.0}, CONSISTENT),
        ({"as written": 0.949, "b": 1.0}, NOT_SETTLED),
        ({"as written": 1.0, "b": 0.94}, NOT_SETTLED),
        ({"as written": 0.05, "b": 0.0}, INCONSISTENT),
        ({"as written": 0.0, "b": 0.06}, NOT_SETTLED),
        ({"as written": 0.0, "b": 1.0}, NOT_SETTLED),
        ({"as written": 0.5, "b": 0.5}, NOT_SETTLED),
    ],
)
def test_thresholds(chances, word):
    assert verdict(chances, LEAST_PAIRS)[0] == word
    assert verdict(chances, LEAST_PAIRS - 1)[0] == NOT_SETTLED


def test_the_reason_names_the_setting_that_turns_it():
    word, why = verdict({"as written": 1.0, "a": 0.97, "b": 0.5, "c": 0.1}, 20)
    assert word == NOT_SETTLED
    assert why == "it holds in 100 % of runs as written, but in 10 % with: c (and 1 more)"


def test_a_claim_that_depends_on_what_is_not_learned_is_prior_driven():
    """The figure is the first parameter: true for its upper half, false for its lower."""
    rng = np.random.default_rng(1)
    values = rng.normal(size=(100, 2))
    figures = values[:, 0].copy()
    found = sensitive_to(figures, ">", 0.0, ("first", "second"), values, np.array([0.1, 0.1]))
    assert [h.parameter for h in found] == ["first"]
    assert found[0].upper - found[0].lower > 0.9
    assert verdict({"as written": 1.0}, 100, found)[0] == PRIOR_DRIVEN
    assert sensitive_to(figures, ">", 0.0, ("first", "second"), values, np.array([0.2, 0.1])) == []


def test_chance_alone_is_not_hanging():
    """Two figures in a hundred that differ lie in some half of every parameter."""
    values = np.arange(100.0)[:, None]
    figures = np.where(np.arange(100) < 2, 0.0, 1.0)
    assert sensitive_to(figures, ">", 0.5, ("p",), values, np.array([0.0])) == []
    figures = np.where(np.arange(100) < 30, 0.0, 1.0)
    assert [h.parameter for h in sensitive_to(figures, ">", 0.5, ("p",), values, np.array([0.0]))] == ["p"]


def test_law_and_intent_get_no_verdict():
    scenario = tiny.two_crossings(stocks=late(), closures=(NORTH,))
    none, alone = one(scenario, claim()), one(scenario, claim("deterred"))
    assert none.verdict == alone.verdict == NOT_TESTABLE
    assert none.figure == {}
    assert alone.figure["mean"] == 0.0
    assert none.measure is None


def test_comparisons():
    assert [holds(1.0, c, 1.0) for c in ("<", "<=", ">", ">=")] == [False, True, False, True]
    assert [holds(0.0, c, 1.0) for c in ("<", "<=", ">", ">=")] == [True, True, False, False]
    assert not any(holds(float("nan"), c, 1.0) for c in ("<", "<=", ">", ">="))
    assert [number_of(t) for t in ("nan", "inf", "1e3", "")] == [None, None, 1000.0, None]


def test_figures_in_words():
    assert figure_words("km", {"mean": 632.06, "p05": 632.06, "p95": 632.06}) == "632 km"
    assert figure_words("ratio", {"mean": 1.54, "p05": 1.3, "p95": 1.8}) == "1.5 (1.3 to 1.8)"
    assert figure_words("log10", {"mean": -1.24, "p05": None, "p95": None}) == "-1.2"
    assert figure_words("share", {"mean": -0.0004, "p05": None, "p95": None}) == "0%"
    assert held_to("journeys", ">=", 20000) == ">= 20,000 journeys"
    assert held_to("km", "", None) == ""


# --- evidence --------------------------------------------------------------------------------------


def evidence(tmp_path, **said):
    file = tmp_path / "evidence.json"
    file.write_text(json.dumps(said), encoding="utf-8")
    return SwitchEvidence.read(file)


@pytest.mark.parametrize(
    ("said", "steered", "denied"),
    [
        ({"log10_bayes_factor": 2.0, "low": 1.2, "high": 3.0, "power": 0.9}, CONSISTENT, INCONSISTENT),
        ({"log10_bayes_factor": -2.0, "low": -3.0, "high": -1.2, "power": 0.8}, INCONSISTENT, CONSISTENT),
        ({"log10_bayes_factor": 2.0, "low": 0.5, "high": 3.0, "power": 0.9}, NOT_SETTLED, NOT_SETTLED),
        ({"log10_bayes_factor": 2.0, "low": -2.0, "high": 3.0, "power": 0.9}, NOT_SETTLED, NOT_SETTLED),
        ({"log10_bayes_factor": 2.0, "low": 1.2, "high": 3.0, "power": 0.79}, NOT_SETTLED, NOT_SETTLED),
        ({"log10_bayes_factor": 2.0, "low": 1.2, "high": 3.0}, NOT_SETTLED, NOT_SETTLED),
        ({"log10_bayes_factor": 2.0, "power": 1.0, "verdict": "undecided"}, NOT_SETTLED, NOT_SETTLED),
    ],
)
def test_evidence_decides_only_where_it_may(tmp_path, said, steered, denied):
    given = evidence(tmp_path, **said)
    assert weighed(given, ">", 1.0)[0] == steered
    assert weighed(given, "<", -1.0)[0] == denied
    assert weighed(None, ">", 1.0)[0] == NOT_SETTLED
    scenario = tiny.two_crossings(stocks=late(), closures=(NORTH,))
    found = one(scenario, claim("evidence_ratio", ">", 1), evidence=given)
    assert (found.verdict, found.figure["mean"]) == (steered, said["log10_bayes_factor"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "this is not JSON"),
        ("[1]", "is not a JSON object"),
        ("{}", "log10_bayes_factor: 'None' is not a number"),
        ('{"log10_bayes_factor": "much"}', "log10_bayes_factor: 'much' is not a number"),
        ('{"log10_bayes_factor": NaN}', "'NaN' is not a finite number"),
        ('{"log10_bayes_factor": true}', "log10_bayes_factor: 'True' is not a number"),
        ('{"log10_bayes_factor": 1, "power": 2}', "power: 2 is not a share"),
        ('{"log10_bayes_factor": 1, "low": 2}', "lies outside low to high"),
    ],
)
def test_evidence_that_cannot_be_used(tmp_path, text, words):
    file = tmp_path / "e.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(words)):
        SwitchEvidence.read(file)
    with pytest.raises(InputError, match="there is no such file"):
        SwitchEvidence.read(tmp_path / "none.json")


# --- what is printed -------------------------------------------------------------------------------


def test_json_has_the_shape_that_is_promised():
    scenario = dataclasses.replace(
        tiny.two_crossings(stocks=late(), closures=(NORTH,)),
        claims=(claim("share_diverted", ">", 0.5), claim().model_copy(update={"id": "law"})),
    )
    found = examine(scenario, seeds=2)
    said = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert list(said) == ["scenario", "seeds", "made_by", "settings", "claims"]
    first, law = said["claims"]
    assert (
        list(first)
        == list(law)
        == [
            *(
                "id",
                "by",
                "date",
                "words",
                "reading",
                "source",
                "measure",
                "unit",
                "comparison",
                "value",
                "orders",
                "streams",
                "figure",
                "people",
                "p",
            ),
            *("verdict", "reason", "computed", "cannot", "sensitivity", "hangs_on", "details"),
        ]
    )
    assert first["figure"] == {"mean": 1.0, "p05": 1.0, "p50": 1.0, "p95": 1.0}
    assert first["sensitivity"][0] == {"setting": "as written", "pairs": 2, "p": 1.0, **first["figure"]}
    assert (law["figure"], law["p"], law["measure"], law["sensitivity"]) == (None, None, None, [])
    assert first["computed"].count(".") == 1
    assert examine(scenario, seeds=2).to_json() == found.to_json()


def test_only_some_claims_and_unknown_ones():
    scenario = dataclasses.replace(
        tiny.two_crossings(stocks=late(), closures=(NORTH,)),
        claims=(claim("deterred"), claim().model_copy(update={"id": "law"})),
    )
    assert [f.claim.id for f in examine(scenario, seeds=1, only=["law"])] == ["law"]
    with pytest.raises(InputError, match="claim: unknown claim 'lawn'; did you mean 'law'"):
        examine(scenario, only=["lawn"])


# --- with a fit ------------------------------------------------------------------------------------


def fitted(scenario, name, draws, contraction):
    """A fit of the one parameter of a scenario, whose prior was so much wider than the draws."""
    assert list(scenario.settings.fit.parameters) == [name]
    fit = fit_of(scenario, np.array(draws)[:, None])
    wide = fit.draws.std(axis=0) / (1.0 - contraction)
    return dataclasses.replace(fit, prior_sd=wide, streams=("people",))


def learning(prior="beta(1, 1)", target="behaviour.give_up"):
    return {"fit": {"parameters": {"give-up": {"prior": prior, "set": target}}}}


def turned_back():
    """The crossing closes while all are on the way: whoever does not give up takes the other."""
    shut = tiny.closed("order", "north", (1, 12, 30), announced=(1, 12, 29))
    streams = tiny.people(give_up=0.5, knowledge_delay_h=100.0)
    return tiny.two_crossings(stocks=late(100), closures=(shut,), streams=streams, settings=learning())


def test_each_seed_takes_its_draw_and_settings_leave_it_alone():
    scenario = turned_back()
    fit = fitted(scenario, "give-up", [0.0, 1.0], 0.9)
    found = one(scenario, claim("share_deterred"), fit=fit, seeds=4)
    main = found.sensitivity[0]
    assert main.pairs == 4 * FITTED
    assert (main.figure["p05"], main.figure["mean"], main.figure["p95"]) == (0.0, 0.5, 1.0)
    assert learned_fields(fit) == {("people", "give_up")}
    assert not [s for s in found.sensitivity if s.setting.startswith("giving up")]
    question = question_of(claim("share_deterred"), scenario)
    worlds = Worlds(scenario, [question], 4, Draws.of(fit, scenario), learned_fields(fit))
    worlds.run(None, None)
    numbers, _ = worlds.pairs(question, AS_WRITTEN)
    deterred = numbers[:, 0, 0, 4]  # seed k = 1, 2, ... has draw k mod 2: all, none, all, ...
    assert deterred.tolist() == [100.0, 0.0] * (2 * FITTED)


def test_a_verdict_on_a_parameter_that_counts_say_nothing_of():
    scenario = turned_back()
    draws = np.linspace(0.01, 0.99, 101)
    for contraction, word in ((0.1, PRIOR_DRIVEN), (0.5, NOT_SETTLED)):
        fit = fitted(scenario, "give-up", draws, contraction)
        found = one(scenario, claim("share_deterred", ">", 0.5), fit=fit, seeds=20)
        assert found.verdict == word
        assert [h.parameter for h in found.prior_driven_by] == (["give-up"] if word == PRIOR_DRIVEN else [])
