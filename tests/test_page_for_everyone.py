"""The page in a real browser, for everyone: widths, languages, keyboard, paper, accessibility; its columns and its claims."""

from __future__ import annotations

import itertools
import json
import re
import urllib.request

import pytest

import two_gates
from crossings.claims import examine
from crossings.claims.text import figure_words
from pages import QUIET, bands, first_number, row, settled, shut, tab, zipped

pytest_plugins = ("pages",)  # its fixtures
pytestmark = pytest.mark.browser


# --- claims ------------------------------------------------------------------------------------


def outcome(page, claim):
    return page.locator(f"#claims-body [data-claim={claim}]")


def test_claims_are_tested_for_what_is_tried(visit, finland):
    """A verdict appears, the rest is cancelled, a change makes it one of before, and undoing brings it back."""
    page = visit(QUIET + "&claim-seeds=2&tab=claims", 390, anew=True)
    assert "not testable here" in outcome(page, "full-closure-no-access").inner_text()  # at once
    first = outcome(page, "closing-stems-flow")
    assert first.inner_text() == "not tested yet"
    hold = page.get_by_role("button", name="Test the claims")
    hold.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "hold"
    page.locator("#claims-progress").wait_for(state="visible")
    first.locator(".verdict").wait_for(timeout=90_000)
    cancel = page.locator("#claims").get_by_role("button", name="cancel")
    cancel.click()
    cancel.wait_for(state="hidden")
    assert page.evaluate("document.activeElement.id") == "hold"
    assert re.match(r"Stopped\. Claims tested: \d of 8", page.locator("#claims-said").inner_text())
    assert outcome(page, "rights-of-tens-of-thousands").inner_text() == "not tested yet"
    (real,) = examine(finland, only=["closing-stems-flow"], seeds=2)
    said = first.inner_text()
    assert real.verdict in said
    assert "at least 20 are needed" in said
    assert figure_words("share", real.figure).replace("-", "−") in said

    summary = first.locator("summary")
    summary.click()
    assert [r.split("\n")[0] for r in first.locator("tbody th").all_inner_texts()] == [
        s.setting for s in real.sensitivity
    ]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    page.locator("g.crossing[data-crossing=vaalimaa]").click()
    page.locator("#toggle").click()
    settled(page, [shut()])
    page.locator("#claims-said", has_text="changed since").wait_for()
    assert first.inner_text().startswith("Before the change:")
    assert page.locator("#hold").inner_text() == "Test the claims again"
    page.locator("#undo").click()
    settled(page, [])
    page.locator("#hold", has_text="Go on with the others").wait_for()
    assert first.inner_text().startswith("○")

    page.locator("#language").select_option("fi")  # what was found is said again, and not computed again
    first.get_by_text("tarvitaan vähintään 20").wait_for()
    assert "ei ratkennut" in first.inner_text()
    assert "needed" not in first.text_content()


# --- for everyone ------------------------------------------------------------------------------


# Russian has the longest words and shows what is not said in it; the others are seen by `make verify`.
WIDTHS = [("ru", "dark", (390, 1024)),
          *(pytest.param(*more, marks=pytest.mark.slow) for more in [("ru", "light", (600, 1280)), ("fi", "dark", (768, 1920)), ("fi", "light", (390, 1280)), ("en", "light", (390, 1024)), ("sv", "light", (390, 1920))])]  # fmt: skip
LATIN = re.compile(r"[A-Za-z]{3,}")
SAME = {
    "crossings",
    "claims",
    "options",
    "serve",
    "csv",
    "CSV",
    "zip",
    "PNG",
    "SVG",
    "PDF",
    "HTML",
    "Excel",
    "Word",
    "Flee",
    "Shift",
    "Ctrl",
    "Esc",
    "Enter",
    "ARD",
    "softening",
    "English",
    "suomi",
    "svenska",
    "Europe",
    "Helsinki",
}


def own_names(finland):
    """Words of a scenario's names, which no language changes."""
    named = [(x.id, x.name) for x in (*finland.crossings, *finland.places)] + [
        (c.name_b, "") for c in finland.crossings
    ]
    named += [(row.order, "") for row in finland.closures] + [(finland.settings.title, finland.settings.name)]
    return {word for pair in named for text in pair for word in LATIN.findall(text or "")}


