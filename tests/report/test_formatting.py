"""Figures in words, at the places where rounding could say something false."""

import datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skontro.files.designs import Design
from skontro.model import (
    CYCLE_PRESETS,
    SECOND,
    Algorithm,
    CycleLength,
    NettingRules,
    ResidualCurrency,
    Rulebook,
    ScheduledRuns,
    WhenQueued,
    find_currency,
)
from skontro.report.design_table import design_in_words
from skontro.report.formatting import (
    NO_FIGURE,
    Scale,
    both_shares,
    count,
    duration,
    exact_percent,
    full_amount,
    listed,
    machine_value,
    percent,
    period,
    plain_ratio,
    short_amount,
    times,
)

USD, XOF, KWD = find_currency("USD"), find_currency("XOF"), find_currency("KWD")


@pytest.mark.parametrize(
    ("minor", "text"),
    [
        (0, "USD 0"),
        (5, "USD 0.05"),
        (999_99, "USD 999.99"),
        (1000_50, "USD 1,000"),
        (1001_50, "USD 1,002"),
        (999_999_49, "USD 999,999"),
        (999_999_50, "USD 1.0 million"),
        (302_812_345_67, "USD 302.8 million"),
        (999_949_999_99, "USD 999.9 million"),
        (999_950_000_00, "USD 1.0 billion"),
        (12 * 10**14, "USD 12.0 trillion"),
        (12 * 10**17, "USD 12,000.0 trillion"),
    ],
)
def test_short_amount(minor: int, text: str) -> None:
    assert short_amount(minor, USD) == text


@pytest.mark.parametrize(
    ("major", "label", "places"),
    [
        (0, "USD", 2),
        (9_999, "USD", 2),
        (10_000, "USD", 0),
        (999_999, "USD", 0),
        (10**6, "USD million", 1),
        (-(10**6), "USD million", 1),
        (10**9 - 1, "USD million", 1),
        (10**9, "USD billion", 1),
        (10**12 - 1, "USD billion", 1),
        (10**16, "USD trillion", 1),
    ],
)
def test_the_unit_of_an_axis_is_the_largest_that_its_largest_figure_fills(
    major: int, label: str, places: int
) -> None:
    scale = Scale.fitting(major * 100, USD)
    assert (scale.label, scale.places) == (label, places)
    assert scale.coordinate(scale.divisor) == 1.0
    assert scale.amount(scale.divisor) == scale.amount(scale.divisor).strip()
    assert Scale.fitting(major, XOF).divisor * 100 == scale.divisor


def test_the_unit_of_a_table_still_shows_a_fiftieth_of_its_largest_figure() -> None:
    assert Scale.for_table(50 * 10**8 - 1, USD).label == "USD"
    assert Scale.for_table(50 * 10**8, USD).label == "USD million"


def test_figures_of_a_scale_are_grouped_and_signed() -> None:
    scale = Scale.fitting(10**8, USD)
    assert [scale.text(minor) for minor in (0, 1, -1, 123_456_789_000, -1_234_567_890)] == [
        "0", "0.0", "0.0", "1,234.6", "-12.3",
    ]  # fmt: skip
    assert scale.amount(-1_234_567_890) == "USD -12.3 million"
    assert Scale.fitting(5, XOF).amount(-1234) == "XOF -1,234"
    assert short_amount(-302_812_345_67, USD) == "USD -302.8 million"
    assert short_amount(-1000_50, USD) == "USD -1,000"


def test_shares_and_ratios_without_a_figure() -> None:
    assert both_shares(None, None) == times(None) == plain_ratio(None) == NO_FIGURE
    assert both_shares(Fraction(1, 2), None) == f"50.0% by corridor, {NO_FIGURE} by member"
    assert both_shares(None, Fraction(1, 2)) == f"{NO_FIGURE} by corridor, 50.0% by member"
    assert times(Fraction(12345, 10)) == "1,234.5 times"
    assert plain_ratio(Fraction(1, 3)) == "0.33"
    assert percent(Fraction(1, 3), 3) == "33.333%"


