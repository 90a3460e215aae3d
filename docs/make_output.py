"""Write the output of the commands and Python blocks of pages anew: python docs/make_output.py PAGE...

Blocks are run from top to bottom, as the tests do. Of an output that is shortened with `...`, each line that is shown is
replaced by the line printed now that differs from it in numbers alone; one without a counterpart is named, to be mended by
hand.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Any

FENCE = re.compile(r"^( *)```(\S*)(.*?)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def ran(words: list[str]) -> str:
    """What a command prints, standard error included."""
    from crossings.cli import main

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), contextlib.suppress(SystemExit):
        main(words)
    return printed.getvalue()


def words_of(line: str) -> str:
    """A line without its numbers, hashes and widths."""
    line = re.sub(r"\b[0-9a-f]{16}\b", "#", line)
    return re.sub(r"[\d.,()\s–─-]+", " ", line).strip()


def renewed(shown: str, printed: str, where: str) -> str:
    """The shown output with the numbers of what was printed."""
    if "..." not in shown.split("\n"):
        return printed if printed.endswith("\n") else printed + "\n"
    lines = printed.split("\n")
    out, at = [], 0
    for line in shown.rstrip("\n").split("\n"):
        if line.strip() in ("", "..."):
            out.append(line)
            continue
        if set(line.strip()) <= {"─", "-"}:
            found = next(
                (k for k in range(at, len(lines)) if lines[k].strip() and set(lines[k].strip()) <= {"─", "-"}), None
            )
        else:
            found = next((k for k in range(at, len(lines)) if words_of(lines[k]) == words_of(line)), None)
        if found is None:
            sys.stderr.write(f"{where}: not printed now: {line}\n")
            out.append(line)
        else:
            out.append(lines[found].rstrip())
            at = found + 1
    return "\n".join(out) + "\n"


def renew(page: Path) -> None:
    """Run a page in an empty folder, and write it with the output of now."""
    text = page.read_text(encoding="utf-8")
    names: dict[str, Any] = {"__name__": "__page__"}
    printed_by_python = ""
    pieces, last = [], 0
    for match in FENCE.finditer(text):
        language, title, body = match[2], re.search(r'title="([^"]+)"', match[3]), match[4]
        new = body
        if title:
            Path(title[1]).write_text(body, encoding="utf-8")
        elif language == "console":
            new = ""
            for part in body.split("$ ")[1:]:
                line, _, shown = part.partition("\n")
                command = traveller_of(line, new)
                new += f"$ {command}\n" + renewed(shown, ran(shlex.split(command)[1:]), f"{page.name}: {command}")
        elif language == "python":
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(body, page.name, "exec"), names)
            printed_by_python = out.getvalue()
        elif language == "text" and printed_by_python:
            new, printed_by_python = renewed(body, printed_by_python, page.name), ""
        pieces += [text[last : match.start(4)], new]
        last = match.end(4)
    page.write_text("".join([*pieces, text[last:]]), encoding="utf-8")


def traveller_of(command: str, before: str) -> str:
    """The command with the traveller that the output before it names now."""
    told = re.findall(r"--story (\d+)", before)
    return re.sub(r"(--story )\d+", rf"\g<1>{told[-1]}", command) if told else command


if __name__ == "__main__":
    os.environ.setdefault("COLUMNS", "100")
    for given in sys.argv[1:]:
        path = Path(given).resolve()
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            renew(path)
