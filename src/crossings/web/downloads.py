"""What can be taken away: a scenario directory as a zip, expected numbers as CSV, an ensemble's tables and report."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from crossings.model import Model
from crossings.report import write_report
from crossings.scenario import Scenario, scenario_files
from crossings.simulation.comparison import Comparison
from crossings.store.results import Runs
from crossings.web.expected import Answer

__all__ = ["expected_csv", "report_html", "scenario_zip", "tables_zip"]


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


def expected_csv(model: Model, answer: Answer) -> str:
    """Expected numbers, a row a day and gate."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["date", "crossing", "stream", "direction", "arrived", "crossed", "waiting", "wait_h"])
    for d, start in enumerate(answer.starts):
        for g, gate in enumerate(model.gates):
            numbers: list[Any] = [a[d, g] for a in (answer.arrived, answer.crossed, answer.waiting, answer.wait_h)]
            shown = ["" if n != n else f"{n:.3f}" for n in numbers]
            writer.writerow([start.date().isoformat(), gate.crossing, gate.stream, gate.direction, *shown])
    return out.getvalue()


def report_html(model: Model, found: Comparison | Runs) -> bytes:
    """The report, as `crossings compare --report` writes it, or `crossings run --report` of one scenario alone."""
    given: Any = {"comparison": found} if isinstance(found, Comparison) else {"runs": found}
    with tempfile.TemporaryDirectory(prefix="crossings-report-") as folder:
        path = write_report(Path(folder) / "report.html", model=model, **given)
        return path.read_bytes()
