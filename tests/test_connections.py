"""Half-sent requests lock nobody out: who says nothing, or trickles, is not waited for while others ask."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
import urllib.request

import pytest

import crossings.web.connections as connections
import crossings.web.guard as guard
from crossings.web import application, listen
from crossings.web.server import serve
from waiting import wait_for

FULL = b"GET /api/scenarios HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
HALF = b"GET /api/scenarios HTTP/1.1\r\nhost: 127.0.0.1\r\nx: "
BODY = b"POST /api/expected HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 50\r\n\r\n{"


@pytest.fixture(scope="module")
def port():
    where = listen("127.0.0.1", 0)
    ready = threading.Event()
    threading.Thread(target=serve, args=(application(), where, ready.set), daemon=True).start()
    assert ready.wait(60)
    yield where.getsockname()[1]
    where.close()


@pytest.fixture
def spoken(port):
    """Open a connection and send some bytes."""
    with contextlib.ExitStack() as stack:

        def speak(raw=b""):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            one.sendall(raw)
            return one

        yield speak


def answers(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/scenarios", timeout=5) as answered:
        return answered.status == 200


def said(one):
    """All that comes until the server closes."""
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := one.recv(65536):
            parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize(
    "raw", [b"", b"G", HALF, BODY, FULL], ids=["nothing", "a letter", "headers", "body", "answered"]
)
def test_four_hundred_half_requests_lock_nobody_out(port, spoken, raw):
    crowd = []
    for _ in range(410):
        crowd.append(spoken(raw))
        if raw == FULL:
            assert crowd[-1].recv(9)
    assert answers(port)
    assert len(crowd) == 410


def test_headers_have_a_time_however_they_trickle(spoken, monkeypatch):
    monkeypatch.setattr(connections, "HEADERS_S", 0.4)
    slow = spoken(HALF)
    began = time.monotonic()
    with contextlib.suppress(ConnectionError):
        while time.monotonic() - began < 20:
            slow.sendall(b"y")
            time.sleep(0.05)
    assert time.monotonic() - began < 20
    silent = spoken()
    assert said(silent) == b""
    once = spoken(HALF)
    head, _, body = said(once).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408")
    assert b"nosniff" in head
    assert json.loads(body)["faults"] == ["the request did not arrive within 0.4 s"]


def test_the_second_request_of_a_connection_has_a_time_too(spoken, monkeypatch):
    monkeypatch.setattr(connections, "HEADERS_S", 0.4)
    one = spoken(FULL)
    assert one.recv(65536).startswith(b"HTTP/1.1 200")
    time.sleep(0.6)  # between requests it may be silent
    one.sendall(HALF)
    assert b"HTTP/1.1 408" in said(one)


def test_an_answer_that_is_not_read_is_given_up(spoken, port, monkeypatch):
    lost = []
    ended = connections.Connection.connection_lost
    monkeypatch.setattr(connections, "STALLED_S", 0.4)
    monkeypatch.setattr(connections.Connection, "connection_lost", lambda c, e: (lost.append(c.client), ended(c, e)))
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    one.connect(spoken().getpeername())
    with one, contextlib.suppress(ConnectionError):
        one.sendall(FULL.replace(b"/api/scenarios", b"/") * 600)
        assert wait_for(lambda: one.getsockname() in lost)  # nothing is read before
        one.settimeout(20)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as page:
            assert len(said(one)) < 600 * len(page.read())


def test_what_is_no_http_is_refused_in_the_usual_form(spoken):
    head, _, body = said(spoken(b"\x16\x03\x01\x02\x00\r\n\r\n")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert json.loads(body)["faults"]


def test_bodies_make_room_for_new_ones(port, spoken, monkeypatch):
    monkeypatch.setattr(guard, "MOST_READING", 3)
    crowd = [spoken(BODY) for _ in range(4)]
    assert b"HTTP/1.1 408" in said(crowd[0])
    assert answers(port)


def test_too_many_at_once(port, monkeypatch):
    monkeypatch.setattr(guard, "MOST_AT_ONCE", 0)
    with pytest.raises(urllib.error.HTTPError, match="503") as caught:
        answers(port)
    assert "try again" in json.loads(caught.value.read())["faults"][0]
