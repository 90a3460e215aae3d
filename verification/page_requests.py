"""The page asked thousands of times, rightly and wrongly: no answer is a fault of the server's, and its memory stays.

    python verification/page_requests.py --requests 10000 --seed 1

A server of `two-crossings` gets requests of every kind from four clients at once: good ones (scenarios, expected flows, answers,
access, runs started and stopped), bodies with a value changed or cut off, deep or endless JSON, zips with bytes changed, paths
that lead elsewhere, other methods, foreign hosts and origins, headers that never end. Every answer has a status below 500 (503
says that it is busy), and JSON where it says so, without a value that JSON has not. Exit status 1 if one has not, if the server
ends, or if it holds over 64 MiB more at the end than after the first half.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import io
import json
import random
import re
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

EXAMPLE = Path(__file__).resolve().parent.parent / "src" / "crossings" / "examples" / "two_crossings"
MORE_MIB = 64
BUSY = 503
VALUES: list[Any] = [
    *(None, True, -1, 0, 1e308, -1e308, 10**400, 0.5, "", "x" * 5000, "\0", "\ud800", "../../etc/passwd", "NaN"),
    *([], {}, [[]], {"a": 1}, "2024-03-11T00:00", "9999-12-31T23:59", "0001-01-01", "hill", "served"),
]
PATHS = [
    "/",
    "/api/openapi.json",
    "/api/scenarios",
    "/api/scenarios/two-crossings",
    "/api/scenarios/..%2f..%2fetc%2fpasswd",
    "/../SECURITY.md",
]
PATHS += [
    "/api/runs/none",
    "/api/" + "x" * 3000,
    "/%00",
    "/static/../../x",
    "//",
    "/api/scenarios?x=" + "y" * 2000,
    "/api/runs/0/report.html",
    "/api/languages/fi",
    "/api/languages/..%2f..%2fen",
    "/api/languages/xx",
    "/api/runs/0/brief.pdf?stream=seekers",
    "/api/runs/0/brief.%2e%2e?stream=x",
    "/api/runs/0/who-went-where.svg?stream=%3Cscript%3E&width=1e9&before=%00",
    "/api/claims/0?have=-1",
]

Asked = tuple[str, str, bytes, dict[str, str]]  # method, path, body, headers


def change(chance: random.Random) -> dict[str, Any]:
    """One thing tried on the page."""
    day = f"2024-03-{chance.randint(4, 17):02}T{chance.randint(0, 23):02}:{chance.randint(0, 59):02}"
    return chance.choice(
        [
            {
                "do": "order",
                "name": chance.choice(["v", "w"]),
                "crossings": [chance.choice(["hill", "river"])],
                "from": day,
            },
            {
                "do": "order",
                "name": "v",
                "crossings": ["river"],
                "from": day,
                "kind": "quota",
                "value": str(chance.choice([0, 5])),
            },
            {"do": "leave_out", "id": "hill-closed"},
        ]
    )


def body(chance: random.Random) -> dict[str, Any]:
    """A question that is in order."""
    return {"scenario": "two-crossings", "changes": [change(chance) for _ in range(chance.randint(0, 2))]}


def good(chance: random.Random) -> Asked:
    """A request as the page makes it."""
    path, more = chance.choice(
        [
            ("/api/expected", {}),
            ("/api/answer", {"stream": "seekers"}),
            ("/api/access", {"stream": "seekers", "on": "2024-03-12"}),
            ("/api/expected.csv", {}),
        ]
    )
    return "POST", path, json.dumps(body(chance) | more).encode(), {"content-type": "application/json"}


def look(chance: random.Random) -> Asked:
    """Something to be had, or not, by any method."""
    return (
        chance.choice(["GET", "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "X"]),
        chance.choice(PATHS),
        b"",
        {},
    )


def spoilt(chance: random.Random) -> Asked:
    """A question with a value changed, a key too many, or bytes missing."""
    asked = body(chance)
    at: Any = asked if chance.random() < 0.5 or not asked["changes"] else asked["changes"][0]
    at[
        chance.choice(
            [*at, "stream", "seeds", "at", "on", "without", "language", "options", "counts", "against", "only"]
        )
    ] = chance.choice(VALUES)
    raw = json.dumps(asked).encode()
    if chance.random() < 0.2:
        raw = raw[: chance.randrange(len(raw))] + chance.choice([b"", b"\xff", b"NaN", b"[" * 50_000, b'{"a":' * 5000])
    path = chance.choice(
        [
            "/api/expected",
            "/api/answer",
            "/api/access",
            "/api/options",
            "/api/forecast",
            "/api/scenario.zip",
            "/api/runs",
            "/api/claims",
            "/api/expected.csv",
        ]
    )
    return (
        "POST",
        path,
        raw,
        {"content-type": chance.choice(["application/json"] * 5 + ["text/plain", "application/zip"])},
    )


def foreign(chance: random.Random) -> Asked:
    """A request of another site, or with headers that nobody sends."""
    headers = chance.choice(
        [
            {"host": "evil.example"},
            {"origin": "http://evil.example"},
            {"host": ""},
            {"x": "y" * 9000},
            {"content-length": "-1"},
            {"authorization": "Bearer x"},
        ]
    )
    return "POST", "/api/expected", json.dumps(body(chance)).encode(), {"content-type": "application/json"} | headers


def packed(chance: random.Random) -> Asked:
    """An upload, mostly with bytes changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for file in sorted(EXAMPLE.iterdir()):
            if file.is_file():
                archive.write(file, chance.choice(["", "a/", "../" if chance.random() < 0.2 else ""]) + file.name)
    raw = bytearray(out.getvalue())
    for _ in range(chance.choice([0, 1, 5, 50])):
        raw[chance.randrange(len(raw))] = chance.randrange(256)
    return "POST", "/api/scenarios", bytes(raw), {"content-type": "application/zip"}


