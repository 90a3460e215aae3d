"""When a process has had its time, counted in seconds of its processor, so that others on the machine do not matter."""

from __future__ import annotations

import time
from pathlib import Path

__all__ = ["Watch", "processor_s"]

ASLEEP_S = 60.0  # by the clock, all threads waiting for something that does not come: a pipe, a lock


def processor_s(process: int) -> float:
    """Seconds of the processor that a process and its threads have had so far."""
    try:
        return time.clock_gettime((~process << 3) | 2)  # Linux: the clock of a process, by its id
    except OSError:
        return 0.0


class Watch:
    """Looks at a process now and then: whether it has had more than ``limit_s`` of the processor, or sleeps for ``asleep_s``.

    What it had before it was watched does not count.
    """

    def __init__(self, process: int, limit_s: float, asleep_s: float = ASLEEP_S) -> None:
        self.process, self.limit_s, self.asleep_s, self.began = process, limit_s, asleep_s, processor_s(process)
        self.moved, self.had = time.monotonic(), self.began

    def over(self) -> str:
        """Why its time is over; empty while it is not."""
        had, now = processor_s(self.process), time.monotonic()
        if had - self.began > self.limit_s:
            return f"no answer in {self.limit_s:g} s of the processor"
        if had != self.had or self._wants_to_run():
            self.moved, self.had = now, had
        return f"asleep for {self.asleep_s:g} s" if now - self.moved > self.asleep_s else ""

    def _wants_to_run(self) -> bool:
        """A thread is running, or waits for nothing but a processor or a disk."""
        for thread in Path(f"/proc/{self.process}/task").glob("*/stat"):
            try:
                if thread.read_text().rpartition(")")[2].split()[0] in "RD":
                    return True
            except OSError:
                continue
        return False
