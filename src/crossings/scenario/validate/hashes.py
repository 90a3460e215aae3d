"""No two names of a kind may share the hash that their draws are keyed by."""

from __future__ import annotations

from crossings.io.faults import clip
from crossings.scenario.ids import name_hash, queue_name
from crossings.scenario.validate.index import Index


def check_hashes(index: Index) -> None:
    """Add a fault for each two names that one purpose would confuse."""
    draft = index.draft
    tastes: dict[str, str] = {}
    for crossing in draft.crossings.rows:
        tastes[f"crossing:{crossing.value.id}"] = draft.crossings.where(crossing)
    wanted = {row.value.destination for row in draft.demand.rows}
    for stream_name, stream in index.streams.items():
        wanted |= set(stream.destinations)
        for nest in stream.behaviour.nests:
            where = draft.sheet.where("streams", stream_name, "behaviour", "nests", nest) if draft.sheet else ""
            tastes[f"nest:{nest}"] = where
    for place in draft.places.rows:
        # Only destinations are drawn for; of many thousand junctions some two would always share a hash.
        if place.value.id in wanted or place.value.kind in ("reception", "destination"):
            tastes[f"place:{place.value.id}"] = draft.places.where(place)
    tastes["outside"] = "scenario.yaml"
    orders: dict[str, str] = {}
    for row in draft.closures.rows:
        orders.setdefault(f"order:{row.value.order}", draft.closures.where(row))
    queues: dict[str, str] = {}
    for lane in draft.lanes.rows:
        value = lane.value
        queue = queue_name(value.crossing, value.direction, value.side, value.streams)
        queues.setdefault(queue, draft.lanes.where(lane))
    for names in (tastes, orders, queues):
        _check_group(index, names)


def _check_group(index: Index, names: dict[str, str]) -> None:
    first: dict[int, str] = {}
    for name, where in names.items():
        other = first.setdefault(name_hash(name), name)
        if other != name:
            what = f"the names {clip(other)} and {clip(name)} have the same 32-bit hash"
            index.draft.faults.add(where, what, "change one of the names a little")
