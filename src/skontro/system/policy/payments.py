"""Payments as policy rules see them, and the findings of the rules."""

import datetime
from typing import Any

import attrs

from skontro.engine import Commands, uetr_text
from skontro.model import NO_DIGEST, Currency, ParticipantDirectory, ReasonCode, find_currency
from skontro.system.details_columns import purpose_text
from skontro.system.policy.rules import PolicyAction, Subject


@attrs.frozen
class JudgedPayment:
    """A payment as the rules see it.

    Attributes:
        uetr: of the payment.
        at: when it asks for settlement, microseconds since 1970, UTC.
        date: business date.
        payer, payee: BICs of participants.
        payer_country, payee_country: alpha-2.
        currency, amount: in minor units.
        customer: digest of the debtor's account, identifier or name, hexadecimal; else the payer's
            BIC.
        purpose: code of ISO 20022, or "".
    """

    uetr: str
    at: int
    date: datetime.date
    payer: str
    payee: str
    payer_country: str
    payee_country: str
    currency: Currency
    amount: int
    customer: str
    purpose: str = ""

    def subject(self, subject: Subject) -> str:
        """Whose payment it is."""
        return {
            Subject.CUSTOMER: self.customer,
            Subject.PARTICIPANT: self.payer,
            Subject.COUNTRY: self.payer_country,
        }[subject]


@attrs.frozen
class PolicyFinding:
    """A payment that a rule is about.

    Attributes:
        uetr: of the payment.
        rule: name.
        action: that the rule asks for.
        text: figures, for a person.
        reason: that of the rule's kind.
    """

    uetr: str
    rule: str
    action: PolicyAction
    text: str
    reason: ReasonCode

    def to_document(self) -> dict[str, str | int]:
        """As JSON values."""
        return {
            "uetr": self.uetr,
            "rule": self.rule,
            "action": str(self.action),
            "figures": self.text,
            "reason": int(self.reason),
        }


def judged_payment(
    orders: Commands, index: int, directory: ParticipantDirectory, date: datetime.date
) -> JudgedPayment:
    """An order as the rules see it.

    Args:
        orders: the batch.
        index: of an order whose payer and payee are known.
        directory: participants and accounts.
        date: the business day.
    """
    payer = directory.accounts[int(orders.payer[index])]
    payee = directory.accounts[int(orders.payee[index])]
    customer = orders.column("customer")[index].tobytes()
    return JudgedPayment(
        uetr=uetr_text(orders.column("uetr")[index].tobytes()),
        at=int(orders.time[index]),
        date=date,
        payer=payer.bic,
        payee=payee.bic,
        payer_country=directory.participant(payer.bic).country.alpha2,
        payee_country=directory.participant(payee.bic).country.alpha2,
        currency=payer.currency,
        amount=int(orders.amount[index]),
        customer=payer.bic if customer == NO_DIGEST else customer.hex(),
        purpose=purpose_text(int(orders.column("purpose")[index])),
    )


def payment_row(payment: JudgedPayment) -> list[Any]:
    """A payment as JSON values, for a snapshot."""
    row = attrs.asdict(payment, recurse=False)
    return [*(row | {"date": payment.date.isoformat(), "currency": payment.currency.code}).values()]


def payment_from_row(row: list[Any]) -> JudgedPayment:
    """The inverse of `payment_row`."""
    values = [*row]
    values[2], values[7] = datetime.date.fromisoformat(values[2]), find_currency(values[7])
    return JudgedPayment(*values)
