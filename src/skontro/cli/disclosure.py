"""``skontro disclosure``: quantitative disclosures of a settled period."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skontro.cli.terminal import console, print_json


def disclosure(
    results: Annotated[Path, typer.Argument(help="Folder that `skontro settle` wrote.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """Show quantitative disclosures after the PFMI, as far as results support them.

    Numbers are those of the standards of CPMI and IOSCO for central counterparties, by analogy.
    Disclosures without data are listed with the reason.
    """
    import json

    from rich import box
    from rich.table import Table

    from skontro.files import read_results
    from skontro.model import Currency, find_currency, format_amount
    from skontro.report.formatting import percent
    from skontro.statistics import decimal_text
    from skontro.statistics.disclosure import UNSUPPORTED, Disclosure, disclosures

    def shown(one: Disclosure, account: Currency) -> str:
        if one.value is None or one.unit == "share":
            return percent(one.value)
        if one.unit == "number":
            return decimal_text(one.value, 0 if one.value.denominator == 1 else 1) or ""
        return f"{account.code} {format_amount(round(one.value), account, grouped=True)}"

    settled = read_results(results)
    found = disclosures(settled)
    if as_json:
        rows = [
            {"number": one.number, "name": one.name, "unit": one.unit,
             "value": decimal_text(one.value, 6)}
            for one in found
        ]  # fmt: skip
        print_json(json.dumps({"disclosures": rows, "unsupported": UNSUPPORTED}, indent=2))
        return
    account = find_currency(settled.rates.account_currency.code)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading in ("Number", "Disclosure"):
        table.add_column(heading)
    table.add_column("Figure", justify="right")
    for one in found:
        table.add_row(one.number, one.name, shown(one, account))
    for number, reason in UNSUPPORTED.items():
        table.add_row(number, reason, "not supported")
    terminal = console()
    terminal.print(settled.name, style="bold")
    terminal.print(table)
