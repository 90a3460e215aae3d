"""Changes to scenario.yaml, to any text, and to the files themselves."""

from __future__ import annotations

import re

from layout import Chance, Fifo, Files, Folder, Link
from words import BEHAVIOUR, EXTREMES, KEYS, NUMBERS, TEXTS, WORDS

__all__ = ["BY_FILE"]


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


BY_FILE = {
    "key": _key,
    "behaviour": _behaviour,
    "splice": _splice,
    "encoding": _encoding,
    "ends": _ends,
    "size": _size,
    "nesting": _nesting,
    "shape": _shape,
    "file": _file,
    "link": _link,
}
