"""Hostile changes to a scenario directory, drawn by a seed: what a slip of the hand, a bad export or an attacker makes."""

from __future__ import annotations

import csv
import io
import os
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["KINDS", "Content", "Fifo", "Files", "Folder", "Link", "lay_out", "mutated"]


@dataclass(frozen=True)
class Link:
    """A symbolic link."""

    target: str


@dataclass(frozen=True)
class Folder:
    """A folder where a file is expected."""


@dataclass(frozen=True)
class Fifo:
    """A pipe that nobody writes to."""


Content = bytes | Link | Folder | Fifo
Files = dict[str, Content]
Chance = random.Random

NUMBERS = (
    *"0 -0 -1 1 2 0.5 1e-9 1e-300 5e-324 1e4 1e6 1e8 1e9 1e12 1e18 1e300 1.7976931348623157e308 1e999 nan inf -inf".split(),
    *"0x10 1_000 1,5 \u0661\u0662 \uff19 +3".split(),
    *(" 7 ", "1e", "24", "9223372036854775807", "9223372036854775808", "2147483648", "999999999", "1000000000"),
    *("9" * 400, "15", "1440"),
)
DATES = (
    *"2023-11-31 2023-02-29 2024-02-29 1800-01-01 2999-12-31 3000-01-01 9999-12-31 0001-01-01".split(),
    *("2023-11-18T24:00", "2023-11-18T25:00", "2023-11-18 12:00", "2023-11-18T12:00Z", "2023-11-18T12:00+02:00"),
    *"18.11.2023 11/18/2023 20231118 2023-W46-6 2023-10-29T03:30 2023-03-26T03:30 1969-12-31".split(),
    *"2023-11-13 2023-11-20 2024-03-10 2024-03-04 2023-11-06 1799-12-31 2023-11-18T12:00:60".split(),
)
HOURS = (
    *("24/7", "off", "Mo-Fr 08:00-16:00", "22:00-06:00", "00:00-24:00", "00:00-00:00", "08:00-08:01", "25:00-26:00"),
    *("Mo-Su off", "Fr-Mo 10:00-11:00", "08:00-12:00,11:00-14:00", "Xx 08:00-16:00", ";", "sunrise-sunset", "8-16"),
    ",".join(f"{h:02}:{m:02}-{h:02}:{m + 1:02}" for h in range(24) for m in range(0, 58, 15)),
)
TEXTS = (
    *("", " ", *"~ null true no yes NO FI RU XA XX fi [ { } &a *a !!python/name:os".split()),
    *("'", '"', '""', "\\", ";", ";;;", "a;b;;a", "|", "\t", ": ", "- ", "? ", "#", "%"),
    *"$(id) `id` {{7*7}} <script>".split(),
    *("\u202e", "\u200b", "\ufeff", "e\u0301", "\u2028", "\x85", "\x1b[2J", "\x00", "\x7f", "\ud800"),
    *("\U0001d518", "\U0001f600" * 50, "\u0130", "\xdf"),
    *(
        "../x",
        "/etc/passwd",
        "~root",
        "con",
        "a" * 81,
        "x" * 10_001,
        "scenario.yaml",
        "line.geojson",
        "SOURCES.md",
        ".",
    ),
    *"closed hours quota note stock flow destination crossing power exponential entry exit".split(),
    *"origin town reception room buffer persons vehicles Europe/Helsinki Mars/Olympus UTC".split(),
)
KEYS = (
    "name start end streams behaviour brought gamma alpha nests fit profiles countries rush day_shape setup_h capacity "
    "choice_set knowledge_delay_h renege_per_day journey_cv persons outside_km outside_h beta step_min drain_days "
    "softening_km wait_weight give_up choose kind"
).split()
EXTREMES = "0 1 2 3 0.001 1e-9 1e-300 7 60 1000 1e5 1e7 100000000 1e12 1e17 1e300".split()
GOOD_HOURS = (*HOURS[:7], "Mo 00:00-00:01", "23:59-00:01")
FIGURES = frozenset(
    "capacity present stay_days quota_per_day servers service_cv initial speed_kmh count_max declared_km".split()
)
BEHAVIOUR = (
    "gamma softening_km beta wait_weight outside_km outside_h choice_set knowledge_delay_h rush journey_cv setup_h "
    "setup_beyond_h renege_per_day give_up day_shape"
).split()
WORDS = (*NUMBERS, *DATES, *HOURS, *TEXTS)


