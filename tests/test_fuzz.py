"""Some of the mutants of verification/fuzz.py (`make verify` tries thousands)."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "verification"))

import fuzz
from mutations import KINDS


def test_some_hostile_directories(tmp_path: Path, capsys) -> None:
    status = fuzz.main(["--mutants", "10", "--seed", "20", "--command-every", "10", "--keep", str(tmp_path / "failed")])
    said = capsys.readouterr().out
    assert status == 0, said
    assert said.startswith("10 mutants")
    assert not (tmp_path / "failed").exists()


def test_a_mutant_is_fixed_by_seed_and_number() -> None:
    scenarios = fuzz.bases()
    assert set(scenarios) >= {"two-gates", "two_crossings", "finland_2023"}
    for number in range(60):
        first, again = (fuzz.mutant(scenarios, 1, number)[:3] for _ in range(2))
        assert first == again
    whats = {done.split(" ")[0] for number in range(500) for done in fuzz.mutant(scenarios, 1, number)[2]}
    assert whats == set(KINDS)


def test_what_must_not_happen_is_noticed(tmp_path: Path, monkeypatch) -> None:
    """A file written beside the directory, states that do not add up, and a traceback are failures."""
    from crossings.simulation import outcome as simulation

    scenarios = fuzz.bases()
    number = next(n for n in range(100) if fuzz.trial(scenarios, 1, n, _empty(tmp_path, n), False).kind == "ran")

    def beside(*args, **more):
        (tmp_path / "x" / "stray").touch()
        return real(*args, **more)

    def lost(*args, **more):
        out = real(*args, **more)
        out.states[-1] -= 1
        return out

    def broken(*args, **more):
        raise KeyError("x")

    real = simulation.simulate_once
    for wrong, said in ((beside, "written"), (lost, "fewer than nobody"), (broken, "KeyError")):
        monkeypatch.setattr(simulation, "simulate_once", wrong)
        verdict = fuzz.trial(scenarios, 1, number, _empty(tmp_path, "x"), False)
        assert verdict.kind == "failed"
        assert said in verdict.said


def _empty(tmp_path: Path, name: object) -> Path:
    import shutil

    folder = tmp_path / str(name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder
