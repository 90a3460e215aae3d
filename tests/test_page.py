"""The page in a real browser: what a planner does with it, with mouse, keyboard and phone; and that it agrees with the
library.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from urllib.parse import quote

import pytest

import two_gates
from crossings.model import Model
from crossings.scenario import check
from crossings.simulation.expected import expect
from pages import DAY, QUIET, bands, first_number, go_to, row, send, settled, shut, tab, zipped

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
    assert re.fullmatch(r"expected flows in [\d,]+ ms", page.locator("#took").inner_text())
    assert page.locator("#timeline g.bar, #crossed .panel").count() == 0  # what nobody sees is not drawn
    tab(page, "orders")
    assert page.locator("#timeline g.bar").count() > 20
    tab(page, "by-day")
    assert page.locator("#crossed .panel").count() >= 8


def test_vaalimaa_is_closed_and_the_numbers_are_the_librarys(visit, finland, call, tmp_path):
    page = visit(QUIET + "&seeds=2&against=written")
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

    page.locator("#run-ensemble").click()
    bands(page)
    rows = tmp_path / "with.csv"
    rows.write_text("id,order,crossings,from\nvaalimaa shut,what-if,vaalimaa,2023-11-06\n")
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
    page.locator("#undo").press("Enter")  # not the mouse: the answer above may just have taken another line
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


def test_of_what_is_shut_together_one_crossing_is_moved_and_taken_back_alone(visit):
    """Shut by its switch, each crossing is a change of its own, though all of the same times are one order."""
    page = visit(QUIET + "&tab=orders&changes=" + quote(json.dumps([shut("salla"), shut()])))
    assert page.locator("g.bar[data-order=what-if]").count() == 2
    bar(page, "what-if", "vaalimaa").press("Shift+ArrowRight")
    settled(page, [shut("salla"), shut() | {"from": "2023-11-07T00:00"}])
    assert bar(page, "what-if", "salla").count() == 1
    bar(page, "what-if 2", "vaalimaa").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Remove this order").click()
    settled(page, [shut("salla")])


def test_an_order_is_added_with_its_announcement(visit):
    page = visit(QUIET + "&tab=orders")
    page.get_by_role("button", name="Add an order").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("[name=name]").fill("night of the 20th")
    for name in ("Vartius", "Salla"):
        dialog.get_by_label(name, exact=True).check()
    dialog.locator("[name=kind]").select_option("part")
    dialog.get_by_text("share of the capacity that is left").wait_for()  # each kind says what its value looks like
    dialog.locator("[name=kind]").select_option("closed")
    assert dialog.locator("[name=value]").is_hidden()
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
    page = visit("scenario=two-crossings&bands=no&changes=%5Bbroken", anew=True, allowed=["422", "404"])
    for words in (
        "changes=7",
        "options=[{}]&counts=[7]",
        "day=yesterday&stream=nobody&crossing=nowhere&against=9",
        "seeds=-4",
    ):
        assert page.locator("#day-table tbody tr").count() == 2
        go_to(page, f"scenario=two-crossings&bands=no&{words}")
        settled(page, [])
    go_to(page, 'scenario=two-crossings&bands=no&changes=[{"do":"jump"}]')
    page.get_by_role("button", name="Without the changes").click()
    settled(page, [])
    go_to(page, "scenario=own-gone&bands=no", wait=False)
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
    assert "seeds 1-" in page.locator("#effects-body").inner_text()
    tab(page, "by-day")
    assert page.locator("#crossed path.band").count() > 0
    page.locator("#cancel").click()
    page.get_by_text(re.compile(r"[Ss]topped; ranges of \d+ runs")).wait_for()
    said = page.locator("#ensemble-words").inner_text()
    page.wait_for_timeout(1200)
    assert page.locator("#ensemble-words").inner_text() == said


# --- one's own data ----------------------------------------------------------------------------


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
    assert (rows[-1]["order"], rows[-1]["source"]) == ("what-if", "tried")


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
