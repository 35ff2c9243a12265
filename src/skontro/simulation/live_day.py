"""A live business day as a scenario, with its outcomes, both from the record alone."""

import datetime
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt
import polars as pl

from skontro.engine import (
    ANY_TIME_AFTER,
    ANY_TIME_BEFORE,
    NO_LIMIT,
    NO_UETR,
    CommandKind,
    Commands,
    EventKind,
    to_records,
    uetr_text,
)
from skontro.files import INSTRUCTIONS, PAYMENTS, TIMESTAMP, Results, Scenario
from skontro.files.instruction_checks import NEW_TIMES, ON_DEMAND
from skontro.files.refusals import FIRST_ROW
from skontro.ledger import open_record, read_rules
from skontro.ledger.keys import public_key, refuse_other_key
from skontro.model import (
    Algorithm,
    ParticipantDirectory,
    PaymentClass,
    RateTable,
    ReasonCode,
    Rulebook,
)
from skontro.simulation.earmarks import LINK_KINDS
from skontro.simulation.explanation.replayed_day import LINKS
from skontro.simulation.period_record import PeriodRecord
from skontro.simulation.recorded_day import (
    OF_ORDERS,
    RecordedDay,
    read_recorded_day,
)
from skontro.simulation.results import results_of

_ABOUT_ORDERS: Final = (
    CommandKind.CANCEL,
    CommandKind.CHANGE_CLASS,
    CommandKind.CHANGE_TIMES,
    CommandKind.MOVE_TO_FRONT,
    CommandKind.MOVE_TO_END,
)
#: Reasons of settlement for which a payments file refuses an order.
_IN_FILES: Final = (
    ReasonCode.LATEST_TIME_PASSED,
    ReasonCode.COUNTERLEG_UNKNOWN,
    ReasonCode.LEGS_IN_ONE_CURRENCY,
)
_LIMITS: Final = (CommandKind.SET_NET_SENDER_LIMIT, CommandKind.SET_BILATERAL_LIMIT)

#: Orders left out, with the reason.
LEFT_OUT: Final = pl.Schema({"uetr": pl.String(), "reason": pl.String()})


@attrs.frozen(eq=False)
class LiveDay:
    """A business day of the record.

    Attributes:
        scenario: input of the simulation.
        results: outcome in the record.
        left_out: orders that never came to settlement, with the columns `LEFT_OUT`.
        public_key: that signed the record, in hexadecimal.
        linked: number of earmarks and legs of links with other systems. Where there are any,
            settling the scenario again gives other results: files hold no steps of links.
    """

    scenario: Scenario
    results: Results
    left_out: pl.DataFrame
    public_key: str = ""
    linked: int = 0


def read_live_day(url: str, date: datetime.date, key: str | None = None) -> LiveDay:
    """A business day that is over, from the record.

    Args:
        url: URL of the record's database.
        date: date of the day.
        key: public key of the system, from where it is trusted; None to take the record's own.

    Raises:
        InputError: there is no such day, or it is not over.
        InvariantBroken: the record contradicts itself, or was signed with another key.
    """
    with open_record(url) as connection:
        rules, settings = read_rules(connection)
        refuse_other_key(settings["public_key"], key)
        signer = public_key(settings["public_key"])
        recorded = read_recorded_day(connection, rules, date, signer)
    return attrs.evolve(as_live_day(recorded), public_key=settings["public_key"])


def as_live_day(recorded: RecordedDay) -> LiveDay:
    """The day as a scenario, with its results."""
    rules = recorded.end.rules
    record = recorded.record
    orders = record.orders
    requests = record.commands.take(
        ~record.commands.are_orders & ~np.isin(record.commands.kind, LINK_KINDS)
    )
    kept = _in_payments_file(record)
    names = [uetr_text(uetr) for uetr in orders.uetr.tolist()]
    submitted = {
        record.first_order + index: (names[index], int(orders.time[index]))
        for index in np.flatnonzero(kept).tolist()
    }
    scenario = Scenario(
        name=f"{rules.name}, {recorded.day.date}",
        business_days=(recorded.day,),
        time_zone=rules.calendar.time_zone,
        directory=recorded.directory,
        payments=_payments(recorded.directory, orders, kept, names),
        rates=RateTable(recorded.directory.currencies[0], []),
        provenance={"record": "a business day of the live system"},
        rulebook=_rulebook(recorded.rulebook),
        instructions=_instructions(recorded.directory, requests, submitted),
    )
    rows = scenario.payments.select("uetr").with_columns(
        row=pl.int_range(FIRST_ROW, pl.len() + FIRST_ROW)
    )
    scenario = attrs.evolve(scenario, rows=rows)
    left_out = [
        *recorded.rejected,
        *((names[i], _why(i, record)) for i in np.flatnonzero(~kept).tolist()),
    ]
    results = results_of(scenario, record, recorded.end.engine)
    linked = len(record.carried) + int((orders.kind == int(CommandKind.SUBMIT_LINKED)).sum())
    if linked:
        provenance = {**results.provenance, LINKS: f"{linked} legs of links with other systems"}
        results = attrs.evolve(results, provenance=provenance)
    return LiveDay(
        scenario, results, pl.DataFrame(left_out, schema=LEFT_OUT, orient="row"), linked=linked
    )


