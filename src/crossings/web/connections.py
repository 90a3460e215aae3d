"""Connections of the server: who says nothing, or half of something, is not waited for while others ask."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from crossings.web.encoding import as_json
from crossings.web.guard import HEADERS

HEADERS_S = 10.0  # from the first byte of a request to the last of its headers
STALLED_S = 30.0  # for who asks and does not read the answer
MOST_QUIET = 200


class Connection(H11Protocol):
    """A connection whose requests must arrive in time; of those between requests, the oldest make room for new ones."""

    quiet: ClassVar[dict[Connection, None]]
    _limit: asyncio.TimerHandle | None = None
    _stall: asyncio.TimerHandle | None = None
    _heard = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._limit = self.loop.call_later(HEADERS_S, self._too_late)
        self._waits()

    def data_received(self, data: bytes) -> None:
        """Take what comes; the time for headers runs on while they are not complete."""
        self._heard = True
        super().data_received(data)
        if self._asked:
            self._cancel_limit()
            self.quiet.pop(self, None)
        elif self._limit is None and not self.transport.is_closing():
            self._limit = self.loop.call_later(HEADERS_S, self._too_late)

    def on_response_complete(self) -> None:
        """The next request may come on the same connection."""
        super().on_response_complete()
        if not self._asked and not self.transport.is_closing():
            self._waits()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._cancel_limit()
        self.resume_writing()
        self.quiet.pop(self, None)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The answer is not read as fast as it is sent."""
        super().pause_writing()
        self._stall = self.loop.call_later(STALLED_S, self.transport.abort)

    def resume_writing(self) -> None:
        """It is read again."""
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is refused in the form of every other refusal."""
        self._refuse(400, "this is not an HTTP request that is understood here")

    @property
    def _asked(self) -> bool:
        """Whether a request has come in that is not answered yet."""
        return self.cycle is not None and not self.cycle.response_complete

    def _waits(self) -> None:
        self.quiet.pop(self, None)
        self.quiet[self] = None
        while len(self.quiet) > MOST_QUIET:
            oldest = next(iter(self.quiet))
            del self.quiet[oldest]
            oldest.transport.abort()

    def _cancel_limit(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _too_late(self) -> None:
        self._limit = None
        if not self._heard:
            self.transport.close()
        elif not self.transport.is_closing():
            self._refuse(408, f"the request did not arrive within {HEADERS_S:g} s")

    def _refuse(self, status: int, words: str) -> None:
        """Say why, where that can still be said, and close."""
        body = as_json({"faults": [words]})
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
            *HEADERS,
        ]
        events = (h11.Response(status_code=status, headers=headers), h11.Data(data=body), h11.EndOfMessage())
        with contextlib.suppress(h11.LocalProtocolError):  # an answer has begun, or nothing may be said any more
            self.transport.write(b"".join(self.conn.send(e) or b"" for e in events))
        self.transport.close()


def connections() -> Any:
    """The class of the connections of one server."""
    return type("ServedConnection", (Connection,), {"quiet": {}})
