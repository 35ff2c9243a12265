"""Participants, accounts and rulebook: the initial ones, and the changes since."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from skontro.model import (
    BilateralLimit,
    InputError,
    Participant,
    ParticipantDirectory,
    Rulebook,
    SettlementAccount,
    find_country,
    find_currency,
)
from skontro.system.rulebook_document import rulebook_from_document


class Membership:
    """The participant directory and the rulebook in force.

    Changes come from agreed actions. Each is kept as given, so a snapshot holds the changes and not
    the directory.

    Args:
        directory: the initial one.
        rulebook: the initial one.

    Attributes:
        directory: participants and accounts; those that have left stay, with their numbers.
        rulebook: rulebook of the running day, or of the next one where none runs.
        left: BICs of participants that have left, in order of exit.

    Example:
        >>> from skontro.model import ParticipantDirectory, Rulebook
        >>> members = Membership(ParticipantDirectory([], []), Rulebook())
        >>> members.admit("BANKKZKA", "Bank of the Steppe", "KAZ", None, ["KZT"])
        >>> [account.currency.code for account in members.directory.accounts]
        ['KZT']
    """

    def __init__(self, directory: ParticipantDirectory, rulebook: Rulebook) -> None:
        self.directory, self.rulebook = directory, rulebook
        self.left: tuple[str, ...] = ()
        self._changes: list[dict[str, Any]] = []

    def admit(
        self, bic: str, name: str, country: str, lei: str | None, currencies: list[str]
    ) -> None:
        """Admit a participant, with an account in each of these currencies.

        Raises:
            InputError: a field is invalid, or the participant is already in the directory.
        """
        admitted = self.directory.admissions + 1
        participant = Participant(bic, name, find_country(country), lei, admitted)
        accounts = [SettlementAccount(bic, find_currency(code), 0) for code in currencies]
        self._extend([participant], accounts, admitted)
        self._note("admit", bic=bic, name=name, country=country, lei=lei, currencies=[*currencies])

    def open_account(self, bic: str, currency: str) -> None:
        """Open an account of a participant in one more currency.

        Raises:
            InputError: there is no such participant or currency, or the account is open already.
        """
        account = SettlementAccount(bic, find_currency(currency), 0)
        self._extend([], [account], self.directory.admissions + 1)
        self._note("open_account", bic=bic, currency=currency)

    def leave(self, bic: str) -> None:
        """Close a participant's membership: its accounts stay, but take no more payments.

        Raises:
            InputError: there is no such participant, or it has left.
        """
        if bic not in self.directory or bic in self.left:
            raise InputError(f"{bic} is not in the system")
        self.left = (*self.left, bic)
        accounts = [
            attrs.evolve(
                account,
                opening_balance=0,
                credit_line=0,
                collateral=(),
                reserved_urgent=0,
                reserved_high=0,
                net_sender_limit=None,
                bilateral_limits=(),
            )
            if account.bic == bic
            else account
            for account in self.directory.accounts
        ]
        self.directory = ParticipantDirectory(self.directory.participants, accounts)
        self._note("leave", bic=bic)

    def set_rulebook(self, document: Mapping[str, Any]) -> None:
        """Put another rulebook in force.

        Raises:
            InputError: the document is not a rulebook.
        """
        self.rulebook = rulebook_from_document(dict(document))
        self._note("set_rulebook", document=dict(document))

    def set_standing_limit(
        self, bic: str, currency: str, counterparty: str | None, amount: int | None
    ) -> None:
        """Set a limit that applies from the start of every day.

        Args:
            bic, currency: of the account.
            counterparty: BIC for a bilateral limit; None for the net-sender limit.
            amount: minor units; None for no limit.

        Raises:
            InputError: there is no such account, or the limit is invalid.
        """
        number = self.directory.account_number(bic, currency)
        if number is None:
            raise InputError(f"{bic} has no settlement account in {currency}")
        account = self.directory.accounts[number]
        if counterparty is None:
            changed = attrs.evolve(account, net_sender_limit=amount)
        else:
            limits = [one for one in account.bilateral_limits if one.counterparty != counterparty]
            if amount is not None:
                limits.append(BilateralLimit(counterparty, amount))
            changed = attrs.evolve(account, bilateral_limits=tuple(limits))
        accounts = [*self.directory.accounts]
        accounts[number] = changed
        self.directory = ParticipantDirectory(self.directory.participants, accounts)
        self._note(
            "set_standing_limit",
            bic=bic,
            currency=currency,
            counterparty=counterparty,
            amount=amount,
        )

    def to_document(self) -> list[dict[str, Any]]:
        """For a snapshot: the changes in their order."""
        return [*self._changes]

    @classmethod
    def from_document(
        cls, directory: ParticipantDirectory, rulebook: Rulebook, changes: list[dict[str, Any]]
    ) -> "Membership":
        """The inverse of `to_document`, from the initial directory and rulebook.

        Raises:
            InputError: a change is impossible.
        """
        restored = cls(directory, rulebook)
        for change in changes:
            fields = dict(change)
            _CHANGES[fields.pop("change")](restored, **fields)
        return restored

    def _extend(
        self, participants: list[Participant], accounts: list[SettlementAccount], admitted: int
    ) -> None:
        self.directory = ParticipantDirectory(
            [*self.directory.participants, *participants],
            [*self.directory.accounts, *(attrs.evolve(a, admitted=admitted) for a in accounts)],
        )

    def _note(self, change: str, **fields: object) -> None:
        self._changes.append({"change": change, **fields})


_CHANGES: Final[Mapping[str, Callable[..., None]]] = {
    "admit": Membership.admit,
    "open_account": Membership.open_account,
    "leave": Membership.leave,
    "set_rulebook": Membership.set_rulebook,
    "set_standing_limit": Membership.set_standing_limit,
}
