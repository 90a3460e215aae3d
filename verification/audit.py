"""The lock held against published advisories, by pip-audit in an environment of its own.

    python verification/audit.py

Exit status 0 where nothing is known against any locked version, 1 where something is, 3 where no data base of advisories could be
reached: then nothing was audited, and that is said.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UNREACHED = 3


def audited(python: str) -> tuple[list[dict[str, object]], str]:
    """What pip-audit says of each dependency, and its complaints."""
    lock = str(ROOT / "requirements.lock")
    options = ["--disable-pip", "--no-deps", "--progress-spinner", "off", "--format", "json", "--requirement", lock]
    done = subprocess.run([python, "-m", "pip_audit", *options], capture_output=True, text=True, check=False)
    try:
        return json.loads(done.stdout)["dependencies"], done.stderr
    except (ValueError, KeyError, TypeError):
        return [], done.stderr or done.stdout


def main() -> int:
    """Audit the lock."""
    with tempfile.TemporaryDirectory(prefix="crossings-audit-") as name:
        venv.create(name, with_pip=True)
        python = str(Path(name) / "bin" / "python")
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "pip-audit"]
        if subprocess.run(install, capture_output=True, check=False).returncode:
            print("pip-audit cannot be installed here: nothing was audited")
            return UNREACHED
        found, said = audited(python)
    known = [d for d in found if "skip_reason" not in d]
    if not known:
        why = str(found[0].get("skip_reason")) if found else (said.strip().splitlines() or ["no answer"])[-1]
        print(f"no data base of advisories could be reached: nothing was audited ({why[:160]})")
        return UNREACHED
    bad = [d for d in known if d.get("vulns")]
    for d in bad:
        ids = ", ".join(str(v["id"]) for v in d["vulns"])  # type: ignore[attr-defined]
        print(f"{d['name']} {d['version']}: {ids}")
    print(f"{len(known)} of {len(found)} locked dependencies audited, {len(bad)} with advisories")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
