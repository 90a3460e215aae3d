"""Likelihoods that were computed, kept in a file as they come: a fit that was killed looks them up, and so goes on.

The file is a row of records of one length: a hash of the parameters, the ln likelihood, a checksum. They are numbers, not
objects, so reading a file that somebody else wrote runs nothing. The checksum is keyed by what decides the fit, so a record
of another fit is none of this one.
"""

from __future__ import annotations

import hashlib
import os
import struct
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crossings.io.disk import UnreadableError, os_errors_as_input_errors, read_bytes, write_file

PAIR = struct.Struct("<16sd")
CHECK = 8
RECORD = PAIR.size + CHECK
SETTLED_S = 2.0  # a power cut loses at most so much; a killed process loses only what it had not computed to the end

Pair = tuple[bytes, float]


def key_of(values: NDArray[np.float64]) -> bytes:
    """By which a vector of parameters is known again, to the last bit."""
    return hashlib.blake2b(np.ascontiguousarray(values, "<f8").tobytes(), digest_size=16).digest()


class Evaluations:
    """A file of likelihoods. ``known``: those that were there, by `key_of` their parameters.

    run: what decides the fit, as at most 64 bytes. Whatever follows the first record that is not whole is dropped, and
    the file is written without it, so that what is added can be found again. Raises `InputError` where it cannot be written.
    """

    def __init__(self, path: Path, run: bytes) -> None:
        self._path, self._run = path, run
        try:
            there = read_bytes(path)
        except UnreadableError:
            there = b""
        self.known: dict[bytes, float] = {}
        whole = 0
        for start in range(0, len(there) - RECORD + 1, RECORD):
            pair, check = there[start : start + PAIR.size], there[start + PAIR.size : start + RECORD]
            key, value = PAIR.unpack(pair)
            if check != self._check(pair) or not np.isfinite(value):
                break
            self.known[key] = value
            whole = start + RECORD
        write_file(path, there[:whole])
        with os_errors_as_input_errors(path):
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
        self._settled = time.monotonic()

    def _check(self, pair: bytes) -> bytes:
        return hashlib.blake2b(pair, digest_size=CHECK, key=self._run).digest()

    def add(self, pairs: Iterable[Pair]) -> None:
        """Keep what was computed; raises `InputError` where there is no room."""
        packed = (PAIR.pack(*pair) for pair in pairs)
        data = b"".join(pair + self._check(pair) for pair in packed)
        with os_errors_as_input_errors(self._path):
            while data:  # a disk that is nearly full takes a part
                data = data[os.write(self._file, data) :]
            if time.monotonic() - self._settled > SETTLED_S:
                os.fsync(self._file)
                self._settled = time.monotonic()

    def close(self) -> None:
        """Nothing more is added."""
        os.close(self._file)
