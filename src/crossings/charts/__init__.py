"""The only place where a figure is made: numbers in, an SVG drawing out.

Drawings are plain SVG that takes its colours from the page, so one drawing serves light, dark and print, needs no script
to be seen, and is small. Every state and series differs by shape or dash as well as by colour (Okabe & Ito 2008).
"""

from __future__ import annotations

from crossings.charts.days import DaySeries, Mark, day_panel, mark_shape
from crossings.charts.figure import Chart
from crossings.charts.map import STATES, Flow, Ground, Spot, Town, ground_of, map_panel, state_shape
from crossings.charts.markup import Markup, clean
from crossings.charts.posterior import interval_panel, learned_shape, trace_panel
from crossings.charts.sankey import Link, sankey
from crossings.charts.timeline import Bar, order_timeline

__all__ = [
    "STATES",
    "Bar",
    "Chart",
    "DaySeries",
    "Flow",
    "Ground",
    "Link",
    "Mark",
    "Markup",
    "Spot",
    "Town",
    "clean",
    "day_panel",
    "ground_of",
    "interval_panel",
    "learned_shape",
    "map_panel",
    "mark_shape",
    "order_timeline",
    "sankey",
    "state_shape",
    "trace_panel",
]
