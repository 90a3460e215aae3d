"""What can be taken away: a scenario directory as a zip, expected numbers as CSV, an ensemble's tables and report."""

from __future__ import annotations

import io
import zipfile

import polars as pl

from crossings import __version__
from crossings.brief import form_of, maker_of
from crossings.errors import InputError, check_known
from crossings.model import Model
from crossings.report import page
from crossings.report.effects import who_went_where
from crossings.report.first_screen import question
from crossings.scenario import Scenario, scenario_files
from crossings.simulation.comparison import Comparison
from crossings.store.results import Runs
from crossings.views.brief import brief_of
from crossings.views.language import Language
from crossings.web.expected import ExpectedFlows
from crossings.web.live_answer import run_answer
from crossings.web.scenario_payload import facts_of

FORMS = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".html": "text/html; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Form of a brief → its media type."""


def scenario_zip(scenario: Scenario) -> bytes:
    """The whole directory, in a folder of its name."""
    return _zip({f"{scenario.settings.name}/{name}": text for name, text in scenario_files(scenario).items()})


def tables_zip(found: Comparison | Runs) -> bytes:
    """The tables of an ensemble as CSV."""
    return _zip({f"{name}.csv": table.write_csv() for name, table in found.tables().items()})


def _zip(files: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def expected_csv(model: Model, answer: ExpectedFlows) -> str:
    """Expected numbers, a row a day and gate."""
    names = ("date", "crossing", "stream", "direction")
    keys = [(day.date(), g.crossing, g.stream, g.direction) for day in answer.starts for g in model.gates]
    numbers = {name: getattr(answer, name).ravel() for name in ("arrived", "crossed", "waiting", "wait_h")}
    table = pl.DataFrame(keys, schema=names, orient="row").with_columns(**numbers)
    return table.fill_nan(None).write_csv(float_precision=3)


def report_html(model: Model, found: Comparison | Runs, words: Language) -> bytes:
    """The report in a language, as `crossings compare --report` writes it, or `crossings run --report` of one scenario alone."""
    facts = facts_of(model, found, words)
    return page(facts, question(facts)).encode("utf-8", "replace")


def brief_file(model: Model, found: Comparison | Runs, stream: str, form: str, words: Language) -> bytes:
    """The brief, as `crossings brief` writes it; raises InputError for a form or a stream that there is not."""
    make = maker_of(form_of(f"brief{form}"))
    _known(model, stream)
    return make(brief_of(run_answer(model, found, stream), model, words, version=__version__))


def picture(
    model: Model, found: Comparison | Runs, stream: str, width: float, heads: tuple[str, str], words: Language
) -> bytes:
    """Who went where, as SVG without a style of its own; raises InputError where nobody was followed through two sides."""
    _known(model, stream)
    if not isinstance(found, Comparison):
        raise InputError("run", "compares nothing", "start one of two sides that differ")
    svg = str(who_went_where(facts_of(model, found, words), stream, width, heads).svg)
    return svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).encode()


def _known(model: Model, stream: str) -> None:
    check_known("stream", "stream", [stream], list(model.streams))
