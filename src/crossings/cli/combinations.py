"""The command options: every combination of some crossings open or shut, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import crossings as cx
from crossings.cli.formatting import numbers, print_json, print_table, texts
from crossings.cli.options import Json, ScenarioName, names_in, option, setting
from crossings.cli.output import check_file
from crossings.cli.progress import compiled, progress_bar
from crossings.cli.what_if_options import Announced, Begins, Group, LanguageOption, Until, time_of
from crossings.errors import InputError

if TYPE_CHECKING:
    from crossings.measures.options import Options
    from crossings.views.language import Language

MOST_ROWS = 40


def options(
    scenario: ScenarioName,
    crossings: Annotated[str, option("--crossings", "Crossings that are open or shut, with commas.", "IDS")] = "",
    begins: Begins = "",
    until: Until = "",
    announced: Announced = "",
    group: Group = None,
    every: Annotated[bool, setting("--all", "Print also options that another one beats.")] = False,
    chart: Annotated[
        Path | None,
        option("--chart", "Write a chart of the trade-offs and the table, one HTML file that works offline.", "FILE"),
    ] = None,
    as_json: Json = False,
    language: LanguageOption = "en",
) -> None:
    """Every combination of crossings open or shut, on expected flows: who is processed, how long the wait is, who has no way.

    One option beats another if none of its five figures is higher and at least one is lower."""
    if not begins:
        raise InputError("--from", "is not given", "write when they close, such as 2023-11-18")
    from crossings.measures.options import options as compute
    from crossings.views.language import language as language_of

    words = language_of(language)
    if chart is not None:
        check_file(chart, "name an HTML file, such as options.html")
    read = cx.Scenario.read(scenario)
    chosen = names_in(crossings) or [c.id for c in read.crossings]
    compiled("flows")
    with progress_bar(f"options of {read.settings.name}") as progress:
        found = compute(
            read,
            chosen,
            begins=time_of("--from", begins),
            until=time_of("--until", until, end=True) if until else None,
            announced=time_of("--announced", announced) if announced else None,
            stream=group,
            progress=progress,
        )
    if chart is not None:
        from crossings.report.options import write_options

        write_options(chart, found, read, words)
    if as_json:
        print_json(found.to_json())
    else:
        _print(found, every, words, read.settings.streams[found.stream].name or found.stream)


def _print(found: Options, every: bool, words: Language, group: str) -> None:
    say = words.say
    # Nothing closed is what all others are seen against, so it stands there even where it is beaten.
    kept = [r for r in found.table.iter_rows(named=True) if every or not r["beaten"] or not r["shut"]]
    columns = [*texts(say("closed")), *numbers(say("processed"), say("longest wait, h"), say("no way across"))]
    columns += numbers(say("longest gap, km"), say("journeys of others lost"))
    shown = kept if every else kept[:MOST_ROWS]
    cells = [
        [
            r["shut"].replace(";", ", ") or say("none"),
            *(words.number(r[k]) for k in ("processed", "longest_wait_h", "no_way", "longest_gap_km", "journeys_lost")),
        ]
        for r in shown
    ]
    first, last = found.days
    note = [
        say(
            "Expected flows of {first} to {last}; no range, as nothing is drawn at random.",
            first=words.day(first),
            last=words.day(last),
        ),
        say(
            "{number} options; {beaten} of them are beaten by another: none of its five figures is higher and at least one is lower.",
            number=words.number(len(found.table), 0),
            beaten=words.number(int(found.table["beaten"].sum()), 0),
        ),
    ]
    if found.alike:
        note.append(
            say(
                "All options come to the same: earlier orders shut these crossings anyway, or hardly anybody uses them."
            )
        )
    if not every and len(kept) < len(found.table):
        note.append(say("Those are left out, except closing none; --all prints them."))
    left = len(kept) - len(shown)
    if left > 1:
        note.append(say("{number} more rows: --all.", number=words.number(left, 0)))
    elif left:
        note.append(say("One more row: --all."))
    print_table(say("Options: {group}", group=words.name(group)), columns, cells, note=" ".join(note))
