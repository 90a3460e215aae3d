"""The brief as a workbook: the planning figures one a row, for a spreadsheet of one's own, and the rest sheet by sheet."""

from __future__ import annotations

import datetime as dt
import io
import math

import xlsxwriter

from crossings.views.document import Brief
from crossings.views.language import Language, language

Forms = dict[str, xlsxwriter.format.Format]


def workbook(brief: Brief) -> bytes:
    """The brief as .xlsx: sheets of the answer, of planning figures (a row a crossing, day and measure), and of each table."""
    words = language(brief.language)
    out = io.BytesIO()
    # Nothing that stands in a scenario becomes a formula or a link.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": brief.title, "author": "crossings", "created": dt.datetime(2000, 1, 1)})
        forms = {
            "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
            "title": book.add_format({"bold": True, "font_size": 16}),
            "bold": book.add_format({"bold": True}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
            "number": book.add_format({"num_format": "0.0"}),
            "red": book.add_format({"bg_color": "#F9D5C3"}),
            "amber": book.add_format({"bg_color": "#FBE7B5"}),
        }
        _answer(book, brief, words, forms)
        _planned(book, brief, words, forms)
        for section in brief.sections:
            if section.table is None or section.name == "planning":
                continue
            sheet = book.add_worksheet(_sheet_name(section.heading))
            for at, (heading, _) in enumerate(section.table.columns):
                sheet.write_string(0, at, heading, forms["head"])
            for row, cells in enumerate(section.table.rows, 1):
                for at, cell in enumerate(cells):
                    form = forms.get(cell.level) or (forms["bold"] if cell.strong else None)
                    text = cell.mark + cell.text
                    if text.isascii() and text.isdigit():  # so that it can be added up
                        sheet.write_number(row, at, int(text), form)
                    else:
                        sheet.write_string(row, at, text, form)
            sheet.set_column(0, 0, 30)
            sheet.set_column(1, len(section.table.columns), 13)
            sheet.freeze_panes(1, 1)
    return out.getvalue()


def _sheet_name(heading: str) -> str:
    """A heading without what Excel refuses in the name of a sheet, and as many of its words as Excel takes.

    >>> _sheet_name("Officers: needed / on duty"), _sheet_name("Beds taken at the end of each day")
    ('Officers needed - on duty', 'Beds taken at the end of each')
    """
    plain = "".join("-" if c in "[]*?/\\" else c for c in heading.replace(":", ""))
    return (plain if len(plain) <= 31 else plain[:32].rpartition(" ")[0] or plain[:31]).strip("' ")


def _answer(book: xlsxwriter.Workbook, brief: Brief, words: Language, forms: Forms) -> None:
    sheet = book.add_worksheet(_sheet_name(words.say("In short")))
    sheet.set_column(0, 0, 110)
    sheet.write_string(0, 0, brief.title, forms["title"])
    sheet.write_string(1, 0, brief.about)
    row = 2
    for section in (s for s in brief.sections if s.lines):
        sheet.write_string(row + 1, 0, section.heading, forms["bold"])
        for at, line in enumerate(section.lines):
            sheet.write_string(row + 2 + at, 0, line.text, forms.get(line.level, forms["wrap"]))
        row += 2 + len(section.lines)
    sheet.write_string(row + 1, 0, brief.footer)


def _planned(book: xlsxwriter.Workbook, brief: Brief, words: Language, forms: Forms) -> None:
    sheet = book.add_worksheet(_sheet_name(words.say("Planning figures")))
    say = words.say
    heads = [say("crossing"), say("day"), say("measure")]
    heads += [say("best case (5 %)"), say("likely (50 %)"), say("worst case (95 %)"), say("mean")]
    for at, head in enumerate(heads):
        sheet.write_string(0, at, head, forms["head"])
    for row, planned in enumerate(brief.planned, 1):
        sheet.write_string(row, 0, planned.crossing)
        sheet.write_datetime(row, 1, dt.datetime.combine(planned.day, dt.time()), forms["day"])
        sheet.write_string(row, 2, planned.measure)
        figure = planned.figure
        for at, value in enumerate((figure.p05, figure.p50, figure.p95, figure.mean), 3):
            if math.isfinite(value):
                sheet.write_number(row, at, value, forms["number"])
    for at, wide in enumerate((26, 12, 30, 13, 13, 13, 13)):
        sheet.set_column(at, at, wide)
    sheet.autofilter(0, 0, max(1, len(brief.planned)), len(heads) - 1)
    sheet.freeze_panes(1, 0)
