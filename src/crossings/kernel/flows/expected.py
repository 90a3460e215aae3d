"""Expected flows: the model of docs/model.md in the large-number limit, flows instead of people, no draws (section 9)."""

from __future__ import annotations

import math

import numpy as np

from crossings.kernel.core.choice import note_room
from crossings.kernel.core.compiled import entry, inner
from crossings.kernel.core.knowledge import regime_at
from crossings.kernel.core.layout import AT_HOME, GAVE_UP, HOUR_MS, NO_ALTERNATIVE, ON_ROAD, QUEUEING
from crossings.kernel.flows.departures import come_back, leave_flow, leave_moved, take, wait_for_news
from crossings.kernel.flows.fluid import between, come, depart, hold, look, move, pass_on, reach_ends, serve, turn_away
from crossings.kernel.flows.moved import move_journeys
from crossings.kernel.flows.rechoice import choose_again
from crossings.kernel.flows.returning import BINS
from crossings.kernel.flows.stocks import leave_stock

SMALL = 0.2  # travellers: fewer who lost patience choose again together, a little later
FEW = 0.01  # travellers: fewer of any kind do so later still, as each time costs the same
PATIENT_STEPS, FEW_STEPS = 12, 96


@entry
def expect_flows(model, people, plan, fluid):
    """Compute the flows of ``fluid.steps`` steps into ``fluid``, whatever it held."""
    _clear(model, fluid)
    for s in range(model.streams.size):
        fluid.loses[s] = -math.expm1(-model.step_ms / model.streams[s].patience_ms)
        if model.streams[s].setup_ms > 0.0:
            fluid.prepares[s] = -math.expm1(-model.step_ms / model.streams[s].setup_ms)
    _sources(model, people, plan, fluid)
    _changes(model, plan, fluid)
    move_journeys(model, plan, fluid)
    regime = -1
    for k in range(fluid.steps):
        t = k * model.step_ms
        now = regime_at(model, t)
        _board(model, plan, fluid, k, t)
        if now != regime:
            regime = now
            for i in range(fluid.lives[0]):
                y = fluid.live[i]
                mass = fluid.stuck[y]
                fluid.stuck[y] = 0.0
                if mass > 0.0:
                    pass_on(model, plan, fluid, y, mass, k, regime)
        for i in range(plan.sets.size):
            if fluid.stale[plan.sets[i], k]:
                fluid.fresh[plan.sets[i]] = 0
        for i in range(plan.homes.size):
            leave_flow(model, plan, fluid, plan.homes[i], k, t, regime)
            if fluid.moved.rows > 0:
                leave_moved(model, plan, fluid, plan.homes[i], k, t, regime)
        for stock in range(people.stocks.size):
            leave_stock(model, people, plan, fluid, stock, k, t, regime)
        for i in range(plan.sets.size):
            if fluid.shy[plan.sets[i], BINS] > 0.0:
                come_back(model, plan, fluid, plan.sets[i], k, t, regime)
            if fluid.ready[plan.sets[i]] + fluid.lost[plan.sets[i]] > 0.0:
                wait_for_news(model, plan, fluid, plan.sets[i], k, t, regime)
        _set_out(model, plan, fluid, k, regime)
        _at_the_border(model, plan, fluid, k, t, regime)
        reach_ends(model, plan, fluid, k, t)
        _note(model, plan, fluid, k)


@inner
def _clear(model, fluid):
    """Everything as it is at the start."""
    for i in range(fluid.mass.size):
        fluid.mass[i] = 0.0
    for i in range(fluid.rush_order.size):
        fluid.rush_order[i] = -1
    for q in range(fluid.day.size):
        fluid.day[q] = -1
        fluid.hint[q] = model.queues[q].shift_start
    for d in range(model.sites.size):
        fluid.exit_at[d] = model.sites[d].exit_start
        fluid.present[d] = model.sites[d].present
        fluid.shown[0, d] = model.sites[d].present


@inner
def _sources(model, people, plan, fluid):
    """Who leaves or joins a stock in each step, on average; those in a stock from the start."""
    for c in range(people.cells.size):
        s = model.group_stream[people.cells[c].group]
        if not fluid.active[s]:
            continue
        stock = people.cells[c].stock
        if people.cells[c].mean < 0.0:
            fluid.stock[stock, 0] += people.cells[c].count
            fluid.state[s, AT_HOME] += people.cells[c].count
            continue
        for i in range(plan.cell_source[c].start, plan.cell_source[c].end):
            k = plan.source_step[i]
            if k >= fluid.steps:
                break
            mass = people.cells[c].mean * plan.source_share[i]
            if stock >= 0:
                fluid.joining[stock, k] += mass
            elif plan.origin_set[c] >= 0:
                fluid.leaving[plan.origin_set[c], k] += mass


