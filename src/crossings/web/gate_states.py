"""What each gate of a scenario is, day by day, for the page's timeline."""

from __future__ import annotations

from typing import Any

from crossings.charts import STATES
from crossings.report.key_dates import state_of
from crossings.report.view_model import Facts
from crossings.scenario.order_kinds import ACTING
from crossings.web.cache import LRUCache

__all__ = ["GateStates"]

KEYS = list(STATES)
MOST_STATES = 3000


class GateStates:
    """What each gate of a scenario is on each day; kept by the orders that act on it, as most changes touch few gates."""

    def __init__(self) -> None:
        self._kept: LRUCache[tuple[Any, ...], list[int]] = LRUCache(MOST_STATES)

    def of(self, facts: Facts, gate: int) -> list[int]:
        """Positions in ``charts.STATES``, day by day."""
        rules = facts.model.rules
        rows = rules.acting_on(facts.model.gates[gate], *ACTING)
        key = (gate, *((r.closure.kind, r.closure.value, r.from_ms, r.end_ms) for r in rows))
        return self._kept.get(key, lambda: [KEYS.index(state_of(facts, [gate], day)) for day in facts.days])
