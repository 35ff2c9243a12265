"""Participants, their settlement accounts and collateral, and the directory of both."""

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final

import attrs

from skontro.model.country import Country
from skontro.model.currency import MAX_AMOUNT, MAX_MONEY_PER_CURRENCY, Currency
from skontro.model.errors import InputError
from skontro.model.identity import check_bic, check_lei
from skontro.model.text import check_name


@attrs.frozen
class Collateral:
    """One asset pledged for intraday credit on one settlement account.

    Attributes:
        description: description of the asset, one line.
        value: its market value in minor units of the account's currency, not negative.
        haircut: the part of the value that gives no credit, from 0 to less than 1.
    """

    description: str
    value: int
    haircut: Decimal

    def __attrs_post_init__(self) -> None:
        if not self.description.strip():
            raise InputError("collateral: the description is empty; say what is pledged")
        place = f"collateral {self.description}"
        if not 0 <= self.value <= MAX_AMOUNT:
            raise InputError(f"{place}: value {self.value} is outside 0..{MAX_AMOUNT}")
        if not (self.haircut.is_finite() and 0 <= self.haircut < 1):
            raise InputError(f"{place}: haircut {self.haircut} is not from 0 to less than 1")

    @property
    def lends(self) -> int:
        """The value less the haircut, rounded down to whole minor units."""
        return math.floor(self.value * (1 - Fraction(self.haircut)))


#: Most admissions to a running system, far above the number of participants of any system.
MAX_ADMISSIONS: Final = 2**31


@attrs.frozen
class Participant:
    """A bank or central bank admitted to the system, always named in full.

    Attributes:
        bic: ISO 9362 code, unique in the directory.
        name: full legal name.
        country: country of establishment; decides its national currencies.
        lei: ISO 17442 identifier, where it has one.
        admitted: 0 for initial participants; else the number of admissions to the running system
            up to and including its own.
    """

    bic: str = attrs.field(converter=check_bic)
    name: str
    country: Country
    lei: str | None = attrs.field(default=None, converter=attrs.converters.optional(check_lei))
    admitted: int = 0

    def __attrs_post_init__(self) -> None:
        _check_admitted(f"participant {self.bic}", self.admitted)
        try:
            check_name(self.name)
        except InputError as error:
            raise InputError(f"participant {self.bic}: the name {error}") from None


@attrs.frozen
class BilateralLimit:
    """The most that an account may have paid, net of receipts, to one other account.

    Attributes:
        counterparty: BIC of the other account's holder.
        amount: minor units, not negative.
    """

    counterparty: str
    amount: int

    def __attrs_post_init__(self) -> None:
        _check_amount(f"bilateral limit towards {self.counterparty}", self.amount)


@attrs.frozen
class SettlementAccount:
    """One participant's account in one currency.

    Reservations and limits are standing ones, applied again each business day.

    Attributes:
        bic: the holder.
        currency: currency of the account.
        opening_balance: minor units; below zero at most by the intraday credit.
        credit_line: intraday credit without collateral in minor units, not negative.
        collateral: pledged for more intraday credit.
        reserved_urgent: minor units reserved for urgent orders.
        reserved_high: minor units reserved for high orders.
        net_sender_limit: the most, in minor units, that it may have paid net of receipts to all
            others together; None for no limit.
        bilateral_limits: the same towards single counterparties, each once and not the holder.
        admitted: as for a `Participant`, for the opening of the account.
    """

    bic: str
    currency: Currency
    opening_balance: int
    credit_line: int = 0
    collateral: tuple[Collateral, ...] = ()
    reserved_urgent: int = 0
    reserved_high: int = 0
    net_sender_limit: int | None = None
    bilateral_limits: tuple[BilateralLimit, ...] = ()
    admitted: int = 0

    def __attrs_post_init__(self) -> None:
        _check_admitted(self._place, self.admitted)
        for field in ("credit_line", "reserved_urgent", "reserved_high"):
            _check_amount(f"{self._place}: {field}", getattr(self, field))
        if not -self.intraday_credit <= self.opening_balance <= MAX_MONEY_PER_CURRENCY:
            raise InputError(
                f"{self._place}: opening_balance {self.opening_balance} is outside"
                f" {-self.intraday_credit}..{MAX_MONEY_PER_CURRENCY}"
            )
        if self.net_sender_limit is not None:
            _check_amount(f"{self._place}: net_sender_limit", self.net_sender_limit)
        named = [limit.counterparty for limit in self.bilateral_limits]
        if self.bic in named:
            raise InputError(f"{self._place}: a bilateral limit names the holder itself")
        if len({*named}) < len(named):
            raise InputError(f"{self._place}: two bilateral limits name one counterparty")

    @property
    def intraday_credit(self) -> int:
        """The credit line plus the lending value of collateral; the account's floor, negated."""
        return self.credit_line + sum(asset.lends for asset in self.collateral)

    @property
    def _place(self) -> str:
        return f"account {self.bic} {self.currency}"


