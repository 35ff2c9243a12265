"""Actions on credentials: keys, tokens, people and roles, in force with the approving batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from skontro.engine import NO_COMMANDS, Commands
from skontro.model import InputError, ReasonCode
from skontro.system.action import Action, ActionKind, ActionRule, Document, given
from skontro.system.credentials import ROLES, Credentials, Key, Operator, spelling
from skontro.system.document_text import shown_participant

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem

_NEW_KEYS: Final = (ActionKind.ADD_KEY, ActionKind.REPLACE_KEY)
_NEW_TOKENS: Final = (ActionKind.ADD_OPERATOR, ActionKind.REPLACE_TOKEN)
NOBODY: Final = "nobody"


def _changed(credentials: Credentials, action: Action) -> Credentials:
    """The credentials after the action; the same where its subject does not exist.

    Raises:
        InputError: a new value is malformed or in use.
    """
    if action.participant is not None:
        return _with_other_keys(credentials, action, action.participant)
    return _with_other_operators(credentials, action)


def _with_other_keys(credentials: Credentials, action: Action, bic: str) -> Credentials:
    if action.kind == ActionKind.ADD_KEY:
        person, public = given(action.person), given(action.public_key)
        return credentials.with_key(Key(given(action.key_id), bic, person, public))
    if action.kind == ActionKind.REMOVE_PERSON:
        whose = (bic, action.person)
        return credentials.without_keys(lambda one: (one.participant, one.person) == whose)
    key = credentials.key(given(action.key_id))
    if key is None or key.participant != bic:
        return credentials
    if action.kind == ActionKind.REPLACE_KEY:
        return credentials.with_key(attrs.evolve(key, public_key=given(action.public_key)))
    return credentials.without_keys(lambda one: one == key)


def _with_other_operators(credentials: Credentials, action: Action) -> Credentials:
    name = given(action.person)
    if action.kind == ActionKind.ADD_OPERATOR:
        token = given(action.token_sha256)
        return credentials.with_operator(Operator(name, given(action.role), token))
    if action.kind == ActionKind.REMOVE_PERSON:
        return credentials.without_operator(name)
    operator = credentials.operator(name)
    if operator is None:
        return credentials
    if action.kind == ActionKind.REPLACE_TOKEN:
        return credentials.with_operator(
            attrs.evolve(operator, token_sha256=given(action.token_sha256))
        )
    return credentials.with_operator(attrs.evolve(operator, role=given(action.role)))


def _is_in_use(credentials: Credentials, action: Action) -> bool:
    """Whether the new key, key id, token or name has ever been issued."""
    if action.kind == ActionKind.ADD_OPERATOR:
        if spelling(given(action.person)) in [
            spelling(one.person) for one in credentials.operators
        ]:
            return True
    elif action.kind == ActionKind.ADD_KEY:
        name = spelling(given(action.person))
        of_side = [one.person for one in credentials.keys if one.participant == action.participant]
        spelt_otherwise = any(spelling(one) == name and one != action.person for one in of_side)
        ids = [spelling(one.id) for one in credentials.keys]
        if spelt_otherwise or spelling(given(action.key_id)) in ids:
            return True
    public = [one.public_key for one in credentials.keys]
    tokens = [one.token_sha256 for one in credentials.operators]
    return (action.kind in _NEW_KEYS and action.public_key in public) or (
        action.kind in _NEW_TOKENS and action.token_sha256 in tokens
    )


def check_credentials(system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    """Why this change of credentials is impossible."""
    if action.participant is not None and action.participant not in system.directory:
        return ReasonCode.UNKNOWN_PARTICIPANT
    if action.participant in system.membership.left:
        return ReasonCode.PARTICIPANT_LEFT
    if action.role is not None and action.role not in ROLES:
        return ReasonCode.FIELD_MALFORMED
    if _is_in_use(system.credentials, action):
        return ReasonCode.CREDENTIAL_IN_USE
    return _check_change(system.credentials, action)


def _check_change(before: Credentials, action: Action) -> ReasonCode:
    try:
        after = _changed(before, action)
    except (InputError, ValueError):
        return ReasonCode.FIELD_MALFORMED
    if after == before:
        return ReasonCode.NOTHING_TO_CHANGE
    # Where there are too few already, a change that keeps their number is allowed.
    fewer = before.operators != after.operators and not after.has_enough_operators
    return ReasonCode.TOO_FEW_OPERATORS if fewer else ReasonCode.NONE


def _show(system: SettlementSystem, action: Action, _time: int) -> Document:
    before, after = system.credentials, _changed(system.credentials, action)
    shown: Document = {"from": _as_shown(before, action), "to": _as_shown(after, action)}
    if action.participant is not None:
        shown["participant"] = shown_participant(system.directory, action.participant)
    if action.key_id is not None:
        shown["key_id"] = action.key_id
    if action.person is not None:
        shown["person"] = action.person
    return shown


def _as_shown(credentials: Credentials, action: Action) -> Any:  # noqa: ANN401  a JSON value
    """The subject of the action under these credentials."""
    if action.key_id is not None:
        key = credentials.key(action.key_id)
        if key is None:
            return NOBODY
        return {"person": key.person, "public_key": key.public_key}
    if action.participant is not None:
        whose = (action.participant, action.person)
        keys = [one.id for one in credentials.keys if (one.participant, one.person) == whose]
        return {"keys": keys} if keys else NOBODY
    operator = credentials.operator(given(action.person))
    if operator is None:
        return NOBODY
    return {"role": operator.role, "token_sha256": operator.token_sha256}


def _effect(system: SettlementSystem, action: Action, _time: int) -> tuple[Commands, ReasonCode]:
    system.set_credentials(_changed(system.credentials, action))
    return NO_COMMANDS, ReasonCode.NONE


def _rule(
    *needs: str,
    may_have: tuple[str, ...] = (),
    of_participants: bool = False,
    by_one: bool = False,
) -> ActionRule:
    return ActionRule(
        needs=needs,
        may_have=may_have,
        of_participants=of_participants,
        by_one=by_one,
        check=check_credentials,
        show=_show,
        effect=_effect,
    )


RULES: Final = {
    ActionKind.ADD_KEY: _rule(
        "participant", "person", "key_id", "public_key", of_participants=True
    ),
    ActionKind.REPLACE_KEY: _rule("participant", "key_id", "public_key", of_participants=True),
    ActionKind.REVOKE_KEY: _rule("participant", "key_id", of_participants=True, by_one=True),
    ActionKind.REMOVE_PERSON: _rule(
        "person", may_have=("participant",), of_participants=True, by_one=True
    ),
    ActionKind.ADD_OPERATOR: _rule("person", "role", "token_sha256"),
    ActionKind.REPLACE_TOKEN: _rule("person", "token_sha256"),
    ActionKind.SET_ROLE: _rule("person", "role"),
}
