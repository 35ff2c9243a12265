"""Each way in which work may end, as the caller is told it."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from skontro.ledger import Answer
from skontro.model import InputError, ReasonCode
from skontro.service.api.app import _answer_http, _answer_invalid
from skontro.service.api.order_submission import OrderScreening, read_submission, submit
from skontro.service.api.problems import Problem, answer_problem, in_use, not_found, refused
from skontro.service.api.service_context import (
    BODY,
    CALLER,
    Context,
    context_of,
    kind_of_move,
)
from skontro.service.auth.credentials import Identity
from skontro.service.sequencer.idempotency import caller_of
from skontro.service.sequencer.requests import (
    NO_KEY,
    Conflict,
    DecisionRequest,
    Held,
    Orders,
    Overloaded,
    Query,
    Stopping,
)
from skontro.service.sequencer.requests import Request as RequestWork
from skontro.system import OPERATOR, NotPermitted, TooManyProposals
from tests.service.systems import order_rows

BANK = Identity("Person", "AAAAKZK0", 0, "participant")
ANNA = Identity("Anna", OPERATOR, -1, "operator")
CALLER_ = caller_of(BANK, "k", b"content")


@attrs.define
class Hand:
    """In the place of the sequencer: ends all work in one way, from another thread."""

    result: Any
    at_once: bool = False
    taken: list[Any] = attrs.field(factory=list)

    def submit(self, work: Any) -> None:
        self.taken.append(work)
        if self.at_once:
            raise self.result
        work.done(self.result)
        work.done("once more, which nobody hears")


def context(hand: Hand) -> Context:
    mapper: Any = SimpleNamespace(order_index=SimpleNamespace(order=lambda index: f"order {index}"))
    nothing: Any = None
    sequencer: Any = hand
    screening = OrderScreening(None, nothing, nothing)
    return Context(sequencer, mapper, nothing, nothing, "", nothing, screening, nothing, nothing)


def done(result: Any, *, at_once: bool = False) -> Any:
    return asyncio.run(context(Hand(result, at_once)).ask(lambda _system: None))


UETR = bytes(range(16))


@pytest.mark.parametrize(
    ("error", "at_once", "told"),
    [
        (Overloaded("9 wait"), True, (429, "Too much waits", "9 wait; try again", None, "1")),
        (Stopping("it ends"), True, (503, "Stopping", "it ends", None, None)),
        (
            Stopping("lost"),
            False,
            (503, "Not recorded", "lost; it is not known whether it was recorded", None, None),
        ),
        (
            ValueError("x"),
            False,
            (503, "Not recorded", "x; it is not known whether it was recorded", None, None),
        ),
        (Held("so"), False, (503, "Not ready", "nothing was taken: so", None, "60")),
        (
            Conflict(()),
            False,
            (
                409,
                "Conflict",
                "this Idempotency-Key was used for another request; choose a new one",
                None,
                None,
            ),
        ),
        (
            Conflict([UETR]),
            False,
            (
                409,
                "Conflict",
                "1 UETRs were used for other orders; none of these was taken",
                "DUPLICATE_ORDER",
                None,
            ),
        ),
        (InputError("bad"), False, (422, "Cannot be taken", "bad", None, None)),
        (NotPermitted("no"), False, (403, "Not yours", "no", None, None)),
        (
            TooManyProposals("30 are open"),
            False,
            (429, "Too many proposals", "30 are open", "TOO_MANY_PROPOSALS", "60"),
        ),
        (Problem(418, "a", "b"), False, (418, "a", "b", None, None)),
    ],
)
def test_what_was_not_done_is_a_problem(
    error: Exception, at_once: bool, told: tuple[int, str, str, str | None, str | None]
) -> None:
    with pytest.raises(Problem) as raised:
        done(error, at_once=at_once)
    problem = raised.value
    reason = None if problem.reason is None else problem.reason.name
    assert (
        problem.status,
        problem.title,
        problem.detail,
        reason,
        problem.headers.get("Retry-After"),
    ) == told
    assert len(problem.headers) == (told[4] is not None)


def test_what_was_done_is_answered_once() -> None:
    assert done({"a": 1}) == {"a": 1}
    for name in ("request", "decide"):
        hand = Hand(Answer(bytes(32), 7, 0, 3))
        assert asyncio.run(_ask(hand, name)) == {"batch": 7, "proposal": 3}
        assert isinstance(hand.taken[0], {"request": RequestWork, "decide": DecisionRequest}[name])
        assert hand.taken[0].caller is CALLER_
        hand = Hand(Answer(bytes(32), 7, 0, -1))
        assert asyncio.run(_ask(hand, name)) == {"batch": 7, "proposal": None}
        hand = Hand(Answer(bytes(32), 7, 0, 0))
        assert asyncio.run(_ask(hand, name)) == {"batch": 7, "proposal": 0}


async def _ask(hand: Hand, name: str) -> Any:
    rows: Any = "what is asked"
    return await getattr(context(hand), name)(CALLER_, rows)


@pytest.mark.parametrize("name", ["request", "decide"])
def test_what_was_refused_or_forgotten_is_said_so(name: str) -> None:
    answer = Answer(bytes(32), 7, int(ReasonCode.ORDER_FINAL), -1)
    with pytest.raises(Problem) as raised:
        asyncio.run(_ask(Hand(answer), name))
    assert (raised.value.status, raised.value.reason) == (422, ReasonCode.ORDER_FINAL)
    with pytest.raises(Problem) as raised:
        asyncio.run(_ask(Hand(None), name))
    assert (raised.value.status, raised.value.title) == (503, "Not known")
    assert raised.value.detail == "the outcome of the request is no longer remembered"


def test_orders_that_are_no_longer_remembered_are_said_so() -> None:
    rows = order_rows(2)
    hand = Hand([4, 5])
    assert asyncio.run(submit(context(hand), CALLER_, rows)) == ["order 4", "order 5"]
    assert isinstance(hand.taken[0], Orders)
    assert hand.taken[0].commands is rows
    for found in ([4], [4, 5, 6], []):
        with pytest.raises(Problem, match="no longer remembered"):
            asyncio.run(submit(context(Hand(found)), CALLER_, rows))
    query = Hand(1)
    asyncio.run(context(query).ask(lambda _system: None))
    assert isinstance(query.taken[0], Query)


def test_callers_are_told_apart_by_person_key_and_content() -> None:
    callers = [
        caller_of(identity, key, content)
        for identity in (BANK, attrs.evolve(BANK, person="Other"), ANNA)
        for key in ("a", "b", None)
        for content in (b"1", b"2")
    ]
    assert [one.participant for one in callers] == [0] * 12 + [-1] * 6
    assert len({one.person for one in callers}) == 3
    assert len({one.key for one in callers}) == 7
    assert len({one.content for one in callers}) == 2
    assert [one.key for one in callers].count(NO_KEY) == 6
    assert len({(one.person, one.key, one.content) for one in callers}) == 18
    sides = [attrs.evolve(BANK, side=side) for side in ("A", "B")]
    assert sides[0].digest != sides[1].digest


def submission(identity: Identity, key: str | None = None) -> Any:
    app = FastAPI()
    app.state.context = context(Hand(None))
    headers = [] if key is None else [(b"idempotency-key", key.encode("latin-1"))]
    scope = {"type": "http", "app": app, "headers": headers, CALLER: identity, BODY: b"body"}
    return asyncio.run(read_submission(Request(scope)))


def test_a_submission_has_its_caller_body_and_key() -> None:
    assert submission(BANK)[1:] == (BANK, b"body", None)
    assert submission(BANK, "a" * 64)[1:] == (BANK, b"body", "a" * 64)
    for wrong in ("", "a b", "a" * 65, "\u00e9"):
        with pytest.raises(Problem) as raised:
            submission(BANK, wrong)
        assert (raised.value.status, raised.value.title) == (422, "Request cannot be read")
        assert raised.value.errors == [
            {"pointer": "/Idempotency-Key", "in": "header", "detail": "is malformed"}
        ]
        assert "1 to 64 printable characters" in raised.value.detail
    with pytest.raises(Problem) as raised:
        submission(ANNA)
    assert (raised.value.status, raised.value.title) == (403, "Not yours")
    assert raised.value.detail == "only people of a participant may do this"


def test_before_the_record_is_recovered_nothing_is_known() -> None:
    app = FastAPI()
    for state in (None, "something else"):
        app.state.context = state
        with pytest.raises(Problem) as raised:
            asyncio.run(context_of(Request({"type": "http", "app": app})))
        assert (raised.value.status, raised.value.title) == (503, "Not ready")
        assert raised.value.headers == {"Retry-After": "1"}
    del app.state.context
    with pytest.raises(Problem, match="the record is being replayed"):
        asyncio.run(context_of(Request({"type": "http", "app": app})))


def test_problems_as_documents() -> None:
    whole = Problem(422, "a", "b", ReasonCode.ORDER_FINAL, [{"c": 1}], {"D": "e"})
    assert whole.document() == {
        "type": "about:blank",
        "title": "a",
        "status": 422,
        "detail": "b",
        "reason": "ORDER_FINAL",
        "reason_code": int(ReasonCode.ORDER_FINAL),
        "errors": [{"c": 1}],
    }
    assert [*Problem(404, "a", "b").document()] == ["type", "title", "status", "detail"]
    assert Problem(422, "a", "b", errors=[]).document()["errors"] == []
    assert refused(ReasonCode.ORDER_FINAL).detail == ReasonCode.ORDER_FINAL.explanation
    assert not_found("x").document()["title"] == "Not found"
    many = in_use([UETR] * 101, "stand twice")
    assert (many.detail, len(many.errors or [])) == ("101 UETRs stand twice", 100)
    assert (many.errors or [])[0] == {
        "uetr": "00010203-0405-0607-0809-0a0b0c0d0e0f",
        "reason": "DUPLICATE_ORDER",
    }


def test_an_error_is_told_only_as_far_as_it_is_a_problem() -> None:
    for error, why, status in (
        (Problem(403, "a", "because"), "because", 403),
        (ValueError("secret"), None, 500),
    ):
        request = Request({"type": "http"})
        answer = asyncio.run(answer_problem(request, error))
        assert (answer.status_code, request.scope["skontro.why"]) == (status, why)
        assert answer.media_type == "application/problem+json"
        assert b"secret" not in bytes(answer.body)


def test_moves_have_two_ends() -> None:
    assert [kind_of_move(end).name for end in ("front", "end")] == ["MOVE_TO_FRONT", "MOVE_TO_END"]


def test_other_errors_of_the_framework_are_faults() -> None:
    for answer in (_answer_http, _answer_invalid):
        assert asyncio.run(answer(Request({"type": "http"}), ValueError("x"))).status_code == 500
    error = HTTPException(405, "No", {"Allow": "GET"})
    told = asyncio.run(_answer_http(Request({"type": "http"}), error))
    assert (told.status_code, told.headers["allow"]) == (405, "GET")
    assert b'"title":"No","status":405,"detail":"No"' in bytes(told.body)
    bare = asyncio.run(_answer_http(Request({"type": "http"}), HTTPException(404)))
    assert b'"title":"Not Found"' in bytes(bare.body)


def test_a_hundred_mistakes_of_the_form_are_told_each_with_its_place() -> None:
    found = [{"loc": ("query", "a", n), "msg": f"m{n}", "type": "t"} for n in range(101)]
    told = asyncio.run(_answer_invalid(Request({"type": "http"}), RequestValidationError(found)))
    document = json.loads(bytes(told.body))
    assert (told.status_code, document["title"]) == (422, "Request cannot be read")
    assert len(document["errors"]) == 100
    assert document["errors"][7] == {"pointer": "/a/7", "in": "query", "detail": "m7"}
