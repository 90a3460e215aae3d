"""The brief: two pages in four forms and four languages, the same figures in each, written whole or not at all."""

from __future__ import annotations

import datetime as dt
import importlib.resources
import json
import re
import zipfile
from html import unescape
from types import SimpleNamespace

import pytest
from defusedxml.ElementTree import fromstring

import crossings as cx
from crossings.brief import form_of, write_brief
from crossings.brief.writer import page
from crossings.cli.app import build
from crossings.cli.exit_codes import status_of
from crossings.errors import InputError
from crossings.scenario.what_if import what_if
from crossings.simulation.comparison import compare
from crossings.views.answer_reader import answer_of
from crossings.views.brief import brief_of
from crossings.views.brief_notes import source_lines
from crossings.views.language import LANGUAGES, language

docx = pytest.importorskip("docx")
typst = pytest.importorskip("typst")

FOUR = ["vaalimaa", "nuijamaa", "imatra", "niirala"]


@pytest.fixture(scope="module")
def made():
    """Model and answer of a question about the small border."""
    border = cx.Scenario.read("two-crossings")
    base, tried = what_if(
        border,
        close=["hill"],
        begins=dt.datetime(2024, 3, 11),
        until=dt.datetime(2024, 3, 15),
        announced=dt.datetime(2024, 3, 9, 12),
    )
    model = cx.Model(tried)
    return model, answer_of(compare({"without it": base, "what if": tried}, seeds=range(1, 25)), model, "seekers")


def briefs(made):
    model, answer = made
    return {code: brief_of(answer, model, language(code), version="1") for code in LANGUAGES}


def section(brief, name):
    return next(s for s in brief.sections if s.name == name)


def test_what_it_says(made):
    _, answer = made
    brief = briefs(made)["en"]
    assert brief.title == "If Hill road closes on Monday 11 March"
    assert "in force Mon 11 Mar to Thu 14 Mar 2024" in brief.about
    assert [s.name for s in brief.sections] == [
        "answer",
        "alerts",
        "planning",
        "queues",
        "officers",
        "beds",
        "others",
        "whole",
        "access",
        "assumptions",
        "sources",
    ]
    rows = section(brief, "planning").table.rows
    river = next(c for c in answer.open if c.id == "river")
    for row, percentile in zip(rows, ("p05", "p50", "p95"), strict=True):
        assert [cell.text for cell in row[2:]] == [
            language("en").whole(getattr(f, percentile)) for f in river.processed
        ]
    officers = section(brief, "officers").table.rows[0]
    assert [c.level == "red" for c in officers[1:]] == [f.mean > 1 for f in river.needed_a_day]
    assert {c.text.partition(" / ")[2] for c in officers[1:]} == {"1"}
    # 120 km of border; river at 0.3 and hill at 0.8 degrees north.
    assert answer.gap_km[1] > answer.gap_km[0]
    assert f"{answer.gap_km[1]:.0f} km, {answer.gap_km[0]:.0f} km without" in section(brief, "access").lines[0].text
    [way] = section(brief, "access").table.rows
    assert [c.text for c in way] == ["Eastham", "River bridge", "90", "1.3", "+30", "+0.5"]
    said = " ".join(line.text for line in section(brief, "assumptions").lines)
    assert "They do not include uncertainty about traffic, control times or behaviour" in said
    assert "lanes" not in said  # a word of files


def test_the_share_of_estimates_is_counted(made):
    model, _ = made
    rows = [
        r
        for name in ("places", "roads", "lanes", "demand", "stocks", "closures")
        for r in getattr(model.scenario, name)
    ]
    share = 100 * sum(r.estimated for r in rows) / len(rows)
    assert section(briefs(made)["en"], "assumptions").lines[-1].text.startswith(f"{share:.0f} % of the scenario's rows")


def test_a_source_is_whole_and_its_address_stands_once():
    """Long sources are not cut; several that cite one page have one number for it."""
    border = cx.Scenario.read("finland-2023")
    lines = source_lines(SimpleNamespace(orders=("southeast-closed",)), border, language("en"))
    assert not any("…" in line for line in lines)
    addresses = [found for line in lines for found in re.findall(r"https?://\S+", line)]
    assert len(addresses) == len(set(addresses)) > 3
    for k, address in enumerate(addresses, 1):
        assert f"[{k}] {address}" in lines
        assert any(f"[{k}]" in line and "http" not in line for line in lines)


def test_few_runs_say_so(made):
    model, answer = made
    few = compare("two-crossings", seeds=[1, 2])
    border = cx.Scenario.read("two-crossings")
    brief = brief_of(answer_of(few, cx.Model(border), "seekers"), cx.Model(border))
    assert "So few runs" in section(brief, "planning").note
    assert "So few runs" not in section(brief_of(answer, model), "planning").note


def test_the_pdf_has_two_pages_in_every_language(made, tmp_path):
    for code, brief in briefs(made).items():
        data = write_brief(tmp_path / f"{code}.pdf", brief).read_bytes()
        assert data.startswith(b"%PDF")
        assert pages_of(data) <= 2


