"""Keys, tokens, people and roles as part of the state: given by two, taken away by one."""

import attrs
import pytest

from skontro.model import InputError, ReasonCode
from skontro.system import (
    OPERATOR,
    Action,
    Credentials,
    Decision,
    DecisionKind,
    Key,
    NotPermitted,
    Operator,
    Person,
    SettlementSystem,
)
from tests.service.systems import BANKS, DAY, NOON
from tests.system.test_four_eyes import ANNA, CLARA, DINA, LIMIT, LINE, Operated

NEW = "ab" * 32
KEY = {"participant": BANKS[0], "key_id": "new"}


def _operated(operators: int = 3) -> Operated:
    """Anna, Boris and Olga; Clara and Dina of the first bank."""
    operated = Operated()
    kept = [Operator(name, "operator", f"{i:064x}") for i, name in enumerate(("Anna", "Boris"))]
    kept += [Operator("Olga", "operator", f"{9:064x}")][: operators - 2]
    keys = (
        Key("c", BANKS[0], "Clara", "01" * 32),
        Key("d", BANKS[0], "Dina", "02" * 32),
        Key("e", BANKS[1], "Else", "03" * 32),
    )
    rules = attrs.evolve(operated.system.rules, credentials=Credentials(keys, tuple(kept)))
    operated.system = SettlementSystem(rules)
    operated.come_to(operated.now)
    return operated


def revoke(operated: Operated, by: Person, /, **fields: str) -> ReasonCode:
    import json

    batch = operated.decide(DecisionKind.REVOKE, by, Action(**fields))  # type: ignore[arg-type]
    return ReasonCode(json.loads(batch.body)["reason"])


def test_two_persons_give_a_key_and_its_person_may_act_from_then_on() -> None:
    operated = _operated()
    fritz = Person("Fritz", BANKS[0])
    with pytest.raises(NotPermitted):
        operated.propose(LIMIT, fritz)
    wish = Action("add_key", person="Fritz", public_key=NEW, **KEY)
    body = operated.propose(wish, CLARA)
    assert body["shown"]["from"] == "nobody"
    assert body["shown"]["to"] == {"person": "Fritz", "public_key": NEW}
    assert operated.approve(body["proposal"], DINA) == ReasonCode.NONE
    assert operated.propose(LIMIT, fritz)["reason"] == ReasonCode.NONE


def test_a_key_is_replaced_by_two_and_revoked_by_one() -> None:
    operated = _operated()
    assert operated.agree(Action("replace_key", BANKS[0], key_id="c", public_key=NEW)) == 0
    key = operated.system.credentials.key("c")
    assert key is not None
    assert (key.person, key.public_key) == ("Clara", NEW)
    operated.propose(LIMIT, CLARA)
    assert revoke(operated, DINA, kind="revoke_key", participant=BANKS[0], key_id="c") == 0
    assert operated.system.credentials.key("c") is None
    # What a removed person proposed lapses, and it decides nothing any more.
    assert operated.approve(1, DINA, "") == ReasonCode.PROPOSAL_LAPSED
    with pytest.raises(NotPermitted):
        operated.propose(LIMIT, CLARA)
    again = revoke(operated, ANNA, kind="revoke_key", participant=BANKS[0], key_id="c")
    assert again == ReasonCode.NOTHING_TO_CHANGE
    assert revoke(operated, ANNA, kind="revoke_key", participant=BANKS[0], key_id="d") == 0


def test_one_person_takes_away_what_is_of_its_side_and_gives_nothing() -> None:
    operated = _operated()
    other = {"kind": "revoke_key", "participant": BANKS[1], "key_id": "e"}
    assert revoke(operated, CLARA, **other) == ReasonCode.SECOND_PERSON_NEEDED
    disguised = {"kind": "revoke_key", "participant": BANKS[0], "key_id": "e"}
    assert revoke(operated, CLARA, **disguised) == ReasonCode.NOTHING_TO_CHANGE
    removal = {"kind": "remove_person", "person": "Olga"}
    assert revoke(operated, CLARA, **removal) == ReasonCode.SECOND_PERSON_NEEDED
    for action in (Action("add_key", person="X", public_key=NEW, **KEY), LINE):
        with pytest.raises(NotPermitted, match="needs two people"):
            operated.decide(DecisionKind.REVOKE, ANNA, action)
    assert operated.system.credentials == _operated().system.credentials


def test_a_suspended_participant_may_still_revoke_its_keys() -> None:
    operated = _operated()
    assert operated.agree(Action("suspend", participant=BANKS[0])) == ReasonCode.NONE
    lost = {"kind": "revoke_key", "participant": BANKS[0], "key_id": "c"}
    assert revoke(operated, DINA, **lost) == ReasonCode.NONE


