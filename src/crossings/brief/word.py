"""The brief as a Word file, to be edited and put under another letterhead."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from crossings.views.document import Brief, Section, Table, TableCell

FILLS = {"red": "F9D5C3", "amber": "FBE7B5"}
MUTED = RGBColor(0x59, 0x62, 0x6E)
ACCENT = RGBColor(0x00, 0x5A, 0x8E)
SMALL, BODY = Pt(7.5), Pt(9)


def word(brief: Brief) -> bytes:
    """The brief as .docx: A4, real tables, headings by style."""
    document = Document()
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(17)
    page.top_margin, page.bottom_margin = Mm(13), Mm(13)
    _style(document)
    document.core_properties.title = brief.title
    document.core_properties.author = "crossings"
    document.core_properties.language = brief.language
    # What made it decides the bytes, not when.
    document.core_properties.created = document.core_properties.modified = dt.datetime(2000, 1, 1)
    _small(document.add_paragraph(), brief.scenario)
    document.add_heading(brief.title, 0)
    _small(document.add_paragraph(), brief.about)
    for section in brief.sections:
        _section(document, section)
    _small(page.footer.paragraphs[0], brief.footer)
    out = io.BytesIO()
    document.save(out)
    return _undated(out.getvalue())


def _undated(packed: bytes) -> bytes:
    """The same file without the times at which its parts were packed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as again:
        for part in made.namelist():
            again.writestr(zipfile.ZipInfo(part), made.read(part), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _style(document: Any) -> None:
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", BODY
    normal.paragraph_format.space_after, normal.paragraph_format.space_before = Pt(2), Pt(0)
    for name, size, before in (("Title", 17, 0), ("Heading 1", 10.5, 6)):
        style = document.styles[name]
        style.font.name, style.font.size, style.font.bold = "Calibri", Pt(size), True
        style.font.color.rgb = ACCENT if name != "Title" else RGBColor(0x16, 0x19, 0x1D)
        style.element.rPr.rFonts.set(qn("w:asciiTheme"), "minorHAnsi")
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(2)
        for border in style.element.iter(qn("w:pBdr")):
            border.getparent().remove(border)
            break


def _section(document: Any, section: Section) -> None:
    document.add_heading(section.heading, 1)
    for line in section.lines:
        paragraph = document.add_paragraph()
        run = paragraph.add_run(line.text)
        if section.name == "answer":
            run.font.size = Pt(10.5)
        if section.name == "sources":
            run.font.size = SMALL
        if line.level:
            _shade(paragraph._p.get_or_add_pPr(), FILLS[line.level])
    if section.table is not None:
        _table(document, section.table)
    if section.note:
        _small(document.add_paragraph(), section.note)


def _table(document: Any, table: Table) -> None:
    made = document.add_table(rows=1 + len(table.rows), cols=len(table.columns))
    made.style = "Table Grid"
    for at, (heading, numeric) in enumerate(table.columns):
        _cell(made.rows[0].cells[at], TableCell(heading), numeric, heading=True)
    for row, cells in zip(made.rows[1:], table.rows, strict=True):
        for place, cell, (_, numeric) in zip(row.cells, cells, table.columns, strict=True):
            _cell(place, cell, numeric)
    _repeated(made.rows[0])


def _cell(place: Any, cell: TableCell, numeric: bool, *, heading: bool = False) -> None:
    paragraph = place.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(0)
    if numeric:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    run = paragraph.add_run(cell.mark + cell.text)
    run.font.size, run.bold = Pt(8), cell.strong
    if heading:
        run.font.color.rgb = MUTED
    if cell.level:
        _shade(place._tc.get_or_add_tcPr(), FILLS[cell.level])


def _repeated(row: Any) -> None:
    """The row is the head of the table, for a screen reader and on each page."""
    head = OxmlElement("w:tblHeader")
    head.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(head)


def _shade(properties: Any, fill: str) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", fill)):
        shade.set(qn(f"w:{name}"), value)
    properties.append(shade)


def _small(paragraph: Any, text: str) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.color.rgb = SMALL, MUTED
