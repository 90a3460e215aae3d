"""The first screen of the report: the answer stands on it, its figures can be saved, and everybody can read it."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import html
import io
import json
import re

import numpy as np
import pytest

import two_gates
from browsers import launched
from crossings.charts.figure import csv_of
from crossings.cli.app import build
from crossings.model import Model
from crossings.report import write_report
from crossings.report.first_map import answer_ground
from crossings.report.first_screen import screen_of
from crossings.report.view_model import Facts
from crossings.scenario import Scenario
from crossings.simulation.comparison import compare
from crossings.simulation.ensemble import run_many
from crossings.views.alerts import alerts, level_of
from crossings.views.answer_reader import answer_of
from crossings.views.answer_text import ranged, sentences, title
from crossings.views.brief import brief_of
from crossings.views.language import language
from crossings.views.run_answer import camps_of, run_answer, run_sentences
from crossings.views.trust import changing_line, trust_lines
from crossings.web.live_answer import answer_json
from examples import ALL

WORDS = language("en")


@pytest.fixture(scope="module")
def finland(tmp_path_factory):
    """The four closures of 18 November against leaving them open: facts and the file."""
    scenario = Scenario.read("finland-2023")
    found = compare(scenario, without=["southeast-closed"], seeds=[1, 2])
    model = Model(scenario)
    path = write_report(tmp_path_factory.mktemp("first") / "r.html", model=model, comparison=found)
    return Facts(model, found.runs[found.scenario], found, scenario.observations), path


@pytest.fixture(scope="module")
def translated(finland, tmp_path_factory):
    """The same report in the language with the longest words; all languages in `make verify`."""
    facts, folder = finland[0], tmp_path_factory.mktemp("translated")
    return [
        write_report(folder / f"{c}.html", model=facts.model, comparison=facts.comparison, language=c)
        for c in (("fi", "ru", "sv") if ALL else ("ru",))
    ]


@pytest.fixture(scope="module")
def poland(tmp_path_factory):
    scenario = Scenario.read("poland-2022")
    model = Model(scenario)
    (runs,) = run_many(model, seeds=[1, 2]).values()
    path = write_report(tmp_path_factory.mktemp("first") / "r.html", model=model, runs=runs)
    return model, runs, path


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A report of two crossings, which has every part."""
    folder = tmp_path_factory.mktemp("small")
    scenario = Scenario.read(two_gates.write(folder / "s"))
    return write_report(folder / "r.html", model=Model(scenario), comparison=compare(scenario, seeds=[1, 2]))


@pytest.fixture(scope="module")
def browser():
    with launched() as chromium:
        yield chromium


# --- what it says ------------------------------------------------------------------------------


def test_the_title_is_the_question_and_the_answer_follows(finland):
    facts, path = finland
    answer = facts.answer()
    text = path.read_text("utf-8")
    assert f"<h1>{title(answer)}</h1>" in text
    assert "Vaalimaa" in title(answer)
    assert "Saturday 18 November" in title(answer)
    first = re.search(r'<section id="answer".*?</section>', text, re.DOTALL)[0]
    words = re.sub(r"<[^>]+>", "", first)
    for stream in facts.streams:
        for sentence in sentences(facts.answer(stream)):
            assert sentence in words
    for crossing in answer.open[:2]:
        assert f"{WORDS.number(crossing.needed.mean)} / {crossing.on_duty}" in words
        assert ranged(crossing.most_waiting, WORDS) in words
    for place in answer.beds[:4]:
        assert ranged(place.most, WORDS) in words
        assert place.name in words
    assert "▲" in words
    assert "none is judged" in words


