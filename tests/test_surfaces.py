"""No two surfaces may disagree: one ensemble, and every figure that two of them show, compared.

Surfaces: the tables of the command line, --json, the report, the API, and the page in a browser. Figures are compared as
numbers as they are printed, so that signs and dashes may differ, but no digit.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import re
import threading
from collections import defaultdict
from functools import partial

import pytest

import two_gates
from browsers import launched
from crossings.cli.app import build
from crossings.cli.exit_codes import status_of
from crossings.measures.units import spread
from crossings.model import Model
from crossings.scenario import Scenario
from crossings.simulation.comparison import compare
from crossings.store.endings import ENDINGS
from crossings.views.answer_reader import answer_of
from crossings.views.answer_text import sentences, title
from crossings.views.language import ENGLISH
from crossings.web import application, listen
from crossings.web.server import serve

pytestmark = pytest.mark.browser
SEEDS = 3
DAY = "2023-11-17"
CLOSURES = """\
id,order,crossings,direction,streams,announced,from,until,kind,replaces
first-row,first,vaalimaa,FI,,2023-11-15T12:00,2023-11-16,,closed,
second-row,second,vaalimaa;nuijamaa,FI,,2023-11-23T12:00,2023-11-24,,closed,first
"""
CLAIMS = """\
id,by,date,words,measure,comparison,value,orders,streams,reading,source
stems,A ministry,2023-11-15,The closure stems the flow,change_of_arrivals,<=,-0.5,first,asylum,half at least,ours
rights,Another ministry,2023-11-15,It concerns hundreds of people,journeys_affected,>=,300,first,,the fewest,ours
moved,A paper,2023-11-15,They went elsewhere,share_diverted,>,0.5,first,asylum,more than half,ours
"""
LORRIES = """  lorries:
    unit: truck
    direction: FI
fit:"""
STREAMS = ("asylum", "cars", "lorries")
UNITS = {"asylum": "people", "cars": "cars", "lorries": "lorries"}
KEYS = ("all", *(e.key for e in ENDINGS))
MEASURES = ("share_diverted", "share_deterred", "change_of_arrivals", "journeys_affected")
people = partial(ENGLISH.whole, short=True)


def figures(text):
    """The numbers of a text as they are printed: '−59 (−67 to 3)' and '-59 (-67-3)' are the same."""
    plain = str(text).replace("−", "-").replace("\u00a0", " ").replace("%", "")
    plain = re.sub(r"(?<=[\d.])[-–](?=\d)", " ", plain)
    return tuple(float(x.replace(",", "")) for x in re.findall(r"-?\d[\d,]*(?:\.\d+)?", plain))


def run(*words):
    """A command's standard output."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert status_of(build(), [str(w) for w in words]) == 0, words
    return out.getvalue()


def rows(text, title):
    """A printed table: the first column's words → the other cells; tables whose title begins so are one."""
    found = {}
    for part in re.split(r"\n\n", text):
        lines = part.splitlines()
        if lines and lines[0].startswith(title):
            for line in lines[2:]:
                cells = re.split(r"\s{2,}", line.strip())
                found.setdefault(cells[0], []).extend(cells[1:]) if len(cells) > 1 else None
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    changes = {
        "closures.csv": CLOSURES,
        "claims.csv": CLAIMS,
        "scenario.yaml": ("fit:", LORRIES),
        "lanes.csv": two_gates.FILES["lanes.csv"].replace(",cars,", ",cars;lorries,"),
        "demand.csv": two_gates.FILES["demand.csv"] + "lorries,petersburg,,2023-11-13,2023-11-30,60,day,yes\n",
    }
    return two_gates.write(tmp_path_factory.mktemp("surfaces") / "s", changes)


