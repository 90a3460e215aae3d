"""All compiled code: arrays in, arrays out."""

from __future__ import annotations

from crossings.kernel.core.cache import KERNEL_HASH, is_compiled

__all__ = ["KERNEL_HASH", "is_compiled"]
