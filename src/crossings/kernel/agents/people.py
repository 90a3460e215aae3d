"""Who sets out and when (docs/model.md, section 3)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.kernel.agents.moved import made_at
from crossings.kernel.agents.rush import anticipation, look_ahead
from crossings.kernel.core.blocks import bare
from crossings.kernel.core.compiled import entry, inner
from crossings.kernel.core.draws import (
    BROUGHT,
    DAY,
    HAZARD,
    MINUTE,
    NUMBER,
    ONCE,
    PARTY,
    gamma,
    poisson_quantile,
    uniform,
)
from crossings.kernel.core.layout import CROWD, FAR, HOUR_MS, Ahead, ModelTables, PeopleTables, in_lines

_ZERO = np.uint64(0)
LONGEST = np.int64(256)  # people behind one leader, itself included; a larger group has several
_LARGEST = np.int64(65536)


@inner
def day_factors(seed, model, people):
    """The gamma day factor of each (stream, local date): mean 1, shape ``day_shape``."""
    out = np.ones(people.days.size)
    for i in range(out.size):
        shape = model.streams[people.days[i].stream].day_shape
        if shape > 0.0:
            out[i] = gamma(seed, people.days[i].base, _ZERO, DAY, ONCE, shape) / shape
    return out


@inner
def hazard_sums(people, factors):
    """Integrated hazard at each breakpoint of each stock, with the day factors of this seed."""
    out = np.zeros(people.hazards.size)
    for stock in range(people.stocks.size):
        for i in range(people.stocks[stock].start + 1, people.stocks[stock].end):
            day = people.hazards[i - 1].day
            rate = people.hazards[i - 1].rate * (factors[day] if day >= 0 else 1.0)
            out[i] = out[i - 1] + rate * (people.hazards[i].at - people.hazards[i - 1].at)
    return out


@inner
def _integrated(people, sums, stock, t):
    """Integrated hazard M(t) of a stock."""
    low, high = people.stocks[stock].start, people.stocks[stock].end - 1
    if t <= people.hazards[low].at:
        return 0.0
    if t >= people.hazards[high].at:
        return sums[high]
    while high - low > 1:
        mid = (low + high) >> 1
        if people.hazards[mid].at <= t:
            low = mid
        else:
            high = mid
    span = people.hazards[high].at - people.hazards[low].at
    return sums[low] + (sums[high] - sums[low]) * ((t - people.hazards[low].at) / span)


@inner
def _when(people, sums, stock, target):
    """The first t (ms, not rounded) with M(t) ≥ target; inf if it never is."""
    low, high = people.stocks[stock].start, people.stocks[stock].end - 1
    if target > sums[high]:
        return np.inf
    while high - low > 1:
        mid = (low + high) >> 1
        if sums[mid] < target:
            low = mid
        else:
            high = mid
    gain = sums[high] - sums[low]
    if gain <= 0.0:
        return np.float64(people.hazards[low].at)
    return people.hazards[low].at + (people.hazards[high].at - people.hazards[low].at) * ((target - sums[low]) / gain)


@inner
def _stock_leaves(seed, salt, model, people, sums, mine, who, s, chosen_set, stock, t_in):
    """When a traveller of a stock leaves, ms, or FAR: its integrated hazard, rush included, passes its own Exp(1)."""
    rush = model.streams[s].rush
    left = -math.log(uniform(seed, who, _ZERO, HAZARD, ONCE))
    n = 0
    if rush != 1.0 and chosen_set >= 0:
        n = anticipation(seed, salt, model, mine, who, s, chosen_set, t_in)
    at = _integrated(people, sums, stock, t_in)
    for k in range(n):
        if mine.ends[k] <= t_in:
            continue
        begin = _integrated(people, sums, stock, max(mine.starts[k], t_in))
        end = _integrated(people, sums, stock, mine.ends[k])
        if left <= begin - at:
            break
        left -= begin - at
        at = begin
        if left <= (end - begin) * rush:
            left /= rush
            break
        left -= (end - begin) * rush
        at = end
    when = _when(people, sums, stock, at + left)
    return np.int64(np.rint(when)) if when < 4e18 else FAR


@inner
def _minute(seed, people, c, who):
    """When a traveller of demand cell c sets out or joins its stock: local hour by the profile, then within it."""
    if people.cells[c].hours < 0:
        return np.int64(0)
    u = uniform(seed, who, _ZERO, MINUTE, ONCE)
    row = people.cells[c].share
    h = 0
    low, high = people.share_sum[row, 0], people.share_sum[row, 1]
    while h < 23 and (u >= high or high <= low):
        h += 1
        low, high = high, people.share_sum[row, h + 1]
    fraction = (u - low) / (high - low)
    return people.hour_ms[people.cells[c].hours, h] + np.int64(np.rint(fraction * HOUR_MS))


@inner
def party_size(seed, leader, party):
    """How many come with a leader, itself included: logarithmic-series, so that variance over mean of sums is ``party``."""
    p = 1.0 - 1.0 / party
    u = uniform(seed, leader, _ZERO, PARTY, ONCE)
    size, term = np.int64(1), p / math.log(party)
    below = term
    while below < u and size < _LARGEST:
        term *= p * size / (size + 1)
        size += 1
        below += term
    return size


@inner
def _in_parties(seed, base, mean, party):
    """How many people of a cell come in groups, ``mean`` on average: a Poisson number of groups."""
    number = poisson_quantile(uniform(seed, base, _ZERO, NUMBER, ONCE), mean * math.log(party) / (party - 1.0))
    people = np.int64(0)
    for _ in range(number):
        people += party_size(seed, base + np.uint64(people), party)
    return people


@entry
def draw_numbers(seed, model, people):
    """How many travellers each cell has in this seed: int64 [cells]."""
    factors = day_factors(seed, model, people)
    number = np.empty(people.cells.size, np.int64)
    for c in range(number.size):
        base = people.cells[c].base
        party = model.streams[model.group_stream[people.cells[c].group]].party
        if people.cells[c].mean < 0.0:
            mean = np.float64(people.cells[c].count)
        else:
            day = people.cells[c].day
            mean = people.cells[c].mean * (factors[day] if day >= 0 else 1.0)
        if party > 1.0:
            number[c] = _in_parties(seed, base, mean, party)
        elif people.cells[c].mean < 0.0:
            number[c] = people.cells[c].count
        else:
            number[c] = poisson_quantile(uniform(seed, base, _ZERO, NUMBER, ONCE), mean)
    return number


def populate(seed: Any, salt: int, model: ModelTables, people: PeopleTables, number: NDArray[np.int64]) -> NDArray[Any]:
    """Create the travellers of one seed (CROWD), ``number`` [cells] of each cell; nobody's draws depend on the others."""
    crowd = in_lines(int(number.sum()), CROWD)
    orders = model.orders.size
    largest = int((model.sets["end"] - model.sets["start"]).max(initial=0))
    mine = Ahead(
        concerns=np.empty(orders, np.int64),
        needed=np.empty(orders, np.int64),
        seen=np.zeros(orders, np.uint8),
        counted=np.zeros(2, np.int64),
        times=np.empty(orders, np.int64),
        tastes=np.empty(largest),
        starts=np.empty(orders + 1, np.int64),
        ends=np.empty(orders + 1, np.int64),
    )
    written: int = _fill(seed, salt, model, people, number, crowd, mine)
    return crowd[:written]