@pytest.fixture(scope="module")
def printed(folder, tmp_path_factory):
    """What the commands print, and the files that they write."""
    out = tmp_path_factory.mktemp("printed")
    seeds = ("--seeds", SEEDS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "500")
        return {
            "compare": run("compare", folder, *seeds, "--report", out / "compare.html"),
            "compare json": json.loads(run("compare", folder, *seeds, "--json")),
            "run": run("run", folder, *seeds),
            "run json": json.loads(run("run", folder, *seeds, "--json")),
            "claims": run("claims", folder, *seeds, "--report", out / "claims.html"),
            "claims json": json.loads(run("claims", folder, *seeds, "--json")),
            "access json": json.loads(run("access", folder, "--stream", "asylum", "--on", DAY, "--json")),
            "report": out / "compare.html",
            "claims report": out / "claims.html",
        }


@pytest.fixture(scope="module")
def shown(folder, printed):
    """The page after its ensemble has finished, the answer of the API that it drew, and the reports in the same browser."""
    where = listen("127.0.0.1", 0)
    ready = threading.Event()
    app = application(Scenario.read(folder))
    threading.Thread(target=serve, args=(app, where, ready.set), daemon=True).start()
    assert ready.wait(60)
    address = f"http://127.0.0.1:{where.getsockname()[1]}/"
    with launched() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        answers = []
        page.on(
            "response",
            lambda r: answers.append(r) if re.search(r"/api/runs/[^/]+$", r.url) and r.status == 200 else None,
        )
        page.goto(f"{address}#scenario=served&day={DAY}&seeds={SEEDS}&claim-seeds={SEEDS}&against=later")
        page.locator("body[data-ensemble=done]").wait_for(state="attached", timeout=120_000)
        results = [r.json()["result"] for r in answers]
        streams = {}
        for stream in STREAMS:
            page.locator(f"input[name=stream][value={stream}]").check(force=True)
            page.wait_for_timeout(500)
            page.locator("body:not(.busy)").wait_for(state="attached")
            page.wait_for_timeout(500)
            streams[stream] = _page(page)
        found = {"api": [r for r in results if r][-1], "page": streams, "which": page.locator("#which").inner_text()}
        found["page misses"] = page.locator("circle.miss").count() - page.locator(".legend circle.miss").count()
        page.locator("input[name=stream][value=asylum]").check(force=True)
        page.locator("#tab-claims").click()
        page.get_by_role("button", name="Test the claims").click()
        for claim in ("stems", "rights", "moved"):
            page.locator(f"#claims-body [data-claim={claim}] .verdict").wait_for(timeout=120_000)
        found["page claims"] = {
            c: page.locator(f"#claims-body [data-claim={c}]").inner_text() for c in ("stems", "rights", "moved")
        }
        for name in ("report", "claims report"):
            page.goto(f"file://{printed[name]}")
            found[name] = _report(page)
        yield found
    where.close()


def _page(page):
    """What the page shows of one stream."""
    page.locator("#tab-access").click()
    page.locator("#access-body .reading").first.wait_for()
    access = page.locator("#access-body").inner_text()
    page.locator("#tab-where").click()
    page.locator("#effects-body svg.chart").wait_for()
    cards = page.evaluate(
        "[...document.querySelectorAll('#cards .card')].map((c) => [c.dataset.figure, [...c.querySelectorAll('.big, .range')].map((x) => x.textContent)])"
    )
    table = (
        "(id) => [...document.querySelectorAll(`${id} tbody tr`)].map((r) => [...r.children].map((c) => c.innerText))"
    )
    return {
        "cards": dict(cards),
        "day": {r[0].strip(): r[1:] for r in page.evaluate(table, "#day-table")},
        "effects": {r[0].split("\n")[0]: r[1] for r in page.evaluate(table, "#effects")},
        "sankey": page.locator("#effects-body svg.chart").text_content(),
        "access": access,
        "answer": page.locator("#answer").inner_text(),
    }


