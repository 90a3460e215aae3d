"""Whether a crossing is open: by the orders of a scenario, for a direction, a stream and a time."""

from __future__ import annotations

import datetime as dt

from crossings.scenario import Closure, Scenario
from crossings.scenario.order_kinds import ACTING
from crossings.scenario.replacing import ends_row


def end_of(row: Closure, scenario: Scenario, crossing: str | None = None) -> dt.datetime | None:
    """When a row ends: as it says, or when an order that replaces it begins or lifts it at a crossing; None where neither is
    known.
    """
    ends = [row.until] if row.until is not None else []
    ends += [other.from_ for other in scenario.closures if ends_row(other, row, crossing)]
    return max(row.from_, min(ends)) if ends else None


class States:
    """The state of each crossing under the orders of a scenario: open, limited (any kind but closed), partly closed, closed."""

    def __init__(self, scenario: Scenario) -> None:
        self._rows: dict[str, list[tuple[Closure, dt.datetime, dt.datetime]]] = {}
        for row in scenario.closures:
            if row.kind in ACTING:
                for crossing in row.crossings:
                    end = end_of(row, scenario, crossing) or dt.datetime.max
                    if end > row.from_:  # its order can have been replaced before
                        self._rows.setdefault(crossing, []).append((row, row.from_, end))

    def at(self, crossing: str, stream: str, direction: str, first: dt.datetime, until: dt.datetime) -> str:
        """The state from ``first`` to ``until``."""
        closed: list[tuple[dt.datetime, dt.datetime]] = []
        limited = False
        for row, start, end in self._rows.get(crossing, ()):
            if row.direction not in (None, direction) or (row.streams and stream not in row.streams):
                continue
            if start < until and end > first:
                if row.kind == "closed":
                    closed.append((max(start, first), min(end, until)))
                else:
                    limited = True
        reached = first
        for start, end in sorted(closed):
            if start > reached:
                break
            reached = max(reached, end)
        if reached >= until and closed:
            return "closed"
        return "partly closed" if closed else "limited" if limited else "open"
