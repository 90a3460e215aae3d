"""The report: whole, self-contained, safe against what a scenario says, and sound in a real browser."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import re
from html.parser import HTMLParser

import numpy as np
import pytest

import tiny
import two_gates
from browsers import launched
from crossings.brief import write_brief
from crossings.calibration.draws import Draws
from crossings.charts import DaySeries, Mark, Spot, day_panel, ground_of, map_panel
from crossings.charts.axes import amount_ticks, date_ticks, text_width
from crossings.charts.markup import el, join
from crossings.charts.posterior import interval_panel, span_ticks, trace_panel
from crossings.charts.timeline import Bar, order_timeline
from crossings.errors import InputError
from crossings.model import Model
from crossings.report import write_report
from crossings.report.key_dates import effect_days, key_days, state_of
from crossings.report.maps import ways_on
from crossings.report.marks import marks_of, panels_of
from crossings.report.render import linked, rendered, unbroken
from crossings.report.view_model import Facts
from crossings.scenario import Scenario
from crossings.simulation.comparison import compare
from crossings.simulation.ensemble import run_many
from crossings.views.brief import brief_of
from crossings.views.language import LANGUAGES, language
from fits import fit_of, scenario_with_priors

LIMIT = 6_000_000
HOSTILE = '<script>alert("x")</script>'
VOID = {"meta", "input", "br", "col", "hr", "img", "link"}


class Page(HTMLParser):
    """Elements with their attributes, open tags left at the end, and the text outside style and script."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.words, self.wrong = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.wrong.append(tag)

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("style", "script"):
            self.words.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]

    @property
    def text(self):
        return " ".join(self.words)


def report(folder, scenario, *, seeds=range(1, 4), **more):
    """A report with a comparison, as text."""
    found = compare(scenario, seeds=seeds)
    return write_report(folder / "report.html", model=Model(scenario), comparison=found, **more).read_text("utf-8")


@pytest.fixture(scope="module")
def gates(tmp_path_factory):
    """A small scenario with everything in it, and its report."""
    folder = tmp_path_factory.mktemp("gates")
    scenario = Scenario.read(two_gates.write(folder / "s"))
    return scenario, report(folder, scenario)


@pytest.fixture(scope="module")
def finland(tmp_path_factory):
    """Finland 2023 with two seeds: facts and the file."""
    folder = tmp_path_factory.mktemp("finland")
    scenario = Scenario.read("finland-2023")
    found = compare(scenario, seeds=[1, 2])
    model = Model(scenario)
    path = write_report(folder / "report.html", model=model, comparison=found)
    return Facts(model, found.runs[found.scenario], found, scenario.observations), path


# --- the file ----------------------------------------------------------------------------------


def test_every_part_is_there_and_well_formed(gates):
    page = Page(gates[1])
    assert not page.open
    assert not page.wrong
    ids = [attrs["id"] for attrs in page.all("section")]
    assert ids[:2] == ["answer", "days"]
    assert ids[2:] == ["summary", "map", "orders", "crossed", "queues", "effect", "access", "seen", "claims", "making"]
    assert len({a["id"] for _, a in page.elements if "id" in a}) == sum("id" in a for _, a in page.elements)


def test_each_figure_has_a_title_and_a_source_line(gates):
    figures = re.findall(r"<figure>.*?</figure>", gates[1], re.DOTALL)
    assert gates[1].count("<figure") == len(figures) + gates[1].count('class="first-map"')
    assert len(figures) >= 8
    for figure in figures:
        assert "<figcaption>" in figure
        assert 'class="source">Source: crossings' in figure
        assert "scenario two-gates" in figure


def test_each_chart_by_day_names_both_axes_with_units(gates):
    charts = re.findall(r"<svg[^>]*data-tips.*?</svg>", gates[1], re.DOTALL)
    assert charts
    for chart in charts:
        titles = re.findall(r'class="axis-title"[^>]*>([^<]*)<', chart)
        assert len(titles) == 2
        assert titles[1] == "date (Europe/Helsinki)"
        assert titles[0].split()[0] in ("people", "cars", "hours", "km", "crossings")
        assert "<title>" in chart


