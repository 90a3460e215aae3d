"""Seeds run on a Dask cluster: an executor for `run_many`, `run_to` and `compare`.

The work (a model and what is made of a seed) goes to the scheduler once, and from there to each worker that needs it. Results
come back to this process, which alone writes. A seed is a pure function of the model and its number, so a worker that dies
costs time and changes nothing: the scheduler gives its seeds to others.
"""

from __future__ import annotations

import itertools
import logging
import os
import pickle
import re
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from crossings.errors import InputError
from crossings.io.disk import UnreadableError, read_json
from crossings.store import code_hash, made_with

if TYPE_CHECKING:
    import distributed

T = TypeVar("T")
_log = logging.getLogger("crossings")
SECONDS = 15  # in which a scheduler has to answer
MAX_SAID = 1_000_000  # bytes of a scheduler file
_ADDRESS = re.compile(r"((tcp|tls|ws|wss|ucx|ucxx)://)?[^\s/]+:\d{1,5}/?")
PATIENCE_S = 60.0  # without any answer, after which it is said that somebody is slow
LOST = "give the same command again when it is back; with --out it resumes where it was"


@contextmanager
def on_cluster(address: str) -> Iterator[Executor]:
    """An executor on a Dask cluster, for `run_many` and `run_to` (extra ``crossings[cluster]``).

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://127.0.0.1:8786``, or a scheduler file (``.json``).

    Yields
    ------
    concurrent.futures.Executor
        Closed when the block ends.

    Raises
    ------
    InputError
        Without the extra, where no scheduler answers, and from a seed's result where a worker has other versions, or workers
        died again and again.

    Examples
    --------
    >>> import crossings as cx
    >>> with cx.on_cluster("tcp://127.0.0.1:8786") as executor:  # doctest: +SKIP
    ...     runs = cx.run_many("finland-2023", executor=executor)
    """
    client = _connected(address)
    try:
        yield _DaskExecutor(client, address)
    finally:
        client.close()


def _connected(address: str) -> distributed.Client:
    try:
        from distributed import Client
    except ImportError:
        raise InputError("cluster", "needs Dask", "install it: pip install 'crossings[cluster]'") from None
    try:
        return Client(_written(address), timeout=SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError, TimeoutError, KeyError, AttributeError, UnreadableError):
        what = f"no Dask scheduler answers at '{address[:200]}'"
        raise InputError("cluster", what, "such as tcp://127.0.0.1:8786") from None


def _written(address: str) -> str:
    """The address of a scheduler, also where a scheduler file says it; ValueError for anything else.

    Dask itself would be given time to try what cannot be one, and end in errors of its own.
    """
    path = Path(address)
    if path.is_file():
        address = str(read_json(path, MAX_SAID)["address"])
    own = address.startswith("inproc://") and f"/{os.getpid()}/" in address  # of a scheduler within this process
    if not own and _ADDRESS.fullmatch(address) is None:
        raise ValueError(address)
    return address


class _DaskExecutor(Executor):
    """What `concurrent.futures.Executor` promises, as far as it is used here: `submit`, in whose futures results are in order."""

    def __init__(self, client: distributed.Client, address: str) -> None:
        self._client = client
        self._address = address
        self._run = uuid.uuid4().hex
        self._number = itertools.count()
        self._sent: dict[int, tuple[Any, distributed.Future]] = {}

    def submit(self, work: Callable[..., T], /, *arguments: Any, **named: Any) -> Future[T]:
        key = f"crossings-{self._run}-{next(self._number)}"
        loaded = self._loaded(work)
        there = self._client.submit(_call, loaded, _versions(), arguments, named, key=key, pure=False)
        return _Awaited(there, self._client, self._address)

    def _loaded(self, work: Callable[..., Any]) -> distributed.Future:
        """The work as a task of its own, from bytes that the scheduler holds: made again where a worker took it down."""
        if id(work) not in self._sent:
            packed = pickle.dumps(work, protocol=pickle.HIGHEST_PROTOCOL)
            key = f"crossings-{self._run}-work-{len(self._sent)}"
            self._sent[id(work)] = (work, self._client.submit(_Packed(packed), key=key, pure=False))
        return self._sent[id(work)][1]


class _Packed:
    """Pickled work, and the call that unpacks it; a name of its own keeps Dask from looking into it."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __call__(self) -> Any:
        return pickle.loads(self.content)


class _Awaited(Future[T]):
    """A future whose result is fetched when it is asked for."""

    def __init__(self, there: distributed.Future, client: distributed.Client, address: str) -> None:
        super().__init__()
        self._there = there
        self._client = client
        self._address = address

    def result(self, timeout: float | None = None) -> T:
        from distributed import KilledWorker

        try:
            found: T = self._patient() if timeout is None else self._there.result(timeout=timeout)
        except KilledWorker as error:
            what = f"workers died again and again in one seed ({str(error).splitlines()[0][:120]})"
            raise InputError("cluster", what, "give them more memory, or fewer threads") from None
        except (CancelledError, OSError, TimeoutError) as error:
            raise InputError(
                "cluster", f"the scheduler at '{self._address}' was lost ({type(error).__name__})", LOST
            ) from None
        self._there.release()
        return found

    def _patient(self) -> T:
        """The result, however long it takes; from time to time a line says who is slow."""
        while True:
            try:
                found: T = self._there.result(timeout=PATIENCE_S)
                return found
            except TimeoutError:
                if self._there.done():  # then it is the work that ended so
                    raise
                _log.warning("cluster: nothing has come back for %g s: %s", PATIENCE_S, self._who_is_slow())

    def _who_is_slow(self) -> str:
        """Who is at work, in words."""
        threads = self._client.nthreads()
        if not threads:
            return f"no worker is there; start one: dask worker {self._address}"
        return f"workers: {len(threads)}, threads: {sum(threads.values())}; it goes on waiting"

    def cancel(self) -> bool:
        self._there.cancel()
        return True


def _call(work: Callable[..., T], versions: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> T:
    """On a worker: the work, by the same code and libraries as those of whoever asked."""
    here = _versions()
    if here != versions:
        raise InputError(
            "cluster", f"a worker runs {here}, this is {versions}", "install the same on both: requirements.lock"
        )
    return work(*arguments, **named)


@cache
def _versions() -> str:
    from crossings import __version__

    return f"crossings {__version__} {code_hash()[:16]}, {made_with()}"
