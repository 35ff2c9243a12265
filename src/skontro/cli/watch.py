"""``skontro watch``: send the message files of a folder to a running service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skontro.cli.connection import DEFAULT_URL, KeyFile, KeyId, Url


def watch(
    folder: Annotated[Path, typer.Argument(help="Folder with message files (.xml).")],
    *,
    url: Url = DEFAULT_URL,
    key: KeyFile = None,
    key_id: KeyId = None,
    quiet: Annotated[
        float, typer.Option(min=0, help="Seconds for which a file must not have changed.")
    ] = 2.0,
    once: Annotated[
        bool, typer.Option("--once", help="End when the files that are there have been sent.")
    ] = False,
) -> None:
    """Send each ISO 20022 message file in a folder to a running service, as a participant.

    Files are taken when they are complete, the earliest first, and moved to done/ or refused/ with
    the answer next to them. Write a file under another ending, or a name that begins with a dot,
    and rename it. Where the service does not answer, the files stay and are sent again. The program
    may be stopped at any time: a message that is sent again gets the same answer, and no second
    payment.
    """
    import time

    from skontro.cli.connection import signing_client
    from skontro.model import InputError
    from skontro.service.watched_folder import TryLater, WatchedFolder

    if key is None or key_id is None:
        raise InputError("messages are sent by a participant's person: give --key and --key-id")
    if not folder.is_dir():
        raise InputError(f"{folder}: this is no folder")
    client = signing_client(url, key, key_id)
    with WatchedFolder(folder, client.submit_message, quiet) as watched:
        while True:
            pause = min(max(quiet / 2, 0.05), 1.0)
            try:
                for one in watched.look():
                    typer.echo(f"{'taken' if one.taken else 'refused'} {one.path}")
            except TryLater as error:
                typer.echo(f"skontro: {error}; trying again in {error.seconds:g} s", err=True)
                pause = error.seconds
            else:
                if once and not watched.waits:
                    return
            time.sleep(pause)
