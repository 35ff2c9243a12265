"""``skontro group-share``: the national-currency share of several systems, from their records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skontro.cli.outputs import Overwrite
from skontro.cli.record import Database, RecordPlace, find_record
from skontro.cli.terminal import StepProgress, console, print_json, step_progress

if TYPE_CHECKING:
    from skontro.ledger.member_statistics import MemberStatistics
    from skontro.model import RateTable
    from skontro.statistics.group_share import GroupShare

#: Begins each signed document, so that an output never replaces another file.
_BEGINNING = b'{\n "statistics": '


def group_share(
    members: Annotated[
        list[str],
        typer.Argument(help="Records (folders or URLs), or signed statistics of members, JSON."),
    ],
    *,
    rates: Annotated[
        Path | None, typer.Option(help="Rates of account, CSV, in which values are added.")
    ] = None,
    sign: Annotated[
        Path | None,
        typer.Option(help="Write the statistics of one system's folder, signed with its key."),
    ] = None,
    database: Database = None,
    overwrite: Overwrite = False,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """Measure the share of value that a group of systems settles in national currencies.

    The figures come from the members' records, or from the statistics that members signed. All
    members compute the same. A link counts once, in the record of its decider, and an obligation
    that a joint cycle has paid in the record of its payer's system.

    With --sign, one member writes its statistics for the others. --database belongs to --sign.
    """
    import json

    from skontro.files.rates import read_rates
    from skontro.model import InputError

    if sign is not None:
        _sign(members, database, sign, overwrite=overwrite)
        return
    if rates is None:
        raise InputError("--rates names the rates in which the values are added")
    table = read_rates(rates)
    with step_progress(quiet=as_json) as progress:
        found = [read_member(one, progress) for one in members]
    refuse_repeated(found)
    share = measured_share(found, table)
    if as_json:
        print_json(json.dumps(share_document(found, share, table), indent=1))
    else:
        print_share(found, share, table)


def read_member(text: str, progress: StepProgress) -> MemberStatistics:
    """The statistics of one member, from its record or from a document that it signed.

    Raises:
        InputError: neither is there, or the signature is not good.
        InvariantBroken: the record is not consistent.
    """
    if Path(text).suffix == ".json":
        return _signed_document(Path(text))
    return _of_record(text, find_record(text, None, None), progress)


def _signed_document(path: Path) -> MemberStatistics:
    from skontro.files.json_reading import NotJsonError, read_json
    from skontro.files.reading import read_bytes
    from skontro.ledger.member_statistics import MemberStatistics
    from skontro.model import InputError

    content = read_bytes(path)
    try:
        return MemberStatistics.check(read_json(content))
    except (NotJsonError, InputError) as error:
        raise InputError(f"{path}: {error}") from None


def _of_record(record: str, place: RecordPlace, progress: StepProgress) -> MemberStatistics:
    from skontro.ledger import open_record, shown_url, verify
    from skontro.ledger.settled_turnover import SettledTurnover
    from skontro.model import InvariantBroken

    turnover = SettledTurnover()
    shown = shown_url(place.url) if record == place.url else record

    def show(step: str, done: int, total: int) -> None:
        progress(f"{step} {shown}", done, total)

    with open_record(place.url) as connection:
        found = verify(connection, None, show, place.key, turnover.observe)
    if found.difference is not None:
        raise InvariantBroken("the record is consistent", f"{shown}: {found.difference}")
    return turnover.statistics(found.public_key)


def refuse_repeated(members: list[MemberStatistics]) -> None:
    """Check that each system is there once.

    Raises:
        InputError: one is there twice; its value would count twice.
    """
    from skontro.model import InputError

    names = [one.system for one in members]
    keys = [one.public_key for one in members]
    for name, key in zip(names, keys, strict=True):
        if names.count(name) > 1 or keys.count(key) > 1:
            raise InputError(f"{name} is named twice, so its value would count twice")


def _sign(members: list[str], database: str | None, output: Path, *, overwrite: bool) -> None:
    import json

    from skontro.files.writing import check_output_file, write_text
    from skontro.ledger.keys import KEY_FILE, read_private_key
    from skontro.model import InputError

    if len(members) != 1:
        raise InputError("--sign: name the folder of one system")
    key = read_private_key(Path(members[0]) / KEY_FILE)
    check_output_file(
        output,
        inputs=[],
        overwrite=overwrite,
        is_own=lambda head: head.startswith(_BEGINNING),
    )
    with step_progress(quiet=False) as progress:
        found = _of_record(members[0], find_record(members[0], database, None), progress)
    write_text(output, json.dumps(found.signed(key), indent=1, ensure_ascii=False) + "\n")
    typer.echo(f"{found.system}: statistics up to batch {found.batch} written to {output}")


def measured_share(members: list[MemberStatistics], rates: RateTable) -> GroupShare:
    """The share of all members together."""
    import attrs

    from skontro.statistics.group_share import group_share as measure

    given = [(one.countries, [attrs.astuple(row) for row in one.rows]) for one in members]
    return measure(given, rates)


def share_document(
    members: list[MemberStatistics], share: GroupShare, rates: RateTable
) -> dict[str, Any]:
    """The figures as JSON values; the members in order of their identifiers."""
    return {
        "members": [
            {
                "system": one.system,
                "batch": one.batch,
                "head": one.head,
                "public_key": one.public_key,
            }
            for one in sorted(members, key=lambda each: each.system)
        ],
        "countries": list(share.countries),
        "currency": rates.account_currency.code,
        "total": _figures(share.total),
        "cross_border": _figures(share.cross_border),
        "corridors": [
            {
                "payer_country": one.payer_country.alpha3,
                "payee_country": one.payee_country.alpha3,
                **_figures(one.share),
            }
            for one in share.corridors
        ],
    }


def _figures(share: Any) -> dict[str, Any]:  # noqa: ANN401  imported when it is needed
    from skontro.statistics.exact import decimal_text

    return {
        "orders": share.orders,
        "value_minor": str(share.value),
        "national_by_corridor_minor": str(share.by_corridor.value),
        "national_by_member_minor": str(share.by_member.value),
        "share_by_corridor": decimal_text(share.by_corridor.share, 6),
        "share_by_member": decimal_text(share.by_member.share, 6),
    }


def print_share(members: list[MemberStatistics], share: GroupShare, rates: RateTable) -> None:
    """Show the figures as a table."""
    from rich import box
    from rich.table import Table

    from skontro.report.formatting import percent, short_amount

    currency = rates.account_currency
    terminal = console()
    for one in sorted(members, key=lambda each: each.system):
        terminal.print(f"{one.system}: up to batch {one.batch}, {one.head}", soft_wrap=True)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Corridor", no_wrap=True)
    for name in ("Payments", "Value", "By corridor", "By member"):
        table.add_column(name, justify="right", no_wrap=True)
    rows = [
        (f"{one.payer_country.alpha3} to {one.payee_country.alpha3}", one.share)
        for one in share.corridors
    ]
    for name, part in [*rows, ("Between countries", share.cross_border), ("All", share.total)]:
        table.add_row(
            name,
            f"{part.orders:,}",
            short_amount(part.value, currency),
            percent(part.by_corridor.share),
            percent(part.by_member.share),
        )
    terminal.print(table)
