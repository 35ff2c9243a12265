"""Statements of systems to each other: bytes, strict reading, and which contradict each other."""

import json
from typing import Any

import attrs
import pytest

from skontro.model import InputError, ReasonCode
from skontro.model.text import canonical_text
from skontro.system.links.statements import Statement, Step, contradict
from skontro.system.mirror.peer_statements import read_statement
from tests.system.links.instructed import LINK, D, G, statement, terms, uetr

WITH_DECIDE_BY = (Step.EARMARK, Step.PREPARED, Step.COMMITTED)
WITH_REASON = (Step.NOT_READY, Step.REFUSED, Step.NOT_COMMITTED)


def test_the_bytes_that_are_signed() -> None:
    expected = {
        "format": "skontro link statement 1",
        "link": LINK,
        "step": "committed",
        "sender": "KZ-RTGS",
        "addressee": "UZ-RTGS",
        "terms": terms().digest,
        "batch": 17,
        "time": 1_000,
        "decide_by": 2_000,
    }
    made = statement(Step.COMMITTED)
    assert made.to_document() == expected
    assert made.to_bytes() == json.dumps(expected, sort_keys=True, separators=(",", ":")).encode()
    refused = statement(Step.REFUSED).to_document()
    assert refused["reason"] == "LINK_LEG_ENDED"
    assert "decide_by" not in refused


def test_the_texts_of_the_steps() -> None:
    assert [str(step) for step in Step] == [
        "match",
        "ready",
        "not_ready",
        "withdraw",
        "earmark",
        "prepared",
        "refused",
        "committed",
        "not_committed",
    ]


@pytest.mark.parametrize("step", Step)
def test_a_statement_is_read_back(step: Step) -> None:
    made = statement(step)
    assert Statement.from_document(json.loads(made.to_bytes())) == made
    assert made.key == (LINK, step, made.sender)


@pytest.mark.parametrize("step", Step)
def test_the_bytes_are_the_canonical_text_and_are_read_back_at_once(step: Step) -> None:
    for fields in ({}, {"batch": 0, "time": 0}, {"batch": 2**53 - 1}):
        made = statement(step, **fields)
        text = canonical_text(made.to_document())
        assert made.to_bytes() == text.encode()
        assert Statement.from_canonical(text) == made


def test_texts_that_are_not_canonical_are_left_to_the_reader_of_json() -> None:
    made = statement(Step.REFUSED)
    text = made.to_bytes().decode()
    assert Statement.from_canonical(text) == made
    others = (
        text + " ",
        " " + text,
        text + "\n",
        json.dumps(made.to_document()),
        json.dumps({**made.to_document(), "more": 1}, sort_keys=True, separators=(",", ":")),
        text.replace('"batch":17', '"batch":017'),
        text.replace('"batch":17', '"batch":1.7e1'),
        text.replace('"step":"refused"', '"step":"undone"'),
        text.replace("LINK_LEG_ENDED", "NO_SUCH_REASON"),
        text.replace("statement 1", "statement 2"),
    )
    assert text not in others
    assert [Statement.from_canonical(one) for one in others] == [None] * len(others)


def test_canonical_texts_with_malformed_values_are_refused_with_the_reason() -> None:
    text = statement(Step.COMMITTED).to_bytes().decode()
    for old, new, message in (
        (LINK, LINK[:-1], "^link: must be a lower-case UUID"),
        (LINK, LINK.upper(), "^link: must be a lower-case UUID"),
        ('"batch":17', f'"batch":{2**53}', "^batch: must be a whole number"),
        ('"time":1000', f'"time":{2**53}', "^time: must be a whole number"),
        ('"decide_by":2000', f'"decide_by":{2**53}', "^decide_by: must be a whole number"),
        ("KZ-RTGS", "-RTGS", "^sender: "),
        ("UZ-RTGS", "UZ-", "^addressee: "),
        ("UZ-RTGS", "KZ-RTGS", "^addressee: a system makes no statement to itself"),
        ('"step":"committed"', '"step":"match"', "^decide_by: "),
        ('"time":1000', '"time":2001', "^time: a link is not committed after decide_by"),
    ):
        assert old in text
        with pytest.raises(InputError, match=message):
            Statement.from_text(text.replace(old, new))
        with pytest.raises(InputError, match=message):
            read_statement(text.replace(old, new).encode())