def cells_of(path, sheet):
    """The rows of a sheet of a workbook, by number from 1: texts, and numbers as floats."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(path) as book:
        shared = [
            "".join(t.text or "" for t in si.iter(f"{space}t")) for si in fromstring(book.read("xl/sharedStrings.xml"))
        ]
        rows = fromstring(book.read(f"xl/worksheets/sheet{sheet}.xml")).iter(f"{space}row")
        return [
            tuple(
                shared[int(c.findtext(f"{space}v"))] if c.get("t") == "s" else float(c.findtext(f"{space}v"))
                for c in row.iter(f"{space}c")
                if c.find(f"{space}v") is not None
            )
            for row in rows
        ]


def pages_of(data):
    """Pages of a PDF by the count of its page tree."""
    counts = [int(n) for n in re.findall(rb"/Type\s*/Pages\b[^>]*?/Count\s+(\d+)", data)]
    counts += [int(n) for n in re.findall(rb"/Count\s+(\d+)[^>]*?/Type\s*/Pages\b", data)]
    assert counts
    return max(counts)


def test_a_week_of_a_big_border_fits_two_pages(tmp_path):
    """Eight crossings, seven days, long names: the longest brief there is."""
    border = cx.Scenario.read("finland-2023")
    base, tried = what_if(border, close=FOUR[:1], begins=dt.datetime(2023, 11, 14), until=dt.datetime(2023, 11, 21))
    model = cx.Model(tried)
    answer = answer_of(compare({"without it": base, "what if": tried}, seeds=[1]), model, "asylum")
    assert len(answer.days) == 7
    for code in ("fi", "ru"):  # the longest words
        path = write_brief(tmp_path / "long.pdf", brief_of(answer, model, language(code)))
        assert pages_of(path.read_bytes()) <= 2, code


def test_the_same_words_in_word_and_html(made, tmp_path):
    for code, brief in briefs(made).items():
        document = docx.Document(str(write_brief(tmp_path / f"{code}.docx", brief)))
        texts = [p.text for p in document.paragraphs]
        cells = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
        html = write_brief(tmp_path / f"{code}.html", brief).read_text(encoding="utf-8")
        shown = unescape(re.sub(r"<[^>]+>", "\n", html))
        for one in brief.sections:
            for line in one.lines:
                assert line.text in texts
                assert line.text in shown
            for row in one.table.rows if one.table else ():
                assert [c.mark + c.text for c in row] in cells
        assert f'<html lang="{code}">' in html
        assert "http-equiv" in html
        assert not re.search(r'(src|href)="', html)


def test_the_workbook_has_a_row_for_each_planning_figure(made, tmp_path):
    _, answer = made
    brief = briefs(made)["en"]
    rows = cells_of(write_brief(tmp_path / "b.xlsx", brief), 2)
    assert rows[0] == ("crossing", "day", "measure", "best case (5 %)", "likely (50 %)", "worst case (95 %)", "mean")
    assert len(rows) - 1 == len(brief.planned)
    river = next(c for c in answer.open if c.id == "river")
    first = next(r for r in rows if r[2] == "processed")
    f = river.processed[0]
    days = (dt.date(2024, 3, 11) - dt.date(1899, 12, 30)).days  # how a workbook counts dates
    assert first == (
        "River bridge",
        days,
        "processed",
        *map(pytest.approx, (f.p05, f.p50, f.p95, f.mean)),
    )
    assert {r[2] for r in rows[1:]} == {
        "processed",
        "arrived",
        "waiting at the end of the day",
        "mean wait, hours",
        "officers needed",
    }


def test_what_a_scenario_says_cannot_break_out(made, tmp_path):
    """Names are text: no formula, no element, no Typst."""
    import dataclasses

    nasty = '=HYPERLINK("http://x")<script>alert(1)</script>#panic() *x* $1$ \\ "'
    brief = dataclasses.replace(briefs(made)["en"], title=nasty, scenario=nasty)
    assert "<script>" not in page(brief).decode()
    assert write_brief(tmp_path / "b.pdf", brief).read_bytes().startswith(b"%PDF")
    path = write_brief(tmp_path / "b.xlsx", brief)
    assert cells_of(path, 1)[0] == (nasty,)
    with zipfile.ZipFile(path) as book:
        assert b"<f>" not in b"".join(book.read(name) for name in book.namelist())
    assert nasty in [p.text for p in docx.Document(str(write_brief(tmp_path / "b.docx", brief))).paragraphs]


def test_the_same_bytes_for_the_same_brief(made, tmp_path):
    brief = briefs(made)["en"]
    for form in ("pdf", "html"):
        first = write_brief(tmp_path / f"a.{form}", brief).read_bytes()
        assert write_brief(tmp_path / f"b.{form}", brief).read_bytes() == first


def test_nothing_in_a_packed_file_says_when_it_was_written(made, tmp_path):
    """Two written within the same seconds are alike even if it does."""
    brief = briefs(made)["en"]
    for form in ("docx", "xlsx"):
        with zipfile.ZipFile(write_brief(tmp_path / f"brief.{form}", brief)) as packed:
            assert {part.date_time for part in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            assert set(re.findall(rb"\d{4}-\d\d-\d\dT", packed.read("docProps/core.xml"))) == {b"2000-01-01T"}


def test_whole_or_not_at_all(made, tmp_path, monkeypatch):
    target = tmp_path / "brief.html"
    target.write_text("what was there")
    monkeypatch.setattr("os.replace", lambda *a: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(InputError, match="No space left"):
        write_brief(target, briefs(made)["en"])
    assert [p.name for p in tmp_path.iterdir()] == ["brief.html"]
    assert target.read_text() == "what was there"


def test_its_files_are_in_the_package():
    here = importlib.resources.files("crossings")
    assert (here / "brief" / "brief.typ").is_file()
    assert (here / "brief" / "brief.css").is_file()
    text = (importlib.resources.files("crossings") / "languages" / "fi.json").read_text(encoding="utf-8")
    assert json.loads(text)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["--out", "brief.txt"],
            "'brief.txt' does not say what to write; name a file that ends with .pdf, .docx, .html or .xlsx",
        ),
        (["--out", "."], "'.' is a folder; name a file that ends with .pdf"),
        (["--out", "nowhere/brief.pdf"], "there is no folder 'nowhere'"),
        (["--out", "b.pdf", "--language", "fr"], "unknown language 'fr'"),
        (["--out", "b.pdf", "--without", "hill-closed", "--close", "hill"], "--without: is given with a question"),
        (["--out", "b.pdf", "--close", "hill"], "--from: is not given"),
        (["--out", "b.pdf", "--without", "hil-closed"], "hill-closed"),
        (["--out", "b.pdf", "--group", "seeker", "--seeds", "1"], "seekers"),
        (["--out", "b.pdf", "--seeds", "0"], "--seeds: 0 is out of range"),
    ],
)
def test_faults_are_one_line(words, told, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert status_of(build(), ["brief", "two-crossings", *words]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert told in lines[0]
    assert list(tmp_path.iterdir()) == []


def test_the_command(capsys, tmp_path):
    out = tmp_path / "brief.html"
    words = ["--without", "hill-closed", "--group", "seekers", "--seeds", "2", "--language", "sv", "--out", str(out)]
    assert status_of(build(), ["brief", "two-crossings", *words]) == 0
    assert capsys.readouterr().out.strip() == str(out)
    text = out.read_text(encoding="utf-8")
    assert "Om Hill road stängs måndagen den 11 mars" in text
    assert "Jämförda beslut: hill-closed." in text
    assert "skyddssökande" in text


def test_forms():
    assert form_of("x.DOCX") == ".docx"
    with pytest.raises(InputError):
        form_of("x")


def test_report_brief_and_command_answer_with_the_same_figures(tmp_path, capsys):
    """What if these close: title, sentences, the table of open crossings and its ranges are those of one answer everywhere."""
    asked = ["two-crossings", "--close", "hill", "--from", "2024-03-11", "--until", "2024-03-14"]
    asked += ["--announced", "2024-03-09T12:00", "--group", "seekers", "--seeds", "20"]
    report, brief = tmp_path / "r.html", tmp_path / "b.html"
    assert status_of(build(), ["whatif", *asked, "--json", "--report", str(report)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert status_of(build(), ["brief", *asked, "--out", str(brief)]) == 0

    def text_of(markup):
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", markup))).strip()

    shown = report.read_text(encoding="utf-8")
    number = list(cx.Scenario.read("two-crossings").settings.streams).index("seekers")
    part = re.search(rf'<div class="for-stream" data-stream="{number}"><h2.*?</aside>', shown, re.DOTALL)[0]
    on_paper = text_of(brief.read_text(encoding="utf-8"))
    said = " ".join(found["sentences"])
    assert text_of(re.search(r'<p class="answer".*?</p>', part, re.DOTALL)[0]) == said
    assert all(sentence in on_paper for sentence in found["sentences"])
    assert f"<h1>{found['title']}</h1>" in shown
    assert f"<h1>{found['title']}</h1>" in brief.read_text(encoding="utf-8")
    rows = re.findall(r"<tr role=\"row\">(<th scope=\"row\".*?)</tr>", part, re.DOTALL)
    cells = {text_of(row[0]): [text_of(c) for c in row[1:]] for row in (re.split(r"(?=<t[hd] )", r)[1:] for r in rows)}
    words = language("en")
    for crossing in found["crossings"]:
        if crossing["closed"]:
            continue
        row = cells[crossing["name"]]
        days = [words.whole(f["mean"], short=True) for f in crossing["processed"]]
        assert row[: len(days)] == days
        longest = crossing["longest_wait"]
        ranged = f"{words.number(longest['mean'])} ({words.number(longest['p05'])}–{words.number(longest['p95'])})"
        assert row[len(days) + 1].lstrip("▲△ ") == ranged
        assert ranged in on_paper
        assert row[-1].lstrip("▲ ") == f"{words.number(crossing['needed']['mean'])} / {crossing['on_duty']}"
