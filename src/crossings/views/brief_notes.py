"""What a brief rests on: what its ranges hold and what not, how much is estimated, and the sources."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence

from crossings.scenario.entities import Closure, Demand, Lane, Place, Stock
from crossings.scenario.scenario import Scenario
from crossings.scenario.what_if import TRIED
from crossings.views.answer import Answer
from crossings.views.answer_text import FEW_RUNS
from crossings.views.language import Language

URL = re.compile(r"https?://[^\s<>\"'`;|]+[^\s<>\"'`;|.,)]")
Sourced = Closure | Demand | Stock | Lane | Place
ESTIMATED = ("places", "roads", "lanes", "demand", "stocks", "closures")


def range_line(answer: Answer, words: Language) -> str:
    """What the range holds and what not, in a sentence or two."""
    text = words.say(
        "5, 50 and 95 % of {number} runs lie below. The range shows random variation only, not uncertainty about the assumptions.",
        number=words.number(answer.runs, 0),
    )
    text += " " + words.say("The sentences above give means of the runs; likely is the middle run (median).")
    if answer.runs < FEW_RUNS:
        text += " " + words.say("So few runs make the range too narrow: take 50 or more.")
    return text


def others_line(answer: Answer, words: Language) -> str:
    """Of whom the figures of other groups are, and when it is judged that they do not cross."""
    if answer.replaced:
        return words.say(
            "Those who would have crossed while the orders are in force; do not cross: not by {time}.",
            time=words.time(answer.ends),
        )
    return words.say(
        "Those who would have crossed while the orders are in force; do not cross: not by the end of the run."
    )


def assumption_lines(
    answer: Answer, scenario: Scenario, words: Language, *, fitted: bool = False, changing: str = ""
) -> list[str]:
    """What holds for all figures of a brief: a line each. changing: `crossings.views.trust.changing_line`."""
    held = (
        words.say(
            "The ranges include random variation (who sets out when, and who chooses what) and what the fit leaves open of its parameters; not uncertainty about the other assumptions."
        )
        if fitted
        else words.say(
            "The ranges show random variation: who sets out when, and who chooses what. They do not include uncertainty about traffic, control times or behaviour."
        )
    )
    compared = (
        words.say("Orders announced later are in neither scenario.")
        if _tried_last(answer, scenario)
        else words.say("Orders compared: {list}.", list=words.list(list(answer.orders)))
        if answer.orders
        else ""
    )
    return [line for line in (held, compared, changing, _share_line(scenario, words)) if line]


def _tried_last(answer: Answer, scenario: Scenario) -> bool:
    """Whether all that is compared is tried here, and the scenario has no order that became known after it."""
    ours = [row for row in scenario.closures if row.order in answer.orders]
    known = min((row.announced or row.from_ for row in ours), default=dt.datetime.max)
    others = [row for row in scenario.closures if row.order not in answer.orders]
    ours_alone = bool(ours) and all(row.source == TRIED for row in ours)
    return ours_alone and all((row.announced or row.from_) < known for row in others)


def estimated_shares(scenario: Scenario) -> dict[str, tuple[int, int]]:
    """Table → (rows that hold an estimated figure, all rows); tables without rows are left out."""
    found = {name: getattr(scenario, name) for name in ESTIMATED}
    return {name: (sum(row.estimated for row in rows), len(rows)) for name, rows in found.items() if rows}


def _share_line(scenario: Scenario, words: Language) -> str:
    named = {
        "places": words.say("places"),
        "roads": words.say("roads"),
        "lanes": words.say("controls"),
        "demand": words.say("traffic"),
        "stocks": words.say("people who wait to go"),
        "closures": words.say("orders"),
    }
    shares = estimated_shares(scenario)
    ours, every = (sum(s[k] for s in shares.values()) for k in (0, 1))
    each = [f"{named[name]} {a}/{b}" for name, (a, b) in shares.items()]
    return words.say(
        "{share} % of the scenario's rows hold an estimated figure: {list}.",
        share=words.number(100 * ours / max(every, 1), 0),
        list=", ".join(each),
    )


def source_lines(answer: Answer, scenario: Scenario, words: Language) -> list[str]:
    """The sources that most rows of traffic, controls, beds and the compared orders cite, whole; each web address once, below."""
    orders = [c for c in scenario.closures if c.order in answer.orders]
    parts: list[tuple[str, Sequence[Sourced], int]] = [
        (words.say("orders"), orders, 3),
        (words.say("traffic"), [*scenario.demand, *scenario.stocks], 3),
        (words.say("controls"), scenario.lanes, 2),
        (words.say("beds"), [p for p in scenario.places if p.kind == "reception"], 2),
    ]
    lines = []
    numbers: dict[str, int] = {}
    for name, rows, most in parts:
        for source, _ in Counter(row.source for row in rows if row.source).most_common(most):
            tried = source == TRIED
            lines.append(f"{name}: {words.say('tried here; not a decision') if tried else _cited(source, numbers)}")
    lines += [f"[{number}] {address}" for address, number in numbers.items()]
    lines.append(
        words.say("Every row with its source: {file} of the scenario.", file=scenario.settings.sources or "*.csv")
    )
    return lines


def _cited(source: str, numbers: dict[str, int]) -> str:
    """A source with a number in place of each web address; the list of addresses stands below, each once."""
    text = URL.sub(lambda found: f"[{numbers.setdefault(found[0], len(numbers) + 1)}]", source)
    return re.sub(r"\s+([;,.])", r"\1", text)
