"""Tables behind one address, as the disk cache of compiled functions meets them."""

from __future__ import annotations

import pickle
import sys

import pytest
from numba.core import serialize

from crossings.kernel.core import layout
from crossings.kernel.core.blocks import Block
from crossings.kernel.flows import tables as expected_tables
from forks import Forks

KINDS = [kind for module in (layout, expected_tables) for kind in vars(module).values() if isinstance(kind, type)]
BLOCKS = [kind for kind in KINDS if issubclass(kind, Block) and kind is not Block]


@pytest.fixture(scope="module")
def forks():
    with Forks("import numba") as found:
        yield found


@pytest.mark.parametrize("kind", BLOCKS, ids=lambda kind: kind.__name__)
def test_a_process_that_has_not_met_a_block_can_read_the_index_of_the_cache(kind, forks):
    """A function compiled for expected flows and for a run has both in its index, and a run imports only its own."""
    its_type = getattr(sys.modules[kind.__module__], f"{kind.__name__}Type")()
    kept = serialize.dumps((its_type,))
    code = "import sys, pickle; print(pickle.loads(bytes.fromhex(sys.argv[1]))[0])"
    found = forks.run(code, kept.hex())  # a copy of a process that has imported numba alone
    assert found.stderr == ""
    assert found.stdout.strip() == f"Block[{kind.__name__}]"
    assert pickle.loads(kept)[0] == its_type
