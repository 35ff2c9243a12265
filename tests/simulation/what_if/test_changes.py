"""Changes from named fields: each refusal names the field."""

import pytest

from skontro.model import InputError
from skontro.simulation.what_if import Outage, StepMove, TimedAction, change_to_document
from skontro.simulation.what_if.changes import FIELDS
from skontro.system import Action, StepKind
from tests.service.systems import MINUTE, NOON
from tests.simulation.what_if.days import HOUR, A, B, change


def test_actions_have_names_amounts_and_times() -> None:
    line = change("set_credit_line", participant=A, currency="KZT", amount="12.5", at="14:30")
    action = Action("set_credit_line", participant=A, currency="KZT", amount=1_250)
    assert line == TimedAction(action, NOON + 150 * MINUTE)
    limit = change(
        "set_bilateral_limit", participant=A, counterparty=B, currency="RUB", amount="none"
    )
    fields = {"participant": A, "counterparty": B, "currency": "RUB"}
    assert limit == TimedAction(Action("set_bilateral_limit", **fields))
    unlimited = change("set_net_sender_limit", participant=A, currency="RUB")
    assert unlimited == TimedAction(
        Action("set_net_sender_limit", participant=A, currency="RUB"), None
    )
    assert change("resume", participant=B) == TimedAction(Action("resume", participant=B))


def test_outages_and_moves() -> None:
    outage = change("outage", participant=A, from_="13:00:30", until="14:00")
    assert outage == Outage(A, NOON + HOUR + MINUTE // 2, NOON + 2 * HOUR)
    move = change("move_step", step="customer_cut_off", currency="RUB", until="13:00")
    assert move == StepMove(StepKind.CUSTOMER_CUT_OFF, "RUB", NOON + HOUR)


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        ("admit", {}, "'admit' is no kind of change; there are set_credit_line, "),
        ("suspend", {}, "suspend: participant is missing"),
        ("outage", {"participant": A, "from": "", "until": "14:00"}, "outage: from is missing"),
        (
            "suspend",
            {"participant": A, "amount": "1"},
            "it has no field 'amount'; its fields are participant, at",
        ),
        ("suspend", {"participant": "ZZZZKZK0"}, "participant 'ZZZZKZK0' is not in the directory"),
        (
            "set_bilateral_limit",
            {"participant": A, "counterparty": "Z", "currency": "KZT"},
            "set_bilateral_limit: counterparty 'Z' is not in",
        ),
        (
            "set_bilateral_limit",
            {"participant": A, "counterparty": B, "currency": "USD"},
            "set_bilateral_limit: participant AAAAKZK0 has no account in USD",
        ),
        ("suspend", {"participant": A, "at": "2 pm"}, "suspend: at '2 pm' is no local time like"),
        ("suspend", {"participant": A, "at": "14:00+01:00"}, "is no local time like 14:30"),
        (
            "outage",
            {"participant": A, "from": "14:00", "until": "14:00"},
            "outage: until is not after from",
        ),
        ("move_step", {"step": "open", "until": "14:00"}, "step 'open' is not one of customer_cut"),
        ("move_step", {"step": "seal", "until": "14:00"}, "step 'seal' is not one of customer_cut"),
        (
            "move_step",
            {"step": "end_of_day", "currency": "RUB", "until": "14:00"},
            "a cut-off needs a currency, and end_of_day has none",
        ),
        ("move_step", {"step": "customer_cut_off", "until": "14:00"}, "a cut-off needs a currency"),
        (
            "move_step",
            {"step": "customer_cut_off", "currency": "USD", "until": "14:00"},
            "currency 'USD' is not settled here",
        ),
        (
            "transfer_in",
            {"participant": A, "currency": "KZT", "amount": "1.001"},
            "transfer_in: amount '1.001' has 3 decimals",
        ),
        (
            "transfer_in",
            {"participant": A, "currency": "KZT", "amount": "none"},
            "transfer_in: amount 'none' is not a decimal amount",
        ),
    ],
)
def test_a_refusal_names_the_field(kind: str, fields: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message.replace("(", r"\(")):
        change(kind, **fields)


def test_every_kind_has_its_fields() -> None:
    assert {kind: sorted((*needs, *more)) for kind, (needs, more) in FIELDS.items()} == {
        "set_credit_line": ["amount", "at", "currency", "participant"],
        "set_net_sender_limit": ["amount", "at", "currency", "participant"],
        "set_bilateral_limit": ["amount", "at", "counterparty", "currency", "participant"],
        "transfer_in": ["amount", "at", "currency", "participant"],
        "transfer_out": ["amount", "at", "currency", "participant"],
        "suspend": ["at", "participant"],
        "resume": ["at", "participant"],
        "move_step": ["currency", "step", "until"],
        "outage": ["from", "participant", "until"],
    }


def test_changes_are_shown_as_text() -> None:
    limit = change("set_bilateral_limit", participant=A, counterparty=B, currency="RUB")
    assert change_to_document(limit) == {
        "change": "set_bilateral_limit",
        "participant": A,
        "counterparty": B,
        "amount": "no limit",
        "currency": "RUB",
    }
    amount = change("transfer_in", participant=A, currency="KZT", amount="1", at="13:00")
    assert change_to_document(amount) == {
        "change": "transfer_in",
        "participant": A,
        "amount": "1.00 KZT",
        "currency": "KZT",
        "at": "2026-11-24T13:00:00Z",
    }
    outage = change("outage", participant=A, from_="13:00", until="14:00")
    assert change_to_document(outage) == {
        "change": "outage",
        "participant": A,
        "from": "2026-11-24T13:00:00Z",
        "until": "2026-11-24T14:00:00Z",
    }
    move = change("move_step", step="end_of_day", until="17:00")
    shown = {"change": "move_step", "step": "end_of_day", "until": "2026-11-24T17:00:00Z"}
    assert change_to_document(move) == shown
    move = change("move_step", step="customer_cut_off", currency="RUB", until="17:00")
    assert change_to_document(move)["currency"] == "RUB"
