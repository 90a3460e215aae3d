"""The page in a real browser: what a planner does with it, with mouse, keyboard and phone; and that it agrees with the
library.
"""

from __future__ import annotations

import csv
import io
import json
import re
import urllib.request
import zipfile

import pytest

import two_gates
from crossings.claims import examine
from crossings.claims.text import figure_words
from crossings.model import Model
from crossings.scenario import check
from crossings.simulation.expected import expect
from pages import DAY, QUIET, bands, first_number, go_to, row, settled, shut, tab

pytest_plugins = ("pages",)  # its fixtures
pytestmark = pytest.mark.browser
HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script>'


# --- load, toggle, numbers ---------------------------------------------------------------------


def test_it_loads_and_says_where_we_are(visit, finland):
    page = visit(f"scenario=finland-2023&bands=no&day={DAY}", anew=True)
    assert page.locator("h1").inner_text() == finland.settings.title
    assert page.title().startswith(finland.settings.title)
    assert page.locator("g.crossing").count() == len(finland.crossings)
    assert page.locator("#day-words").inner_text() == "14 Nov 2023"
    assert page.locator("#claims-body tbody tr").count() == len(finland.claims)
    assert page.locator("#timeline g.bar").count() > 20
    assert page.locator("#crossed .panel").count() >= 8
    assert re.fullmatch(r"expected flows in [\d,]+ ms", page.locator("#took").inner_text())


def test_vaalimaa_is_closed_and_the_numbers_are_the_librarys(visit, finland, call, tmp_path):
    page = visit(f"scenario=finland-2023&seeds=2&against=written&day={DAY}")
    before = row(page, "Vaalimaa")
    page.locator("g.crossing[data-crossing=vaalimaa]").click()
    page.get_by_role("button", name="Close Vaalimaa").click()
    settled(page, [shut()])
    after = row(page, "Vaalimaa")
    assert (before[0], after[0]) == ("open", "closed")
    assert first_number(after[2]) == 0 < first_number(before[2])
    assert first_number(row(page, "Nuijamaa")[2]) > 0
    assert "Vaalimaa closed" in page.locator("#changes").inner_text()

    flows = expect(Model(finland.with_closures([_closure()])))
    day = [s.date().isoformat() for s in flows.starts].index(DAY)
    gate = flows.gates.index(("nuijamaa", "FI", "asylum"))
    assert first_number(row(page, "Nuijamaa")[2]) == pytest.approx(flows.crossed[day, gate], abs=0.5)

    bands(page)
    rows = tmp_path / "with.csv"
    rows.write_text("id,order,crossings,from\nvaalimaa shut,vaalimaa shut,vaalimaa,2023-11-06\n")
    status, out, _ = call("compare", "finland-2023", "--with", str(rows), "--seeds", "2", "--json")
    assert status == 0
    real = next(r for r in json.loads(out)["streams"] if r["stream"] == "asylum")
    shown = {
        r.get_attribute("data-cell"): r.locator("td").inner_text()
        for r in page.locator("#effects tbody tr[data-cell]").all()
    }
    assert shown["created"].split()[0] == f"{real['created']['mean']:,.0f}"
    for cell in ("diverted", "unaffected", "deterred", "stranded", "delayed", "outside"):
        if real[cell]["mean"] or real[cell]["p95"]:
            low, high = (_said(real[cell][b]) for b in ("p05", "p95"))
            assert shown[cell] == f"{_said(real[cell]['mean'])} ({low}–{high})"
    assert real["diverted"]["mean"] > 0


def _closure():
    from crossings.scenario import Closure

    return Closure(id="vaalimaa shut", order="vaalimaa shut", crossings=("vaalimaa",), from_="2023-11-06T00:00")


def _said(value):
    few = 1 if abs(value) < 9.95 and abs(value - round(value)) >= 0.05 else 0
    return f"{value + 1e-9:,.{few}f}"


