"""The command brief: the answer on two pages, to be forwarded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import crossings as cx
from crossings.cli.compare import Without, names_without, run_comparison
from crossings.cli.formatting import print_line
from crossings.cli.options import FittedWith, ScenarioName, Seeds, fit_and_draws, option, seed_range
from crossings.cli.output import check_file
from crossings.cli.what_if_options import Group, LanguageOption, WhatIfOptions, check_group
from crossings.cli.whatif import compared
from crossings.errors import InputError

FileOut = Annotated[Path, option("--out", "The file to write: .pdf, .docx, .html or .xlsx.", "FILE")]


def brief(
    scenario: ScenarioName,
    out: FileOut,
    without: Without = None,
    question: WhatIfOptions = WhatIfOptions(),
    group: Group = None,
    seeds: Seeds = 100,
    fit: FittedWith = None,
    language: LanguageOption = "en",
) -> None:
    """The answer on two pages: in short, thresholds passed, planning figures, officers, beds, what it rests on.

    With --close and --from (or --officers, --hours, --quota, --part, --slow, --deter) as whatif compares; without them as compare
    does.
    """
    wanted = seed_range(seeds)
    from crossings.brief import form_of, write_brief

    form_of(out)
    check_file(out, "name a file, such as brief.pdf")
    from crossings.views.answer_reader import answer_of
    from crossings.views.brief import brief_of
    from crossings.views.language import language as language_of

    words = language_of(language)
    names = names_without(without)
    if names and question.asked:
        raise InputError("--without", "is given with a question of your own", "give one of them")
    full = read = cx.Scenario.read(scenario)
    check_group(read, group)
    if question.asked:
        full, found, fitted = compared(question, read, wanted, fit)
    else:
        fitted, draws = fit_and_draws(fit, read)
        found = run_comparison(read, names, (), wanted, draws)
    model = cx.Model(full)
    answer = answer_of(found, model, group)
    write_brief(out, brief_of(answer, model, words, version=cx.__version__, fitted=fitted is not None))
    print_line(str(out))