def test_what_is_changed_and_the_heads_of_both_sides_fit_a_phone(visit):
    """Several changes scroll in their line, and do not widen the page; no head of who went where lies under another thing."""
    changes = json.dumps([shut(), shut("nuijamaa"), shut("imatra")])
    page = visit(f"scenario=finland-2023&seeds=2&day=2023-11-14&changes={changes}", 390, anew=True)
    bands(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("#changes li").count() == 3
    page.locator("#effects-body .axis-title").first.wait_for()
    heads = [head.bounding_box() for head in page.locator("#effects-body .axis-title").all()]
    save = page.locator("#effects-body .save summary").bounding_box()
    ends = [(box["x"], box["x"] + box["width"]) for box in (*heads, save)]
    assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(ends)), ends


@pytest.mark.parametrize(("language", "scheme", "widths"), WIDTHS)
def test_it_fits_every_width_and_language(visit, finland, language, scheme, widths):
    at = f"scenario=finland-2023&seeds=2&day=2023-11-20&crossing=vartius&language={language}"  # ranges, and beds that are full
    page = visit(at, widths[0], scheme=scheme, anew=True)
    bands(page)
    over = """[...document.querySelectorAll('body *')].filter(e => !e.closest('svg, .scroll, .visually-hidden, .skip, option') && e.getClientRects().length
        && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + '.' + e.className + '#' + e.id).slice(0, 5)"""
    names = page.evaluate(
        "[...document.querySelectorAll('[role=tab]:not([hidden])')].map(t => t.getAttribute('aria-controls'))"
    )
    for width, name in itertools.product(widths, names):
        if name == names[0]:
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(400)  # until it is drawn at this width
        tab(page, name)
        if name == "access":  # asked for when it is seen
            page.locator("#access-body .reading").first.wait_for()
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        assert page.evaluate(over) == [], (name, width)
        if language == "ru" and width == widths[0]:  # what is not said in Russian is written in Latin letters
            said = page.evaluate(
                """name => { const out = [];
                const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
                for (let n = walk.nextNode(); n; n = walk.nextNode()) {
                  if (!n.parentElement.closest("script, noscript, [lang=en], code, #scenario, #about, .source, #parameters-body th") && (n.parentElement.closest("#" + name) || !n.parentElement.closest("#tabs"))) out.push(n.data);
                } return out; }""",
                name,
            )
            left = {word for text in said for word in LATIN.findall(text)} - SAME
            left = {
                word for word in left if not any(own.startswith(word) for own in own_names(finland))
            }  # cut in charts
            assert left == set(), name
    assert page.evaluate("document.documentElement.lang") == language
    body = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (body == "rgb(255, 255, 255)") == (scheme == "light")


@pytest.mark.parametrize(
    "looks",
    [
        [(390, "light"), (1280, "dark")],
        pytest.param([(390, "dark"), (1280, "light")], marks=pytest.mark.slow),
    ],
    ids=["phone-light, screen-dark", "phone-dark, screen-light"],
)
def test_axe_finds_nothing(visit, address, looks, tmp_path):
    from axe_playwright_python.sync_playwright import Axe

    def held(context=None, looks=looks):
        for width, scheme in looks:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page, context=context)
            assert found.violations_count == 0, (width, scheme, found.generate_report())

    # A border of two crossings has every part of the page, and a pass over it takes a fifth of the time.
    raw = zipped(two_gates.write(tmp_path / "s"))
    asked = urllib.request.Request(f"{address}api/scenarios", raw, {"content-type": "application/zip"})
    with urllib.request.urlopen(asked) as sent:
        own = json.load(sent)["id"]
    page = visit(
        f"scenario={own}&seeds=2&claim-seeds=1&day=2023-11-18&crossing=vaalimaa",
        looks[0][0],
        scheme=looks[0][1],
        anew=True,
    )
    bands(page)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    # All panels at once: a pass over the page costs seconds, and each element is the same whether its neighbours are hidden or
    # not.
    names = ("where", "orders", "parameters", "own", "claims")
    for name in names:
        tab(page, name)
    page.evaluate("names => names.forEach(n => { document.getElementById(n).hidden = false; })", list(names))
    assert page.locator("#tabs section:visible").count() == len(names)
    held()
    page.locator("#toggle").click()
    page.locator("#changes button").first.wait_for()
    held("#changes, .decide", looks[:1])
    tab(page, "orders")
    page.get_by_role("button", name="Add an order").click()
    held("dialog[open]", looks[:1])
    page.keyboard.press("Escape")

    # Claims that were tested, and of before a change.
    tab(page, "claims")
    page.locator("#hold").click()
    page.locator("#claims-body .verdict").first.wait_for(timeout=90_000)
    page.locator("body[data-claims=done]").wait_for(state="attached")
    page.evaluate("document.querySelectorAll('#claims details').forEach(d => { d.open = true; })")
    held("#claims")
    page.locator("#toggle").click()
    page.locator("body[data-claims=stale]").wait_for(state="attached")
    held("#claims", looks[:1])