def test_a_second_time_takes_it_back(visit):
    page = visit(QUIET + "&crossing=vaalimaa")
    page.locator("#toggle").click()
    settled(page, [shut()])
    assert page.locator("#toggle").inner_text().startswith("Take back")
    page.locator("#toggle").click()
    settled(page, [])
    assert page.locator("#toggle").inner_text() == "Close Vaalimaa"


def test_undo_and_redo(visit):
    page = visit(QUIET + "&crossing=salla")
    was = row(page, "Salla")
    page.locator("#toggle").click()
    settled(page, [shut("salla")])
    page.locator("g.crossing[data-crossing=vaalimaa]").click()
    page.locator("#toggle").click()
    settled(page, [shut("salla"), shut()])
    page.locator("#undo").click()
    settled(page, [shut("salla")])
    page.keyboard.press("Control+z")
    settled(page, [])
    assert row(page, "Salla") == was
    assert page.locator("#undo").is_disabled()
    page.locator("#redo").click()
    page.keyboard.press("Control+Shift+z")
    settled(page, [shut("salla"), shut()])
    page.locator("#clear").click()
    settled(page, [])


def test_a_crossing_is_limited_for_some(visit):
    page = visit(QUIET + "&crossing=vartius")
    page.get_by_text("For some of them").click()
    form = page.locator("form.limit")
    form.locator("[name=kind]").select_option("quota")
    form.locator("[name=value]").fill("5")
    for name in ("ordinary travellers", "lorries"):
        form.get_by_label(name).uncheck()
    form.locator("[name=from]").fill("2023-11-19T00:00")
    form.get_by_role("button", name="Apply").click()
    change = {
        "do": "order",
        "name": "vartius quota",
        "crossings": ["vartius"],
        "kind": "quota",
        "from": "2023-11-19T00:00",
        "streams": ["asylum"],
        "value": "5",
    }
    settled(page, [change])
    page.locator("#day").fill("14")
    assert page.locator("#day-words").inner_text() == "20 Nov 2023"
    assert first_number(row(page, "Vartius")[2]) == pytest.approx(5, abs=0.5)


def test_what_does_not_fit_is_taken_back_and_said(visit):
    page = visit(QUIET + "&crossing=vartius", allowed=["422"])
    page.get_by_text("For some of them").click()
    form = page.locator("form.limit")
    form.locator("[name=kind]").select_option("quota")
    form.locator("[name=value]").fill("many")
    form.get_by_role("button", name="Apply").click()
    said = page.locator("#faults")
    said.wait_for(state="visible")
    assert "not a quota" in said.inner_text()
    assert "taken back" in said.inner_text()
    assert page.locator("#changes").inner_text() == "Nothing is changed."


# --- orders ------------------------------------------------------------------------------------


def bar(page, order, crossing):
    return page.locator(f"g.bar[data-order='{order}'][data-crossing='{crossing}']").first


def test_a_bars_end_is_dragged(visit):
    page = visit(QUIET)
    tab(page, "orders")
    settled(page)
    page.wait_for_timeout(3000)  # until nothing is drawn anew under the pointer
    start = bar(page, "southeast-closed", "vaalimaa").locator("[data-side=from]")
    start.scroll_into_view_if_needed()
    box = start.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    day = page.evaluate("document.querySelector('#timeline svg').getBoundingClientRect().width") / 68
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + day, y, steps=4)
    assert page.locator(".drag-note").text_content() != ""
    page.mouse.move(x + 2 * day, y, steps=4)
    page.mouse.up()
    page.locator("#changes button").first.wait_for()
    (change,) = json.loads(page.evaluate("new URLSearchParams(location.hash.slice(1)).get('changes')"))
    settled(page, [change])
    assert change["do"] == "move"
    assert change["from"] in ("2023-11-19T00:00", "2023-11-20T00:00")
    assert "southeast-closed-passengers" in change["rows"]
    page.locator("#day").fill("12")  # 18 November
    assert row(page, "Vaalimaa")[0] == "open"
    page.locator("#undo").click()
    settled(page, [])
    assert row(page, "Vaalimaa")[0] == "closed"