def _report(page):
    """What a report shows: cards and tables of each stream, and its text."""
    return page.evaluate(
        """() => {
          const parts = (section, pick) => Object.fromEntries([...document.querySelectorAll(`#${section} .for-stream`)].map((p) => [p.dataset.stream, pick(p)]));
          const cells = (t) => [...t.querySelectorAll('tbody tr')].map((r) => [...r.children].map((c) => c.textContent));
          const all = (root, what) => [...root.querySelectorAll(what)];
          return {
            cards: parts('summary', (p) => Object.fromEntries(all(p, '.card').map((c) => [c.dataset.figure, [...all(c, 'dd, dt')].map((x) => x.textContent)]))),
            lead: parts('summary', (p) => (p.querySelector('.reading') ?? {}).textContent),
            effects: parts('effect', (p) => cells(p.querySelector('table'))),
            sankey: parts('effect', (p) => p.querySelector('svg').textContent),
            crossed: parts('crossed', (p) => [all(p.querySelector('details table'), 'thead th').map((h) => h.textContent), cells(p.querySelector('details table'))]),
            map: parts('map', (p) => all(p, '[data-say]').map((x) => x.dataset.say)),
            claims: all(document, '#claims table').map((t) => cells(t)),
            words: document.body.textContent,
            misses: all(document, 'circle.miss').length - all(document, '.legend circle.miss').length,
          };
        }"""
    )


def agree(**said):
    """That all surfaces print the same figures."""
    numbers = {name: figures(text) for name, text in said.items()}
    assert len(set(numbers.values())) == 1, numbers
    assert next(iter(numbers.values())), said


def report_stream(stream):
    return str(STREAMS.index(stream))


# --- the figures -----------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", STREAMS)
def test_where_everybody_is_at_the_end(printed, shown, stream):
    """Cards add up to everybody, and are the same with the same words on every surface."""
    json_ = {r["ending"]: r["number"] for r in printed["compare json"]["ends"]["as written"] if r["stream"] == stream}
    of_run = {r["ending"]: r["number"] for r in printed["run json"]["ends"] if r["stream"] == stream}
    assert json_ == of_run
    assert sum(json_[e.key]["mean"] for e in ENDINGS) == pytest.approx(json_["all"]["mean"], abs=0.01)
    api = shown["api"]["ends"][stream]["variant"]
    page, report = shown["page"][stream]["cards"], shown["report"]["cards"][report_stream(stream)]
    table = [line for line in printed["compare"].splitlines() if re.match(rf"{stream}\s+as written ", line)]
    cells = re.split(r"\s{2,}", table[0].strip())[2:]
    for key, cell in zip(KEYS, cells, strict=True):
        texts = {"cli": cell, "json": spread(json_[key]), "api": spread(api[key])}
        if key in report or key in page or key == "all":
            texts["report"] = report[key][0]
            texts["page"] = page[key][0] + " " + (page[key][1] if "(" in "".join(page[key][1:2]) else "")
        agree(**texts)
        assert (key in report) == (key in page)
    words = {e.key: e.words for e in ENDINGS}
    for key in set(report) & set(words):
        assert report[key][1].startswith(words[key])


@pytest.mark.parametrize("stream", STREAMS)
def test_the_measures(printed, shown, stream):
    raw = {r["measure"]: r for r in printed["compare json"]["measures"] if r["stream"] == stream}
    table = rows(printed["compare"], "first, second: in force")
    api = shown["api"]["words"][stream]
    page, report = shown["page"][stream]["cards"], shown["report"]["cards"][report_stream(stream)]
    for name in MEASURES:
        title = name.replace("_", " ")
        scale = 100 if raw[name]["unit"] == "share" else 1
        agree(
            cli=table[title][STREAMS.index(stream)],
            json=spread(raw[name]["figure"], factor=scale),
            api=spread(api[name]["figure"], factor=scale),
            report=report[name][0],
            page=" ".join(page[name]),
        )


