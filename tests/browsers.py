"""Debian's Chromium, headless, for tests of pages; where there is none the test says so and is skipped, but not in CI."""

from __future__ import annotations

import contextlib
import os
import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
SAFE = [
    "--no-sandbox",
    # Pictures are drawn by the processor, within the browser's own process: with Debian's flags each page loaded costs 1.7 times
    # as much.
    "--disable-gpu",
    "--in-process-gpu",
    "--use-gl=disabled",
    "--disable-gpu-compositing",
    "--disable-gpu-rasterization",
    "--disable-software-rasterizer",
    # What waits does not pulse: each frame would be drawn anew.
    "--force-prefers-reduced-motion",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # A page of its own behind every window's address bar, a renderer in reserve: half of what a window costs. Playwright's own
    # list of features is replaced by this one; what it names of use here is repeated.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,SpareRendererForSitePerProcess,"
    "PaintHolding,HttpsUpgrades,DestroyProfileOnBrowserClose,OptimizationHints,MediaRouter",
]

__all__ = ["launched"]


@contextlib.contextmanager
def launched():
    """A browser that is closed afterwards."""
    if not os.path.exists(CHROMIUM):
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium, and CI is set")
        pytest.skip("no Chromium; on Debian: apt-get install chromium")
    sync = pytest.importorskip("playwright.sync_api")
    with sync.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=SAFE)
        yield chromium
        chromium.close()
