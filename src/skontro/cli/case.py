"""``skontro case``: open cases about orders, act in them, and see who owes the next act."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skontro.cli.case_bundle import bundle, check
from skontro.cli.case_statistics import statistics
from skontro.cli.connection import (
    DEFAULT_URL,
    KeyFile,
    KeyId,
    Service,
    TokenFile,
    Url,
    connected,
    printable,
)
from skontro.cli.terminal import print_json, wrapped_by_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

_PAGE = 100

CaseNumber = Annotated[int, typer.Argument(min=0, help="Number of the case.")]
Principal = Annotated[
    str | None, typer.Option(help="Part of the order's amount that is paid back.")
]
Compensation = Annotated[
    str | None, typer.Option(help="Interest, fees or charges; computed where --rates is given.")
]
DueOn = Annotated[str | None, typer.Option(help="Value date asked for, such as 2027-01-04.")]
SettledOn = Annotated[str | None, typer.Option(help="Value date reached.")]
SchemeName = Annotated[
    str | None,
    typer.Option(help="Compensation scheme.", show_default="the one agreed"),
]
Rates = Annotated[
    Path | None,
    typer.Option(help="Published rates, as in skontro compensation: computes the compensation."),
]
Reason = Annotated[str, typer.Option(help="Code of ISO 20022, such as DUPL, or a word.")]
Text = Annotated[str, typer.Option(help="One line for people.")]
Evidence = Annotated[
    list[Path] | None,
    typer.Option(help="Document, of which the SHA-256 is sent; may be given several times."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


def open_case(
    kind: Annotated[str, typer.Argument(metavar="TYPE", help='Such as recall or "value date".')],
    uetr: Annotated[
        str | None, typer.Argument(help="The order.", show_default="none, after an outage")
    ] = None,
    *,
    reference: Annotated[str, typer.Option(help="Your own, unique for your side.")],
    claimant: Annotated[
        str | None, typer.Option(help="For which participant the operator opens it.")
    ] = None,
    currency: Annotated[
        str | None, typer.Option(help="The currency of a case without order.")
    ] = None,
    principal: Principal = None,
    compensation: Compensation = None,
    due_on: DueOn = None,
    settled_on: SettledOn = None,
    scheme: SchemeName = None,
    rates: Rates = None,
    reason: Reason = "",
    text: Text = "",
    evidence: Evidence = None,
    url: Url = DEFAULT_URL,
    token_file: TokenFile = None,
    key: KeyFile = None,
    key_id: KeyId = None,
) -> None:
    """Open a case about an order; the other side answers until a business day.

    Example: skontro case open recall UETR --reference R-7 --principal 1250.50

    The types, and the deadlines of both sides, are in docs/reference/disputes.md.
    """
    asked = _Money(principal, compensation, due_on, settled_on, scheme, rates)
    with connected(url, token_file, key, key_id) as service:
        body = {
            "reference": reference,
            "type": kind,
            "uetr": uetr,
            "claimant": claimant,
            "currency": currency,
            "terms": asked.terms(service, uetr),
            "reason": reason,
            "text": text,
            "evidence": digests(evidence or []),
        }
        answer = service.post("/v1/cases", _given(body))
        _echo(_case_lines(service.get(f"/v1/cases/{answer['case']}")))


def act(
    number: CaseNumber,
    name: Annotated[
        str, typer.Argument(metavar="ACT", help='Such as answer, refuse, offer or "add evidence".')
    ],
    *,
    principal: Principal = None,
    compensation: Compensation = None,
    due_on: DueOn = None,
    settled_on: SettledOn = None,
    scheme: SchemeName = None,
    rates: Rates = None,
    reason: Reason = "",
    text: Text = "",
    evidence: Evidence = None,
    url: Url = DEFAULT_URL,
    token_file: TokenFile = None,
    key: KeyFile = None,
    key_id: KeyId = None,
) -> None:
    """Act in a case: answer, refuse, ask, inform, offer, accept, decline, escalate, withdraw.

    Operators also award, dismiss, propose and give up. An act that commits to money or decides is
    proposed, and a second person of your side approves it with skontro approve.
    """
    asked = _Money(principal, compensation, due_on, settled_on, scheme, rates)
    with connected(url, token_file, key, key_id) as service:
        case = service.get(f"/v1/cases/{number}")
        uetr = None if case["order"] is None else case["order"]["uetr"]
        body = {
            "act": name,
            "seen": case["seen"],
            "terms": asked.terms(service, uetr),
            "reason": reason,
            "text": text,
            "evidence": digests(evidence or []),
        }
        answer = service.post(f"/v1/cases/{number}/acts", _given(body))
        if answer["proposal"] is not None:
            typer.echo(f"A second person approves it with: skontro approve {answer['proposal']}")
            return
        _echo(_case_lines(service.get(f"/v1/cases/{number}")))


def list_cases(
    *,
    due: Annotated[
        bool, typer.Option("--due", help="Only cases in which you owe the next act.")
    ] = False,
    url: Url = DEFAULT_URL,
    token_file: TokenFile = None,
    key: KeyFile = None,
    key_id: KeyId = None,
    as_json: AsJson = False,
) -> None:
    """List the cases of your side, the newest first; operators see all."""
    import json

    with connected(url, token_file, key, key_id) as service:
        found = [*_all_cases(service, due=due)]
    if as_json:
        print_json(json.dumps({"cases": found}, indent=2, ensure_ascii=False))
        return
    for one in found:
        typer.echo(printable(_case_line(one)))
    if not found:
        typer.echo("There is no such case.")


def show(
    number: CaseNumber,
    *,
    url: Url = DEFAULT_URL,
    token_file: TokenFile = None,
    key: KeyFile = None,
    key_id: KeyId = None,
    as_json: AsJson = False,
) -> None:
    """Show a case: its order, the money, who owes the next act until when, and all acts."""
    import json

    with connected(url, token_file, key, key_id) as service:
        found = service.get(f"/v1/cases/{number}")
    if as_json:
        print_json(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        _echo(_case_lines(found))


def rules(
    *,
    url: Url = DEFAULT_URL,
    token_file: TokenFile = None,
    key: KeyFile = None,
    key_id: KeyId = None,
) -> None:
    """Show the rules on cases in force as JSON; operators set them with propose set_case_rules."""
    import json

    with connected(url, token_file, key, key_id) as service:
        found = service.get("/v1/cases/rules")
    print_json(json.dumps(found, indent=2, ensure_ascii=False))


class _Money:
    """The money that the options of a command name."""

    def __init__(
        self,
        principal: str | None,
        compensation: str | None,
        due_on: str | None,
        settled_on: str | None,
        scheme: str | None,
        rates: Path | None,
    ) -> None:
        from skontro.model import InputError

        self._principal, self._compensation = principal, compensation
        self._days, self._scheme, self._rates = (due_on, settled_on), scheme, rates
        if (due_on is None) != (settled_on is None):
            raise InputError("a delay has both --due-on and --settled-on")
        if rates is not None and (due_on is None or compensation is not None):
            raise InputError("--rates computes the compensation from --due-on and --settled-on")

    def terms(self, service: Service, uetr: str | None) -> dict[str, Any] | None:
        """The terms in the form of the API; None where nothing was named.

        Args:
            service: has the order and the agreed scheme.
            uetr: of the order; None for a case without.
        """
        due_on, settled_on = self._days
        if self._principal is None and self._compensation is None and self._rates is None:
            return None
        compensation, scheme = self._compensation, self._scheme or ""
        if due_on is not None and not scheme:
            scheme = service.get("/v1/cases/rules")["scheme"]
        if self._rates is not None:
            order = service.get(f"/v1/orders/{uetr}")
            compensation = _computed(order, due_on or "", settled_on or "", scheme, self._rates)
        delay = {"uetr": uetr, "due_on": due_on, "settled_on": settled_on}
        return {
            "principal": self._principal or "0",
            "compensation": compensation or "0",
            "delays": [] if due_on is None else [delay],
            "scheme": scheme,
        }


def _computed(order: dict[str, Any], due_on: str, settled_on: str, scheme: str, rates: Path) -> str:
    """Interest and fee for one late payment, as decimal text."""
    from skontro.cli.compensation import read_chosen_scheme
    from skontro.compensation.claims import Claim
    from skontro.compensation.daily_rates import read_daily_rates
    from skontro.compensation.offers import offers
    from skontro.model import find_currency, format_amount, parse_amount, parse_date

    currency = find_currency(order["currency"])
    claim = Claim(
        reference=order["uetr"],
        payee=order["payee"],
        currency=currency,
        amount=parse_amount(order["amount"], currency),
        due_on=parse_date(due_on),
        settled_on=parse_date(settled_on),
    )
    chosen = read_chosen_scheme(scheme or "csdr-cash", [])
    (offer,) = offers(chosen, [claim], read_daily_rates(rates))
    return format_amount(offer.interest + offer.fee, currency)


def digests(files: list[Path]) -> list[str]:
    """SHA-256 of each document, hexadecimal.

    Raises:
        InputError: one cannot be read.
    """
    import hashlib

    from skontro.model import InputError

    found = []
    for path in files:
        try:
            found.append(hashlib.sha256(path.read_bytes()).hexdigest())
        except OSError as error:
            raise InputError(f"{path}: {error.strerror}") from None
    return found


def _given(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value not in (None, "", [])}


def _all_cases(service: Service, *, due: bool) -> Iterator[dict[str, Any]]:
    before: int | None = None
    while True:
        start = "" if before is None else f"&before={before}"
        page = service.get(f"/v1/cases?limit={_PAGE}&due={str(due).lower()}{start}")
        yield from page["cases"]
        before = page["next"]
        if before is None:
            return


def _echo(lines: Iterator[str]) -> None:
    for line in lines:
        typer.echo(printable(line))


def _case_line(case: dict[str, Any]) -> str:
    line = f"{case['case']}: {case['type']}, {case['claimant']} to {case['respondent']}"
    if case["owner"] is None:
        return f"{line}, closed: {case['outcome']}"
    return f"{line}, {case['state']}: {case['owner']} until {case['due']}"


def _case_lines(case: dict[str, Any]) -> Iterator[str]:
    yield f"Case {_case_line(case)}"
    yield f"  reference {case['reference']}, opened by {case['opened_by']}"
    order = case["order"]
    if order is not None:
        yield (
            f"  order {order['uetr']}: {order['payer']} pays {order['payee']} {order['amount']} "
            f"{order['currency']}, {order['status']}, {order['date']}"
        )
    terms = case["terms"]
    if terms is not None:
        yield (
            f"  {terms['total']} {case['currency']}: principal {terms['principal']}, "
            f"compensation {terms['compensation']}"
        )
    if case["payment"] is not None:
        yield f"  paid by order {case['payment']['uetr']}"
    for one in case["history"]:
        told = " ".join(text for text in (one["reason"], one["text"]) if text)
        yield f"  {one['at']} {one['by']}: {one['act']}{f' ({told})' if told else ''}"


case_app = typer.Typer(
    name="case",
    help="Cases about orders: recalls, claims, investigations, their deadlines and evidence.",
    no_args_is_help=True,
)
for _name, _command in (
    ("open", open_case),
    ("act", act),
    ("list", list_cases),
    ("show", show),
    ("rules", rules),
    ("bundle", bundle),
    ("check", check),
    ("statistics", statistics),
):
    case_app.command(_name, help=wrapped_by_terminal(_command.__doc__ or ""))(_command)