@pytest.mark.parametrize("step", Step)
def test_statements_of_checked_values_are_checked_for_consistency(step: Step) -> None:
    made = statement(step)
    values = {field.name: getattr(made, field.name) for field in attrs.fields(Statement)}
    assert Statement.of_checked(**values) == made
    with pytest.raises(InputError, match=r"^addressee: a system makes no statement to itself$"):
        Statement.of_checked(**values | {"addressee": made.sender})
    reason = ReasonCode.NONE if made.reason else ReasonCode.LINK_LAPSED
    with pytest.raises(InputError, match=r"^(reason|time): "):
        Statement.of_checked(**values | {"reason": reason})


@pytest.mark.parametrize("step", Step)
def test_which_steps_have_a_time_to_decide_by(step: Step) -> None:
    if step == Step.NOT_COMMITTED:
        assert statement(step, decide_by=5).decide_by == 5
        return
    wrong = None if step in WITH_DECIDE_BY else 2_000
    needs = "one" if step in WITH_DECIDE_BY else "none"
    with pytest.raises(InputError, match=f"^decide_by: a statement {step} has {needs}$"):
        statement(step, decide_by=wrong)


@pytest.mark.parametrize("step", Step)
def test_which_steps_have_a_reason(step: Step) -> None:
    wrong = ReasonCode.NONE if step in WITH_REASON else ReasonCode.LINK_LAPSED
    needs = "one" if step in WITH_REASON else "none"
    with pytest.raises(InputError, match=f"^reason: a statement {step} has {needs}$"):
        statement(step, reason=wrong)


def test_no_decision_comes_late_and_no_lapse_early() -> None:
    assert statement(Step.COMMITTED, time=2_000).time == 2_000
    with pytest.raises(InputError, match=r"^time: a link is not committed after decide_by$"):
        statement(Step.COMMITTED, time=2_001)
    assert statement(Step.EARMARK, time=2_000).time == 2_000
    with pytest.raises(InputError, match=r"^time: an earmark is not asked for after decide_by$"):
        statement(Step.EARMARK, time=2_001)
    # The follower's clock is another one.
    assert statement(Step.PREPARED, time=2_001).time == 2_001
    lapsed: dict[str, Any] = {"reason": ReasonCode.LINK_LAPSED, "decide_by": 2_000}
    assert statement(Step.NOT_COMMITTED, time=2_001, **lapsed).time == 2_001
    with pytest.raises(InputError, match=r"^time: a link lapses only after decide_by$"):
        statement(Step.NOT_COMMITTED, time=2_000, **lapsed)
    with pytest.raises(InputError, match=r"^time: a link lapses only after decide_by$"):
        statement(Step.NOT_COMMITTED, time=2_001, reason=ReasonCode.LINK_LAPSED)
    assert statement(Step.NOT_COMMITTED, time=1, decide_by=2_000).time == 1


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("format", "skontro link terms 1", "format: must be 'skontro link statement 1'"),
        ("step", "asked", "step: must be one of match, ready, not_ready"),
        ("step", 1, "step: must be text"),
        ("link", "x", "link: must be a lower-case UUID of version 4"),
        ("link", None, "link: must be a lower-case UUID of version 4"),
        ("sender", "kz", "sender: 'kz' is not the identifier of a system"),
        ("sender", 1, "sender: it: must be text"),
        ("addressee", "kz", "addressee: 'kz' is not the identifier of a system"),
        ("addressee", D, "addressee: a system makes no statement to itself"),
        ("terms", "0" * 63, "terms: must be a SHA-256 digest of 64 lower-case"),
        ("terms", "0" * 65, "terms: must be a SHA-256 digest of 64 lower-case"),
        ("terms", "A" * 64, "terms: must be a SHA-256 digest of 64 lower-case"),
        ("terms", 5, "terms: must be a SHA-256 digest of 64 lower-case"),
        ("batch", -1, "batch: must be a whole number from 0"),
        ("batch", True, "batch: must be a whole number from 0"),
        ("time", 2**53, "time: must be a whole number from 0 to 9007199254740991"),
        ("decide_by", "5", "decide_by: must be a whole number from 0"),
        ("reason", "SOMETHING", "reason: must be the name of a reason code"),
        ("reason", 141, "reason: must be text"),
        ("more", 1, "statement: 'more' is no field of it"),
    ],
)
def test_statements_are_read_strictly(name: str, value: object, message: str) -> None:
    document = statement(Step.COMMITTED).to_document()
    with pytest.raises(InputError) as refused:
        Statement.from_document({**document, name: value})
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    "name", ["format", "link", "step", "sender", "addressee", "terms", "batch", "time"]
)
def test_no_field_may_be_missing(name: str) -> None:
    document = statement(Step.READY).to_document()
    del document[name]
    with pytest.raises(InputError, match=f"^statement: {name} is missing$"):
        Statement.from_document(document)


