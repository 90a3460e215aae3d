"""Names as numbers: draws are keyed by a 32-bit hash of a name, so two names of a kind must not share one."""

from __future__ import annotations

from hashlib import blake2b


def name_hash(name: str) -> int:
    """BLAKE2b of 4 bytes of a name, read little-endian (docs/model.md, section 2).

    >>> name_hash("outside") < 2**32
    True
    """
    return int.from_bytes(blake2b(name.encode(), digest_size=4).digest(), "little")


def queue_name(crossing: str, direction: str, side: str, streams: tuple[str, ...]) -> str:
    """The name of a queue; the order of its streams does not matter.

    >>> queue_name("vaalimaa", "FI", "entry", ("car", "asylum"))
    'queue:vaalimaa|FI|entry|asylum;car'
    """
    return f"queue:{crossing}|{direction}|{side}|{';'.join(sorted(set(streams)))}"
