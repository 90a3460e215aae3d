"""The application: its commands in the order in which a person meets them."""

from __future__ import annotations

import typer

from crossings.cli import access, comparing, demo, running, scenarios, starting

__all__ = ["build"]

ABOUT = """What happens when a border closes: who arrives where and when, how long they wait, where they go when a crossing
shuts, who gives up, who is left with no way across, and how sure it is.

SCENARIO is a directory, or the name of a bundled scenario (see: crossings examples). Travellers are synthetic."""


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
    app.command("new")(starting.new)
    app.command("check")(scenarios.check)
    app.command("explain")(scenarios.explain)
    app.command("run")(running.run)
    app.command("compare")(comparing.compare)
    app.command("access")(access.access)
    app.command("again")(running.again)
    app.command("examples")(scenarios.examples)
    app.command("demo")(demo.demo)
    app.command("version")(scenarios.version)
    return app
