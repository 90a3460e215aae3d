"""What the expected flows read besides the model's tables, and what changes while they are computed.

A *type* is a mass of travellers that stands or drives towards one gate of one alternative: (alternative, gate on its
way). Masses are in travellers (units of the stream), not persons.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from crossings.kernel.core.blocks import Block
from crossings.kernel.core.layout import SPAN

_I, _F, _U, _B = np.int64, np.float64, np.uint64, np.bool_


def _table(**fields: Any) -> np.dtype[Any]:
    return np.dtype(list(fields.items()), align=True)


# set: the choice set it chose from; near: the set from which it would choose again; first: at its first gate.
TYPE = _table(
    alternative=_I, gate=_I, leg=_I, exit_queue=_I, entry_queue=_I, site=_I, set=_I, near=_I, stream=_I, first=_B
)
LAG = _table(first=_I, start=_I, end=_I)  # shares of a departing mass by steps from ``first`` on: into ``lag_share``
MEMBER = _table(type=_I, exit=_B)  # a type that passes a queue


class Plan(Block):
    """What follows from the scenario alone, for some of its streams.

    T types, A alternatives, L legs, R regimes, K steps, G gates, S sets; tables by stream hold those streams only.
    """

    tables: ClassVar[dict[str, Any]] = {
        "types": TYPE,  # [T]
        "type_of": _I,  # [A] its type at the first gate, −1 = goes to its destination without one
        "next_type": (_I, 2),  # [R, T] −1 = its destination comes next, −2 = no way on
        "journey_lag": (LAG, 2),  # [R, A]
        "leg_lag": (LAG, 2),  # [R, L]
        "lag_share": _F,
        "queue_order": _I,  # the queues in the order in which they are passed
        "queue_members": SPAN,  # [Q]
        "members": MEMBER,
        "opening": (np.float32, 2),  # [G, quarters of a step] hours from coming to a gate to the next opening
        "opening_at": (_I, 2),  # [R, A] quarters of a step from the step's beginning to the coming, on average
        "shut": (np.float32, 2),  # [G, K] share of the step in which a gate is physically closed
        "sets": _I,  # of these streams
        "homes": _I,  # those sets from which somebody leaves
        "gates": _I,  # of these streams
        "detours": _I,  # alternatives that may need preparing
        "ends": _I,  # rows of ``ending`` that somebody may come to
        "set_group": _I,  # [S]
        "set_of": _I,  # [A]
        "set_orders": SPAN,  # [S] orders with a closed row at a gate on the way of an alternative, and those that end them
        "order_list": _I,
        "order_acts": _B,  # whether what is eligible depends on it
        "one_taste": _B,  # [S] whether every alternative has a taste of its own
        "steady": _B,  # [S] whether what draws to its alternatives depends on the regime alone: no queue, no hours, no room
        "taste": _I,  # [A] the first alternative of its set with the same taste, counted from the set's first
        "cell_source": SPAN,  # [cells]
        "source_step": _I,
        "source_share": _F,
        "origin_set": _I,  # [cells]
        "stock_set": _I,  # [stocks] −1 = of another stream
    }
    numbers: ClassVar[tuple[str, ...]] = ("steps", "exit_queues")


class Fluid(Block):
    """Masses while the flows are computed, and what comes out. K steps computed, S sets, T types, Q queues, D sites."""

    tables: ClassVar[dict[str, Any]] = {
        "active": _B,  # [streams]
        "mass": _F,  # everything that follows, in one piece
        "loses": _F,  # [streams] share of those waiting who lose patience in a step
        "prepares": _F,  # [streams] share of those preparing a detour who set out in a step
        # knowledge and choice
        "known": np.uint8,  # [orders] scratch: 1 = known
        "along": _I,  # [orders] scratch: the order with which one counts as known, or itself
        "stale": (np.uint8, 2),  # [S, K + 1] what can be known or reached changes in this step
        "uncertain": (_I, 2),  # [S, SUBSETS + 1] orders known to some only; the last column: how many
        "fresh": np.uint8,  # [S] whether the next two hold
        "eligible": (_U, 2),  # [S, 2^SUBSETS] alternatives that are eligible, by subset of the uncertain orders known
        "since": (
            _I,
            2,
        ),  # [A, 2^SUBSETS] when, leaving from home, the last of its closures was over, by subset; or [0]
        "weight": _F,  # [A] exp(V) when last chosen from, waits and room included
        "weighed": _I,  # [S] 1 + the step of its weights, of a steady set the regime; 0 = to be weighed
        "share": _F,  # [A + 2] scratch
        "start": _F,  # [A + 2] scratch
        "rate": _F,  # [A + 2] scratch
        "rank": _I,  # [A + 2] scratch
        "before": _F,
        "slot": _I,
        "best": _I,  # [A + 2] scratch
        "won": _F,
        # people
        "leaving": (_F, 2),  # [S, K] flow travellers who leave
        "moved": (
            _F,
            3,
        ),  # [S, K, 3] journeys made earlier and later than planned, by when; put off, by when planned; or [0]
        "moved_bits": (_U, 2),  # [S, K] their favourites
        "joining": (_F, 2),  # [stocks, K]
        "stock": (_F, 2),  # [stocks, 3] favourite not touched by the order to come; touched and not known; known
        "rush_order": _I,  # [stocks]
        "rush_until": _I,  # [stocks]
        "touched": _U,  # [stocks] alternatives
        "favoured": _U,  # [stocks] what was eligible before that order
        "hazard_at": _I,  # [stocks]
        "ready": _F,  # [S] at home, left for nothing open
        "shy": (_F, 2),  # [S, BINS + 1] at home, not back yet after a closure, by how long they stay away; all
        "lost": _F,  # [S] away, nothing open
        "released": _F,  # [S] share of those two that went since the last closure was to end
        "news": np.uint8,  # [K + 1] a closure was to end in this step
        "setting": _F,  # [A] preparing a detour
        # on the road and at the border
        "coming": (_F, 2),  # [T, ring] by step, modulo the length of the ring
        "ending": (_F, 2),  # [2 streams D, ring] to the destination: straight, over a border
        "entered": np.uint8,  # [T] whether somebody has been of the type
        "live": _I,  # [T] those of whom somebody has, in the order in which they came to be
        "lives": _I,  # [1] how many those are
        "held": np.uint8,  # [T] whether a gate has ever held somebody of the type: waiting, turned away
        "holds": _I,  # [1] how many those are
        "crossed_now": _F,  # [T]
        "stuck": _F,  # [T] crossed, no way on
        "waiting": (_F, 2),  # [T, 2] exit, entry
        "serving": (_F, 2),  # [T, 2]
        "done": _F,  # [T] through the exit control in this step
        "refused": _F,  # [T] turned away, to choose again
        "reneged": _F,  # [T] out of patience, to choose again
        "staying": _F,  # [T]
        "stay_until": _I,  # [T] step
        "busy": _F,  # [Q] servers
        "pace": _F,  # [Q] mean service of those in service, ms
        "queued": _F,  # [Q]
        "day": _I,  # [Q]
        "begun": _F,  # [Q] services begun on that day
        "hint": _I,  # [Q]
        "board": _F,  # [Q] hours
        "heard": (_F, 2),  # [K, Q] the boards of all steps, or [0] where nobody hears of waits late
        "asked": _F,  # [Q] see `ended`
        "answer": _F,  # [Q]
        "present": _F,  # [D] persons
        "on_way": _F,  # [D] persons
        "room": (_F, 2),  # [D, 2] as of a world
        "exit_at": _I,  # [D]
        # what comes out
        "arrived": (_F, 2),  # [K, G]
        "crossed": (_F, 2),
        "turned_away": (_F, 2),
        "out_of_patience": (_F, 2),
        "queue": (_F, 2),  # [K, G] at the end of the step
        "wait_h": (_F, 2),  # [K, G] the board's
        "shown": (_F, 2),  # [K + 1, D] persons present
        "states": (_F, 3),  # [K + 1, streams, 8] at the start of a step
        "state": (_F, 2),  # [streams, 8] now
    }
    numbers: ClassVar[tuple[str, ...]] = ("steps", "ring")