@pytest.mark.parametrize("stream", STREAMS)
def test_what_became_of_the_same_people(printed, shown, stream):
    (raw,) = [r for r in printed["compare json"]["streams"] if r["stream"] == stream]
    table = rows(printed["compare"], "Effect at the end of the run")
    (api,) = [r for r in shown["api"]["streams"] if r["stream"] == stream]
    report = {r[0].split(":")[0]: r[1] for r in shown["report"]["effects"][report_stream(stream)]}
    page = shown["page"][stream]["effects"]
    seen = 0
    for cell in (
        "unaffected",
        "diverted",
        "delayed",
        "advanced",
        "deterred",
        "stranded",
        "pending",
        "induced",
        "outside",
    ):
        texts = {"cli": table[cell][STREAMS.index(stream)], "json": spread(raw[cell]), "api": spread(api[cell])}
        if cell in report and raw[cell]["mean"]:
            texts |= {"report": report[cell], "page": page[cell]}
            seen += 1
        agree(**texts)
    assert seen >= 3
    agree(cli=table["in all: set out, or wait to go"][STREAMS.index(stream)], report=report["all"], page=page["all"])


@pytest.mark.parametrize("stream", STREAMS)
def test_who_went_where_in_their_own_unit(printed, shown, stream):
    """Of lorries it says lorries, in the picture and in the table: no persons there."""
    raw = [r for r in printed["compare json"]["flows"] if r["stream"] == stream]
    assert {r["unit"] for r in raw} == {{"people": "person", "cars": "car", "lorries": "truck"}[UNITS[stream]]}
    assert raw == [r for r in shown["api"]["flows"] if r["stream"] == stream]
    for text in (shown["page"][stream]["sankey"], shown["report"]["sankey"][report_stream(stream)]):
        assert UNITS[stream] in text
        assert stream == "asylum" or not re.search(r"persons|people", text)
    moved = [r for r in raw if (r["from"], r["to"]) == ("vaalimaa", "nuijamaa")]
    for r in moved:
        line = next(x for x in printed["compare"].splitlines() if re.match(rf"{stream}\s+vaalimaa\s+nuijamaa\s", x))
        agree(cli=line.split("nuijamaa")[1], json=spread(r["number"]))
        assert line.rstrip().endswith(UNITS[stream])


@pytest.mark.parametrize("stream", STREAMS)
def test_a_day_at_each_crossing(printed, shown, stream):
    """The table of the day, the report's, the rows of run --json, and the line over the crossing on the report's map."""
    heads, table = shown["report"]["crossed"][report_stream(stream)]
    day = dt.date.fromisoformat(DAY)
    report = next(r for r in table if r[0].startswith(f"{day.day} "))
    for crossing in ("Vaalimaa", "Nuijamaa"):
        raw = [
            r
            for r in printed["run json"]["rows"]
            if (r["date"], r["crossing"], r["stream"]) == (DAY, crossing.lower(), stream)
        ]
        crossed = raw[0]["crossed"]["mean"] if raw else 0.0
        page = shown["page"][stream]["day"][crossing]
        agree(
            json=people(crossed), page=page[2].split()[0]
        )  # people are whole on the page, "<1" where there is less than one
        if crossing in heads and report[heads.index(crossing)]:
            agree(json=spread({"mean": crossed}), report=figures(report[heads.index(crossing)])[0])
        if raw:
            agree(json=people(raw[0]["waiting"]["mean"]), page=page[3])


def test_the_line_on_the_map_is_the_number_beside_it(shown, printed):
    """The road over a crossing bears those who crossed there: the map says the same as the table."""
    told = defaultdict(list)
    for words in shown["report"]["map"]["0"]:
        told[words.split("\n")[0]].append(words)
    lines = {k: v for k, v in told.items() if k.startswith("Torfyanovka → Vaalimaa")}
    spots = [t for k, v in told.items() if k.startswith("Vaalimaa, ") for t in v if "crossed" in t]
    assert lines
    for (line,) in ([x] for v in lines.values() for x in v):
        number, when = re.search(r"\n([\d.,]+) people on (\d+ \w+)", line).groups()
        (spot,) = [s for s in spots if f"{when} 2023" in s or f"{when}" in s.split("\n")[0]]
        assert figures(spot.split("\n")[-1])[0] == figures(number)[0]


