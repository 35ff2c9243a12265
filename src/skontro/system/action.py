"""Actions that take two persons: their kinds, their fields, and the rule of one kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from skontro.engine import Commands
from skontro.model import InvariantBroken, ReasonCode

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem

_Value = TypeVar("_Value")

#: What a person is shown: JSON values, amounts as text with their currency, never a float.
Document = dict[str, Any]


class ActionKind(StrEnum):
    """What takes two persons."""

    SET_CREDIT_LINE = "set_credit_line"
    SET_NET_SENDER_LIMIT = "set_net_sender_limit"
    SET_BILATERAL_LIMIT = "set_bilateral_limit"
    TRANSFER_IN = "transfer_in"
    TRANSFER_OUT = "transfer_out"
    SUSPEND = "suspend"
    RESUME = "resume"
    EXTEND = "extend"
    WITHDRAW_EXTENSION = "withdraw_extension"
    OFFSET = "offset"
    CANCEL = "cancel"
    ADMIT = "admit"
    OPEN_ACCOUNT = "open_account"
    EXIT = "exit"
    SET_RULEBOOK = "set_rulebook"
    SET_CLOCK_CHANGES = "set_clock_changes"
    CONFIRM_CLOCK = "confirm_clock"
    SET_STANDING_NET_SENDER_LIMIT = "set_standing_net_sender_limit"
    SET_STANDING_BILATERAL_LIMIT = "set_standing_bilateral_limit"
    WITHDRAW_AGREED = "withdraw_agreed"
    ADD_KEY = "add_key"
    REPLACE_KEY = "replace_key"
    REVOKE_KEY = "revoke_key"
    ADD_OPERATOR = "add_operator"
    REPLACE_TOKEN = "replace_token"
    SET_ROLE = "set_role"
    REMOVE_PERSON = "remove_person"


def _codes(codes: Sequence[str] | None) -> tuple[str, ...] | None:
    """JSON has lists where an action has tuples."""
    return None if codes is None else tuple(codes)


@attrs.frozen
class Action:
    """Something that takes two persons, in names; what its kind does not use stays None.

    Attributes:
        kind: what is to be done.
        participant, counterparty: BICs.
        currency: code; with a participant it names an account.
        amount: minor units of the currency; None for no limit.
        step, until: which hour of the day is extended, to which timestamp; alone, `until` is the
            moment that the clock shows (confirm_clock).
        algorithm: number of an `Algorithm` (offset).
        uetr, order: an order's UETR and its number in the engine (cancel).
        proposal: number of a proposal that was agreed and waits for its date.
        person: name of a person; of the operator where there is no participant.
        key_id, public_key: of a participant's person, the key as 64 hexadecimal digits.
        role, token_sha256: of an operator.
        name, country, lei, currencies: of a participant to be admitted: its full legal name, ISO
            3166 code and ISO 17442 identifier, and in which currencies it gets accounts.
        rulebook: as `rulebook_to_document` writes it.
        clock_changes: of the time zone, a TZif file (RFC 8536) in Base64.
        effective_on: business day, ISO 8601, with whose start it takes effect; None for at once.
    """

    kind: ActionKind = attrs.field(converter=ActionKind)
    participant: str | None = None
    currency: str | None = None
    counterparty: str | None = None
    amount: int | None = None
    step: str | None = None
    until: int | None = None
    algorithm: int | None = None
    uetr: str | None = None
    order: int | None = None
    proposal: int | None = None
    person: str | None = None
    key_id: str | None = None
    public_key: str | None = None
    role: str | None = None
    token_sha256: str | None = None
    name: str | None = None
    country: str | None = None
    lei: str | None = None
    currencies: tuple[str, ...] | None = attrs.field(default=None, converter=_codes)
    rulebook: dict[str, Any] | None = None
    clock_changes: str | None = None
    effective_on: str | None = None

    def to_document(self) -> dict[str, Any]:
        """The fields that are used, as JSON values."""
        return attrs.asdict(self, filter=lambda _, value: value is not None)


def given(value: _Value | None) -> _Value:
    """The value of a field that the kind of action needs.

    Raises:
        InvariantBroken: it is missing, which is checked before anything else.
    """
    if value is None:
        raise InvariantBroken("an action has the fields that its kind needs", "one is missing")
    return value


@attrs.frozen
class ActionRule:
    """All that a kind of action is: a new kind is a value of `ActionKind` and one of these.

    Attributes:
        needs: fields of `Action` without which it cannot be proposed.
        may_have: further fields; none but these are taken.
        of_participants: whether two persons of a participant may decide it for their own.
        may_be_dated: whether it may be agreed on for the start of a coming business day.
        by_one: whether one person may do it alone, in an emergency: it only takes away.
        check: why it cannot be done, as things are at a time; asked when it is proposed and again
            before it takes effect.
        show: what the persons see of it beside who proposed it and when; `check` has passed.
        effect: do it at a time; the commands for the engine, and why it comes to nothing.
    """

    check: Callable[[SettlementSystem, Action, int], ReasonCode]
    show: Callable[[SettlementSystem, Action, int], Document]
    effect: Callable[[SettlementSystem, Action, int], tuple[Commands, ReasonCode]]
    needs: tuple[str, ...] = ()
    may_have: tuple[str, ...] = ()
    of_participants: bool = False
    may_be_dated: bool = False
    by_one: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """All fields that the kind may use beside `kind`."""
        dated = ("effective_on",) if self.may_be_dated else ()
        return (*self.needs, *self.may_have, *dated)
