"""Tables of figures: for a terminal, and as a part of a page."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Part", "Row", "as_markdown", "as_text", "per_second", "put", "put_parts", "seconds_of", "timed"]

BEGIN, END = "<!-- make bench: begin -->", "<!-- make bench: end -->"
HEADS = ("best", "median", "aim", "processor")


@dataclass
class Row:
    """One line of a table."""

    what: str
    best: str
    median: str = ""
    aim: str = ""
    processor: str = ""


@dataclass
class Part:
    """A table with a title and a note below it; heads: of the columns after the first."""

    title: str
    rows: list[Row] = field(default_factory=list)
    note: str = ""
    heads: tuple[str, ...] = HEADS


def per_second(n: int, seconds: list[float]) -> tuple[str, str]:
    """Best and median rate."""
    return f"{n / min(seconds):,.0f}/s", f"{n / statistics.median(seconds):,.0f}/s"


def seconds_of(times: list[float]) -> tuple[str, str]:
    """Best and median time."""
    return f"{min(times):.3f} s", f"{statistics.median(times):.3f} s"


def timed(what: str, command: list[str], env: dict[str, str], repeats: int, aim: str) -> Row:
    """A command, start to end: seconds by the clock, and of the processor."""
    times, work = [], []
    for _ in range(repeats):
        before, began = os.times(), time.perf_counter()
        done = subprocess.run(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: {done.stderr.strip()}")
        times.append(time.perf_counter() - began)
        after = os.times()
        work.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return Row(what, *seconds_of(times), aim, f"{min(work):.2f} s")


def _cells(part: Part, row: Row) -> list[str]:
    return [row.best, row.median, row.aim, row.processor][: len(part.heads)]


def as_text(parts: list[Part], head: str) -> str:
    """Tables for a terminal."""
    lines = [head]
    for part in parts:
        wide = max(len(row.what) for row in part.rows)
        lines += ["", part.title, f"  {'':{wide}}" + "".join(f"  {name:>17}" for name in part.heads)]
        lines += [
            (f"  {row.what:{wide}}" + "".join(f"  {cell:>17}" for cell in _cells(part, row))).rstrip()
            for row in part.rows
        ]
        lines += [f"  {part.note}"] if part.note else []
    return "\n".join(lines)


def as_markdown(parts: list[Part], head: str) -> str:
    """The same as a part of a page."""
    lines = [f"- {line}" for line in head.split("\n")]
    return "\n".join([*lines, *("\n" + _section(part) for part in parts)]) + "\n"


def _section(part: Part, head: str = "") -> str:
    """One table under its title; head: of what was measured apart from the rest of the page."""
    lines = [f"### {part.title}", "", *([f"{head}.", ""] if head else [])]
    lines += [f"| | {' | '.join(part.heads)} |", f"|---|{'--:|' * len(part.heads)}"]
    lines += [f"| {row.what.strip()} | {' | '.join(_cells(part, row))} |" for row in part.rows]
    return "\n".join(lines + (["", part.note] if part.note else []))


def put(page: Path, text: str) -> None:
    """Write the tables between the two marks of a page; the rest of it is left alone."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{page}: has no lines '{BEGIN}' and '{END}' between which the tables belong")
    page.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")


def put_parts(page: Path, parts: list[Part], head: str) -> None:
    """Some tables only: each in the place of the one with its title, or after the last; each says when it was measured."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    inside, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{page}: has no lines '{BEGIN}' and '{END}' between which the tables belong")
    first, *sections = inside.strip().split("\n### ")
    by_title = {section.partition("\n")[0]: f"### {section.strip()}" for section in sections}
    by_title |= {part.title: _section(part, head.replace("\n", "; ")) for part in parts}
    text = "\n\n".join([first.strip(), *by_title.values()])
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
