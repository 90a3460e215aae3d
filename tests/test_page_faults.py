"""Faults that people met on the page, each in a real browser: none of them may come back."""

from __future__ import annotations

import json
import random
import re
import time
import zipfile

import pytest

import flee_cases
from crossings.measures.camp_error import validate
from pages import QUIET, bands, first_number, go_to, row, send, settled, shut, tab, zipped

pytest_plugins = ("pages",)  # its fixtures
pytestmark = pytest.mark.browser


# --- the ensemble of one scenario alone --------------------------------------------------------


def test_a_scenario_without_a_comparison_has_its_ensemble(visit):
    page = visit("scenario=poland-2022&bands=no&seeds=2")
    assert page.locator("#ensemble-words").inner_text() == "no ranges"
    page.locator("#run-ensemble").click()
    bands(page)
    assert "A and B are the same" in page.locator("#effects-body").inner_text()
    tab(page, "by-day")
    assert page.locator("#crossed path.band").count() > 0
    tab(page, "own")
    with page.expect_download(timeout=120_000) as got:
        page.locator("#get-report").click()
    assert got.value.suggested_filename == "poland-2022-report.html"
    with page.expect_download() as got:
        page.locator("#get-tables").click()
    assert "flows.csv" in zipfile.ZipFile(got.value.path()).namelist()


def test_a_refused_ensemble_says_why_at_its_button(visit):
    page = visit(QUIET, allowed=["429"])
    refusal = {"status": 429, "json": {"faults": ["runs: 18 are running or waiting; try again in a minute"]}}
    page.route("**/api/runs", lambda route: route.fulfill(**refusal))
    page.locator("#run-ensemble").click()
    page.locator("#effects-body [role=alert]", has_text="18 are running or waiting").wait_for()
    assert page.locator("#run-ensemble").is_enabled()


# --- what is refused ---------------------------------------------------------------------------


def test_a_refused_parameter_is_told_at_its_field_and_taken_back(visit):
    page = visit(QUIET + "&tab=parameters", allowed=["422"])
    line = page.locator("#parameters-body tbody tr", has_text="give up").first
    field = line.get_by_role("spinbutton")
    was = field.input_value()
    field.fill("1.7")
    field.press("Enter")
    said = line.get_by_role("alert")
    said.wait_for()
    assert said.inner_text().startswith("1.7 was not taken.")
    assert "give_up" in said.inner_text()
    assert (field.input_value(), field.get_attribute("aria-invalid")) == (was, "true")
    assert page.evaluate("document.activeElement.getAttribute('aria-describedby')") == said.get_attribute("id")
    assert 0 <= page.locator("#faults").bounding_box()["y"] < 900
    assert "set" not in page.evaluate("document.body.dataset.ready")
    field.fill("0.3")
    field.press("Enter")
    settled(page, [{"do": "set", "stream": "asylum", "name": "give_up", "value": 0.3}])
    assert page.locator("#parameters-body [aria-invalid]").count() == 0
    assert page.locator("#faults").is_hidden()


def test_a_refused_order_is_told_in_its_dialog(visit):
    page = visit(QUIET + "&crossing=vaalimaa&tab=orders", allowed=["422"])
    page.get_by_role("button", name="Add an order").click()
    dialog = page.get_by_role("dialog")
    assert dialog.locator("[name=crossing]:checked").count() == 0  # none is chosen but by who writes it
    dialog.get_by_label("Salla", exact=True).check()
    dialog.locator("[name=from]").fill("2023-11-20T00:00")
    dialog.locator("[name=announced]").fill("2023-11-19T00:00")
    dialog.locator("[name=until]").fill("2023-11-19T00:00")
    dialog.get_by_role("button", name="Add the order").click()
    dialog.locator(".wrong", has_text="until").wait_for()
    assert dialog.is_visible()
    dialog.locator("[name=until]").fill("2023-11-22T00:00")
    dialog.locator("[name=name]").fill("two days")
    dialog.get_by_role("button", name="Add the order").click()
    dialog.wait_for(state="hidden")
    settled(page)
    assert page.locator("#changes li").inner_text().startswith("two days: Salla closed")


