"""What a command uses, its wall time, its processor time and its peak memory; and the machine it was measured on."""

from __future__ import annotations

import os
import platform
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Used", "machine", "spent"]


@dataclass(frozen=True)
class Used:
    """What a process printed and used."""

    output: str
    error: str
    seconds: float
    mebibytes: float
    processor: float = 0.0  # seconds of all its threads, which others on the machine disturb less


def spent(command: list[str], timeout: float, **environment: str) -> Used:
    """Run a process to its end; its wall time, processor time and peak memory."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, env={**os.environ, **environment})
        while True:
            done, status, usage = os.wait4(process.pid, os.WNOHANG)
            if done:
                break
            if time.perf_counter() - began > timeout:
                process.kill()
                os.wait4(process.pid, 0)
                return Used("", f"stopped after {timeout:.0f} s", time.perf_counter() - began, 0.0)
            time.sleep(0.005)
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read())
    seconds = time.perf_counter() - began
    unit = 2**20 if platform.system() == "Darwin" else 2**10
    failed = texts[1] if process.returncode else ""
    return Used("" if failed else texts[0], failed, seconds, usage.ru_maxrss / unit, usage.ru_utime + usage.ru_stime)


def machine() -> str:
    """The processor's name and number of cores, and the memory."""
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), name)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30 if hasattr(os, "sysconf") else 0
    return f"{name}, {os.cpu_count()} cores, {memory:.0f} GiB"
