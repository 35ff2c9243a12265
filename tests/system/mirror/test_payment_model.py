"""All orders of events of a few payments: no violation, and wrong variants are found."""

import pytest

from skontro.system.mirror.payment_protocol import PaymentIndex, index_payment_rows
from skontro.system.mirror.payment_statements import PaymentStep
from skontro.system.mirror.payment_table import PAYMENT_TABLE, Cause, PaymentRow, Side, Stage
from tests.system.mirror.instructed import A, B, payment
from tests.system.mirror.payment_model import PaymentModel, Violation, check_payments

THERE = payment()
#: The payee's bank pays the money back, so it has to come first.
BACK = payment(
    uetr=THERE.uetr[:-1] + "2", origin=B, destination=A, payer="BETAKG22", payee="ALFAKZ22"
)
Key = tuple[Side, Stage, PaymentStep | Cause]


def without(*keys: Key) -> PaymentIndex:
    found = {(row.side, row.stage, row.cause) for row in PAYMENT_TABLE}
    assert set(keys) <= found
    kept = [row for row in PAYMENT_TABLE if (row.side, row.stage, row.cause) not in keys]
    return index_payment_rows(tuple(kept))


def instead(row: PaymentRow) -> PaymentIndex:
    key = (row.side, row.stage, row.cause)
    kept = [one for one in PAYMENT_TABLE if (one.side, one.stage, one.cause) != key]
    return index_payment_rows((*kept, row))


O, D = Side.ORIGIN, Side.DESTINATION  # noqa: E741  the letters of the two sides
VARIANTS = {
    "the origin takes the money back on its own timer": (
        "money|once|mirror",
        instead(PaymentRow(O, Stage.SENT, Cause.REPEAT, Stage.RETURNING)),
    ),
    "the origin presumes that the payee was paid": (
        "mirror",
        instead(PaymentRow(O, Stage.SENT, Cause.REPEAT, Stage.RETURNED)),
    ),
    "credited is stated before the leg is final": (
        "money|mirror",
        instead(
            PaymentRow(
                O,
                Stage.UNKNOWN,
                Cause.INSTRUCTION,
                Stage.INSTRUCTED,
                permit=True,
                states=PaymentStep.CREDITED,
            )
        ),
    ),
    "the destination gives up while its order may settle": (
        "money|mirror",
        instead(
            PaymentRow(D, Stage.RECEIVED, Cause.REPEAT, Stage.RETURNED, states=PaymentStep.RETURNED)
        ),
    ),
    "a repeated statement is paid again": (
        "once|money|mirror",
        instead(PaymentRow(D, Stage.PAID, PaymentStep.CREDITED, Stage.RECEIVED)),
    ),
    "a return that was stated is paid after all": (
        "money|mirror",
        instead(PaymentRow(D, Stage.RETURNED, PaymentStep.CREDITED, Stage.RECEIVED)),
    ),
    "the payer gets its money again before the return is final, and then once more": (
        "once|money|mirror",
        instead(PaymentRow(O, Stage.RETURNED, PaymentStep.RETURNED, Stage.RETURNING)),
    ),
    "the origin does not ask again": ("end", without((O, Stage.SENT, Cause.REPEAT))),
    "the destination does not answer again": (
        "end",
        without((D, Stage.PAID, PaymentStep.CREDITED)),
    ),
    "a return that ended counts as made": (
        "mirror",
        instead(PaymentRow(O, Stage.RETURNING, Cause.ORDER_ENDED, Stage.RETURNED)),
    ),
}


@pytest.mark.parametrize("lossy", [False, True])
def test_one_payment(lossy: bool) -> None:
    assert check_payments(PaymentModel((THERE,), lossy=lossy)) > 20


def test_a_payment_and_one_back_of_the_same_money() -> None:
    worlds = check_payments(PaymentModel((THERE, BACK), needs=(-1, 0)))
    assert worlds > 200


@pytest.mark.parametrize("name", VARIANTS)
def test_a_wrong_variant_is_found(name: str) -> None:
    violated, index = VARIANTS[name]
    with pytest.raises(Violation, match=f"^({violated}): begin"):
        check_payments(PaymentModel((THERE,), index, lossy=True))


def test_money_that_was_not_sent_does_not_come_back() -> None:
    """The variant's second payment spends what its payer never got."""
    with pytest.raises(Violation, match=r"^vostro: "):
        check_payments(PaymentModel((THERE, BACK), needs=(-1, -1)))