def test_the_command_and_the_report_say_the_same(tmp_path, capsys):
    """whatif prints as JSON what the first screen of its report says, figure by figure."""
    folder, path = two_gates.write(tmp_path / "s"), tmp_path / "r.html"
    words = f"whatif {folder} --close vaalimaa --from 2023-11-18 --seeds 3 --json --report {path}".split()
    build()(words, standalone_mode=False)
    told = json.loads(capsys.readouterr().out)
    first = re.search(r'<section id="answer".*?</section>', path.read_text("utf-8"), re.DOTALL)[0]
    shown = html.unescape(re.sub(r"<[^>]+>", "", first))
    assert f"<h1>{told['title']}</h1>" in path.read_text("utf-8")
    assert all(sentence in shown for sentence in told["sentences"])
    table = html.unescape(re.search(r'class="days-table[^>]*data-csv="([^"]*)"', first)[1])
    rows = {(r["crossing"], r["day"]): r for r in csv.DictReader(io.StringIO(table))}
    for crossing in told["crossings"]:
        for k, day in enumerate(told["days"]):
            row = rows[crossing["name"], day]
            assert float(row["processed"]) == pytest.approx(crossing["processed"][k]["mean"], rel=1e-5)
            assert float(row["without the orders"]) == pytest.approx(crossing["without"][k]["mean"], rel=1e-5)


def test_what_would_change_the_answer_is_the_same_on_command_report_and_brief(tmp_path, capsys):
    folder, path = two_gates.write(tmp_path / "s"), tmp_path / "r.html"
    asked = f"{folder} --close vaalimaa --from 2023-11-18 --seeds 3 --group cars"
    build()(f"whatif {asked} --json --report {path}".split(), standalone_mode=False)
    told = json.loads(capsys.readouterr().out)["changing"]
    build()(f"brief {asked} --out {tmp_path / 'b.html'}".split(), standalone_mode=False)
    assert "Nuijamaa" in told
    for file in (path, tmp_path / "b.html"):
        assert told in html.unescape(re.sub(r"<[^>]+>", "", file.read_text("utf-8")))


def test_a_plain_run_has_a_first_screen_too(poland):
    model, runs, path = poland
    text = re.sub(r"<[^>]+>", "", path.read_text("utf-8"))
    for stream in model.scenario.settings.streams:
        answer = run_answer(runs, model, stream)
        assert len(answer.days) == 7
        said = run_sentences(answer)
        assert all(sentence in text for sentence in said)
        total = sum(c.processed[k].mean for c in answer.crossings for k in range(7))
        assert 0 < total <= runs.endings(stream)["across"].mean() + 1e-9
    assert "without the orders" not in "".join(said)


def test_a_plain_run_reads_the_figures_of_the_tables(finland):
    """The days of a plain run's first screen are those of the panels further down."""
    facts, _ = finland
    plain = run_answer(facts.runs, facts.model, "asylum")
    at = [facts.days.index(dt.datetime(d.year, d.month, d.day)) for d in plain.days]
    for crossing in plain.crossings:
        gates = facts.gates("asylum", [crossing.id])
        for field, what in (("processed", "crossed"), ("waiting", "waiting"), ("arrived", "arrived")):
            daily = facts.daily(facts.runs, gates, what).mean(axis=0)
            assert [f.mean for f in getattr(crossing, field)] == pytest.approx(daily[at].tolist())
    assert camps_of(facts.runs, facts.model) == ()


def test_four_lines_of_trust(finland):
    facts = finland[0]
    scenario = facts.model.scenario
    changing = changing_line(facts.answer(), facts.model)
    misses = ["Salla: counted 300, simulated 60"]
    lines = trust_lines(scenario, 100, counts=53, inside=36, misses=misses, changing=changing)
    assert len(lines) == 4
    assert "random variation between runs only" in lines[0]
    assert "36 of 53 verified counts lie in the range. Worst misses: Salla" in lines[1]
    top = facts.answer().gains[0]
    assert re.fullmatch(
        rf"What would change .*: .*\. {re.escape(top.name)} then takes \d+ in place of \d+ on .*", lines[2]
    )
    assert "all figures of traffic and control times are estimates" in lines[3]
    assert "36 of" not in " ".join(trust_lines(scenario, 20, counts=53))
    assert "what the calibration leaves open" in trust_lines(scenario, 100, fitted=True)[0]
    assert "One run" in trust_lines(scenario, 1)[0]


