"""Markup that cannot be broken by what a scenario says: text is escaped unless it is `Markup` already."""

from __future__ import annotations

from html import escape
from typing import Any

from markupsafe import Markup

__all__ = ["Markup", "clean", "el", "join", "num"]


ALLOWED = "\n\t\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
"""Characters without a shape that text may have; numbers have the blanks that do not break."""


def clean(text: object) -> str:
    """Text without control characters, which neither HTML nor a reader can use, or that turn the direction of writing."""
    said = str(text)
    return said if said.isprintable() else "".join(c if c.isprintable() or c in ALLOWED else "\ufffd" for c in said)


def num(value: float) -> str:
    """A coordinate with at most one decimal.

    >>> num(3.0), num(2.46)
    ('3', '2.5')
    """
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def el(tag: str, *children: object, **attributes: Any) -> Markup:
    """One element; children that are no `Markup` are escaped, attributes always are, those that are None left out.

    ``class_`` and other trailing underscores are dropped, inner ones become hyphens.

    >>> str(el("b", "<script>", class_="x"))
    '<b class="x">&lt;script&gt;</b>'
    """
    parts = [f"<{tag}"]
    for name, value in attributes.items():
        if value is None:
            continue
        key = name.rstrip("_").replace("_", "-")
        key = "viewBox" if key == "viewbox" else key
        shown = num(value) if isinstance(value, float) else value
        parts.append(f' {key}="{escape(clean(shown), quote=True)}"')
    return Markup("".join([*parts, ">", str(join(children)), f"</{tag}>"]))


def join(children: Any) -> Markup:
    """Children one after the other: `Markup` as it is, the rest escaped, None left out."""
    return Markup(
        "".join(str(c) if isinstance(c, Markup) else escape(clean(c), quote=False) for c in children if c is not None)
    )
