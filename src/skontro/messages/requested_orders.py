"""Orders that requests ask for: returns, transfers of liquidity, and legs of trades.

These messages have no UETR of their own, or may have none. Then it is derived from what identifies
the request, so that a repetition is the same order.
"""

from collections.abc import Iterable
from typing import Final, TypeAlias

from skontro.messages.instructed_order import Counterleg, InstructedOrder, TransactionReference
from skontro.messages.requests import LiquidityTransfer, PaymentReturn, Request, TradeInstruction
from skontro.messages.writers.status_codes import StatusReason
from skontro.model import PaymentClass, PaymentType, derived_uetr

#: Why no direct debit is taken: no participant can let another draw on its account here.
NO_MANDATE: Final = StatusReason(
    "MD01",
    (
        "no direct debit is taken: a debtor cannot grant one in this system",
        "ask the debtor for a pacs.009",
    ),
)

OrderingRequest: TypeAlias = PaymentReturn | LiquidityTransfer | TradeInstruction

#: Requests that become orders.
ORDERING: Final = (PaymentReturn, LiquidityTransfer, TradeInstruction)


def orders_of_requests(requests: Iterable[Request]) -> tuple[InstructedOrder, ...]:
    """The orders that requests ask for, in their order; none of requests that ask for no order."""
    return tuple(_order_of(one) for one in requests if isinstance(one, ORDERING))


def references_of_requests(requests: Iterable[Request]) -> tuple[TransactionReference, ...]:
    """References of the requests that ask for orders, for the answer."""
    return tuple(_reference(one) for one in requests if isinstance(one, ORDERING))


def _order_of(request: OrderingRequest) -> InstructedOrder:
    if isinstance(request, PaymentReturn):
        return order_of_return(request)
    if isinstance(request, LiquidityTransfer):
        return _order_of_transfer(request)
    return _order_of_trade(request)


def _reference(request: OrderingRequest) -> TransactionReference:
    if isinstance(request, PaymentReturn):
        original = request.original
        return TransactionReference(
            request.return_id, original.end_to_end_id, original.transaction_id, original.uetr
        )
    if isinstance(request, LiquidityTransfer):
        return TransactionReference(
            request.instruction_id, request.end_to_end_id, uetr=_order_of_transfer(request).uetr
        )
    own = uetrs_of_trade(request)[0]
    return TransactionReference(request.reference, request.common_reference, uetr=own)


def order_of_return(request: PaymentReturn, attempt: int = 1) -> InstructedOrder:
    """The order that pays a settled order back.

    Its UETR is derived from that of the settled order. So no order is returned twice: a second
    return has the UETR of the first. One after a return that did not settle is another attempt.

    Args:
        request: the return.
        attempt: number of the attempt, from 1.
    """
    return InstructedOrder(
        uetr=derived_uetr("return", request.original.uetr, str(attempt)),
        payer=request.payer,
        payee=request.payee,
        currency=request.currency,
        amount=request.amount,
        value_date=request.value_date,
        payment_class=request.payment_class,
        payment_type=PaymentType.INTERBANK,
        details=request.details,
    )


def _order_of_transfer(request: LiquidityTransfer) -> InstructedOrder:
    message_id = request.details.message_id
    uetr = request.uetr or derived_uetr("liquidity", request.debtor, message_id)
    return InstructedOrder(
        uetr=uetr,
        payer=request.debtor,
        payee=request.creditor,
        currency=request.currency,
        amount=request.amount,
        value_date=request.value_date,
        payment_class=PaymentClass.NORMAL,
        payment_type=PaymentType.INTERBANK,
        details=request.details,
    )


def uetrs_of_trade(request: TradeInstruction) -> tuple[str, str]:
    """UETRs of the leg of the trading side, and of that of its counterparty.

    Both sides derive the same two: from the reference that they have in common, and from who pays.
    """
    reference, sides = request.common_reference, (request.trading_side, request.counterparty)
    return derived_uetr("trade", reference, *sides), derived_uetr("trade", reference, *sides[::-1])


def _order_of_trade(request: TradeInstruction) -> InstructedOrder:
    own, other = uetrs_of_trade(request)
    return InstructedOrder(
        uetr=own,
        payer=request.trading_side,
        payee=request.counterparty,
        currency=request.sell_currency,
        amount=request.sell_amount,
        value_date=request.value_date,
        payment_class=PaymentClass.NORMAL,
        payment_type=PaymentType.INTERBANK,
        details=request.details,
        counterleg=Counterleg(
            other,
            request.counterparty,
            request.trading_side,
            request.buy_currency,
            request.buy_amount,
        ),
    )