def test_a_bar_is_opened_and_its_order_left_out(visit):
    page = visit(QUIET + "&tab=orders")
    bar(page, "southeast-closed", "niirala").locator("rect.in-force").click()
    dialog = page.get_by_role("dialog")
    assert "southeast-closed" in dialog.inner_text()
    assert "announced 16 Nov 2023 14:00" in dialog.inner_text()
    dialog.get_by_role("button", name="Leave this order out").click()
    settled(page, [{"do": "leave_out", "id": "southeast-closed"}])
    assert bar(page, "southeast-closed", "niirala").count() == 0


def test_an_order_is_added_with_its_announcement(visit):
    page = visit(QUIET + "&tab=orders")
    page.get_by_role("button", name="Add an order").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("[name=name]").fill("night of the 20th")
    for name in ("Vartius", "Salla"):
        dialog.get_by_label(name, exact=True).check()
    dialog.locator("[name=announced]").fill("2023-11-19T08:00")
    dialog.locator("[name=from]").fill("2023-11-20T00:00")
    dialog.locator("[name=until]").fill("2023-11-21T00:00")
    dialog.get_by_role("button", name="Add the order").click()
    page.locator("#changes button").first.wait_for()
    settled(page)
    added = bar(page, "night of the 20th", "salla")
    assert "announced 19 Nov 2023 08:00; from 20 Nov 2023 00:00 until 20 Nov 2023 24:00" in added.get_attribute(
        "aria-label"
    )


# --- parameters, variants, sharing -------------------------------------------------------------


def test_a_parameter_is_tried_beside_its_prior(visit):
    page = visit(QUIET + "&tab=parameters")
    line = page.locator("#parameters-body tbody tr", has_text="give up").first
    assert "beta(" in line.inner_text()
    field = line.get_by_role("spinbutton")
    before = page.locator("#cards [data-figure=across] .big").first.inner_text()
    field.fill("0.9")
    field.press("Enter")
    settled(page, [{"do": "set", "stream": "asylum", "name": "give_up", "value": 0.9}])
    assert first_number(page.locator("#cards [data-figure=across] .big").first.inner_text()) < first_number(before)
    field = page.locator("#parameters-body tbody tr", has_text="give up").first.get_by_role("spinbutton")
    field.fill("")
    field.press("Enter")
    settled(page, [])


def test_options_are_saved_named_and_compared_with_a_fixed_baseline(visit, tmp_path):
    """The library outlives the address, and a file carries it elsewhere."""
    page = visit(QUIET + "&crossing=nuijamaa&tab=compare&against=written")
    page.locator("#toggle").click()
    settled(page, [shut("nuijamaa")])
    page.locator("#compare .save-option").click()
    name = page.locator("#variants .option-name")
    name.wait_for()
    assert name.input_value() == "Nuijamaa closed"
    name.fill("Option of the south")
    name.press("Enter")
    page.locator("#against option", has_text="Option of the south").wait_for(state="attached")
    assert page.locator("#compare .save-option").is_disabled()
    assert page.locator("#save-words").inner_text() == "what is tried is saved already"
    page.locator("#variants [data-measure=processed] td").nth(2).wait_for()
    here = [first_number(t) for t in page.locator("#variants [data-crossing=nuijamaa] td").all_inner_texts()]
    assert here[0] > here[1] == here[2] == 0  # A, B, and C, which keeps what is tried

    page.locator("#against").select_option("0")
    settled(page)
    assert "Option of the south" in page.locator("#beside").inner_text()
    with page.expect_download() as got:
        page.locator("#options-file").click()
    got.value.save_as(tmp_path / "options.json")
    page.get_by_role("button", name="remove option C").click()
    page.locator("#variants .option-name").wait_for(state="detached")
    assert page.evaluate("new URLSearchParams(location.hash.slice(1)).get('against')") is None
    page.locator("#library").select_option("Option of the south")
    page.locator("#variants .option-name").wait_for()
    page.get_by_role("button", name="remove option C").click()
    page.locator("#variants .option-name").wait_for(state="detached")
    page.evaluate("localStorage.clear()")
    page.locator("#options-open").set_input_files(tmp_path / "options.json")
    page.locator("#variants .option-name").wait_for()
    assert page.locator("#library-said").inner_text() == "options.json was read. Options: 1."


