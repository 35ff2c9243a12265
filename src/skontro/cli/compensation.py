"""``skontro compensation``: offers of compensation for late payments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skontro.cli.outputs import Overwrite
from skontro.cli.terminal import console, print_json

if TYPE_CHECKING:
    from skontro.compensation.offers import Offer
    from skontro.compensation.schemes import Scheme

#: How a file begins that the command writes.
OFFERS_HEAD = b"payee,currency,reference,"


def compensation(
    claims: Annotated[
        Path,
        typer.Argument(
            help="CSV file of late payments: reference, payee, currency, amount, due_on, "
            "settled_on, and if you like kind and claimed."
        ),
    ],
    *,
    scheme: Annotated[
        str,
        typer.Option(
            help="A built-in scheme: target, us-ucc-4a-506, canada-lvts-14, csdr-cash, "
            "sepa-inquiry; or a file of your own (.yaml, .toml)."
        ),
    ] = "csdr-cash",
    rates: Annotated[
        Path,
        typer.Option(help="CSV file of published rates: series, currency, date, percent a year."),
    ],
    holiday: Annotated[
        list[str] | None,
        typer.Option(
            help="Weekday that is no business day; may be given several times.",
            show_default="none",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="CSV file to write a row for each payment into.", show_default="the terminal alone"
        ),
    ] = None,
    overwrite: Overwrite = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Compute the compensation for payments that settled late, for each payee.

    Interest runs from the due date up to the day of settlement, at the rates that the scheme names.
    It is exact, and rounded once for each payment: half to even, to the minor unit.
    """
    import json

    from skontro.compensation.claims import read_claims
    from skontro.compensation.daily_rates import read_daily_rates
    from skontro.compensation.offers import offers
    from skontro.files.table_files import write_csv
    from skontro.model import parse_date

    inputs = [claims, rates]
    chosen = read_chosen_scheme(scheme, inputs)
    if output is not None:
        check_offers_file(output, inputs, overwrite=overwrite)
    found = offers(
        chosen,
        read_claims(claims),
        read_daily_rates(rates),
        {parse_date(one) for one in holiday or ()},
    )
    if output is not None:
        write_csv(output, offers_table(found))
    if as_json:
        print_json(json.dumps(offers_document(chosen, found), indent=2, ensure_ascii=False))
    else:
        print_offers(chosen, found)


def read_chosen_scheme(scheme: str, inputs: list[Path]) -> Scheme:
    """A built-in scheme by name, or one from a file, which is added to the inputs."""
    from skontro.compensation.schemes import PRESETS, preset, read_scheme

    if scheme in PRESETS or not Path(scheme).suffix:
        return preset(scheme)
    inputs.append(Path(scheme))
    return read_scheme(Path(scheme))


def check_offers_file(output: Path, inputs: list[Path], *, overwrite: bool) -> None:
    """Refuse a file for offers that is an input, or another's."""
    from skontro.files.writing import check_output_file

    check_output_file(
        output,
        inputs=inputs,
        overwrite=overwrite,
        is_own=lambda head: head.startswith(OFFERS_HEAD),
    )


def _amounts(scheme: Scheme, offer: Offer) -> tuple[str, str, str]:
    """Interest, fee and total as text."""
    from skontro.model import format_amount

    parts = (offer.interest, offer.fee, offer.interest + offer.fee)
    interest, fee, total = (format_amount(one, offer.currency) for one in parts)
    return interest, fee, total


def offers_document(scheme: Scheme, found: list[Offer]) -> dict[str, Any]:
    """Offers as a JSON document."""
    from skontro.model import format_amount

    return {
        "scheme": scheme.name,
        "payer": scheme.payer,
        "source": scheme.source,
        "unverified": list(scheme.unverified),
        "offers": [
            {
                "payee": offer.payee,
                "currency": offer.currency.code,
                **dict(zip(("interest", "fee", "total"), _amounts(scheme, offer), strict=True)),
                "is_made": offer.is_made,
                "payments": [
                    {
                        "reference": line.claim.reference,
                        "amount": format_amount(line.claim.amount, offer.currency),
                        "due_on": line.claim.due_on.isoformat(),
                        "settled_on": line.claim.settled_on.isoformat(),
                        "days": line.days,
                        "interest": format_amount(line.interest, offer.currency),
                        "accepted": format_amount(line.accepted, offer.currency),
                    }
                    for line in offer.lines
                ],
            }
            for offer in found
        ],
    }


def offers_table(found: list[Offer]) -> Any:  # noqa: ANN401  Polars is imported when it is needed
    """Offers as a table with a row for each payment."""
    import polars as pl

    from skontro.model import format_amount

    columns = ("payee", "currency", "reference", "days", "interest", "accepted")
    rows = [
        (
            offer.payee,
            offer.currency.code,
            line.claim.reference,
            line.days,
            format_amount(line.interest, offer.currency),
            format_amount(line.accepted, offer.currency),
        )
        for offer in found
        for line in offer.lines
    ]
    return pl.DataFrame(rows, schema=list(columns), orient="row")


def print_offers(scheme: Scheme, found: list[Offer]) -> None:
    """Show offers on the terminal."""
    from rich.table import Table

    terminal = console()
    terminal.print(f"{scheme.name}; to be paid by {scheme.payer}")
    table = Table(box=None, pad_edge=False)
    for heading in ("payee", "currency", "payments", "interest", "fee", "total"):
        table.add_column(heading, justify="left" if heading in {"payee", "currency"} else "right")
    for offer in found:
        total = _amounts(scheme, offer)
        texts = (*total[:2], total[2] if offer.is_made else "below the minimum")
        table.add_row(offer.payee, offer.currency.code, f"{len(offer.lines):,}", *texts)
    terminal.print(table)
    for text in scheme.unverified:
        terminal.print(f"Not verified: {text}")
