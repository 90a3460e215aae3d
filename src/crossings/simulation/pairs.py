"""The two scenarios of a comparison."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crossings.errors import InputError
from crossings.scenario import Scenario


def pair(
    scenario: Scenario, *, without: Iterable[str] = (), added: Iterable[Any] = ()
) -> tuple[str, Scenario, str, Scenario]:
    """The two scenarios of a comparison: (baseline's name, baseline, scenario's name, scenario).

    ``without``: the baseline lacks these orders or rows. ``added``: the scenario has these closure rows as well. Neither:
    the baseline lacks the orders that begin after the start.
    """
    names, rows = list(without), list(added)
    if names:
        return f"without {', '.join(names)}", scenario.without(*names), "as written", scenario
    if rows:
        named = "with " + ", ".join(dict.fromkeys(r.order for r in rows))
        return "as written", scenario, named, scenario.with_closures(rows)
    baseline = scenario.baseline()
    if baseline.closures == scenario.closures:
        raise InputError(
            scenario.settings.name,
            "no order begins after the start, so there is nothing to compare",
            "name orders to leave out, give rows to add, or ask what happens if crossings close (crossings whatif)",
        )
    return "without later orders", baseline, "as written", scenario
