"""What participants exchange at a cut-off: used up to the minor unit, at the same value."""

from collections import Counter
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.model import find_currency
from skontro.netting.conversions import conversions
from tests.draws import examples
from tests.netting.unions import CURRENCIES, UNITS, rates

FOUND = [find_currency(code) for code in sorted(CURRENCIES)]
AGENT = 4

Positions = dict[tuple[int, int], int]


def worth(currency: int, amount: int) -> Fraction:
    """In minor units of the currency of account."""
    return Fraction(amount) / Fraction(UNITS.get(FOUND[currency].code, "1"))


@st.composite
def changes(draw: st.DrawFn) -> tuple[Positions, Positions]:
    """Net positions before and after, worth the same to each participant but for roundings."""
    before, after = {}, {}
    for participant in range(5):
        codes = draw(st.permutations(range(len(FOUND))))
        gains, losses = codes[: draw(st.integers(0, 3))], codes[3 : 3 + draw(st.integers(0, 3))]
        total = 0
        for currency in losses:
            amount = draw(st.integers(1, 10 ** draw(st.integers(1, 9))))
            before[participant, currency] = amount
            total += round(worth(currency, amount))
        for place, currency in enumerate(gains):
            rest = len(gains) - place
            value = total if rest == 1 else draw(st.integers(0, total))
            total -= value
            amount = round(value * Fraction(UNITS.get(FOUND[currency].code, "1")))
            after[participant, currency] = amount
            if draw(st.booleans()):
                before[participant, currency] = moved = draw(st.integers(-50, 50))
                after[participant, currency] += moved
    return (
        {key: amount for key, amount in before.items() if amount},
        {key: amount for key, amount in after.items() if amount},
    )


@given(changes())
@settings(max_examples=examples(150))
def test_gains_are_paid_with_losses_of_the_same_value(drawn: tuple[Positions, Positions]) -> None:
    before, after = drawn
    found = conversions(before, after, AGENT, FOUND, rates())
    gained: Counter[tuple[int, int]] = Counter()
    for one in found:
        for side, sign in ((one.gets, 1), (one.gives, -1)):
            if side is not None:
                assert side[1] > 0
                gained[one.participant, side[0]] += sign * side[1]
    meant = {
        key: after.get(key, 0) - before.get(key, 0)
        for key in {**before, **after}
        if key[0] != AGENT and after.get(key, 0) != before.get(key, 0)
    }
    assert {key: amount for key, amount in gained.items() if amount} == meant
    assert [one.participant for one in found] == sorted(one.participant for one in found)
    for participant in range(AGENT):
        own = [one for one in found if one.participant == participant]
        linked = [one for one in own if one.gets is not None and one.gives is not None]
        assert own[: len(linked)] == linked, "what has no other side comes last"
        rest = own[len(linked) :]
        assert not (any(one.gets for one in rest) and any(one.gives for one in rest))
        for sides in ([one.gets for one in linked], [one.gives for one in linked]):
            codes = [side[0] for side in sides if side is not None]
            assert codes == sorted(codes), "in the order of currency codes"
        left = {currency: abs(amount) for (who, currency), amount in meant.items()
                if who == participant}  # fmt: skip
        gains = sorted(c for who, c in meant if who == participant and meant[who, c] > 0)
        losses = sorted(c for who, c in meant if who == participant and meant[who, c] < 0)
        for one in linked:
            assert one.gets is not None
            assert one.gives is not None
            (gain, got), (loss, given_up) = one.gets, one.gives
            value, other = round(worth(gain, left[gain])), round(worth(loss, left[loss]))
            is_last_gain, is_last_loss = gain == gains[-1], loss == losses[-1]
            # What is worth more is used in part, if there is something else to use the rest for.
            in_part = (value > other and not is_last_loss, value < other and not is_last_gain)
            for side, partly, used, currency in (
                ("gets", in_part[0], got, gain),
                ("gives", in_part[1], given_up, loss),
            ):
                if not partly:
                    assert used == left[currency], (side, one)
                else:
                    part = round(min(value, other) * Fraction(UNITS.get(FOUND[currency].code, "1")))
                    assert used == min(max(1, part), max(1, left[currency] - 1)), (side, one)
                left[currency] -= used
