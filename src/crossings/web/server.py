"""The server: the API, the page's files, the guard before both; and how it is started and stopped."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from importlib import resources
from typing import Any

from fastapi import FastAPI, Response
from starlette.exceptions import HTTPException

from crossings import __version__
from crossings.errors import InputError
from crossings.scenario import Scenario
from crossings.web.api import UPLOADS, refusals, router
from crossings.web.guard import LOOPBACK, Guard
from crossings.web.jobs import RunJobs
from crossings.web.registry import ScenarioRegistry
from crossings.web.uploads import MAX_UPLOAD

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
KEPT = {"cache-control": "private, max-age=31536000, immutable"}
ABOUT = "What happens when a border closes: expected flows at once, ensembles with bands, access, comparisons. Times are local."


def application(
    served: Scenario | None = None,
    *,
    hosts: Iterable[str] = LOOPBACK,
    token: str | None = None,
    registry: ScenarioRegistry | None = None,
    runs: RunJobs | None = None,
) -> Guard:
    """The whole server as an ASGI application; ``hosts``: the names under which it may be asked."""
    the_registry, the_runs = registry or ScenarioRegistry(served), runs or RunJobs()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        the_runs.close()

    app = FastAPI(
        title="crossings",
        version=__version__,
        description=ABOUT,
        openapi_url="/api/openapi.json",
        docs_url=None,  # its page would be fetched from elsewhere
        redoc_url=None,
        lifespan=lifespan,
    )
    api = router(the_registry, the_runs)
    refusals(app, api)
    app.include_router(api)
    _page(app)
    return Guard(app, hosts=hosts, token=token, uploads=[UPLOADS], max_upload=MAX_UPLOAD)


def _page(app: FastAPI) -> None:
    """The files of the page, read once; no path is made of what is asked for.

    Their addresses change with their content, so that a browser keeps them; all modules are asked for at once.
    """
    files = _files()
    version = hashlib.sha256(b"".join(files[name] for name in sorted(files))).hexdigest()[:16]
    modules = [f'<link rel="modulepreload" href="/page/{name}">' for name in sorted(files) if name.endswith(".js")]
    head, script, rest = files["index.html"].decode().partition('<script type="module"')
    document = "".join([head, "\n".join(modules), "\n", script, rest]).replace('"/page/', f'"/page/{version}/')

    @app.get("/", include_in_schema=False)
    def index() -> Response:
        return Response(document, media_type=KINDS[".html"])

    @app.get("/page/{of}/{name}", include_in_schema=False)
    def file(of: str, name: str) -> Response:
        if of != version or name not in files:
            raise HTTPException(404, "there is no such file")
        return Response(files[name], media_type=KINDS["." + name.rpartition(".")[2]], headers=KEPT)

    @app.get("/favicon.ico", include_in_schema=False)
    def icon() -> Response:
        return Response(files["icon.svg"], media_type=KINDS[".svg"])


def _files() -> dict[str, bytes]:
    package = resources.files("crossings")
    found = {
        f.name: f.read_bytes() for f in (package / "web" / "page").iterdir() if "." + f.name.rpartition(".")[2] in KINDS
    }
    # What page and report share.
    for name in ("report.css", "picture.js"):
        found[name] = (package / "templates" / name).read_bytes()
    return found


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; raises InputError where it cannot."""
    kind = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        found = socket.socket(kind, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(256)
    except (OSError, OverflowError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            "port", f"{host}:{port} cannot be listened on ({reason})", "name another with --port"
        ) from None
    return found


def serve(app: Any, where: socket.socket, started: Callable[[], None]) -> None:
    """Serve until interrupted; ``started`` is called when requests are answered."""
    import uvicorn

    from crossings.web.connections import connections

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            started()

    config = uvicorn.Config(
        app, http=connections(), log_level="warning", access_log=False, server_header=False, timeout_keep_alive=20,
        timeout_graceful_shutdown=3, proxy_headers=False,
    )  # fmt: skip
    Server(config).run(sockets=[where])
