"""What was learned from other closures, kept as data with where it comes from; any closure can be left out of it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

__all__ = ["FILE", "logit", "pooled", "priors"]

FILE = Path(__file__).with_name("priors.json")
WORTH = 3.0  # episodes that what was believed before the atlas is worth
OWN = 0.4  # part of the variance of a kind's loss that each crossing has for itself, as believed before
EDGE = 0.03  # shares are kept so far from 0 and 1 before their logit is taken


@lru_cache(maxsize=64)
def priors(without: str | None = None) -> dict[str, Any]:
    """The priors of the package, learned from US ports and from the atlas, without one of its episodes if named.

    `crossings atlas --learn` makes them. Keys: ordinary, kinds, diversion, moved, rush, recovery, lasts, disturbed,
    rules.
    """
    return pooled(json.loads(FILE.read_text()), without)


def pooled(said: Mapping[str, Any], without: str | None = None) -> dict[str, Any]:
    """What was believed before and the evidence of each episode but one, together: an episode counts as one."""
    evidence = {name: e for name, e in said.get("evidence", {}).items() if name != without}
    before = said["before"]
    out = {k: v for k, v in said.items() if k not in ("before", "evidence")}
    out["kinds"] = {
        kind: _pool(prior, [_logits(e["lost"], "kind", kind) for e in evidence.values()])
        | {
            "apart": _apart(
                prior,
                [[f["apart"] for f in e["lost"] if f["kind"] == kind and "apart" in f] for e in evidence.values()],
            )
        }
        for kind, prior in before["kinds"].items()
    }
    out["diversion"] = {
        mode: prior | _pool(prior, [list(_nearer(e["moved"], mode, prior["slope"])) for e in evidence.values()])
        for mode, prior in before["diversion"].items()
    }
    out["moved"] = {mode: 1 / (1 + math.exp(-d["centre"])) for mode, d in out["diversion"].items()}
    out["rules"] = before["rules"] | {"scores": {name: e["rules"] for name, e in evidence.items() if "rules" in e}}
    return out


def logit(share: float) -> float:
    """The logit of a share, kept from 0 and 1."""
    share = min(1 - EDGE, max(EDGE, share))
    return math.log(share / (1 - share))


def _logits(found: list[dict[str, Any]], key: str, value: str) -> list[float]:
    return [logit(f["share"]) for f in found if f[key] == value]


def _nearer(found: list[dict[str, Any]], mode: str, slope: float) -> Iterator[float]:
    """Logits of shares moved, as if the nearest open crossing were 50 km off."""
    for f in found:
        if f["mode"] == mode and f["km"] is not None:
            yield logit(f["share"]) + slope * math.log(max(f["km"], 2.0) / 50.0)


def _apart(prior: Mapping[str, float], episodes: list[list[float]]) -> float:
    """Standard deviation between the crossings of one order: what was believed before, and that of each episode that has some."""
    found = [sum(v**2 for v in values) / len(values) for values in episodes if values]
    return math.sqrt((WORTH * OWN * prior["spread"] ** 2 + sum(found)) / (WORTH + len(found)))


def _pool(prior: Mapping[str, Any], episodes: list[list[float]]) -> dict[str, float]:
    """Centre and spread of logits: those believed before, and a mean and a scatter for each episode that has some."""
    means = [sum(values) / len(values) for values in episodes if values]
    n = len(means)
    centre = (WORTH * prior["centre"] + sum(means)) / (WORTH + n)
    apart = sum((v - centre) ** 2 / len(values) for values in episodes if values for v in values)
    spread = math.sqrt((WORTH * prior["spread"] ** 2 + apart) / (WORTH + n))
    return {"centre": centre, "spread": spread, "episodes": n}
