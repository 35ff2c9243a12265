"""The transfer orders that messages instruct."""

import datetime

import attrs

from skontro.model import PaymentClass, PaymentDetails, PaymentType


@attrs.frozen
class TransactionReference:
    """References of one transaction, for the answer to its sender; empty where not given.

    Attributes:
        instruction_id: of the instructing agent.
        end_to_end_id: of the initiating party.
        transaction_id: of the first instructing agent.
        uetr: unique end-to-end transaction reference.
    """

    instruction_id: str = ""
    end_to_end_id: str = ""
    transaction_id: str = ""
    uetr: str = ""


@attrs.frozen
class Counterleg:
    """The order that must settle together with another, payment versus payment.

    Attributes:
        uetr: of that order.
        payer, payee: BICs.
        currency: ISO 4217 code.
        amount: minor units of the currency, positive.
    """

    uetr: str
    payer: str
    payee: str
    currency: str
    amount: int


@attrs.frozen
class InstructedOrder:
    """A transfer order as a message instructs it, checked and ready to be entered.

    Attributes:
        uetr: lower-case UUID of version 4.
        payer: BIC of the holder of the account that is debited.
        payee: BIC of the holder of the account that is credited.
        currency: ISO 4217 code.
        amount: minor units of the currency, positive.
        value_date: day on which it is to settle; None for the running one.
        payment_class: urgency.
        payment_type: of customers or between banks; decides by which cut-off it must come.
        earliest, latest: times of settlement, microseconds since 1970, where the message has them.
        transaction_id: reference of the first instructing agent, empty where not given.
        details: references, parties, purpose and remittance.
        counterleg: linked order in another currency, for payment versus payment.
    """

    uetr: str
    payer: str
    payee: str
    currency: str
    amount: int
    value_date: datetime.date | None
    payment_class: PaymentClass
    payment_type: PaymentType
    details: PaymentDetails
    earliest: int | None = None
    latest: int | None = None
    transaction_id: str = ""
    counterleg: Counterleg | None = None

    @property
    def reference(self) -> TransactionReference:
        """The references of the order, for the answer."""
        return TransactionReference(
            self.details.instruction_id, self.details.end_to_end_id, self.transaction_id, self.uetr
        )
