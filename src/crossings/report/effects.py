"""Where did they go: the same people with and without the orders."""

from __future__ import annotations

from typing import Any

import numpy as np

from crossings.charts import Chart, Link, sankey
from crossings.measures.cells import CELL_WORDS, FATE_WORDS
from crossings.report.components import AnnexSection, CaptionedTable, groups, numbers, texts
from crossings.report.view_model import Facts, Floats
from crossings.scenario.measures import CROSSED_WITHOUT
from crossings.simulation.comparison import CELLS, FATES, VIEWS, Comparison
from crossings.store.results import band


def cells(comparison: Comparison, stream: str, names: tuple[str, ...]) -> Floats:
    """[K]: travellers of a stream in some cells, seed by seed."""
    s = comparison.streams.index(stream)
    columns = [CELLS.index(name) for name in names]
    return np.array([e.counts[0, s, columns].sum() for e in comparison.effects], float)


def effect_section(facts: Facts) -> AnnexSection | None:
    """The comparison; None where there is none."""
    if facts.comparison is None:
        return None
    parts = groups(facts, lambda s: _effect(facts, s))
    return AnnexSection("effect", facts.words.say("Where did they go?"), {"groups": parts})


def _effect(facts: Facts, stream: str) -> dict[str, Any]:
    found, say = facts.comparison, facts.words.say
    assert found is not None
    before = cells(found, stream, CROSSED_WITHOUT)
    group = facts.stream_name(stream)
    if not before.any() and not cells(found, stream, ("induced",)).any():
        return {"said": say("No one of {group} crosses, with or without the orders.", group=group), "table": None}
    return {
        "said": _said(facts, stream, before),
        "title": say(
            "{group}: from the crossing without the orders to the crossing, or outcome, with them", group=group
        ),
        "drawings": [who_went_where(facts, stream, width) for width in (1100.0, 380.0)],
        "source": facts.source(),
        "table": _table(facts, stream),
    }


def _said(facts: Facts, stream: str, before: Floats) -> str:
    found, words, say = facts.comparison, facts.words, facts.words.say
    assert found is not None
    parts = []
    for cell, told in (
        ("diverted", words.name(CELL_WORDS["diverted"])),
        ("delayed", say("crossed more than 6 hours later")),
        ("deterred", words.name(CELL_WORDS["deterred"])),
        ("stranded", words.name(CELL_WORDS["stranded"])),
        ("pending", words.name(CELL_WORDS["pending"])),
    ):
        number = band(cells(found, stream, (cell,)))
        if number["mean"] >= 0.5:
            parts.append(f"{words.banded(number)} {told}")
    row = next(r for r in found.table().iter_rows(named=True) if r["stream"] == stream)
    text = say(
        "Judged at the end of the run, of {number} {unit} ({group}) who would have crossed without the orders: {list}.",
        number=words.banded(band(before)),
        unit=facts.unit(stream),
        group=facts.stream_name(stream),
        list=", ".join(parts) if parts else say("all crossed where and when they would have"),
    )
    if row["extra_km_mean"] is not None and np.isfinite(row["extra_km_mean"]) and row["diverted_mean"] >= 0.5:
        km, hours = words.banded(row, "extra_km"), words.banded(row, "extra_h")
        if row["extra_km_mean"] >= 0:
            text += " " + say("Those diverted travelled {km} km and {hours} h more on average.", km=km, hours=hours)
        else:
            text += " " + say("Those diverted travelled {km} km and {hours} h (fewer) on average.", km=km, hours=hours)
    return text


def who_went_where(facts: Facts, stream: str, width: float, heads: tuple[str, str] | None = None) -> Chart:
    """The picture of who went where, of one stream; heads: of both sides."""
    found, words, say = facts.comparison, facts.words, facts.words.say
    assert found is not None
    flows = found.flows()
    links = []
    names, unit = facts.crossing_names, facts.unit(stream)
    fates = {fate: words.name(FATE_WORDS[fate]) for fate in FATES}
    new = say("only with them")
    for row in flows.filter(flows["stream"] == stream).iter_rows(named=True):
        start, end = row["from"], row["to"]
        if start == "not crossed" and end == "outside":
            continue
        kind = "same" if start == end else "won" if start == "not crossed" else "moved" if end in names else "lost"
        begin, goal = names.get(start, new), names.get(end, fates.get(end, end))
        told = f"{begin} → {goal}\n{words.banded(row, 'number')} {unit}"
        links.append(Link(begin, goal, row["number_mean"], kind, told))
    starts, ends = [*names.values(), new], [*names.values(), *fates.values()]
    heads = heads or (say("without the orders, {unit}", unit=unit), say("with them, {unit}", unit=unit))
    mean = say("{unit}, mean of the runs", unit=unit)
    return sankey(
        say("Where did they go?"), links, starts, ends, heads=heads, unit=mean, width=width, words=facts.words
    )


def _table(facts: Facts, stream: str) -> CaptionedTable:
    """The effect of one stream: a row a cell, a column a view."""
    found, words, say = facts.comparison, facts.words, facts.words.say
    assert found is not None
    views = [next(r for r in found.table(v).iter_rows(named=True) if r["stream"] == stream) for v in range(len(VIEWS))]
    rows: list[list[object]] = []
    for cell, told in CELL_WORDS.items():
        if any(v[f"{cell}_mean"] for v in views):
            rows.append([f"{words.name(cell)}: {words.name(told)}", *(words.banded(v, cell) for v in views)])
    for name, column in (
        (say("all: set out, or waiting to go"), "created"),
        (say("of them by spill-over"), "spill_over"),
        (say("extra km of one diverted"), "extra_km"),
        (say("extra hours of one diverted"), "extra_h"),
    ):
        rows.append([name, *(words.banded(v, column) for v in views)])
    at_end, later = say("at the end of the run"), say("30 days later")
    judged = [(at_end, "6"), (at_end, "1"), (at_end, "24"), (later, "6")]
    columns = texts((say("what became of them"), facts.unit(stream)))
    columns += numbers(*((when, say("later or earlier: {hours} h", hours=tau)) for when, tau in judged))
    note = say(
        "Mean (5th–95th percentile of runs): {scenario} compared with {baseline}. Everybody is in one row from the first to 'across in neither'. Spill-over: affected although no order touches the crossing they would have used.",
        scenario=words.name(found.scenario),
        baseline=words.name(found.baseline),
    )
    caption = say("{group}: the same people with and without the orders", group=facts.stream_name(stream))
    return CaptionedTable(caption, columns, rows, note)
