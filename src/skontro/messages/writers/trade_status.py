"""fxtr.017, the status of a foreign-exchange trade: here, of two legs payment versus payment."""

import datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Final

import attrs

from skontro.messages.schema_store import Element
from skontro.messages.writers.elements import (
    add,
    add_amount,
    add_text,
    add_timestamp,
    check_reference,
    root,
)
from skontro.messages.writers.heading import Heading, Institution, written
from skontro.model import Currency, InputError

#: Most digits of a rate (`BaseOneRate`), and most decimals.
_RATE_DIGITS, _RATE_DECIMALS = 11, 10

#: `TradeStatus6Code`: the counterleg has not come; the legs are matched; both settled; rejected, or
#: ended without settlement.
UNMATCHED, MATCHED, SETTLED, REJECTED = "UMTC", "FMTC", "STLD", "RJCT"
STATUSES: Final = (UNMATCHED, MATCHED, SETTLED, REJECTED)


@attrs.frozen(kw_only=True)
class Trade:
    """Two legs, seen from the receiver of the notification.

    Attributes:
        reference: of the system, 1 to 35 characters, such as the number of the first leg.
        message_id, originator_reference: of the trade message, 1 to 35 characters.
        trade_date, settlement_date: agreed dates.
        trading_side, counterparty_side: the party that buys `bought` for `sold`, and the other.
        bought, sold: amounts in minor units, above zero.
        bought_currency, sold_currency: theirs.
        status: one of `STATUSES`.
        status_at: since when, microseconds.
        sub_status: ISO code of four characters that says why; empty for none.
        common_reference: of both sides, at most 35 characters; empty for none.
    """

    reference: str
    message_id: str
    originator_reference: str
    trade_date: datetime.date
    settlement_date: datetime.date
    trading_side: Institution
    counterparty_side: Institution
    bought: int
    bought_currency: Currency
    sold: int
    sold_currency: Currency
    status: str = attrs.field(validator=attrs.validators.in_(STATUSES))
    status_at: int
    sub_status: str = ""
    common_reference: str = ""

    def __attrs_post_init__(self) -> None:
        for name in ("reference", "message_id", "originator_reference"):
            check_reference(name, getattr(self, name))
        if self.bought <= 0 or self.sold <= 0:
            raise InputError("both amounts of a trade are greater than zero")


def write_trade_status(heading: Heading, trade: Trade) -> bytes:
    """Write an fxtr.017.

    Args:
        heading: of the notification.
        trade: the two legs and their status.

    Raises:
        InputError: the rate between the amounts does not fit into a message.
    """
    message_name = "fxtr.017.001.05"
    document = root(message_name)
    notification = add(document, "FXTradStsAndDtlsNtfctn")
    status = add(notification, "StsDtls")
    add(status, "MtchgSysUnqRef").text = trade.reference
    current = add(status, "CurSts")
    add(current, "StsCd/Cd").text = trade.status
    add_text(current, "SubStsCd", trade.sub_status, 4)
    add_timestamp(status, "CurStsDtTm", trade.status_at)
    agreement = add(notification, "TradInf")
    add(agreement, "TradDt").text = trade.trade_date.isoformat()
    add(agreement, "MsgId").text = trade.message_id
    add(agreement, "OrgtrRef").text = trade.originator_reference
    add_text(agreement, "CmonRef", trade.common_reference, 35)
    add(agreement, "SpltTradInd").text = "false"
    add(agreement, "PmtVrssPmtInd").text = "true"
    _add_side(add(notification, "TradgSdId/SubmitgPty"), trade.trading_side)
    _add_side(add(notification, "CtrPtySdId/SubmitgPty"), trade.counterparty_side)
    amounts = add(notification, "TradAmts")
    add_amount(amounts, "TradgSdBuyAmt/Amt", trade.bought, trade.bought_currency)
    add_amount(amounts, "TradgSdSellAmt/Amt", trade.sold, trade.sold_currency)
    add(amounts, "SttlmDt").text = trade.settlement_date.isoformat()
    rate = add(notification, "AgrdRate")
    add(rate, "XchgRate").text, is_inverse = rate_between(
        trade.bought, trade.bought_currency, trade.sold, trade.sold_currency
    )
    unit, quoted = trade.bought_currency.code, trade.sold_currency.code
    add(rate, "UnitCcy").text = quoted if is_inverse else unit
    add(rate, "QtdCcy").text = unit if is_inverse else quoted
    return written(heading, document, message_name)


def _add_side(parent: Element, side: Institution) -> None:
    if side.bic:
        add(parent, "AnyBIC/AnyBIC").text = side.bic
    else:
        add_text(parent, "NmAndAdr/Nm", side.name, 350)


def rate_between(
    bought: int, bought_currency: Currency, sold: int, sold_currency: Currency
) -> tuple[str, bool]:
    """Units of one currency for one of the other, at least 1, to 11 digits; whether sold is unit.

    The amounts are exact; the rate is information, rounded half to even.

    Args:
        bought, sold: minor units, above zero.
        bought_currency, sold_currency: theirs.

    Raises:
        InputError: the rate does not fit into a message.
    """
    units_bought = Decimal(bought).scaleb(-bought_currency.exponent)
    units_sold = Decimal(sold).scaleb(-sold_currency.exponent)
    is_inverse = units_sold < units_bought
    high, low = (units_bought, units_sold) if is_inverse else (units_sold, units_bought)
    with localcontext(prec=60):
        rate = high / low
        decimals = min(_RATE_DECIMALS, _RATE_DIGITS - len(str(int(rate))))
        if decimals >= 0:
            rate = rate.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
    if len(str(int(rate))) > _RATE_DIGITS:
        raise InputError(f"the rate {rate:.0f} has more than {_RATE_DIGITS} digits")
    text = f"{rate:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text, is_inverse