def test_tables_have_captions_and_scopes(gates):
    page = Page(gates[1])
    tables = [t for t in re.findall(r"<table.*?</table>", gates[1], re.DOTALL) if 'role="table"' in t]
    assert len(tables) >= 8
    assert all("<caption>" in t and 'scope="col"' in t for t in tables)
    assert all(a.get("scope") in ("row", "col") for a in page.all("th") if "role" in a)


def test_nothing_is_loaded_from_anywhere(gates, finland):
    for text in (gates[1], finland[1].read_text("utf-8")):
        page = Page(text)
        for tag, attrs in page.elements:
            assert tag not in ("img", "iframe", "link", "object", "embed", "audio", "video", "source", "base", "form")
            assert "src" not in attrs
            assert not any(name.startswith("on") for name in attrs)
            if tag != "a" and "href" in attrs:
                assert attrs["href"].startswith("#")
        assert "@import" not in text
        assert not re.search(r"url\((?!#)", text)
        policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv"))
        assert policy.startswith("default-src 'none'")
        assert "unsafe-inline'; script" in policy  # style alone; the one script is named by its hash


def test_finland_is_small_enough(finland):
    assert finland[1].stat().st_size < LIMIT


def test_it_comes_out_the_same_twice(gates, tmp_path):
    assert report(tmp_path, gates[0]) == gates[1]


# --- hostile text ------------------------------------------------------------------------------

CHANGES = {
    "scenario.yaml": ("title: Two gates", f"title: '{HOSTILE}'"),
    "places.csv": ("Saint Petersburg", '"<script>alert(1)</script>"'),
    "crossings.csv": ("vaalimaa,Vaalimaa", 'vaalimaa,"</title></svg><img src=x onerror=alert(2)>"'),
    "claims.csv": ("A ministry", '"<b onclick=alert(3)>\u202e"'),
    "observations.csv": ("about, so an interval", "<iframe src=http://evil.example/>"),
    "SOURCES.md": "# S <script>alert(4)</script>\n\n![x](http://evil.example/y.png) [a](javascript:alert(5)) <img src=x>\n\n[b](http://ok.example/)\n",
}


def test_what_a_scenario_says_stays_text(tmp_path):
    scenario = Scenario.read(two_gates.write(tmp_path / "s", CHANGES))
    text = report(tmp_path, scenario, title=f"{HOSTILE}\x00")
    page = Page(text)
    assert not page.wrong
    assert not page.open
    assert len(page.all("script")) == 1
    assert len(re.findall(r"<script", text)) == 1
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"img", "iframe", "b"}
    assert not any(name.startswith("on") for _, attrs in page.elements for name in attrs)
    assert HOSTILE in page.text
    assert "<script>alert(1)</script>" in page.text
    assert all(re.match(r"(https?://|#)", a["href"]) for a in page.all("a") if "href" in a)
    assert "\x00" not in text
    assert "\u202e" not in text


def test_names_that_are_too_long_do_not_leave_the_drawing(tmp_path):
    changes = {"crossings.csv": ("vaalimaa,Vaalimaa", "vaalimaa," + "W" * 300)}
    text = report(tmp_path, Scenario.read(two_gates.write(tmp_path / "s", changes)))
    drawn = re.findall(r"<tspan[^>]*>(W+…?)\s", text) + re.findall(r'class="label"[^>]*>(W+…?)<', text)
    assert drawn
    assert max(map(len, drawn)) < 60


def test_elements_escape_their_children_and_attributes():
    assert el("b", "<i>", title='"&') == '<b title="&quot;&amp;">&lt;i&gt;</b>'
    assert join(["<", el("i", "x"), None]) == "&lt;<i>x</i>"


def test_links_and_markdown():
    assert linked("see https://a.example/b?c=1&d=<2, and").count("<a ") == 1
    assert 'href="https://a.example/b?c=1&amp;d="' in linked("https://a.example/b?c=1&d=<2")
    out = rendered("# T\n\n| a |\n|---|\n| <b> |\n\n[x](file:///etc/passwd) [y](data:text/html,z)")
    assert "<h4>T</h4>" in out
    assert "<table>" in out
    assert "<b>" not in out
    assert "href" not in out


# --- what is not given, and odd scenarios ------------------------------------------------------


