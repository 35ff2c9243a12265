"""``skontro reconcile``: prove both sides of every link from the records of linked systems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import attrs
import typer

from skontro.cli.record import PublicKey, find_record, warn_if_untrusted
from skontro.cli.terminal import ExitCode, StepProgress, print_json, step_progress

if TYPE_CHECKING:
    from skontro.ledger import Verified
    from skontro.ledger.link_records import LinkRecord
    from skontro.ledger.reconciled import Reconciliation

#: Most links named in the terminal; `--json` has them all.
_SHOWN = 20


@attrs.frozen(eq=False)
class RecordRead:
    """A record that was replayed.

    Attributes:
        verified: the result of its verification.
        links: its links.
        key: from a source other than the record; None if there is none.
        url: of its database.
    """

    verified: Verified
    links: LinkRecord
    key: str | None
    url: str


def reconcile(
    records: Annotated[
        list[str],
        typer.Argument(help="Two or more records: folders of systems, or URLs of databases."),
    ],
    *,
    public_key: PublicKey = None,
    as_json: Annotated[bool, typer.Option("--json", help="Result and all links as JSON.")] = False,
) -> None:
    """Prove both sides of every link between systems, from their records alone.

    Replays and verifies each record, as `skontro verify` does. Then compares all records: keys,
    contracts, terms, and the money of every leg. Each statement that one system heard must be in
    the other's record. A link settled on all sides or on none; value in doubt is named with its
    age.

    The contract in a trusted record names the peer's key, so one trusted record is enough. Ends
    with 5 at a difference, and with 3 if a record only ends too early.
    """
    import json

    from skontro.ledger.cycle_records import compare_cycles
    from skontro.ledger.mirror_records import compare_mirrors
    from skontro.ledger.reconciliation import reconcile as compare_records

    read = read_records(records, public_key, quiet=as_json)
    found = compare_records([one.links for one in read], [compare_mirrors, compare_cycles])
    if as_json:
        print_json(json.dumps(_document(read, found), indent=1, ensure_ascii=False))
    else:
        print_reconciliation(read, found)
    for difference in found.differences[:_SHOWN]:
        link = f"link {difference.link}: " if difference.link else ""
        typer.echo(f"skontro: {difference.kind}: {link}{difference.evidence}", err=True)
    if len(found.differences) > _SHOWN:
        more = len(found.differences) - _SHOWN
        typer.echo(f"skontro: and {more:,} differences more; --json has them all", err=True)
    _warn_if_nothing_is_trusted(read)
    if found.only_behind:
        typer.echo("skontro: read the records again; if it stays, one was restored", err=True)
        raise typer.Exit(ExitCode.INPUT_UNUSABLE)
    if not found.agrees:
        raise typer.Exit(ExitCode.INVARIANT_BROKEN)


def read_records(records: list[str], public_key: str | None, *, quiet: bool) -> list[RecordRead]:
    """Replay and verify records as they are at one moment.

    Args:
        records: folders or URLs.
        public_key: of one of the systems, in hexadecimal.
        quiet: show no progress.

    Raises:
        InputError: there is no such record, or fewer than two are named.
        InvariantBroken: a record is not consistent.
    """
    from contextlib import ExitStack

    from skontro.ledger import open_record
    from skontro.ledger.keys import public_key as key_of
    from skontro.ledger.keys import public_text
    from skontro.ledger.verification import fix_state
    from skontro.model import InputError

    if len(records) < 2:
        raise InputError("name two records or more: this command compares them")
    trusted = None if public_key is None else public_text(key_of(public_key))
    places = [find_record(record, None, None) for record in records]
    with ExitStack() as stack, step_progress(quiet=quiet) as progress:
        connections = [stack.enter_context(open_record(place.url)) for place in places]
        schemas = [fix_state(connection) for connection in connections]
        return [
            _read(record, place.url, place.key, trusted, connection, schema, progress)
            for record, place, connection, schema in zip(
                records, places, connections, schemas, strict=True
            )
        ]


def _read(
    record: str,
    url: str,
    key: str | None,
    trusted: str | None,
    connection: Any,  # noqa: ANN401  imported when it is needed
    schema: Any,  # noqa: ANN401
    progress: StepProgress,
) -> RecordRead:
    from skontro.ledger import shown_url
    from skontro.ledger.link_records import LinkRecord
    from skontro.ledger.verification import verify_fixed_state
    from skontro.model import InvariantBroken

    links = LinkRecord()
    shown = shown_url(url) if record == url else record

    def show(step: str, done: int, total: int) -> None:
        progress(f"{step} {shown}", done, total)

    found = verify_fixed_state(connection, schema, None, show, key, links.observe)
    if found.difference is not None:
        raise InvariantBroken("the record is consistent", f"{shown}: {found.difference}")
    links.key = found.public_key
    if key is None and found.public_key == trusted:
        key = trusted
    return RecordRead(found, links, key, url)


def _warn_if_nothing_is_trusted(read: list[RecordRead]) -> None:
    """Warn once if no record was checked with a key from elsewhere."""
    from skontro.cli.record import RecordPlace

    if all(one.key is None for one in read):
        warn_if_untrusted(RecordPlace("", None), read[0].verified.public_key)


def _document(read: list[RecordRead], found: Reconciliation) -> dict[str, Any]:
    return {
        "agrees": found.agrees,
        "systems": [
            {
                "system": one.links.name,
                "batches": one.verified.batches,
                "head": one.verified.head,
                "public_key": one.verified.public_key,
                "key_trusted": one.key is not None,
            }
            for one in read
        ],
        "proofs": found.proofs,
        "counts": {str(outcome): number for outcome, number in found.counts.items()},
        "in_doubt": [_amount_as_text(attrs.asdict(one)) for one in found.in_doubt],
        "differences": [attrs.asdict(one) for one in found.differences],
        "links": [
            {
                "link": link.terms.link,
                "terms": link.terms.digest,
                "decider": link.terms.decider,
                "outcome": str(link.outcome),
                "absent": list(link.absent),
                "legs": [_leg(leg) for leg in link.legs],
            }
            for link in found.links
        ],
    }


def _amount_as_text(values: dict[str, Any]) -> dict[str, Any]:
    from skontro.model import find_currency, format_amount

    amount = format_amount(values["value"], find_currency(values["currency"]))
    return {**values, "value": amount}


def _leg(leg: Any) -> dict[str, Any]:  # noqa: ANN401  imported when it is needed
    locked = [{"currency": code, "value": value} for code, value in leg.locked]
    return {
        **attrs.asdict(leg, filter=lambda field, _: field.name != "locked"),
        "locked": [_amount_as_text(one) for one in locked],
    }


def print_reconciliation(read: list[RecordRead], found: Reconciliation) -> None:
    """Show the outcome in lines."""
    from skontro.cli.connection import printable
    from skontro.model import find_currency
    from skontro.report.formatting import count, duration, full_amount

    for one in read:
        typer.echo(
            printable(
                f"{one.links.name}: {one.verified.batches:,} batches, consistent, head "
                f"{one.verified.head}"
            )
        )
    counts = [f"{number:,} {outcome}" for outcome, number in found.counts.items() if number]
    outcomes = ", ".join(counts).replace("_", " ")
    typer.echo(f"{count(len(found.links), 'link')}{': ' if outcomes else ''}{outcomes}")
    typer.echo(f"Batches of peers found in the peers' own records: {found.proofs:,}")
    for doubt in found.in_doubt:
        amount = full_amount(doubt.value, find_currency(doubt.currency))
        typer.echo(
            f"In doubt at {doubt.system}: {amount} in {count(doubt.links, 'link')} that "
            f"{doubt.decider} decides, the oldest for {duration(doubt.oldest)}"
        )
    absent = sorted({name for link in found.links for name in link.absent})
    if absent:
        typer.echo(f"Not compared, because their records were not given: {', '.join(absent)}")
    if found.agrees:
        typer.echo("The records agree.")
