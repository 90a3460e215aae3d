"""The checks that look across the files of a scenario. Each adds its faults; none stops the others."""

from __future__ import annotations

from typing import Any

from crossings.io.faults import clip
from crossings.scenario.draft import Draft
from crossings.scenario.entities import Closure
from crossings.scenario.tables import FileRows, Row
from crossings.scenario.validate.crossings import check_geography, check_lanes
from crossings.scenario.validate.distances import check_lengths, check_positions
from crossings.scenario.validate.fit import check_fit
from crossings.scenario.validate.hashes import check_hashes
from crossings.scenario.validate.index import Index
from crossings.scenario.validate.orders import (
    check_claims,
    check_exits,
    check_headcounts,
    check_observations,
    check_orders,
)
from crossings.scenario.validate.size import check_size
from crossings.scenario.validate.streams import check_demand, check_reach, check_stocks, check_streams, check_use

# Tables of who went where hold these beside the ids of crossings.
RESERVED = {"deterred", "stranded", "pending", "outside", "not crossed"}


def check_draft(draft: Draft, *, as_known: bool = False) -> None:
    """Add every fault of a whole scenario to its draft.

    as_known: rows that were published later are left out, so what a fit names need not be there yet.
    """
    index = Index(draft)
    _check_ids(draft)
    if draft.places.named and not draft.places.rows and not draft.places.also:
        draft.faults.add("places.csv", "there is no place", "add rows")
    check_geography(index)
    check_lengths(index)
    check_positions(index)
    check_lanes(index)
    if draft.sheet is not None:
        check_streams(index)
    check_demand(index)
    check_stocks(index)
    check_orders(index, draft.closures)
    check_exits(index)
    check_headcounts(index)
    check_observations(index)
    check_claims(index)
    check_hashes(index)
    if draft.sheet is not None:
        if not as_known:
            check_fit(index)
        check_use(index)
        check_size(index)
        check_reach(index)


def check_settings(draft: Draft) -> None:
    """Add the faults of the settings and streams alone."""
    check_streams(Index(draft))


def check_closures(draft: Draft, added: FileRows[Closure] | None = None) -> None:
    """Add the faults of the closures of a draft, with those of another file if one is ``added``."""
    index = Index(draft)
    if added is None:
        _unique(draft, draft.closures)
        _orders_and_rows(draft, [draft.closures])
        check_orders(index, draft.closures)
    else:
        ids = {row.value.id for row in draft.closures.rows}
        for row in added.rows:
            if row.value.id in ids and row.ok("id"):
                what = f"id {clip(row.value.id)} is a row of the scenario already"
                draft.faults.add(added.where(row), what, "give it an id of its own")
        _unique(draft, added)
        _orders_and_rows(draft, [draft.closures, added])
        merged = FileRows(added.file, draft.closures.rows + added.rows, added.named, added.whole, added.also)
        draft.closures = merged
        check_orders(index, merged)
    check_hashes(index)


def _check_ids(draft: Draft) -> None:
    for name in ("borders", "places", "crossings", "lanes", "closures", "observations", "claims"):
        _unique(draft, draft.table(name))
    _unique(draft, draft.roads, "name")
    for row in draft.crossings.rows:
        if row.ok("id") and row.value.id in RESERVED:
            what = f"id {clip(row.value.id)} is a word of the results"
            draft.faults.add(draft.crossings.where(row), what, f"give it another, such as '{row.value.id} crossing'")
    _orders_and_rows(draft, [draft.closures])


def _unique(draft: Draft, table: FileRows[Any], field: str = "id") -> None:
    """No two rows of a table have one id; a road without an id is called FROM--TO."""
    first: dict[str, Row[Any]] = {}
    for row in table.rows:
        if not row.ok("id") or (field == "name" and not row.ok("from_", "to") and not row.value.id):
            continue
        name = getattr(row.value, field)
        other = first.setdefault(name, row)
        if other is not row:
            earlier = f"row {other.line}" if other.line else "an earlier row"
            what = f"{'road' if field == 'name' else 'id'} {clip(name)} is also on {earlier}"
            draft.faults.add(table.where(row), what, "give each row an id of its own")


def _orders_and_rows(draft: Draft, tables: list[FileRows[Closure]]) -> None:
    """A word after ``--without`` means one thing: a row's id is not the name of another order, or of a longer one."""
    rows_of: dict[str, int] = {}
    for table in tables:
        for row in table.rows:
            if row.ok("order"):
                rows_of[row.value.order] = rows_of.get(row.value.order, 0) + 1
    for table in tables:
        for row in table.rows:
            name = row.value.id
            if row.ok("id", "order") and name in rows_of and (name != row.value.order or rows_of[name] > 1):
                what = f"id {clip(name)} is also the name of an order"
                draft.faults.add(table.where(row), what, "give the row an id that no order has")