@pytest.mark.parametrize("stream", STREAMS)
def test_the_answer_in_words(printed, shown, folder, stream):
    """The sentences above the page are those of the views, and their figures those of the tables."""
    scenario = Scenario.read(folder)
    answer = answer_of(compare(scenario, seeds=range(1, SEEDS + 1)), Model(scenario), stream)
    page = shown["page"][stream]["answer"].replace("\n", " ")
    assert title(answer) in page
    said = sentences(answer)
    assert len(said) >= 2
    for line in said:
        assert line in page
    assert f"Mean of {SEEDS} runs; in brackets their 5th to 95th percentile" in page
    assert shown["api"]["answers"][stream]["sentences"] == said
    for crossing in answer.gains[:1]:
        more = [a.mean - b.mean for a, b in zip(crossing.processed, crossing.without, strict=True)]
        day = answer.days[more.index(max(more))].isoformat()
        (raw,) = [
            r
            for r in printed["run json"]["rows"]
            if (r["date"], r["crossing"], r["stream"]) == (day, crossing.id, stream)
        ]
        takes = re.search(rf"{re.escape(crossing.name)} takes (.*?) on ", said[0])[1]
        agree(json=people(raw["crossed"]["mean"]), sentence=takes.split()[0])


def test_access(printed, shown):
    raw = printed["access json"]["longest_gap_km"]
    said = re.search(r"The longest stretch of border without: ([\d,]+) of", shown["page"]["asylum"]["access"])
    report = shown["report"]["lead"]["0"]
    agree(json=f"{raw:,.0f}", page=said[1])
    worst = re.search(r"open to them was ([\d,]+) km, without these orders ([\d,]+) km", report)
    assert figures(worst[1]) == (1340.0,)  # the second order closes all
    agree(report=shown["report"]["cards"]["0"]["longest_gap"][0], lead=worst[1])


def test_claims(printed, shown):
    table = rows(printed["claims"], "Claims about")
    report = {r[0]: r for r in shown["claims report"]["claims"][0]}
    for claim in printed["claims json"]["claims"]:
        scale = 100 if claim["unit"] == "share" else 1
        page = re.search(r"\n([^\n]*) over \d+ runs", shown["page claims"][claim["id"]])[1]
        agree(
            cli=table[claim["id"]][2],
            json=f"{spread(claim['figure'], factor=scale)}; {claim['people']}",
            report=report[claim["words"]][4],
            page=page,
        )
        assert claim["verdict"] in table[claim["id"]]
        assert claim["verdict"] in report[claim["words"]][6]
        assert claim["verdict"] in shown["page claims"][claim["id"]]
    (rights,) = [c for c in printed["claims json"]["claims"] if c["id"] == "rights"]
    assert rights["unit"] == "journeys"
    assert "journeys each" in rights["people"]
    assert "with their figure: 0 of 3." in shown["report"]["words"]  # it is about other orders


def test_few_runs_judge_no_count_anywhere(printed, shown):
    """So few runs: no hit and no miss in a table, on the report or on the page."""
    assert "?: fewer than 50 runs" in printed["run"]
    assert not re.search(r"MISS,|\byes\b|in the 90 % range", printed["run"])
    assert shown["report"]["misses"] == shown["page misses"] == 0
    assert "None is called a hit or a miss" in shown["report"]["words"]
    assert not re.search(r"✗ miss|✓ inside|verified counts inside", shown["report"]["words"])
    assert "Fewer than 50 runs do not say" in shown["which"]


def test_the_page_says_what_it_shows(printed, shown):
    assert shown["which"].startswith(
        f"Shown: means of {SEEDS} runs, in brackets their 5th to 95th percentile. What differs is compared while it is in force, 16 Nov 2023"
    )
