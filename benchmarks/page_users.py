"""Twenty people at the page for a minute: how long the answers take, and whether any fails.

    python benchmarks/page_users.py [--people 20] [--seconds 60] [--scenario finland-2023]

Starts `crossings serve` as a process of its own. Each person opens the scenario, then again and again closes a crossing from
some day on, for some stream, and looks at the answer for about a second. No two ask for the same variant. Prints, for each
kind of question, how many were asked, how many failed, and the median, 95th percentile and longest answer.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import defaultdict
from datetime import date, timedelta


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--people", type=int, default=20)
    reader.add_argument("--seconds", type=float, default=60.0)
    reader.add_argument("--scenario", default="finland-2023")
    given = reader.parse_args()
    command = [sys.executable, "-m", "crossings.cli", "serve", given.scenario, "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        address = server.stdout.readline().strip().split()[-1]
        crowd(address, given.people, given.seconds)
    finally:
        server.terminate()
        server.wait(20)


def ask(address: str, path: str, body: object = None) -> dict:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{address}api/{path}", data, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def crowd(address: str, people: int, seconds: float) -> None:
    took: dict[str, list[float]] = defaultdict(list)
    failed: dict[str, list[str]] = defaultdict(list)
    lock = threading.Lock()

    def timed(what: str, path: str, body: object = None) -> dict | None:
        begun = time.perf_counter()
        try:
            found = ask(address, path, body)
        except (OSError, ValueError) as error:
            with lock:
                failed[what].append(str(error))
            return None
        with lock:
            took[what].append(time.perf_counter() - begun)
        return found

    first = ask(address, "scenarios")["first"]
    until = time.perf_counter() + seconds

    def person(number: int) -> None:
        draw = random.Random(number)
        view = timed("scenario", f"scenarios/{first}")
        while view is not None and time.perf_counter() < until:
            crossing = draw.choice(view["crossings"])["id"]
            stream = draw.choice(view["streams"])["id"]
            day = date.fromisoformat(draw.choice(view["days"][: len(view["days"]) // 2]))
            hour = draw.randrange(24)
            change = {"do": "order", "name": f"{crossing} shut", "crossings": [crossing], "kind": "closed"}
            change |= {"from": f"{day}T{hour:02}:00", "until": f"{day + timedelta(days=draw.randrange(1, 20))}T00:00"}
            asked = {"scenario": first, "changes": [change]}
            timed("expected", "expected", asked | {"stream": stream})
            timed("access", "access", asked | {"stream": stream, "on": f"{view['days'][3]}T12:00"})
            time.sleep(draw.uniform(0.5, 1.5))

    threads = [threading.Thread(target=person, args=(k,)) for k in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"{people} people, {seconds:g} s")
    print(f"{'question':<10} {'asked':>6} {'failed':>6} {'median s':>9} {'p95 s':>7} {'longest s':>9}")
    for what, times in took.items():
        ordered = sorted(times)
        p95 = ordered[int(0.95 * (len(ordered) - 1))]
        print(
            f"{what:<10} {len(times):>6} {len(failed[what]):>6} {statistics.median(times):>9.3f} {p95:>7.3f} {ordered[-1]:>9.3f}"
        )
    for what, words in failed.items():
        print(what, words[:3])


if __name__ == "__main__":
    main()
