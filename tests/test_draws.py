"""Draws: Philox against published vectors, the laws made from it against other implementations, keys and nothing else."""

from __future__ import annotations

import dataclasses
import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import tiny
from crossings.kernel.core import draws
from crossings.model import Model
from crossings.model.hashes import base_id
from crossings.simulation.outcome import simulate_once

U64 = np.uint64
SEED = U64(20231117)
ZERO = U64(0)
LEAST, MOST = 2.0**-53, 1.0 - 2.0**-53  # the ends of the uniforms


def words(text):
    return [U64(int(word, 16)) for word in text.split()]


# Known answers published with the generator (Salmon et al. 2011, Random123, kat_vectors: philox4x32 10).
VECTORS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


@pytest.mark.parametrize(("counter", "key", "expected"), VECTORS)
def test_philox_gives_the_published_words(counter, key, expected):
    assert [int(w) for w in draws.philox(*words(counter), *words(key))] == [int(w) for w in words(expected)]


def test_uniforms_are_made_of_the_words_as_documented():
    # (id, item, purpose, count, seed) chosen so that the counter and key are those of the third published vector.
    who, seed = U64(0x85A308D3243F6A88), U64(0x299F31D0A4093822)
    first, second = draws.uniforms(seed, who, U64(0x13198A2E), 0x03, 0x707344)
    w0, w1, w2, w3 = 0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1
    assert first == (((w1 << 32 | w0) >> 12) + 0.5) * 2.0**-52
    assert second == (((w3 << 32 | w2) >> 12) + 0.5) * 2.0**-52
    assert draws.uniform(seed, who, U64(0x13198A2E), 0x03, 0x707344) == first


def uniforms(n, item=ZERO, purpose=draws.TASTE, count=0, first=1):
    return draws.uniform_array(SEED, U64(first), n, U64(item), purpose, count)


def test_uniforms_are_uniform_and_keys_do_not_correlate():
    n = 50_000
    columns = [
        uniforms(n),
        uniforms(n, item=7),
        uniforms(n, purpose=draws.KNOW),
        uniforms(n, count=1),
        uniforms(n, first=2),  # the next traveller's
        draws.uniform_array(SEED + U64(1), U64(1), n, ZERO, draws.TASTE, 0),  # the next seed's
        draws.uniform_array(SEED + U64(2**32), U64(1), n, ZERO, draws.TASTE, 0),  # the seed's high word counts
    ]
    for column in columns:
        assert stats.kstest(column, "uniform").pvalue > 1e-4
    pairs = np.corrcoef(columns)[np.triu_indices(len(columns), 1)]
    assert np.abs(pairs).max() < 4.5 / math.sqrt(n)


def test_normal_quantile_against_the_standard_library():
    exact = NormalDist().inv_cdf
    tails = [2.0**-k for k in range(2, 54)]
    for p in [*np.linspace(0.001, 0.999, 999), *tails, *(1.0 - t for t in tails)]:
        assert math.isclose(draws.normal_quantile(float(p)), exact(float(p)), rel_tol=1e-13, abs_tol=1e-15)


def within_a_rounding(mu, u, n):
    """Whether n is the Poisson quantile but for rounding of the distribution function."""
    slack = 1e-15 + 4e-16 * max(1.0, mu * math.log(max(mu, 2.0)))
    below = stats.poisson.cdf(n - 1, mu) if n else 0.0
    return below < u * (1 + slack) + 1e-15 and stats.poisson.cdf(n, mu) >= u * (1 - slack) - 1e-15


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.floats(-9, 7).map(lambda x: 10.0**x), st.floats(1e-9, 1 - 1e-7))
def test_poisson_quantile_against_scipy(mu, u):
    n = draws.poisson_quantile(u, mu)
    assert n == stats.poisson.ppf(u, mu) or within_a_rounding(mu, u, n)


@pytest.mark.parametrize("mu", [1e-12, 0.3, 7.0, 740.0, 1e4, 1e6, 1e8])
def test_poisson_quantile_at_the_ends(mu):
    least, most = draws.poisson_quantile(LEAST, mu), draws.poisson_quantile(MOST, mu)
    assert max(0.0, mu - 9.5 * math.sqrt(mu) - 1) <= least <= most <= mu + 9.5 * math.sqrt(mu) + 25


def test_poisson_quantile_of_nothing():
    assert draws.poisson_quantile(0.5, 0.0) == 0


def test_poisson_numbers_by_chi_square():
    mu, n = 3.7, 40_000
    counts = np.bincount([draws.poisson_quantile(u, mu) for u in uniforms(n, purpose=draws.NUMBER)], minlength=12)
    expected = n * stats.poisson.pmf(np.arange(11), mu)
    observed = np.append(counts[:11], counts[11:].sum())
    assert stats.chisquare(observed, np.append(expected, n - expected.sum())).pvalue > 1e-4


@pytest.mark.parametrize("shape", [0.04, 0.25, 0.9, 1.0, 2.5, 4.0, 400.0])
def test_gamma_law(shape):
    drawn = [draws.gamma(SEED, U64(i), U64(9), draws.SERVICE, 0, shape) for i in range(20_000)]
    assert stats.kstest(drawn, stats.gamma(shape).cdf).pvalue > 1e-4


