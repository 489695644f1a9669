"""The dashboard as a process of its own, beside a search that writes to the same database."""

import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.cli.test_search import SMALL, finished
from tests.conftest import start, write_toy

PAGES = (
    "/dashboard",
    "/dashboard/studies/1",
    "/static/bundle.js",
    "/favicon.ico",
    "/api/meta",
    "/api/studies",
    "/api/studies/1",
    "/csv/1",
)
CHANGES = (
    ("PUT", "/api/studies/1/note", {"body": "mine", "version": 1}),
    ("PUT", "/api/studies/1/1/note", {"body": "mine", "version": 1}),
    ("POST", "/api/studies", {"study_name": "new", "directions": ["minimize"]}),
    ("POST", "/api/studies/1/rename", {"study_name": "mine"}),
    ("POST", "/api/trials/1/tell", {"state": "Fail"}),
    ("POST", "/api/trials/1/user-attrs", {"user_attrs": {"a": "b"}}),
    ("DELETE", "/api/studies/1", None),
)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def ask(port: int, path: str, method: str = "GET", body: object = None, host: str = "localhost") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, json.dumps(body), {"Host": host, "Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _asked_slowly(port: int, path: str) -> bytes:
    """The answer as a client gets it that sends a body which the server never reads, and takes its time to read."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
        connection.settimeout(60)
        connection.connect(("127.0.0.1", port))
        asked = f"GET {path} HTTP/1.0\r\nHost: localhost\r\nAccept-Encoding: identity\r\nContent-Length: 50000\r\n\r\n"
        connection.sendall(asked.encode() + b" " * 50_000)
        answer = b""
        while piece := connection.recv(1 << 16):
            answer += piece
            time.sleep(0.001)
        return answer.partition(b"\r\n\r\n")[2]


@contextmanager
def dashboard(folder: Path, *options: str) -> Iterator[tuple[int, "subprocess.Popen[str]"]]:
    """A dashboard that answers, its port and its process; gone afterwards in any case."""
    port = free_port()
    process = start("dashboard", "--port", str(port), *options, folder=folder)
    try:
        deadline = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < deadline:
            with suppress(ConnectionRefusedError):
                ask(port, "/api/meta")
                break
            time.sleep(0.1)
        assert process.poll() is None, process.communicate()
        yield port, process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def ended(process: "subprocess.Popen[str]") -> str:
    """Standard error of a dashboard that is ended with Ctrl-C."""
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return err


def content(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "studies" / "autotune.db") as connection:
        return list(connection.iterdump())


def test_a_dashboard_beside_a_search_shows_everything_and_changes_nothing(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv")
    search = start("search", "--data", "toy.csv", "--trials", "12", "--study", "s", *SMALL, folder=tmp_path)
    try:
        deadline = time.monotonic() + 120
        while not _begun(tmp_path):
            assert search.poll() is None, search.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        with dashboard(tmp_path) as (port, process):
            beside = 0
            while search.poll() is None:
                assert [(path, ask(port, path)[0]) for path in PAGES] == [(path, 200) for path in PAGES]
                assert {ask(port, path, method, body)[0] for method, path, body in CHANGES} == {403}
                beside += 1
                time.sleep(0.2)
            _, said = search.communicate()
            assert search.returncode == 0, said
            assert "lock" not in said
            assert beside >= 3
            assert len(finished(tmp_path, "s")) == 12
            before = content(tmp_path)
            for method, path, body in CHANGES:
                status, answer = ask(port, path, method, body)
                assert status == 403
                assert "--writable" in json.loads(answer)["reason"]
            assert _asked_slowly(port, "/static/bundle.js") == ask(port, "/static/bundle.js")[1]
            assert ask(port, "/api/studies", host="evil.example")[0] == 403
            assert ask(port, "/api/studies/99")[0] == 404
            assert content(tmp_path) == before
            shown = json.loads(ask(port, "/api/studies/1")[1])
            assert len(shown["trials"]) == 12
            assert shown["note"]["body"].startswith("## autotune")
            assert {graph["id"] for graph in shown["plotly_graph_objects"]} == {f"learning-curve-{rank}" for rank in (1, 2, 3)}
            assert all(json.loads(graph["graph_object"])["data"] for graph in shown["plotly_graph_objects"])
            assert sum(bool(trial["note"]["body"]) for trial in shown["trials"]) == 3
            assert ended(process) == ""
    finally:
        with suppress(ProcessLookupError):
            os.killpg(search.pid, signal.SIGKILL)
        search.communicate()


def _begun(folder: Path) -> bool:
    with suppress(sqlite3.OperationalError):
        return bool(finished(folder, "s"))
    return False


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A folder with a database that an earlier version wrote."""
    (tmp_path / "studies").mkdir()
    with sqlite3.connect(tmp_path / "studies" / "autotune.db") as connection:
        connection.executescript((Path(__file__).parents[1] / "storage" / "schema_1.sql").read_text(encoding="utf-8"))
    return tmp_path


def test_a_writable_dashboard_warns_and_writes(study: Path) -> None:
    with dashboard(study, "--writable") as (port, process):
        assert ask(port, "/api/studies/1/note", "PUT", {"body": "mine", "version": 1})[0] == 204
        assert ask(port, "/api/studies/1", "DELETE", host="evil.example")[0] == 403
        said = ended(process)
    assert any("mine" in line for line in content(study))
    assert len(said.splitlines()) == 1
    assert said.startswith("warning: --writable")


def test_another_host_warns_and_an_older_database_is_left_as_it_is(study: Path) -> None:
    before = (study / "studies" / "autotune.db").read_bytes()
    with dashboard(study, "--host", "0.0.0.0") as (port, process):
        assert ask(port, "/api/studies/1", host=f"192.168.1.9:{port}")[0] == 200
        said = ended(process)
    assert len(said.splitlines()) == 1
    assert said.startswith("warning: --host 0.0.0.0")
    assert (study / "studies" / "autotune.db").read_bytes() == before