def _check_amount(place: str, amount: int) -> None:
    if not 0 <= amount <= MAX_AMOUNT:
        raise InputError(f"{place} {amount} is outside 0..{MAX_AMOUNT}")


def _check_admitted(place: str, admitted: int) -> None:
    if not 0 <= admitted < MAX_ADMISSIONS:
        raise InputError(f"{place}: admitted {admitted} is outside 0..{MAX_ADMISSIONS - 1}")


class ParticipantDirectory:
    """Participants and their accounts, each account with a fixed number.

    An account's number is its index in `accounts`, used in the engine's state, in commands and in
    postings. Accounts are ordered by admission, then currency, then BIC. So numbers do not depend
    on the order of the file, and an admission changes no earlier number.

    Raises:
        InputError: a BIC or an account appears twice, an account has no holder, a bilateral limit
            names a counterparty without an account in the currency, or more money enters a
            currency than sums can carry.
    """

    def __init__(
        self, participants: Iterable[Participant], accounts: Iterable[SettlementAccount]
    ) -> None:
        self.participants = tuple(sorted(participants, key=lambda p: (p.admitted, p.bic)))
        self.accounts = tuple(sorted(accounts, key=lambda a: (a.admitted, a.currency.code, a.bic)))
        self._participant = {p.bic: p for p in self.participants}
        self._account = {(a.bic, a.currency.code): i for i, a in enumerate(self.accounts)}
        self._refuse_repeated_or_ownerless()
        self._refuse_limits_towards_nobody()
        self._refuse_too_much_money()

    @property
    def currencies(self) -> tuple[Currency, ...]:
        """Every currency with accounts, by admission and then by code."""
        return tuple(dict.fromkeys(account.currency for account in self.accounts))

    @property
    def currency_by_code(self) -> Mapping[str, Currency]:
        """`currencies` by their codes."""
        return {currency.code: currency for currency in self.currencies}

    @property
    def currency_codes(self) -> tuple[str, ...]:
        """The codes of `currencies`, in their order."""
        return tuple(currency.code for currency in self.currencies)

    @property
    def admissions(self) -> int:
        """The number of admissions to the running system."""
        admitted = [participant.admitted for participant in self.participants]
        admitted += [account.admitted for account in self.accounts]
        return max(admitted, default=0)

    def participant(self, bic: str) -> Participant:
        """The participant with this BIC; `KeyError` if there is none."""
        return self._participant[bic]

    def account_number(self, bic: str, currency: str) -> int | None:
        """The index of this account in `accounts`, or None if it is not held."""
        return self._account.get((bic, currency))

    def __contains__(self, bic: object) -> bool:
        return bic in self._participant

    def _refuse_repeated_or_ownerless(self) -> None:
        if len(self._participant) < len(self.participants):
            raise InputError("a BIC appears twice in the participant directory")
        if len(self._account) < len(self.accounts):
            raise InputError("a participant has two settlement accounts in one currency")
        for account in self.accounts:
            if account.bic not in self._participant:
                raise InputError(f"settlement account of {account.bic}: no such participant")

    def _refuse_limits_towards_nobody(self) -> None:
        for account in self.accounts:
            for limit in account.bilateral_limits:
                if self.account_number(limit.counterparty, account.currency.code) is None:
                    raise InputError(
                        f"settlement account of {account.bic}: the bilateral limit towards "
                        f"{limit.counterparty}: it has no account in {account.currency}"
                    )

    def _refuse_too_much_money(self) -> None:
        for currency in self.currencies:
            accounts = [account for account in self.accounts if account.currency == currency]
            credit = sum(account.intraday_credit for account in accounts)
            money = sum(account.opening_balance for account in accounts)
            # Balances may be negative, so credit has a bound of its own.
            for name, total in (
                ("opening balances and intraday credit add", money + credit),
                ("intraday credit adds", credit),
            ):
                if total > MAX_MONEY_PER_CURRENCY:
                    raise InputError(
                        f"{currency}: {name} up to {total} minor units, "
                        f"more than {MAX_MONEY_PER_CURRENCY}"
                    )