def test_people_waiting_to_come(visit):
    page = visit(QUIET + "&against=written")
    field = page.locator("input[name=stock]")
    assert field.input_value() == "490"
    before = first_number(page.locator("#cards [data-figure=all] .big").text_content())
    field.fill("980")
    field.press("Enter")
    settled(page, [{"do": "stock", "stream": "asylum", "number": 980}])
    assert "asylum seekers: waiting to come 980" in page.locator("#changes").inner_text()
    after = first_number(page.locator("#cards [data-figure=all] .big").text_content())
    assert after == pytest.approx(before + 490, abs=1)
    page.locator("input[name=stock]").fill("")
    page.locator("input[name=stock]").press("Enter")
    settled(page, [])
    assert "crossings serve finland-2023 --fit" in page.locator("#counts").inner_text()


def test_the_address_is_the_view(visit, address):
    page = visit(QUIET + "&crossing=vartius&stream=trucks")
    page.locator("#toggle").click()
    settled(page, [shut("vartius")])
    link = page.evaluate("location.href")
    other = visit(link.partition("#")[2], other=True)
    assert json.loads(other.evaluate("document.body.dataset.ready")) == [shut("vartius")]
    assert other.get_by_role("radio", name="lorries").is_checked()
    assert row(other, "Vartius") == row(page, "Vartius")
    go_to(other, "scenario=two-crossings&bands=no")
    other.locator("h1", has_text="Two crossings").wait_for()
    settled(other, [])


def test_broken_links_still_open(visit):
    for words in (
        "changes=%5Bbroken",
        "changes=7",
        "options=[{}]&counts=[7]",
        "day=yesterday&stream=nobody&crossing=nowhere&against=9",
        "seeds=-4",
    ):
        page = visit(f"scenario=two-crossings&bands=no&{words}")
        assert page.locator("#day-table tbody tr").count() == 2
    page = visit('scenario=two-crossings&bands=no&changes=[{"do":"jump"}]', wait=False, allowed=["422"])
    page.get_by_role("button", name="Without the changes").click()
    settled(page, [])
    page = visit("scenario=own-gone&bands=no", wait=False, allowed=["404"])
    page.get_by_role("button", name="Open the first scenario").click()
    settled(page)


def test_two_people_do_not_meet(visit):
    one, other = visit(QUIET + "&crossing=vaalimaa"), visit(QUIET, other=True)
    one.locator("#toggle").click()
    settled(one, [shut()])
    other.reload()
    settled(other, [])
    assert row(other, "Vaalimaa")[0] == "open"


# --- ensembles ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_bands_follow_and_can_be_cancelled(visit):
    page = visit("scenario=finland-2023&seeds=400&day=2023-11-18", wait=True)
    page.locator("#progress").wait_for(state="visible")
    page.get_by_text(re.compile(r"of 400 runs; ranges of \d+ runs")).wait_for(timeout=60_000)
    assert page.locator("#crossed path.band").count() > 0
    assert "seeds 1-" in page.locator("#effects-body").inner_text()
    page.locator("#cancel").click()
    page.get_by_text(re.compile(r"[Ss]topped; ranges of \d+ runs")).wait_for()
    said = page.locator("#ensemble-words").inner_text()
    page.wait_for_timeout(1200)
    assert page.locator("#ensemble-words").inner_text() == said


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
    assert re.match(r"Stopped; \d of 8 claims are tested", page.locator("#claims-said").inner_text())
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