def test_a_statement_is_an_object() -> None:
    with pytest.raises(InputError, match=r"^statement: must be an object$"):
        Statement.from_document([])


def lapsed() -> Statement:
    reason = ReasonCode.LINK_LAPSED
    return statement(Step.NOT_COMMITTED, decide_by=2_000, time=2_001, reason=reason)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (statement(Step.COMMITTED), lapsed()),
        (statement(Step.COMMITTED), statement(Step.NOT_COMMITTED)),
        (statement(Step.PREPARED), statement(Step.REFUSED)),
        (statement(Step.EARMARK), statement(Step.EARMARK, decide_by=2_001)),
        (statement(Step.EARMARK), statement(Step.COMMITTED, decide_by=2_001)),
        (statement(Step.MATCH), statement(Step.MATCH, terms="0" * 64)),
        (statement(Step.READY), statement(Step.MATCH, terms="0" * 64)),
        (statement(Step.COMMITTED), statement(Step.COMMITTED, batch=18)),
        (statement(Step.PREPARED), statement(Step.PREPARED, time=999)),
        (statement(Step.COMMITTED), statement(Step.COMMITTED, addressee=G, batch=18)),
    ],
)
def test_statements_that_cannot_both_be_true(first: Statement, second: Statement) -> None:
    assert contradict(first, second)
    assert contradict(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (statement(Step.COMMITTED), statement(Step.COMMITTED)),
        (statement(Step.COMMITTED), statement(Step.COMMITTED, addressee=G)),
        (statement(Step.COMMITTED), statement(Step.NOT_COMMITTED, link=uetr(9))),
        (statement(Step.PREPARED), statement(Step.REFUSED, sender=G)),
        (statement(Step.READY), statement(Step.NOT_READY)),
        (statement(Step.READY), statement(Step.READY, batch=18, time=1_001)),
        (statement(Step.NOT_READY), statement(Step.PREPARED, batch=18)),
        (statement(Step.WITHDRAW), statement(Step.PREPARED)),
        (statement(Step.EARMARK), statement(Step.COMMITTED, batch=18)),
        (statement(Step.EARMARK), lapsed()),
    ],
)
def test_statements_that_can_both_be_true(first: Statement, second: Statement) -> None:
    assert not contradict(first, second)
    assert not contradict(second, first)


@pytest.mark.parametrize(
    "step", [Step.MATCH, Step.EARMARK, Step.PREPARED, Step.REFUSED, Step.COMMITTED]
)
def test_a_step_that_is_true_of_one_batch(step: Step) -> None:
    assert contradict(statement(step), statement(step, batch=18))


def test_statements_do_not_change() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        statement(Step.MATCH).batch = 5  # type: ignore[misc]
