"""The licence of each locked dependency, from its own metadata, as a page of the docs.

    python verification/licences.py docs/licences.md

Exit status 1, and a line each, for a dependency that is not installed, names no licence, or one that is not among those accepted.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Families of licences under which a dependency may be used beside MIT code; copyleft that stays with the library is among them.
ACCEPTED = r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|Unlicense|Zlib|0BSD|LGPL|HPND|CC0|Boost|BSL|Artistic"


def locked() -> list[str]:
    """Names in the lock, in order."""
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    return [m[1] for line in lines if (m := re.match(r"([A-Za-z0-9._-]+)==", line))]


def licence(name: str) -> tuple[str, str]:
    """(version, licence) of an installed package, from its metadata, else the first line of its licence file; or empty."""
    found = distribution(name)
    said = found.metadata
    classified = [c.rsplit(" :: ", 1)[-1] for c in said.get_all("Classifier") or () if c.startswith("License ::")]
    words = (
        said.get("License-Expression") or "; ".join(classified) or (said.get("License") or "").strip().split("\n")[0]
    )
    if not words:
        files = [Path(str(f.locate())) for f in found.files or () if "LICEN" in f.name.upper()]
        words = next((line for f in files for line in f.read_text().splitlines() if line.strip()), "")
    return said["Version"], words[:80].strip()


def main(target: str) -> int:
    """Write the page; 1 if a licence is missing or not accepted."""
    rows, wrong = [], 0
    for name in locked():
        try:
            version, words = licence(name)
        except PackageNotFoundError:
            version, words = "not installed here", ""
        rows.append(f"| {name} | {version} | {words or 'not said'} |")
        if not re.search(ACCEPTED, words):
            print(f"{name} {version}: licence {words or 'not said'}", file=sys.stderr)
            wrong += 1
    head = "# Licences of dependencies\n\nMade by `make licences` from what each locked package says of itself.\n\n"
    Path(target).write_text(head + "| package | version | licence |\n|---|---|---|\n" + "\n".join(rows) + "\n")
    print(f"{len(rows)} dependencies, {wrong} without an accepted licence: {target}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "docs" / "licences.md")))
