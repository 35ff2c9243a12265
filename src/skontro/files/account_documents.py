"""Settlement accounts in documents: amounts in the account's currency, collateral and limits."""

from decimal import Decimal
from typing import Annotated, Final, TypeVar

from pydantic import Field, PlainValidator, TypeAdapter, ValidationInfo

from skontro.files.document_fields import (
    DECIMAL_TEXT,
    BicField,
    CurrencyField,
    LineField,
    unusable,
    whole_number,
)
from skontro.files.documents import Schema
from skontro.model import (
    MAX_ADMISSIONS,
    MAX_AMOUNT,
    MAX_MONEY_PER_CURRENCY,
    BilateralLimit,
    Collateral,
    Currency,
    InputError,
    SettlementAccount,
    format_amount,
    parse_amount,
    parse_decimal,
)

_KIND_OF_HAIRCUT: Final = "a decimal number from 0 to less than 1, like 0.05"

_Item = TypeVar("_Item", bound=Schema)


def _decimal_text(value: object, kind: str, example: str) -> str:
    """The text of an exact number; a float could have been rounded already."""
    if isinstance(value, float):
        raise unusable(f'is a float; {kind} is never a float: put it in quotes, like "{example}"')
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise unusable(f'must be decimal text in quotes, like "{example}"')
    return str(value)


def _amount(value: object, info: ValidationInfo, *, signed: bool = False) -> int:
    text = _decimal_text(value, "money", "1250.50")
    # Parts of an account get its currency; the account itself has it as a field.
    currency: Currency | None = (info.context or info.data).get("currency")
    if currency is None:  # refused already; without it the decimals cannot be judged
        return 0
    try:
        most = MAX_MONEY_PER_CURRENCY if signed else MAX_AMOUNT
        return parse_amount(text, currency, signed=signed, most=most)
    except InputError as error:
        raise unusable(str(error)) from None


def _balance(value: object, info: ValidationInfo) -> int:
    return _amount(value, info, signed=True)


def _haircut(value: object) -> Decimal:
    text = _decimal_text(value, "a haircut", "0.05")
    try:
        return parse_decimal(text, _KIND_OF_HAIRCUT, lambda haircut: haircut < 1)
    except InputError as error:
        raise unusable(str(error)) from None


#: Number of admissions to the running system up to and including this one.
AdmittedField = Annotated[int, whole_number(0, MAX_ADMISSIONS - 1)]
_AMOUNT: Final = DECIMAL_TEXT | int
AmountField = Annotated[int, PlainValidator(_amount, json_schema_input_type=_AMOUNT)]
BalanceField = Annotated[int, PlainValidator(_balance, json_schema_input_type=_AMOUNT)]
HaircutField = Annotated[Decimal, PlainValidator(_haircut, json_schema_input_type=_AMOUNT)]


class _Collateral(Schema):
    description: LineField
    value: AmountField
    haircut: HaircutField


class _BilateralLimit(Schema):
    counterparty: BicField
    amount: AmountField


def _parts(shape: type[_Item]) -> PlainValidator:
    """Validates a list of parts of an account, whose amounts are in the account's currency."""
    adapter = TypeAdapter(list[shape])  # type: ignore[valid-type]

    def validate(value: object, info: ValidationInfo) -> list[_Item]:
        context = {"currency": info.data.get("currency")}
        return adapter.validate_python(value, strict=True, context=context)

    return PlainValidator(validate, json_schema_input_type=list[shape])  # type: ignore[valid-type]


class AccountSchema(Schema):
    """A settlement account in a document; amounts are read as minor units."""

    currency: CurrencyField
    opening_balance: BalanceField
    credit_line: AmountField = 0
    collateral: Annotated[list[_Collateral], _parts(_Collateral)] = Field(default_factory=list)
    reserved_urgent: AmountField = 0
    reserved_high: AmountField = 0
    net_sender_limit: AmountField | None = None
    bilateral_limits: Annotated[list[_BilateralLimit], _parts(_BilateralLimit)] = Field(
        default_factory=list
    )
    admitted: AdmittedField = 0


def settlement_account(bic: str, shape: AccountSchema) -> SettlementAccount:
    """The account that a document gives a participant.

    Raises:
        InputError: it begins below its floor, two of its bilateral limits name one counterparty,
            or one the holder.
    """
    return SettlementAccount(
        bic,
        shape.currency,
        shape.opening_balance,
        shape.credit_line,
        tuple(Collateral(c.description, c.value, c.haircut) for c in shape.collateral),
        shape.reserved_urgent,
        shape.reserved_high,
        shape.net_sender_limit,
        tuple(BilateralLimit(b.counterparty, b.amount) for b in shape.bilateral_limits),
        shape.admitted,
    )


def account_document(account: SettlementAccount) -> dict[str, object]:
    """The account as a document; liquidity-saving keys only where they differ from the default."""

    def amount(minor: int) -> str:
        return format_amount(minor, account.currency)

    document: dict[str, object] = {
        "currency": account.currency.code,
        "opening_balance": amount(account.opening_balance),
        "credit_line": amount(account.credit_line),
    }
    if account.collateral:
        document["collateral"] = [
            {
                "description": asset.description,
                "value": amount(asset.value),
                "haircut": format(asset.haircut, "f"),
            }
            for asset in account.collateral
        ]
    for key in ("reserved_urgent", "reserved_high"):
        if getattr(account, key):
            document[key] = amount(getattr(account, key))
    if account.net_sender_limit is not None:
        document["net_sender_limit"] = amount(account.net_sender_limit)
    if account.bilateral_limits:
        document["bilateral_limits"] = [
            {"counterparty": limit.counterparty, "amount": amount(limit.amount)}
            for limit in account.bilateral_limits
        ]
    if account.admitted:
        document["admitted"] = account.admitted
    return document
