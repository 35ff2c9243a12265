"""The agreement of several systems on joint netting cycles: members, accounts and times.

All members record the same document, each by two people of its operator. The identifier of a cycle
has the beginning of its digest, so members with different agreements have no cycle in common.
"""

import datetime
import re
from collections.abc import Iterable
from functools import cached_property
from typing import Any, Final

import attrs

from skontro.model import (
    InputError,
    Netting,
    check_bic,
    content_digest,
    find_currency,
    from_timestamp,
    quoted,
    to_timestamp,
)
from skontro.model.text import canonical_text
from skontro.system.joint.joint_cycle import JointAccount
from skontro.system.joint.joint_member import JointCycle
from skontro.system.links.contract import check_system_id
from skontro.system.links.link_documents import as_json
from skontro.system.links.terms import MAX_SYSTEMS
from skontro.system.strict_documents import read_document, strict_converter

#: Most cycles of one agreement a day.
MAX_TIMES: Final = 96
#: Form of the identifier of a cycle, for its users.
CYCLE_PATTERN: Final = r"^[A-Z0-9-]{1,35}\.\d{8}T\d{6}Z\.[0-9a-f]{16}$"

_SECOND: Final = 1_000_000
_DAY: Final = datetime.timedelta(days=1)
_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")
_MOST_COLLECT: Final = 3_600
_MOST_PAY: Final = 86_400


def _in_order(rows: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(rows))


@attrs.frozen
class CycleMember:
    """A system that is a member.

    Attributes:
        system: its identifier.
        clearing: BIC of the holder of its clearing accounts, in all currencies of the agreement.
        accounts: in its own currencies, at this system, of all members; its own are those of the
            holder of its clearing accounts.
    """

    system: str
    clearing: str
    accounts: tuple[JointAccount, ...] = attrs.field(converter=_in_order)

    def __attrs_post_init__(self) -> None:
        check_system_id(self.system)
        check_bic(self.clearing)
        for one in self.accounts:
            find_currency(one.currency)
            check_bic(one.bic)
        keys = [(one.currency, one.member) for one in self.accounts]
        if len({*keys}) < len(keys):
            raise InputError(f"accounts of {self.system}: two of one member in one currency")
        holders = [(one.currency, one.bic) for one in self.accounts]
        if len({*holders}) < len(holders):
            raise InputError(f"accounts of {self.system}: one account is that of two members")
        own = [one.bic for one in self.accounts if one.member == self.system]
        if {*own} - {self.clearing}:
            raise InputError(f"accounts of {self.system}: its own is another than its clearing")

    @property
    def currencies(self) -> tuple[str, ...]:
        """Codes of the currencies that it settles for the agreement."""
        return tuple(dict.fromkeys(one.currency for one in self.accounts))


def _by_system(members: Iterable[CycleMember]) -> tuple[CycleMember, ...]:
    return tuple(sorted(members, key=lambda one: one.system))


