"""Today's counts by crossing: what is expected afterwards, with ranges, in moments."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from crossings.calibration.expected_counts import ExpectedCounts
from crossings.calibration.levels import State, moves, states
from crossings.calibration.predictive import scatter
from crossings.calibration.ready import Ready, log_probabilities
from crossings.errors import Fault, InputError, unknown
from crossings.io.faults import counted
from crossings.observations.periods import Cell

Floats = NDArray[np.float64]
RARE = 0.01  # chance, either side together, below which a count is a surprise
FEW = 100.0  # draws that must still count, else the fit should be made again
QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
DRAWS = 500


class CrossingCount(NamedTuple):
    """Who crossed at a crossing on a local day; stream and direction may be left out where they are clear."""

    crossing: str
    day: dt.date
    number: float
    stream: str | None = None
    direction: str | None = None


@dataclass(frozen=True)
class Reweighted:
    """What is expected after counts. R counts, C later cells (one crossing, direction, stream and day each).

    given [R]; expected [R, C of quantiles p05, p50, p95] and chance [R]: of each count before any was known; still: how many of
    the draws the counts leave, of ``number``; cells [C], counts [D, C]: draws of what will be counted.
    """

    given: tuple[Cell, ...]
    expected: Floats
    chance: Floats
    still: float
    number: int
    learned: bool
    cells: tuple[Cell, ...]
    counts: Floats

    @property
    def surprises(self) -> tuple[str, ...]:
        """Counts that were held for next to impossible."""
        return tuple(c.id for c, p in zip(self.given, self.chance, strict=True) if p < RARE)

    @property
    def told(self) -> str:
        """In a sentence, whether to trust it."""
        return told(self.surprises, self.still, self.number, learned=self.learned)

    def rows(self) -> list[dict[str, Any]]:
        """A row a stream, crossing, direction and day after the last count: mean, 5th, 25th, 50th, 75th, 95th percentile."""
        q = np.quantile(self.counts, list(QUANTILES.values()), axis=0)
        return [
            {
                "stream": cell.streams[0],
                "crossing": cell.crossings[0],
                "direction": cell.direction,
                "date": cell.start.date(),
                "mean": float(self.counts[:, i].mean()),
                **dict(zip(QUANTILES, q[:, i].tolist(), strict=True)),
            }
            for i, cell in enumerate(self.cells)
        ]

    def totals(self) -> list[dict[str, Any]]:
        """A row a stream and day: all crossings together, in which levels and days go together."""
        groups: dict[tuple[str, dt.date], list[int]] = {}
        for i, cell in enumerate(self.cells):
            groups.setdefault((cell.streams[0], cell.start.date()), []).append(i)
        out = []
        for (stream, date), mine in groups.items():
            whole = self.counts[:, mine].sum(axis=1)
            q = np.quantile(whole, list(QUANTILES.values())).tolist()
            out.append(
                {"stream": stream, "date": date, "mean": float(whole.mean()), **dict(zip(QUANTILES, q, strict=True))}
            )
        return out

    def to_json(self) -> dict[str, Any]:
        """All of it; days as text."""
        given = [
            {
                "id": c.id,
                "count": c.low,
                **dict(zip(("p05", "p50", "p95"), q.tolist(), strict=True)),
                "chance": float(p),
            }
            for c, q, p in zip(self.given, self.expected, self.chance, strict=True)
        ]
        dated = [[{**row, "date": row["date"].isoformat()} for row in rows] for rows in (self.rows(), self.totals())]
        words = {"surprises": list(self.surprises), "told": self.told}
        return {"counts": given, "draws_left": self.still, **words, "rows": dated[0], "totals": dated[1]}


def reweight(ready: Ready, counts: Sequence[CrossingCount], *, seed: int = 1) -> Reweighted:
    """What is expected at each crossing on each day after counts: draws weighted by them, and levels as they tell of them.

    Parameters
    ----------
    ready : Ready
        Of `crossings.calibration.ready.prepare`, kept from one set of counts to the next.
    counts : sequence of CrossingCount
        All counts since the fit (or since the scenario's first day), in any order; none is fine.
    seed : int
        Of the noise.

    Returns
    -------
    Reweighted
        Ranges by crossing and day, and whether a count was a surprise.

    Raises
    ------
    InputError
        For an unknown crossing, a day that is not foretold, a number below 0, the same count twice.

    Examples
    --------
    >>> from crossings import Scenario
    >>> from crossings.calibration.ready import prepare
    >>> ready = prepare(Scenario.read("two-crossings"), days=3, streams=["seekers"])
    >>> found = reweight(ready, [CrossingCount(ready.cells[0].crossings[0], ready.first, 40)])
    >>> sorted({row["date"].day - ready.first.day for row in found.rows()})
    [1, 2]
    """
    given, of_given = _counted(ready, counts)
    expected, chance = foretold(given, of_given, ready, seed)
    weight = log_probabilities((*ready.known, *given), ready.known_expected.beside(of_given), ready.noise)
    weight -= log_probabilities(ready.known, ready.known_expected, ready.noise)
    rows, still = weighed(weight, DRAWS, seed)
    after = max((c.end for c in given), default=min(c.start for c in ready.cells))
    later = [i for i, c in enumerate(ready.cells) if c.start >= after]
    cells = tuple(ready.cells[i] for i in later)
    picked = ready.take(rows)
    of_later = picked.expected.of(later)
    if later and any(moves(n) for n in picked.noise):
        state = _state(picked, given, of_given.take(rows), cells)
        of_later = of_later.times(state.factors(cells, of_later.full, seed))
    found = scatter(of_later, cells, picked.noise, seed)
    learned = bool(np.ptp(ready.expected.mean, axis=0).max(initial=0.0) > 0)
    return Reweighted(given, expected, chance, still, len(ready.expected), learned, cells, found)


def _state(ready: Ready, given: Sequence[Cell], of_given: ExpectedCounts, about: Sequence[Cell]) -> State:
    return states(ready.known_expected.beside(of_given), (*ready.known, *given), ready.noise, about)[0]


def told(surprises: Sequence[str], still: float, number: int, *, learned: bool = True) -> str:
    """Whether the fit should be made again, in words."""
    what = "make a new fit" if learned else "look at the scenario's numbers again"
    if surprises:
        return f"A surprise: {', '.join(surprises)}. What was expected before does not tell of such counts: {what}."
    if still < FEW and learned:
        return f"Of {counted(number, 'draw')} {still:.0f} are left: the answer is rough, make a new fit."
    return "No surprise; the fit need not be made again." if learned else "No surprise."


def weighed(weight: Floats, number: int, seed: int) -> tuple[NDArray[np.int64], float]:
    """``number`` of the draws by their ln weights [D], evenly; and how many of them still count.

    Raises `InputError` where no draw is possible.
    """
    if not np.isfinite(weight).any():
        raise InputError("--count", "none of the draws makes it possible", "fit again")
    share = np.exp(weight - np.nanmax(weight))
    share = np.nan_to_num(share) / np.nansum(share)
    at = (np.arange(number) + np.random.default_rng([seed, 23]).random()) / number
    rows = np.minimum(np.searchsorted(np.cumsum(share), at), share.size - 1)
    return rows, float(1.0 / (share**2).sum())


def foretold(given: Sequence[Cell], expected: ExpectedCounts, ready: Ready, seed: int) -> tuple[Floats, Floats]:
    """[R, 3] quantiles of what draws expected of counts, and [R] the chance of one as far out, by what was known before."""
    if not given:
        return np.zeros((0, 3)), np.zeros(0)
    before = expected
    if any(moves(n) for n in ready.noise):
        state = states(ready.known_expected, ready.known, ready.noise, given)[0]
        before = before.times(state.factors(given, expected.full, seed))
    counts = scatter(before, given, ready.noise, seed)
    below = np.array([(counts[:, i] <= cell.high).mean() for i, cell in enumerate(given)])
    above = np.array([(counts[:, i] >= cell.low).mean() for i, cell in enumerate(given)])
    return np.quantile(counts, [0.05, 0.5, 0.95], axis=0).T, np.minimum(1.0, 2.0 * np.minimum(below, above))


def _counted(ready: Ready, counts: Sequence[CrossingCount]) -> tuple[tuple[Cell, ...], ExpectedCounts]:
    """Counts as cells, in order of time, and what each draw expects of them."""
    faults: list[Fault] = []
    cells: list[Cell] = []
    found = ExpectedCounts.none(len(ready.expected))
    seen: set[int] = set()
    known = list(dict.fromkeys(c.crossings[0] for c in ready.cells))
    for one in sorted(counts, key=lambda c: (c.day, c.crossing)):
        here = f"{one.crossing} on {one.day}"
        mine = [i for i, c in enumerate(ready.cells) if c.crossings[0] == one.crossing]
        mine = [i for i in mine if one.stream in (None, ready.cells[i].streams[0])]
        mine = [i for i in mine if one.direction in (None, ready.cells[i].direction)]
        that_day = [i for i in mine if ready.cells[i].start.date() == one.day]
        if one.crossing not in known:
            faults += unknown("count", "crossing", [one.crossing], known)
        elif not (np.isfinite(one.number) and one.number >= 0):
            faults.append(Fault("count", f"{here} cannot be {one.number:g}", "write 0 or more"))
        elif not mine:
            streams = ", ".join(sorted({c.streams[0] for c in ready.cells if c.crossings[0] == one.crossing}))
            faults.append(
                Fault(
                    "count", f"nobody of that stream and direction is expected at {one.crossing}", f"there: {streams}"
                )
            )
        elif not that_day:
            faults.append(Fault("count", f"{here} is not foretold", f"write {ready.first} to {ready.last}"))
        elif seen & set(that_day):
            faults.append(Fault("count", f"{here} is given twice", "write it once"))
        else:
            seen |= set(that_day)
            parts = [ready.cells[i] for i in that_day]
            cells.append(
                dataclasses.replace(
                    parts[0],
                    id=f"{one.crossing}-{one.day}-given",
                    direction=parts[0].direction if len({p.direction for p in parts}) == 1 else None,
                    streams=tuple(dict.fromkeys(p.streams[0] for p in parts)),
                    pieces=tuple(piece for p in parts for piece in p.pieces),
                    low=float(one.number),
                    high=float(one.number),
                    reason="given",
                )
            )
            found = found.beside(ready.expected.together(that_day, ready.background))
    if faults:
        raise InputError(faults)
    return tuple(cells), found
