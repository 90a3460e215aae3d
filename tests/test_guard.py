"""Who may ask: this machine's page, or who has the token. What is too much is not read."""

from __future__ import annotations

import asyncio

import pytest
from starlette.testclient import TestClient

import crossings.web.guard as guard
from crossings.web import application
from crossings.web.uploads import MAX_UPLOAD

HERE = "http://127.0.0.1:8765"
TOKEN = "a-word-of-sixteen-or-more"


@pytest.fixture(scope="module")
def app():
    return application()


@pytest.fixture(scope="module")
def client(app):
    return TestClient(app, base_url=HERE)


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:1", "LOCALHOST", "[::1]:8765", "127.0.0.1"])
def test_own_names(client, host):
    assert client.get("/api/scenarios", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "evil.example:8765",
        "",
        "127.0.0.2",
        "localhost.",
        "[::2]",
        "[::1",
        "@localhost",
    ],
)
def test_foreign_names_are_refused(client, host):
    """Else a page elsewhere whose name is made to point here could read everything."""
    for path in ("/", "/api/scenarios", "/page/x/main.js"):
        answered = client.get(path, headers={"host": host})
        assert answered.status_code == 421
        assert answered.json()["faults"]


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "https://127.0.0.1:9",
        "null",
        "http://127.0.0.1:8766",
        "file://",
        "http://127.0.0.1:8765.evil.example",
    ],
)
def test_foreign_pages_are_refused(client, origin):
    assert (
        client.post("/api/expected", json={"scenario": "two-crossings"}, headers={"origin": origin}).status_code == 403
    )
    assert client.get("/api/scenarios", headers={"origin": origin}).status_code == 403


def test_own_page_may_ask(client):
    assert client.get("/api/scenarios", headers={"origin": HERE, "sec-fetch-site": "same-origin"}).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_without_an_origin_the_browser_tells(client, site):
    assert client.get("/api/scenarios", headers={"sec-fetch-site": site}).status_code == 403
    assert client.get("/", headers={"sec-fetch-site": site}).status_code == 200  # a link to the page is no harm


def test_every_answer_is_dressed(client):
    for answered in (
        client.get("/"),
        client.get("/api/nothing"),
        client.get("/api/scenarios", headers={"host": "evil.example"}),
    ):
        assert "default-src 'none'" in answered.headers["content-security-policy"]
        assert "unsafe" not in answered.headers["content-security-policy"]
        assert answered.headers["x-content-type-options"] == "nosniff"
        assert answered.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in answered.headers
    assert "set-cookie" not in client.get("/").headers


def test_a_token_is_asked_of_everybody():
    client = TestClient(
        application(hosts=["border.example"], token=TOKEN),
        base_url="http://border.example:8765",
        follow_redirects=False,
    )
    for path in ("/", "/api/scenarios", "/page/x/main.js"):
        assert client.get(path).status_code == 401
    for wrong in ("", "x", TOKEN[:-1], TOKEN + "x", "é" * 20):
        assert client.get("/", params={"token": wrong}).status_code == 401
        assert client.get("/api/scenarios", headers={"authorization": f"Bearer {wrong}".encode()}).status_code == 401
    assert client.get("/api/scenarios", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
    entered = client.get("/", params={"token": TOKEN})
    assert entered.status_code == 303
    assert entered.headers["location"] == "/"
    assert {"HttpOnly", "SameSite=Strict"} <= set(entered.headers["set-cookie"].split("; "))
    assert client.get("/api/scenarios").status_code == 200  # with the cookie
    assert client.get("/api/scenarios", headers={"host": "evil.example"}).status_code == 421


def test_bodies_are_bounded(client):
    big = b'{"scenario": "' + b"x" * guard.MAX_JSON + b'"}'
    assert client.post("/api/expected", content=big).status_code == 413

    def parts():  # no length is said beforehand
        for _ in range(20):
            yield b"x" * (guard.MAX_JSON // 10)

    assert client.post("/api/expected", content=parts()).status_code == 413
    assert client.post("/api/scenarios", content=b"0" * (guard.MAX_JSON + 1)).status_code == 422  # a zip may be larger
    assert (
        client.post("/api/scenarios", content=b"", headers={"content-length": str(MAX_UPLOAD + 1)}).status_code == 413
    )
    assert client.post("/api/expected", content=b"{}", headers={"content-length": "1e3"}).status_code == 413


def answer_to(app, receive, path="/api/expected"):
    """The status that an application answers to a request that comes in as ``receive`` says."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": [(b"host", b"localhost")]}
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"]


def test_a_body_that_does_not_come(app, monkeypatch):
    monkeypatch.setattr(guard, "BODY_S", 0.05)

    async def never():
        await asyncio.sleep(60)

    assert answer_to(app, never) == 408


def test_sockets_are_not_spoken_to(app):
    async def receive():
        return {"type": "websocket.connect"}

    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(app({"type": "websocket", "path": "/", "headers": [(b"host", b"localhost")]}, receive, send))
    assert sent == []
