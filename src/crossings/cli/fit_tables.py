"""Tables of what was learned: prior beside posterior, predictions beside counts, naive forecasts beside both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import crossings as cx
from crossings.cli.formatting import median, number, numbers, print_json, print_table, print_text, texts
from crossings.io.faults import counted

if TYPE_CHECKING:
    from crossings.calibration.fitness import Fitness
    from crossings.calibration.score import Score


def print_prior(problem: cx.Problem, seed: int, as_json: bool) -> None:
    """The counts, and what the priors alone say of them."""
    from crossings.calibration.fit import prior_alone
    from crossings.calibration.predictive import predict

    found = predict(prior_alone(problem, seed), problem, problem.cells, seed=seed)
    low, mid, high = (found.quantile(q) for q in (0.05, 0.5, 0.95))
    rows = [
        {"id": c.id, "low": c.low, "high": None if c.high == float("inf") else c.high, "p05": a, "p50": b, "p95": d}
        for c, a, b, d in zip(problem.cells, low.tolist(), mid.tolist(), high.tolist(), strict=True)
    ]
    if as_json:
        print_json({"scenario": problem.scenario.settings.name, "prior_predictive": rows})
        return
    lines = [[r["id"], f"{number(r['low'])}+" if r["high"] is None else _count(r), median(r)] for r in rows]
    heads = [*texts("count"), *numbers("counted", "expected by the priors")]
    print_table(
        f"{problem.scenario.settings.name}: before any fit", heads, lines, note="Median (5th to 95th percentile)."
    )


def print_fit(found: cx.Fit, problem: cx.Problem, fits: Fitness | None) -> None:
    """Prior beside posterior, and whether the model fits the counts."""
    rows = []
    for r in found.table().to_dicts():
        before = f"{_n(r['prior_p50'])} ({_n(r['prior_p05'])} to {_n(r['prior_p95'])})"
        after = f"{_n(r['p50'])} ({_n(r['p05'])} to {_n(r['p95'])})"
        rows.append([r["parameter"], r["unit"] or "-", before, after, f"{r['contraction']:z.2f}", r["verdict"]])
    heads = [*texts("parameter", "unit"), *numbers("prior", "posterior", "contraction"), *texts("")]
    when = f" through {problem.until}" if problem.until else ""
    took = f" in {found.seconds:.0f} s" if found.seconds else ""  # none: it was there already
    note = (
        f"Median (5th to 95th percentile). Contraction: 1 - sd of posterior / sd of prior. {counted(len(problem.cells) + len(problem.headcounts), 'count')}{when}; "
        f"ln evidence {found.evidence:.2f} ± {found.evidence_error:.2f}; effective sample size {found.effective:,.0f}; "
        f"{counted(found.evaluations, 'evaluation')}{took}."
    )
    print_table(f"{problem.scenario.settings.name}: learned of {', '.join(found.streams)}", heads, rows, note=note)
    if fits is not None:
        print_text(fits.told)
    if found.idle:
        print_text(f"Not learned, as what they act on was not known yet: {', '.join(found.idle)}.")


def _count(r: dict[str, Any]) -> str:
    return number(r["low"]) if r["low"] == r["high"] else f"{number(r['low'])}-{number(r['high'])}"


def _n(value: float) -> str:
    return f"{value:.2g}" if abs(value) < 10 else f"{value:,.0f}"


def print_places(found: cx.Fit, problem: cx.Problem, day: str, as_json: bool) -> None:
    """How a fit to counts at places does on days it has not seen."""
    from crossings.calibration.place_scores import score_places

    held = score_places(found, problem, day)
    if as_json:
        print_json(held.to_json() | {"scenario": problem.scenario.settings.name, "until": found.until, "after": day})
        return
    rows = [
        ["fitted", f"{held.before_fitted:.3f}", f"{held.fitted:.3f} ({held.low:.3f}-{held.high:.3f})"],
        ["as the scenario is", f"{held.before_unfitted:.3f}", f"{held.unfitted:.3f}"],
        *([f"naive: {name}", "-", f"{value:.3f}"] for name, value in held.naive.items()),
    ]
    heads = [*texts(""), *numbers(f"through {found.until}", "after")]
    print_table(
        f"{problem.scenario.settings.name}: average relative difference of counts at places",
        heads,
        rows,
        note=f"Mean over {counted(held.days, 'day')} of sum |simulated - counted| / sum counted; totals are given, so it says where people go. "
        "In brackets: 5th to 95th percentile of the posterior's draws.",
    )


def print_score(scores: dict[str, Score], found: cx.Fit, influential: dict[str, float]) -> None:
    """Predictions beside counts, and the measures beside those of naive forecasts."""
    from crossings.calibration.score import GIVEN

    one = scores["later"]
    rows = [
        [
            r["crossings"].replace(";", ", "),
            f"{r['from'][5:16].replace('T', ' ')} to {r['until'][5:16].replace('T', ' ')}",
            _count(r),
            median(r),
            f"{r['crps']:.1f}",
        ]
        for r in one.rows()
    ]
    heads = [*texts("crossings", "period"), *numbers("count", "predicted", "CRPS")]
    print_table(f"Counts after {found.until}, {GIVEN['later']}", heads, rows, note="Median (5th to 95th percentile).")
    shown = [(f"fit, {which}", s) for which, s in scores.items()]
    shown += [(f"pool with climatology, {which}", p) for which, s in scores.items() if (p := s.of_pool) is not None]
    lines = []
    for name, s in shown:
        inside = [f"{s.coverage(share):.2f}" for share in (0.5, 0.9)]
        lines.append(
            [name, f"{s.mae:.1f}", f"{s.crps:.1f}", f"{s.interval_score():.0f}", *inside, f"{s.width():.0f}", "-"]
        )
    crps, mae, skill = one.crps_naive(), one.mae_naive, one.skill()
    lines += [
        [
            f"naive: {name}" if name in mae else name,
            f"{mae[name]:.1f}" if name in mae else "-",
            f"{value:.1f}",
            *["-"] * 4,
            "-" if (s_ := skill[name]) is None else f"{s_[0]:+z.0%} ({s_[1]:+z.0%} to {s_[2]:+z.0%})",
        ]
        for name, value in crps.items()
    ]
    heads = [*texts(""), *numbers("mean abs. error", "CRPS", "interval score 90%", "in 50%", "in 90%", "width of 90%")]
    heads += numbers("skill of the fit")
    print_table(
        f"{counted(one.n, 'count')}, held out but not blind",
        heads,
        lines,
        note="then: only orders known by the fit's last day; later: all. CRPS of a naive forecast: with Poisson scatter, or its "
        "absolute error if that is less. Smaller is better. in 50%, in 90%: share of counts inside the central interval. pool: the fit and counts of days at open crossings, in equal parts. Skill: how much lower the fit's CRPS is "
        f"(later), with the 90 % range of a paired bootstrap over days. Left out: {counted(one.zero, 'count')} that orders make zero.",
    )
    print_text("Counts in each tenth of their forecast, from below: " + " ".join(f"{v:.0%}" for v in one.pit()) + ".")
    moved = ", ".join(f"{name} ({share:+z.0%})" for name, share in influential.items())
    print_text(f"Counts without which the predicted total would be over 25% more or less: {moved or 'none'}.")