def test_beds_have_one_figure_on_every_surface(finland):
    """Most present, its colour, the day on which a place is full and its threshold rest on one mean by day.

    The runs are made to be fullest on different days: the mean of their highest figures is over the beds, no day's mean is.
    """
    facts = finland[0]
    found = facts.comparison
    site = facts.model.sites.index("kajaani-centre")
    room = facts.runs.capacity[site]
    days = [k for k, p in enumerate(facts.runs.periods) if p >= dt.datetime(2023, 11, 18)][:5]
    shifted = []
    for k, tally in enumerate(facts.runs.tallies):
        present = tally.present.copy()
        present[:, site] = 0.6 * room
        present[days[k], site] = room + 2.0
        shifted.append(dataclasses.replace(tally, present=present))
    runs = dataclasses.replace(facts.runs, tallies=tuple(shifted))
    found = dataclasses.replace(found, runs={**found.runs, found.scenario: runs})
    limits = facts.model.scenario.settings.thresholds
    answer = answer_of(found, facts.model, "asylum")
    [beds] = [b for b in answer.beds if b.id == "kajaani-centre"]
    assert np.mean([t.present[:, site].max() for t in runs.tallies]) > room
    assert beds.most.mean == pytest.approx(max(n for _, n in beds.present))
    assert beds.most.mean < room
    assert beds.full_on is None
    assert level_of(beds.share(beds.most.mean), limits.beds_share) != "red"
    for place in (beds, *answer.beds, *facts.answer("asylum").beds):
        level = level_of(place.share(place.most.mean), limits.beds_share)
        assert (place.full_on is not None) == (place.share(place.most.mean) >= 1.0)
        passed = [a.level for a in alerts(answer, limits) if a.what == "beds_share" and a.where == place.name]
        if place in answer.beds:
            assert passed == [level] * bool(level)
    for shown in (facts, Facts(facts.model, runs, found, facts.model.scenario.observations)):
        said = shown.answer("asylum")
        assert said.beds
        table = screen_of(shown, "asylum", "")["beds"]
        brief = next(s for s in brief_of(said, facts.model).sections if s.name == "beds").table
        sent = answer_json(said, facts.model)["beds"]
        for place, row, line, item in zip(said.beds, table.rows, brief.rows, sent, strict=False):
            level = level_of(place.share(place.most.mean), limits.beds_share)
            assert (row[2].text, row[2].level) == (ranged(place.most, WORDS), level)
            assert (line[-2].text, line[-2].level) == (ranged(place.most, WORDS), level)
            assert (item["most"]["mean"], item["full_on"] is None) == (place.most.mean, place.full_on is None)
            assert (line[-1].text == "–") == (place.full_on is None)


def test_a_coloured_cell_of_a_queue_is_a_threshold_passed(finland):
    """The colour is that of the figure in the cell, and where there is one there is an alert."""
    facts = finland[0]
    limits = facts.model.scenario.settings.thresholds
    for stream in facts.streams:
        answer = facts.answer(stream)
        passed = {(a.what, a.where): a.level for a in alerts(answer, limits)}
        for c in answer.open:
            assert passed.get(("waiting", c.name), "") == level_of(c.most_waiting.mean, limits.waiting)
            assert passed.get(("wait_h", c.name), "") == level_of(c.longest_wait.mean, limits.wait_h)


def test_the_ground_has_room_for_names(finland):
    ground = answer_ground(finland[0])
    assert 300 <= ground.width <= 470
    assert 300 <= ground.height <= 600


def test_csv_holds_no_formula():
    assert csv_of(("a",), [("=1+1",), (float("nan"),), ("b",)]) == 'a\n\'=1+1\n""\nb\n'


