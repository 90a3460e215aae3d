"""What is fitted: the scenario as it was known, its counts, and the parameters that can act on it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from crossings.calibration.batches import Batches
from crossings.calibration.expected_counts import ExpectedCounts
from crossings.calibration.likelihood import Likelihood
from crossings.calibration.parameter_map import Numbers
from crossings.calibration.priors import Priors
from crossings.errors import Fault, InputError, check_known
from crossings.model import Model
from crossings.observations.counts import Observations
from crossings.observations.periods import Cell
from crossings.scenario import Demand, Headcount, Scenario, Stock
from crossings.scenario.as_of import Knowing, known_through
from crossings.scenario.fit_spec import Parameter

HYPOTHESES = ("independent", "grouped", "switched")
SHARE = Parameter(
    prior="beta(1, 3)",
    meaning="share of the whole border's flow that the hidden crossing of a day takes",
    set="noise.switched",
)


@dataclass(frozen=True, repr=False)
class Problem:
    """A fit to be made.

    Parameters
    ----------
    scenario : Scenario
        As written.
    until : str, optional
        The last local day whose counts are used; by default all counts.
    by : {"period", "published"}
        What is known by a day, see `Observations.until`.
    width : float
        Factor on the spreads of the priors.
    fixed : tuple of (str, float)
        Parameters held at a value.
    without : tuple of str
        Counts that are left out, by id.
    hypothesis : str
        How people come, see `compare_hypotheses`.

    Examples
    --------
    >>> import crossings as cx
    >>> problem = cx.Problem(cx.Scenario.read("finland-2023"), until="2023-11-17")
    >>> problem.streams, len(problem.cells)
    (('asylum',), 20)
    """

    scenario: Scenario
    until: str | None = None
    by: Knowing = "period"
    width: float = 1.0
    fixed: tuple[tuple[str, float], ...] = ()
    without: tuple[str, ...] = ()
    hypothesis: str = "grouped"

    def __repr__(self) -> str:
        known = "all counts" if self.until is None else f"what was known by {self.until}"
        return f"<Problem: {self.scenario.settings.name} fitted to {known}>"

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams that are learned."""
        fit = self.scenario.settings.fit
        if fit.streams:
            check_known("scenario.yaml: fit.streams", "stream", fit.streams, list(self.scenario.settings.streams))
            return fit.streams
        if self.scenario.headcounts and not self.scenario.observations:
            return tuple(self.scenario.settings.streams)
        counted = {s for row in self.scenario.observations for s in row.streams}
        return tuple(s for s in self.scenario.settings.streams if s in counted)

    @cached_property
    def known(self) -> Scenario:
        """The scenario as it was known at the end of ``until``, with the last known rates going on; only these streams."""
        scenario = (
            self.scenario
            if self.until is None
            else dataclasses.replace(self.scenario, **known_through(self.scenario, self.until, self.by))
        )
        if self.until is not None and scenario.settings.fit.carry_forward:
            scenario = carry_forward(scenario)
        return _only(scenario, self.streams)

    def given(self, later: Scenario) -> Scenario:
        """What was known of people and controls, under all orders of a later scenario.

        Parameters
        ----------
        later : Scenario
            The scenario that has the orders.

        Returns
        -------
        Scenario
            What was known, with those orders.
        """
        return dataclasses.replace(self.known, closures=later.closures, written=later.written)

    @cached_property
    def model(self) -> Model:
        """The model of what was known."""
        return Model(self.known)

    @cached_property
    def counts(self) -> Observations:
        """The counts that are used."""
        counts = Observations.read(self.scenario)
        return counts if self.until is None else counts.until(self.until, self.by)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The counts as disjoint terms; raises `InputError` if there are none."""
        cells = self.counts.cells(self.streams, needed=not self.headcounts)
        cells = tuple(c for c in cells if c.id not in self.without)
        if not cells and not self.headcounts:
            raise InputError("observations.csv", "no count is left", "leave out fewer")
        return cells

    @property
    def headcounts(self) -> tuple[Headcount, ...]:
        """People counted at places that are used."""
        return self.known.headcounts

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters that have something to act on in what was known, without the fixed ones."""
        found = {name: p for name, p in self._acting.items() if name not in dict(self.fixed)}
        if self.hypothesis == "independent":
            found = {name: p for name, p in found.items() if p.target != "noise.group_size"}
        elif self.hypothesis == "switched":
            found["switched"] = SHARE
        return found

    @cached_property
    def idle(self) -> tuple[str, ...]:
        """Parameters of the scenario that act only on rows that were not known yet."""
        return tuple(n for n in self.scenario.settings.fit.parameters if n not in self._acting)

    @cached_property
    def _acting(self) -> dict[str, Parameter]:
        listed = dict(self.scenario.settings.fit.parameters)
        if not listed:
            raise InputError(
                "scenario.yaml: fit.parameters", "there is nothing to learn", "name parameters with priors"
            )
        check_known("fix", "parameter", [name for name, _ in self.fixed], list(listed))
        for name, value in self.fixed:
            low, high = listed[name].range
            if not (math.isfinite(value) and low <= value <= high):
                raise InputError("fix", f"{name} cannot be {value:g}", f"write {low:g} to {high:g}")
        try:
            _ = self._all
            return listed
        except InputError:
            pass  # which of them have nothing to act on is seen one by one
        faults: list[Fault] = []
        whole: Model | None = None
        acting = {}
        for name, parameter in listed.items():
            try:
                Numbers(self.model, {name: parameter}, self.streams)
                acting[name] = parameter
            except InputError as error:
                whole = whole or Model(_only(self.scenario, self.streams))
                try:
                    Numbers(whole, {name: parameter}, self.streams)
                except InputError:
                    faults += error.faults
        if faults:
            raise InputError(faults)
        return acting

    @cached_property
    def _all(self) -> Numbers:
        """All parameters of the scenario; raises `InputError` where one has nothing to act on."""
        return Numbers(self.model, self.scenario.settings.fit.parameters, self.streams)

    @cached_property
    def priors(self) -> Priors:
        """Their priors."""
        return Priors(list(self.parameters.values()), self.width)

    def numbers(self, model: Model | None = None) -> Numbers:
        """What turns the parameters into tables of a model.

        Parameters
        ----------
        model : Model, optional
            By default that of what was known.

        Returns
        -------
        Numbers
            ``apply`` takes one vector of parameters.
        """
        held = {name: value for name, value in self.fixed if name in self._acting}
        listed = {name: p for name, p in self._acting.items() if name in held} | self.parameters
        ordered = {name: listed[name] for name in (*self._acting, *self.parameters) if name in listed}
        if model in (None, self.model) and ordered == self.scenario.settings.fit.parameters:
            return self._all.holding(held)
        return Numbers(self.model if model is None else model, ordered, self.streams, held)

    def likelihood(self, model: Model | None = None, cells: tuple[Cell, ...] | None = None) -> Likelihood:
        """How likely the counts are; a new one for each thread.

        Parameters
        ----------
        model : Model, optional
            By default that of what was known.
        cells : tuple of Cell, optional
            By default all counts that are used.

        Returns
        -------
        Likelihood
            Called with a vector of parameters.
        """
        numbers = self.numbers(model)
        switched = self.hypothesis == "switched"
        return Likelihood(
            numbers.model,
            numbers,
            self.cells if cells is None else cells,
            self.background,
            switched=switched,
            headcounts=self.headcounts if cells is None else (),
        )

    def expected(self, draws: NDArray[np.float64], threads: int | None = None) -> ExpectedCounts:
        """What each of D draws expects of the counts that are used; the last answer is kept, as all that is said of a fit asks
        for it.

        Parameters
        ----------
        draws : array [D, parameters]
            Values of the parameters.
        threads : int, optional
            On which nothing depends but the time; by default one a core.

        Returns
        -------
        ExpectedCounts
            [D, C], in the order of ``cells``.
        """
        key = draws.tobytes()
        if key not in self._last_expected:
            with closing(Batches(self.likelihood(), threads)) as batches:
                self.remember(draws, batches.expected(draws))
        return self._last_expected[key]

    def remember(self, draws: NDArray[np.float64], expected: ExpectedCounts) -> None:
        """Keep what `expected` answers of these draws, where it is known already.

        Parameters
        ----------
        draws : array [D, parameters]
            Values of the parameters.
        expected : ExpectedCounts
            [D, C], in the order of ``cells``.
        """
        self._last_expected.clear()
        self._last_expected[draws.tobytes()] = expected

    @cached_property
    def _last_expected(self) -> dict[bytes, ExpectedCounts]:
        return {}

    @property
    def background(self) -> float:
        """What is added to every expected count, per crossing and day."""
        return self.scenario.settings.fit.background_per_day


