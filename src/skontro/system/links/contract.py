"""The contract between two systems: the terms on which their orders settle together.

Both systems record the same contract, each by two people of its operator. Its digest is part of
every statement between the two, so two systems with different contracts link nothing.
"""

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Any, Final

import attrs

from skontro.model import (
    MAX_AMOUNT,
    InputError,
    check_bic,
    check_name,
    content_digest,
    find_currency,
    format_amount,
    quoted,
)
from skontro.model.text import canonical_text
from skontro.system.links.link_documents import as_json

#: As the decider: of the currencies of a link, the system whose currency closes first decides.
CLOSES_FIRST: Final = "closes_first"

#: Least number of officers of a side: a certificate takes two.
MIN_OFFICERS: Final = 2

#: Form of the identifier of a system.
SYSTEM_ID_PATTERN: Final = r"^[A-Z0-9](?:[A-Z0-9-]{0,33}[A-Z0-9])?$"
_SYSTEM_ID: Final = re.compile(SYSTEM_ID_PATTERN)
_PUBLIC_KEY: Final = re.compile(r"[0-9a-f]{64}")
_MOST_SECONDS: Final = 86_400


def check_system_id(text: str) -> str:
    """The identifier of a system: 1 to 35 capital letters, digits and hyphens inside.

    Raises:
        InputError: it has other characters.

    Example:
        >>> check_system_id("KZ-RTGS")
        'KZ-RTGS'
    """
    if not _SYSTEM_ID.fullmatch(text):
        raise InputError(
            f"{quoted(text)} is not the identifier of a system: 1 to 35 capital letters and digits,"
            " with hyphens inside"
        )
    return text


def _checked_system(_instance: object, _attribute: "attrs.Attribute[str]", value: str) -> None:
    check_system_id(value)


def _checked_key(_instance: object, attribute: "attrs.Attribute[str]", value: str) -> None:
    if not _PUBLIC_KEY.fullmatch(value):
        raise InputError(
            f"{attribute.name}: {quoted(value)} is not 64 hexadecimal digits in small letters"
        )


def _checked_name(_instance: object, attribute: "attrs.Attribute[str]", value: str) -> None:
    try:
        check_name(value)
    except InputError as error:
        raise InputError(f"{attribute.name} {error}") from None


def _seconds(_instance: object, attribute: "attrs.Attribute[int]", value: int) -> None:
    if not 1 <= value <= _MOST_SECONDS:
        raise InputError(
            f"{attribute.name}: {value} is not a number of seconds from 1 to {_MOST_SECONDS}"
        )


@attrs.frozen
class Officer:
    """A person whose signature, with that of a second one, decides a link in doubt.

    Attributes:
        name: full name.
        public_key: Ed25519, 64 hexadecimal digits.
    """

    name: str = attrs.field(validator=_checked_name)
    public_key: str = attrs.field(validator=_checked_key)


@attrs.frozen
class LinkedCurrency:
    """A currency that a side settles for the contract.

    Attributes:
        currency: ISO 4217 code.
        earmark_account: BIC of the holder of the account that keeps earmarked money.
        cap: most value in doubt towards the other side, minor units.
        vostro_account: BIC of the holder of the other side's account; empty where none is agreed.
        nostro_account: BIC of the holder, in the other system, of the account that mirrors it
            there; empty where none is agreed.
    """

    currency: str
    earmark_account: str
    cap: int
    vostro_account: str = ""
    nostro_account: str = ""

    def __attrs_post_init__(self) -> None:
        find_currency(self.currency)
        check_bic(self.earmark_account)
        if self.vostro_account and check_bic(self.vostro_account) == self.earmark_account:
            raise InputError(f"vostro_account: {self.vostro_account} holds the earmark account")
        if self.nostro_account and not self.vostro_account:
            raise InputError("nostro_account: it mirrors a vostro_account, and there is none")
        if self.nostro_account:
            check_bic(self.nostro_account)
        if not 0 < self.cap <= MAX_AMOUNT:
            raise InputError(f"cap: {self.cap} is not an amount from 1 to {MAX_AMOUNT} minor units")


def _by_key(officers: Iterable[Officer]) -> tuple[Officer, ...]:
    return tuple(sorted(officers, key=lambda one: one.public_key))


def _by_code(currencies: Iterable[LinkedCurrency]) -> tuple[LinkedCurrency, ...]:
    return tuple(sorted(currencies, key=lambda one: one.currency))


