"""Who may ask: only this machine's own page, or who has the token; and no more at once than can be read."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import parse_qs, urlencode

from crossings.web.encoding import as_json

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
COOKIE = "crossings-token"
MAX_JSON = 300_000
MOST_UPLOADING = 4
MOST_READING = 100
MOST_AT_ONCE = 300
UPLOAD_S = 60.0
BODY_S = 15.0
HEADERS = (
    (b"content-security-policy", b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)  # fmt: skip


class Guard:
    """Refuses foreign Host and Origin headers, requests without the token where there is one, and bodies too large.

    hosts: names, without port, under which the server may be asked; uploads: paths whose bodies may be ``max_upload`` long.
    """

    def __init__(
        self,
        app: App,
        *,
        hosts: Iterable[str] = LOOPBACK,
        token: str | None = None,
        uploads: Iterable[str] = (),
        max_upload: int = MAX_JSON,
    ) -> None:
        self._app = app
        self._hosts = frozenset(h.lower() for h in hosts)
        self._token = token
        self._uploads = frozenset(uploads)
        self._max_upload = max_upload
        self._uploading = 0
        self._reading: dict[asyncio.Timeout, None] = {}
        self._at_once = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # no web sockets here
            return
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.lower(), []).append(value)
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await _refuse(send, *refusal)
            return
        if self._token is not None and not self._known(headers):
            await self._ask_for_token(scope, send)
            return
        if scope["method"] == "HEAD":  # what GET would answer, without the body
            scope, send = {**scope, "method": "GET"}, _bodiless(send)
        await self._bounded(scope, headers, receive, send)

    def _refusal(self, scope: Scope, headers: dict[bytes, list[bytes]]) -> tuple[int, str] | None:
        host = headers.get(b"host", [])
        if len(host) != 1 or _name(host[0]) not in self._hosts:
            return 421, "this server is not asked by that name"
        own = host[0].lower()
        for origin in headers.get(b"origin", []):
            if origin.lower() not in (b"http://" + own, b"https://" + own):
                return 403, "another site's pages may not ask this server"
        site = headers.get(b"sec-fetch-site", [b"none"])[0]
        if site not in (b"same-origin", b"none") and scope["path"] != "/":
            return 403, "another site's pages may not ask this server"
        return None

    def _known(self, headers: dict[bytes, list[bytes]]) -> bool:
        given = [v[7:] for v in headers.get(b"authorization", []) if v[:7].lower() == b"bearer "]
        for line in headers.get(b"cookie", []):
            for part in line.split(b";"):
                name, _, value = part.strip().partition(b"=")
                if name == COOKIE.encode():
                    given.append(value)
        return any(self._equal(g) for g in given)

    def _equal(self, given: bytes) -> bool:
        return secrets.compare_digest(given, (self._token or "").encode())

    async def _ask_for_token(self, scope: Scope, send: Send) -> None:
        """The token in the address of the page becomes a cookie, and leaves the address."""
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        given = query.pop("token", [""])[0]
        if scope["path"] == "/" and scope["method"] == "GET" and self._equal(given.encode("utf-8", "replace")):
            rest = urlencode(query, doseq=True)
            cookie = f"{COOKIE}={given}; Path=/; HttpOnly; SameSite=Strict"
            headers = [(b"location", (f"/?{rest}" if rest else "/").encode()), (b"set-cookie", cookie.encode())]
            await send({"type": "http.response.start", "status": 303, "headers": [*headers, *HEADERS]})
            await send({"type": "http.response.body", "body": b""})
            return
        await _refuse(send, 401, "the token is missing or wrong; open the address that crossings serve printed")

    async def _bounded(self, scope: Scope, headers: dict[bytes, list[bytes]], receive: Receive, send: Send) -> None:
        """Read the body, no more than is accepted, and pass the request on."""
        upload = scope["path"] in self._uploads
        most = self._max_upload if upload else MAX_JSON
        said = headers.get(b"content-length", [b"0"])[0]
        if not said.isdigit() or len(said) > 15 or int(said) > most:
            await _refuse(send, 413, f"at most {most:,} bytes are read here")
            return
        if upload and self._uploading >= MOST_UPLOADING:
            await _refuse(send, 503, "others are sending files; try again in a minute")
            return
        self._uploading += upload
        seconds = UPLOAD_S if upload else BODY_S
        try:
            async with asyncio.timeout(seconds) as limit:
                self._make_room(limit)
                body = await _body(receive, most)
        except TimeoutError:
            await _refuse(send, 408, f"the request did not arrive within {seconds:g} s, or others came first")
            return
        finally:
            self._uploading -= upload
            self._reading.pop(limit, None)
        if body is None:
            await _refuse(send, 413, f"at most {most:,} bytes are read here")
            return
        if self._at_once >= MOST_AT_ONCE:
            await _refuse(send, 503, "too many ask at once; try again in a minute")
            return
        self._at_once += 1
        try:
            await self._app(scope, _again(body, receive), _dressed(send))
        finally:
            self._at_once -= 1

    def _make_room(self, limit: asyncio.Timeout) -> None:
        """Of those whose bodies are still awaited, the oldest give way to new ones."""
        self._reading[limit] = None
        if len(self._reading) > MOST_READING:
            oldest = next(iter(self._reading))
            del self._reading[oldest]
            oldest.reschedule(asyncio.get_running_loop().time())


async def _body(receive: Receive, most: int) -> bytes | None:
    """The whole body; None where it is longer than that."""
    parts, size = [], 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            return None
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """The body once more, then whatever else there is to hear."""
    told = False

    async def once() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once


def _dressed(send: Send) -> Send:
    """Answers with the headers that every answer has; how long one is kept, it may say itself."""
    mine = {name for name, _ in HEADERS if name != b"cache-control"}

    async def dress(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [(n, v) for n, v in message.get("headers", []) if n.lower() not in mine]
            said = {n.lower() for n, _ in kept}
            message = {**message, "headers": [*kept, *(h for h in HEADERS if h[0] not in said)]}
        await send(message)

    return dress


def _bodiless(send: Send) -> Send:
    """Answers without their bodies."""

    async def only_head(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return only_head


def _name(host: bytes) -> str:
    """A Host header without its port, in lower case."""
    text = host.decode("latin-1").lower()
    if text.startswith("["):
        inside, end, _ = text.partition("]")
        return inside + end
    return text.partition(":")[0]


async def _refuse(send: Send, status: int, words: str) -> None:
    body = as_json({"faults": [words]})
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *HEADERS]})
    await send({"type": "http.response.body", "body": body})
