"""``skontro init``: initialise a live system."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skontro.cli.outputs import default_folder


def init(
    participants: Annotated[
        Path, typer.Argument(help="Participants (.yaml, .toml), or a scenario's folder.")
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            help="New folder for the system; nothing is ever overwritten.",
            show_default="the participants' name-system",
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the system, one line.")] = "Trial system",
    time_zone: Annotated[str, typer.Option(help="IANA time zone.")] = "UTC",
    opens: Annotated[str, typer.Option(help="Local time at which the day opens.")] = "00:00",
    closes: Annotated[str, typer.Option(help="Local time at which the day closes.")] = "23:55",
    weekend: Annotated[
        bool, typer.Option(help="Close on Saturdays and Sundays, and on public holidays.")
    ] = False,
    lists: Annotated[
        list[Path] | None,
        typer.Option(
            help="Sanctions list, or the document (.yaml) that names several, to be copied into "
            "the system and pinned; may be given several times."
        ),
    ] = None,
    published: Annotated[
        str | None,
        typer.Option(help="Day of lists that have none in them, such as OFAC's: 2026-11-20."),
    ] = None,
    without_screening: Annotated[
        bool,
        typer.Option(
            "--without-screening",
            help="Settle orders that no list was compared with, and that name no parties.",
        ),
    ] = False,
) -> None:
    """Initialise a live system: rules, calendar, and trial keys for every participant.

    Writes system.yaml, participants.yaml and access.yaml, to be read and changed; signing.key,
    which signs the record; and keys/, with private keys and tokens to hand out and then delete.
    By default the system is open every day, so that a trial can start at once. Orders are screened
    with the lists. Without lists, every order is held until two people of the operator release it.
    """
    import datetime

    from skontro.files.reading import is_folder
    from skontro.model import InputError, parse_time
    from skontro.model.text import parse_date
    from skontro.service.initialise import PinnedLists, initialise_system
    from skontro.system import NO_SCREENING, ScreeningPolicy

    if lists and without_screening:
        raise InputError("give --lists or --without-screening, not both")
    if published is not None and not lists:
        raise InputError("--published is the day of --lists: give them, too")
    output = output or default_folder(participants, "system")
    if is_folder(participants):
        participants /= "participants.yaml"
    today = datetime.datetime.now(datetime.UTC).date()
    day = None if published is None else parse_date(published)
    rules = initialise_system(
        output,
        participants,
        name=name,
        time_zone=time_zone,
        opens=parse_time(opens),
        closes=parse_time(closes),
        weekend=(5, 6) if weekend else (),
        holidays_in=(today.year, today.year + 1) if weekend else (),
        screening=NO_SCREENING if without_screening else ScreeningPolicy(),
        lists=PinnedLists(tuple(lists), today, day) if lists else None,
    )
    typer.echo(
        f"{len(rules.directory.participants)} participants, {len(rules.directory.accounts)} "
        f"accounts, written to {output}. Start it with: skontro serve {output}"
    )
    if not lists and not without_screening:
        typer.echo(
            f"It has no sanctions lists: every order is held until two people release it. "
            f"Put screening-lists.yaml into {output}, or start it with --screening-lists."
        )