@attrs.frozen
class ContractSide:
    """One of the two systems.

    Attributes:
        system: its identifier, the same in all its contracts.
        name: full legal name of its operator.
        public_key: the key that signs its record.
        officers: two or more people who may certify a decision for it.
        currencies: those that it settles for the contract, by code.
    """

    system: str = attrs.field(validator=_checked_system)
    name: str = attrs.field(validator=_checked_name)
    public_key: str = attrs.field(validator=_checked_key)
    officers: tuple[Officer, ...] = attrs.field(converter=_by_key)
    currencies: tuple[LinkedCurrency, ...] = attrs.field(converter=_by_code)

    def __attrs_post_init__(self) -> None:
        keys = [one.public_key for one in self.officers]
        names = [one.name for one in self.officers]
        if len({*keys}) < len(keys) or len({*names}) < len(names) or self.public_key in keys:
            raise InputError(f"officers of {self.system}: two have the same name or key")
        if len(keys) < MIN_OFFICERS:
            raise InputError(f"officers of {self.system}: a certificate takes two people")
        codes = [one.currency for one in self.currencies]
        if not codes or len({*codes}) < len(codes):
            raise InputError(f"currencies of {self.system}: none, or one of them twice")

    def linked(self, currency: str) -> LinkedCurrency | None:
        """The terms of a currency; None where the side does not settle it."""
        for one in self.currencies:
            if one.currency == currency:
                return one
        return None


@attrs.frozen
class LinkTimers:
    """The time limits of a link, in seconds.

    Attributes:
        decide_within: from the request to earmark until the decider may no longer commit.
        stop_before_cut_off: no link starts so shortly before the earlier cut-off of the two sides.
        alarm_after: a link in doubt for longer raises an alarm.
    """

    decide_within: int = attrs.field(default=30, validator=_seconds)
    stop_before_cut_off: int = attrs.field(default=300, validator=_seconds)
    alarm_after: int = attrs.field(default=60, validator=_seconds)

    def __attrs_post_init__(self) -> None:
        if self.decide_within > self.stop_before_cut_off:
            raise InputError(
                "timers: decide_within is longer than stop_before_cut_off, so a link could be "
                "decided after the cut-off"
            )


def _by_system(sides: Iterable[ContractSide]) -> tuple[ContractSide, ...]:
    return tuple(sorted(sides, key=lambda one: one.system))


@attrs.frozen
class LinkContract:
    """The terms on which two systems settle together; equal on both sides, byte for byte.

        contract = read_contract(document)
        contract.digest  # both operators compare it before they approve
        contract.other("KZ-RTGS").public_key

    Attributes:
        version: 1, 2, 3 …: a new version replaces the one before it.
        sides: the two systems, by identifier.
        decider: identifier of the system that decides every link, or `CLOSES_FIRST`.
        timers: time limits.
        compensation: the rule for interest and compensation on delay, by name.
        law: the law that governs the contract.

    Raises:
        InputError: the sides contradict each other.
    """

    version: int
    sides: tuple[ContractSide, ...] = attrs.field(converter=_by_system)
    decider: str = CLOSES_FIRST
    timers: LinkTimers = attrs.field(factory=LinkTimers)
    compensation: str = attrs.field(default="none agreed", validator=_checked_name)
    law: str = attrs.field(default="none agreed", validator=_checked_name)

    def __attrs_post_init__(self) -> None:
        if not 1 <= self.version < 2**31:
            raise InputError(f"version: {self.version} is not a number from 1")
        systems = [side.system for side in self.sides]
        if len(systems) != 2 or len({*systems}) < 2:
            raise InputError("sides: a contract has two different systems")
        if len({side.public_key for side in self.sides}) < 2:
            raise InputError("sides: both systems have the same key")
        if self.decider not in (CLOSES_FIRST, *systems):
            raise InputError(f"decider: {quoted(self.decider)} is neither of the two systems")
        codes = [one.currency for side in self.sides for one in side.currencies]
        if len({*codes}) < len(codes):
            raise InputError("currencies: both systems settle the same one")

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of the contract's canonical text."""
        return content_digest(canonical_text(self.to_document()).encode())

    def to_document(self) -> dict[str, Any]:
        """The contract as JSON values; amounts are decimal text in their currency."""
        document = attrs.asdict(self, recurse=True, value_serializer=as_json)
        for side in document["sides"]:
            for one in side["currencies"]:
                one["cap"] = format_amount(one["cap"], find_currency(one["currency"]))
        return document

    def side(self, system: str) -> ContractSide:
        """The side with this identifier.

        Raises:
            KeyError: it is not a side of the contract.
        """
        for side in self.sides:
            if side.system == system:
                return side
        raise KeyError(system)

    def other(self, system: str) -> ContractSide:
        """The side that is not this one.

        Raises:
            KeyError: this one is not a side of the contract.
        """
        first, second = self.sides
        if first.system == system:
            return second
        if second.system == system:
            return first
        raise KeyError(system)