@inner
def _changes(model, plan, fluid):
    """Mark the steps in which a set must look again: orders announced, taking effect or ending on a journey, regimes."""
    for i in range(plan.sets.size):
        c = plan.sets[i]
        s = model.group_stream[plan.set_group[c]]
        for j in range(plan.set_orders[c].start, plan.set_orders[c].end):
            o = plan.order_list[j]
            announced = model.orders[o].announced
            _mark(model, fluid, c, announced)
            _mark(model, fluid, c, announced + np.int64(math.log(2.0) * model.streams[s].delay_ms))
            _mark(model, fluid, c, announced + np.int64(6.3 * model.streams[s].delay_ms))
        for r in range(model.regime_start.size):
            _mark(model, fluid, c, model.regime_start[r])
            if r > 0 and model.regime_start[r] < fluid.steps * model.step_ms:
                fluid.news[(model.regime_start[r] + model.step_ms - 1) // model.step_ms] = 1
            for a in range(model.sets[c].start, model.sets[c].end):
                hours = model.journeys[r, a].hours
                g, leg = model.alternatives[a].gate, model.alternatives[a].leg
                while g >= 0 and hours < np.inf:
                    _mark_gate(model, fluid, c, g, np.int64(hours * HOUR_MS))
                    if leg < 0 or not model.legs[r, leg].hours < np.inf:
                        break
                    hours += model.legs[r, leg].hours
                    g, leg = model.legs[r, leg].next, model.legs[r, leg].after


@inner
def _mark_gate(model, fluid, c, g, before):
    for row in range(model.gates[g].row_start, model.gates[g].row_end):
        if not model.rows[row].long:
            continue
        _mark(model, fluid, c, model.rows[row].from_ms - before)
        _mark(model, fluid, c, model.rows[row].until_ms - before)
        _mark(model, fluid, c, model.rows[row].until_ms)
        if 0 <= model.rows[row].until_ms < fluid.steps * model.step_ms:
            fluid.news[(model.rows[row].until_ms + model.step_ms - 1) // model.step_ms] = 1
        o = model.rows[row].order
        for e in range(model.orders[o].ending_start, model.orders[o].ending_end):
            _mark(model, fluid, c, model.endings[e].at - before)
            _mark(model, fluid, c, model.endings[e].at)
            if 0 <= model.endings[e].at < fluid.steps * model.step_ms:
                fluid.news[(model.endings[e].at + model.step_ms - 1) // model.step_ms] = 1


@inner
def _mark(model, fluid, c, t):
    """The first step that begins at or after t."""
    if t < 0 or t > fluid.steps * model.step_ms:
        return
    fluid.stale[c, min((t + model.step_ms - 1) // model.step_ms, fluid.steps)] = 1


@inner
def _board(model, plan, fluid, k, t):
    for i in range(plan.queue_order.size):
        q = plan.queue_order[i]
        fluid.board[q] = look(model, fluid, q, t)
        if fluid.heard.rows > 0:
            fluid.heard[k, q] = fluid.board[q]
    for d in range(model.sites.size):
        note_room(model, fluid, d, fluid.present[d] + fluid.on_way[d])


@inner
def _set_out(model, plan, fluid, k, regime):
    """Those who prepared a detour set out, at the end of their own time."""
    for i in range(plan.detours.size):
        a = plan.detours[i]
        mass = fluid.setting[a]
        if mass > 0.0:
            s = model.group_stream[plan.set_group[plan.set_of[a]]]
            out = mass if mass < 1e-3 else mass * fluid.prepares[s]
            # those of this step have just been added: their share of it is small beside the mean time
            fluid.setting[a] -= out
            depart(model, plan, fluid, a, s, out, k, regime)


@inner
def _at_the_border(model, plan, fluid, k, t, regime):
    """Step k at every gate: those who come, the queues in the order in which they are passed, those who choose again."""
    now = k & (fluid.ring - 1)
    for i in range(fluid.lives[0]):
        y = fluid.live[i]
        mass = fluid.coming[y, now]
        fluid.coming[y, now] = 0.0
        if fluid.held[y] and fluid.staying[y] > 0.0 and fluid.stay_until[y] <= k:
            back = fluid.staying[y]
            fluid.staying[y] = 0.0
            move(fluid, plan.types[y].stream, QUEUEING, ON_ROAD, back)
            come(model, plan, fluid, y, back, k)
            fluid.arrived[k, plan.types[y].gate] -= back
        if mass > 0.0:
            come(model, plan, fluid, y, mass, k)
    for i in range(plan.queue_order.size):
        if i == plan.exit_queues:
            between(plan, fluid, k)
        serve(model, plan, fluid, plan.queue_order[i], k, t)
    if plan.exit_queues == plan.queue_order.size:
        between(plan, fluid, k)
    turn_away(model, plan, fluid, k)
    for i in range(fluid.lives[0]):  # those of whom there are first now come later
        y = fluid.live[i]
        mass = fluid.crossed_now[y]
        if mass > 0.0:
            fluid.crossed_now[y] = 0.0
            fluid.crossed[k, plan.types[y].gate] += mass
            pass_on(model, plan, fluid, y, mass, k, regime)
        if not fluid.held[y]:
            continue
        mass = fluid.refused[y]
        if mass > FEW or (mass > 0.0 and k % PATIENT_STEPS == 0):
            fluid.refused[y] = 0.0
            _again(model, plan, fluid, y, mass, True, k, t, regime)
        mass = fluid.reneged[y]
        if mass > SMALL or (mass > FEW and k % PATIENT_STEPS == 0) or (mass > 0.0 and k % FEW_STEPS == 0):
            fluid.reneged[y] = 0.0
            _again(model, plan, fluid, y, mass, False, k, t, regime)


@inner
def _again(model, plan, fluid, y, mass, told, k, t, regime):
    """A mass that was turned away or lost patience gives up or chooses again; who stays for a reopening has not left."""
    g = plan.types[y].gate
    if told:
        fluid.turned_away[k, g] += mass
    s, c = plan.types[y].stream, plan.types[y].near
    site = plan.types[y].site
    fluid.on_way[site] -= mass * model.streams[s].persons
    gone = mass * model.streams[s].give_up
    mass -= gone
    move(fluid, s, QUEUEING, GAVE_UP, gone)
    if c < 0 or mass <= 0.0:
        move(fluid, s, QUEUEING, NO_ALTERNATIVE if told else GAVE_UP, mass)
        return
    until = choose_again(model, plan, fluid, y, mass, told, k, t, regime)
    n = model.sets[c].end - model.sets[c].start
    spent = 0.0
    for i in range(n):
        here = fluid.share[i]
        if here > 1e-15:
            spent += here
            move(fluid, s, QUEUEING, ON_ROAD, here)
            take(model, plan, fluid, model.sets[c].start + i, s, here, k, regime)
    spent += fluid.share[n] + fluid.share[n + 1]
    move(fluid, s, QUEUEING, GAVE_UP, fluid.share[n])
    if fluid.share[n + 1] > 0.0:
        hold(fluid, y)
        fluid.staying[y] += fluid.share[n + 1]
        fluid.turned_away[k, g] -= fluid.share[n + 1]
        fluid.stay_until[y] = max(until, k + 1)
        fluid.on_way[site] += fluid.share[n + 1] * model.streams[s].persons
    left = mass - spent
    if left > 1e-15:
        if told:
            move(fluid, s, QUEUEING, NO_ALTERNATIVE, left)
            fluid.lost[c] += left
        else:  # a way was open, and they left it
            move(fluid, s, QUEUEING, GAVE_UP, left)


@inner
def _note(model, plan, fluid, k):
    for i in range(fluid.lives[0] if fluid.holds[0] > 0 else 0):
        y = fluid.live[i]
        if not fluid.held[y]:
            continue
        mass = fluid.waiting[y, 0] + fluid.waiting[y, 1] + fluid.staying[y] + fluid.reneged[y]
        if mass > 0.0:
            fluid.queue[k, plan.types[y].gate] += mass
    for i in range(plan.gates.size):
        g = plan.gates[i]
        if model.gates[g].exit_queue >= 0:
            fluid.wait_h[k, g] += fluid.board[model.gates[g].exit_queue]
        if model.gates[g].entry_queue >= 0:
            fluid.wait_h[k, g] += fluid.board[model.gates[g].entry_queue]
    for d in range(model.sites.size):
        fluid.shown[k + 1, d] = fluid.present[d]
    for s in range(model.streams.size):
        for i in range(8):
            fluid.states[k + 1, s, i] = fluid.state[s, i]
