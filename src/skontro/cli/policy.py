"""``skontro policy``: a set of policy rules tried on payments before it applies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skontro.cli.terminal import console, print_json

if TYPE_CHECKING:
    from skontro.screening.policy.trial import Trial

#: Findings and changes that a terminal shows.
_MOST_SHOWN = 20


def policy(
    rules: Annotated[Path, typer.Argument(help="The document of the rules (.yaml, .toml).")],
    payments: Annotated[
        list[Path],
        typer.Argument(
            help="A scenario, such as a recorded day that `skontro replay` wrote; or files of "
            "payments, ISO 20022 messages among them.",
            metavar="SCENARIO|FILE...",
        ),
    ],
    *,
    against: Annotated[
        Path | None,
        typer.Option(help="Rules to compare with: shows the payments on which they differ."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="All findings as JSON.")] = False,
) -> None:
    """Try policy rules on payments before they apply.

    Caps by country, customer and quarter; eligible currencies and purposes; velocity and
    structuring. Shows how many payments each rule would alert, hold or reject. Nothing is settled
    or changed.

    Customers and purposes come from messages. Payments without them count for the paying
    participant, and have no purpose.
    """
    import json

    from skontro.api.scenarios import read_with_refusals
    from skontro.messages.payment_rows import MessageFiles
    from skontro.model import InputError
    from skontro.screening.policy.rules_document import read_policy_rules
    from skontro.screening.policy.trial import payments_of, try_rules

    tried = read_policy_rules(rules)
    earlier = None if against is None else read_policy_rules(against)
    files = MessageFiles(payments[1:])
    reading = read_with_refusals(payments[0], messages=files)
    if len(reading.refusals):
        raise InputError(
            f"{payments[0]}: {reading.refusals.refused_rows:,} rows are refused; "
            "`skontro settle` names them: correct them first"
        )
    scenario = reading.scenario
    judged = list(payments_of(scenario, files.details))
    trial = try_rules(tried, judged, scenario.rates)
    before = None if earlier is None else try_rules(earlier, judged, scenario.rates)
    if as_json:
        print_json(json.dumps(_document(trial, before), ensure_ascii=False, indent=1))
        return
    _print(trial, before, sum(payment.uetr not in files.details for payment in judged))


def _document(trial: Trial, before: Trial | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "version": trial.rules.version,
        "effective_on": trial.rules.effective_on.isoformat(),
        "payments": trial.payments,
        "rules": [
            {"rule": name, "action": str(action), "payments": count}
            for name, action, count in trial.by_rule()
        ],
        "findings": [
            {"uetr": one.uetr, "rule": one.rule, "action": str(one.action), "text": one.text}
            for one in trial.findings
        ],
    }
    if before is not None:
        found["against"] = before.rules.version
        found["changes"] = [
            {"uetr": uetr, "from": old, "to": new} for uetr, old, new in trial.changes(before)
        ]
    return found


def _print(trial: Trial, before: Trial | None, without_details: int) -> None:
    terminal = console()
    rules = trial.rules
    terminal.print(
        f"Version {rules.version}, effective on {rules.effective_on}: {trial.payments:,} payments",
        style="bold",
    )
    terminal.print(
        _table(
            ("rule", "action", "payments"),
            [(name, str(action), f"{count:,}") for name, action, count in trial.by_rule()],
        )
    )
    if before is None:
        rows = [(one.uetr, one.rule, str(one.action), one.text) for one in trial.findings]
        headings: tuple[str, ...] = ("payment", "rule", "action", "figures")
    else:
        rows = list(trial.changes(before))  # type: ignore[arg-type]
        headings = ("payment", f"version {before.rules.version}", f"version {rules.version}")
    if rows:
        terminal.print(_table(headings, rows[:_MOST_SHOWN]))
    if len(rows) > _MOST_SHOWN:
        terminal.print(f"{len(rows) - _MOST_SHOWN:,} more: see --json.", style="dim")
    if without_details:
        terminal.print(
            f"{without_details:,} payments name no debtor and no purpose: they count for their "
            "paying participant.",
            style="dim",
        )


def _table(headings: tuple[str, ...], rows: list[Any]) -> Any:  # noqa: ANN401  of rich
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right" if heading == "payments" else "left")
    for row in rows:
        table.add_row(*row)
    return table
