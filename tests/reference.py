"""The plain twin of the compiled kernel: docs/model.md, line by line, clarity before speed.

Nothing here is shared with the package but the scenario's values. `simulate` gives what became of every traveller.
Sections: draws in reference_draws, clocks, orders, queues and journeys in reference_rules, the rest here.
"""

from __future__ import annotations

import bisect
import heapq
import math
import re
from dataclasses import dataclass, field
from itertools import count, islice, pairwise
from types import SimpleNamespace

from reference_draws import (
    BROUGHT,
    CONCERNED,
    DAY_MS,
    GIVE_UP,
    GROUP,
    HAZARD,
    HOUR_MS,
    KNOW,
    MINUTE,
    MOVED,
    NUMBER,
    PATIENCE,
    RETURN,
    SETUP,
    STAY,
    TASTE,
    base_id,
    day_factor,
    exponential,
    gamma,
    group_number,
    gumbel,
    item_hash,
    journey_factor,
    long_hash,
    normal_quantile,
    philox4x32,
    poisson_quantile,
    service_factor,
    traveller_id,
    uniform,
    uniform_of,
    uniforms,
)
from reference_rules import INF, Clock, Network, Orders, cost, regimes_of, shifts_of

__all__ = [
    "Outcome",
    "Traveller",
    "base_id",
    "gamma",
    "item_hash",
    "long_hash",
    "normal_quantile",
    "philox4x32",
    "poisson_quantile",
    "simulate",
    "uniform",
    "uniform_of",
    "uniforms",
]

STATES = ("at_home", "on_road", "queueing", "in_service", "after_border", "arrived", "gave_up", "no_alternative")
NOT_GOING = ("outside",)
STAYING = "stay"  # marks (STAYING, reopening)


@dataclass
class Traveller:
    """One traveller: what is reported first, then what the simulation needs."""

    id: int
    stream: str
    origin: str
    destination: str
    created_ms: int
    leave_ms: int | None
    left_ms: int | None = None
    state: str = ""
    crossed_ms: int | None = None
    crossed: str | None = None
    first: str = ""
    place: str = ""
    km: float = 0.0
    hours: float = 0.0
    visits: list[tuple] = field(default_factory=list)
    brought: bool = field(default=False, repr=False)
    mind: int = field(default=0, repr=False)
    factor: float = field(default=1.0, repr=False)
    knows: dict[str, int] = field(default_factory=dict, repr=False)
    draws: dict[str, float] = field(default_factory=dict, repr=False)
    told: float = field(default=-INF, repr=False)
    joined: int = field(default=0, repr=False)
    rebuffs: int = field(default=0, repr=False)
    heading: str | None = field(default=None, repr=False)
    present_at: str | None = field(default=None, repr=False)
    log: list[tuple] = field(default_factory=list, repr=False)

    def enters(self, state, t):
        """Note a change of state at t."""
        self.log.append((t, state))


@dataclass
class Outcome:
    """What became of everybody, and the totals at every step."""

    travellers: list[Traveller]
    states: list[dict[str, dict[str, int]]]
    present: list[dict[str, float]]


def simulate(scenario, seed, taste_salt=0, choices_from=None):
    """One run of the scenario; `choices_from` is the scenario as written."""
    return Simulation(scenario, seed, taste_salt, choices_from or scenario).run()


# --- section 3: rates ----------------------------------------------------------------------------


class Rate:
    """A hazard that is constant on pieces (begin, end, rate per ms) and 0 elsewhere."""

    def __init__(self, pieces):
        self.pieces = sorted(piece for piece in pieces if piece[0] < piece[1])

    def integral(self, begin, end):
        """The integral over [begin, end)."""
        return sum(max(0, min(b, end) - max(a, begin)) * rate for a, b, rate in self.pieces)

    def first(self, begin, amount, boosts=(), factor=1.0):
        """When (rounded) `amount` is used up since begin, `factor` times as fast in `boosts`; None if never."""
        used = 0.0
        for a, b, rate in self.pieces:
            if b <= begin:
                continue
            marks = sorted({max(a, begin), b, *(t for boost in boosts for t in boost if max(a, begin) < t < b)})
            for c, d in pairwise(marks):
                here = rate * factor if any(p <= c < q for p, q in boosts) else rate
                if here > 0.0 and used + here * (d - c) >= amount:
                    return round(c + (amount - used) / here)
                used += here * (d - c)
        return None


def shares_of(settings, profile):
    """24 shares of the local hours, adding to 1; flat if empty."""
    if not profile:
        return [1.0 / 24.0] * 24
    values = settings.profiles.get(profile) or [float(word) for word in re.split(r"[;,\s]+", profile.strip())]
    return [value / sum(values) for value in values]


# --- section 6: a queue --------------------------------------------------------------------------