def test_on_paper_stands_what_was_asked_and_nothing_to_press(visit):
    page = visit(anew=True)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")  # as the browser says before it prints
    for shown in (
        "#title",
        "#answer",
        "#map svg",
        "#day-table",
        "#printed",
        "#orders svg",
        "#crossed svg",
        "#queues svg",
    ):
        assert page.locator(shown).first.is_visible(), shown
    for gone in ("button:not(.row-button)", "select", "input", "summary", ".tabs", "#own", "#parameters", "#forecast"):
        assert page.locator(gone).filter(visible=True).count() == 0, gone
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    made = page.pdf(format="A4")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", made)) <= 8
    page.emulate_media(media="null")


def test_with_the_keyboard_alone(visit):
    page = visit(QUIET + "&tab=orders", anew=True)  # where Tab goes on from is the window's

    def tab_to(selector, most=80):
        for _ in range(most):
            page.keyboard.press("Tab")
            if page.evaluate("(s) => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"{selector} is not reached")

    tab_to("g.crossing[data-crossing=vaalimaa]")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.dataset.crossing") == "vaalimaa"  # the focus stays where it was
    tab_to("#toggle")
    page.keyboard.press("Enter")
    settled(page, [shut()])
    assert page.evaluate("document.activeElement.id") == "toggle"
    page.keyboard.press("Control+z")
    settled(page, [])
    tab_to("g.bar[data-order=southeast-closed]", 200)
    page.keyboard.press("Shift+ArrowRight")
    page.locator("#changes button").first.wait_for()
    settled(page)
    (change,) = json.loads(page.evaluate("document.body.dataset.ready"))
    assert (change["do"], change["from"]) == ("move", "2023-11-19T00:00")
    assert page.evaluate("document.activeElement.dataset.order") == "southeast-closed"
    page.keyboard.press("Enter")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")


def test_the_day_plays(visit):
    page = visit(QUIET)
    first = page.locator("#day-words").inner_text()
    page.locator("#play").click()
    # Any later day: a certain one may be shown between two looks.
    page.wait_for_function("first => document.getElementById('day-words').textContent !== first", arg=first)
    assert page.locator("#play").inner_text() == "❚❚ Pause"
    page.locator("#play").click()
    shown = page.locator("#day-words").inner_text()
    page.wait_for_timeout(700)
    assert page.locator("#day-words").inner_text() == shown
    assert page.locator("#day").get_attribute("aria-valuetext") == shown


def test_a_server_that_is_gone_is_said(visit):
    page = visit(QUIET + "&crossing=vaalimaa", allowed=["ERR_FAILED"], anew=True)
    page.route("**/api/expected", lambda route: route.abort())
    page.locator("#toggle").click()
    page.locator("#faults", has_text="does not answer").wait_for()
    page.unroute("**/api/expected")
    page.get_by_role("button", name="Try again").click()
    settled(page, [shut()])
    assert page.locator("#faults").is_hidden()


def test_without_script_it_says_so(browser, address):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(address)
    assert "needs JavaScript" in page.inner_text("body")
    page.close()


# --- the three columns -------------------------------------------------------------------------


def test_the_answer_is_rewritten_with_every_change(visit):
    page = visit("scenario=finland-2023&bands=no&against=written&day=2023-11-18")
    page.locator("#answer-title", has_text="The border as it is, without a comparison").wait_for()
    page.get_by_role("switch", name="Vartius open from 18 Nov").click()
    settled(page, [shut("vartius") | {"from": "2023-11-18T00:00"}])
    page.locator("#answer-title", has_text="If Vartius closes on Saturday 18 November").wait_for()
    assert "Expected flows: one figure each, without a range." in page.locator("#basis").inner_text()
    assert page.locator("#sentences").inner_text().startswith("The flow moves: Salla")
    assert page.get_by_role("switch", name="Vartius open from 18 Nov").get_attribute("aria-checked") == "false"
    page.get_by_role("switch", name="Vartius open from 18 Nov").click()
    settled(page, [])


def test_officers_are_given_and_taken(visit):
    page = visit("scenario=finland-2023&bands=no&against=written&day=2023-11-19")
    waiting = first_number(row(page, "Vartius")[3])
    more = page.get_by_role("button", name="more officers at Vartius from 19 Nov")
    change = {"do": "officers", "crossing": "vartius", "streams": ["asylum"], "from": "2023-11-19T00:00"}
    for number in (2, 3):  # a second time makes the change larger
        more.click()
        settled(page, [change | {"number": number}])
    assert page.locator("#decide-table output[aria-label='officers at Vartius']").inner_text() == "3"
    assert page.evaluate("document.activeElement.name") == "more vartius"
    assert "Vartius: officers 3 for asylum seekers from 19 Nov 2023" in page.locator("#changes").inner_text()
    assert first_number(row(page, "Vartius")[3]) < waiting
    page.locator("#answer-title", has_text="With Vartius: officers 3").wait_for()
    page.locator("#undo").click()
    settled(page, [change | {"number": 2}])


def test_what_it_takes(visit):
    page = visit("scenario=finland-2023&seeds=2&day=2023-11-20")
    assert row(page, "Vartius")[5] == "– / 1"
    bands(page)
    needed, duty = (text.split()[0] for text in row(page, "Vartius")[5].split(" / "))
    assert float(needed) > float(duty) == 1
    assert page.locator("#takes-body svg.week").count() >= 2
    assert "Kajaani" in page.locator("#beds").inner_text()
    assert "red: wait over 24 hours: Vartius" in page.locator("#alerts").inner_text()
    assert "beds" in page.locator("#map").inner_text()


def test_the_map_is_made_larger_and_moved(visit):
    page = visit(QUIET + "&tab=orders")
    spot = "document.querySelector('g.crossing[data-crossing=salla] .state').getBoundingClientRect().y"
    box = page.locator("#map svg").bounding_box()
    was = page.evaluate(spot)
    page.get_by_role("button", name="zoom in").click()
    assert page.evaluate(spot) != was
    x, y = box["x"] + box["width"] / 2, box["y"] + 200
    before = page.evaluate(spot)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 40, steps=4)
    page.mouse.up()
    assert page.evaluate(spot) == pytest.approx(before + 40, abs=6)
    page.mouse.wheel(0, -400)
    page.wait_for_timeout(100)
    assert page.evaluate(spot) != pytest.approx(before + 40, abs=6)
    # what the keyboard reaches comes into sight
    page.locator("g.crossing[data-crossing=vaalimaa]").focus()
    inside = page.evaluate(
        "document.querySelector('g.crossing[data-crossing=vaalimaa] .state').getBoundingClientRect().y"
    )
    box = page.locator("#map svg").bounding_box()
    assert box["y"] <= inside <= box["y"] + box["height"]
    page.get_by_role("button", name="the whole border").click()
    assert page.evaluate(spot) + page.evaluate("scrollY") == pytest.approx(was, abs=2)


def test_presenting_hides_what_is_decided(visit):
    page = visit(QUIET)
    size = "parseFloat(getComputedStyle(document.querySelector('#sentences')).fontSize)"
    page.locator("#sentences").wait_for()
    was = page.evaluate(size)
    page.get_by_role("button", name="Present").click()
    assert page.locator(".decide").is_hidden()
    assert page.evaluate(size) == pytest.approx(1.4 * was, rel=0.01)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert "present=yes" in page.evaluate("location.hash")
    page.keyboard.press("Escape")
    assert page.locator(".decide").is_visible()


def test_tabs_are_moved_with_arrows(visit):
    page = visit(QUIET)
    assert page.locator("#tabs section:visible").count() == 1
    page.locator("#tab-where").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "tab-orders"
    assert page.locator("#orders").is_visible()
    assert page.locator("#where").is_hidden()
    page.keyboard.press("End")
    assert page.locator("#own").is_visible()
    assert "tab=own" in page.evaluate("location.hash")