# --- the same everywhere -----------------------------------------------------------------------


def test_tooltips_tell_the_counts_of_their_own_day(visit):
    page = visit(QUIET + "&tab=by-day")
    panels = {p.locator("h3").inner_text(): p for p in page.locator("#crossed .panel").all()}
    for name, n, own, other in (("Niirala", 12, "counted 0", "counted 52"), ("Vartius", 12, "counted 67", "counted 5")):
        chart = panels[name].locator("svg.chart")
        chart.scroll_into_view_if_needed()
        box = chart.bounding_box()
        x = box["x"] + box["width"] * (42 + (380 - 42 - 12) * (n + 0.5) / 63) / 380
        page.mouse.move(x, box["y"] + box["height"] / 2 - 5)
        page.wait_for_timeout(150)  # scrolling hides what is said
        page.mouse.move(x, box["y"] + box["height"] / 2)
        said = page.locator("#tip").inner_text().split("\n")
        assert said[0] == "18 Nov 2023"
        assert own in said
        assert other not in said


@pytest.mark.slow
def test_counts_are_the_same_marks_before_and_after_the_ensemble_and_in_the_report(visit, tmp_path):
    """A dot is a count of all who could cross that day, whatever was simulated."""
    shapes = """[...document.querySelectorAll('#crossed .panel')].map(p => [p.querySelector('h3').textContent,
        p.querySelectorAll('circle.seen:not(.hollow)').length, p.querySelectorAll('path.seen').length])"""
    page = visit(QUIET + "&seeds=1&tab=by-day")
    before = page.evaluate(shapes)
    assert {n: (d, t) for n, d, t in before}["Salla"] == (4, 0)
    page.locator("#rerun").click()
    bands(page)
    assert page.evaluate(shapes) == before
    tab(page, "own")
    with page.expect_download(timeout=120_000) as got:
        page.locator("#get-report").click()
    report = page.context.new_page()
    got.value.save_as(tmp_path / "report.html")
    report.goto(f"file://{tmp_path / 'report.html'}")
    figures = report.evaluate(
        """[...document.querySelectorAll('svg')].filter(v => v.outerHTML.includes('counted 35'))
        .map(v => [v.querySelectorAll('circle.seen:not(.hollow)').length, v.querySelectorAll('path.seen').length])"""
    )
    assert [4, 0] in figures
    report.close()


def test_a_print_says_what_was_changed(visit):
    page = visit(QUIET + "&crossing=vaalimaa")
    page.locator("#toggle").click()
    settled(page, [shut()])
    page.emulate_media(media="print")
    said = page.locator("#printed")
    assert said.is_visible()
    assert "Vaalimaa closed" in said.inner_text()
    assert "A: without the orders that begin after the start. B: with the changes" in said.inner_text()
    page.emulate_media(media="screen")
    assert said.is_hidden()


def test_the_side_that_is_compared_with_stays(visit):
    page = visit(QUIET + "&crossing=vaalimaa")
    chosen = "document.querySelector('#against').selectedOptions[0].textContent"
    was = page.evaluate(chosen)
    assert was == "without the orders that begin after the start"
    assert page.locator("#tried").inner_text() == "as written"
    page.locator("#toggle").click()
    settled(page, [shut()])
    assert page.evaluate(chosen) == was
    assert page.locator("#tried").inner_text() == "with the changes"
    page.locator("#against").select_option("written")
    settled(page)
    page.locator("#undo").click()
    settled(page, [])
    assert page.evaluate(chosen) == "as written"


def test_people_are_whole(visit):
    page = visit("scenario=finland-2023&bands=no&day=2023-11-18")
    texts = page.locator("#map .crossing .strong").all_text_contents()
    cells = [t for line in page.locator("#day-table tbody tr").all() for t in line.locator("td").all_inner_texts()[1:4]]
    assert texts
    assert "<1" in cells
    assert not [t for t in texts + cells if "." in t]


