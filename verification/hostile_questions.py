"""Questions in SQL that try to write, to read elsewhere, or to end the database: each is answered or refused in one line, and no
file changes.

    python verification/hostile_questions.py --questions 2000 --seed 1

A question is put together from statements that write, places in a question where one could stand, up to three deep, functions
that read files, values at the end of what there is, and words moved, repeated and left out; fixed by (seed, number). Exit status
1 if anything but `InputError` is raised, a question takes over a minute, a byte of the store changes, a file appears beside it,
or the secret there is shown.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import crossings as cx
from crossings.errors import InputError
from crossings.store.query import Store
from test_asking import AROUND, ESCAPES, WRITES, WRONG

SECRET = "the secret of the other folder"
LONGEST_S = 60.0
GOOD = (
    "select crossing, sum(crossed_mean) as n from flows group by all order by n",
    "with a as (select * from totals) select stream, count(*) from a group by stream",
    "select * from runs",
    "select date, arrived_mean, lag(arrived_mean) over (order by date) from flows limit 5",
    "select unnest([1, 2, 3]) as x",
)
VALUES = (
    "date 'infinity'",
    "1e400",
    "-0.0",
    "repeat('x', 100000)",
    "[[]]",
    "{'a': 1}",
    "null",
    "interval 1 month",
    "'\\x00'::blob",
)
WORD = re.compile(r"\w+|'[^']*'|[^\w\s]")


def question(chance: random.Random, targets: list[str]) -> str:
    """One question."""
    kind = chance.random()
    if kind < 0.45:
        said = chance.choice(WRITES).format(path=chance.choice(targets))
        for _ in range(chance.choice((1, 1, 2, 3))):
            said = chance.choice(AROUND).format(it=said, text=said.replace("'", "''"))
    elif kind < 0.6:
        said = chance.choice([*ESCAPES, *(sql for sql, _ in WRONG)])
    else:
        said = chance.choice(GOOD)
    if chance.random() < 0.6:
        words = WORD.findall(said)
        for _ in range(chance.choice((1, 2, 5))):
            at = chance.randrange(len(words) + 1)
            other = chance.choice([*VALUES, *WORD.findall(chance.choice([*GOOD, *AROUND]))])
            words[at : at + chance.randrange(2)] = [other] if chance.random() < 0.7 else []
        said = " ".join(words)
    return re.sub(r"\{(path|folder|own|foreign|other)\}", lambda _: chance.choice(targets), said)


def content(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def main(arguments: list[str] | None = None) -> int:
    """Ask; 1 if a question did anything but ask."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--questions", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    began, found = time.monotonic(), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="crossings-questions-") as name:
        root = Path(name).resolve()
        (root / "here").mkdir()
        (root / "secret.csv").write_text(f"secret\n{SECRET}\n")
        cx.run_to(root / "store", cx.Model(cx.Scenario.read("two-crossings")), seeds=[1, 2])
        os.chdir(root / "here")
        store, before = Store(root / "store"), content(root)
        targets = [
            *(str(root / p) for p in ("store/flows.parquet", "secret.csv", "new.parquet")),
            "store://0.parquet",
            "../secret.csv",
        ]
        for number in range(given.questions):
            sql = question(random.Random(f"{given.seed} {number}"), targets)
            start, wrong = time.monotonic(), ""
            try:
                answer = store.ask(sql)
                kind = "answered"
                if SECRET in str(answer.rows()):
                    wrong = "the secret was shown"
            except InputError as error:
                kind = "refused"
                wrong = "" if str(error).strip() and len(str(error).splitlines()) == 1 else f"no line: {error}"
            except Exception:
                kind, wrong = "wrong", traceback.format_exc()
            if time.monotonic() - start > LONGEST_S:
                wrong = f"{time.monotonic() - start:.0f} s"
            if (number % 100 == 99 or number == given.questions - 1) and content(root) != before:
                wrong = f"files changed by this question or one of the hundred before it: {sorted(content(root))}"
                before = content(root)
            found["wrong" if wrong else kind] += 1
            if wrong:
                print(f"question {number}: {sql[:300]!r}: {wrong}", flush=True)
        os.chdir("/")
    kinds = ", ".join(f"{n:,} {kind}" for kind, n in sorted(found.items()))
    print(f"{sum(found.values()):,} questions in {time.monotonic() - began:,.0f} s: {kinds}")
    return 1 if found["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