def _only(scenario: Scenario, streams: tuple[str, ...]) -> Scenario:
    """The scenario without the people of other streams."""
    return dataclasses.replace(
        scenario,
        demand=tuple(d for d in scenario.demand if d.stream in streams),
        stocks=tuple(s for s in scenario.stocks if s.stream in streams),
    )


def carry_forward(scenario: Scenario) -> Scenario:
    """Of rates with a time of publication, the last known goes on to the end of demand.

    It depends on nothing but the rows that were known, as with lanes.
    """
    end = scenario.settings.end
    last_stock: dict[tuple[str, str], Stock] = {}
    for s in scenario.stocks:
        best = last_stock.get((s.stream, s.origin))
        if best is None or s.until > best.until:
            last_stock[s.stream, s.origin] = s
    last_demand: dict[tuple[str, str, str], Demand] = {}
    for d in scenario.demand:
        key = (d.stream, d.origin, d.destination or "")
        if key not in last_demand or d.until > last_demand[key].until:
            last_demand[key] = d
    longest = {id(s) for s in last_stock.values() if s.published is not None}
    final = {id(d) for d in last_demand.values() if d.published is not None}
    day = (end - dt.timedelta(microseconds=1)).date()
    return dataclasses.replace(
        scenario,
        stocks=tuple(
            s.model_copy(update={"until": max(end, s.until)}) if id(s) in longest else s for s in scenario.stocks
        ),
        demand=tuple(
            d.model_copy(update={"until": max(day, d.until)}) if id(d) in final else d for d in scenario.demand
        ),
    )
