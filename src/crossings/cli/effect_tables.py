"""The tables that `crossings compare` prints: what became of the same people, and who went where."""

from __future__ import annotations

import crossings as cx
from crossings.cli.formatting import HOLD, banded, caption, length, numbers, print_table, texts
from crossings.io.faults import counted
from crossings.measures.cells import CELL_WORDS
from crossings.measures.units import plural
from crossings.scenario.measures import MEASURES
from crossings.store.endings import ALL_WORDS, ENDINGS

MEANING = (
    "everybody is in one row from unaffected to outside, judged at the end of the run. Crossed in both: "
    "unaffected (same crossing, within 6 h), delayed or advanced (more than 6 h), diverted (another crossing); "
    "only without: deterred (gave up), stranded (no way open), pending (not yet); only with: induced; in neither: "
    "outside. Spill-over: affected, though no order touches the crossing they would have used"
)
DETERRED = "deterred: gave up by then; those not across by then who have not given up are not among them"
ACROSS = 3  # streams side by side
SHOWN = 6  # of each stream


def print_effect(found: cx.Comparison, units: str) -> None:
    """The effect by stream: a row for each fate, a column for each stream."""
    unit, factor = length(units)
    rows_of = {row["stream"]: row for row in found.table().iter_rows(named=True)}
    names = list(rows_of)
    for start in range(0, len(names), ACROSS):
        some = names[start : start + ACROSS]
        rows = [[ALL_WORDS, *(banded(rows_of[s], "created") for s in some)]]
        rows += [[cell, *(banded(rows_of[s], cell) for s in some)] for cell in CELL_WORDS]
        rows.append(["of them by spill-over", *(banded(rows_of[s], "spill_over") for s in some)])
        rows.append([f"extra {unit} of one diverted", *(banded(rows_of[s], "extra_km", factor) for s in some)])
        rows.append(["extra h of one diverted", *(banded(rows_of[s], "extra_h") for s in some)])
        title = (
            f"Effect at the end of the run: {found.scenario} against {found.baseline} (identical travellers in both)"
        )
        columns = [*texts("what became of them"), *numbers(*some)]
        print_table(title, columns, rows, note=f"{caption(found.made_by)}\n{MEANING}")


def print_measures(found: cx.Comparison) -> None:
    """The measures of the compared orders, while they are in force: a row a measure, a column a stream."""
    from crossings.claims.text import figure_words
    from crossings.simulation.comparison import MEASURED

    table = found.measures()
    times = found.times
    orders = found.period.orders
    named = ", ".join(orders) if len(orders) < 4 else counted(len(orders), "order")
    when = f"in force {times['begins'].replace('T', ' ')} to {times['ends'].replace('T', ' ')}"
    for start in range(0, len(found.streams), ACROSS):
        some = found.streams[start : start + ACROSS]
        rows = []
        for name in MEASURED:
            cells = []
            for stream in some:
                (row,) = table.filter((table["stream"] == stream) & (table["measure"] == name)).iter_rows(named=True)
                cells.append(figure_words(row["unit"], {b: row[f"figure_{b}"] for b in ("mean", "p05", "p95")}))
            rows.append([MEASURES[name].title, *cells])
        columns = [*texts("measure"), *numbers(*some)]
        note = f"{caption(found.made_by)}\nwith these orders against without them, judged on {times['judged'].replace('T', ' ')}; announced {times['announced'].replace('T', ' ')}\n{DETERRED}"
        print_table(f"{named or 'nothing'}: {when}", columns, rows, note=note)


def print_endings(found: cx.Comparison) -> None:
    """Where everybody is at the end, with and without the compared orders."""
    rows = []
    for stream in found.streams:
        for name in (found.scenario, found.baseline):
            runs = found.runs[name]
            ends = {row["ending"]: row for row in runs.ends().iter_rows(named=True) if row["stream"] == stream}
            if ends:
                rows.append(
                    [stream, name, *(banded(ends[key], "number") for key in ("all", *(e.key for e in ENDINGS)))]
                )
    columns = [*texts("stream", "scenario"), *numbers(ALL_WORDS, *(e.words for e in ENDINGS))]
    print_table("Where everybody is at the end", columns, rows, note=caption(found.made_by))


def print_flows(found: cx.Comparison) -> None:
    """Who went where: the largest flows that changed, stream by stream."""
    flows = found.flows()
    moved = flows.filter((flows["from"] != flows["to"]) & (flows["from"] != "not crossed")).sort(
        "number_mean", descending=True
    )
    rows = []
    for stream in found.streams:
        mine = moved.filter(moved["stream"] == stream).head(SHOWN)
        rows += [
            [stream, row["from"], row["to"], f"{banded(row, 'number')} {plural(row['unit'])}"]
            for row in mine.iter_rows(named=True)
        ]
    more = (
        f"\n{counted(moved.height - len(rows), 'smaller flow')} in --json and --out" if moved.height > len(rows) else ""
    )
    columns = [
        *texts("stream", f"crossing {found.baseline}", f"crossing or fate {found.scenario}"),
        *numbers("how many"),
    ]
    print_table("Who went elsewhere, or nowhere", columns, rows, note=caption(found.made_by) + more, empty="nobody")


def print_firmness(found: cx.Comparison) -> None:
    """The same effect judged in other ways, so that nobody leans on one number."""
    from crossings.simulation.comparison import VIEWS

    views = {name: {row["stream"]: row for row in found.table(v).iter_rows(named=True)} for v, name in enumerate(VIEWS)}
    now, later = (views[name] for name in ("at the horizon", "30 days later"))
    rows: list[list[str]] = []
    for stream in found.streams:
        for fate in ("diverted", "delayed", "deterred", "stranded", "pending"):
            if any(view[stream][f"{fate}_mean"] for view in views.values()):
                rows.append([stream, fate, banded(now[stream], fate), banded(later[stream], fate)])
            if fate == "delayed" and views["tau 1 h"][stream]["delayed_mean"]:
                for tau in ("1 h", "24 h"):
                    over = f"delayed over {tau}".replace(" h", f"{HOLD}h")
                    rows.append([stream, over, banded(views[f"tau {tau}"][stream], fate), ""])
    columns = [*texts("stream", "fate"), *numbers("at the end of the run", "30 days later")]
    title = "Sensitivity of these figures: judged later, or with another limit"
    print_table(title, columns, rows, note=caption(found.made_by), empty="nobody was affected")