@entry
def _fill(seed, salt, model, people, number, crowd, mine):
    """Write the travellers to ``crowd``, which has room for all; how many they are."""
    sums = hazard_sums(people, day_factors(seed, model, people))
    n = np.int64(0)
    for c in range(people.cells.size):
        n = _fill_cell(seed, salt, model, people, c, number[c], crowd, n, bare(sums), mine)
    return n


@inner
def _fill_cell(seed, salt, model, people, c, number, crowd, n, sums, mine):
    """Write the travellers of cell c to ``crowd`` from n on; how many there are then."""
    group, origin, stock = np.int64(people.cells[c].group), np.int64(people.cells[c].origin), people.cells[c].stock
    s = model.group_stream[group]
    column = model.choice_place[origin]
    chosen_set = model.set_of[group, column] if column >= 0 else np.int64(-1)
    moves = not model.streams[s].is_stock and model.streams[s].flexible_ms > 0.0 and chosen_set >= 0
    if number > 0 and (moves or (stock >= 0 and chosen_set >= 0 and model.streams[s].rush != 1.0)):
        look_ahead(model, mine, chosen_set)
    share, size = model.streams[s].brought_share, model.streams[s].group_size
    party = model.streams[s].party
    in_block, block_in, block_leave = False, np.int64(0), FAR
    leader, following = np.int64(0), np.int64(0)
    for j in range(number):
        me = people.cells[c].base + np.uint64(j)
        if party > 1.0:
            begins = j == following or j - leader == LONGEST
            if j == following:
                following = j + party_size(seed, me, party)
            leader = j if begins else leader
        else:
            begins = share > 0.0 and j % size == 0
        if begins:
            in_block = share > 0.0 and uniform(seed, me, _ZERO, BROUGHT, ONCE) < share
            block_in = FAR
        if (in_block or party > 1.0) and block_in != FAR:
            t_in, leaves = block_in, block_leave
        else:
            t_in = _minute(seed, people, c, me)
            leaves = FAR if model.streams[s].is_stock else t_in
            if stock >= 0 and 0 <= t_in < model.end_ms:
                leaves = _stock_leaves(seed, salt, model, people, sums, mine, me, s, chosen_set, stock, t_in)
            elif moves and 0 <= t_in < model.end_ms:
                leaves = made_at(seed, salt, model, mine, me, s, chosen_set, t_in)
            block_in, block_leave = t_in, leaves
        if t_in < 0 or t_in >= model.end_ms:
            continue
        crowd[n].who = me
        crowd[n].group = group
        crowd[n].origin = origin
        crowd[n].created = min(t_in, leaves)
        crowd[n].leave = leaves if moves or leaves < model.end_ms else FAR
        crowd[n].brought = in_block
        crowd[n].behind = j - leader if party > 1.0 else 0
        n += 1
    return n