def test_gamma_draws_of_one_traveller_in_several_queues_differ():
    drawn = [draws.gamma(SEED, U64(1), U64(9), draws.SERVICE, 256 * n, 0.5) for n in range(2000)]
    assert len(set(drawn)) == 2000
    assert stats.kstest(drawn, stats.gamma(0.5).cdf).pvalue > 1e-4


@pytest.mark.parametrize(
    ("cv", "law"),
    [
        (1.0, stats.expon(scale=600_000)),
        (0.5, stats.gamma(4, scale=150_000)),
        (2.0, stats.gamma(0.25, scale=2_400_000)),
    ],
)
def test_service_times_have_their_mean_and_law(cv, law):
    drawn = np.array([draws.service_ms(SEED, U64(i), U64(3), 0, 600_000.0, cv) for i in range(20_000)])
    assert (
        stats.kstest(drawn + uniforms(20_000) - 0.5, law.cdf).pvalue > 1e-4
    )  # spread over the ms they were rounded to
    assert abs(drawn.mean() - 600_000) < 4 * drawn.std() / math.sqrt(drawn.size)


def test_fixed_service_is_rounded_half_to_even():
    assert [draws.service_ms(SEED, U64(1), U64(3), 0, mean, 0.0) for mean in (0.5, 1.5, 2.5)] == [0, 2, 2]


def test_journey_factor_is_lognormal_with_mean_one():
    cv = 0.4
    sigma = math.sqrt(math.log1p(cv * cv))
    drawn = np.array([draws.journey_factor(SEED, U64(i), sigma) for i in range(20_000)])
    assert stats.kstest(drawn, stats.lognorm(sigma, scale=math.exp(-sigma * sigma / 2)).cdf).pvalue > 1e-4
    assert abs(drawn.mean() - 1) < 4 * drawn.std() / math.sqrt(drawn.size)
    assert draws.journey_factor(SEED, U64(5), 0.0) == 1.0


# --- keyed by who and what for, never by order or number ---------------------------------------


def everybody(scenario, seed=5):
    """id -> all that happened to the traveller: times, choice, visits."""
    model = Model(scenario)
    out = simulate_once(model, seed)
    found = {}
    visits = {}
    for v in out.visits:
        gate = model.gates[v["gate"]]
        visits.setdefault(int(v["traveller"]), []).append(
            (gate.crossing, gate.stream, *(int(v[f]) for f in ("arrival", "begin", "end")))
        )
    for i, (who, fate) in enumerate(zip(out.crowd, out.fate, strict=True)):
        times = int(who["created"]), int(who["leave"]), int(fate["crossed"]), int(fate["state"])
        found[int(who["who"])] = (*times, float(fate["hours"]), visits.get(i, []))
    assert len(found) == out.crowd.size
    return found


BEHAVIOUR = {"gamma": 1.0, "knowledge_delay_h": 5.0, "journey_cv": 0.5, "outside_km": 500.0, "give_up": 0.3}
ORDERS = (tiny.closed("order", "north", (1, 12), announced=(1, 0)),)


def map_of(**parts):
    return tiny.two_crossings(streams=tiny.people(**BEHAVIOUR), closures=ORDERS, **parts)


def test_ids_are_documented_hashes():
    scenario = map_of(stocks=(tiny.rush_hour(3, hazard=1.0),), demand=(tiny.flow(4.0, destination=None),))
    ids = set(everybody(scenario))
    assert {(base_id("people", "home") + j) % 2**64 for j in range(3)} <= ids
    inflow = ids - {(base_id("people", "home") + j) % 2**64 for j in range(3)}
    assert inflow
    assert all((i - base_id("people", "home", "", "2024-01-01")) % 2**64 < 100 for i in inflow)


def test_a_traveller_is_the_same_alone_and_among_others():
    alone = everybody(map_of(stocks=(tiny.rush_hour(1, hazard=1.0),)))
    among = everybody(
        map_of(stocks=(tiny.rush_hour(500, hazard=1.0),), demand=(tiny.flow(50.0, 0, 2, destination=None),))
    )
    assert len(among) > 550
    for who, story in alone.items():
        assert among[who] == story


def test_more_demand_adds_people_and_changes_none():
    less = everybody(map_of(demand=(tiny.flow(40.0, 0, 2),)))
    more = everybody(map_of(demand=(tiny.flow(60.0, 0, 2),)))
    assert len(more) > len(less) > 60
    assert {who: more[who] for who in less} == less


def test_order_of_rows_and_of_names_does_not_matter():
    demand = (
        tiny.flow(30.0, 0, 1),
        tiny.flow(20.0, 1, 2, destination="south b"),
        tiny.flow(10.0, 0, 2, origin="north a"),
    )
    stock = (tiny.rush_hour(50, hazard=0.5),)
    plain = map_of(
        demand=demand, stocks=stock, lanes=(tiny.lane("north", 20.0, cv=1.0), tiny.lane("south", 9.0, cv=0.5))
    )
    tables = ("places", "roads", "crossings", "lanes", "demand")
    turned = dataclasses.replace(plain, **{name: getattr(plain, name)[::-1] for name in tables})
    assert len(everybody(plain)) > 100
    assert everybody(turned) == everybody(plain)
