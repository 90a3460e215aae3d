"""The application: its commands in the order in which a person meets them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Annotated

import typer

from crossings.cli import (
    access,
    atlas,
    backtest,
    brief,
    claims,
    combinations,
    compare,
    demo,
    evidence,
    export,
    fit,
    flee,
    forecast,
    import_,
    lanes,
    new,
    observe,
    query,
    replay,
    run,
    scenarios,
    serve,
    update,
    whatif,
)
from crossings.cli.option_groups import expanded

ABOUT = """What happens when a border closes: who arrives where and when, how long they wait, where they go when a crossing
shuts, who gives up, who is left with no way across, and how sure it is.

SCENARIO is a directory, or the name of a bundled scenario (see: crossings examples). Travellers are synthetic."""


def _print_version(wanted: bool) -> None:
    if wanted:
        scenarios.version()
        raise typer.Exit


COMMANDS: dict[str, tuple[Callable[..., None], str]] = {
    "new": (new.new, "make a scenario of your own"),
    "check": (scenarios.check, "report every fault of a scenario"),
    "explain": (scenarios.explain, "who can go where; what each order changes"),
    "run": (run.run, "run it many times"),
    "compare": (compare.compare, "the same people with and without orders"),
    "whatif": (whatif.whatif, "what if these crossings close"),
    "brief": (brief.brief, "two pages to forward: PDF, Word, HTML or a workbook"),
    "options": (combinations.options, "every combination of crossings open or shut"),
    "fit": (fit.fit, "fit parameters to counts"),
    "update": (update.update, "update a fit with today's counts"),
    "score": (fit.score, "evaluate a fit on held-out counts"),
    "evidence": (evidence.evidence, "do people come alone, in groups, or sent?"),
    "forecast": (forecast.forecast, "what comes next: each crossing, and all"),
    "backtest": (backtest.backtest, "forecast past counts, and score the forecasts"),
    "atlas": (atlas.atlas, "the bundled closures, and what they teach"),
    "access": (access.access, "how far to the nearest open crossing"),
    "claims": (claims.claims, "test public claims against the simulation"),
    "serve": (serve.serve, "the page: try it out in a browser"),
    "again": (replay.again, "re-run a saved result and check that it is identical"),
    "query": (query.query, "ask saved results with SQL"),
    "export": (export.export, "results for other tools"),
    "lanes": (lanes.lanes, "servers and service times from waits"),
    "validate": (flee.validate, "score a Flee directory against its counts"),
    "examples": (scenarios.examples, "list the bundled scenarios"),
    "demo": (demo.demo, "Finland 2023 beside what was counted"),
    "version": (scenarios.version, "print the version"),
}


def _top(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    pass


@functools.cache
def build() -> typer.Typer:
    """Every command, none of which has imported what it needs yet."""
    app = typer.Typer(
        name="crossings",
        help=ABOUT,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback()(_top)
    for name, (command, short) in COMMANDS.items():
        app.command(name, short_help=short)(expanded(command))
    others = typer.Typer(help="Make a scenario of other people's files.", no_args_is_help=True, rich_markup_mode=None)
    others.command("osm", short_help="from an OpenStreetMap extract")(import_.import_osm)
    others.command("gmns", short_help="from a GMNS network")(import_.import_gmns)
    others.command("flee", short_help="from a Flee directory")(flee.import_flee)
    counts = typer.Typer(
        help="Counts and waits that others publish, as rows of observations.csv.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    counts.command("csv", short_help="any table: CSV, XLSX, Parquet")(expanded(observe.observe_csv))
    counts.command("hxl", short_help="a table with HXL tags")(expanded(observe.observe_hxl))
    counts.command("dtm", short_help="the same, of IOM's DTM")(expanded(observe.observe_hxl))
    counts.command("bts", short_help="US entries by port and month")(expanded(observe.observe_bts))
    counts.command("unhcr", short_help="a time series of UNHCR")(expanded(observe.observe_unhcr))
    counts.command("cbp", short_help="wait times into the US")(expanded(observe.observe_cbp))
    app.add_typer(counts, name="observe", short_help="counts and waits that others publish")
    app.add_typer(others, name="import", short_help="make a scenario from other people's files")
    return app
