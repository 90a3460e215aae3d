"""The brief goes to its file whole or not at all, in the form that the file's name says."""

from __future__ import annotations

import importlib.resources
import os
from collections.abc import Callable
from pathlib import Path

from crossings.errors import InputError
from crossings.io.disk import write_file
from crossings.views.document import Brief

FORMS = (".pdf", ".docx", ".html", ".xlsx")


def form_of(path: str | os.PathLike[str]) -> str:
    """The form of a brief by its file's name; raises `InputError` for another.

    >>> form_of("saturday.PDF")
    '.pdf'
    """
    ending = Path(path).suffix.lower()
    if ending not in FORMS:
        what = f"'{str(path)[:200]}' " + ("is a folder" if os.path.isdir(path) else "does not say what to write")
        raise InputError("--out", what, f"name a file that ends with {', '.join(FORMS[:-1])} or {FORMS[-1]}")
    return ending


def write_brief(path: str | os.PathLike[str], brief: Brief) -> Path:
    """Write a brief as PDF, Word, HTML or a workbook.

    Parameters
    ----------
    path
        A file that ends in .pdf, .docx, .html or .xlsx; it is replaced where it is there.
    brief
        As `crossings.views.brief.brief_of` makes it.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        For another ending, or a file that cannot be written.

    Examples
    --------
    >>> import crossings as cx
    >>> from crossings.views.answer_reader import answer_of
    >>> from crossings.views.brief import brief_of
    >>> border = cx.Scenario.read("two-crossings")
    >>> model = cx.Model(border)
    >>> found = answer_of(cx.compare(border, seeds=[1]), model, "seekers")
    >>> write_brief("brief.html", brief_of(found, model)).name
    'brief.html'
    """
    target = Path(path)
    write_file(target, maker_of(form_of(target))(brief))
    return target


def maker_of(form: str) -> Callable[[Brief], bytes]:
    """What makes a form; each is imported when it is asked for, as most need a package of their own."""
    if form == ".pdf":
        from crossings.brief.pdf import pdf

        return pdf
    if form == ".docx":
        from crossings.brief.word import word

        return word
    if form == ".xlsx":
        from crossings.brief.workbook import workbook

        return workbook
    return page


def page(brief: Brief) -> bytes:
    """The brief as HTML that fetches nothing, for a screen, a phone and paper; what a scenario says is escaped."""
    from markupsafe import Markup

    from crossings.views.templates import templates_in

    style = (importlib.resources.files("crossings.brief") / "brief.css").read_text(encoding="utf-8")
    return templates_in("brief").get_template("brief.html.j2").render(brief=brief, style=Markup(style)).encode()
