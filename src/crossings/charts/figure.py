"""A figure: an SVG drawing with its title."""

from __future__ import annotations

from dataclasses import dataclass

from crossings.charts.markup import Markup

__all__ = ["Figure"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing that takes its colours from the page (classes of templates/report.css), and the title it goes by."""

    title: str
    svg: Markup
