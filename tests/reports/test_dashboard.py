"""Who is answered, and what may be asked, request by request; the whole server is tested in tests/cli/test_dashboard.py."""

import json
import socket
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

import optuna
import pytest

from autotune.errors import UsageError
from autotune.reports.dashboard import Guard, dashboard_server, is_loopback
from autotune.storage.engine import open_read_only, open_storage, storage_url


def ask(guard: Guard, method: str = "GET", **headers: str) -> tuple[str, bytes]:
    environ: dict[str, Any] = {"REQUEST_METHOD": method, **headers}
    setup_testing_defaults(environ)
    if headers.get("HTTP_HOST") == "":
        del environ["HTTP_HOST"]
    status: list[str] = []
    body = b"".join(guard(environ, lambda line, _, exc_info=None: status.append(line) or (lambda data: None)))  # type: ignore[func-returns-value]
    return status[0], body


def fine(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    return [b"answered"]


def guarded(host: str = "127.0.0.1", writable: bool = False) -> Guard:
    return Guard(fine, host, writable, pytest.fail)


LOCAL = ["localhost", "localhost:8080", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:8080"]
FOREIGN = [
    "",
    "evil.example",
    "evil.example:8080",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "192.168.1.9",
    "[fe80::1]",
    "[::1",
    "a@b",
]


@pytest.mark.parametrize("host", LOCAL)
def test_this_machine_is_answered(host: str) -> None:
    assert ask(guarded(), HTTP_HOST=host) == ("200 OK", b"answered")


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_name_is_refused(host: str) -> None:
    status, body = ask(guarded(), HTTP_HOST=host)
    assert status == "403 Forbidden"
    assert "does not answer to the name" in json.loads(body)["reason"]


@pytest.mark.parametrize(
    ("host", "answered", "refused"),
    [
        ("192.168.1.9", ["192.168.1.9:8080", "localhost"], ["192.168.1.8", "evil.example"]),
        ("tuner.lan", ["tuner.lan", "TUNER.lan:80"], ["evil.tuner.lan", "192.168.1.9"]),
        ("0.0.0.0", ["192.168.1.9", "[fe80::1]:80", socket.gethostname()], ["evil.example"]),
    ],
)
def test_the_address_it_listens_on_is_answered_too(host: str, answered: list[str], refused: list[str]) -> None:
    assert [ask(guarded(host), HTTP_HOST=name)[0] for name in answered] == ["200 OK"] * len(answered)
    assert [ask(guarded(host), HTTP_HOST=name)[0] for name in refused] == ["403 Forbidden"] * len(refused)


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "ANYTHING"])
def test_only_a_writable_dashboard_takes_what_is_not_reading(method: str) -> None:
    status, body = ask(guarded(), method, HTTP_HOST="localhost")
    assert (status, "--writable" in json.loads(body)["reason"]) == ("403 Forbidden", True)
    assert ask(guarded(writable=True), method, HTTP_HOST="localhost")[0] == "200 OK"


def test_a_writable_dashboard_takes_changes_from_its_own_pages_alone() -> None:
    here = {"HTTP_HOST": "localhost:8080"}
    assert ask(guarded(writable=True), "POST", **here, HTTP_ORIGIN="http://localhost:8080")[0] == "200 OK"
    for origin in ("http://evil.example", "http://localhost:9000", "null"):
        assert ask(guarded(writable=True), "POST", **here, HTTP_ORIGIN=origin)[0] == "403 Forbidden"
        assert ask(guarded(writable=True), "GET", **here, HTTP_ORIGIN=origin)[0] == "200 OK"


def test_a_failure_is_told_in_one_line() -> None:
    def failing(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        environ["wsgi.errors"].write(
            'Traceback (most recent call last):\n  File "x.py", line 1\nsome.Error: no table\n(more: about it)\n\n'
        )
        start_response("500 Internal Server Error", [])
        return []

    told: list[str] = []
    assert ask(Guard(failing, "127.0.0.1", False, told.append), HTTP_HOST="localhost")[0].startswith("500")
    assert told == ["error: GET /: some.Error: no table"]


def test_which_hosts_are_this_machine() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.0.0.2", "::1")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.168.1.9", "tuner.lan", "")))


@pytest.mark.parametrize("folder", ["plain", "with space", "100%25 {x} #1? & ü"])
def test_a_database_opened_for_looking_refuses_to_be_written(tmp_path: Path, folder: str) -> None:
    url = storage_url(str(tmp_path / folder / "a.db"))
    study = optuna.create_study(storage=open_storage(url), study_name="s")
    study.tell(study.ask(), 1.0)
    looked = optuna.load_study(study_name="s", storage=open_read_only(url))
    assert looked.best_value == 1.0
    assert (tmp_path / folder / "a.db").exists()
    with pytest.raises(optuna.exceptions.StorageInternalError):
        looked.set_user_attr("a", 1)


def test_a_port_that_is_taken_and_a_host_that_is_none_are_said(tmp_path: Path) -> None:
    storage = open_storage(storage_url(str(tmp_path / "a.db")))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match=r"port \d+: Address already in use"):
            dashboard_server(storage, "127.0.0.1", taken.getsockname()[1], False, pytest.fail)
    with pytest.raises(UsageError, match=r"--host nowhere\.invalid"):
        dashboard_server(storage, "nowhere.invalid", 0, False, pytest.fail)
