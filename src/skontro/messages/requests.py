"""Requests of messages other than credit transfers, as plain values."""

import datetime
from typing import TypeAlias

import attrs

from skontro.messages.cases.case_message import CaseMessage
from skontro.messages.instructed_order import InstructedOrder
from skontro.model import PaymentClass, PaymentDetails


@attrs.frozen
class OriginalReference:
    """The earlier transaction that a request is about; empty where not given.

    Attributes:
        message_id, message_name: of the message that it came in.
        instruction_id, end_to_end_id, transaction_id, uetr: of the transaction.
    """

    message_id: str = ""
    message_name: str = ""
    instruction_id: str = ""
    end_to_end_id: str = ""
    transaction_id: str = ""
    uetr: str = ""


@attrs.frozen
class CancellationRequest:
    """Cancel a queued or warehoused order (camt.056).

    Attributes:
        assignment_id: of the whole request.
        request_id: of this cancellation, empty where not given.
        original: the order.
        reason: ISO code, or a proprietary one.
        text: further information.
        assigner: BIC of the institution that asks.
    """

    assignment_id: str
    request_id: str
    original: OriginalReference
    reason: str = ""
    text: tuple[str, ...] = ()
    assigner: str = ""


@attrs.frozen
class PaymentReturn:
    """Pay a settled order back by a new one (pacs.004).

    Attributes:
        return_id: of this return.
        original: the settled order.
        payer: BIC of the institution that returns.
        payee: BIC of the institution that gets the money back.
        currency: ISO 4217 code.
        amount: minor units, positive; may be less than the original amount.
        value_date: day of settlement.
        reason: ISO code, or a proprietary one.
        payment_class: urgency.
        details: references and, where the return has a chain, its parties.
    """

    return_id: str
    original: OriginalReference
    payer: str
    payee: str
    currency: str
    amount: int
    value_date: datetime.date
    reason: str
    payment_class: PaymentClass
    details: PaymentDetails


@attrs.frozen
class DirectDebit:
    """Collect money from another institution, as agreed with it (pacs.010).

    Attributes:
        credit_id: of the instruction that this collection belongs to.
        order: the transfer from debtor to creditor; the payee sent it.
    """

    credit_id: str
    order: InstructedOrder


@attrs.frozen
class StatusRequest:
    """Tell the status of an order (pacs.028).

    Attributes:
        request_id: of this question, empty where not given.
        original: the order, or all orders of a message where it names the message alone.
    """

    request_id: str
    original: OriginalReference


@attrs.frozen
class LiquidityTransfer:
    """Move money between accounts of institutions without an underlying payment (camt.050).

    Attributes:
        end_to_end_id, instruction_id, uetr: references; UETR empty where not given.
        debtor, creditor: BIC of the holder of each account.
        debtor_account, creditor_account: as identified; empty where not given.
        currency: ISO 4217 code, of the amount or else of the accounts.
        amount: minor units, positive.
        value_date: day of settlement; None for the running one.
        details: references of the message.
    """

    end_to_end_id: str
    instruction_id: str
    uetr: str
    debtor: str
    creditor: str
    debtor_account: str
    creditor_account: str
    currency: str
    amount: int
    value_date: datetime.date | None
    details: PaymentDetails


@attrs.frozen
class AccountQuery:
    """Tell balances of accounts (camt.003); without accounts, of all own ones.

    Attributes:
        accounts: as identified.
        currencies: ISO 4217 codes; empty for all.
        balance_types: codes; empty for all.
    """

    accounts: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    balance_types: tuple[str, ...] = ()


@attrs.frozen
class TransactionQuery:
    """Tell orders that fit all criteria (camt.005); without criteria, all own ones.

    Attributes:
        uetrs, instruction_ids, end_to_end_ids, message_ids: of the orders.
        payers, payees: BICs.
        statuses: ISO codes.
        currencies: ISO 4217 codes.
        from_date, to_date: first and last settlement date, or None.
    """

    uetrs: tuple[str, ...] = ()
    instruction_ids: tuple[str, ...] = ()
    end_to_end_ids: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    payers: tuple[str, ...] = ()
    payees: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    from_date: datetime.date | None = None
    to_date: datetime.date | None = None


@attrs.frozen
class ModificationRequest:
    """Change a queued order (camt.007).

    Attributes:
        original: the order.
        payment_class: the new one; None for no change.
        earliest, latest: new times of settlement, microseconds since 1970; None for no change.
    """

    original: OriginalReference
    payment_class: PaymentClass | None = None
    earliest: int | None = None
    latest: int | None = None


@attrs.frozen
class ReportRequest:
    """Send a report of an account (camt.060).

    Attributes:
        request_id: of this question, empty where not given.
        message_name: of the report, ``camt.052``, ``camt.053`` or ``camt.054``, may have a version.
        account: as identified; empty for all own ones.
        owner: BIC of the account's holder; empty where not given.
        currency: ISO 4217 code; empty for all.
        from_date, to_date: first and last day, or None for the running one.
    """

    request_id: str
    message_name: str
    account: str
    owner: str
    currency: str
    from_date: datetime.date | None
    to_date: datetime.date | None


@attrs.frozen
class TradeInstruction:
    """One side of a foreign-exchange trade, to be settled payment versus payment (fxtr.014).

    Attributes:
        reference: of the side that sends it.
        common_reference: of both sides, by which their instructions find each other.
        trade_date: day of the trade.
        trading_side, counterparty: BICs.
        buy_currency, sell_currency: of the trading side, ISO 4217 codes.
        buy_amount, sell_amount: minor units.
        value_date: day of settlement.
        rate: as written.
        details: references, date and rate of the trade.
    """

    reference: str
    common_reference: str
    trade_date: datetime.date
    trading_side: str
    counterparty: str
    buy_currency: str
    buy_amount: int
    sell_currency: str
    sell_amount: int
    value_date: datetime.date
    rate: str
    details: PaymentDetails


#: Any request of a message other than a credit transfer.
Request: TypeAlias = (
    CancellationRequest
    | PaymentReturn
    | DirectDebit
    | StatusRequest
    | LiquidityTransfer
    | AccountQuery
    | TransactionQuery
    | ModificationRequest
    | ReportRequest
    | TradeInstruction
    | CaseMessage
)
