"""`autotune dashboard`"""

from typing import Annotated

import typer

from autotune.cli.options import DEFAULT_STORAGE, Storage


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("dashboard")(dashboard_command)


def dashboard_command(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")] = 8080,
    storage: Storage = DEFAULT_STORAGE,
) -> None:
    """Serve Optuna's dashboard on the studies, on this machine only; a running search is not disturbed.

    \b
    Example:
      autotune dashboard --port 9000
    """
    import warnings
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

    from autotune.cli.console import out
    from autotune.errors import Interrupted, UsageError
    from autotune.storage.engine import open_storage, reading, storage_url

    url = storage_url(storage)
    with reading(url):
        pass  # says so where there is nothing to show

    from optuna.storages import get_storage

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from optuna_dashboard import wsgi

        # Optuna's cache in front of the database: without it every refresh of the page reads every trial anew.
        application = wsgi(get_storage(open_storage(url)))

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True

    class Silent(WSGIRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    try:
        server = make_server("127.0.0.1", port, application, server_class=Server, handler_class=Silent)
    except OSError as problem:
        raise UsageError(f"port {port}: {problem.strerror}", "choose another with --port") from None
    with server:
        out().print(f"the dashboard is at http://127.0.0.1:{port}/ (Ctrl-C ends it)")
        try:
            server.serve_forever()
        except Interrupted:
            raise typer.Exit from None
