"""Travellers as numbers: the hashes that they are counted from (docs/model.md, section 2), and rows as record arrays."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def base_id(stream: str, origin: str = "", destination: str = "", date: str = "", *, day_factor: bool = False) -> int:
    """The 64-bit BLAKE2b that a (stream, origin, destination, date) counts its travellers from."""
    text = f"{stream}|{date}" if day_factor else f"{stream}|{origin}|{destination}|{date}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def base_ids(stream: str, origin: str, destination: str, dates: Iterable[dt.date]) -> dict[dt.date, int]:
    """``base_id`` of each of many dates; what they have in common is hashed once."""
    common = hashlib.blake2b(f"{stream}|{origin}|{destination}|".encode(), digest_size=8)
    out = {}
    for date in dates:
        whole = common.copy()
        whole.update(date.isoformat().encode())
        out[date] = int.from_bytes(whole.digest(), "little")
    return out


def records(dtype: np.dtype[Any], rows: Iterable[tuple[Any, ...]]) -> NDArray[Any]:
    """Rows to a record array, each in the order of the dtype's fields."""
    return np.array(list(rows), dtype)