def test_periods_and_counts_in_words() -> None:
    days = tuple(datetime.date(2026, 3, day) for day in (2, 3, 31))
    assert period(()) == "no business day"
    assert period(days[:1]) == "Monday, 2 March 2026"
    assert period(days) == "2 March 2026 to 31 March 2026, 3 business days"
    assert [count(number, "order") for number in (0, 1, 2, 20_000)] == [
        "0 orders", "1 order", "2 orders", "20,000 orders",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("design", "words"),
    [
        (Design(name="Mine"), "gross, first in first out"),
        (Design(name="Mine", description="as ever"), "as ever: gross, first in first out"),
        (Design(name="gross", description="as ever"), "gross, first in first out"),
        (
            Design(
                name="Mine",
                rulebook=Rulebook(
                    when_queued=WhenQueued(1_000, Algorithm.BILATERAL_PASS),
                    schedule=(
                        ScheduledRuns(Algorithm.ALL_OR_NOTHING, (datetime.time(12, 5),)),
                        ScheduledRuns(Algorithm.GREATEST_FIFO_SET, every=900 * SECOND),
                    ),
                    in_runs_only=True,
                ),
            ),
            "bilateral pass whenever 1,000 more orders have queued; all or nothing at 12:05; "
            "greatest FIFO set every 00:15 h; in runs only",
        ),
        *(
            (
                Design(
                    name="Mine",
                    netting=NettingRules(
                        length=length, third_currency=USD, residual=paid, clearing_agent="CLEABYM0"
                    ),
                ),
                f"multilateral netting cycles, {words}; net positions paid {how}",
            )
            for length, words, paid, how in (
                (CYCLE_PRESETS["daily"], "daily", ResidualCurrency.AS_ORDERED, "as ordered"),
                (CycleLength(1, "months"), "every 1 month", ResidualCurrency.DEBTOR, "debtor"),
                (CycleLength(3, "days"), "every 3 days", ResidualCurrency.DEBTOR, "debtor"),
                (CycleLength(1, "minutes"), "every 1 minute", ResidualCurrency.DEBTOR, "debtor"),
            )
        ),
    ],
)
def test_designs_in_words(design: Design, words: str) -> None:
    assert design_in_words(design) == words


def test_amounts_know_their_minor_unit() -> None:
    assert short_amount(302_800_000, XOF) == "XOF 302.8 million"
    assert short_amount(302_800_000, KWD) == "KWD 302,800"
    assert full_amount(1_250_000_505, KWD) == "KWD 1,250,000.505"


@given(st.integers(1, 10**30))
def test_short_amount_is_right_to_half_its_last_digit(minor: int) -> None:
    _, number, *unit = short_amount(minor, USD).split()
    size = {"": 1, "million": 10**6, "billion": 10**9, "trillion": 10**12}["".join(unit)]
    shown = Fraction(number.replace(",", "")) * size
    decimals = len(number.partition(".")[2])
    assert abs(shown - Fraction(minor, 100)) <= Fraction(size, 2 * 10**decimals)


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (0, "0 s"),
        (1, "under 0.1 s"),
        (12_400_000, "12.4 s"),
        (59_949_999, "59.9 s"),
        (59_950_000, "1 min 00 s"),
        (59_970_000, "1 min 00 s"),
        (200 * SECOND, "3 min 20 s"),
        (3599 * SECOND + 499_999, "59 min 59 s"),
        (3599 * SECOND + 600_000, "1 h 00 min"),
        (3 * 3600 * SECOND + 300 * SECOND, "3 h 05 min"),
        (None, "–"),  # noqa: RUF001
    ],
)
def test_duration(microseconds: int | None, text: str) -> None:
    assert duration(microseconds) == text


def test_nothing_is_told_from_very_little() -> None:
    scale = Scale.for_table(10**12, USD)
    assert (scale.label, scale.text(0), scale.text(1)) == ("USD million", "0", "0.0")
    assert Scale.for_table(10_00, USD).text(5) == "0.05"


def test_percent_rounds_half_to_even() -> None:
    assert percent(Fraction(1, 2000)) == "0.0%"
    assert percent(Fraction(3, 2000)) == "0.2%"
    assert percent(None) == "–"  # noqa: RUF001


def test_listed() -> None:
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == [
        "a", "a and b", "a, b and c",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234,567.80", ("1234567.80", "")),
        ("0", ("0", "")),
        ("-12.5%", ("-12.5", "%")),
        ("under 0.1 s", ("0.05", "s")),
        ("12.4 s", ("12.4", "s")),
        ("1 min 05 s", ("65", "s")),
        ("2 h 03 min", ("7380", "s")),
        ("–", ("", "")),  # noqa: RUF001
        ("", ("", "")),
        ("KZT 1,250.50", ("KZT 1,250.50", None)),
        ("over 90%", ("over 90%", None)),
        ("none", ("none", None)),
    ],
)
def test_figures_are_read_back(text: str, value: tuple[str, str | None]) -> None:
    assert machine_value(text) == value


@given(st.integers(0, 10**14))
def test_durations_are_read_back_in_their_order(microseconds: int) -> None:
    value, unit = machine_value(duration(microseconds))
    assert unit == "s"
    # Half a minute is rounded away where hours are shown, and half a second before that.
    assert abs(float(value) - microseconds / SECOND) <= (31 if microseconds >= 3600 * SECOND else 1)


def test_chosen_parts_are_shown_to_their_last_decimal() -> None:
    parts = ["1/400", "1/8", "7/100", "1", "1/3"]
    shown = [exact_percent(Fraction(part)) for part in parts]
    assert shown == ["0.25%", "12.5%", "7%", "100%", "33.333333333333%"]
