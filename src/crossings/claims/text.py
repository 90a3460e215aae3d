"""What was computed for a claim, and what cannot be said, in one plain sentence each."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from crossings.claims.measures import Gap
from crossings.claims.message import Measured, Message, NameList, Term, Value
from crossings.claims.spec import Question
from crossings.measures.units import amount
from crossings.model import Model
from crossings.scenario.entities import Claim
from crossings.scenario.measures import MEASURES, PEOPLE, number_of

if TYPE_CHECKING:
    from crossings.claims import Finding

NOTHING = Message("")


def computed_words(question: Question, model: Model) -> Message:
    """One sentence: what was computed, for whom, about which orders, until when."""
    measure = question.measure
    if measure is None:
        return Message("Nothing was computed.")
    if measure.how == "given":
        return Message("Computed: {what}.", what=Term(measure.computed))
    names = [model.scenario.settings.streams[s].name or s for s in question.streams]
    if measure.how == "ground":
        names = names[:1]
    last = model.clock.local(question.period.ends if measure.how == "ground" else question.period.judged)
    where: Value = NOTHING
    if question.claim.crossings:
        called = {c.id: c.name or c.id for c in model.scenario.crossings}
        named = NameList(tuple(called.get(c, c) for c in question.claim.crossings))
        where = Message(", at {crossings}", crossings=named)
    return Message(
        "Computed: {what}{where} (for {groups}; orders: {orders}; judged on {day}).",
        what=Term(measure.computed),
        where=where,
        groups=NameList(tuple(Term(name) for name in names)),
        orders=NameList(question.orders) if question.orders else Term("none"),
        day=last.date(),
    )


def cannot_say(question: Question) -> Message:
    """One sentence: what the figure does not say."""
    if question.measure is None:
        return Message("Nothing here can say whether it is so.")
    return Message("{sentence}", sentence=Term(question.measure.cannot))


def gap_details(gap: Gap, model: Model) -> dict[str, Any]:
    """The worst noon of a claim's orders: what is open, the way by road from each origin, km and hours; names of the crossings
    and of the places that are in it, apart, as a crossing and a place may have the same id.
    """
    out: dict[str, Any] = gap.worst.to_json()
    crossings = {*out["open"], *(row["nearest"] for row in out["rows"])}
    places = {row["origin"] for row in out["rows"]}
    scenario = model.scenario
    out["crossing_names"] = {c.id: c.name or c.id for c in scenario.crossings if c.id in crossings}
    out["place_names"] = {p.id: p.name or p.id for p in scenario.places if p.id in places}
    out["before"] = None
    if gap.before is not None:
        out["before"] = {"date": gap.before.date, "longest_gap_km": round(gap.before.longest_gap_km, 2)}
    return out


def figure_words(unit: str, figure: dict[str, float | None], mark: str = "-") -> Message:
    """A figure with the 5th to 95th percentile of runs; shares in per cent; the mean alone where nothing varies.

    >>> figure_words("share", {"mean": -0.5, "p05": -0.6, "p95": -0.4})
    '-50% (-60 to -40)'
    """
    return Message("{figure}", figure=Measured(unit, figure, mark))


def held_to(unit: str, comparison: str, value: float | None) -> Message:
    """What a measure is held to.

    >>> held_to("share", "<=", -0.5)
    '<= -50%'
    """
    if value is None:
        return NOTHING
    sign = f"{comparison} " if comparison else ""
    return Message("{comparison}{figure}", comparison=sign, figure=Measured(unit, {"mean": value}))


def measure_words(title: str, unit: str, comparison: str, value: float | None) -> Message:
    """A measure and what it is held to, as printed everywhere; its name alone where that is nothing."""
    if value is None:
        return Message("{measure}", measure=Term(title))
    return Message("{measure} {held}", measure=Term(title), held=held_to(unit, comparison, value))


def claim_words(claim: Claim) -> Message:
    """The measure that a claim is held to, with its value; empty where there is none."""
    measure = MEASURES.get(claim.measure)
    if measure is None:
        return NOTHING
    value = number_of(claim.value) if claim.comparison and claim.value else None
    return measure_words(measure.title, measure.unit, claim.comparison, value)


def range_words(finding: Finding, units: str = "metric") -> Message:
    """The figure as written and the ends of its means over all settings; empty where there is no figure."""
    if finding.measure is None or not finding.figure:
        return NOTHING
    unit, figure = in_units(finding.measure.unit, finding.figure, units)
    shown = Measured(unit, figure)
    if finding.measure.how == "given":
        return Message(
            "{figure} ({low} to {high} over the settings of the evidence)",
            figure=shown,
            low=float(finding.details["low"]),
            high=float(finding.details["high"]),
        )
    means = [(s.figure["mean"], s.setting) for s in finding.sensitivity if s.figure["mean"] is not None]
    least, most = min(means), max(means)
    if least[0] == most[0]:
        return Message("{figure}", figure=shown)
    low, high = (Measured(*in_units(finding.measure.unit, {"mean": x}, units)) for x in (least[0], most[0]))
    return Message(
        "{figure}; over all settings {low} ({least}) to {high} ({most})",
        figure=shown,
        low=low,
        least=Term(least[1]),
        high=high,
        most=Term(most[1]),
    )


def way_words(finding: Finding, units: str = "metric") -> Message:
    """What stands behind the figure: the fates of those affected and their hours, or the way to an open crossing."""
    about = finding.details
    if finding.measure is None or not about:
        return NOTHING
    if finding.measure.how == "ground":
        return _road_words(about, units)
    if finding.measure.name not in ("journeys_affected", "deterred", "extra_hours"):
        return NOTHING
    return Message(
        "Journeys: {diverted} diverted, {delayed} delayed, {deterred} deterred, {stranded} stranded, {pending} pending; the diverted and delayed cross {hours} person-hours later together, the diverted with {road} more on the road.",
        diverted=float(about["diverted"]),
        delayed=float(about["delayed"]),
        deterred=float(about["deterred"]),
        stranded=float(about["stranded"]),
        pending=float(about["pending"]),
        hours=float(about["extra_person_hours"]),
        road=float(about["extra_road_person_hours"]),
    )


def people_words(finding: Finding) -> Message:
    """How many people a figure of journeys can be, where a claim is about people; empty where it is not.

    It belongs beside the figure wherever that is shown: 20,000 journeys are 20,000 people only if each makes one.
    """
    mean = finding.figure.get("mean") if finding.figure else None
    if finding.measure is None or finding.measure.unit not in PEOPLE or not finding.value or mean is None:
        return NOTHING
    if not mean > 0:
        return NOTHING
    if mean < finding.value:
        return Message("at most {people} people, at one journey each", people=float(mean))
    each = mean / finding.value
    if amount(each) == "1":
        return Message("{people} people at one journey each", people=finding.value)
    return Message("{people} people at {each} journeys each", people=finding.value, each=float(each))


def _road_words(about: dict[str, Any], units: str) -> Message:
    def far(km: float) -> Measured:
        return Measured(*in_units("km", {"mean": km}, units))

    called, places = about["crossing_names"], about["place_names"]
    way: Value = NOTHING
    ways = [r for r in about["rows"] if r["extra_km"] is not None]
    if ways:
        worst = max(ways, key=lambda r: r["extra_km"])
        way = Message(
            "; longest detour by road from {origin}: {way} and {hours} h to {crossing}, {more} and {later} h more than with all open",
            origin=places[worst["origin"]],
            way=far(worst["km"]),
            hours=float(worst["hours"]),
            crossing=called[worst["nearest"]],
            more=far(worst["extra_km"]),
            later=float(worst["extra_h"]),
        )
    elif about["rows"]:
        way = Message("; there is no way by road")
    before: Value = NOTHING
    if about["before"]:
        before = Message("; before the orders {gap}", gap=far(about["before"]["longest_gap_km"]))
    return Message(
        "At noon on {day}, open: {crossings}{way}; on the drawn line {gap}{before}.",
        day=dt.date.fromisoformat(about["date"][:10]),
        crossings=NameList(tuple(called[c] for c in about["open"])) if about["open"] else Term("no crossing"),
        way=way,
        gap=far(about["drawn_gap_km"]),
        before=before,
    )


def in_units(unit: str, figure: dict[str, float | None], units: str) -> tuple[str, dict[str, float | None]]:
    """A unit and a figure as printed: km in miles where units are imperial."""
    name, factor = ("miles", 1 / 1.609344) if unit == "km" and units == "imperial" else (unit, 1.0)
    return name, {b: None if x is None else x * factor for b, x in figure.items()}
