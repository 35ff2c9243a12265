"""``skontro check-message``: every finding of message files, without settling anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skontro.cli.terminal import ExitCode, print_json

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from skontro.messages import MessageRead, SystemView


def check_message(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Messages, as XML.")],
    *,
    participants: Annotated[
        Path | None,
        typer.Option(help="Participants of the system: payers and payees must be among them."),
    ] = None,
    business_date: Annotated[
        str | None,
        typer.Option(help="The business day, like 2026-11-27: no settlement date is before it."),
    ] = None,
    certificate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="BIC=FILE", help="Certificate (PEM) of a sender, to verify its signatures."
        ),
    ] = None,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Take customers' initiations (pain.001) too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Findings as JSON.")] = False,
) -> None:
    """Check ISO 20022 messages by schema, market practice and meaning, and print all findings.

    Each finding has its line, XPath, code and reason. Large files of credit transfers are read in
    parts, in bounded memory. Nothing is settled or written. A refused message ends the command with
    exit code 4.
    """
    import json

    view = _view(participants, business_date, certificate or [], sandbox=sandbox)
    checked = [(file, _check(file, view)) for file in files]
    if as_json:
        documents = [
            _as_json(file, message, count) for file, found in checked for message, count in found
        ]
        print_json(json.dumps(documents, indent=2, ensure_ascii=False))
    else:
        for file, found in checked:
            for message, count in found:
                _print(file, message, count)
    if not all(message.accepted for _, found in checked for message, _ in found):
        raise typer.Exit(ExitCode.ROWS_REFUSED)


def _view(
    participants: Path | None, business_date: str | None, certificates: list[str], *, sandbox: bool
) -> SystemView:
    from skontro.files import read_participants
    from skontro.messages import SystemView
    from skontro.model.text import parse_date

    known = dict(_certificate(given) for given in certificates)
    return SystemView(
        directory=None if participants is None else read_participants(participants),
        business_date=None if business_date is None else parse_date(business_date),
        certificates=known or None,
        sandbox=sandbox,
    )


def _certificate(given: str) -> tuple[str, Certificate]:
    from cryptography.x509 import load_pem_x509_certificate

    from skontro.files.reading import read_bytes
    from skontro.model import InputError
    from skontro.model.identity import check_bic

    bic, equals, path = given.partition("=")
    if not equals:
        raise InputError(f"--certificate {given}: write it as BIC=FILE")
    content = read_bytes(Path(path))
    try:
        return check_bic(bic), load_pem_x509_certificate(content)
    except ValueError:
        raise InputError(f"{path}: this is no certificate in PEM form") from None


def _check(file: Path, view: SystemView) -> list[tuple[MessageRead, int]]:
    """Messages of a file, with the number of their orders and requests."""
    from skontro.files.reading import read_bytes
    from skontro.messages import BulkReader, read_messages
    from skontro.messages.parsing import MAX_MESSAGE_BYTES
    from skontro.model import InputError

    try:
        large = file.stat().st_size > MAX_MESSAGE_BYTES
    except (OSError, ValueError):
        large = False
    if not large:
        messages = read_messages(read_bytes(file), view)
        return [(one, len(one.orders) + len(one.requests)) for one in messages]
    try:
        with file.open("rb") as content:
            reader = BulkReader(content, view)
            count = sum(1 for _ in reader)
    except OSError as error:
        raise InputError(f"{file}: the file cannot be read: {error}") from None
    return [(reader.message, count if reader.message.accepted else 0)]


def _print(file: Path, message: MessageRead, count: int) -> None:
    name = f"{message.name} {message.message_id}".strip() or "no message"
    if message.accepted:
        what = "1 transaction or request" if count == 1 else f"{count:,} transactions or requests"
        typer.echo(f"{file}: {name}: accepted, {what}")
    else:
        faults = sum(one.refuses for one in message.findings)
        typer.echo(f"{file}: {name}: refused, {faults} finding{'s' if faults != 1 else ''}")
    for one in message.findings:
        note = "" if one.refuses else " (note)"
        typer.echo(f"  {one.step}{note}: {one}")


def _as_json(file: Path, message: MessageRead, count: int) -> dict[str, object]:
    import attrs

    return {
        "file": str(file),
        "message": message.name,
        "message_id": message.message_id,
        "accepted": message.accepted,
        "transactions": count,
        "findings": [attrs.asdict(one) for one in message.findings],
    }
