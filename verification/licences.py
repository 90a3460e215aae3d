"""The licence of each locked dependency, from its own metadata, as a page of the docs.

    python verification/licences.py docs/licences.md

What crossings itself imports, with any extra, must have a licence of those accepted. A tool that only tests, docs or benchmarks
use is never distributed with it, so the GPL is accepted there too.
Exit status 1, and a line each, for a package that is not installed, names no licence, or one that is not accepted.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
# Families of licences under which a dependency may be used beside MIT code; copyleft that stays with the library is among them.
ACCEPTED = (
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|Unlicense|Zlib|0BSD|LGPL|HPND|CC0|Boost|BSL|Artistic"
    r"|[Pp]ublic [Dd]omain"
)
OF_TOOLS = ACCEPTED + r"|GPL|GNU General Public License"


def locked() -> list[str]:
    """Names in the lock, in order."""
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    return [m[1] for line in lines if (m := re.match(r"([A-Za-z0-9._-]+)==", line))]


def imported() -> set[str]:
    """What an installation of crossings brings along, with every extra, and what that needs in turn."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [text for texts in project["optional-dependencies"].values() for text in texts]
    open_, found = [Requirement(text) for text in project["dependencies"] + extras], set()
    while open_:
        wanted = open_.pop()
        key = (canonicalize_name(wanted.name), tuple(sorted(wanted.extras)))
        if key in found or key[0] == "crossings":
            continue
        found.add(key)
        try:
            needs = distribution(wanted.name).requires or []
        except PackageNotFoundError:
            continue
        for text in needs:
            need = Requirement(text)
            if need.marker is None or any(need.marker.evaluate({"extra": e}) for e in ("", *wanted.extras)):
                open_.append(need)
    return {name for name, _ in found}


def licence(name: str) -> tuple[str, str]:
    """(version, licence) of an installed package: from its metadata, else its licence file, else what its page says; or empty."""
    found = distribution(name)
    said = found.metadata
    classified = [c.rsplit(" :: ", 1)[-1] for c in said.get_all("Classifier") or () if c.startswith("License ::")]
    words = (
        said.get("License-Expression") or "; ".join(classified) or (said.get("License") or "").strip().split("\n")[0]
    )
    if not words:
        files = [Path(str(f.locate())) for f in found.files or () if "LICEN" in f.name.upper()]
        words = next((line for f in files for line in f.read_text().splitlines() if line.strip()), "")
    if not words and (section := re.search(r"^#+ Licen[sc]e\s+(.+)", said.get_payload() or "", re.M)):
        words = section[1]
    return said["Version"], words[:80].strip()


def main(target: str) -> int:
    """Write the page; 1 if a licence is missing or not accepted."""
    needed, wrong = imported(), 0
    ours: list[str] = []
    tools: list[str] = []
    for name in locked():
        try:
            version, words = licence(name)
        except PackageNotFoundError:
            version, words = "not installed here", ""
        mine = canonicalize_name(name) in needed
        (ours if mine else tools).append(f"| {name} | {version} | {words or 'not said'} |")
        if not re.search(ACCEPTED if mine else OF_TOOLS, words):
            print(f"{name} {version}: licence {words or 'not said'}", file=sys.stderr)
            wrong += 1
    head = "| package | version | licence |\n|---|---|---|\n"
    text = "# Licences of dependencies\n\nMade by `make licences` from what each locked package says of itself.\n\n"
    text += "## What crossings imports, with any extra\n\n" + head + "\n".join(ours) + "\n\n"
    text += "## Tools of tests, docs and benchmarks\n\nThese are not needed to use crossings, and are never distributed with it.\n\n"
    Path(target).write_text(text + head + "\n".join(tools) + "\n")
    print(
        f"{len(ours) + len(tools)} packages, {len(ours)} of them imported; {wrong} without an accepted licence: {target}"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "docs" / "licences.md")))