@attrs.frozen
class CycleAgreement:
    """The terms of the joint cycles of some systems; equal in all, byte for byte.

        agreement = read_agreement(document)
        agreement.last_cut_off(now)
        agreement.cycle_at(cut_off).identifier  # 'CIS.20261128T110000Z.5b57de503345ba6e'

    Attributes:
        name: of the agreement: capital letters, digits and hyphens.
        version: 1, 2, 3 …: a new version replaces the one before it.
        members: two or more systems.
        times: of the daily cut-offs in UTC, such as `11:00` or `11:00:30`.
        netting: of each currency.
        collect_within: seconds after a cut-off for publications, as many for handing them on, and
            as many for agreement on the result.
        pay_within: seconds after a cut-off until which the link of the net amounts may settle.

    Raises:
        InputError: a value is malformed, or members have no accounts for each other.
    """

    name: str
    version: int
    members: tuple[CycleMember, ...] = attrs.field(converter=_by_system)
    times: tuple[str, ...] = attrs.field(converter=_in_order)
    netting: Netting = Netting.MULTILATERAL
    collect_within: int = 60
    pay_within: int = 3_600

    def __attrs_post_init__(self) -> None:
        check_system_id(self.name)
        if not 1 <= self.version < 2**31:
            raise InputError(f"version: {self.version} is not a number from 1")
        systems = self.systems
        if not 2 <= len({*systems}) == len(systems) <= MAX_SYSTEMS:
            raise InputError(f"members: 2 to {MAX_SYSTEMS} different systems")
        for time in self.times:
            if not _TIME.fullmatch(time):
                raise InputError(f"times: {quoted(time)} is not a time such as 11:00")
        if not 1 <= len({*self.times}) == len(self.times) <= MAX_TIMES:
            raise InputError(f"times: 1 to {MAX_TIMES} different times a day")
        if not 1 <= self.collect_within <= _MOST_COLLECT:
            raise InputError(f"collect_within: not from 1 to {_MOST_COLLECT} seconds")
        if not 3 * self.collect_within < self.pay_within <= _MOST_PAY:
            raise InputError(
                f"pay_within: not from three times collect_within to {_MOST_PAY} seconds"
            )
        self._check_accounts()

    def _check_accounts(self) -> None:
        codes = [code for one in self.members for code in one.currencies]
        if not codes or len({*codes}) < len(codes):
            raise InputError("accounts: none, or two systems settle the same currency")
        for one in self.members:
            for code in one.currencies:
                members = [found.member for found in one.accounts if found.currency == code]
                if sorted(members) != sorted(self.systems):
                    raise InputError(
                        f"accounts of {one.system}: all members have one in {code}, and no others"
                    )

    @property
    def systems(self) -> tuple[str, ...]:
        """Identifiers of the members, in order."""
        return tuple(one.system for one in self.members)

    @property
    def currencies(self) -> tuple[str, ...]:
        """Codes of all currencies, in order."""
        return tuple(sorted(code for one in self.members for code in one.currencies))

    def member(self, system: str) -> CycleMember:
        """The member with this identifier.

        Raises:
            KeyError: it is no member.
        """
        for one in self.members:
            if one.system == system:
                return one
        raise KeyError(system)

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of the canonical text."""
        return content_digest(canonical_text(self.to_document()).encode())

    def to_document(self) -> dict[str, Any]:
        """As JSON values."""
        return attrs.asdict(self, recurse=True, value_serializer=as_json)

    def last_cut_off(self, time: int) -> int:
        """The latest cut-off before a timestamp.

        Example:
            >>> timestamp_text(agreement.last_cut_off(now))
            '2026-11-28T11:00:00Z'
        """
        today = from_timestamp(time).date()
        return max(one for one in self._cut_offs(today - _DAY, 2) if one < time)

    def next_cut_off(self, time: int) -> int:
        """The first cut-off at a timestamp or later."""
        today = from_timestamp(time).date()
        return min(one for one in self._cut_offs(today, 2) if one >= time)

    def _cut_offs(self, first: datetime.date, days: int) -> list[int]:
        return [
            to_timestamp(
                datetime.datetime.combine(
                    first + number * _DAY, datetime.time.fromisoformat(time), datetime.UTC
                )
            )
            for number in range(days)
            for time in self.times
        ]

    def cycle_at(self, cut_off: int) -> JointCycle:
        """The terms of the cycle with this cut-off."""
        at = from_timestamp(cut_off).strftime("%Y%m%dT%H%M%SZ")
        identifier = f"{self.name}.{at}.{self.digest.hex()[:16]}"
        until = cut_off + self.pay_within * _SECOND
        return JointCycle(identifier, self.systems, until, self.netting)


_CONVERTER: Final = strict_converter()


def read_agreement(document: object) -> CycleAgreement:
    """An agreement from the values that `CycleAgreement.to_document` gives.

    Raises:
        InputError: the document is malformed, has an unknown key, or its parts contradict each
            other.
    """
    return read_document(_CONVERTER, document, CycleAgreement, "agreement")
