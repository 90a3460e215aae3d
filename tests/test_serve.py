"""The command serve: refuses what would be open to all, says where the page is, and ends well."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import pytest

TOKEN = "a-word-of-sixteen-or-more"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--host", "0.0.0.0"], ["--host: 0.0.0.0 can be reached by others; give a --token", "--allow-host"]),
        (["--host", ""], ["can be reached by others"]),
        (["--host", "192.0.2.1", "--token", "short"], ["--token: is too easy"]),
        (["--host", "192.0.2.1", "--token", "a" * 16], ["--token: is too easy"]),
        (["--token", "abcdefghijklmnopqr"], ["--token: is too easy"]),
        (["--token", "9876543210987654"], ["--token: is too easy"]),
        (["--token", "password1-password1"], ["--token: is too easy"]),
        (["--token", "Border2023Border2023"], ["--token: is too easy"]),
        (["--token", "é" * 20], ["--token: has other signs"]),
        (["--token", ""], ["--token: has other signs"]),
        (["--token", TOKEN, "--token-file", "word"], ["--token-file as well"]),
        (["--token-file", "nowhere/word"], ["there is no file"]),
        (["--host", "0.0.0.0", "--token", TOKEN], ["name with --allow-host"]),
        (["--token", "with spaces and more than 16"], ["--token"]),
        (["--port", "65536"], ["--port: 65536 is out of range"]),
        (["--host", "no such host", "--token", TOKEN], ["cannot be listened on"]),
        (["nowhere"], ["nowhere"]),
    ],
)
def test_what_is_refused(call, arguments, words):
    status, out, err = call("serve", *arguments)
    assert (status, out) == (2, "")
    for word in words:
        assert word in err


def test_a_port_that_is_taken(call):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        status, _, err = call("serve", "two-crossings", "--port", str(port))
    assert status == 2
    assert err.startswith(f"--port: 127.0.0.1:{port} cannot be listened on")


def started(*arguments):
    command = [sys.executable, "-m", "crossings.cli", "serve", "two-crossings", "--port", "0", *arguments]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    timer = threading.Timer(120, server.kill)
    timer.start()
    try:
        line = server.stdout.readline()
        then = server.stdout.readline() if line else ""  # here, as what was read ahead is lost to communicate()
    finally:
        timer.cancel()
    assert "http://127.0.0.1:" in line, server.stderr.read()
    assert then == "stop with Ctrl-C\n"
    return server, line.strip().split(": ", 1)[1]


def fetch(address):
    with urllib.request.urlopen(address, timeout=30) as answer:
        return answer.read().decode()


@pytest.mark.slow  # tests/test_web_forecast.py starts one without a token as well, and the next test one that is interrupted
def test_it_serves_and_ends_with_an_interrupt():
    server, address = started()
    try:
        assert "<title>crossings</title>" in fetch(address)
        assert json.loads(fetch(f"{address}api/scenarios"))["first"] == "two-crossings"
    finally:
        server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=30)
    assert (server.returncode, err) == (0, "")
    assert out == ""


def test_a_file_with_the_token(call, tmp_path):
    word = tmp_path / "word"
    word.write_text("short\n")
    word.chmod(0o644)
    assert "word can be read by others; chmod 600 word" in call("serve", "--token-file", str(word))[2]
    word.chmod(0o600)
    assert "--token-file: is too easy" in call("serve", "--token-file", str(word))[2]
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "not a regular file" in call("serve", "--token-file", str(pipe))[2]


@pytest.mark.parametrize(
    "way", ["file", pytest.param("option", marks=pytest.mark.slow), pytest.param("environment", marks=pytest.mark.slow)]
)
def test_with_a_token(way, tmp_path, monkeypatch):
    word = tmp_path / "word"
    word.write_text(f"{TOKEN}\n")
    word.chmod(0o600)
    if way == "environment":
        monkeypatch.setenv("CROSSINGS_TOKEN", TOKEN)
    given = {"option": ["--token", TOKEN], "file": ["--token-file", str(word)], "environment": []}[way]
    server, address = started(*given)
    try:
        assert address.endswith(f"/?token={TOKEN}")
        with pytest.raises(urllib.error.HTTPError, match="401"):
            fetch(address.partition("?")[0])
        request = urllib.request.Request(
            f"{address.partition('?')[0]}api/scenarios", headers={"authorization": f"Bearer {TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 200
    finally:
        server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=30)
    assert (server.returncode, out, err) == (0, "", "")
