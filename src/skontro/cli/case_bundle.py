"""``skontro case bundle`` and ``check``: evidence of a case in one file, checked offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skontro.cli.outputs import Overwrite
from skontro.cli.record import Database, recovered_record
from skontro.cli.terminal import print_json

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from skontro.ledger.bundles.checking import BundledOrder, CheckedBundle
    from skontro.system import SettlementSystem
    from skontro.system.cases.case import Case

#: How a bundle begins.
_HEAD = b'{"accounts":'
#: Most bytes of an attached file.
_MOST_ATTACHED = 10_000_000


def bundle(
    folder: Annotated[Path, typer.Argument(help="Folder of a system, with its signing key.")],
    *,
    output: Annotated[Path, typer.Option(help="File to write the bundle into.")],
    uetr: Annotated[
        list[str] | None,
        typer.Option(help="UETR of an order; may be given several times.", show_default="none"),
    ] = None,
    case: Annotated[
        int | None,
        typer.Option(min=0, help="Number of a case, with its orders.", show_default="none"),
    ] = None,
    attach: Annotated[
        list[Path] | None,
        typer.Option(
            help="Message or other document of the case; may be given several times.",
            show_default="none",
        ),
    ] = None,
    other: Annotated[
        list[Path] | None,
        typer.Option(
            help="Bundle of another system, to be put inside; may be given several times.",
            show_default="none",
        ),
    ] = None,
    database: Database = None,
    overwrite: Overwrite = False,
) -> None:
    """Write the evidence of a case into one file: orders, receipts, signed batches, messages.

    Anybody checks it with `skontro case check` and the public key of the system, without the
    record. The service may run meanwhile.
    """
    from skontro.files.writing import check_output_file, replacing
    from skontro.ledger.bundles.case_part import content_of
    from skontro.ledger.bundles.checking import check_bundle
    from skontro.ledger.bundles.making import StoredRecord, make_bundle
    from skontro.ledger.keys import public_text
    from skontro.model import InputError

    files, inside = [*(attach or ())], [*(other or ())]
    inputs = [folder, *files, *inside]
    check_output_file(
        output, inputs=inputs, overwrite=overwrite, is_own=lambda head: head.startswith(_HEAD)
    )
    if not uetr and case is None:
        raise InputError("name an order with --uetr, or a case with --case")
    attached = tuple(_attached(file) for file in files)
    others = tuple(_read(file) for file in inside)
    key = _signing_key(folder)
    with recovered_record(str(folder), database, None, 1, quiet=False) as (connection, read):
        found = None if case is None else _case(read.system, case)
        content = content_of(read.system.rules.name, found, tuple(uetr or ()), attached, others)
        made = make_bundle(StoredRecord(connection), read.system.directory, content, key)
    # The others are checked with the keys that they name: who checks the bundle knows which count.
    check_bundle(made, [public_text(key), *_keys_of(others)])
    with replacing(output) as file:
        file.write(made)
    typer.echo(f"{len(content.uetrs):,} orders, {len(made):,} bytes written to {output}")
    typer.echo(f"Public key of this system: {public_text(key)}")


def check(
    file: Annotated[Path, typer.Argument(help="Bundle, as `skontro case bundle` wrote it.")],
    *,
    public_key: Annotated[
        list[str],
        typer.Option(
            help="Public key of a system, from a source that you trust; 64 digits. One for each "
            "system whose bundle is inside."
        ),
    ],
    extract: Annotated[
        Path | None,
        typer.Option(
            help="New folder to write messages and documents into.", show_default="not written"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="All facts as JSON.")] = False,
) -> None:
    """Check a bundle offline: without the record, and without trust in who sent it.

    Every order and its status, and every act of the case, must be in batches that the system has
    signed. Any changed byte is found.
    """
    import json

    from skontro.ledger.bundles.checking import check_bundle
    from skontro.model import InputError

    try:
        found = check_bundle(_read(file), public_key)
    except InputError as error:
        raise InputError(f"{file}: {error}") from None
    if extract is not None:
        _write_documents(found, extract)
    if as_json:
        print_json(json.dumps(_document(found), indent=2, ensure_ascii=False))
    else:
        _print(found, "")


def _signing_key(folder: Path) -> Ed25519PrivateKey:
    from skontro.files.reading import is_file
    from skontro.ledger.keys import KEY_FILE, read_private_key
    from skontro.model import InputError

    file = folder / KEY_FILE
    if not is_file(file):
        raise InputError(f"{folder}: there is no {KEY_FILE}; a bundle is signed by the system")
    return read_private_key(file)


def _read(file: Path) -> bytes:
    from skontro.files.reading import read_bytes
    from skontro.ledger.bundles.lines import MAX_BYTES

    _refuse_large(file, MAX_BYTES)
    return read_bytes(file)


def _refuse_large(file: Path, most: int) -> None:
    from skontro.model import InputError

    try:
        is_large = file.stat().st_size > most
    except (OSError, ValueError):
        is_large = False  # reading it says why
    if is_large:
        raise InputError(f"{file}: has more than {most:,} bytes")


def _attached(file: Path) -> Any:  # noqa: ANN401  imported when it is needed
    from skontro.files.reading import read_bytes
    from skontro.ledger.bundles.making import Attached

    _refuse_large(file, _MOST_ATTACHED)
    return Attached(file.name, read_bytes(file))


def _keys_of(others: tuple[bytes, ...]) -> list[str]:
    from skontro.ledger.bundles.lines import signer_of

    return [signer_of(one) for one in others]


def _case(system: SettlementSystem, number: int) -> Case:
    from skontro.model import InputError

    found = system.cases.get(number)
    if found is None:
        raise InputError(f"case: no case {number} is kept; cases are kept for 400 days")
    return found


def _write_documents(found: CheckedBundle, folder: Path) -> None:
    """Write the documents under names of their hashes: names in a bundle are not trusted."""
    from skontro.files.writing import write_error
    from skontro.model import InputError

    try:
        folder.mkdir()
        for one in found.documents:
            (folder / one.sha256).write_bytes(one.content)
    except FileExistsError:
        raise InputError(f"{folder}: is there already; name a new folder") from None
    except OSError as error:
        raise write_error(folder, error, "folder") from None


def _document(found: CheckedBundle) -> dict[str, Any]:
    import attrs

    return {
        "system": found.system,
        "public_key": found.key,
        "sha256": found.sha256,
        "orders": [attrs.asdict(one) for one in found.orders],
        "case": found.case,
        "batches": list(found.batches),
        "documents": [
            {
                "name": one.name,
                "sha256": one.sha256,
                "bytes": len(one.content),
                "is_evidence": one.is_evidence,
            }
            for one in found.documents
        ],
        "others": [_document(one) for one in found.others],
    }


def _print(found: CheckedBundle, indent: str) -> None:
    from skontro.cli.connection import printable

    def say(text: str) -> None:
        typer.echo(indent + printable(text))

    say(f"Bundle of {found.system}, signed with {found.key}")
    for order in found.orders:
        say(_order_line(order))
    if found.case is not None:
        say(f"Case {found.case.get('number')}: {len(found.case['history'])} acts, each signed")
    say(f"{len(found.batches):,} signed batches, the last one {found.batches[-1]}")
    for one in found.documents:
        named = ", named by the case" if one.is_evidence else ""
        say(f"Document {one.name}: {len(one.content):,} bytes, SHA-256 {one.sha256}{named}")
    for inner in found.others:
        _print(inner, indent + "  ")


def _order_line(order: BundledOrder) -> str:
    from skontro.model import find_currency, format_amount, from_timestamp

    amount = format_amount(order.amount, find_currency(order.currency))
    reason = "" if order.reason == "NONE" else f" ({order.reason})"
    return (
        f"{order.uetr}: {order.payer} to {order.payee}, {amount} {order.currency}: "
        f"{order.status}{reason} at {from_timestamp(order.time).isoformat()}"
    )