def mutated(files: dict[str, bytes], chance: Chance) -> tuple[Files, list[str]]:
    """A changed copy of a directory, and what was done to it."""
    out: Files = dict(files)
    done = []
    for _ in range(chance.choice((1, 1, 1, 1, 2, 2, 3, 6))):
        kind = chance.choices(tuple(KINDS), tuple(weight for weight, _ in KINDS.values()))[0]
        done.append(f"{kind} {KINDS[kind][1](out, chance)}")
    return out, done


def lay_out(directory: Path, files: Files) -> None:
    """Write a directory as described; a name that this file system refuses is left out."""
    directory.mkdir()
    for name, content in files.items():
        path = directory / name
        try:
            if isinstance(content, bytes):
                path.write_bytes(content)
            elif isinstance(content, Link):
                path.symlink_to(content.target)
            elif isinstance(content, Folder):
                path.mkdir()
            else:
                os.mkfifo(path)
        except (OSError, ValueError):
            continue


# --- tables ---------------------------------------------------------------------------------------


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


# --- scenario.yaml and any text -------------------------------------------------------------------


def _text(files: Files, chance: Chance, name: str | None = None) -> tuple[str, str] | None:
    names = [name] if name else sorted(n for n, c in files.items() if isinstance(c, bytes) and len(c) < 1_000_000)
    names = [n for n in names if isinstance(files.get(n), bytes)]
    if not names:
        return None
    chosen = chance.choice(names)
    content = files[chosen]
    assert isinstance(content, bytes)
    return chosen, content.decode("utf-8", "surrogateescape")


def _key(files: Files, chance: Chance) -> str:
    """One line of scenario.yaml: another value, another name, gone, twice, or further in."""
    found = _text(files, chance, "scenario.yaml")
    lines = found[1].split("\n") if found else []
    here = [k for k, line in enumerate(lines) if re.match(r"\s*[^#\s][^:]*:", line)]
    if not here:
        return "nothing"
    k = chance.choice(here)
    head, _, tail = lines[k].partition(":")
    indent = head[: len(head) - len(head.lstrip())]
    kind = chance.choice(
        ("value", "value", "value", "number", "number", "rename", "drop", "repeat", "indent", "add", "add", "flow")
    )
    numbers = list(re.finditer(r"(?<![\w-])[0-9][0-9.eE-]*", tail))
    if kind == "value":
        lines[k] = f"{head}: {chance.choice(WORDS)}"
    elif kind == "number" and numbers:
        at = chance.choice(numbers)
        lines[k] = f"{head}:{tail[: at.start()]}{chance.choice(NUMBERS)}{tail[at.end() :]}"
    elif kind == "rename":
        lines[k] = f"{indent}{chance.choice((*KEYS, *TEXTS))}:{tail}"
    elif kind == "drop":
        lines.pop(k)
    elif kind == "repeat":
        lines.insert(k, lines[k])
    elif kind == "indent":
        lines[k] = " " * chance.randrange(12) + lines[k].lstrip()
    elif kind == "add":
        lines.insert(k, f"{indent}{chance.choice(KEYS)}: {chance.choice((*NUMBERS, *NUMBERS, *WORDS))}")
    else:
        lines[k] = f"{head}: [{tail}, {{a: {chance.choice(WORDS)}}}]"
    files["scenario.yaml"] = "\n".join(lines).encode("utf-8", "surrogatepass")
    return f"{kind} line {k + 1}: {lines[k][:60] if k < len(lines) else ''!r}"


