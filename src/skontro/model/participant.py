"""Participants, their settlement accounts, and the directory that numbers both."""

from collections.abc import Iterable

import attrs

from skontro.model.country import Country
from skontro.model.currency import MAX_AMOUNT, MAX_MONEY_PER_CURRENCY, Currency
from skontro.model.errors import InputError
from skontro.model.identity import check_bic, check_lei


@attrs.frozen
class Participant:
    """A bank or central bank admitted to the system, always named in full.

    Attributes:
        bic: ISO 9362 code, unique in the directory.
        name: full legal name.
        country: where it is established; decides which currencies are national to it.
        lei: ISO 17442 identifier, where it has one.
    """

    bic: str = attrs.field(converter=check_bic)
    name: str
    country: Country
    lei: str | None = attrs.field(default=None, converter=attrs.converters.optional(check_lei))

    def __attrs_post_init__(self) -> None:
        if not self.name.strip():
            raise InputError(
                f"participant {self.bic}: the name is empty; parties are named in full"
            )


@attrs.frozen
class SettlementAccount:
    """One participant's account in one currency.

    Attributes:
        bic: the holder.
        currency: what it is held in.
        opening_balance: minor units, not negative.
        credit_line: intraday credit in minor units, not negative; the floor is its negative.
    """

    bic: str
    currency: Currency
    opening_balance: int
    credit_line: int = 0

    def __attrs_post_init__(self) -> None:
        for field in ("opening_balance", "credit_line"):
            amount = getattr(self, field)
            if not 0 <= amount <= MAX_AMOUNT:
                place = f"account {self.bic} {self.currency}: {field}"
                raise InputError(f"{place} {amount} is outside 0..{MAX_AMOUNT}")


class ParticipantDirectory:
    """Who takes part and which accounts they hold, each at a fixed position.

    The position of an account in `accounts` is its number everywhere else: in the engine's state,
    in commands and in postings. Accounts are ordered by currency, then BIC, so the numbering
    depends on what is in the directory and not on the order of the file it came from.

    Raises:
        InputError: a BIC or an account appears twice, an account has no holder, or more money
            enters a currency than sums can carry.
    """

    def __init__(
        self, participants: Iterable[Participant], accounts: Iterable[SettlementAccount]
    ) -> None:
        self.participants = tuple(sorted(participants, key=lambda p: p.bic))
        self.accounts = tuple(sorted(accounts, key=lambda a: (a.currency.code, a.bic)))
        self._participant = {p.bic: p for p in self.participants}
        self._account = {(a.bic, a.currency.code): i for i, a in enumerate(self.accounts)}
        self._refuse_repeated_or_ownerless()
        self._refuse_too_much_money()

    @property
    def currencies(self) -> tuple[Currency, ...]:
        """Every currency in which an account is held, by code."""
        return tuple(sorted({a.currency for a in self.accounts}))

    def participant(self, bic: str) -> Participant:
        """The participant with this BIC; `KeyError` if there is none."""
        return self._participant[bic]

    def account_number(self, bic: str, currency: str) -> int | None:
        """The position of this account in `accounts`, or None if it is not held."""
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

    def _refuse_too_much_money(self) -> None:
        money: dict[str, int] = {}
        for account in self.accounts:
            code = account.currency.code
            money[code] = money.get(code, 0) + account.opening_balance + account.credit_line
        for code, total in money.items():
            if total > MAX_MONEY_PER_CURRENCY:
                raise InputError(
                    f"{code}: opening balances and credit lines add up to {total} minor units, "
                    f"more than {MAX_MONEY_PER_CURRENCY}"
                )
