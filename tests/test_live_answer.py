"""The answer in words from expected flows: at once, without a range, and about what is tried."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

import crossings as cx
from crossings.views import run_answer as views
from crossings.views.answer_text import period_line, sentences, title
from crossings.views.headline import headline
from crossings.views.language import ENGLISH
from crossings.web.changes import Change
from crossings.web.live_answer import answer_json, expected_answer, run_answers
from crossings.web.registry import ScenarioRegistry

ONE = TypeAdapter(Change)
NAME = "finland-2023"
OFFICERS = {"do": "officers", "crossing": "vartius", "streams": ["asylum"], "number": 4, "from": "2023-11-18T00:00"}


@pytest.fixture(scope="module")
def registry():
    return ScenarioRegistry()


def asked(registry, changes=(), against=()):
    now, was = ([ONE.validate_python(c) for c in side] for side in (changes, against))
    flows = [registry.answer(NAME, side, "asylum") for side in (was, now)]
    base, model = registry.model(NAME, was), registry.model(NAME, now)
    return expected_answer(base, model, *flows, "asylum"), model, flows


def test_it_is_about_the_orders_and_has_the_flows_figures(registry):
    answer, model, (_, now) = asked(registry, against=[{"do": "leave_out", "id": "southeast-closed"}])
    assert title(answer).startswith("If Vaalimaa, Nuijamaa, Imatra and Niirala")
    assert "expected flows, without a range" in period_line(answer)
    salla = next(c for c in answer.crossings if c.id == "salla")
    gate = next(i for i, g in enumerate(model.gates) if (g.crossing, g.stream) == ("salla", "asylum"))
    rows = [k for k, s in enumerate(now.starts) if s.date() in answer.days]
    assert [f.mean for f in salla.processed] == pytest.approx([now.crossed[k, gate] for k in rows])
    assert all(f.p05 == f.mean == f.p95 for f in salla.processed)
    assert not salla.needed.known  # expected flows do not say it
    assert "(" not in sentences(answer)[0].replace("(Kelloselkä)", "")
    said = answer_json(answer, model)
    assert said["runs"] == 0
    assert {a["level"] for a in said["alerts"]} <= {"amber", "red"}
    assert any(b["name"].startswith("Kajaani") for b in said["beds"])


def test_officers_are_compared_from_the_day_on_which_they_come(registry):
    answer, model, _ = asked(registry, [OFFICERS])
    assert answer.begins.isoformat() == "2023-11-18T00:00:00"
    assert answer.orders == ()
    assert sentences(answer)[0].startswith("The flow moves: Vartius takes")
    assert "without what is changed" in sentences(answer)[0]
    lanes = [x for x in model.scenario.lanes if x.crossing == "vartius" and x.side == "entry"]
    assert {x.servers for x in lanes if "asylum" in x.streams and (x.valid_until is None)} == {4}
    assert {x.servers for x in lanes if "trucks" in x.streams} == {2}  # those of others stay


def test_alone_it_says_what_the_report_of_a_plain_run_says(registry):
    answer, model, (_, now) = asked(registry)
    assert answer.alone
    line, said = headline(answer)
    assert (line, said) == (answer_json(answer, model)["period"], answer_json(answer, model)["sentences"])
    assert "expected flows, without a range" in line
    assert "the busiest day is" in said[0]
    total = now.crossed[:, [i for i, g in enumerate(model.gates) if g.stream == "asylum"]].sum()
    assert said[0].startswith(f"{total:,.0f} asylum seekers cross, most of them ")


def test_a_plain_run_says_the_same_on_page_and_report(registry):
    """The same days, the same figures: one answer."""
    model = registry.model("two-crossings", [])
    runs = cx.run_many(model, seeds=[1, 2])["two-crossings"]
    for stream, shown in run_answers(model, runs, ENGLISH).items():
        answer = views.run_answer(runs, model, stream)
        assert (shown["period"], shown["sentences"]) == headline(answer)


OPEN = {"do": "open", "crossing": "vaalimaa"}


def test_an_opened_crossing_is_the_question_and_not_the_orders_that_stay(registry):
    answer, _, _ = asked(registry, [OPEN])
    assert title(answer) == "If Vaalimaa is open on Saturday 18 November"
    assert "compared with keeping them shut" in period_line(answer)
    assert "without what is changed" in sentences(answer)[0]
    assert "the crossings that close" not in " ".join(sentences(answer))


def test_a_crossing_that_opens_later_is_named_among_those_that_close(registry):
    """Niirala opens for two days in December: on 18 November it closes; Kuusamo then closes to asylum seekers only."""
    later = [
        {"do": "leave_out", "id": o} for o in registry.model(NAME, []).rules.orders if o != "vaalimaa-outbound-cut"
    ]
    answer, _, _ = asked(registry, [OPEN], later)
    assert title(answer) == "If Nuijamaa, Imatra and Niirala close on Saturday 18 November"
