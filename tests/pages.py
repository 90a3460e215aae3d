"""The page served as the command serves it, and opened in a browser: what the tests of the page have in common."""

from __future__ import annotations

import io
import json
import re
import threading
import time
import zipfile

import pytest

from browsers import launched
from crossings.cli.progress import compiled
from crossings.scenario import Scenario
from crossings.web import application, listen
from crossings.web.server import serve

__all__ = [
    "DAY",
    "QUIET",
    "address",
    "bands",
    "browser",
    "finland",
    "first_number",
    "go_to",
    "row",
    "send",
    "settled",
    "shut",
    "tab",
    "visit",
    "windows",
    "zipped",
]

DAY = "2023-11-14"
QUIET = f"scenario=finland-2023&bands=no&day={DAY}"


@pytest.fixture(scope="module")
def finland():
    return Scenario.read("finland-2023")


@pytest.fixture(scope="module")
def address(finland):
    """The page of Finland, served as the command serves it, on a port of its own."""
    compiled()  # as the command does before it serves
    compiled("flows")
    where = listen("127.0.0.1", 0)
    ready = threading.Event()
    thread = threading.Thread(target=serve, args=(application(finland), where, ready.set), daemon=True)
    thread.start()
    assert ready.wait(60)
    yield f"http://127.0.0.1:{where.getsockname()[1]}/"
    where.close()


@pytest.fixture(scope="module")
def browser():
    with launched() as chromium:
        yield chromium


CLEAN = """() => {
  localStorage.clear();
  document.querySelectorAll("dialog[open]").forEach((d) => d.close());
  document.querySelectorAll("details[open]").forEach((d) => { d.open = false; });
  document.querySelector("#zoom-all").click();
  for (const id of ["answer", "upload-said", "library-said", "share-said"]) document.getElementById(id).replaceChildren();
  document.activeElement.blur();
  scrollTo(0, 0);
}"""


class Windows:
    """Windows of one person, and of somebody else with a browser of their own.

    Those not in use are lent again, with the page that stands in them: it is given its next address, as when somebody follows a
    link.
    """

    def __init__(self, browser) -> None:
        self._persons = [browser.new_context(), browser.new_context()]
        self._free = [[], []]
        self._asked = {}

    def take(self, other):
        """A window of one or the other person; what its page says and asks for comes into the two lists."""
        free = self._free[other]
        if not free:
            page = self._persons[other].new_page()
            page.on("console", lambda m: self._asked[page][0].append(f"{m.type}: {m.text}"))
            page.on("pageerror", lambda e: self._asked[page][0].append(f"error: {e} {e.stack}"))
            page.on("dialog", lambda d: self._asked[page][0].append(f"dialog: {d.message}"))
            page.on("request", lambda r: self._asked[page][1].append(r.url))
            free.append(page)
        page = free.pop()
        self._asked[page] = ([], [])
        return page, *self._asked[page]

    def give_back(self, page):
        """Empty it: nothing that a test did or kept is left."""
        page.unroute_all()
        page.emulate_media(media="null", color_scheme="null")
        if page.locator("body[data-ready]").count():
            page.evaluate(CLEAN)
        self._free[page.context is self._persons[1]].append(page)


@pytest.fixture(scope="module")
def windows(browser):
    return Windows(browser)


@pytest.fixture
def visit(windows, address):
    """Open the page at a width; fails on errors in the console and on any request to another server.

    other: another person's browser; anew: the page is loaded afresh, where a test is about that, or about what the page has not
    asked yet.
    """
    opened = []

    def go(hash_=QUIET, width=1280, wait=True, allowed=(), scheme="light", other=False, anew=False):
        page, said, asked = windows.take(other)
        opened.append((page, said, asked, allowed))
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        if not anew and page.url.startswith(address) and page.locator("body[data-ready]").count():
            go_to(page, hash_, wait)
        else:
            if page.url.startswith(address):
                page.goto(f"{address}favicon.ico")  # else the address alone would change
            page.goto(f"{address}#{hash_}")
        if wait:
            settled(page)
        return page

    yield go
    for page, *_ in opened:
        windows.give_back(page)
    for _, said, asked, allowed in opened:
        strange = [line for line in said if not any(word in line for word in allowed)]
        assert not strange, strange
        assert [url for url in asked if not url.startswith((address, "blob:", "about:"))] == []


def go_to(page, hash_, wait=True):
    """Give a page that is open another address, and wait until it has read it: nothing of the view before counts any more."""
    page.evaluate(
        """at => {
          delete document.body.dataset.ready;
          document.getElementById("answer").replaceChildren();
          location.hash = at;
        }""",
        # An address that no view has, so that it is another one in any case; the page writes its own without that word.
        f"{hash_}&visit={time.monotonic()}",
    )
    if wait:
        page.wait_for_function("() => !location.hash.includes('&visit=')")


def settled(page, changes=None):
    """Wait until the page shows the answer to these changes (of any, if none are given)."""
    page.locator("body[data-ready]").wait_for(state="attached")
    if changes is not None:
        until = time.monotonic() + 30
        while json.loads(page.evaluate("document.body.dataset.ready")) != changes:
            assert time.monotonic() < until, page.evaluate("document.body.dataset.ready")
            page.wait_for_timeout(30)
    page.locator("body:not(.busy)").wait_for(state="attached")


def tab(page, name):
    """Show one of the panels below the columns."""
    page.locator(f"#tab-{name}").click()
    page.locator(f"#{name}").wait_for(state="visible")


def bands(page):
    page.locator("body[data-ensemble=done]").wait_for(state="attached", timeout=90_000)


def row(page, crossing):
    """The cells of a crossing in the table of the day."""
    return (
        page.locator("#day-table tbody tr", has=page.get_by_role("button", name=crossing, exact=True))
        .locator("td")
        .all_inner_texts()
    )


def first_number(text):
    return float(re.match(r"[−\d,.]+", text.strip())[0].replace(",", "").replace("−", "-"))


def shut(crossing="vaalimaa"):
    return {
        "do": "order",
        "name": f"{crossing} shut",
        "crossings": [crossing],
        "kind": "closed",
        "from": "2023-11-06T00:00",
    }


def zipped(path):
    """A folder's files as a zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for file in sorted(path.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(path))
    return out.getvalue()


def send(page, raw, name="mine.zip"):
    """Open a zip as one's own scenario."""
    tab(page, "own")
    page.locator("#file").set_input_files({"name": name, "mimeType": "application/zip", "buffer": raw})
