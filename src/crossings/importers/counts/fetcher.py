"""One file from one address, when a person asks for it with --url; nothing else here ever goes to the net."""

from __future__ import annotations

import tempfile
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from crossings.errors import InputError
from crossings.importers.tables import MAX_BYTES

TIMEOUT_S = 60.0


def fetch(url: str, folder: Path | None = None) -> Path:
    """Fetch one address (http or https) to a file in ``folder`` (a temporary one by default); its path.

    Raises InputError where it is no such address, does not answer, or sends more than is accepted.
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError("url", f"'{url[:80]}' is not an address", "write one that begins with https://")
    name = (
        "".join(ch if ch.isalnum() or ch in "._-" else "_" for ch in Path(parts.path).name)[:80].strip("._")
        or "fetched"
    )
    target = (folder or Path(tempfile.mkdtemp(prefix="crossings-"))) / name
    opener = urllib.request.build_opener(_Plain)
    try:
        request = urllib.request.Request(url, headers={"User-Agent": "crossings"})
        with opener.open(request, timeout=TIMEOUT_S) as answer, target.open("wb") as file:
            got = 0
            while part := answer.read(1 << 20):
                got += len(part)
                if got > MAX_BYTES:
                    raise InputError("url", f"more than {MAX_BYTES / 1e6:g} MB came", "fetch a smaller file")
                file.write(part)
    except (urllib.error.URLError, OSError, ValueError) as error:
        said = getattr(error, "reason", None) or error
        raise InputError("url", f"nothing came from {parts.hostname}: {str(said)[:100]}", "try again later") from None
    return target


class _Plain(urllib.request.HTTPRedirectHandler):
    """Follows redirects to http and https only."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        """Refuse what leaves the web, such as a file of this machine."""
        if urllib.parse.urlsplit(newurl).scheme not in ("http", "https"):
            raise urllib.error.URLError("it leads away from the web")
        return super().redirect_request(req, fp, code, msg, headers, newurl)
