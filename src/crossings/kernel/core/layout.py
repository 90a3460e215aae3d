"""The tables that the compiled code reads and writes: numpy record arrays, a record an entity. ``FAR`` = never (ms).

Records rather than an array a field: one traveller's fields lie in one or two cache lines, which are asked for some events
ahead (`prefetch`), and the compiler has few arguments to pass.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from crossings.kernel.core.blocks import Block
from crossings.kernel.core.compiled import numbered

FAR = np.int64(2**62)
HOUR_MS = 3_600_000.0
DAY_MS = 86_400_000

# States of a traveller, in the order of the tables.
STATES = ("at_home", "on_road", "queueing", "in_service", "after_border", "arrived", "gave_up", "no_alternative")
AT_HOME, ON_ROAD, QUEUEING, IN_SERVICE, AFTER_BORDER, ARRIVED, GAVE_UP, NO_ALTERNATIVE = numbered(8)

# Kinds of event.
(
    LEAVE,
    AT_GATE,
    AT_ENTRY,
    CROSSED,
    TURNED_AWAY,
    RENEGED,
    HOME_NEWS,
    AWAY_NEWS,
    STAY_ENDS,
    AT_PLACE,
    PLACE_EXIT,
    ROAD_NEWS,
) = numbered(12)

# Outcomes of a visit to a queue.
OUTCOMES = ("served", "turned_away", "reneged", "stayed")
SERVED, OUT_TURNED_AWAY, OUT_RENEGED, STAYED = numbered(4)
AFTER_STAY = np.int64(4)  # added to a visit's side: it follows a stay, so it is no new arrival at the crossing

# What a choice can be besides an alternative's index.
NOTHING, OUTSIDE, STAY_HERE = numbered(-1, -4, -1)

_I, _F, _U, _B = np.int64, np.float64, np.uint64, np.bool_


def _table(**fields: Any) -> np.dtype[Any]:
    return np.dtype(list(fields.items()), align=True)


STREAM = _table(
    is_stock=_B,
    by_destination=_B,  # tastes are about destinations
    buffer=_B,  # capacity rule
    wait_weight=_F,  # 1/h
    delay_ms=_F,  # mean delay of knowledge
    lag=_F,  # steps by which the waits that it hears of are old
    rush=_F,
    flexible_ms=_F,  # mean of how far a journey can be moved; 0 = not at all
    at_once=_F,  # share of people who are back as soon as a way is open again
    recover_ms=_F,  # mean time after which the others are; 0 = all are at once
    sigma=_F,  # of ln(journey factor)
    setup_ms=_F,
    setup_beyond_h=_F,
    patience_ms=_F,  # mean; inf = endless
    give_up=_F,
    persons=_F,
    outside=_F,  # exp(−V) of not going; 0 = no such way out
    outside_item=_U,
    day_shape=_F,  # 0 = no day factor
    party=_F,  # variance over mean of how many come, as they come in groups; 1 = alone
    brought_share=_F,
    group_size=_I,
    dwell_ms=_F,
    rotate_start=_I,  # into rotate
    rotate_end=_I,
    news_start=_I,  # into news_order
    news_end=_I,
    until_start=_I,  # into news_until
    until_end=_I,
)
ORDER = _table(  # an order as a whole, or a part of one that keeps only some away or is lifted only in places
    announced=_I,
    rank=_I,  # by announcement
    item=_U,
    ending_start=_I,
    ending_end=_I,
    whole=_I,  # the order of which it is a part, or itself
    share=_F,  # of the travellers whom it concerns
    last=_I,  # when the last of its rows is to end
)
ENDING = _table(order=_I, at=_I)  # which order ends one, and when
GATE = _table(
    crossing=_I,
    stream=_I,
    near=_I,
    far=_I,
    exit_queue=_I,
    entry_queue=_I,
    row_start=_I,
    row_end=_I,
    shut_start=_I,
    shut_end=_I,
    kept_start=_I,
    kept_end=_I,
    toll_start=_I,
    toll_end=_I,
)
ROW = _table(from_ms=_I, until_ms=_I, order=_I, long=_B)  # a row that closes a gate, as scheduled
SHUT = _table(from_ms=_I, until_ms=_I)  # physically closed to everybody, merged
KEPT_AWAY = _table(from_ms=_I, until_ms=_I, order=_I)  # physically closed to those whom the order concerns
TOLL = _table(from_ms=_I, until_ms=_I, order=_I, hours=_F)  # passing is as costly as so much waiting, as scheduled
QUEUE = _table(item=_U, shift_start=_I, shift_end=_I, free_start=_I, free_end=_I)
SHIFT = _table(open=_I, close=_I, servers=_I, mean_ms=_F, cv=_F, day=_I, quota=_I)  # quota −1 = none
SPAN = _table(start=_I, end=_I)
ALTERNATIVE = _table(gate=_I, destination=_I, item=_U, leg=_I)  # gate −1 = no crossing; leg after the first crossing
JOURNEY = _table(weight=_F, hours=_F, km=_F, journey_h=_F)  # weight = exp(cost − α); hours, km to the first crossing
LEG = _table(next=_I, hours=_F, km=_F, after=_I)  # next gate, −1 = the destination; the leg after it
SITE = _table(capacity=_F, present=_F, item=_U, exit_start=_I, exit_end=_I)
EXIT = _table(at=_I, sum=_F, rate=_F)  # exit hazard: integrated at ``at``, rate (1/ms) from then on
CELL = _table(base=_U, group=_I, origin=_I, mean=_F, count=_I, stock=_I, day=_I, hours=_I, share=_I)
HAZARD = _table(at=_I, rate=_F, day=_I)
DAY_FACTOR = _table(base=_U, stream=_I)

CROWD = _table(  # 32 bytes
    who=_U,
    created=_I,
    leave=_I,
    origin=np.int32,
    group=np.uint16,
    brought=np.uint8,
    behind=np.uint8,  # how many of its own group come before; that of the leader is 0
)
FATE = _table(  # 64 bytes, a cache line
    since=_I,  # time of the pending event, or of giving up
    left=_I,  # FAR = never
    crossed=_I,  # the last crossing; FAR = never
    gate=np.int32,
    leg=np.int32,  # the one that follows the gate, which says where the way ends; without a gate −2 − destination; −1 = none
    crossed_gate=np.int32,
    first_gate=np.int32,
    km=np.float32,
    hours=np.float32,
    told=np.uint32,  # so many orders, first announced first, are known
    joins=np.uint32,
    refusals=np.uint32,
    state=np.uint16,  # of 16 bits, as is the event, so that no byte of a record is unset
    event=np.uint16,
)
VISIT = _table(arrival=_I, begin=_I, end=_I, traveller=np.int32, gate=np.int32, side=np.uint8, outcome=np.uint8)
CHOICE = _table(time=_I, traveller=np.int32, taken=np.int32)


def in_lines(n: int, dtype: np.dtype[Any]) -> np.ndarray[Any, np.dtype[Any]]:
    """An array [n], not set, that begins with a cache line: records whose size divides it lie whole in one."""
    room = np.empty(n * dtype.itemsize + 64, np.uint8)
    start = -room.ctypes.data % 64
    return room[start : start + n * dtype.itemsize].view(dtype)


class PeopleTables(Block):
    """Who sets out. hour_ms [., 24]: UTC ms of local hours; share_sum [., 25]: cumulative shares; stocks: spans of hazards."""

    tables: ClassVar[dict[str, Any]] = {
        "cells": CELL,
        "hour_ms": (_I, 2),
        "share_sum": (_F, 2),
        "stocks": SPAN,
        "hazards": HAZARD,
        "days": DAY_FACTOR,
    }


class ModelTables(Block):
    """Everything else that the kernel reads. G gates, A alternatives, R regimes, L legs."""

    tables: ClassVar[dict[str, Any]] = {
        "streams": STREAM,
        "rotate": _I,  # crossing numbers
        "news_order": _I,  # orders with a closed row at a gate of a stream, or that end one there, first announced first
        "news_until": _I,  # sorted scheduled ends of such rows, ms
        "orders": ORDER,  # sorted by id, then the parts
        "endings": ENDING,
        "gates": GATE,
        "rows": ROW,
        "shuts": SHUT,
        "kept_away": KEPT_AWAY,
        "tolls": TOLL,
        "queues": QUEUE,
        "shifts": SHIFT,
        "set_of": (_I, 2),  # [group, choice place] → set, −1 = none
        "choice_place": _I,  # place → column of set_of, −1 = none
        "group_stream": _I,
        "sets": SPAN,  # of alternatives
        "alternatives": ALTERNATIVE,  # [A]
        "journeys": (JOURNEY, 2),  # [R, A]
        "lives": (np.int32, 2),  # [R, set] how many alternatives of a set can be reached in a regime
        "live": (
            np.int32,
            2,
        ),  # [R, A] which, from the start of the set on, in order; and their items, one after the other
        "live_item": (_U, 2),
        "shortest_h": (_F, 2),  # [R, set] least journey_h
        "regime_start": _I,  # [R] ms, the first 0
        "regime_news": np.uint8,  # [R] 1 = roads or places change as it begins; 0 = the weights of alternatives alone
        "legs": (LEG, 2),  # [R, L]
        "leg_end": np.int32,  # [L] the destination
        "site_of": _I,  # place → site, −1 = none
        "sites": SITE,
        "exits": EXIT,
    }
    numbers: ClassVar[tuple[str, ...]] = ("step_ms", "end_ms", "horizon_ms")


class Ahead(Block):
    """What one traveller of a stock thinks of, and what all of its cell share (see anticipation.py). O orders."""

    tables: ClassVar[dict[str, Any]] = {
        "concerns": _I,  # [O] orders that may take a favourite away
        "needed": _I,  # [O] orders whose time of knowing matters
        "seen": np.uint8,  # [O] 1 = needed, 2 = a concern as well
        "counted": _I,  # [2] concerns, needed
        "times": _I,  # [O] when each needed order is known, ms
        "tastes": _F,  # [alternatives of a set] −ln u
        "starts": _I,  # [O + 1] of intervals, ms
        "ends": _I,  # [O + 1]
    }


class World(Block):
    """What changes during a run. N travellers, K steps, S streams, Q queues, D sites."""

    tables: ClassVar[dict[str, Any]] = {
        "crowd": CROWD,  # [N]
        "fate": FATE,  # [N]
        "calendar": np.int32,  # [K + 1] the step's chunk in the pool; −1 = none
        "pending": np.int32,  # [K + 1] events in the step
        "pool": (np.int32, 2),  # [chunks, 64] travellers, see calendar.py
        "spare": np.int32,  # [2] a chain of free chunks, the first chunk never used
        "states": (np.int32, 3),  # [K + 1, S, 8] changes per step, summed at the end
        "free": _I,  # [servers of all queues] end of the last service
        "day": _I,  # [Q] local date of the services counted in begun
        "begun": _I,  # [Q]
        "hint": _I,  # [Q] first shift that may still matter
        "board": _I,  # [Q] wait, ms
        "heard": (_I, 2),  # [K + 1, Q] the boards of all steps, or [0] where nobody hears of waits late
        "present": _F,  # [D] travellers arrived and not gone, persons
        "came": (_F, 2),  # [K + 1, D] persons to be added to present at the step, where the place is a plain one
        "on_way": _F,  # [D] persons, where there is a capacity
        "room": (_F, 2),  # [D, 2] the board's share of room left, by the rules `room` and `buffer`
        "shown": (np.float32, 2),  # [K + 1, D] persons present at each step
        "over": (np.int32, 2),  # [K, D] arrivals that found the place full
        "visits": VISIT,  # in the order in which they were resolved
        "choices": CHOICE,  # in the order in which they were made; [0] = not kept
        "written": _I,  # [2] visits and choices so far, also those for which there was no room
        "settled": _I,  # [1] what is certain to happen before this time is settled as soon as it is certain
        "draw": _F,  # [alternatives of a set] u of TASTE of the one who is choosing
        "likely": _F,  # [alternatives of a set] see choice.py
        "kept": FATE,  # [N] the fates at keep_ms, or [0]
    }
    numbers: ClassVar[tuple[str, ...]] = ("keep_ms",)
