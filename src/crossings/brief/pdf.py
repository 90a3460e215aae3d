"""The brief as two pages of PDF, set by Typst with the fonts that it carries."""

from __future__ import annotations

import dataclasses
import importlib.resources
import json

import typst

from crossings.views.document import Brief

PAGES = 2
SIZES = ("10.5pt", "10pt", "9.5pt", "9pt", "8.5pt", "8pt", "7.5pt", "7pt", "6.5pt")
"""Sizes of type, tried in this order until the brief fits its pages."""


def pdf(brief: Brief) -> bytes:
    """The brief as PDF, in the largest type with which it fits two pages."""
    said = json.dumps(dataclasses.asdict(brief), default=str)
    with importlib.resources.as_file(importlib.resources.files("crossings.brief") / "brief.typ") as template:
        for size in SIZES:
            inputs = {"brief": said, "size": size}
            number = json.loads(
                typst.query(
                    str(template), "<pages>", field="value", one=True, ignore_system_fonts=True, sys_inputs=inputs
                )
            )
            if number <= PAGES:
                break
        made = typst.compile(str(template), ignore_system_fonts=True, sys_inputs=inputs)
    assert isinstance(made, bytes)
    return made
