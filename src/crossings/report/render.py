"""Templates to HTML: what a scenario says is escaped, whatever it says; nothing is fetched."""

from __future__ import annotations

import base64
import hashlib
import importlib.resources
import os
import re
from collections.abc import Callable
from functools import lru_cache, partial
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markdown_it import MarkdownIt

from crossings.charts import Markup, clean, learned_shape, mark_shape, state_shape
from crossings.io.disk import write_file
from crossings.views.language import Language
from crossings.views.templates import templates_in


def document(template: str, words: Language, **view: Any) -> str:
    """A whole HTML file from a template, with its style and script inside."""
    style = _text("report.css") + _text("answer.css")
    script = _classic(_text("report.js")) + _classic(_text("picture.js"))
    # Scripts other than this one are refused by the browser, as is anything from elsewhere.
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        _environment(words.code)
        .get_template(template)
        .render(
            view,
            language=words.code,
            style=Markup(style + _running(str(view["title"]))),
            script=Markup(script),
            script_hash=allowed,
        )
    )


def write_page(path: str | os.PathLike[str], text: str) -> Path:
    """Write an HTML file, whole or not at all; returns its path. Raises `InputError` where it cannot be written."""
    target = Path(path)
    hint = "name an HTML file in a folder that is there"
    write_file(target, text.encode("utf-8", errors="replace"), hint, make_folder=False)
    return target


@lru_cache
def _environment(code: str) -> Environment:
    """The templates in a language: ``say`` is a text in it, ``term`` a word that is written elsewhere."""
    from crossings.views.language import language

    words = language(code)
    made = templates_in(
        "templates",
        finalize=lambda value: value if isinstance(value, Markup) else "" if value is None else clean(value),
    )
    made.globals |= {
        "say": words.say,
        "term": words.name,
        "mark_shape": mark_shape,
        "state_shape": state_shape,
        "learned_shape": learned_shape,
    }
    made.filters |= {
        "linked": linked,
        "rendered": rendered,
        "unbroken": unbroken,
        "figures_in_bold": partial(_figures_in_bold, figure=_figure(words)),
    }
    made.tests["markup"] = lambda value: isinstance(value, Markup)
    return made


def _classic(module: str) -> str:
    """A module as part of one script: without what it imports, which stands in the same script, and exports."""
    return re.sub(r"^import .*\n", "", module, flags=re.MULTILINE).replace("export ", "")


def _text(name: str) -> str:
    return (importlib.resources.files("crossings") / "templates" / name).read_text(encoding="utf-8")


def _running(title: str) -> str:
    """The title at the foot of each printed page; whatever it says, it stays within its string."""
    shown = "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in clean(title)[:120])
    return f'@page {{ @bottom-left {{ content: "{shown}"; }} }}\n'


_URL = re.compile(r"https?://[^\s<>\"'`;|]+[^\s<>\"'`;|.,)]")


def linked(text: str) -> Markup:
    """Text in which web addresses are links; nothing is loaded from them."""
    text = re.sub(r"\s+([;,])", r"\1", text)
    return _marked(text, _URL, _link)


def _marked(text: str, pattern: re.Pattern[str], marked: Callable[[str], str]) -> Markup:
    """Text in which what fits a pattern is marked up."""
    parts: list[str] = []
    last = 0
    for match in pattern.finditer(text):
        parts += [escape(clean(text[last : match.start()])), marked(match[0])]
        last = match.end()
    return Markup("".join([*parts, escape(clean(text[last:]))]))


def _link(url: str) -> str:
    shown = url if len(url) <= 48 else url.split("/", 3)[2] + "/…"
    where = escape(clean(url))
    return f'<a href="{where}" rel="noopener noreferrer" title="{where}">{escape(clean(shown))}</a>'


def rendered(text: str) -> Markup:
    """Markdown to HTML: no raw HTML, no images (they would be fetched), links to http and https only."""
    reader = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable("image")
    tokens = reader.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 3)}"
        for child in token.children or ():
            href = child.attrGet("href") if child.type == "link_open" else None
            if href is not None:
                child.attrSet("rel", "noopener noreferrer")
                if not re.match(r"https?://", str(href)):
                    child.attrs.pop("href", None)
    # A heading cell without a heading is no heading.
    shown = reader.renderer.render(tokens, reader.options, {})
    return Markup(re.sub(r"<th( [^>]*)?></th>", "<td></td>", shown))


_RANGE = re.compile(r"([\d.,\s−]+) (\([^() ]*\d–[^() ]*\))")
_UNITS = re.compile(r"(?<=\d) (?=(?:km|h|км|ч)\b)")
"""Between a number and its unit no line breaks."""
_SHORT = 12
"""Characters of a date, which does not break over lines."""
_NAME = 24
"""Characters of a name with a hyphen, such as Raja-Jooseppi, which does not either."""


def unbroken(text: str) -> Markup:
    """A cell's text, in which a figure breaks before its range and nowhere else, and a date does not break.

    >>> str(unbroken("1,041 (1,013–1,083)"))
    '<span class="whole">1,041</span> <span class="whole">(1,013–1,083)</span>'
    """
    shown = _UNITS.sub("\N{NO-BREAK SPACE}", clean(text))
    if found := _RANGE.fullmatch(shown):
        return Markup(" ".join(f'<span class="whole">{escape(part)}</span>' for part in found.groups()))
    if (" " in shown and len(shown) <= _SHORT) or ("-" in shown and " " not in shown and len(shown) <= _NAME):
        return Markup(f'<span class="whole">{escape(shown)}</span>')
    return Markup(escape(shown))


def _figure(words: Language) -> re.Pattern[str]:
    """What a figure with its range looks like in a language: '27 (21–34)', or the end of 'very likely (...) between 40 and
    65'.
    """
    number = r"\d+(?:[.,\s]\d{3})*(?:[.,]\d+)?"
    in_words = words.say("very likely (9 runs in 10) between {low} and {high}", low="LOW", high="HIGH").rpartition(
        ") "
    )[2]
    range_ = re.escape(in_words).replace("LOW", number).replace("HIGH", number)
    return re.compile(rf"{number} \([^()]*\d–[^()]*\)|(?<=\) ){range_}")


def _figures_in_bold(sentence: str, figure: re.Pattern[str]) -> Markup:
    """A sentence with its figures and their ranges in bold."""
    return _marked(sentence, figure, lambda text: f"<strong>{escape(text)}</strong>")
