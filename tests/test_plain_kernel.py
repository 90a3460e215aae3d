"""The kernel as plain Python (NUMBA_DISABLE_JIT=1): what a debugger and coverage see gives the same numbers.

`make kernel-plain` runs the tests of draws and of the kernel so, against the twin.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import hashlib, sys
sys.path.insert(0, {tests!r})
import crossings as cx
import tiny
model = cx.Model(
    tiny.two_crossings(
        lanes=(tiny.lane("north", 20.0, cv=1.0), tiny.lane("south", 30.0)),
        stocks=(tiny.rush_hour(90),),
        closures=(tiny.closed("first", "north", (0, 6), announced=(0, 3)),),
    )
)
one = cx.run(model, seed=3)
flows = cx.expect(model)
digest = hashlib.sha256()
for table in (one.outcome.fate, one.outcome.visits, one.outcome.states):
    digest.update(repr(table.tolist()).encode())  # fields alone: what lies between them in a record is not set
print(one.outcome.crowd.size, digest.hexdigest(), repr(float(flows.arrived.sum())))
"""


def said(**environment):
    """What a fresh interpreter prints."""
    code = CODE.format(tests=str(Path(__file__).parent))
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=os.environ | environment,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.slow
def test_plain_python_and_compiled_code_agree_to_the_last_bit():
    compiled, plain = said(), said(NUMBA_DISABLE_JIT="1")
    assert int(compiled[0]) > 50
    assert compiled[:2] == plain[:2]
    assert abs(float(compiled[2]) - float(plain[2])) <= 1e-9 * float(compiled[2])
    assert len(compiled[1]) == hashlib.sha256().digest_size * 2
