"""Where did they go: the same people with and without the orders."""

from __future__ import annotations

import numpy as np

from crossings.charts import Figure, Link, Markup, join, sankey
from crossings.measures.cells import CELL_WORDS, FATE_WORDS
from crossings.report.components import Section, by_stream, reading
from crossings.report.html import Column, banded, figure, table
from crossings.report.view_model import Facts, Floats, plural
from crossings.scenario.measures import CROSSED_WITHOUT
from crossings.simulation.comparison import CELLS, FATES, VIEWS, Comparison
from crossings.store.results import band
from crossings.views.language import Language, language

__all__ = ["cells", "effect_section", "who_went_where", "would_have_crossed"]


def cells(comparison: Comparison, stream: str, names: tuple[str, ...], view: int = 0) -> Floats:
    """[K]: travellers of a stream in some cells, seed by seed."""
    s = comparison.streams.index(stream)
    columns = [CELLS.index(name) for name in names]
    return np.array([e.counts[view, s, columns].sum() for e in comparison.effects], float)


def would_have_crossed(comparison: Comparison, stream: str) -> Floats:
    """[K]: travellers who cross without the orders."""
    return cells(comparison, stream, CROSSED_WITHOUT)


def effect_section(facts: Facts) -> Section | None:
    """The comparison; None where there is none."""
    if facts.comparison is None:
        return None
    return Section("effect", "Where did they go?", by_stream(facts, lambda s: _effect(facts, s)))


def _effect(facts: Facts, stream: str) -> Markup | None:
    found = facts.comparison
    assert found is not None
    before = would_have_crossed(found, stream)
    if not before.any() and not cells(found, stream, ("induced",)).any():
        return reading(f"No one of {facts.stream_name(stream)} crosses, with or without the orders.")
    source = facts.source(
        f"Left: where each crosses {found.baseline}; right: where the same person crosses, or what became of them, {_as(found.scenario)}; mean over seeds, "
        "people who cross in neither left out. Grey: the same crossing; blue: another; hatched: not across; pink: crosses only with the orders."
    )
    drawings = [who_went_where(facts, stream, width) for width in (1100.0, 380.0)]
    title = f"{facts.stream_name(stream)}: from the crossing without the orders to the crossing, or fate, with them"
    return join([_said(facts, stream, before), figure(drawings, source, title=title), _table(facts, stream)])


def _as(name: str) -> str:
    return name if name.startswith(("as ", "with")) else f"in '{name}'"


def _said(facts: Facts, stream: str, before: Floats) -> Markup:
    found = facts.comparison
    assert found is not None
    what = plural(facts.streams[stream])
    parts = []
    for cell, words in (
        ("diverted", CELL_WORDS["diverted"]),
        ("delayed", "crossed more than 6 hours later"),
        ("deterred", CELL_WORDS["deterred"]),
        ("stranded", f"were {CELL_WORDS['stranded']}"),
        ("pending", f"were {CELL_WORDS['pending']}"),
    ):
        number = band(cells(found, stream, (cell,)))
        if number["mean"] >= 0.5:
            parts.append(f"{banded(number)} {words}")
    row = next(r for r in found.table().iter_rows(named=True) if r["stream"] == stream)
    text = f"Judged at the end of the run: of {banded(band(before))} {what} ({facts.stream_name(stream)}) who would have crossed without the orders, "
    text += (", ".join(parts) if parts else "all crossed where and when they would have") + "."
    if row["extra_km_mean"] is not None and np.isfinite(row["extra_km_mean"]) and row["diverted_mean"] >= 0.5:
        more = "more" if row["extra_km_mean"] >= 0 else "(fewer)"
        text += (
            f" Those diverted travelled {banded(row, 'extra_km')} km and {banded(row, 'extra_h')} h {more} on average."
        )
    return reading(text)


def who_went_where(
    facts: Facts, stream: str, width: float, heads: tuple[str, str] | None = None, words: Language | None = None
) -> Figure:
    """The picture of who went where, of one stream. heads: of both sides; words: the language, by default English."""
    found = facts.comparison
    assert found is not None
    words = words or language("en")
    number = "{:,.0f}".format if words.code == "en" else lambda v: words.number(v, 0)
    flows = found.flows()
    links = []
    names = facts.crossing_names
    unit = words.name(plural(facts.streams[stream]))
    only = words.name("only with them")
    fates = {fate: words.name(said) for fate, said in FATE_WORDS.items()}
    for row in flows.filter(flows["stream"] == stream).iter_rows(named=True):
        start, end = row["from"], row["to"]
        if start == "not crossed" and end == "outside":
            continue
        kind = "same" if start == end else "won" if start == "not crossed" else "moved" if end in names else "lost"
        begin, goal = names.get(start, only), names.get(end, fates.get(end, end))
        spread = banded(row, "number")
        if words.code != "en":
            low, high = (number(row[f"number_{b}"]) for b in ("p05", "p95"))
            spread = f"{number(row['number_mean'])} ({low}–{high})"
        links.append(Link(begin, goal, row["number_mean"], kind, f"{begin} → {goal}\n{spread} {unit}"))
    starts = [*names.values(), only]
    ends = [*names.values(), *(fates[f] for f in FATES)]
    heads = heads or (f"without the orders, {unit}", f"with them, {unit}")
    title = words.name("Where did they go")
    said = f"{unit}, {words.name('mean over seeds')}"
    return sankey(title, links, starts, ends, heads=heads, unit=said, width=width, number=number)


def _table(facts: Facts, stream: str) -> Markup:
    """The effect of one stream: a row a cell, a column a view."""
    found = facts.comparison
    assert found is not None
    views = [next(r for r in found.table(v).iter_rows(named=True) if r["stream"] == stream) for v in range(len(VIEWS))]
    unit = plural(facts.streams[stream])
    rows: list[list[object]] = []
    for cell, words in CELL_WORDS.items():
        if any(v[f"{cell}_mean"] for v in views):
            rows.append([f"{cell}: {words}", *(banded(v, cell) for v in views)])
    rows.append(["all: set out, or waiting to go", *(banded(v, "created") for v in views)])
    rows.append(["of them by spill-over", *(banded(v, "spill_over") for v in views)])
    rows.append(["extra km of one diverted", *(banded(v, "extra_km") for v in views)])
    rows.append(["extra hours of one diverted", *(banded(v, "extra_h") for v in views)])
    heads = ("at the horizon", "at the horizon", "at the horizon", "30 days later")
    units = (
        "later or earlier: 6 h",
        "later or earlier: 1 h",
        "later or earlier: 24 h",
        "later or earlier: 6 h",
    )
    columns = [
        Column("what became of them", unit, number=False),
        *(Column(h, u) for h, u in zip(heads, units, strict=True)),
    ]
    note = (
        f"Mean (5th–95th percentile over seeds), {found.scenario} against {found.baseline}. Everybody is in one row from the first to 'across in neither'. "
        "Spill-over: affected although no order touches the crossing they would have used."
    )
    return table(f"{facts.stream_name(stream)}: the same people with and without the orders", columns, rows, note)
