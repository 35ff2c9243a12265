"""``skontro open``: the pages of a running service in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from skontro.cli.connection import DEFAULT_URL, KeyFile, KeyId, TokenFile, Url, connected


def open_pages(
    *,
    url: Url = DEFAULT_URL,
    token_file: TokenFile = None,
    key: KeyFile = None,
    key_id: KeyId = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Start a browser with the address.")
    ] = True,
) -> None:
    """Open the pages of a running service in a browser, and sign in.

    The address that is printed works once and for one minute. The key or token stays here.
    """
    import webbrowser

    from skontro.cli.connection import printable

    with connected(url, token_file, key, key_id) as service:
        made = service.post("/v1/sign-in-codes")
    typer.echo(printable(made["url"]))
    if browser and not webbrowser.open(made["url"]):
        typer.echo("skontro: no browser can be started here; open the address yourself", err=True)