class Queue:
    """Shifts, the servers' times and the services begun on each local date."""

    def __init__(self, shifts):
        self.shifts = shifts
        self.closes = [shift.close for shift in shifts]
        self.free = [-INF] * max((shift.servers for shift in shifts), default=0)
        self.begun = {}

    def open_at(self, t):
        """The first time at or after t inside a shift."""
        i = bisect.bisect_right(self.closes, t)
        return next((max(t, shift.open) for shift in self.shifts[i:] if shift.servers >= 1), INF)

    def begin(self, a):
        """(b, shift) for an arrival at a; (infinite, None) if never."""
        for shift in self.shifts[bisect.bisect_right(self.closes, a) :]:
            if shift.servers >= 1:
                b = max(a, shift.open, min(self.free[: shift.servers]))
                if b < shift.close and (shift.quota is None or self.begun.get(shift.date, 0) < shift.quota):
                    return b, shift
        return INF, None

    def take(self, b, shift, duration):
        """Serve from b on with the lowest free server."""
        server = next(s for s in range(shift.servers) if self.free[s] <= b)
        self.free[server] = b + duration
        self.begun[shift.date] = self.begun.get(shift.date, 0) + 1

    def wait(self, t):
        """W at t: the begin an arrival would have, less the opening time."""
        b = self.begin(t)[0]
        return INF if b == INF else b - self.open_at(t)


# --- the run -------------------------------------------------------------------------------------


def _between(newer, older, part):
    """A wait between two boards: so much of the way from the newer to the older one."""
    if part == 0.0 or newer == INF:
        return newer
    return INF if older == INF else round(newer + part * (older - newer))


