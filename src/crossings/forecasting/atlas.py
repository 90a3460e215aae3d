"""The bundled closures: real borders with orders and counts, each a folder of three files with its sources."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from crossings.errors import check_known
from crossings.forecasting.episode import Episode, Order, Site, distance_km
from crossings.forecasting.history import is_folder_of_three, read_folder, read_orders
from crossings.forecasting.priors import priors

FOLDER = Path(__file__).resolve().parent.parent / "atlas"
NEAR_KM, NEAR_DAYS = 3.0, 2.0  # within which two orders are the same one


def names() -> list[str]:
    """The names of the bundled closures."""
    return sorted(p.name for p in FOLDER.iterdir() if p.is_dir() and is_folder_of_three(p)) if FOLDER.is_dir() else []


@lru_cache(maxsize=32)
def read(name: str) -> Episode:
    """A bundled closure; raises InputError with the nearest name if there is none."""
    check_known("atlas", "closure", [name], names())
    return read_folder(FOLDER / name)


def title(name: str) -> str:
    """The heading of its page, or its name."""
    page = FOLDER / name / "episode.md"
    if not page.is_file():
        return name.replace("_", " ")
    return page.read_text(encoding="utf-8").splitlines()[0].lstrip("# ").strip()


def held(episode: Episode) -> tuple[str, ...]:
    """The bundled closures that are this one, whatever its folder is called: what they teach is no evidence about it.

    Told by the name, or by an order that begins within two days of one of theirs, at a crossing less than three kilometres away
    (of the same id, where no position is known).
    """
    mine = [(order, episode.sites.get(c)) for order in episode.orders for c in order.crossings]
    return tuple(
        name
        for name in names()
        if name == episode.id
        or any(
            site is not None and _same(order, site, other, where)
            for other, where in _orders(name)
            for order, site in mine
        )
    )


def priors_for(episode: Episode) -> tuple[dict[str, Any], Episode]:
    """What other closures teach, and the episode with a note where the atlas holds it, under whatever name its files lie here."""
    known = held(episode)
    if any(name != episode.id for name in known):
        note = f"the atlas has this closure as {', '.join(known)}: what it taught is left out"
        episode = replace(episode, notes=(*episode.notes, note))
    return priors(*known), episode


def _same(order: Order, site: Site, other: Order, where: Site) -> bool:
    if abs((order.start - other.start).total_seconds()) > NEAR_DAYS * 86_400:
        return False
    apart = distance_km(site, where)
    return site.id == where.id if apart != apart else apart <= NEAR_KM


@lru_cache(maxsize=32)
def _orders(name: str) -> tuple[tuple[Order, Site], ...]:
    orders, sites = read_orders(FOLDER / name)
    return tuple((order, sites[c]) for order in orders for c in order.crossings)