KINDS: list[tuple[int, Callable[[random.Random], Asked]]] = [
    (30, good),
    (25, look),
    (30, spoilt),
    (10, foreign),
    (3, packed),
]


class Server:
    """The page in a process of its own."""

    def __init__(self) -> None:
        line = [sys.executable, "-m", "crossings.cli", "serve", "two-crossings", "--port", "0"]
        self.process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", said)
        if found is None:
            raise SystemExit(f"it did not start: {said}")
        self.port = int(found[1])
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def mib(self) -> float:
        """Memory that it holds."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]


def answered(port: int, asked: Asked) -> str:
    """The status of an answer as text, or what is wrong with it."""
    method, path, raw, headers = asked
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        line.putrequest(method, path, skip_host="host" in headers, skip_accept_encoding=True)
        for name, value in ({"content-length": str(len(raw))} | headers).items():
            line.putheader(name, value)
        line.endheaders(raw)
        answer = line.getresponse()
        said = answer.read()
    except (http.client.HTTPException, ConnectionError):
        return "closed"  # the server may end a connection on which nonsense comes
    except ValueError:
        return "not sent"
    finally:
        line.close()
    if answer.status >= 500 and answer.status != BUSY:
        return f"wrong: {answer.status} for {method} {path[:60]}: {raw[:200]!r}: {said[:200]!r}"
    if said and "json" in (answer.getheader("content-type") or "") and method != "HEAD":
        try:
            json.loads(said, parse_constant=lambda word: 1 / 0)
        except (ValueError, ZeroDivisionError):
            return f"wrong: no JSON for {method} {path[:60]}: {raw[:200]!r}: {said[:200]!r}"
    return str(answer.status)


def started_and_stopped(port: int, chance: random.Random) -> str:
    """A run begun, and ended before its time."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(line), contextlib.suppress(http.client.HTTPException, ConnectionError):
        line.request(
            "POST", "/api/runs", json.dumps(body(chance) | {"seeds": 20}), {"content-type": "application/json"}
        )
        first = line.getresponse()
        said = first.read()
        if first.status >= 400:
            return (
                str(first.status)
                if first.status < 500 or first.status == BUSY
                else f"wrong: {first.status}: {said[:200]!r}"
            )
        line.request("DELETE", f"/api/runs/{json.loads(said)['id']}")
        return str(line.getresponse().status)
    return "closed"


def half_sent(port: int, chance: random.Random) -> str:
    """A request whose headers never end."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(b"POST /api/expected HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"y" * chance.randrange(3000))
        if chance.random() < 0.1:
            time.sleep(1)
    return "half sent"


def main(arguments: list[str] | None = None) -> int:
    """Ask; 1 if an answer is wrong, the server ended, or its memory grew."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    began, server, found, failed = time.monotonic(), Server(), Counter[str](), 0

    def one(number: int) -> str:
        chance = random.Random(f"{given.seed} {number}")
        if number % 50 == 0:
            return started_and_stopped(server.port, chance)
        if number % 50 == 25:
            return half_sent(server.port, chance)
        (kind,) = chance.choices([kind for _, kind in KINDS], [weight for weight, _ in KINDS])
        return answered(server.port, kind(chance))

    sizes = []
    try:
        with ThreadPoolExecutor(4) as clients:
            for half in (range(given.requests // 2), range(given.requests // 2, given.requests)):
                for number, said in zip(half, clients.map(one, half), strict=True):
                    found[said if not said.startswith("wrong") else "wrong"] += 1
                    if said.startswith("wrong"):
                        failed += 1
                        print(f"request {number}: {said}", flush=True)
                time.sleep(2)  # what was cancelled ends
                sizes.append(server.mib())
        failed += server.process.poll() is not None
    finally:
        server.process.terminate()
        server.process.wait(30)
    kinds = ", ".join(f"{n:,} {kind}" for kind, n in sorted(found.items()))
    print(f"{sum(found.values()):,} requests in {time.monotonic() - began:,.0f} s: {kinds}")
    print(f"memory: {sizes[0]:,.0f} MiB after the first half, {sizes[1]:,.0f} MiB at the end")
    return 1 if failed or sizes[1] - sizes[0] > MORE_MIB else 0


if __name__ == "__main__":
    sys.exit(main())