def _in_payments_file(record: PeriodRecord) -> npt.NDArray[np.bool_]:
    """Which orders a payments file takes; those that it does not had no effect."""
    kept = np.ones(len(record.orders), np.bool_)
    events = record.events
    rejected = events[(events["kind"] == EventKind.REJECTED) & np.isin(events["reason"], _IN_FILES)]
    kept[record.indices(rejected)] = False
    return kept


def _why(index: int, record: PeriodRecord) -> str:
    events = record.events[np.isin(record.events["kind"], OF_ORDERS)]
    of_order = events[record.indices(events) == index]
    return ReasonCode(int(of_order["reason"][-1])).name if len(of_order) else ""


def _payments(
    directory: ParticipantDirectory, orders: Commands, kept: npt.NDArray[np.bool_], names: list[str]
) -> pl.DataFrame:
    bics = np.array([account.bic for account in directory.accounts])
    codes = np.array([account.currency.code for account in directory.accounts])
    indices = np.flatnonzero(kept)
    paid = orders.take(indices)
    columns = {
        "uetr": [names[index] for index in indices.tolist()],
        "submitted_at": pl.Series(paid.time).cast(TIMESTAMP),
        "payer": bics[paid.payer],
        "payee": bics[paid.payee],
        "currency": codes[paid.payer],
        "amount_minor": paid.amount,
        "payment_class": [PaymentClass(c).name.lower() for c in paid.payment_class.tolist()],
        "earliest_at": _timestamps(paid.column("earliest"), ANY_TIME_BEFORE),
        "latest_at": _timestamps(paid.column("latest"), ANY_TIME_AFTER),
        "counterleg": [
            uetr_text(uetr) if uetr != NO_UETR else None
            for uetr in paid.column("counterleg").tolist()
        ],
    }
    frame = pl.DataFrame({name: columns[name] for name in PAYMENTS if name in columns})
    missing = [name for name in PAYMENTS if name not in columns]
    frame = frame.with_columns(pl.lit(None).alias(name) for name in missing)
    return frame.select(list(PAYMENTS)).cast(dict(PAYMENTS))  # type: ignore[arg-type]


def _timestamps(times: npt.NDArray[np.int64], absent: int) -> pl.Series:
    series = pl.Series(np.ascontiguousarray(times))
    return series.set(series == absent, None).cast(TIMESTAMP)


def _instructions(
    directory: ParticipantDirectory,
    requests: Commands,
    submitted: dict[int, tuple[str, int]],
) -> pl.DataFrame:
    """The requests, except those that settlement refused and a file cannot contain.

    Args:
        submitted: by number, UETR and time of the orders that the scenario has.
    """
    found = []
    for row in to_records(requests):
        kind = CommandKind(int(row["kind"]))
        one: dict[str, Any] = dict.fromkeys(INSTRUCTIONS)
        one |= {"at": int(row["time"]), "instruction": kind.name.lower()}
        if kind in _ABOUT_ORDERS:
            about = submitted.get(int(row["order"]))
            if about is None or about[1] > one["at"]:
                continue  # about an order of another day, or of none as yet
            one["uetr"] = about[0]
        elif kind == CommandKind.OFFSET:
            if int(row["amount"]) not in ON_DEMAND:
                continue  # settlement refused it
            one["algorithm"] = Algorithm(int(row["amount"])).name.lower()
        else:
            one |= _about_account(directory, kind, row)
        if kind in (CommandKind.CHANGE_CLASS, CommandKind.SET_RESERVATION):
            one["payment_class"] = PaymentClass(int(row["payment_class"])).name.lower()
        if kind == CommandKind.CHANGE_TIMES and not _add_times(one, row):
            continue  # settlement refused it
        found.append(one)
    times = ("at", *NEW_TIMES)
    frame = pl.DataFrame(found, schema={**INSTRUCTIONS, **dict.fromkeys(times, pl.Int64())})
    return frame.with_columns(pl.col(times).cast(TIMESTAMP))


def _add_times(one: dict[str, Any], row: Any) -> bool:  # noqa: ANN401  one record
    """Add the new times of an order; whether an instruction may have them."""
    earliest, latest = int(row["earliest"]), int(row["latest"])
    if earliest != ANY_TIME_BEFORE:
        one["earliest_at"] = earliest
    if latest != ANY_TIME_AFTER:
        one["latest_at"] = latest
    named = earliest != ANY_TIME_BEFORE or latest != ANY_TIME_AFTER
    return named and latest >= max(one["at"], earliest)


def _about_account(
    directory: ParticipantDirectory,
    kind: CommandKind,
    row: Any,  # noqa: ANN401  one record
) -> dict[str, Any]:
    account, amount = directory.accounts[int(row["payer"])], int(row["amount"])
    if kind == CommandKind.SET_CREDIT_LINE:
        amount -= account.intraday_credit - account.credit_line
    fields: dict[str, Any] = {
        "participant": account.bic,
        "currency": account.currency.code,
        "amount_minor": None if kind in _LIMITS and amount == NO_LIMIT else amount,
    }
    if kind == CommandKind.SET_BILATERAL_LIMIT:
        fields["counterparty"] = directory.accounts[int(row["payee"])].bic
    return fields


def _rulebook(rulebook: Rulebook) -> Rulebook:
    """The rulebook without scheduled runs and pay-ins, which are among the instructions."""
    limits = rulebook.position_limits
    if limits is not None:
        limits = attrs.evolve(limits, pay_ins=())
    return attrs.evolve(rulebook, schedule=(), position_limits=limits)
