"""Hostile changes to a scenario directory, drawn by a seed: what a slip of the hand, a bad export or an attacker makes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

from layout import Chance, Files
from mutations_of_text import BY_FILE
from words import DATES, EXTREMES, FIGURES, GOOD_HOURS, HOURS, NUMBERS, TEXTS, WORDS

__all__ = ["KINDS", "mutated"]


def mutated(files: dict[str, bytes], chance: Chance) -> tuple[Files, list[str]]:
    """A changed copy of a directory, and what was done to it."""
    out: Files = dict(files)
    done = []
    for _ in range(chance.choice((1, 1, 1, 1, 2, 2, 3, 6))):
        kind = chance.choices(tuple(KINDS), tuple(weight for weight, _ in KINDS.values()))[0]
        done.append(f"{kind} {KINDS[kind][1](out, chance)}")
    return out, done


def _table(files: Files, chance: Chance) -> tuple[str, list[list[str]]] | None:
    names = sorted(n for n, c in files.items() if n.endswith(".csv") and isinstance(c, bytes) and len(c) < 1_000_000)
    if not names:
        return None
    name = chance.choice(names)
    content = files[name]
    assert isinstance(content, bytes)
    text = content.decode("utf-8", "surrogateescape").replace("\0", "")
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    except csv.Error:
        return None
    return (name, rows) if rows else None


def _put(files: Files, name: str, rows: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    files[name] = out.getvalue().encode("utf-8", "surrogatepass")


def _of_rows(change: Callable[[list[list[str]], Chance], str]) -> Callable[[Files, Chance], str]:
    def apply(files: Files, chance: Chance) -> str:
        found = _table(files, chance)
        if found is None:
            return "nothing"
        name, rows = found
        what = change(rows, chance)
        _put(files, name, rows)
        return f"{name}: {what}"

    return apply


def _cell(rows: list[list[str]], chance: Chance) -> str:
    """Put something else in one cell, mostly of the kind that belongs there."""
    i = chance.randrange(1, len(rows)) if len(rows) > 1 and chance.random() < 0.97 else 0
    if not rows[i]:
        return "nothing"
    j = chance.randrange(len(rows[i]))
    old, column = rows[i][j], rows[0][j] if j < len(rows[0]) else ""
    if chance.random() < 0.2:
        word = chance.choice(WORDS)
    elif chance.random() < 0.35:  # what another row has in this column
        word = chance.choice([row[j] for row in rows[1:] if j < len(row)] or [""])
    elif column in ("from", "until", "announced", "published", "date", "valid_from", "valid_until"):
        word = chance.choice(DATES)
    elif column in ("hours", "value") and not re.fullmatch(r"[0-9.]+", old):
        word = chance.choice((*HOURS, *NUMBERS))
    elif re.fullmatch(r"[-+0-9.eE]+", old) or (not old and chance.random() < 0.6):
        word = chance.choice(NUMBERS)
    else:
        word = chance.choice(TEXTS)
    rows[i][j] = word
    return f"row {i + 1} {column[:20]!r}: {old[:30]!r} to {word[:30]!r}"


def _figure(rows: list[list[str]], chance: Chance) -> str:
    """Another figure, another date or another known name, of the kind that is read without complaint."""
    cells = [(i, j) for i in range(1, len(rows)) for j in range(min(len(rows[i]), len(rows[0])))]
    chance.shuffle(cells)
    for i, j in cells:
        old, column = rows[i][j], rows[0][j]
        numeric = bool(re.fullmatch(r"[-+]?[0-9][0-9.eE+-]*", old)) and "-" not in old.lstrip("-")
        if column in ("source", "name", "note", "words", "id"):
            continue
        if not old and column not in FIGURES:
            continue
        known = sorted({row[j] for row in rows[1:] if j < len(row)})
        if numeric or column in FIGURES:
            new = chance.choice(EXTREMES)
        elif column in ("hours", "value"):
            new = chance.choice(GOOD_HOURS)
        elif len(known) > 1:
            new = chance.choice(known)
        else:
            continue
        rows[i][j] = new
        return f"row {i + 1} {column!r}: {old[:30]!r} to {new[:30]!r}"
    return "nothing"


def _row(rows: list[list[str]], chance: Chance) -> str:
    kind = chance.choice(("repeat", "drop", "move", "cut", "lengthen", "blank", "header", "keep"))
    i = chance.randrange(len(rows))
    if kind == "repeat":
        rows.insert(chance.randrange(1, len(rows) + 1), list(rows[i]))
    elif kind == "drop":
        rows.pop(i)
    elif kind == "move":
        rows.insert(chance.randrange(len(rows)), rows.pop(i))
    elif kind == "cut":
        rows[i] = rows[i][: chance.randrange(len(rows[i]) + 1)]
    elif kind == "lengthen":
        rows[i] = [*rows[i], *chance.choices(WORDS, k=chance.choice((1, 3, 500)))]
    elif kind == "blank":
        rows[i] = [""] * len(rows[i])
    elif kind == "header":
        rows.insert(i, list(rows[0]))
    else:
        del rows[1:i]
    return f"{kind} row {i + 1}"


def _column(rows: list[list[str]], chance: Chance) -> str:
    kind = chance.choice(("repeat", "drop", "swap", "rename", "add", "fill", "empty"))
    j = chance.randrange(max(1, len(rows[0])))
    word = chance.choice(WORDS)
    for i, row in enumerate(rows):
        if j >= len(row):
            continue
        if kind == "repeat":
            row.append(row[j])
        elif kind == "drop":
            row.pop(j)
        elif kind == "swap":
            row[0], row[j] = row[j], row[0]
        elif kind == "rename" and i == 0:
            row[j] = chance.choice((word, row[j].upper(), row[j] + " ", row[j][:-1]))
        elif kind == "add":
            row.insert(j, word if i else chance.choice((word, *rows[0])))
        elif kind == "fill" and i:
            row[j] = word
        elif kind == "empty" and i:
            row[j] = ""
    return f"{kind} column {j + 1}"


def _many(rows: list[list[str]], chance: Chance) -> str:
    """Many rows, with names of their own or without."""
    number = chance.choice((50, 400, 3000))
    own = chance.random() < 0.7
    source = [row for row in rows[1:6] if row]
    if not source:
        return "nothing"
    for k in range(number):
        row = list(chance.choice(source))
        if own and row:
            row[0] = f"{row[0][:40]}{k}"
        if chance.random() < 0.2:
            row[chance.randrange(len(row))] = chance.choice(WORDS)
        rows.append(row)
    return f"{number} rows more"


KINDS: dict[str, tuple[int, Callable[[Files, Chance], str]]] = {
    "cell": (25, _of_rows(_cell)),
    "figure": (45, _of_rows(_figure)),
    "behaviour": (20, BY_FILE["behaviour"]),
    "row": (8, _of_rows(_row)),
    "column": (7, _of_rows(_column)),
    "many": (2, _of_rows(_many)),
    "key": (15, BY_FILE["key"]),
    "splice": (5, BY_FILE["splice"]),
    "encoding": (3, BY_FILE["encoding"]),
    "ends": (3, BY_FILE["ends"]),
    "size": (2, BY_FILE["size"]),
    "nesting": (2, BY_FILE["nesting"]),
    "shape": (3, BY_FILE["shape"]),
    "file": (4, BY_FILE["file"]),
    "link": (2, BY_FILE["link"]),
}
