"""People crossed by crossing and day, and those who queue, with what was counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np

from crossings.charts import Chart, Mark
from crossings.observations.matching import SCORED
from crossings.report.components import AnnexSection, CaptionedTable, Drawings, groups, numbers, texts
from crossings.report.marks import Panel, marks_of, panels_of, waiting_marks
from crossings.report.view_model import DAY, Facts, Floats
from crossings.scenario.measures import longest_wait
from crossings.store.results import band

MOST_PANELS = 24
MOST_AFFECTED = 6
Worst = tuple[str, int, dict[str, Floats]]
"""A crossing, the number of a day, and the range of a figure."""


def crossed_section(facts: Facts) -> AnnexSection:
    """How many crossed, by crossing and day."""
    parts = groups(facts, lambda s: _crossed(facts, s))
    return AnnexSection("crossed", facts.words.say("Who crossed where, day by day"), {"groups": parts})


def _crossed(facts: Facts, stream: str) -> dict[str, Any] | None:
    if facts.runs is None or not facts.gates(stream):
        return None
    say = facts.words.say
    unit = say("{unit} per day", unit=facts.unit(stream))
    drawn: list[tuple[Panel, Chart]] = []
    quiet = []
    for panel in panels_of(facts, stream):
        made = _crossed_panel(facts, stream, panel, unit)
        if made is None:
            quiet.append(facts.set_name(panel.crossings))
        else:
            drawn.append((panel, made))
    more = [
        say(
            "Crossed: through the last control, by local day. Each panel has a scale of its own; the figure above the line is the highest median."
        )
    ]
    if any(len(p.crossings) > 1 for p, _ in drawn):
        more.append(say("Panels of several crossings are there because counts were given for just that set."))
    if quiet:
        more.append(say("Nobody crossed, with or without the orders, at: {list}.", list=", ".join(quiet)))
    if len(drawn) > MOST_PANELS:
        more.append(
            say("The quietest crossings ({number}) are in the table only.", number=str(len(drawn) - MOST_PANELS))
        )
    title = say("{group} crossed, {unit}", group=facts.stream_name(stream), unit=unit)
    near = _counted_days(facts, [p for p, _ in drawn])
    close: list[Chart] = []
    if near is not None:
        some = [_crossed_panel(facts, stream, p, unit, near) for p, _ in drawn if p.counts]
        close = [c for c in some if c is not None][:MOST_PANELS]
    source = facts.source(" ".join(more))
    whole = [d for _, d in drawn][:MOST_PANELS]
    all_days = Drawings.of(title, whole, source)
    if near is not None:
        over = facts.source(say("The same over the whole run."))
        all_days = Drawings.of(say("{title}, over the whole run", title=title), whole, over)
    counted_days = say("{title}, on the days that were counted", title=title)
    return {
        "said": _crossed_reading(facts, stream),
        "base": facts.baseline is not None,
        "marks": any(p.counts for p, _ in drawn),
        "close": None if near is None else Drawings.of(counted_days, close, source),
        "whole": all_days,
        "table": _crossed_table(facts, stream),
    }


def affected_days(facts: Facts, stream: str) -> dict[str, Any] | None:
    """The crossings that gain, and those that lose most, around the time in which the compared orders are in force."""
    answer = facts.answer(stream)
    if answer is None or not answer.orders:
        return None
    lost = sorted((c for c in answer.crossings if c.gain <= -0.5), key=lambda c: c.gain)
    ids = [c.id for c in (*answer.gains[:3], *lost)][:MOST_AFFECTED]
    panels_by = {p.crossings[0]: p for p in panels_of(facts, stream) if len(p.crossings) == 1 and p.direction is None}
    first = dt.datetime(answer.begins.year, answer.begins.month, answer.begins.day)
    span = max(facts.days[0], first - 4 * DAY), min(facts.horizon, answer.ends + DAY, first + 14 * DAY)
    say = facts.words.say
    unit = say("{unit} per day", unit=facts.unit(stream))
    made = [_crossed_panel(facts, stream, panels_by[c], unit, span) for c in ids if c in panels_by]
    drawn = [d for d in made if d is not None]
    if not drawn:
        return None
    title = say("{group} at the crossings that change most, {unit}", group=facts.stream_name(stream), unit=unit)
    return {
        "drawings": Drawings.of(title, drawn, facts.source(say("Each panel has a scale of its own."))),
        "marks": any(panels_by[c].counts for c in ids if c in panels_by),
    }


def _counted_days(facts: Facts, shown: Sequence[Panel]) -> tuple[dt.datetime, dt.datetime] | None:
    """The days that counts speak of, where they are less than half of the run: worth a closer look."""
    counts = [o for p in shown for o in p.counts if o.status in SCORED]
    if not counts:
        return None
    begin, end = min(o.from_ for o in counts), max(o.until for o in counts)
    begin = max(facts.days[0], dt.datetime(begin.year, begin.month, begin.day))
    end = min(facts.horizon, dt.datetime(end.year, end.month, end.day) + 2 * DAY)
    return (begin, end) if (end - begin) * 2 < facts.horizon - facts.days[0] and end > begin else None


def _crossed_panel(
    facts: Facts, stream: str, panel: Panel, unit: str, span: tuple[dt.datetime, dt.datetime] | None = None
) -> Chart | None:
    assert facts.runs is not None
    gates = facts.gates(stream, panel.crossings, panel.direction)
    values = facts.daily(facts.runs, gates, "crossed")
    base = None if facts.baseline is None else facts.daily(facts.baseline, gates, "crossed")
    if not values.any() and not panel.counts and (base is None or not base.any()):
        return None
    title = facts.set_name(panel.crossings)
    if panel.direction:
        title += facts.words.say(", into {country}", country=facts.country(panel.direction))
    return facts.panel(
        title,
        values,
        unit,
        span=span or facts.span,
        base=None if base is None else band(base)["p50"],
        came=band(facts.daily(facts.runs, gates, "arrived"))["p50"],
        shut=facts.shut(gates),
        marks=marks_of(facts, stream, panel),
    )


def _crossed_reading(facts: Facts, stream: str) -> str:
    assert facts.runs is not None
    words, say = facts.words, facts.words.say
    best = ("", 0, -1.0)
    for crossing in facts.crossing_names:
        gates = facts.gates(stream, [crossing])
        if gates:
            mid = band(facts.daily(facts.runs, gates, "crossed"))["mean"]
            if mid.max() > best[2]:
                best = (crossing, int(mid.argmax()), float(mid.max()))
    total = words.banded(band(facts.daily(facts.runs, facts.gates(stream), "crossed").sum(axis=1)))
    text = say("In all {number} {group} crossed.", number=total, group=facts.stream_name(stream))
    if facts.baseline:
        before = band(facts.daily(facts.baseline, facts.gates(stream), "crossed").sum(axis=1))
        text = say(
            "In all {number} {group} crossed; without the orders it would have been {other}.",
            number=total,
            group=facts.stream_name(stream),
            other=words.banded(before),
        )
    if best[2] > 0:
        peak = band(facts.daily(facts.runs, facts.gates(stream, [best[0]]), "crossed")[:, best[1]])
        text += " " + say(
            "The busiest day of any crossing was {day} at {crossing}, with {number}.",
            day=words.on(facts.days[best[1]]),
            crossing=facts.crossing_names[best[0]],
            number=words.banded(peak),
        )
    return text


def _crossed_table(facts: Facts, stream: str) -> CaptionedTable:
    """Crossing by day: the figures behind the panels."""
    assert facts.runs is not None
    words, say = facts.words, facts.words.say
    ids = [c for c in facts.crossing_names if facts.gates(stream, [c])]
    bands = {c: band(facts.daily(facts.runs, facts.gates(stream, [c]), "crossed")) for c in ids}
    ids = [c for c in ids if bands[c]["p95"].any()][:40]
    rows = []
    for k, day in enumerate(facts.days):
        if any(bands[c]["p95"][k] > 0 for c in ids):
            cells = [words.banded({b: v[k].item() for b, v in bands[c].items()}) for c in ids]
            rows.append([words.on(day, year=True), *("" if cell == "0" else cell for cell in cells)])
    columns = [*texts(say("date")), *numbers(*(facts.crossing_names[c] for c in ids))]
    caption = say(
        "{group} crossed, {unit} per day: mean (5th–95th percentile of runs); empty: nobody",
        group=facts.stream_name(stream),
        unit=facts.unit(stream),
    )
    return CaptionedTable(caption, columns, rows)


# --- queues ------------------------------------------------------------------------------------


def queue_section(facts: Facts) -> AnnexSection:
    """Who waited, and how long."""
    return AnnexSection(
        "queues", facts.words.say("Queue and wait"), {"groups": groups(facts, lambda s: _queues(facts, s))}
    )


def _queues(facts: Facts, stream: str) -> dict[str, Any] | None:
    if facts.runs is None or not facts.gates(stream):
        return None
    unit, group, say = facts.unit(stream), facts.stream_name(stream), facts.words.say
    drawings: list[tuple[str, list[Chart]]] = []
    rows: list[list[object]] = []
    most: Worst | None = None
    longest: Worst | None = None
    for crossing, name in facts.crossing_names.items():
        gates = facts.gates(stream, [crossing])
        if not gates:
            continue
        waiting = facts.daily(facts.runs, gates, "waiting")
        hours = facts.waits(facts.runs, gates)
        queue, wait = band(waiting), band(hours)
        marks = waiting_marks(facts, stream, crossing)
        if queue["p95"].max() >= 1 or _top(wait["p95"]) >= 0.5 or marks:
            drawings.append((name, _queue_pair(facts, stream, name, gates, waiting, hours, marks)))
        worst, longest_of = band(waiting.max(axis=1)), band(longest_wait(hours))
        rows.append(_queue_row(facts, name, gates, (worst, queue), (longest_of, wait)))
        if most is None or worst["mean"] > most[2]["mean"]:
            most = (name, int(queue["mean"].argmax()), worst)
        if np.isfinite(wait["mean"]).any() and (longest is None or longest_of["mean"] > longest[2]["mean"]):
            longest = (name, int(np.nanargmax(wait["mean"])), longest_of)
    title = say(
        "{group}: waiting at the end of each day ({unit}), and mean wait of those who came that day (hours)",
        group=group,
        unit=unit,
    )
    more = say(
        "Waiting: in a queue, or staying for a reopening, at the end of each local day. Wait: mean of those who came that day, service not counted; gaps: hardly anybody came. Crossings where nobody waits are not drawn."
    )
    in_all = say("{unit}, in all", unit=unit)
    columns = [
        *texts(say("crossing")),
        *numbers((say("most waiting"), say("{unit}, day's end", unit=unit))),
        *texts(say("on")),
        *numbers((say("longest wait"), say("hours"))),
        *texts(say("on")),
        *numbers((say("turned away"), in_all), (say("lost patience"), in_all)),
        *numbers((say("officers needed"), say("most on a day"))),
    ]
    note = say(
        "Mean (5th–95th percentile of runs); most waiting and longest wait: on the worst day of each run, the days on average. Officers needed: fewest for which 95 of 100 of the day's arrivals would have waited at most {hours} h of opening time.",
        hours=facts.words.significant(facts.model.scenario.settings.wait_target_h),
    )
    return {
        "said": _queue_reading(facts, unit, most, longest),
        "drawings": Drawings(title, drawings, facts.source(more)) if drawings else None,
        "base": facts.baseline is not None,
        "marks": any(o.what == "waiting" and o.streams == (stream,) for o in facts.counts),
        "table": CaptionedTable(say("{group}: queue and wait by crossing", group=group), columns, rows, note),
    }


def _top(values: Floats) -> float:
    return float(np.nanmax(values)) if np.isfinite(values).any() else 0.0


def _queue_pair(
    facts: Facts, stream: str, name: str, gates: Sequence[int], waiting: Floats, hours: Floats, marks: list[Mark]
) -> list[Chart]:
    say, shut = facts.words.say, facts.shut(gates)
    base_waiting = base_hours = None
    if facts.baseline is not None:
        base_waiting = band(facts.daily(facts.baseline, gates, "waiting"))["p50"]
        base_hours = band(facts.waits(facts.baseline, gates))["p50"]
    unit, title = (
        say("{unit} waiting at the day's end", unit=facts.unit(stream)),
        say("{crossing}: waiting", crossing=name),
    )
    return [
        facts.panel(title, waiting, unit, shut=shut, base=base_waiting, at_end=True, marks=marks),
        facts.panel(
            say("{crossing}: wait", crossing=name), hours, say("hours of waiting, mean"), shut=shut, base=base_hours
        ),
    ]


def _queue_row(
    facts: Facts,
    name: str,
    gates: Sequence[int],
    queues: tuple[dict[str, Floats], dict[str, Floats]],
    waits: tuple[dict[str, Floats], dict[str, Floats]],
) -> list[object]:
    """A crossing's row; queues, waits: on the worst day of each run, and by day."""
    assert facts.runs is not None
    words, banded = facts.words, facts.words.banded
    (worst, queue), (longest, wait) = queues, waits
    k = int(queue["mean"].argmax())
    none = queue["mean"][k] == 0
    w = int(np.nanargmax(wait["mean"])) if np.isfinite(wait["mean"]).any() else -1
    lost = [banded(band(facts.daily(facts.runs, gates, what).sum(axis=1))) for what in ("turned_away", "reneged")]
    servers = np.stack(
        [t.servers[:, list(gates)].max(axis=1) if t.servers.size else np.array([np.nan]) for t in facts.runs.tallies]
    )
    with np.errstate(invalid="ignore"):
        needed = "–" if np.isnan(servers).all() else words.banded(band(np.nanmax(servers, axis=1)))
    return [
        name,
        banded(worst),
        "" if none else words.on(facts.days[k]),
        "–" if w < 0 else banded(longest),
        "" if w < 0 or _top(wait["mean"]) == 0 else words.on(facts.days[w]),
        *lost,
        needed,
    ]


def _queue_reading(facts: Facts, unit: str, most: Worst | None, longest: Worst | None) -> str:
    words, say = facts.words, facts.words.say
    if most is None or most[2]["mean"] == 0:
        return say("Nobody waits at the end of any day.")
    name, k, queue = most
    text = say(
        "The longest queue stood at {crossing}: {number} {unit} at the end of its worst day, on average {day}.",
        crossing=name,
        number=words.banded(queue),
        unit=unit,
        day=words.on(facts.days[k]),
    )
    if longest is not None and longest[2]["mean"] > 0:
        where, day, wait = longest
        text += " " + say(
            "The longest wait was {hours} hours, at {crossing} for those who came on {day}.",
            hours=words.banded(wait),
            crossing=where,
            day=words.on(facts.days[day]),
        )
    return text