def test_who_has_left_gets_no_key() -> None:
    operated = _operated()
    leaving = Action("exit", participant=BANKS[0], effective_on="2026-11-25")
    assert operated.agree(leaving) == ReasonCode.NONE
    operated.come_to(NOON + DAY)
    assert operated.system.credentials.key("c") is None
    body = operated.propose(Action("add_key", person="Clara", public_key=NEW, **KEY))
    assert ReasonCode(body["reason"]) == ReasonCode.PARTICIPANT_LEFT


def test_two_operators_always_remain() -> None:
    operated = _operated()
    assert revoke(operated, ANNA, kind="remove_person", person="Olga") == ReasonCode.NONE
    for reason in (
        revoke(operated, ANNA, kind="remove_person", person="Boris"),
        operated.agree(Action("set_role", person="Boris", role="viewer")),
        operated.agree(Action("remove_person", person="Anna")),
    ):
        assert reason == ReasonCode.TOO_FEW_OPERATORS
    olga = Action("add_operator", person="Olga", role="operator", token_sha256=NEW)
    assert operated.agree(olga) == ReasonCode.NONE
    assert operated.agree(Action("set_role", person="Olga", role="viewer")) == ReasonCode.NONE
    with pytest.raises(NotPermitted):
        operated.propose(LINE, Person("Olga", OPERATOR))
    assert operated.agree(Action("replace_token", person="Olga", token_sha256="cd" * 32)) == 0


def test_what_was_proposed_by_one_who_became_a_viewer_lapses() -> None:
    operated = _operated()
    operated.propose(LINE, Person("Olga", OPERATOR))
    assert operated.agree(Action("set_role", person="Olga", role="viewer")) == ReasonCode.NONE
    assert operated.approve(0, ANNA, "") == ReasonCode.PROPOSAL_LAPSED


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "add_key", "person": "X", "key_id": "c", "public_key": NEW},
        {"kind": "add_key", "person": "X", "key_id": "x", "public_key": "02" * 32},
        {"kind": "add_key", "person": "clara", "key_id": "x", "public_key": NEW},
        {"kind": "replace_key", "key_id": "c", "public_key": "03" * 32},
    ],
)
def test_no_key_and_no_name_is_given_twice(fields: dict[str, str]) -> None:
    operated = _operated()
    body = operated.propose(Action(participant=BANKS[0], **fields))  # type: ignore[arg-type]
    assert ReasonCode(body["reason"]) == ReasonCode.CREDENTIAL_IN_USE


def test_tokens_and_operators_names_are_given_once() -> None:
    operated = _operated()
    for name, token in (("anna", NEW), ("Xenia", f"{0:064x}")):
        wish = Action("add_operator", person=name, role="viewer", token_sha256=token)
        assert operated.propose(wish)["reason"] == ReasonCode.CREDENTIAL_IN_USE
    malformed = Action("add_operator", person="X", role="chief", token_sha256=NEW)
    assert operated.propose(malformed)["reason"] == ReasonCode.FIELD_MALFORMED
    malformed = Action("add_operator", person="X", role="viewer", token_sha256="AB" * 32)
    assert operated.propose(malformed)["reason"] == ReasonCode.FIELD_MALFORMED


def test_credentials_to_begin_with_have_nothing_twice() -> None:
    key = Key("c", BANKS[0], "Clara", NEW)
    with pytest.raises(InputError, match="public key"):
        Credentials((key, Key("d", BANKS[1], "Else", NEW)))
    with pytest.raises(InputError, match="key id"):
        Credentials((key, Key("c", BANKS[1], "Else", "00" * 32)))
    with pytest.raises(InputError, match="person"):
        Credentials((key, Key("d", BANKS[0], "CLARA", "00" * 32)))
    with pytest.raises(InputError, match="token"):
        Credentials((), (Operator("A", "viewer", NEW), Operator("B", "viewer", NEW)))


def test_replay_and_snapshot_follow_the_credentials() -> None:
    begun = _operated().system.rules
    lived, batches = SettlementSystem(begun), []
    while (step := lived.step(max(NOON, lived.last_time + 1))) is not None:
        batches.append(step)
    acts = [
        Decision(DecisionKind.PROPOSE, CLARA, LIMIT),
        Decision(DecisionKind.REVOKE, DINA, Action("revoke_key", BANKS[0], key_id="c")),
    ]
    batches += [lived.decide(NOON + DAY + i, act) for i, act in enumerate(acts)]
    replayed, restored = SettlementSystem(begun), SettlementSystem(begun)
    for batch in batches:
        assert replayed.replay(batch).body == batch.body
    restored.restore(lived.snapshot())
    for system in (replayed, restored):
        assert system.credentials.key("c") is None
        assert system.snapshot() == lived.snapshot()
        with pytest.raises(NotPermitted):
            system.decide(NOON + 2 * DAY, Decision(DecisionKind.PROPOSE, CLARA, LIMIT))
