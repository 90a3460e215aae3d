"""The time that a comparison is about: when the compared orders were announced, in force, and replaced."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from crossings.scenario.clock import Clock
from crossings.scenario.entities import Closure
from crossings.scenario.replacing import ends_row
from crossings.scenario.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Period:
    """Times in ms since the run's start, all within it; orders: those that are compared.

    announced: the first of them is; begins: the first takes effect; ends: the last is no longer in force; replaced: another
    order takes the place of one of them (None: none does within the run); horizon: the run ends.
    """

    orders: tuple[str, ...]
    announced: int
    begins: int
    ends: int
    replaced: int | None
    horizon: int

    @property
    def judged(self) -> int:
        """When it is judged what became of everybody: when the orders are replaced, else at the end of the run."""
        return self.horizon if self.replaced is None else self.replaced


def period_of(rows: Iterable[Closure], others: Iterable[Closure], clock: Clock) -> Period:
    """The period of the rows that are compared; others: rows of the scenario that are not.

    Without rows, the whole run.
    """
    horizon = clock.horizon_ms
    every, rest = list(rows), [row for row in others if row.kind != "note"]
    mine = [row for row in every if clock.to_ms(row.from_) < horizon] or every
    if not mine:
        return Period((), 0, 0, horizon, None, horizon)
    orders = tuple(dict.fromkeys(row.order for row in mine))

    def end(row: Closure) -> int:
        """When the last crossing that the row names is free of it: one can be lifted there before the others are."""
        until = horizon if row.until is None else clock.to_ms(row.until)
        ends = ([clock.to_ms(o.from_) for o in (*mine, *rest) if ends_row(o, row, c)] for c in row.crossings or (None,))
        return max(min([until, horizon, *times]) for times in ends)

    def whole(other: Closure) -> bool:
        return any(all(ends_row(other, row, c) for c in row.crossings or (None,)) for row in mine)

    begins = min(horizon, max(0, min(clock.to_ms(row.from_) for row in mine)))
    announced = max(0, min(clock.to_ms(row.announced or row.from_) for row in mine))
    ends = max(begins, *(end(row) for row in mine if clock.to_ms(row.from_) < horizon), begins)
    following = [clock.to_ms(o.from_) for o in rest if o.order not in orders and whole(o)]
    replaced = min((t for t in following if begins < t < horizon), default=None)
    return Period(orders, min(announced, begins), begins, ends, replaced, horizon)


def compared(without: Scenario, with_them: Scenario) -> tuple[list[Closure], list[Closure]]:
    """The acting rows that only one of two scenarios has, and those that both have.

    What a row replaces is no difference: a baseline's rows do not name orders that it lacks.
    """
    old, new = _bare(without), _bare(with_them)
    both = [row for bare, row in new.items() if bare in old]
    rows = [row for bare, row in new.items() if bare not in old] + [row for bare, row in old.items() if bare not in new]
    return [row for row in rows if row.kind != "note"], both


def _bare(scenario: Scenario) -> dict[Closure, Closure]:
    return {row.model_copy(update={"replaces": ()}): row for row in scenario.closures}
