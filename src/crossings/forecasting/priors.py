"""What was learned from other closures, kept as data with where it comes from; any closure can be left out of it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from crossings.forecasting.reopening import recovery

FILE = Path(__file__).with_name("priors.json")
WORTH = 3.0  # episodes that what was believed before the atlas is worth
OWN = 0.4  # part of the variance of a kind's loss that each crossing has for itself, as believed before
EDGE = 0.03  # shares are kept so far from 0 and 1 before their logit is taken


@lru_cache(maxsize=64)
def priors(*without: str) -> dict[str, Any]:
    """The priors of the package, learned from US ports and from the atlas, without those of its episodes that are named.

    `crossings atlas --learn` makes them. Keys: ordinary, kinds, diversion, moved, rush, recovery, lasts, disturbed,
    rules.
    """
    return pooled(json.loads(FILE.read_text()), *without)


def pooled(said: Mapping[str, Any], *without: str) -> dict[str, Any]:
    """What was believed before and the evidence of each episode but some, together: an episode counts as one."""
    evidence = {name: e for name, e in said.get("evidence", {}).items() if name not in without}
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
    out["recovery"] = recovery(
        before["recovery"], before["kinds"], [e["after"] for e in evidence.values()], list(before["diversion"]), WORTH
    )
    out["rush"] = _pool(before["rush"], [[f["factor"] for f in e["notice"]] for e in evidence.values()])
    out["lasts"] = {
        kind: _median_length(usual, [_lengths(e["lasted"], kind) for e in evidence.values()])
        for kind, usual in before["lasts"].items()
    }
    out["disturbed"] = before["disturbed"] | {
        "factor": _factor(before["disturbed"]["factor"], [e["restless"] for e in evidence.values()])
    }
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


def _lengths(found: list[dict[str, Any]], kind: str) -> list[tuple[float, bool]]:
    """Days that orders of a kind lasted, and whether they had ended then; an order of which no end is known lasted so long at
    least.
    """
    return [(f["days"], f["ended"]) for f in found if f["kind"] == kind]


def _median_length(usual: float, episodes: Sequence[Sequence[tuple[float, bool]]]) -> float:
    """Days after which half of the orders of a kind have ended: what was believed before, and the orders of each episode that has
    some.

    Lengths are taken to exceed t days with the chance m / (m + t), as forecasts draw them; an order that goes on counts with that
    chance. What was believed before is worth `WORTH` episodes, each with one order of the usual length.
    """
    some = [found for found in episodes if found]
    if not some:
        return usual

    def likely(m: float) -> float:
        def log(days: float, ended: bool) -> float:
            return (math.log(m) - 2 * math.log(m + days)) if ended else math.log(m / (m + days))

        return WORTH * log(usual, True) + sum(sum(log(*f) for f in found) / len(found) for found in some)

    grid = [0.5 * 1.02**k for k in range(500)]  # half a day to 27 years
    return max(grid, key=likely)


def _factor(usual: float, episodes: Sequence[Sequence[float]]) -> float:
    """How many times larger errors are under orders: what was believed before, and the geometric mean of the variances of each
    episode that has some.
    """
    some = [sum(math.log(max(v, 0.05)) for v in found) / len(found) for found in episodes if found]
    return math.exp(0.5 * (2 * WORTH * math.log(usual) + sum(some)) / (WORTH + len(some)))
