"""The command atlas: the bundled closures, and what they teach together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from crossings.cli.formatting import number, print_json, print_line, print_table
from crossings.cli.options import Json, option
from crossings.io.faults import counted


def atlas(
    learn: Annotated[
        Path | None, option("--learn", "Fit the priors to the closures again and write them to this JSON file.", "FILE")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the bundled closures: where, when, how many counts, which kinds of order. Each is a folder with three files."""
    from crossings.forecasting import atlas as bundled

    if learn is not None:
        from crossings.forecasting.learning import learn as learn_from
        from crossings.forecasting.learning import write

        write(learn_from([bundled.read(name) for name in bundled.names()]), learn)
        print_line(f"{learn}: priors learned from {counted(len(bundled.names()), 'closure')}")
        return
    rows = [_row(name) for name in bundled.names()]
    if as_json:
        print_json({"folder": str(bundled.FOLDER), "closures": rows})
        return
    print_table(
        "Closures",
        [("name", False), ("what", False), ("from", False), ("to", False), ("counts", True), ("kinds of order", False)],
        [[r["name"], r["title"], r["from"], r["to"], number(r["counts"]), ", ".join(r["kinds"])] for r in rows],
        note=f"In {bundled.FOLDER}; forecasts of them: crossings backtest --atlas",
    )


def _row(name: str) -> dict[str, Any]:
    from crossings.forecasting import atlas as bundled

    episode = bundled.read(name)
    return {
        "name": name,
        "title": bundled.title(name),
        "from": f"{min(c.start for c in episode.counts):%Y-%m-%d}",
        "to": f"{max(c.end for c in episode.counts):%Y-%m-%d}",
        "counts": len(episode.counts),
        "crossings": len(episode.sites),
        "kinds": sorted({o.kind for o in episode.orders}),
        "orders": [o.id for o in episode.orders],
    }
