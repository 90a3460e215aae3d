"""Backtests of several episodes, wherever they were read, as one table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from crossings.errors import InputError
from crossings.forecasting import atlas
from crossings.forecasting.backtest import backtest
from crossings.forecasting.episode import Episode
from crossings.forecasting.history import FILES, is_folder_of_three, read_folder
from crossings.forecasting.scenarios import episode_of
from crossings.forecasting.scores import as_json
from crossings.forecasting.starting import HISTORY
from crossings.scenario import Scenario
from crossings.scenario.settings import SETTINGS_FILE

Origins = Callable[[Episode], Sequence[dt.datetime]]


def open_episode(directory: Path) -> Episode:
    """The episode in a folder of three files, in a scenario directory, or in a bundled scenario; raises InputError if it is
    none.
    """
    if is_folder_of_three(directory):
        return read_folder(directory)
    if is_folder_of_three(directory / HISTORY):
        return replace(read_folder(directory / HISTORY), id=directory.resolve().name)
    if directory.is_dir() and not (directory / SETTINGS_FILE).exists():
        raise InputError(
            str(directory)[:200], "there is nothing to forecast from", f"name a folder with {', '.join(FILES)}"
        )
    if not directory.exists() and str(directory) in atlas.names():
        return atlas.read(str(directory))
    return episode_of(Scenario.read(str(directory)))


def judge(episodes: Sequence[tuple[Episode, Sequence[dt.datetime]]], horizon: dt.timedelta | None) -> dict[str, Any]:
    """Backtests of episodes at their origins: ``episodes``, ``skill_mean`` and ``coverage_90``."""
    found = []
    for episode, origins in episodes:
        learned, named = atlas.priors_for(episode)
        found.append(as_json(backtest(named, origins, horizon, learned), learned))
    return together(found)


def judge_atlas(origins: Origins, horizon: dt.timedelta | None) -> dict[str, Any]:
    """The bundled closures, each with priors learned from the others."""
    every = [atlas.read(name) for name in atlas.names()]
    return judge([(episode, origins(episode)) for episode in every], horizon)


def together(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Several cases as ``crossings backtest --json`` prints them."""
    some = [e for e in found if e["n"]]
    skills = [e["skill"] for e in some if e["skill"] is not None]
    total = sum(e["n"] for e in some)
    return {
        "episodes": list(found),
        "skill_mean": float(np.mean(skills)) if skills else None,
        "coverage_90": sum(e["coverage"]["90"] * e["n"] for e in some) / total if total else None,
    }
