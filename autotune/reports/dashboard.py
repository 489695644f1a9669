"""Optuna's dashboard behind a guard: it answers this machine's browser alone, and changes nothing unless told to."""

import io
import ipaddress
import json
import re
import socket
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from autotune.errors import UsageError

if TYPE_CHECKING:
    from optuna.storages import RDBStorage

_READING = ("GET", "HEAD", "OPTIONS")
_LINGER = 2.0  # seconds that a client has to take its answer
_CAUSE = re.compile(r"^[\w.]+: .*$", re.MULTILINE)  # in a traceback: what was raised


class Guard:
    """Lets through what the dashboard may be asked, and answers everything else with 403 and a reason in JSON, which its pages show.

    Optuna's dashboard asks for no login and looks at no Host header: a foreign page whose name is made to resolve to 127.0.0.1 (DNS
    rebinding) could read and delete studies.

    Args:
        host: what the server listens on. Its name, localhost and the loopback addresses are answered; where it listens on every
            address, so are all addresses written as numbers, which no rebinding can use, and the name of the machine.
        writable: whether requests that change something are let through, if they come from the dashboard's own pages.
        tell: is given one line where the dashboard fails.
    """

    def __init__(self, application: WSGIApplication, host: str, writable: bool, tell: Callable[[str], None]) -> None:
        self._application = application
        self._tell = tell
        self._names = {"localhost", "127.0.0.1", "::1", host.lower()}
        self._everywhere = host in ("0.0.0.0", "::", "")
        if self._everywhere:
            self._names.add(socket.gethostname().lower())
        self._writable = writable

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers one request, as PEP 3333 describes."""
        reason = self._refusal(environ)
        if reason is not None:
            body = json.dumps({"reason": reason}).encode()
            start_response("403 Forbidden", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
            return [body]
        errors = environ["wsgi.errors"] = io.StringIO()
        answer = self._application(environ, start_response)
        if causes := _CAUSE.findall(errors.getvalue()):
            self._tell(f"error: {environ['REQUEST_METHOD']} {environ['PATH_INFO']}: {causes[-1]}")
        return answer

    def _refusal(self, environ: WSGIEnvironment) -> str | None:
        asked = environ.get("HTTP_HOST", "")
        if not self._knows(asked):
            return f"this dashboard does not answer to the name '{asked}'"
        if environ["REQUEST_METHOD"] in _READING:
            return None
        if not self._writable:
            return "this dashboard is read-only: start it with `autotune dashboard --writable` to change something"
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and urlsplit(origin).netloc != asked:
            return f"a page of {origin} may not change anything here"
        return None

    def _knows(self, asked: str) -> bool:
        try:
            name = urlsplit(f"//{asked}").hostname or ""
        except ValueError:
            return False
        return name in self._names or (self._everywhere and _is_address(name))


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens there."""
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def dashboard_server(storage: "RDBStorage", host: str, port: int, writable: bool, tell: Callable[[str], None]) -> WSGIServer:
    """The server, listening; a thread answers each request.

    Args:
        storage: opened for reading alone unless `writable`.
        tell: is given one line for each answer that fails.

    Raises:
        UsageError: it cannot listen there.
    """
    from optuna.storages import get_storage

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from optuna_dashboard import wsgi

        # Optuna's cache in front of the database: without it every refresh of the page reads every trial anew.
        application = Guard(wsgi(get_storage(storage)), host, writable, tell)
    try:
        return make_server(host, port, application, server_class=_server_class(host), handler_class=_Silent)
    except socket.gaierror as problem:
        raise UsageError(f"--host {host}: {problem.strerror}", "127.0.0.1 is this machine alone, 0.0.0.0 every network") from None
    except OSError as problem:
        raise UsageError(f"{host} port {port}: {problem.strerror}", "choose another with --port or --host") from None


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def shutdown_request(self, request: Any) -> None:
        """Closes a connection once the other side has: closed with a body unread, it would be reset and the answer with it lost."""
        with suppress(OSError):
            request.shutdown(socket.SHUT_WR)
            request.settimeout(_LINGER)
            until = time.monotonic() + _LINGER
            while request.recv(1 << 16) and time.monotonic() < until:
                pass
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # a browser that went away is no error
            super().handle_error(request, client_address)


class _ServerOfVersion6(_Server):
    address_family = socket.AF_INET6


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def _server_class(host: str) -> type[_Server]:
    return _ServerOfVersion6 if ":" in host else _Server


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
