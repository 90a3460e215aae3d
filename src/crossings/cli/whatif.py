"""The command whatif: a question without a file, answered in three sentences and a table."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from crossings.cli.fit_option import learnt
from crossings.cli.formatting import print_json, print_line, print_table
from crossings.cli.options import FittedWith, Json, Report, ScenarioName, Seeds, seed_range
from crossings.cli.output import check_targets
from crossings.cli.output import report as write_report
from crossings.cli.progress import compiled, progress_bar
from crossings.errors import Fault, InputError

if TYPE_CHECKING:
    from crossings.scenario.entities import Thresholds
    from crossings.views.answer import Answer
    from crossings.views.language import Language

__all__ = ["LanguageOption", "names_in", "print_answer", "time_of", "whatif"]

LanguageOption = Annotated[str, typer.Option("--language", help="Language: en, fi, sv or ru.", metavar="CODE")]


def whatif(
    scenario: ScenarioName,
    close: Annotated[
        str, typer.Option("--close", help="Crossings that close, with commas.", metavar="IDS", show_default=False)
    ] = "",
    begins: Annotated[
        str,
        typer.Option(
            "--from", help="When it takes effect: YYYY-MM-DD or YYYY-MM-DDTHH:MM.", metavar="TIME", show_default=False
        ),
    ] = "",
    until: Annotated[
        str,
        typer.Option(
            "--until", help="When it ends; a bare date includes that day.", metavar="TIME", show_default=False
        ),
    ] = "",
    announced: Annotated[
        str,
        typer.Option(
            "--announced",
            help="When it becomes known; by default when it takes effect.",
            metavar="TIME",
            show_default=False,
        ),
    ] = "",
    officers: Annotated[
        list[str] | None,
        typer.Option(
            "--officers",
            help="Officers at the entry control from then on; may be repeated.",
            metavar="CROSSING=NUMBER",
            show_default=False,
        ),
    ] = None,
    hours: Annotated[
        list[str] | None,
        typer.Option(
            "--hours", help="Opening hours from then on; may be repeated.", metavar="CROSSING=HOURS", show_default=False
        ),
    ] = None,
    quota: Annotated[
        list[str] | None,
        typer.Option(
            "--quota",
            help="Units a day that are let in; may be repeated.",
            metavar="CROSSING=NUMBER",
            show_default=False,
        ),
    ] = None,
    groups: Annotated[
        str,
        typer.Option(
            "--groups", help="Groups that it concerns, with commas; by default all.", metavar="IDS", show_default=False
        ),
    ] = "",
    group: Annotated[
        str | None,
        typer.Option("--group", help="The group that the answer is about.", metavar="ID", show_default=False),
    ] = None,
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
    from crossings.model import Model
    from crossings.scenario import Scenario
    from crossings.scenario.what_if import what_if
    from crossings.simulation.comparison import compare
    from crossings.views.answer_reader import answer_of
    from crossings.views.language import language as language_of

    words = language_of(language)
    if not begins:
        raise InputError(Fault("--from", "is not given", "write when it takes effect, such as 2023-11-18"))
    read = Scenario.read(scenario)
    base, full = what_if(
        read,
        close=names_in(close),
        begins=time_of("--from", begins),
        until=time_of("--until", until, end=True) if until else None,
        announced=time_of("--announced", announced) if announced else None,
        streams=names_in(groups),
        officers={c: _whole("--officers", c, n) for c, n in _pairs("--officers", officers)},
        hours=dict(_pairs("--hours", hours)),
        quota=dict(_pairs("--quota", quota)),
    )
    fitted, draws = learnt(fit, full)
    compiled()
    with progress_bar(f"comparing {read.settings.name}") as progress:
        named = {"without it": base, "what if": full}
        found = compare(named, seeds=wanted, progress=progress, parameters=draws)
    answer = answer_of(found, Model(full), group)
    if report is not None:
        write_report(report, Model(full), runs=found.runs[found.scenario], comparison=found, fit=fitted)
    if as_json:
        from crossings.views.answer_text import sentences, title

        print_json({"title": title(answer, words), "sentences": sentences(answer, words)} | answer.to_json())
    else:
        print_answer(answer, words, full.settings.thresholds)


def print_answer(answer: Answer, words: Language, thresholds: Thresholds) -> None:
    """Title, period, three sentences, thresholds that are passed, and the tables of crossings, beds and other groups."""
    from crossings.views.alerts import alert_text, alerts
    from crossings.views.answer_text import period_line, sentences, title

    print_line(title(answer, words))
    print_line(period_line(answer, words))
    print_line()
    for line in sentences(answer, words):
        print_line(line)
    for alert in alerts(answer, thresholds):
        print_line(f"{words.say(alert.level)}: {alert_text(alert, words)}")
    print_line()
    _crossings(answer, words)
    _beds(answer, words)
    _others(answer, words)


def _crossings(answer: Answer, words: Language) -> None:
    from crossings.views.answer_text import ranged

    say = words.say
    columns = [
        (say("crossing"), False),
        *((words.short_day(day), True) for day in answer.days),
        (say("most waiting"), True),
        (say("longest wait, h"), True),
        (say("officers needed / on duty"), True),
    ]
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
    what = say("{group}, processed a day", group=answer.group)
    note = say(
        "Mean of {number} runs, in brackets the 5th to 95th percentile of the runs: chance only, not doubt about the assumptions.",
        number=words.number(answer.runs, 0),
    )
    print_table(what, columns, rows, note=note, empty=say("no crossing is open"))


def _beds(answer: Answer, words: Language) -> None:
    from crossings.views.answer_text import ranged

    if not answer.beds:
        return
    say = words.say
    columns = [(say("reception"), False), (say("beds"), True), (say("most present"), True), (say("full on"), False)]
    rows = [
        [b.name, words.number(b.capacity), ranged(b.most, words), words.day(b.full_on) if b.full_on else ""]
        for b in answer.beds
    ]
    print_table(say("Beds"), columns, rows)


def _others(answer: Answer, words: Language) -> None:
    from crossings.views.answer_text import ranged

    some = [o for o in answer.others if o.elsewhere.mean + o.not_made.mean >= 0.5]
    if not some:
        return
    say = words.say
    columns = [(say("also affected"), False), (say("cross elsewhere"), True), (say("do not cross"), True)]
    print_table(
        say("Other groups"), columns, [[o.name, ranged(o.elsewhere, words), ranged(o.not_made, words)] for o in some]
    )


def names_in(text: str) -> list[str]:
    """Names from a text with commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def time_of(option: str, text: str, *, end: bool = False) -> dt.datetime:
    """A local time from an option; ``end``: a bare date is its 24:00."""
    from crossings.scenario.clock import parse_when

    try:
        return parse_when(text, end=end)
    except ValueError as error:
        what, _, instead = str(error).partition("; ")
        raise InputError(Fault(option, what, instead)) from None


def _pairs(option: str, given: list[str] | None) -> list[tuple[str, str]]:
    out = []
    for text in given or []:
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise InputError(Fault(option, f"'{text}' is not CROSSING=VALUE", "such as vartius=4"))
        out.append((name.strip(), value.strip()))
    return out


def _whole(option: str, name: str, text: str) -> int:
    if not text.isdigit() or int(text) > 1000:
        raise InputError(Fault(option, f"{name}: '{text[:40]}' is not a number of officers", "0 to 1000"))
    return int(text)