def test_a_model_alone_shows_what_the_scenario_says(gates, tmp_path):
    text = write_report(tmp_path / "r.html", model=Model(gates[0])).read_text("utf-8")
    ids = [attrs["id"] for attrs in Page(text).all("section")]
    assert ids == ["answer", "summary", "map", "orders", "access", "claims", "making"]
    assert "Nothing was simulated" in text


@pytest.mark.parametrize("by", ["day", "hour"])
def test_hours_are_summed_to_days(gates, by):
    model = Model(gates[0])
    (runs,) = run_many(model, seeds=[1, 2], by=by).values()
    facts = Facts(model, runs, None, ())
    daily = facts.daily(runs, facts.gates("asylum"), "crossed")
    (again,) = run_many(model, seeds=[1, 2]).values()
    assert np.array_equal(daily, Facts(model, again, None, ()).daily(again, facts.gates("asylum"), "crossed"))


def test_scenarios_with_next_to_nothing(tmp_path):
    bare = tiny.scenario(places=(tiny.place("a", "AA"),))
    still = tiny.two_crossings(stocks=(tiny.rush_hour(20),))
    for scenario in (bare, still):
        model = Model(scenario)
        (runs,) = run_many(model, seeds=[1]).values()
        page = Page(write_report(tmp_path / "r.html", model=model, runs=runs).read_text("utf-8"))
        assert not page.open
        assert "One run, so no figure has a range" in page.text
    assert "the crossings have no coordinates of their own" in page.text


def test_an_order_far_beyond_the_run_ends_when_it_says_so(tmp_path):
    """Its end is told wherever it is told, not cut off at some multiple of the run."""
    scenario = Scenario.read("two-crossings")
    far = [
        row.model_copy(update={"until": dt.datetime(2031, 5, 7)}) if row.kind == "closed" else row
        for row in scenario.closures
    ]
    model = Model(dataclasses.replace(scenario, closures=tuple(far)))
    page = Page(write_report(tmp_path / "r.html", model=model).read_text("utf-8"))
    told = [attrs["data-say"] for attrs in page.all("g") if "hill" in (attrs.get("data-say") or "")]
    assert told
    assert all("6 May 2031 24:00" in words for words in told)
    assert "6 May 2031 24:00" in page.text


def test_no_half_file_is_left(gates, tmp_path):
    model = Model(gates[0])
    with pytest.raises(InputError, match="cannot be written"):
        write_report(tmp_path / "no folder" / "r.html", model=model)
    (tmp_path / "taken").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        write_report(tmp_path / "taken", model=model)
    with pytest.raises(InputError):
        write_report("a\0b", model=model)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["taken"]


# --- the numbers -------------------------------------------------------------------------------


def test_counts_of_parts_of_a_day_are_summed_to_the_day(finland):
    facts, _ = finland
    panels = {(p.crossings, p.direction): p for p in panels_of(facts, "asylum")}
    southeast = panels[("vaalimaa", "nuijamaa", "imatra"), None]
    marks = {
        (m.start.day, m.kind): m for m in marks_of(facts, "asylum", southeast) if m.end - m.start <= dt.timedelta(1)
    }
    assert (marks[13, "firm"].low, marks[13, "firm"].high) == (39, 39)
    assert (marks[14, "firm"].low, marks[14, "firm"].high) == (53, 62)
    assert marks[15, "at_least"].low == 70  # the last two hours were not reported
    assert marks[17, "firm"].low == 163  # the night crossing by crossing, then the southeast as a whole
    vartius = panels[("vartius",), None]
    daily = {m.start.day: m for m in marks_of(facts, "asylum", vartius) if m.kind == "firm"}
    assert daily[18].low == 67
    assert daily[23].low == 34
    assert daily[20].low == 18  # 36 on two days
    assert daily[20].outside == ("vartius-20-21" in facts.missed)
    assert {p.crossings for p in panels.values()} >= {("niirala",), ("salla",), ("raja-jooseppi",)}


def test_the_marks_stand_beside_the_very_set_that_was_counted(finland):
    facts, _ = finland
    gates = facts.gates("asylum", ["vaalimaa", "nuijamaa", "imatra"])
    daily = facts.daily(facts.runs, gates, "crossed")
    number = {o.id: k for k, o in enumerate(facts.runs.observations)}
    parts = facts.runs.seen()[:, [number["se-13-night"], number["se-13-rest"]]]
    assert np.array_equal(parts.sum(axis=1), daily[:, facts.days.index(dt.datetime(2023, 11, 13))])


