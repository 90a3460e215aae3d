"""The command backtest: rolling forecasts of past counts, and what they were worth."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from crossings.cli.formatting import number, numbers, print_json, print_line, print_table, texts
from crossings.cli.option_groups import reads_tables
from crossings.cli.options import Json, argument, option, setting
from crossings.errors import InputError
from crossings.io.faults import counted

if TYPE_CHECKING:
    from crossings.forecasting.camps import Camps
    from crossings.forecasting.episode import Episode

_HORIZON = re.compile(r"(\d{1,4})\s*(d|w|mo|m|h)")
_DAYS = {"h": 1 / 24, "d": 1.0, "w": 7.0, "mo": 30.7, "m": 30.7}


@reads_tables
def backtest(
    directories: Annotated[
        list[Path] | None,
        argument("DIR...", "Folders with counts.csv, crossings.csv and closures.csv, scenarios, or Flee directories."),
    ] = None,
    origins: Annotated[
        str,
        setting(
            "--origins",
            "When forecasts are made: every (period), orders (when one becomes known or takes effect), or dates with commas (the end of that day).",
            "every|orders|DATE,...",
        ),
    ] = "every",
    horizon: Annotated[
        str | None,
        option("--horizon", "How far ahead, such as 30d or 3mo  [default: 30d; 3mo of monthly counts]", "TIME"),
    ] = None,
    atlas: Annotated[
        bool, setting("--atlas", "The bundled closures, each forecast with what the others teach.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Forecast past counts from what was known then, and compare the forecasts with rules of thumb."""
    if bool(directories) == atlas:
        raise InputError("DIR", "give directories, or --atlas", "such as: crossings backtest DIR")
    from crossings.forecasting.camp_judging import judge_camps, together
    from crossings.forecasting.camp_sources import camps_in
    from crossings.forecasting.judging import judge, judge_atlas, open_episode

    ahead = horizon_of(horizon)
    if atlas:
        found = judge_atlas(lambda e: _origins(e, origins), ahead)
    else:
        camps = [(d, camps_in(d)) for d in directories or []]
        episodes = [open_episode(d) for d, found_there in camps if found_there is None]
        found = judge([(e, _origins(e, origins)) for e in episodes], ahead)
        judged = [judge_camps(c, _leads(ahead), _days(c, origins)) for _, c in camps if c is not None]
        if judged:
            found = together(found["episodes"] + judged)
    if as_json:
        print_json(found)
    else:
        _print(found)


def horizon_of(text: str | None) -> dt.timedelta | None:
    """A length of time as written, such as 30d or 3mo; raises InputError for any other."""
    if text is None:
        return None
    match = _HORIZON.fullmatch(text.strip().lower())
    if match is None or int(match[1]) < 1:
        raise InputError("--horizon", f"'{text[:40]}' is not a length of time", "write such as 30d, 2w or 3mo")
    return dt.timedelta(days=int(match[1]) * _DAYS[match[2]])


def _leads(ahead: dt.timedelta | None) -> list[int]:
    """Days ahead for people in camps: 30, 60, 90 as far as the horizon goes; the horizon itself where it is shorter."""
    days = 90 if ahead is None else max(1, ahead.days)
    return list(range(30, days + 1, 30))[:12] or [days]


def _days(camps: Camps, how: str) -> list[int] | None:
    """The days of a case at whose end forecasts are made; None = every 30th."""
    if how in ("every", "orders"):
        return None
    first = dt.datetime.combine(camps.start, dt.time())
    return [day for at in _dates(how) if 0 <= (day := (at - first).days - 1) < camps.days]


def _origins(episode: Episode, how: str) -> list[dt.datetime]:
    from crossings.forecasting.backtest import origins_of

    return origins_of(episode, how) if how in ("every", "orders") else _dates(how)


def _dates(how: str) -> list[dt.datetime]:
    """The ends of days that --origins names, in order."""
    from crossings.forecasting.history import read_when

    found = set()
    for text in how.split(","):
        try:
            found.add(read_when(text, end=True))
        except ValueError:
            hint = "write every, orders, or dates with commas"
            raise InputError("--origins", f"'{text[:40]}' is not understood", hint) from None
    return sorted(found)


def _print(found: dict[str, Any]) -> None:
    rows = []
    for e in found["episodes"]:
        if e["n"]:
            many, *score = _cells(e)
            half = f"{e['coverage']['50']:.0%}"
            rows.append([e["id"], many, number(e["mean_count"]), *score[:-2], _skill(e), half, score[-1]])
        else:
            rows.append([e["id"], "0", *["-"] * 7])
    columns = [
        *texts("closure"),
        *numbers("forecasts", "mean count", "CRPS", "rule's"),
        *texts("best rule on the others"),
    ]
    columns += numbers("skill (90 % range)", "50 % range holds", "90 % range holds")
    note = (
        "CRPS: the error of the whole forecast as a share of the mean count, 0 is best. Skill: by how much it is lower than the "
        "rule's; below zero, as at -21%, it is so much higher, and the rule is the better forecast there. Counts that an order makes zero are left out. "
        "The rule was chosen on the atlas, not on what is scored."
    )
    print_table(
        "Forecasts beside counts, at rolling origins", columns, rows, note=note, empty="no forecast could be made"
    )
    for e in found["episodes"]:
        if e["n"]:
            _print_episode(e)
        for line in e["notes"]:
            print_line(f"{e['id']}: {line}")


def _skill(e: dict[str, Any]) -> str:
    if e["skill"] is None:
        return "-"
    band = e["skill_interval"]
    return f"{e['skill']:+z.0%}" + (f" ({band[0]:+z.0%} to {band[1]:+z.0%})" if band else "")


def _print_episode(e: dict[str, Any]) -> None:
    some = [p for p in e["by_lead"][:12] if p["n"]]
    rows = [[counted(p["lead_days"], "day") if "lead_days" in p else f"period {p['lead']}", *_cells(p)] for p in some]
    rows += [[f"{name} the first count under an order", *_cells(p)] for name, p in e["phases"].items() if p["n"]]
    columns = [
        *texts("lead"),
        *numbers("forecasts", "CRPS", "rule's"),
        *texts("rule"),
        *numbers("skill", "90 % range holds"),
    ]
    print_table(e["id"], columns, rows)


def _cells(p: dict[str, Any]) -> list[str]:
    """How many forecasts, their CRPS, that of the rule, the rule, the skill, and what the range holds."""
    skill = "-" if p["skill"] is None else f"{p['skill']:+z.0%}"
    rule = p["best_naive"]
    return [
        number(p["n"]),
        f"{p['crps']:.3f}",
        f"{p['crps_naive'][rule]:.3f}",
        rule,
        skill,
        f"{p['coverage']['90']:.0%}",
    ]