def _behaviour(files: Files, chance: Chance) -> str:
    """One parameter of one stream, or of the run, with an extreme figure."""
    found = _text(files, chance, "scenario.yaml")
    lines = found[1].split("\n") if found else []
    here = [k for k, line in enumerate(lines) if re.match(r"\s+behaviour:\s*$", line)]
    if not here:
        return "nothing"
    figure = chance.choice((*EXTREMES, "-1", "0.5", "0.1"))
    if chance.random() < 0.15:
        key, k, indent = chance.choice(("step_min", "drain_days", "wait_target_h")), 0, ""
    else:
        k = chance.choice(here) + 1
        key = chance.choice(BEHAVIOUR)
        indent = re.match(r"\s*", lines[k] if k < len(lines) else "")[0]  # type: ignore[index]
    end = k + 1
    while end < len(lines) and len(lines[end]) - len(lines[end].lstrip()) >= len(indent) and (indent or end < 40):
        end += 1
    lines[k:end] = [line for line in lines[k:end] if not line.startswith(f"{indent}{key}:")]
    lines.insert(k, f"{indent}{key}: {figure}")
    files["scenario.yaml"] = "\n".join(lines).encode("utf-8", "surrogatepass")
    return f"{key}: {figure}"


def _splice(files: Files, chance: Chance) -> str:
    """Some characters anywhere."""
    found = _text(files, chance)
    if found is None:
        return "nothing"
    name, text = found
    for _ in range(chance.choice((1, 3, 10))):
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice((*WORDS, "\n", ",", "\r", "\r\n")) + text[at + chance.randrange(12) :]
    files[name] = text.encode("utf-8", "surrogatepass")
    return name


def _encoding(files: Files, chance: Chance) -> str:
    found = _text(files, chance)
    if found is None:
        return "nothing"
    name, text = found
    kind = chance.choice(
        ("utf-16", "utf-32", "latin-1", "cp1252", "utf-8-sig", "byte", "bits", "nul", "shift_jis", "utf-7")
    )
    raw = bytearray(text.encode("utf-8", "surrogatepass"))
    if kind in ("byte", "bits", "nul"):
        for _ in range(1 if kind != "bits" else 20):
            at = chance.randrange(len(raw) + 1)
            raw[at : at + (kind == "bits")] = bytes([0 if kind == "nul" else chance.randrange(256)])
        files[name] = bytes(raw)
    else:
        files[name] = (text + "é–").encode(kind, "replace")
    return f"{name}: {kind}"


def _ends(files: Files, chance: Chance) -> str:
    found = _text(files, chance)
    if found is None:
        return "nothing"
    name, text = found
    end = chance.choice(("\r\n", "\r", "\n\n", "\u2028", "", "\n\r", "\x0b", " \n", "\n \n"))
    last = "\n" if chance.random() < 0.5 else ""
    files[name] = (end.join(text.split("\n")) + last).encode("utf-8", "surrogatepass")
    return f"{name}: {end!r}"