# --- one's own data ----------------------------------------------------------------------------


def zipped(path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for file in sorted(path.iterdir()):
            archive.write(file, file.name)
    return out.getvalue()


def send(page, raw, name="mine.zip"):
    tab(page, "own")
    page.locator("#file").set_input_files({"name": name, "mimeType": "application/zip", "buffer": raw})


def test_a_broken_zip_is_told_as_check_tells_it(visit, tmp_path):
    page = visit(QUIET, allowed=["422"])
    path = two_gates.write(tmp_path / "s", {"crossings.csv": ("vaalimaa", "valimaa"), "roads.csv": (",", ";")})
    send(page, zipped(path))
    said = page.locator("#upload-said li")
    said.first.wait_for()
    assert said.all_inner_texts() == [str(f) for f in check(path) if not f.warning]
    send(page, b"no zip at all")
    page.locator("#upload-said", has_text="cannot be read").wait_for()
    assert page.locator("h1").inner_text().startswith("Finland")


def test_ones_own_scenario_is_worked_on_and_hostile_text_is_text(visit, tmp_path):
    page = visit(QUIET)
    changes = {
        "scenario.yaml": ("title: Two gates", f"title: {json.dumps(HOSTILE)}"),
        "crossings.csv": ("Vaalimaa", f'"{HOSTILE.replace(chr(34), chr(34) * 2)}"'),
    }
    send(page, zipped(two_gates.write(tmp_path / "s", changes)))
    page.locator("h1", has_text="onerror").wait_for()
    settled(page)
    assert page.locator("h1").inner_text() == HOSTILE
    assert page.locator("img, script:not([src])").count() == 0
    assert page.locator("#scenario option", has_text="(yours)").count() == 1
    page.locator("g.crossing").first.click()
    page.locator("#toggle").click()
    page.locator("#changes button").first.wait_for()
    settled(page)
    tab(page, "own")
    with page.expect_download() as got:
        page.locator("#get-scenario").click()
    files = zipfile.ZipFile(got.value.path())
    rows = list(csv.DictReader(io.StringIO(files.read("two-gates/closures.csv").decode())))
    assert rows[-1]["order"].endswith(" shut")


def test_downloads(visit):
    page = visit(QUIET + "&tab=own")
    with page.expect_download() as got:
        page.locator("#get-expected").click()
    assert got.value.suggested_filename == "finland-2023-expected.csv"
    with open(got.value.path(), encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    there = [r for r in rows if (r["crossing"], r["stream"], r["date"]) == ("nuijamaa", "asylum", DAY)]
    assert float(there[0]["crossed"]) == pytest.approx(first_number(row(page, "Nuijamaa")[2]), abs=0.5)
    assert page.locator("#get-report").is_disabled()


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


@pytest.mark.parametrize(("language", "scheme", "widths"), WIDTHS)
def test_it_fits_every_width_and_language(visit, finland, language, scheme, widths):
    at = f"scenario=finland-2023&seeds=4&day=2023-11-20&crossing=vartius&language={language}"  # ranges, and beds that are full
    page = visit(at, widths[0], scheme=scheme, anew=True)
    bands(page)
    page.locator("#access-body .reading").first.wait_for(state="attached")
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    over = """[...document.querySelectorAll('body *')].filter(e => !e.closest('svg, .scroll, .visually-hidden, .skip, option') && e.getClientRects().length
        && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + '.' + e.className + '#' + e.id).slice(0, 5)"""
    for name in page.evaluate(
        "[...document.querySelectorAll('[role=tab]:not([hidden])')].map(t => t.getAttribute('aria-controls'))"
    ):
        tab(page, name)
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(60)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
            assert page.evaluate(over) == [], (name, width)
        if language == "ru":  # what is not said in Russian is written in Latin letters
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