def test_countries_and_orders_have_their_names(visit):
    page = visit(QUIET + "&tab=orders")
    assert page.locator("#map .country-name").all_text_contents() == ["FINLAND", "RUSSIA"]
    letters = page.locator("#timeline .letters li").all_inner_texts()
    assert any(re.fullmatch(r"A\s+southeast-closed", text) for text in letters)
    order = page.evaluate(
        "[...document.querySelectorAll('g.bar[data-crossing=nuijamaa]')].map(b => b.getAttribute('aria-label').match(/from (\\d+ \\w+ \\d+)/)[1])"
    )
    assert [o[0] for o in order] == sorted(o[0] for o in order) or len(order) > 1


@pytest.mark.slow
def test_the_bar_does_not_grow_with_the_changes(visit):
    page = visit(QUIET + "&against=written")
    tall = page.locator(".tools").bounding_box()["height"]
    for name in ("vaalimaa", "nuijamaa", "salla", "vartius"):
        page.locator(f"g.crossing[data-crossing={name}]").click()
        page.locator("#toggle").click()
        settled(page)
        page.locator("#changes li", has_text="closed" if name != "x" else "").first.wait_for()
    assert page.locator("#changes li").count() == 4
    assert page.locator(".tools").bounding_box()["height"] <= tall + 12


def test_a_tap_shows_the_panel_on_a_phone(visit):
    page = visit(QUIET, 390)
    page.locator("g.crossing[data-crossing=salla]").click()
    page.locator("#toggle").wait_for()
    page.wait_for_timeout(100)
    box = page.locator("#toggle").bounding_box()
    assert 0 <= box["y"] < 500


# --- Flee --------------------------------------------------------------------------------------


def test_a_flee_directory_opens_on_its_camps(visit, tmp_path):
    page = visit("scenario=finland-2023&seeds=5&day=2023-11-18")
    path = flee_cases.write_case(tmp_path / "case")
    send(page, zipped(tmp_path))
    page.locator("#camp-table").wait_for()
    settled(page)
    real = validate(path, seeds=[1, 2, 3, 4, 5])
    assert (
        page.evaluate("document.querySelector('#main > section:not([hidden])').id") in ("camps", "")
        or page.evaluate("getComputedStyle(document.querySelector('#camps')).order") == "-1"
    )
    assert page.locator("#day").input_value() == "0"
    assert page.locator("#camp-table tbody tr").count() == len(real.case.camps)
    bands(page)
    said = page.locator("#camps-body .reading").inner_text()
    assert first_number(said.partition("counts: ")[2].replace("%", "")) == pytest.approx(100 * real.ard, abs=0.06)
    assert page.locator("#camps-body path.band").count() == len(real.case.camps)
    tab(page, "access")
    page.locator("#access-body", has_text=re.compile("^Not measured")).wait_for()


# --- anybody -----------------------------------------------------------------------------------

ACTIONS = """(seed) => {
  let a = seed >>> 0;
  const next = () => { a = (a + 0x6d2b79f5) >>> 0; let t = Math.imul(a ^ (a >>> 15), 1 | a); t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t; return ((t ^ (t >>> 14)) >>> 0) / 4294967296; };
  const pick = (list) => list[Math.floor(next() * list.length)];
  const visible = [...document.querySelectorAll('button, g.crossing, g.bar, select, input[type=range], input[type=radio], input[type=number], input[type=checkbox]')]
    .filter(e => e.getClientRects().length && !e.disabled && !e.closest('[inert]') && !/^(get-|share|hold|options-)/.test(e.id) && !e.closest('#own'));
  const open = document.querySelector('dialog[open]');
  const chosen = pick(open ? visible.filter(e => open.contains(e)) : visible);
  if (!chosen) return 'nothing';
  const what = chosen.id || chosen.className?.baseVal || chosen.className || chosen.tagName;
  if (chosen.tagName === 'SELECT') { if (chosen.options.length) chosen.value = pick([...chosen.options]).value; chosen.dispatchEvent(new Event('change', { bubbles: true })); }
  else if (chosen.type === 'range') { chosen.value = Math.floor(next() * (Number(chosen.max) + 1)); chosen.dispatchEvent(new Event('input', { bubbles: true })); }
  else if (chosen.type === 'number') { chosen.value = pick(['0.5', '1.7', '-3', '']); chosen.dispatchEvent(new Event('change', { bubbles: true })); }
  else chosen.dispatchEvent(new MouseEvent('click', { bubbles: true }));
  return what;
}"""


