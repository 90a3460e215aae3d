"""Write docs/pictures/*.png: parts of the report of Finland 2023, and the page, drawn by a headless Chromium.

    python docs/make_pictures.py [--seeds 100] [--report FILE] [--only report|page]

``--report``: take pictures of a report that is there already.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import threading
from pathlib import Path
from urllib.parse import urlencode

PICTURES = Path(__file__).parent / "pictures"
SAFE = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOOKS = [("report.png", 1280, 860, "light"), ("dark.png", 1280, 860, "dark"), ("phone.png", 390, 844, "light")]


def main() -> None:
    """Make the report, unless one is given, and the pictures of it."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--seeds", type=int, default=100)
    reader.add_argument("--report", type=Path)
    reader.add_argument("--only", choices=["report", "page"])
    given = reader.parse_args()
    PICTURES.mkdir(exist_ok=True)
    if given.only != "report":
        take_page(given.seeds)
    if given.only != "page":
        take_report(given)
    for picture in sorted(PICTURES.glob("*.png")):
        sys.stdout.write(f"{picture.relative_to(PICTURES.parent.parent)}  {picture.stat().st_size // 1024} kB\n")


def take_report(given: argparse.Namespace) -> None:
    """Make the report, unless one is given, and take the pictures of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = given.report or make_report(Path(folder) / "report.html", given.seeds)
        take(path.resolve())


def make_report(path: Path, seeds: int) -> Path:
    """The report of the demo."""
    import crossings as cx

    finland = cx.Scenario.read("finland-2023")
    effect = cx.compare(finland, without=["southeast-closed"], seeds=range(1, seeds + 1))
    return Path(cx.write_report(path, model=cx.Model(finland), comparison=effect))


def chromium_path() -> str:
    """Where Chromium is; says what to install where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise SystemExit("there is no Chromium here; on Debian: apt-get install chromium fonts-dejavu-core")
    return found


def take(report: Path) -> None:
    """Take the pictures."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=SAFE)

        for name, width, height, scheme in LOOKS:
            page = browser.new_page(
                viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=1.5
            )
            page.goto(report.as_uri())
            page.screenshot(path=PICTURES / name)
            page.close()
        browser.close()


def take_page(seeds: int) -> None:
    """Serve the page, keep Vaalimaa open in it, and take pictures: light, dark, on a phone."""
    from playwright.sync_api import sync_playwright

    import crossings as cx
    from crossings.web import application, listen
    from crossings.web.server import serve

    where = listen("127.0.0.1", 0)
    ready = threading.Event()
    app = application(cx.Scenario.read("finland-2023"))
    threading.Thread(target=serve, args=(app, where, ready.set), daemon=True).start()
    ready.wait(60)
    words = {
        "scenario": "finland-2023",
        "day": "2023-11-20",
        "crossing": "vaalimaa",
        "changes": json.dumps([{"do": "open", "crossing": "vaalimaa"}]),
        "seeds": str(min(seeds, 500)),
    }
    address = f"http://127.0.0.1:{where.getsockname()[1]}/#{urlencode(words)}"
    looks = [
        ("page.png", 1280, 900, "light"),
        ("page-dark.png", 1280, 900, "dark"),
        ("page-phone.png", 390, 844, "light"),
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=SAFE)
        for name, width, height, scheme in looks:
            page = browser.new_page(
                viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=1.5
            )
            page.goto(address)
            page.locator("body[data-ensemble=done]").wait_for(state="attached", timeout=1_200_000)
            page.screenshot(path=PICTURES / name)
            page.close()
        browser.close()
    where.close()


if __name__ == "__main__":
    main()