def test_key_dates_and_states_of_finland(finland):
    facts, _ = finland
    assert [d.day for d in effect_days(facts)] == [18, 24, 30, 14, 15]
    days = key_days(facts)
    assert [d.day for d in days] == [17, 18, 23, 24, 29, 30, 13, 14, 15, 16]

    def at(crossing, month, day, stream="asylum"):
        return state_of(facts, facts.gates(stream, [crossing]), dt.datetime(2023, month, day))

    assert at("vaalimaa", 11, 17) == "open"
    assert at("vaalimaa", 11, 18) == "closed"
    assert at("vartius", 11, 18) == "part"  # suspended in the evening
    assert at("kuusamo", 11, 18) == "closed"
    assert at("kuusamo", 11, 18, "travellers") == "no hours"  # a Saturday
    assert at("raja-jooseppi", 11, 30) == "closed"
    assert at("vaalimaa", 12, 14) == "open"
    assert at("vaalimaa", 12, 15) == "part"  # until 20:00


def test_ways_add_up_to_those_who_came(finland):
    facts, _ = finland
    day = dt.datetime(2023, 11, 17)
    ways = ways_on(facts, "asylum", [day])[day]
    k = facts.days.index(day)
    for crossing in facts.model.scenario.crossings:
        gates = facts.gates("asylum", [crossing.id], "FI")
        crossed = facts.daily(facts.runs, gates, "crossed")[:, k].mean()
        assert ways.get((crossing.place_b, crossing.place_a), 0.0) == pytest.approx(crossed)


def test_words_for_numbers_and_periods():
    words = language("en")
    assert words.banded({"mean": -3.2, "p05": -5.0, "p95": -1.0}) == "−3.2 (−5 to −1)"
    assert words.banded({"mean": 0.0, "p05": 0.0, "p95": 0.0}) == "0"
    assert words.banded({"mean": None, "p05": None, "p95": None}) == "–"
    day = dt.datetime(2023, 11, 6)
    assert words.period(day, day + dt.timedelta(7)) == "6–12 Nov"
    assert words.period(day, day + dt.timedelta(hours=6)) == "6 Nov 00:00–06:00"
    assert words.period(day, day + dt.timedelta(1)) == "6 Nov"


@pytest.mark.parametrize("top", [0, 0.3, 1, 7, 99, 171, 1e6, float("nan")])
def test_ticks_reach_the_top(top):
    ticks = amount_ticks(top)
    assert ticks[0] == 0
    assert not ticks[-1] < top
    assert len(ticks) <= 6


@pytest.mark.parametrize("hours", [1, 30, 24 * 20, 24 * 400, 24 * 4000])
def test_date_ticks_leave_room(hours):
    start = dt.datetime(2023, 11, 6, 3)
    end = start + dt.timedelta(hours=hours)
    ticks = date_ticks(start, end, 320)
    assert all(start <= t <= end for t, _ in ticks)
    assert len(ticks) <= 320 / 52 + 1


def test_a_panel_survives_gaps_and_marks_outside():
    days = tuple(dt.datetime(2023, 1, d) for d in range(1, 6))
    values = np.array([np.nan, 1.0, np.nan, 2.0, 0.0])
    mark = Mark(dt.datetime(2022, 1, 1), dt.datetime(2022, 1, 2), 1e9, 1e9)
    drawn = day_panel(
        "t", DaySeries(days, values, values, values), unit="people", clock="UTC", span=(days[0], days[-1]), marks=[mark]
    )
    assert "nan" not in drawn.svg
    assert "e+" not in drawn.svg


# --- in a real browser -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser():
    with launched() as chromium:
        yield chromium


