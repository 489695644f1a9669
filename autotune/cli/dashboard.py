"""`autotune dashboard`"""

from typing import Annotated

import typer

from autotune.cli.options import DEFAULT_STORAGE, Storage


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("dashboard")(dashboard_command)


def dashboard_command(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8080,
    host: Annotated[str, typer.Option(help="Address to listen on; 127.0.0.1 is reached from this machine alone.")] = "127.0.0.1",
    writable: Annotated[bool, typer.Option("--writable", help="Let its pages change the studies: notes, names, deleting.")] = False,
    storage: Storage = DEFAULT_STORAGE,
) -> None:
    """Serve Optuna's dashboard on the studies, to be read, on this machine only; a running search is not disturbed.

    \b
    Example:
      autotune dashboard --port 9000
    """
    from autotune.cli.console import note, out
    from autotune.errors import Interrupted
    from autotune.reports.dashboard import dashboard_server, is_loopback
    from autotune.storage.engine import open_read_only, open_storage, reading, storage_url

    url = storage_url(storage)
    with reading(url):
        pass  # says so where there is nothing to show
    opened = open_storage(url) if writable else open_read_only(url)
    with dashboard_server(opened, host, port, writable, note) as server:
        if writable:
            note("warning: --writable: whoever opens the page can rename and delete studies")
        if not is_loopback(host):
            note(f"warning: --host {host}: there is no login; whoever reaches this address sees the studies")
        address = f"[{host}]" if ":" in host else host
        out().print(f"the dashboard is at http://{address}:{port}/ (Ctrl-C ends it)")
        try:
            server.serve_forever()
        except Interrupted:
            raise typer.Exit from None
