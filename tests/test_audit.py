"""`make audit`: what it says where advisories are known, where none are, and where nothing could be asked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "verification"))

import audit

SOUND = {"name": "numpy", "version": "2.0", "vulns": []}
FAULTY = {"name": "old", "version": "1.0", "vulns": [{"id": "PYSEC-1"}, {"id": "CVE-2"}]}
UNKNOWN = {"name": "far", "skip_reason": "could not be reached"}


@pytest.fixture
def answered(monkeypatch):
    """pip-audit answers with what is given, without an environment of its own being made."""

    def answer(out: str, err: str = "", installs: int = 0) -> int:
        def run(words, **_):
            installing = "install" in words
            return subprocess.CompletedProcess(
                words, installs if installing else 0, "" if installing else out, "" if installing else err
            )

        monkeypatch.setattr(audit.venv, "create", lambda *_, **__: None)
        monkeypatch.setattr(audit.subprocess, "run", run)
        return audit.main()

    return answer


@pytest.mark.parametrize(
    ("found", "status", "said"),
    [
        ([SOUND], 0, "1 of 1 locked dependencies audited, 0 with advisories"),
        ([SOUND, UNKNOWN], 0, "1 of 2 locked dependencies audited, 0 with advisories"),
        ([SOUND, FAULTY], 1, "old 1.0: PYSEC-1, CVE-2\n2 of 2 locked dependencies audited, 1 with advisories"),
        ([UNKNOWN], 3, "no data base of advisories could be reached: nothing was audited (could not be reached)"),
    ],
)
def test_what_is_known(answered, capsys, found, status, said):
    assert answered(json.dumps({"dependencies": found})) == status
    assert capsys.readouterr().out == said + "\n"


@pytest.mark.parametrize("out", ["", "{", "[]", "{}"])
def test_no_answer_is_no_audit(answered, capsys, out):
    assert answered(out, "first line\nconnection refused\n") == 3
    assert "nothing was audited (connection refused)" in capsys.readouterr().out


def test_where_the_tool_cannot_be_had(answered, capsys):
    assert answered("", installs=1) == 3
    assert "nothing was audited" in capsys.readouterr().out
