"""The brief as one HTML file that fetches nothing."""

from __future__ import annotations

import importlib.resources

from markupsafe import Markup

from crossings.views.document import Brief
from crossings.views.templates import templates_in


def page(brief: Brief) -> bytes:
    """The brief as HTML, for a screen, a phone and paper; what a scenario says is escaped."""
    templates = templates_in("brief")
    style = (importlib.resources.files("crossings.brief") / "brief.css").read_text(encoding="utf-8")
    return templates.get_template("brief.html.j2").render(brief=brief, style=Markup(style)).encode()
