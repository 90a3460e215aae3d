"""The command whatif: a question without a file, answered in three sentences and a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import crossings as cx
from crossings.cli.formatting import numbers, print_json, print_line, print_note, print_table, print_text, texts
from crossings.cli.options import FittedWith, Json, Report, ScenarioName, Seeds, fit_and_draws, seed_range
from crossings.cli.output import check_targets
from crossings.cli.progress import compiled, progress_bar
from crossings.cli.what_if_options import Group, LanguageOption, WhatIfOptions, check_group

if TYPE_CHECKING:
    from crossings.scenario.entities import Thresholds
    from crossings.views.answer import Answer
    from crossings.views.language import Language


def whatif(
    scenario: ScenarioName,
    question: WhatIfOptions = WhatIfOptions(),
    group: Group = None,
    seeds: Seeds = 50,
    as_json: Json = False,
    report: Report = None,
    fit: FittedWith = None,
    language: LanguageOption = "en",
) -> None:
    """What happens if these crossings close: three sentences and a table, without a file of orders.

    Compared with the scenario as known when it is announced: later orders are in neither."""
    wanted = seed_range(seeds)
    check_targets(None, report)
    from crossings.views.answer_reader import answer_of
    from crossings.views.language import language as language_of
    from crossings.views.trust import changing_line

    words = language_of(language)
    read = cx.Scenario.read(scenario)
    check_group(read, group)
    full, found, fitted = compared(question, read, wanted, fit)
    model = cx.Model(full)
    answer = answer_of(found, model, group)
    changing = changing_line(answer, model, words)
    if report is not None:
        cx.write_report(
            report, model=model, runs=found.runs[found.scenario], comparison=found, fit=fitted, language=language
        )
    if as_json:
        from crossings.views.answer_text import sentences, title

        told = {"title": title(answer, words), "sentences": sentences(answer, words), "changing": changing}
        print_json(told | answer.to_json())
    else:
        print_answer(answer, words, full.settings.thresholds)
        if changing:
            print_line()
            print_note(changing)


def compared(
    question: WhatIfOptions, read: cx.Scenario, seeds: Sequence[int], fit: Path | None
) -> tuple[cx.Scenario, cx.Comparison, cx.Fit | None]:
    """The scenario with what is tried, compared with it left out, and the fit whose parameters were taken."""
    base, full = question.scenarios(read)
    fitted, draws = fit_and_draws(fit, full)
    compiled()
    with progress_bar(f"comparing {read.settings.name}") as progress:
        pair = {"without it": base, "what if": full}
        return full, cx.compare(pair, seeds=seeds, progress=progress, parameters=draws), fitted


def print_answer(answer: Answer, words: Language, thresholds: Thresholds) -> None:
    """Title, period, three sentences, thresholds that are passed, and the tables of crossings, beds and other groups."""
    from crossings.views.alerts import alert_text, alerts
    from crossings.views.answer_text import period_line, sentences, title

    print_line(title(answer, words))
    print_line(period_line(answer, words))
    print_line()
    for line in sentences(answer, words):
        print_text(line)
    levels = {"red": words.say("red"), "amber": words.say("amber"), "": ""}
    for alert in alerts(answer, thresholds):
        print_text(f"{levels[alert.level]}: {alert_text(alert, words)}")
    print_line()
    _crossings(answer, words)
    _beds(answer, words)
    _others(answer, words)


def _crossings(answer: Answer, words: Language) -> None:
    from crossings.views.answer_text import ranged

    say = words.say
    columns = [*texts(say("crossing")), *numbers(*(words.short_day(day) for day in answer.days))]
    columns += numbers(say("most waiting"), say("longest wait, h"), say("officers needed / on duty"))
    rows = [
        [
            c.name,
            *(ranged(f, words) for f in c.processed),
            ranged(c.most_waiting, words),
            ranged(c.longest_wait, words, hours=True),
            f"{words.number(c.needed.mean)} / {c.on_duty}",
        ]
        for c in answer.open
    ]
    what = say("{group}, processed a day", group=words.name(answer.group))
    note = say(
        "Mean of {number} runs, in brackets the 5th to 95th percentile of the runs: random variation only, not uncertainty about the assumptions.",
        number=words.number(answer.runs, 0),
    )
    print_table(what, columns, rows, note=note, empty=say("no crossing is open"))


def _beds(answer: Answer, words: Language) -> None:
    from crossings.views.answer_text import ranged

    if not answer.beds:
        return
    say = words.say
    columns = [*texts(say("reception")), *numbers(say("beds"), say("most present")), *texts(say("full on"))]
    rows = [
        [b.name, words.number(b.capacity), ranged(b.most, words), words.day(b.full_on) if b.full_on else ""]
        for b in answer.beds
    ]
    print_table(say("Beds"), columns, rows)


def _others(answer: Answer, words: Language) -> None:
    from crossings.views.answer_text import ranged
    from crossings.views.brief_notes import others_line

    some = [o for o in answer.others if o.elsewhere.mean + o.not_made.mean >= 0.5]
    if not some:
        return
    say = words.say
    columns = [*texts(say("also affected")), *numbers(say("cross elsewhere"), say("do not cross"))]
    rows = [[words.name(o.name), ranged(o.elsewhere, words), ranged(o.not_made, words)] for o in some]
    print_table(say("Other groups"), columns, rows, note=others_line(answer, words))