@pytest.fixture
def watched(browser):
    """Open a file at a width; fails on console errors and on any request but the file itself."""
    opened = []

    def visit(path, width=1280, **more):
        page = browser.new_page(viewport={"width": width, "height": 900}, **more)
        said = []
        page.on("console", lambda m: said.append(f"{m.type}: {m.text}"))
        page.on("pageerror", lambda e: said.append(f"error: {e}"))
        page.on("dialog", lambda d: said.append(f"dialog: {d.message}"))
        asked = []
        page.on("request", lambda r: asked.append(r.url))
        page.goto(path.as_uri())
        opened.append((page, said, asked, path))
        return page

    yield visit
    for page, said, asked, path in opened:
        assert said == []
        assert asked == [path.as_uri()]
        page.close()


@pytest.mark.browser
# Finnish and Russian, on the same phone, are looked at in tests/test_report_first_screen.py.
@pytest.mark.parametrize("code", [pytest.param(c, marks=pytest.mark.slow) for c in ("fi", "ru", "sv")])
def test_long_words_of_other_languages_fit_a_phone(finland, watched, tmp_path, code):
    facts, _ = finland
    path = tmp_path / f"{code}.html"
    write_report(path, model=facts.model, comparison=facts.comparison, language=code)
    page = watched(path, 390)
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.browser
@pytest.mark.parametrize("code", ["ru", *(pytest.param(c, marks=pytest.mark.slow) for c in LANGUAGES if c != "ru")])
def test_a_brief_fits_a_phone_in_every_language(finland, watched, tmp_path, code):
    """Only a table may be wider than the screen, and then it moves within its own frame, which the keyboard reaches."""
    facts, _ = finland
    path = write_brief(tmp_path / f"{code}.html", brief_of(facts.answer("asylum"), facts.model, language(code)))
    page = watched(path, 390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    over = """[...document.querySelectorAll('body *')].filter(e => !e.closest('.wide')
        && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + '.' + e.className)"""
    assert page.evaluate(over) == []
    cut = "[...document.querySelectorAll('.wide')].filter(e => e.scrollWidth > e.clientWidth && e.tabIndex < 0).length"
    assert page.evaluate(cut) == 0


@pytest.mark.browser
# Colours move nothing: in every run each width in one of the two.
@pytest.mark.parametrize(
    ("scheme", "widths"),
    [
        ("light", (390, 768, 1280)),
        ("dark", (600, 900, 1920)),
        pytest.param("light", (600, 900, 1920), marks=pytest.mark.slow),
        pytest.param("dark", (390, 768, 1280), marks=pytest.mark.slow),
    ],
)
def test_it_fits_every_width(finland, watched, scheme, widths):
    page = watched(finland[1], widths[0], color_scheme=scheme)
    over = """[...document.querySelectorAll('main *')].filter(e => !e.closest('svg') && e.getClientRects().length
        && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + '.' + e.className).slice(0, 5)"""
    for opened in (False, True):
        if opened:
            page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, opened)
            if opened:
                assert page.evaluate(over) == [], width


@pytest.mark.browser
def test_a_stream_is_chosen_for_every_part(finland, watched):
    page = watched(finland[1])
    shown = "[...document.querySelectorAll('.for-stream')].filter(e => e.offsetParent).map(e => e.dataset.stream)"
    assert set(page.evaluate(shown)) == {"0"}
    page.get_by_label("lorries").check()
    assert set(page.evaluate(shown)) == {"2"}
    page.get_by_label("asylum seekers").check()
    page.locator("#crossed > details > summary").click()
    chart = page.locator("svg[data-tips]:visible").first
    chart.scroll_into_view_if_needed()
    page.wait_for_timeout(100)  # scrolling hides what is told
    chart.hover(position={"x": 120, "y": 100})
    tip = page.locator("#tip")
    tip.wait_for(state="visible")
    assert "2023" in tip.inner_text()


@pytest.mark.browser
def test_it_reads_without_script(finland, browser):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(finland[1].as_uri())
    assert page.locator("#answer .answer >> visible=true").count() == 3  # one a group
    page.locator("#crossed > details > summary").click()
    assert page.locator("#crossed svg >> visible=true").count() > 10
    page.close()


