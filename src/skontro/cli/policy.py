"""``skontro policy``: a set of policy rules tried on payments before it applies."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skontro.cli.record import Database, PublicKey, RecordPlace, find_record, warn_if_untrusted
from skontro.cli.terminal import console, print_json

if TYPE_CHECKING:
    from skontro.system.policy.rules import PolicyRules
    from skontro.system.policy.trial import Trial

#: Findings and changes that a terminal shows.
_MOST_SHOWN = 20


def policy(
    rules: Annotated[Path, typer.Argument(help="The document of the rules (.yaml, .toml).")],
    payments: Annotated[
        list[Path] | None,
        typer.Argument(
            help="A scenario, or files of payments, ISO 20022 messages among them.",
            metavar="[SCENARIO|FILE...]",
        ),
    ] = None,
    *,
    against: Annotated[
        Path | None,
        typer.Option(help="Rules to compare with: shows the payments on which they differ."),
    ] = None,
    record: Annotated[
        str | None,
        typer.Option(help="Instead of payments: folder of a system, or URL of its database."),
    ] = None,
    date: Annotated[
        datetime.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="With --record: the first business day."),
    ] = None,
    until: Annotated[
        datetime.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="With --record: the last business day.",
            show_default="the first",
        ),
    ] = None,
    database: Database = None,
    public_key: PublicKey = None,
    as_json: Annotated[bool, typer.Option("--json", help="All findings as JSON.")] = False,
) -> None:
    """Try policy rules on payments before they apply.

    Caps by country, customer and quarter; eligible currencies and purposes; velocity and
    structuring. Shows how many payments each rule would alert, hold or reject. Nothing is settled
    or changed. `skontro propose set_policy_rules` may name the digest of the trial.

    With --record the days of a live system are replayed, with the customers and purposes of its
    record. Elsewhere customers and purposes come from messages; payments without them count for
    the paying participant, and have no purpose.
    """
    import json

    from skontro.model import InputError
    from skontro.screening.policy.rules_document import read_policy_rules

    if (record is None) == (not payments):
        raise InputError("name payments, or --record with --date")
    if (record is None) != (date is None) or (until is not None and date is None):
        raise InputError("--record and --date belong together, and --until with them")
    sets = [read_policy_rules(one) for one in (rules, against) if one is not None]
    if record is not None and date is not None:
        place = find_record(record, database, public_key)
        trials, without_details = _on_record(place, sets, date.date(), (until or date).date()), 0
    else:
        trials, without_details = _on_payments(payments or [], sets)
    trial, before = trials[0], trials[1] if against is not None else None
    if as_json:
        print_json(json.dumps(_document(trial, before), ensure_ascii=False, indent=1))
        return
    _print(trial, before, without_details)


def _on_record(
    place: RecordPlace, sets: list[PolicyRules], first: datetime.date, last: datetime.date
) -> list[Trial]:
    """The trial of each set on the business days of a record."""
    from skontro.ledger import open_record
    from skontro.ledger.policy_trial import try_on_record

    trials = []
    for tried in sets:
        with open_record(place.url) as connection:
            trial, signer = try_on_record(connection, tried, first, last, place.key)
        trials.append(trial)
    warn_if_untrusted(place, signer)
    return trials


def _on_payments(payments: list[Path], sets: list[PolicyRules]) -> tuple[list[Trial], int]:
    """The trial of each set, and how many payments have no details."""
    from skontro.api.scenarios import read_with_refusals
    from skontro.messages.payment_rows import MessageFiles
    from skontro.model import InputError
    from skontro.screening.policy.scenario_payments import payments_of
    from skontro.system.policy.trial import try_rules

    files = MessageFiles(payments[1:])
    reading = read_with_refusals(payments[0], messages=files)
    if len(reading.refusals):
        raise InputError(
            f"{payments[0]}: {reading.refusals.refused_rows:,} rows are refused; "
            "`skontro settle` names them: correct them first"
        )
    scenario = reading.scenario
    judged = list(payments_of(scenario, files.kept))
    source = {"scenario": scenario.name}
    trials = [try_rules(tried, judged, scenario.rates, source) for tried in sets]
    return trials, sum(payment.uetr not in files.kept for payment in judged)


def _document(trial: Trial, before: Trial | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "version": trial.rules.version,
        "effective_on": trial.rules.effective_on.isoformat(),
        "trial_sha256": trial.digest,
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
    terminal.print(f"Digest of the trial: {trial.digest}", style="dim")
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