def _size(files: Files, chance: Chance) -> str:
    found = _text(files, chance)
    if found is None:
        return "nothing"
    name, text = found
    kind = chance.choice(("empty", "half", "repeat", "long line", "quote", "spaces", "one word"))
    long = chance.choice((20_000, 300_000, 2_000_000))
    new = {
        "empty": "",
        "half": text[: len(text) // 2],
        "repeat": text * max(1, min(30, long // (len(text) + 1))),
        "long line": text + "x," * (long // 2),
        "quote": text + '"' + "a\n" * (long // 2),
        "spaces": text + " " * long,
        "one word": "a" * long,
    }[kind]
    files[name] = new.encode("utf-8", "surrogatepass")
    return f"{name}: {kind}, {len(new)} characters"


def _nesting(files: Files, chance: Chance) -> str:
    depth = chance.choice((5, 25, 1000, 100_000))
    name = chance.choice(sorted(n for n in files if n.endswith((".yaml", ".geojson"))) or ["scenario.yaml"])
    mark = chance.choice(("[]", "{}"))
    opening = {"[]": "[", "{}": '{"a":'}[mark] * depth
    shut = {"[]": "]", "{}": "}"}[mark] * depth
    kind = chance.choice(("whole", "value", "open", "block"))
    if name.endswith(".geojson"):
        body = f"{opening}1{shut}" if kind != "open" else opening
        whole = {"whole": body, "open": body}.get(kind, f'{{"type": "LineString", "coordinates": {body}}}')
        files[name] = whole.encode()
        return f"{name}: {kind} {depth}"
    found = _text(files, chance, name)
    text = found[1] if found else ""
    if kind == "block":
        depth = min(depth, 1000)
        more = "\n".join(" " * k + f"k{k}:" for k in range(depth))
    else:
        more = f"fit: {opening}1{shut if kind != 'open' else ''}"
    files[name] = (more if kind == "whole" else text + "\n" + more).encode("utf-8", "surrogatepass")
    return f"{name}: {kind} {depth}"


def _shape(files: Files, chance: Chance) -> str:
    """Numbers of a line or an outline."""
    names = sorted(
        n for n, c in files.items() if n.endswith(".geojson") and isinstance(c, bytes) and len(c) < 1_000_000
    )
    found = _text(files, chance, chance.choice(names)) if names else None
    if found is None:
        return "nothing"
    name, text = found
    tokens = list(re.finditer(r"-?[0-9]+\.?[0-9]*|\[|\]|,|\"[^\"]*\"", text))
    if not tokens:
        return "nothing"
    at = chance.choice(tokens)
    word = chance.choice((*NUMBERS, "181", "-91", "[", "]", "null", "{}", '"x"', "true", ""))
    files[name] = (text[: at.start()] + word + text[at.end() :]).encode("utf-8", "surrogatepass")
    return f"{name}: {at[0]!r} to {word[:30]!r}"


# --- files ----------------------------------------------------------------------------------------


def _file(files: Files, chance: Chance) -> str:
    """Missing, extra, misnamed and exchanged files."""
    kind = chance.choice(("missing", "extra", "rename", "exchange", "copy", "case"))
    names = sorted(files)
    name = chance.choice(names) if names else "scenario.yaml"
    other = chance.choice(names) if names else "places.csv"
    if kind == "missing":
        files.pop(name, None)
    elif kind == "extra":
        new = chance.choice(
            (
                "notes.txt",
                ".hidden",
                "closure.csv",
                "scenario.yml",
                "Places.csv",
                "x" * 200,
                "a\nb.csv",
                "exits.csv",
                "é.csv",
            )
        )
        files[new] = chance.choice((b"", b"id\n", b"\xff\xfe", b"a,b\n1,2\n"))
        name = new
    elif kind in ("rename", "case") and name in files:
        files[name.upper() if kind == "case" else chance.choice(("x.csv", "streams.csv", name + "~"))] = files.pop(name)
    elif kind == "exchange" and {name, other} <= set(files):
        files[name], files[other] = files[other], files[name]
    elif kind == "copy" and other in files:
        files[name] = files[other]
    return f"{kind} {name!r}"


def _link(files: Files, chance: Chance) -> str:
    """Links, folders and pipes in the place of files."""
    names = sorted(files)
    name = chance.choice(names) if names else "scenario.yaml"
    target = chance.choice(
        ("/etc/passwd", "/dev/zero", "/dev/stdin", "nowhere", ".", "..", "../..", name, *names, "/proc/self/environ")
    )
    files[name] = chance.choice((Link(target), Link(target), Folder(), Fifo()))
    return f"{name}: {files[name]}"


KINDS: dict[str, tuple[int, Callable[[Files, Chance], str]]] = {
    "cell": (25, _of_rows(_cell)),
    "figure": (45, _of_rows(_figure)),
    "behaviour": (20, _behaviour),
    "row": (8, _of_rows(_row)),
    "column": (7, _of_rows(_column)),
    "many": (2, _of_rows(_many)),
    "key": (15, _key),
    "splice": (5, _splice),
    "encoding": (3, _encoding),
    "ends": (3, _ends),
    "size": (2, _size),
    "nesting": (2, _nesting),
    "shape": (3, _shape),
    "file": (4, _file),
    "link": (2, _link),
}