# --- in a browser ------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.drawn
def test_the_answer_is_on_the_first_screen(finland, poland, translated, browser):
    page = browser.new_page()
    looks = {1280: (800, 3), 390: (844, 12)}
    for path in (finland[1], poland[2], *translated):
        page.goto(path.as_uri())
        for width, (height, screens) in looks.items():
            page.set_viewport_size({"width": width, "height": height})
            _first_screen(page, width, height, screens)
        page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
        for width, (height, _) in looks.items():
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def _first_screen(page, width, height, screens):
    low = page.locator("#answer .answer:visible").bounding_box()
    assert low["y"] + low["height"] <= height
    # How far to trust it is never cut by the foot of the screen: whole on it, or begun well below.
    trust = page.locator("#answer .trust:visible").bounding_box()
    whole = trust["y"] + trust["height"] <= height
    assert whole if width == 1280 else whole or trust["y"] >= height + 100
    assert page.evaluate("document.documentElement.scrollHeight") <= screens * height
    if width == 1280:
        table = page.locator("#answer .days-table tbody:visible").bounding_box()
        assert table["y"] + table["height"] <= height


@pytest.mark.browser
@pytest.mark.parametrize(
    ("names", "width", "scheme"),
    [
        (["small"], 390, "dark"),
        (["small"], 1280, "light"),
        *(
            pytest.param(["finland", "poland"], *look, marks=pytest.mark.slow)
            for look in [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]
        ),
    ],
)
def test_axe_finds_nothing(request, browser, names, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    for name in names:
        made = request.getfixturevalue(name)
        path = made if name == "small" else made[-1]
        context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme, bypass_csp=True)
        page = context.new_page()
        page.goto(path.as_uri())
        if name != "finland":
            page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        found = Axe().run(page).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found] == []
        context.close()


@pytest.mark.browser
def test_every_figure_can_be_saved(finland, browser, tmp_path):
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(finland[1].as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    figures = page.locator("figure")
    assert figures.count() == page.locator("figure > .save").count() > 10

    def saved(which, kind):
        with page.expect_download() as got:
            which.get_by_role("button", name=kind).click()
        path = tmp_path / got.value.suggested_filename
        got.value.save_as(path)
        return path

    for section in ("answer", "map", "orders", "crossed", "effect"):
        figure = page.locator(f"#{section} figure:visible").first
        svg = saved(figure, "SVG")
        assert svg.name.startswith("If-")
        other = browser.new_page()
        other.goto(svg.as_uri())
        assert other.evaluate("document.documentElement.tagName") == "svg"
        assert other.locator("svg svg").count() >= 1
        other.close()
        with saved(figure, "CSV").open(encoding="utf-8-sig") as text:
            assert len([row for row in csv.reader(text) if row]) > 2
    assert saved(page.locator("#answer figure:visible"), "PNG").read_bytes()[:4] == b"\x89PNG"
    with saved(page.locator("#answer .days-table:visible"), "CSV").open(encoding="utf-8-sig") as text:
        rows = list(csv.DictReader(text))
    vartius = next(r for r in rows if (r["crossing"], r["day"]) == ("Vartius", "2023-11-18"))
    answer = finland[0].answer("asylum")
    (crossing,) = [c for c in answer.crossings if c.id == "vartius"]
    assert float(vartius["processed"]) == pytest.approx(crossing.processed[0].mean, rel=1e-5)
    page.close()


@pytest.mark.browser
def test_on_paper_no_heading_stands_alone(finland, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(finland[1].as_uri())
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    alone = """[...document.querySelectorAll('h1, h2, h3, h4')].filter((h) => h.checkVisibility({ contentVisibilityAuto: true }) && h.getClientRects().length).filter((h, k, all) => {
        const next = all[k + 1];
        const range = document.createRange();
        range.setStartAfter(h);
        if (next) range.setEndBefore(next); else range.setEndAfter(document.body.lastChild);
        const inner = [...document.querySelectorAll('p, table, svg, li, dd')].filter((e) => range.intersectsNode(e) && e.checkVisibility() && e.getClientRects().length);
        return !inner.length && next && next.tagName <= h.tagName;
    }).map((h) => h.textContent)"""
    assert page.evaluate(alone) == []
    page.close()


def test_hostile_titles_stay_in_the_running_title(tmp_path):
    scenario = Scenario.read(two_gates.write(tmp_path / "s"))
    path = write_report(tmp_path / "r.html", model=Model(scenario), title='"; } </style><script>alert(1)</script>')
    text = path.read_text("utf-8")
    assert text.count("</style>") == 1
    assert text.count("<script") == 1