@pytest.mark.browser
def test_it_prints(finland, watched, tmp_path):
    page = watched(finland[1], color_scheme="dark")
    page.pdf(path=tmp_path / "r.pdf", prefer_css_page_size=True)
    content = (tmp_path / "r.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    pages = len(re.findall(rb"/Type\s*/Page\b", content))
    assert 3 <= pages <= 8
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate(
        "[...document.querySelectorAll('.chart.narrow')].every(e => getComputedStyle(e).display === 'none')"
    )


@pytest.mark.browser
def test_hostile_text_does_nothing(watched, tmp_path):
    scenario = Scenario.read(two_gates.write(tmp_path / "s", CHANGES))
    report(tmp_path, scenario)
    page = watched(tmp_path / "report.html")
    said = page.locator("svg.map g[data-say*=onerror]:visible").first
    said.scroll_into_view_if_needed()
    page.wait_for_timeout(100)
    said.hover()
    assert "img src=x" in page.locator("#tip").inner_text()
    assert HOSTILE in page.locator(".kicker").inner_text()
    assert page.locator("h1").inner_text().startswith("If the orders take effect")


@pytest.mark.browser
def test_text_stands_out_from_the_page(finland, watched):
    ratio = """() => {
        const light = (c) => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => x / 255).map(x => x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4);
            return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
        const page = light(getComputedStyle(document.body).backgroundColor);
        return ['.reading', '.source', '.legend', 'nav a', 'caption', '.unit', '.miss-text'].map(s => {
            const shown = document.querySelector(s) ?? document.querySelector('main').appendChild(Object.assign(document.createElement('strong'), { className: s.slice(1) }));
            const c = light(getComputedStyle(shown).color);
            return (Math.max(c, page) + .05) / (Math.min(c, page) + .05); });
    }"""
    for scheme in ("light", "dark"):
        page = watched(finland[1], color_scheme=scheme)
        assert min(page.evaluate(ratio)) >= 4.5  # WCAG 2.2, 1.4.3


# --- what was learned ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """A report over a fit, in which the counts speak to one parameter of three; and the fit."""
    folder = tmp_path_factory.mktemp("learned")
    scenario = Scenario.read(scenario_with_priors(folder / "border"))
    waiting = np.random.default_rng(1).normal(200, 10, 300)
    prior = fit_of(scenario, np.zeros((300, 3))).prior_draws
    fit = fit_of(
        scenario, np.column_stack([waiting, prior[:, 1], prior[:, 2] - 0.4]), until="2024-03-10", counts=["a", "b"]
    )
    found = compare(scenario, parameters=Draws.of(fit, scenario), seeds=range(1, 4))
    path = folder / "report.html"
    return write_report(path, model=Model(scenario), comparison=found, fit=fit).read_text("utf-8"), fit, found, scenario


def section_of(text, ident):
    return re.search(f'<section id="{ident}">.*?</section>', text, re.DOTALL)[0]


def test_what_was_learned_is_told(learned):
    text, _, found, _ = learned
    section = section_of(text, "learned")
    words = Page(section).text
    assert (
        "3 parameters about people who ask for protection were calibrated from 2 counts known through 10 Mar 2024."
        in words
    )
    assert "The counts narrow 1 of them: waiting." in words
    assert "About as uncertain as before: pace, distance. Of these the median has moved: distance." in words
    assert "−12.30 ± 0.10" in words
    assert "77" in words
    assert section.count('class="post"') == 2  # one parameter, and the legend
    assert section.count('class="post hollow"') == 3
    for title in ("persons", "1/h", "no unit", "ln likelihood", "power of the likelihood, step by step"):
        assert re.search(f'class="axis-title"[^>]*>{re.escape(title)}<', section)
    assert f"calibration {found.made_by['fit']}" in section


def test_the_page_says_what_its_ranges_hold(learned, gates, tmp_path):
    text, fit, found, scenario = learned
    words = Page(text).text
    assert "what the calibration leaves open about people who ask for protection" in words
    assert f"one draw of the calibration (fit {found.made_by['fit']}, counts known through 10 Mar 2024)" in words
    assert "random variation between runs only" not in words
    assert "shows random variation alone" not in words
    assert "random variation between runs only" in Page(gates[1]).text
    assert 'id="learned"' not in gates[1]
    plain = Page(report(tmp_path, scenario, fit=fit)).text
    assert "The runs in this report do not use them" in plain
    assert "shows random variation alone" in plain


def test_ticks_lie_within():
    for low, high in ((-0.2, 0.21), (3.0, 3.001), (0.0, 1e7), (-1e-9, 1e-9)):
        ticks = span_ticks(low, high)
        assert 2 <= len(ticks) <= 6
        assert all(low - 1e-9 * (high - low) <= t <= high + 1e-9 * (high - low) for t in ticks)
    assert span_ticks(1.0, 1.0) == [1.0]


def test_an_interval_without_width_can_be_drawn():
    svg = interval_panel("x", (2.0, 2.0, 2.0), (2.0, 2.0, 2.0), unit="h", told=True).svg
    assert "nan" not in svg
    assert "inf" not in svg


def test_a_sampling_that_began_where_nothing_is_possible_can_be_drawn():
    low = np.array([-1e100, -1e6, -30.0])
    steps = np.column_stack([[0.0, 0.1, 1.0], *np.zeros((2, 3)), low, [-1e100, -40.0, -22.0], low + 20.0])
    svg = trace_panel("x", steps).svg
    svg = re.sub(r'data-csv="[^"]*"', "", svg)  # the figures themselves may be as low as they are
    assert "e+" not in svg
    assert "nan" not in svg


def test_names_of_crossings_on_a_map_lie_over_nothing():
    """Long names close together, as of a Flee directory: each has room of its own, or is left out where nobody crosses."""
    bounds = (-5.0, 5.0, 10.0, 16.0)
    ground = ground_of(bounds, [], [], [], width=470.0)
    spots = [
        Spot(
            f"Ansongo - Tabareybarey {k}",
            -4.0 + 0.5 * k,
            13.0 + 0.1 * (k % 3),
            "open" if k % 2 else "closed",
            amount,
            "",
        )
        for k in range(12)
        for amount in ("1,354 a day" if k % 2 else "",)
    ]
    svg = str(map_panel("day", ground, spots, [], [], 1.0, size=13.0).svg)
    boxes = []
    for x, y, anchor, words in re.findall(
        r'<text x="([\d.-]+)" y="([\d.-]+)" text-anchor="(\w+)" class="spot-name[^"]*">(.*?)</text>', svg
    ):
        wide = text_width(re.sub(r"<[^>]+>", "", words), 13.0)
        left = float(x) - wide if anchor == "end" else float(x)
        boxes.append((left, left + wide, float(y) - 10, float(y) + 2))
    assert len(boxes) >= 6
    for a, b in itertools.combinations(boxes, 2):
        assert not (a[0] < b[1] and b[0] < a[1] and a[2] < b[3] and b[2] < a[3]), (a, b)


def test_a_range_in_a_cell_does_not_break_within_its_numbers():
    assert (
        str(unbroken("1,041 (1,013–1,083)"))
        == '<span class="whole">1,041</span> <span class="whole">(1,013–1,083)</span>'
    )
    assert str(unbroken("24 (19 to 29) <b>")) == "24 (19 to 29) &lt;b&gt;"
    assert str(unbroken("18 Nov 2023")) == '<span class="whole">18 Nov 2023</span>'


def test_letters_of_short_orders_lie_over_nothing():
    """Five suspensions of an hour each, some hours apart: each letter has room of its own."""
    first = dt.datetime(2024, 3, 1)
    day = dt.timedelta(days=1)
    bars = [
        Bar("ABCDE"[k], k, "closed", t, t, t + day / 24, None if k == 4 else t + day / 24, False, "x")
        for k in range(5)
        for t in (first + day * (10 + 0.3 * k),)
    ]
    svg = order_timeline("x", [("Vartius", bars)], span=(first, first + 60 * day), clock="UTC").svg
    drawn = re.findall(r'<text x="([\d.]+)" y="([\d.]+)" class="letter"', svg)
    assert len(drawn) == 5
    places = [(float(x), float(y)) for x, y in drawn]
    shapes = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="10"', svg)
    assert len(shapes) == 5
    for k, (x, y) in enumerate(places):
        assert all(abs(x - a) >= 9 or abs(y - b) >= 9 for a, b in places[:k] + places[k + 1 :])
        within = [
            float(w) for a, b, w in shapes if float(a) - 4 < x < float(a) + float(w) + 4 and abs(float(b) + 8.6 - y) < 9
        ]
        assert all(w > 11 for w in within)