@pytest.mark.parametrize(
    ("seed", "actions"), [(2, 12), *(pytest.param(s, 120, marks=pytest.mark.slow) for s in (1, 2, 3))]
)
def test_a_monkey_breaks_nothing(visit, seed, actions):
    """Random actions without waiting for answers; whatever is done, nothing throws, and the page can be worked on in the end."""
    option = json.dumps([{"name": "kept", "changes": [shut()]}])
    page = visit(f"scenario=finland-2023&seeds=2&day=2023-11-18&options={option}", allowed=["422", "429", "404"])
    dice = random.Random(seed)
    for n in range(actions):
        page.evaluate(ACTIONS, dice.getrandbits(32))
        if n % 20 == 10:
            page.locator("#scenario").select_option(
                dice.choice(["finland-2023", "two-crossings", "poland-2022"]), force=True
            )
        if n % 7 == 0:
            page.keyboard.press(dice.choice(["Control+z", "Control+Shift+z", "Escape"]))
        page.wait_for_timeout(dice.choice([0, 0, 5, 30, 120]))
    page.keyboard.press("Escape")
    go_to(page, "scenario=finland-2023&bands=no&day=2023-11-14&language=en")
    page.locator("h1", has_text="Finland").wait_for()
    settled(page, [])
    assert row(page, "Vaalimaa")[0] == "open"


def test_the_day_moves_while_another_scenario_loads(visit):
    option = json.dumps([{"name": "kept", "changes": [shut()]}])
    page = visit(f"scenario=finland-2023&bands=no&day=2023-11-18&options={option}", anew=True)
    page.route("**/api/scenarios/*", lambda route: (time.sleep(0.3), route.continue_()))
    # What is not listed yet cannot be chosen.
    page.locator("#scenario option[value=two-crossings]").wait_for(state="attached")
    page.evaluate(
        """() => { const s = document.querySelector('#scenario'); s.value = 'two-crossings'; s.dispatchEvent(new Event('change', { bubbles: true }));
        const d = document.querySelector('#day');
        for (let k = 0; k < 30; k += 1) setTimeout(() => { d.value = k; d.dispatchEvent(new Event('input', { bubbles: true })); }, 15 * k); }"""
    )
    page.locator("h1", has_text="Two crossings").wait_for()
    settled(page, [])
    page.wait_for_timeout(300)


@pytest.mark.parametrize("then", ["address", "choice"])
def test_a_language_that_comes_late_does_not_take_the_place_of_the_last_chosen(visit, then):
    page = visit(QUIET + "&language=en")
    page.route("**/api/languages/sv", lambda route: (time.sleep(0.7), route.continue_()))
    page.locator("#language option[value=sv]").wait_for(state="attached")
    page.locator("#language").select_option("sv")
    if then == "address":
        go_to(page, "scenario=two-crossings&bands=no&language=en")
        page.locator("h1", has_text="Two crossings").wait_for()
    else:
        page.locator("#language").select_option("en")
    page.wait_for_timeout(1500)
    settled(page, [])
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.locator("#day-table tbody td").first.inner_text() in ("open", "closed")
    assert page.locator("#language").input_value() == "en"


def test_an_address_that_comes_while_the_page_writes_its_own_is_read(visit):
    """What somebody does in that moment writes the address of the view that is being left."""
    page = visit(QUIET)
    busy = page.evaluate(
        """() => new Promise((done) => {
          addEventListener("hashchange", () => done(document.body.classList.contains("busy")), { once: true });
          location.hash = "scenario=two-crossings&bands=no&language=fi";
          const day = document.querySelector("#day");
          day.value = 3;
          day.dispatchEvent(new Event("input", { bubbles: true }));
        })"""
    )
    assert busy  # while the language is fetched too: what is shown is not the answer
    page.locator("h1", has_text="Two crossings").wait_for()
    settled(page, [])
    assert page.evaluate("new URLSearchParams(location.hash.slice(1)).get('scenario')") == "two-crossings"