class Simulation:
    """One run: who sets out, then the events in order, then the totals."""

    def __init__(self, scenario, seed, taste_salt, written):
        self.scenario, self.seed, self.salt = scenario, seed, taste_salt
        self.settings = scenario.settings
        self.clock = Clock(scenario.settings)
        self.orders = Orders(scenario.closures, self.clock)
        self.regimes = regimes_of(self.orders)
        self.network = Network(scenario, written, self.clock)
        names = {q for gates in self.network.gates.values() for gate in gates.values() for q in gate.queues}
        self.queues = {q: Queue(shifts_of(scenario, self.clock, self.orders, q)) for q in sorted(names)}
        self.places = self.network.places
        self.exits = {place: self._exit_rate(place) for place in self.places}
        self.relevant = {stream: self._relevant_rows(stream) for stream in self.settings.streams}
        self.heap, self.pushed, self.boards, self.stays = [], count(), {}, []
        self.going, self.here, self.waits = {}, {}, []

    def _gates_in_use(self, stream):
        """Gates that somebody may meet: of choice sets from origins, and from where those gates turn people away."""
        groups = [(d.origin, d.destination) for d in self.scenario.demand if d.stream == stream]
        groups += [(s.origin, None) for s in self.scenario.stocks if s.stream == stream]
        todo, seen, used = set(groups), set(), set()
        while todo:
            place, fixed = todo.pop()
            seen.add((place, fixed))
            for regime in self.regimes:
                journeys = self.network.alternatives(stream, regime, place, fixed or None)
                for pair in self.network.choice_set(stream, place, fixed or None):
                    for gate in journeys[pair].gates if pair in journeys else ():
                        used.add(gate)
                        if (gate.near, fixed) not in seen:
                            todo.add((gate.near, fixed))
        return used

    def _relevant_rows(self, stream):
        gates = self._gates_in_use(stream)
        closing = [(r, [gate for gate in gates if r.acts_at(gate)]) for r in self.orders.rows if r.closes]
        ending = {}  # (order, gate) that ends -> {what ends it: when}
        for row, here in closing:
            for gate in here:
                first = ending.setdefault((row.order, gate), {})
                for ender in self.orders.ends(row.order, gate):
                    first[ender.order] = min(ender.start, first.get(ender.order, INF))
        return [r for r, here in closing if here], [pair for first in ending.values() for pair in first.items()]

    def _exit_rate(self, place):
        horizon = self.clock.horizon
        stay = self.places[place].stay_days
        rows = [
            (self.clock.to_ms(e.from_), self.clock.to_ms(e.until), e.hazard_per_day)
            for e in self.scenario.exits
            if e.place in (None, place)
        ]
        marks = sorted({0, horizon, *(t for row in rows for t in row[:2] if 0 < t < horizon)})
        base = 0.0 if stay is None else 1.0 / stay
        return Rate(
            [
                (a, b, (base + sum(rate for begin, end, rate in rows if begin <= a < end)) / DAY_MS)
                for a, b in pairwise(marks)
            ]
        )

    def behaviour(self, t):
        """How the traveller's stream behaves."""
        return self.settings.streams[t.stream].behaviour

    def regime_at(self, ms):
        """The regime in force."""
        return next(regime for regime in reversed(self.regimes) if regime.start <= ms)

    def next_regime(self, ms):
        """The start of the next regime after ms; infinite if none."""
        return min((regime.start for regime in self.regimes if regime.start > ms), default=INF)

    # --- section 3: who sets out ---

    def population(self):
        """All travellers, with their leaving times."""
        people = []
        for stream, settings in self.settings.streams.items():
            people += self._from_demand(stream, stock=settings.kind == "stock")
            if settings.kind == "stock":
                people += self._initial(stream)
        return people

    def _from_demand(self, stream, stock):
        groups = {}
        for row in self.scenario.demand:
            if row.stream == stream:
                groups.setdefault((row.origin, row.destination or ""), []).append(row)
        people = []
        for (origin, destination), rows in groups.items():
            zone = self.clock.zone_of(self.places[origin].country)
            for date in self.clock.dates(zone, 0, self.clock.end):
                covering = [row for row in rows if row.from_ <= date <= row.until]
                if covering:
                    people += self._of_date(stream, origin, destination, date, zone, covering, stock)
        return people

    def _of_date(self, stream, origin, destination, date, zone, rows, stock):
        behaviour = self.settings.streams[stream].behaviour
        base = base_id(stream, origin, destination, date.isoformat())
        mean = sum(row.per_day for row in rows) * day_factor(behaviour.day_shape, self.seed, stream, date.isoformat())
        number = self._number(behaviour.group_size, mean, base)
        weights = [sum(row.per_day * shares_of(self.settings, row.profile)[h] for row in rows) for h in range(24)]
        cumulative = [0.0]
        for weight in weights:
            cumulative.append(cumulative[-1] + weight)
        times = {}
        for j in range(number):
            u = uniform(self.seed, traveller_id(base, j), 0, MINUTE)
            h = max(h for h in range(24) if cumulative[h] / cumulative[24] <= u and weights[h] > 0.0)
            low, high = cumulative[h] / cumulative[24], cumulative[h + 1] / cumulative[24]
            hour = self.clock.after_minutes(date, 60 * h, zone)
            times[j] = hour + round((u - low) / (high - low) * HOUR_MS)
        return self._blocks(stream, origin, destination, base, times, stock)

    def _number(self, size, mean, base):
        """How many of a base id there are; in groups, a Poisson number of groups with their sizes added up."""
        u = uniform(self.seed, base, 0, NUMBER)
        if size <= 1.0:
            return poisson_quantile(mean, u)
        groups = poisson_quantile(mean * math.log(size) / (size - 1.0), u)
        return sum(len(group) for group in islice(self._groups(size, base), groups))

    def _groups(self, size, base):
        """The groups of a base id, one after the other, as ranges of j."""
        j = 0
        while True:
            members = group_number(size, uniform(self.seed, traveller_id(base, j), 0, GROUP))
            yield range(j, j + members)
            j += members

    def _leaders(self, stream, base, number):
        """j -> j of its leader: of the group, or where there are none of the block in which it may be brought."""
        behaviour = self.settings.streams[stream].behaviour
        if behaviour.group_size > 1.0:
            leaders = {}
            for group in self._groups(behaviour.group_size, base):
                if group.start >= number:
                    return leaders
                leaders |= {j: group.start + 256 * ((j - group.start) // 256) for j in group}
        size = behaviour.brought.group_size if behaviour.brought and behaviour.brought.share > 0.0 else 1
        return {j: j - j % size for j in range(number)}

    def _initial(self, stream):
        numbers = {}
        for row in self.scenario.stocks:
            if row.stream == stream:
                numbers[row.origin] = numbers.get(row.origin, 0) + row.initial
        people = []
        for origin, number in numbers.items():
            size = self.settings.streams[stream].behaviour.group_size
            if size > 1.0:
                number = self._number(size, number, base_id(stream, origin))
            times = dict.fromkeys(range(number), 0)
            people += self._blocks(stream, origin, "", base_id(stream, origin), times, stock=True)
        return people

    def _blocks(self, stream, origin, destination, base, times, stock):
        """Travellers of one base id: `times` gives when each leaves (flow) or joins the stock."""
        brought = self.settings.streams[stream].behaviour.brought
        grouped = self.settings.streams[stream].behaviour.group_size > 1.0
        leaders = self._leaders(stream, base, len(times))
        people = {}
        for j, own in times.items():
            leader = leaders[j]
            carried = bool(
                brought
                and brought.share > 0.0
                and uniform(self.seed, traveller_id(base, leader), 0, BROUGHT) < brought.share
            )
            together = carried or grouped
            since = times[leader] if together else own
            if not 0 <= since < self.clock.end:
                continue
            t = Traveller(traveller_id(base, j), stream, origin, destination, since, since, brought=carried)
            t.mind = traveller_id(base, leader) if grouped else t.id
            self._equip(t)
            flexible = not stock and self.behaviour(t).flexible_days > 0.0
            if (stock or flexible) and together and leader != j:
                t.leave_ms = people[leader].leave_ms
            elif stock:
                t.leave_ms = self._leaving(t)
            elif flexible:
                t.leave_ms = self._made_at(t)
            if not stock and t.leave_ms is not None:
                t.created_ms = min(t.created_ms, t.leave_ms)
            people[j] = t
        return list(people.values())

    def _equip(self, t):
        behaviour = self.behaviour(t)
        t.factor = journey_factor(behaviour.journey_cv, self.seed, t.mind)
        for order, announced in self.orders.announced.items():
            delay = exponential(uniform(self.seed, t.mind, item_hash(f"order:{order}"), KNOW))
            t.knows[order] = announced + round(behaviour.knowledge_delay_h * HOUR_MS * delay)
            t.draws[order] = uniform(self.seed, t.mind, item_hash(f"order:{order}"), CONCERNED)

    def _leaving(self, t):
        """When a stock traveller leaves, or None if it stays at home for good."""
        rush = self.behaviour(t).rush
        boosts = self._anticipation(t) if rush != 1.0 else ()
        rate = self._leaving_rate(t.stream, t.origin)
        draw = exponential(uniform(self.seed, t.mind, 0, HAZARD))
        leave = rate.first(t.created_ms, draw, boosts, rush)
        return leave if leave is not None and leave < self.clock.end else None

    def _made_at(self, t):
        """When a journey of a flow is made: as planned, or whole days earlier or later where an order closes its way."""
        planned, best = t.created_ms, None
        rows = [row for row in self.relevant[t.stream][0] if row.long and self.orders.concerns(row, t.draws)]
        for order in sorted({row.order for row in rows}, key=lambda order: (t.knows[order], order)):
            if t.knows[order] > planned or best is not None:
                continue
            before = {p for p in t.knows if (t.knows[p], p) < (t.knows[order], order)}
            journey = self._best_known(t, planned, before)
            spans = self._closed_to(t, planned, journey, [row for row in rows if row.order == order])
            if spans:
                best = order, min(a for a, _ in spans), max(b for _, b in spans)
        if best is None:
            return planned
        order, lead, back = best
        u, v = uniforms(self.seed, t.mind, 0, MOVED)
        most = int(min(exponential(u) * self.behaviour(t).flexible_days, 1e6))
        least = (planned - lead) // DAY_MS + 1
        days = min(most, (planned - max(t.knows[order], 0)) // DAY_MS)
        made = planned
        if least <= days:
            made = planned - (least + int(v * (days - least + 1))) * DAY_MS
        elif back < INF:
            least = math.ceil((back - planned) / DAY_MS)
            if least <= most:
                made = planned + (least + int(v * (most - least + 1))) * DAY_MS
        return made

    def _closed_to(self, t, planned, journey, rows):
        """[(lead, back)]: leaving within them one comes to a gate of the journey while a row closes it; for who leaves as
        planned.
        """
        known = {order for order, at in t.knows.items() if at <= planned}
        spans = []
        for gate, hours in journey.hours_to_gates() if journey else ():
            way = round(hours * t.factor * HOUR_MS)
            for row in rows:
                end = self.orders.believed_end(row, known, gate) if row.acts_at(gate) else -INF
                if row.start <= planned + way < end:
                    spans.append((row.start - way, end - way))
        return spans

    def _leaving_rate(self, stream, origin):
        key = ("rate", stream, origin)
        if key not in self.network.cache:
            self.network.cache[key] = Rate(self._leaving_pieces(stream, origin))
        return self.network.cache[key]

    def _leaving_pieces(self, stream, origin):
        zone = self.clock.zone_of(self.places[origin].country)
        shape = self.settings.streams[stream].behaviour.day_shape
        for row in self.scenario.stocks:
            if (row.stream, row.origin) != (stream, origin):
                continue
            shares = shares_of(self.settings, row.profile)
            t, until = max(0, self.clock.to_ms(row.from_)), min(self.clock.to_ms(row.until), self.clock.end)
            while t < until:
                local = self.clock.local(t, zone)
                into_hour = (local.minute * 60 + local.second) * 1000 + local.microsecond // 1000
                end = min(t + HOUR_MS - into_hour, until)
                factor = day_factor(shape, self.seed, stream, local.date().isoformat())
                yield t, end, row.hazard_per_day / 24.0 * 24.0 * shares[local.hour] / HOUR_MS * factor
                t = end

    def _anticipation(self, t):
        """[knowing of an order, its first effect on the traveller's best journey)."""
        intervals = []
        rows = [row for row in self.relevant[t.stream][0] if row.long and self.orders.concerns(row, t.draws)]
        for order in sorted({row.order for row in rows}):
            tau = max(t.knows[order], t.created_ms)
            before = {p for p in t.knows if (t.knows[p], p) < (t.knows[order], order)}
            best = self._best_known(t, tau, before)
            begins = [
                row.start
                for row in self.orders.rows
                if row.order == order
                and row.long
                and self.orders.concerns(row, t.draws)
                and row.start > tau
                and best
                and any(row.acts_at(gate) for gate in best.gates)
            ]
            if begins:
                intervals.append((tau, min(begins)))
        return intervals

    def _best_known(self, t, now, known):
        """The best alternative from home by tastes alone: no waits, no capacity factor, no outside."""
        best, top = None, -INF
        for _, journey in self.reachable(t, now, t.origin):
            if self.unblocked(t, now, journey, known):
                value = self.utility(t, journey, 0.0, 1.0) + self.taste(t, journey)
                if value > top:
                    best, top = journey, value
        return best

    # --- section 4: what is known ---

    def known(self, t, now):
        """The orders the traveller knows at now."""
        return {o for o, k in t.knows.items() if k <= now or self.orders.announced[o] <= t.told}

    def stays_away(self, t):
        """How long after a closure a traveller at home takes it to last; who put its journey off waits for the opening."""
        b = self.behaviour(t)
        if self.settings.streams[t.stream].kind == "flow" and t.leave_ms != t.created_ms:
            return 0
        u, v = uniforms(self.seed, t.mind, 0, RETURN)
        return 0 if u < b.recovery_at_once else round(exponential(v) * b.recovery_days * DAY_MS)

    def news(self, t, now, away=0):
        """The next news after now, also that the traveller is back `away` after an end; infinite if none."""
        rows, ending = self.relevant[t.stream]
        orders = {row.order for row in rows} | {order for order, _ in ending}
        learned = [t.knows[order] for order in orders if self.orders.announced[order] > t.told]
        ends = [*(row.until for row in rows), *(start for _, start in ending)]
        times = [*learned, *ends, *(end + away for end in ends), self.next_regime(now)]
        return min((ms for ms in times if ms > now), default=INF)

    # --- section 5: choices ---

    def reachable(self, t, now, place):
        """[(index, journey)] of the choice set, as they are in the regime of now, in the order of the index."""
        fixed = t.destination or None
        present = self.network.alternatives(t.stream, self.regime_at(now), place, fixed)
        chosen = self.network.choice_set(t.stream, place, fixed)
        return [(index, present[pair]) for pair, index in chosen.items() if pair in present]

    def unblocked(self, t, now, journey, known, away=0):
        """Whether no long row is believed in force at any crossing when it would come there, nor was `away` before."""
        return not any(
            self.orders.believed_ends(gate, now + round(hours * t.factor * HOUR_MS), known, "long", t.draws, away)
            for gate, hours in journey.hours_to_gates()
        )

    def room(self, t, now, destination):
        """The capacity factor f on the board; None if the destination is not eligible."""
        capacity = self.places[destination].capacity
        if self.settings.streams[t.stream].choose != "destination" or capacity is None:
            return 1.0
        present, going = self.board(now).places[destination]
        occupancy = (present + going) / capacity if capacity else INF
        if self.behaviour(t).capacity == "room":
            return max(1.0 - occupancy, 1e-4)
        factor = 1.0 if occupancy <= 0.9 else (1.0 - occupancy) / 0.1
        return factor if factor > 0.0 else None

    def wait(self, t, now, journey, known):
        """Believed wait at the first crossing in hours; None if it never opens again."""
        if not journey.gates:
            return 0.0
        gate = journey.gates[0]
        arrival = ms = now + round(journey.legs[0][0] * t.factor * HOUR_MS)
        while ends := self.orders.believed_ends(gate, ms, known, "short", t.draws):
            ms = ends[0]
        for name in gate.queues:
            ms = self.queues[name].open_at(ms) + self.heard(t, now)[name]
            if ms == INF:
                return None
        return (ms - arrival) / HOUR_MS + sum(
            self.orders.deterred(gate, now + round(hours * t.factor * HOUR_MS), known)
            for gate, hours in journey.hours_to_gates()
        )

    def utility(self, t, journey, wait, factor):
        """V of an alternative."""
        b = self.behaviour(t)
        attraction = b.alpha.get(journey.crossing, 0.0) + b.alpha.get(journey.destination, 0.0)
        return attraction - cost(b, journey.hours, journey.km) + math.log(factor) - b.wait_weight * wait

    def taste(self, t, journey):
        """The Gumbel draw of an alternative."""
        if self.settings.streams[t.stream].choose == "destination" or not journey.crossing:
            item = item_hash(f"place:{journey.destination}")
        else:
            nests = self.behaviour(t).nests
            nest = next((name for name, members in nests.items() if journey.crossing in members), None)
            item = item_hash(f"nest:{nest}" if nest else f"crossing:{journey.crossing}")
        return gumbel(uniform(self.seed, t.mind, item, TASTE, self.salt))

    def outside(self, t):
        """V + Gumbel of not going; None where there is no such way out."""
        b = self.behaviour(t)
        flow = self.settings.streams[t.stream].kind == "flow"
        if b.cost == "power":
            km = b.outside_km if b.outside_km is not None or not flow else 1000.0
            value = None if km is None else -b.gamma * math.log(b.softening_km + km)
        else:
            hours = b.outside_h if b.outside_h is not None or not flow else 12.0
            value = None if hours is None else -b.beta * hours
        if value is None:
            return None
        return value + gumbel(uniform(self.seed, t.mind, item_hash("outside"), TASTE, self.salt))

    def choose(self, t, now, place, gate=None, impatient=False):
        """The best: a Journey, NOT_GOING, (STAYING, reopening), or None; `gate` is where it was turned away.

        Who has just lost patience there is not offered that gate.
        """
        known = self.known(t, now)
        away = self.stays_away(t) if gate is None else 0
        closed_here = gate is not None and bool(self.orders.believed_ends(gate, now, known, draws=t.draws))
        offers = []
        for _, journey in self.reachable(t, now, place):
            if (closed_here or impatient) and journey.crossing == gate.crossing:
                continue  # through this gate only by staying for its reopening
            factor = self.room(t, now, journey.destination)
            wait = self.wait(t, now, journey, known)
            if factor is not None and wait is not None and self.unblocked(t, now, journey, known, away):
                offers.append((self.utility(t, journey, wait, factor) + self.taste(t, journey), journey))
        if gate is not None and not impatient:
            offers += self._stay(t, now, place, gate, known)
        if (value := self.outside(t)) is not None:
            offers.append((value, NOT_GOING))
        best, top = None, -INF
        for value, what in offers:  # in the order of the index: the first of equals is taken
            if value > top:
                best, top = what, value
        return best

    def _stay(self, t, now, place, gate, known):
        reopening = now
        while ends := self.orders.believed_ends(gate, reopening, known, draws=t.draws):
            reopening = max(ends)
        if reopening in (now, INF):
            return []
        for _, journey in self.reachable(t, now, place):
            if (journey.destination, journey.crossing) == (t.place, gate.crossing):
                factor = self.room(t, now, t.place)
                if factor is not None:
                    wait = (reopening - now) / HOUR_MS + self.orders.deterred(gate, reopening, known)
                    value = self.utility(t, journey, wait, factor)
                    return [(value + self.taste(t, journey), (STAYING, reopening))]
        return []

    def turn(self, t, now):
        """The journey of someone who is brought; None if no crossing of the rotation will do."""
        brought, known = self.behaviour(t).brought, self.known(t, now)
        eligible = [
            (index, journey)
            for index, journey in self.reachable(t, now, t.origin)
            if self.room(t, now, journey.destination) is not None and self.unblocked(t, now, journey, known)
        ]
        n = len(brought.rotate)
        start = math.floor(now / (brought.dwell_h * HOUR_MS))
        for i in range(n):
            crossing = brought.rotate[(start + i) % n]
            through = [
                (cost(self.behaviour(t), j.hours, j.km), index, j) for index, j in eligible if j.crossing == crossing
            ]
            if through:
                return min(through, key=lambda offer: offer[:2])[2]
        return None

    # --- section 5: at home and away ---

    def at_home(self, t, now, first_time=True):
        """Leaving, or choosing again at home."""
        chosen = self.turn(t, now) if t.brought and first_time else None
        chosen = chosen or self.choose(t, now, t.origin)
        if chosen == NOT_GOING or (chosen is None and self.settings.streams[t.stream].kind == "flow"):
            t.enters("gave_up", now)
        elif chosen is None:
            self.push(self.news(t, now, self.stays_away(t)), t, lambda ms: self.at_home(t, ms, first_time=False))
        else:
            t.left_ms, t.first = now, chosen.crossing
            self.sets_out(t, now, t.origin, chosen, earliest=now)

    def rebuffed(self, t, now, gate, impatient=False):
        """Turned away or out of patience at a gate."""
        before, t.rebuffs = t.rebuffs, t.rebuffs + 1
        if uniform(self.seed, t.mind, 0, GIVE_UP, before) < self.behaviour(t).give_up:
            self.heads_for(t, None)
            t.enters("gave_up", now)
        else:
            self.away(t, now, gate, impatient)

    def away(self, t, now, gate, impatient=False):
        """Choosing at the near place of a gate."""
        chosen = self.choose(t, now, gate.near, gate, impatient)
        if chosen is None and impatient:
            chosen = NOT_GOING  # a way was open, and it left it
        next_step = (now // self.clock.step + 1) * self.clock.step
        news = self.news(t, now)
        if chosen is None or chosen == NOT_GOING:
            self.heads_for(t, None)
            t.enters("no_alternative" if chosen is None else "gave_up", now)
            if chosen is None:
                self.push(news, t, lambda ms: self.away(t, ms, gate))
        elif isinstance(chosen, tuple):
            t.enters("queueing", now)
            self.heads_for(t, t.place)
            reopening = max(chosen[1], next_step)
            if reopening <= news:
                self.push(reopening, t, lambda ms: self.comes_to(t, ms, gate))
            else:
                self.push(news, t, lambda ms: self.away(t, ms, gate))
        else:
            self.sets_out(t, now, gate.near, chosen, next_step)

    # --- section 6: travelling ---

    def heads_for(self, t, place):
        """Count the traveller as on its way to a place (None: nowhere)."""
        if t.heading is not None:
            self.going[t.heading, t.stream] -= 1
        if place is not None:
            self.going[place, t.stream] = self.going.get((place, t.stream), 0) + 1
        t.heading = place

    def sets_out(self, t, now, place, journey, earliest):
        """Take an alternative from a place."""
        b = self.behaviour(t)
        shortest = min(other.hours for _, other in self.reachable(t, now, place))
        depart = now
        if b.setup_h > 0.0 and journey.hours - shortest > b.setup_beyond_h:
            depart += round(b.setup_h * exponential(uniform(self.seed, t.mind, 0, SETUP)) * HOUR_MS)
        t.place = journey.destination
        self.heads_for(t, journey.destination)
        t.enters("on_road", now)
        self.leg(t, depart, journey.legs[0], journey.gates[0] if journey.gates else None, earliest)

    def leg(self, t, depart, leg, gate, earliest):
        """Travel to the next gate, or to the destination."""
        hours, km = leg
        t.km += km
        t.hours += hours * t.factor
        arrival = max(depart + round(hours * t.factor * HOUR_MS), earliest)
        if gate is not None:
            self.push(arrival, t, lambda ms: self.comes_to(t, ms, gate))
        else:
            self.push(arrival, t, lambda ms: self.arrives(t, ms))

    def comes_to(self, t, a, gate):
        """At a crossing."""
        if self.orders.closed_from(gate, a, t.draws) == a:
            self.turned_away_at_once(t, a, gate, gate.queues[0] if gate.queues else "")
        elif gate.queues:
            self.joins(t, a, gate, 0)
        else:
            self.crosses(t, a, gate)

    def turned_away_at_once(self, t, a, gate, queue):
        """It has not joined: no draws."""
        t.visits.append((queue, a, None, a, "turned_away"))
        t.told = a
        self.rebuffed(t, a, gate)

    def joins(self, t, a, gate, number):
        """At a control: its service, or its leaving unserved, is settled here."""
        name = gate.queues[number]
        closed = self.orders.closed_from(gate, a, t.draws)
        if closed == a:
            self.turned_away_at_once(t, a, gate, name)
            return
        n, t.joined = t.joined, t.joined + 1
        t.enters("queueing", a)
        renege, patience = self.behaviour(t).renege_per_day, INF
        if renege > 0.0:
            draw = exponential(uniform(self.seed, t.id, item_hash(f"queue:{name}"), PATIENCE, n))
            patience = a + round(draw * 24 * HOUR_MS / renege)
        queue = self.queues[name]
        b, shift = queue.begin(a)
        leaves = min(closed, patience)
        if b < leaves:
            duration = round(shift.mean * 60_000 * service_factor(shift.cv, self.seed, t.id, name, n))
            queue.take(b, shift, duration)
            t.visits.append((name, a, b, b + duration, "served"))
            t.enters("in_service", b)
            self.push(b + duration, t, lambda ms: self.served(t, ms, gate, number))
        elif leaves == INF:
            t.visits.append((name, a, None, None, ""))
        else:
            turned = closed <= patience
            t.visits.append((name, a, None, leaves, "turned_away" if turned else "reneged"))
            self.push(leaves, t, lambda ms: self.leaves_queue(t, ms, gate, turned))

    def leaves_queue(self, t, now, gate, turned):
        """Leaving a queue unserved."""
        if turned:
            t.told = now
        self.rebuffed(t, now, gate, impatient=not turned)

    def served(self, t, now, gate, number):
        """After a control: the next one at once, or across."""
        if number + 1 < len(gate.queues):
            self.joins(t, now, gate, number + 1)
        else:
            self.crosses(t, now, gate)

    def crosses(self, t, now, gate):
        """Across the border."""
        t.crossed_ms, t.crossed = now, gate.crossing
        t.enters("after_border", now)
        self.onward(t, now, gate)

    def onward(self, t, now, gate):
        """To the next crossing or the destination, or wait for the next regime."""
        path = self.network.onward(t.stream, self.regime_at(now), gate, t.place)
        if path is None:
            self.push(self.next_regime(now), t, lambda ms: self.onward(t, ms, gate))
        else:
            self.leg(t, now, path.legs[0], path.gates[0] if path.gates else None, now)

    def arrives(self, t, now):
        """At the destination."""
        t.enters("arrived", now)
        self.heads_for(t, None)
        draw = exponential(uniform(self.seed, t.id, item_hash(f"place:{t.place}"), STAY))
        departs = self.exits[t.place].first(now, draw)
        self.stays.append((t.place, now, INF if departs is None else departs, t.stream))
        self.here[t.place, t.stream] = self.here.get((t.place, t.stream), 0) + 1
        if departs is not None:
            self.push(departs, t, lambda ms: self.departs(t))

    def departs(self, t):
        """Leaves the place where it had arrived; its state stays `arrived`."""
        self.here[t.place, t.stream] -= 1

    # --- the board and the events ---

    def background(self, place, ms):
        """Those present at the start who are still there."""
        return self.places[place].present * math.exp(-self.exits[place].integral(0, ms))

    def board(self, now):
        """The board of the step of now."""
        return self.boards[now // self.clock.step]

    def heard(self, t, now):
        """The waits that a traveller has heard of: those of the board, or of an older one."""
        lag = self.behaviour(t).board_delay_h * HOUR_MS / self.clock.step
        whole, part = math.floor(lag), lag % 1.0
        newer, older = (self.waits[max(0, now // self.clock.step - n)] for n in (whole, whole + 1))
        return {q: _between(newer[q], older[q], part) for q in newer}

    def take_board(self, k):
        """The board of step k, after all events before t_k."""
        t_k = k * self.clock.step
        places = {}
        for place in self.places:
            here = sum(n * self.settings.streams[s].persons for (p, s), n in self.here.items() if p == place)
            going = sum(n * self.settings.streams[s].persons for (p, s), n in self.going.items() if p == place)
            places[place] = (self.background(place, t_k) + here, going)
        waits = {name: queue.wait(t_k) for name, queue in self.queues.items()}
        self.boards = {k: SimpleNamespace(places=places)}
        self.waits.append(waits)

    def push(self, ms, t, action):
        """Put an event of a traveller; those at or after the horizon are dropped."""
        if ms < self.clock.horizon:
            heapq.heappush(self.heap, (ms, t.id, next(self.pushed), action))

    def run(self):
        """Everything in order."""
        people = self.population()
        for t in people:
            if self.settings.streams[t.stream].kind == "stock" or t.leave_ms != t.created_ms:
                t.enters("at_home", t.created_ms)
            if t.leave_ms is not None:
                self.push(t.leave_ms, t, lambda ms, t=t: self.at_home(t, ms))
        for k in range(math.ceil(self.clock.horizon / self.clock.step)):
            self.take_board(k)
            while self.heap and self.heap[0][0] < (k + 1) * self.clock.step:
                ms, _, _, action = heapq.heappop(self.heap)
                action(ms)
        return self._outcome(people)

    # --- section 7: totals ---

    def _outcome(self, people):
        horizon, step = self.clock.horizon, self.clock.step
        times = [min(k * step, horizon) for k in range(math.ceil(horizon / step) + 1)]
        states = [{stream: dict.fromkeys(STATES, 0) for stream in self.settings.streams} for _ in times]
        for t in people:
            first = [(-1, "at_home")] if t.created_ms == 0 else []  # there before anything happens
            for (begin, state), (end, _) in pairwise([*first, *t.log, (INF, "")]):
                for k in range(bisect.bisect_right(times, begin), bisect.bisect_right(times, end)):
                    states[k][t.stream][state] += 1
                if begin < horizon:
                    t.state = state
        present = [{place: self.background(place, ms) for place in self.places} for ms in times]
        for place, arrival, departure, stream in self.stays:
            for k in range(
                bisect.bisect_right(times, arrival), bisect.bisect_right(times, min(departure, horizon - 1))
            ):
                present[k][place] += self.settings.streams[stream].persons
            if departure >= horizon:
                present[-1][place] += self.settings.streams[stream].persons
        order = {stream: i for i, stream in enumerate(self.settings.streams)}
        return Outcome(sorted(people, key=lambda t: (order[t.stream], t.id)), states, present)
