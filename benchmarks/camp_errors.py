"""Learn how far forecasts of camps are off, from Flee directories, for
`crossings validate --ahead` and the ranges of `--chart`.

    python benchmarks/camp_errors.py DIR [DIR ...] --out src/crossings/forecasting/camp_errors.json

The errors of each case stay apart, so that a case is never judged by its own. They are relative numbers, not counts.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from pathlib import Path

from crossings.forecasting.camp_spread import ALLOCATED, allocation_of, errors_learned
from crossings.forecasting.camps import EVERY, LEADS, WITHIN, camps_of, rolling
from crossings.importers.flee import read_flee
from crossings.measures.camp_error import validate

SOURCE = (
    "Forecasts of twelve cases of FabFlee's validation set (github.com/djgroen/FabFlee, BSD-3; counts from UNHCR, conflict "
    "from ACLED) from what had been published at each origin, against the counts that followed"
)


def main() -> None:
    """Read, forecast, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path, nargs="+", help="a Flee directory")
    parser.add_argument("--out", type=Path, required=True, help="the JSON file to write")
    chosen = parser.parse_args()
    cases = []
    for directory in chosen.directory:
        case = read_flee(directory)
        camps = camps_of(case)
        rows = rolling(camps)
        cases.append(errors_learned(camps, rows))
        for name, scaling in zip(ALLOCATED, (1.0, None), strict=True):
            run = validate(case, capacity_scaling=scaling, seeds=range(1, 4))
            cases[-1][name] = allocation_of(run.simulated, run.counted)
        print(f"{camps.name}: {len(rows.count)} forecasts")
    found = {
        "source": SOURCE,
        "made": dt.date.today().isoformat(),
        "allocated": "errors of whole runs that are given how many came in all: quantiles, by days since the start",
        "error": "(counted - forecast) / (forecast + a fifth of a mean camp)",
        "rule": f"origins every {EVERY} days, counts within {WITHIN} days of {LEADS} days ahead",
        "cases": cases,
    }
    chosen.out.write_text(json.dumps(found, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
