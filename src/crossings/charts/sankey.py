"""Where did they go: the crossing each would have used, on the left, and where each crossed or ended, on the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crossings.charts.axes import fitted, text, text_width
from crossings.charts.figure import Chart, csv_of, drawing
from crossings.charts.markup import Markup, el, join, num
from crossings.views.language import ENGLISH, Language

GAP = 7.0
SLOT = 15.0  # least height of a node with its label


@dataclass(frozen=True, slots=True)
class Link:
    """So many (mean over seeds) went from one to another; kind: same, moved, lost or won."""

    start: str
    end: str
    amount: float
    kind: str
    words: str


@dataclass(slots=True)
class _Node:
    name: str
    amount: float
    y: float = 0.0
    height: float = 0.0
    used: float = 0.0


def sankey(
    title: str,
    links: Sequence[Link],
    starts: Sequence[str],
    ends: Sequence[str],
    *,
    heads: tuple[str, str],
    unit: str,
    width: float = 1100.0,
    words: Language = ENGLISH,
) -> Chart:
    """Draw links between nodes in the given orders, heights in proportion to ``unit`` (of which the mean is shown)."""
    narrow = width < 600
    side = 118.0 if narrow else 250.0
    shown = [link for link in links if link.amount > 0]
    left = [_Node(n, sum(k.amount for k in shown if k.start == n)) for n in starts]
    right = [_Node(n, sum(k.amount for k in shown if k.end == n)) for n in ends]
    left, right = [n for n in left if n.amount > 0], [n for n in right if n.amount > 0]
    total = max(sum(n.amount for n in left), 1e-9)
    tall = 300.0 if narrow else 380.0
    upper = 34.0
    lower = upper + max(_place(nodes, tall, total, upper) for nodes in (left, right))
    by_left, by_right = {n.name: n for n in left}, {n.name: n for n in right}
    order = {n.name: k for k, n in enumerate(right)}
    # In a narrow picture both share the width, beside what saves it.
    right_at = width - 28.0 if narrow else width - side - 9
    titles = [fitted(head, right_at / 2 - 6, 11) for head in heads] if narrow else list(heads)
    parts = [
        text(0 if narrow else side + 9, 16, titles[0], class_="axis-title", text_anchor="start" if narrow else "end"),
        text(right_at, 16, titles[1], class_="axis-title", text_anchor="end" if narrow else "start"),
    ]
    for link in sorted(shown, key=lambda k: (starts.index(k.start), order[k.end])):
        a, b = by_left[link.start], by_right[link.end]
        thick = link.amount / total * tall
        parts.append(_ribbon(side + 9, width - side - 9, a.y + a.used, b.y + b.used, thick, link))
        a.used += thick
        b.used += thick
    for nodes, x, anchor, dx in ((left, side, "end", -6.0), (right, width - side - 9, "start", 15.0)):
        for node in nodes:
            height = max(node.height, 1.0)
            parts.append(el("rect", x=x, y=node.y, width=9.0, height=height, class_="node"))
            size, number = 11 if narrow else 12, words.number(node.amount, 0)
            room = side - abs(dx) - 4 - 1.1 * text_width(f" {number}", size)
            said = join([el("tspan", fitted(node.name, room, size) + " "), el("tspan", number, class_="strong")])
            parts.append(el("text", said, x=x + dx, y=node.y + height / 2 + 4, text_anchor=anchor, class_="label"))
    csv = csv_of((*heads, unit), ((k.start, k.end, k.amount) for k in shown))
    return drawing(title, f"{title}, {unit}", parts, (width, lower + 6), csv, "narrow" if narrow else "wide")


def _place(nodes: list[_Node], tall: float, total: float, upper: float) -> float:
    """Set the nodes one below the other, each with room for its label; returns the height used."""
    y = upper
    for node in nodes:
        node.height = node.amount / total * tall
        room = max(node.height, SLOT)
        node.y = y + (room - node.height) / 2
        y += room + GAP
    return y - upper


def _ribbon(x0: float, x1: float, y0: float, y1: float, thick: float, link: Link) -> Markup:
    thick = max(thick, 0.25)
    middle = (x0 + x1) / 2
    a, b, m = num(x0), num(x1), num(middle)
    d = (
        f"M{a} {num(y0)}C{m} {num(y0)} {m} {num(y1)} {b} {num(y1)}V{num(y1 + thick)}"
        f"C{m} {num(y1 + thick)} {m} {num(y0 + thick)} {a} {num(y0 + thick)}Z"
    )
    return el("path", d=d, class_=f"link {link.kind}", data_say=link.words)
