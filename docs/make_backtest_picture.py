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
from matplotlib.ticker import PercentFormatter

LEAST = -0.25  # skills below are drawn here
PICTURE = Path(__file__).parent / "pictures" / "backtest.svg"


def main() -> None:
    """Draw, and print the rows."""
    found = json.loads(Path(sys.argv[1]).read_text())
    episodes = [e for e in found["episodes"] if e["n"]]
    mpl.rcParams |= {"svg.hashsalt": "crossings", "font.size": 9, "svg.fonttype": "none"}
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 4.4), width_ratios=(2.0, 1.4, 1.1))
    _skills(left, episodes)
    _leads(middle, episodes)
    _calibration(right, episodes)
    figure.tight_layout()
    figure.savefig(PICTURE, metadata={"Date": None})
    for e in episodes:
        sys.stdout.write("| " + " | ".join(_cells(e)) + " |\n")
    sys.stdout.write(f"mean skill {found['skill_mean']:+z.3f}, 90 % ranges hold {found['coverage_90']:.3f}\n")


def _skills(axes: Any, episodes: list[dict[str, Any]]) -> None:
    place = np.arange(len(episodes))[::-1]
    for y, e in zip(place, episodes, strict=True):
        low, high = e["skill_interval"] or (e["skill"], e["skill"])
        axes.plot([max(LEAST, low), high], [y, y], color="#777777", lw=1.5, zorder=1)
        for phase, mark, colour in (("before", "<", "#c25b12"), ("after", ">", "#2b7a3d")):
            found = e["phases"][phase]
            if found["n"] and found["skill"] is not None:
                label = {"before": "before the first count", "after": "after it"}[phase]
                skill = max(LEAST, found["skill"])
                axes.plot(skill, y, mark, color=colour, ms=5, alpha=0.9, label=label if y == place[1] else None)
        axes.plot(max(LEAST, e["skill"]), y, "o", color="#1b5e8c", ms=6, label="in all" if y == place[1] else None)
    axes.axvline(0, color="black", lw=0.8)
    axes.set_yticks(place, [_named(e) for e in episodes])
    axes.set_xlim(LEAST - 0.03, 1.0)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("error below that of the rule chosen on the others (line: 90 % range)")
    axes.legend(fontsize=8, loc="upper right", frameon=True)
    axes.grid(axis="x", color="#e4e4e4")
    axes.set_axisbelow(True)


def _leads(axes: Any, episodes: list[dict[str, Any]]) -> None:
    for e in episodes:
        leads = [p for p in e["by_lead"] if p["n"] >= 20 and p["skill"] is not None][:10]
        if len(leads) > 1:
            line = axes.plot([p["lead"] for p in leads], [max(LEAST, p["skill"]) for p in leads], "o-", lw=1.2, ms=3)[0]
            axes.plot([], [], color=line.get_color(), label=_named(e))
    axes.axhline(0, color="black", lw=0.8)
    axes.set_ylim(LEAST - 0.03, 1.0)
    axes.set_xticks(range(1, 11))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("periods ahead")
    axes.grid(axis="y", color="#e4e4e4")
    axes.set_axisbelow(True)
    axes.legend(fontsize=7, loc="upper right", frameon=False)


def _named(e: dict[str, Any]) -> str:
    return e["id"].replace("_", " ")


def _calibration(axes: Any, episodes: list[dict[str, Any]]) -> None:
    pit = np.mean([e["pit"] for e in episodes], axis=0)
    axes.bar(np.arange(10) / 10 + 0.05, pit, width=0.09, color="#1b5e8c")
    axes.axhline(0.1, color="black", lw=0.8)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.set_xticks([0, 0.5, 1], ["lowest", "middle", "highest"])
    axes.set_xlabel("place of the count in its forecast")
    axes.set_title("counts in each tenth (mean of closures)", fontsize=9)


def _cells(e: dict[str, Any]) -> list[str]:
    best = e["best_naive"]
    band = e["skill_interval"]
    lowest = min(e["crps_naive"], key=lambda rule: e["crps_naive"][rule])
    return [
        f"`{e['id']}`",
        f"{e['n']:,}",
        f"{e['crps']:.3f}",
        f"{e['crps_naive'][best]:.3f} ({best})",
        f"{e['skill']:+z.0%}" + (f" ({band[0]:+z.0%} to {band[1]:+z.0%})" if band else ""),
        f"{e['crps_naive'][lowest]:.3f} ({lowest})",
        *(_phase(e["phases"][phase]) for phase in ("before", "after")),
        f"{e['coverage']['50']:.0%}",
        f"{e['coverage']['90']:.0%}",
    ]


def _phase(p: dict[str, Any]) -> str:
    return f"{p['skill']:+z.0%}" if p["n"] and p["skill"] is not None else "-"


if __name__ == "__main__":
    main()
