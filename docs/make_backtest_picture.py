"""Write docs/pictures/backtest.svg and print the table of docs/guides/forecast-a-closure.md.

python docs/make_backtest_picture.py ATLAS.json

ATLAS.json is what `crossings backtest --atlas --json` printed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

PICTURE = Path(__file__).parent / "pictures" / "backtest.svg"


def main() -> None:
    """Draw, and print the rows."""
    found = json.loads(Path(sys.argv[1]).read_text())
    episodes = [e for e in found["episodes"] if e["n"]]
    mpl.rcParams |= {"svg.hashsalt": "crossings", "font.size": 9, "svg.fonttype": "none"}
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(11, 4.2), width_ratios=(2.4, 1.2, 1.2))
    _skills(left, episodes)
    _leads(middle, episodes)
    _calibration(right, episodes)
    figure.tight_layout()
    figure.savefig(PICTURE, metadata={"Date": None})
    for e in episodes:
        sys.stdout.write("| " + " | ".join(_cells(e)) + " |\n")
    sys.stdout.write(f"mean skill {found['skill_mean']:+.3f}, 90 % ranges hold {found['coverage_90']:.3f}\n")


def _skills(axes: Any, episodes: list[dict[str, Any]]) -> None:
    place = np.arange(len(episodes))[::-1]
    for y, e in zip(place, episodes, strict=True):
        low, high = e["skill_interval"] or (e["skill"], e["skill"])
        axes.plot([max(-1, low), high], [y, y], color="#777777", lw=1.5)
        axes.plot(max(-1, e["skill"]), y, "o", color="#1b5e8c", ms=5)
    axes.axvline(0, color="black", lw=0.8)
    axes.set_yticks(place, [e["id"] for e in episodes])
    axes.set_xlim(-1.05, 1.0)
    axes.set_xlabel("skill against the rule chosen on the others (line: 90 % range)")


def _leads(axes: Any, episodes: list[dict[str, Any]]) -> None:
    for e in episodes:
        leads = [p for p in e["by_lead"] if p["n"] >= 20 and p["skill"] is not None][:10]
        if len(leads) > 1:
            axes.plot([p["lead"] for p in leads], [max(-1, p["skill"]) for p in leads], lw=1, label=e["id"])
    axes.axhline(0, color="black", lw=0.8)
    axes.set_ylim(-1.05, 1.0)
    axes.set_xlabel("periods ahead")
    axes.set_ylabel("skill")
    axes.legend(fontsize=5, loc="lower right")


def _calibration(axes: Any, episodes: list[dict[str, Any]]) -> None:
    pit = np.mean([e["pit"] for e in episodes], axis=0)
    axes.bar(np.arange(10) / 10 + 0.05, pit, width=0.09, color="#1b5e8c")
    axes.axhline(0.1, color="black", lw=0.8)
    axes.set_xlabel("place of the count in its forecast")
    axes.set_ylabel("share of counts, mean over closures")


def _cells(e: dict[str, Any]) -> list[str]:
    best = e["best_naive"]
    band = e["skill_interval"]
    lowest = min(e["crps_naive"], key=lambda rule: e["crps_naive"][rule])
    return [
        f"`{e['id']}`",
        f"{e['n']:,}",
        f"{e['crps']:.3f}",
        f"{e['crps_naive'][best]:.3f} ({best})",
        f"{e['skill']:+.0%}" + (f" ({band[0]:+.0%} to {band[1]:+.0%})" if band else ""),
        f"{e['crps_naive'][lowest]:.3f} ({lowest})",
        *(_phase(e["phases"][phase]) for phase in ("before", "after")),
        f"{e['coverage']['50']:.0%}",
        f"{e['coverage']['90']:.0%}",
    ]


def _phase(p: dict[str, Any]) -> str:
    return f"{p['skill']:+.0%}" if p["n"] and p["skill"] is not None else "-"


if __name__ == "__main__":
    main()
