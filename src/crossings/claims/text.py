"""What was computed for a claim, and what cannot be said, in one plain sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crossings.claims.access_measures import Gap
from crossings.claims.spec import Question
from crossings.measures.units import amount
from crossings.model import Model
from crossings.scenario.entities import Claim
from crossings.scenario.measures import MEASURES, PEOPLE, number_of

if TYPE_CHECKING:
    from crossings.claims import Finding

__all__ = [
    "cannot_say",
    "claim_words",
    "computed_words",
    "figure_words",
    "gap_details",
    "held_to",
    "in_units",
    "people_words",
    "range_words",
    "way_words",
]

PERCENT = ("share",)


def computed_words(question: Question, model: Model) -> str:
    """One sentence: what was computed, for whom, about which orders, until when."""
    measure = question.measure
    if measure is None:
        return "Nothing was computed."
    if measure.how == "given":
        return f"Computed: {measure.computed}."
    names = [model.scenario.settings.streams[s].name or s for s in question.streams]
    if measure.how == "ground":
        names = names[:1]
    last = model.clock.local(question.period.ends if measure.how == "ground" else question.period.judged)
    about = f"for {_list(names)}; orders: {_list(list(question.orders)) or 'none'}; judged on {last:%Y-%m-%d}"
    where = f", at {_list(list(question.claim.crossings))}" if question.claim.crossings else ""
    return f"Computed: {measure.computed}{where} ({about})."


def _list(names: list[str]) -> str:
    return ", ".join(names)


def cannot_say(question: Question) -> str:
    """One sentence: what the figure does not say."""
    if question.measure is None:
        return "Nothing here can say whether it is so."
    return question.measure.cannot


def gap_details(gap: Gap) -> dict[str, Any]:
    """The worst noon of a claim's orders: what is open, and the way by road from each origin; km and hours."""
    out: dict[str, Any] = gap.worst.to_json()
    out["before"] = None
    if gap.before is not None:
        out["before"] = {"date": gap.before.date, "longest_gap_km": round(gap.before.longest_gap_km, 2)}
    return out


def figure_words(unit: str, figure: dict[str, float | None], mark: str = "-") -> str:
    """A figure with the 5th to 95th percentile of runs, as printed: shares in per cent; the mean alone where nothing varies.

    >>> figure_words("share", {"mean": -0.5, "p05": -0.6, "p95": -0.4})
    '-50% (-60 to -40)'
    >>> figure_words("journeys", {"mean": 20123.4, "p05": 20000.0, "p95": 20300.0})
    '20,123 (20,000 to 20,300) journeys'
    """
    mean, low, high = (figure.get(b) for b in ("mean", "p05", "p95"))
    if mean is None:
        return mark
    scale, after = (100.0, "%") if unit in PERCENT else (1.0, "")
    said = [None if x is None else _number(x * scale) for x in (mean, low, high)]
    words = f"{said[0]}{after}"
    if said[1] is not None and not said[0] == said[1] == said[2]:
        words += f" ({said[1]} to {said[2]})"
    return words if unit in PERCENT or unit in ("ratio", "log10") else f"{words} {unit}"


def held_to(question_unit: str, comparison: str, value: float | None) -> str:
    """What a measure is held to, as printed.

    >>> held_to("share", "<=", -0.5)
    '<= -50%'
    """
    if value is None:
        return ""
    return f"{comparison} {figure_words(question_unit, {'mean': value})}"


def claim_words(claim: Claim) -> str:
    """The measure that a claim is held to, with its value, as printed everywhere; empty where there is none."""
    measure = MEASURES.get(claim.measure)
    if measure is None:
        return ""
    value = number_of(claim.value) if claim.comparison and claim.value else None
    return f"{measure.title} {held_to(measure.unit, claim.comparison, value)}".strip()


def range_words(finding: Finding, units: str = "metric") -> str:
    """The figure as written and the ends of its means over all settings; empty where there is no figure."""
    if finding.measure is None or not finding.figure:
        return ""
    unit, factor = _unit(finding.measure.unit, units)
    shown = figure_words(unit, {b: None if x is None else x * factor for b, x in finding.figure.items()})
    if finding.measure.how == "given":
        about = finding.details
        return f"{shown} ({_number(about['low'])} to {_number(about['high'])} over the settings of the evidence)"
    means = [(s.figure["mean"], s.setting) for s in finding.sensitivity if s.figure["mean"] is not None]
    least, most = min(means), max(means)
    if least[0] == most[0]:
        return shown
    low, high = (figure_words(unit, {"mean": x * factor}) for x in (least[0], most[0]))
    return f"{shown}; over all settings {low} ({least[1]}) to {high} ({most[1]})"


def way_words(finding: Finding, units: str = "metric") -> str:
    """What stands behind the figure: the fates of those affected and their hours, or the way to an open crossing."""
    about = finding.details
    if finding.measure is None or not about:
        return ""
    if finding.measure.how == "ground":
        return _road_words(about, units)
    if finding.measure.name not in ("journeys_affected", "deterred", "extra_hours"):
        return ""
    cells = ", ".join(f"{_number(about[c])} {c}" for c in ("diverted", "delayed", "deterred", "stranded", "pending"))
    return (
        f"Journeys: {cells}; the diverted and delayed cross {_number(about['extra_person_hours'])} person-hours later together, the "
        f"diverted with {_number(about['extra_road_person_hours'])} more on the road."
    )


def people_words(finding: Finding) -> str:
    """How many people a figure of journeys can be, where a claim is about people; empty where it is not.

    It belongs beside the figure wherever that is shown: 20,000 journeys are 20,000 people only if each makes one.
    """
    mean = finding.figure.get("mean") if finding.figure else None
    if finding.measure is None or finding.measure.unit not in PEOPLE or not finding.value or mean is None:
        return ""
    if not mean > 0:
        return ""
    if mean < finding.value:
        return f"at most {_number(mean)} people, at one journey each"
    return f"{_number(finding.value)} people at {_number(mean / finding.value)} journeys each"


def _road_words(about: dict[str, Any], units: str) -> str:
    unit, factor = _unit("km", units)
    free = _list(about["open"]) or "no crossing"
    said = f"On {about['date'].replace('T', ' at ')}, open: {free}"
    ways = [r for r in about["rows"] if r["extra_km"] is not None]
    if ways:
        worst = max(ways, key=lambda r: r["extra_km"])
        said += (
            f"; longest detour by road from {worst['origin']}: {_number(worst['km'] * factor)} {unit} and {_number(worst['hours'])} h "
            f"to {worst['nearest']}, {_number(worst['extra_km'] * factor)} {unit} and {_number(worst['extra_h'])} h more than with all open"
        )
    elif about["rows"]:
        said += "; there is no way by road"
    drawn = f"; on the drawn line {_number(about['drawn_gap_km'] * factor)} {unit}"
    if about["before"]:
        drawn += f"; before the orders {_number(about['before']['longest_gap_km'] * factor)} {unit}"
    return f"{said}{drawn}."


def in_units(unit: str, figure: dict[str, float | None], units: str) -> tuple[str, dict[str, float | None]]:
    """A unit and a figure as printed: km in miles where units are imperial."""
    name, factor = _unit(unit, units)
    return name, {b: None if x is None else x * factor for b, x in figure.items()}


def _unit(unit: str, units: str) -> tuple[str, float]:
    return ("miles", 1 / 1.609344) if unit == "km" and units == "imperial" else (unit, 1.0)


def _number(x: float) -> str:
    return amount(x, minus="-")
