"""All compiled code: arrays in, arrays out.

numba's disk cache does not notice a changed callee in another file, so the cache lives in a folder named by the
hash of these sources, numba's version and Python's; ``KERNEL_HASH`` is recorded in what made a result.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from pathlib import Path

import numba

__all__ = ["KERNEL_HASH", "cache_folder", "is_compiled"]


def _hash() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.relative_to(Path(__file__).parent).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    digest.update(f"{numba.__version__} {sys.version}".encode())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Where compiled code is kept: the user's cache folder, or a temporary one where that cannot be written."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "crossings" / f"kernel-{KERNEL_HASH}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return Path(tempfile.gettempdir()) / f"crossings-kernel-{KERNEL_HASH}-{os.getuid() if hasattr(os, 'getuid') else 0}"


def is_compiled(what: str = "runs") -> bool:
    """Whether runs, expected ``flows`` or ``likelihoods`` would find their compiled code ready."""
    entries = {"flows": "expected.expect_flows", "likelihoods": "likelihoods.log_likelihoods"}
    name = entries.get(what, "journey.simulate")
    return any(cache_folder().rglob(f"{name}-*.nbi"))


KERNEL_HASH = _hash()
# numba's attributes come from the environment and are not in its type hints.
setattr(numba.config, "CACHE_DIR", str(cache_folder()))  # noqa: B010
