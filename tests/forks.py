"""Processes of their own that cost little: one process imports once what all of them need, and forks for each."""

from __future__ import annotations

import json
import subprocess
import sys

__all__ = ["Forks"]

SERVER = """
import json, os, sys, tempfile, traceback
exec(sys.argv[1])
for line in sys.stdin:
    asked = json.loads(line)
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            os.environ.update(asked["env"])
            tempfile.tempdir = None  # where temporary files go is asked anew
            sys.argv = ["-c", *asked["arguments"]]
            status = 0
            try:
                exec(compile(asked["code"], "<string>", "exec"), {"__name__": "__main__"})
            except BaseException:
                traceback.print_exc()
                status = 1
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0)
        err.seek(0)
        print(json.dumps([status, out.read(), err.read()]), flush=True)
"""


class Forks:
    """A process that has run ``imports``, and of which each program that is run is a copy."""

    def __init__(self, imports: str) -> None:
        command = [sys.executable, "-c", SERVER, imports]
        self._server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, code: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program as ``python -c`` does, with more in its environment; its status, and what it printed."""
        asked = {"code": code, "arguments": [str(a) for a in arguments], "env": environment}
        self._server.stdin.write(json.dumps(asked) + "\n")
        self._server.stdin.flush()
        status, out, err = json.loads(self._server.stdout.readline())
        return subprocess.CompletedProcess(asked["arguments"], status, out, err)

    def __enter__(self) -> Forks:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stdin.close()
        self._server.wait()
        self._server.stdout.close()
