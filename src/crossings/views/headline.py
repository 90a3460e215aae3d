"""What stands under the title of report and page: over which days and from how many runs, and the answer in sentences."""

from __future__ import annotations

from crossings.views.answer import Answer
from crossings.views.answer_text import period_line, sentences
from crossings.views.language import ENGLISH, Language
from crossings.views.run_answer import run_line, run_sentences


def headline(answer: Answer, words: Language = ENGLISH) -> tuple[str, list[str]]:
    """The line of days and runs, and the sentences of an answer; of one that compares nothing those of a plain run.

    >>> import crossings as cx
    >>> from crossings.views.run_answer import run_answer
    >>> model = cx.Model(cx.Scenario.read("two-crossings"))
    >>> answer = run_answer(cx.run_many(model, seeds=[1])["two-crossings"], model, "seekers")
    >>> headline(answer)[0]
    '...'
    """
    if answer.alone:
        return run_line(answer, words), run_sentences(answer, words)
    return period_line(answer, words), sentences(answer, words)
