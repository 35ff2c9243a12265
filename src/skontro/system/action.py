"""Actions under four-eyes control: kinds, fields, and the rule of each kind."""

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

#: A document shown to a person: JSON values, amounts as text with their currency, never a float.
Document = dict[str, Any]


class ActionKind(StrEnum):
    """Kinds of action under four-eyes control."""

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
    SET_SCREENING = "set_screening"
    SET_SCREENING_LISTS = "set_screening_lists"
    HOLD_ORDER = "hold_order"
    RELEASE_HELD_ORDER = "release_held_order"
    REJECT_HELD_ORDER = "reject_held_order"
    SET_LINK_CONTRACT = "set_link_contract"
    SUSPEND_LINKS = "suspend_links"
    RESUME_LINKS = "resume_links"
    END_LINK_IN_DOUBT = "end_link_in_doubt"
    OPEN_LINKS = "open_links"
    SET_POLICY_RULES = "set_policy_rules"
    OPEN_CASE = "open_case"
    ACT_IN_CASE = "act_in_case"
    DECIDE_CASE = "decide_case"
    SET_CASE_RULES = "set_case_rules"
    SET_CYCLE_AGREEMENT = "set_cycle_agreement"


def _codes(codes: Sequence[str] | None) -> tuple[str, ...] | None:
    """A tuple for a list of JSON."""
    return None if codes is None else tuple(codes)


@attrs.frozen
class Action:
    """An action under four-eyes control, in names; fields that its kind does not use are None.

    Attributes:
        kind: the action to be taken.
        participant, counterparty: BICs.
        currency: code; with a participant it names an account.
        amount: minor units of the currency; None for no limit.
        step, until: the step of the day to extend, and its new timestamp. Alone, `until` is the
            time that the clock shows (confirm_clock).
        algorithm: number of an `Algorithm` (offset).
        uetr, order: an order's UETR and its number in the engine (cancel); the UETR alone of an
            order outside the engine (hold, release, reject).
        proposal: number of an agreed proposal whose date has not come.
        person: name of a person; of the operator where there is no participant.
        key_id, public_key: of a participant's person, the key as 64 hexadecimal digits.
        role, token_sha256: of an operator.
        name, country, lei, currencies: of a participant to be admitted: its full legal name, ISO
            3166 code and ISO 17442 identifier, and the currencies of its accounts.
        rulebook: as `rulebook_to_document` writes it.
        clock_changes: clock changes of the time zone, a TZif file (RFC 8536) in Base64.
        screening, travel_rule: the values of a `ScreeningPolicy` that change.
        screening_lists: sanctions lists, as `ScreeningLists.to_document` gives them.
        evidence: JSON text on why a warehoused order is held.
        peer: identifier of another system.
        link_contract: the contract with it, as `LinkContract.to_document` gives it.
        certificate: of two officers of a link's decider, as `Certificate.to_document` gives it.
        cycle_agreement: on joint cycles, as `CycleAgreement.to_document` gives it.
        policy_rules: as `policy_rules_to_document` writes them.
        case: the opening of a case, or an act in one; as `input_document` gives it.
        case_rules: as `CaseRules.to_document` gives them.
        trial_sha256: digest of a trial of these rules, as `skontro policy` names it.
        effective_on: business day, ISO 8601, at whose start it takes effect; None for at once.
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
    screening: str | None = None
    travel_rule: str | None = None
    screening_lists: dict[str, Any] | None = None
    evidence: str | None = None
    peer: str | None = None
    link_contract: dict[str, Any] | None = None
    certificate: dict[str, Any] | None = None
    policy_rules: dict[str, Any] | None = None
    cycle_agreement: dict[str, Any] | None = None
    trial_sha256: str | None = None
    case: dict[str, Any] | None = None
    case_rules: dict[str, Any] | None = None
    effective_on: str | None = None

    def to_document(self) -> dict[str, Any]:
        """The fields in use, as JSON values."""
        return attrs.asdict(self, filter=lambda _, value: value is not None)


def given(value: _Value | None) -> _Value:
    """The value of a field that this kind of action requires.

    Raises:
        InvariantBroken: it is missing, although fields are checked first.
    """
    if value is None:
        raise InvariantBroken("an action has the fields that its kind needs", "one is missing")
    return value


@attrs.frozen
class ActionRule:
    """The rule of one kind of action; a new kind is a value of `ActionKind` and one of these.

    Attributes:
        needs: required fields of `Action`.
        may_have: optional fields; all others are refused.
        of_participants: whether two people of a participant may decide it for their own side.
        may_be_dated: whether it may be agreed for the start of a later business day.
        of_own_side: whether `participant` is the side that acts, so that the operator names none.
        by_one: whether one person may take it alone in an emergency: it only removes rights.
        is_act: whether one person may take it alone at any time: it moves no money.
        check: why the action is impossible at a time; called at the proposal and again before
            the action takes effect.
        show: the document for the approver, apart from proposer and time; `check` has passed.
        effect: takes the action at a time; gives the engine's commands and the reason of a failure.
    """

    check: Callable[[SettlementSystem, Action, int], ReasonCode]
    show: Callable[[SettlementSystem, Action, int], Document]
    effect: Callable[[SettlementSystem, Action, int], tuple[Commands, ReasonCode]]
    needs: tuple[str, ...] = ()
    may_have: tuple[str, ...] = ()
    of_participants: bool = False
    may_be_dated: bool = False
    by_one: bool = False
    of_own_side: bool = False
    is_act: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """All fields of this kind other than `kind`."""
        dated = ("effective_on",) if self.may_be_dated else ()
        return (*self.needs, *self.may_have, *dated)
