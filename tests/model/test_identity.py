"""BICs by ISO 9362:2022: one rule for the model, files, the live service and its document."""

import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from stdnum import bic as other_rule

from skontro.model import InputError, bic_countries, check_bic
from skontro.service.api.schema_fields import NewBic

GOOD = [
    "E097AEXX",
    "STEPKZA0",
    "1234KZ00",
    "BANKXKPR",
    "DEUTDEFF",
    "DEUTDEFF500",
    "0000DE00",
]
BAD = [
    "",
    "DEUTDEF",
    "DEUTDEFFF",
    "DEUTDEFF50",
    "DEUTDEFF5000",
    "deutdeff",
    "DEUTD1FF",
    "DEUT1EFF",
    "DEUTQQFF",
    "DEUTUKFF",
    "DEUTDEFF ",
    " DEUTDEFF",
    "DEUT DEFF",
    "DEUT-DE-FF",
    "DEUTDEFF\n",
    "DEUTDEF\u0046\u0301",
    "\uff24EUTDEFF",
    "DEUTDEF²",
    "D" * 5000,
]
LETTERS = st.text("ABCDEFXZ019", min_size=4, max_size=4)


@pytest.mark.parametrize("bic", GOOD)
def test_good_ones_are_taken_everywhere(bic: str) -> None:
    assert check_bic(bic) == TypeAdapter(NewBic).validate_python(bic) == bic


@pytest.mark.parametrize("bic", BAD)
def test_bad_ones_are_refused_everywhere(bic: str) -> None:
    with pytest.raises(InputError, match="is not a BIC"):
        check_bic(bic)
    with pytest.raises(ValidationError):
        TypeAdapter(NewBic).validate_python(bic)


@given(
    prefix=st.text("ABCXZ", min_size=4, max_size=4),
    country=st.sampled_from(sorted(bic_countries())) | st.text("ABKXZ", min_size=2, max_size=2),
    suffix=st.text("AZ09", min_size=2, max_size=2),
    branch=st.just("") | st.text("AZ09", min_size=3, max_size=3),
)
def test_without_digits_in_the_prefix_the_older_rule_says_the_same(
    prefix: str, country: str, suffix: str, branch: str
) -> None:
    """python-stdnum knows ISO 9362 of before 2014, and its own list of countries."""
    text = prefix + country + suffix + branch
    assert other_rule.is_valid(text) == _is_taken(text)


def test_countries_are_those_of_iso_3166_and_kosovo() -> None:
    assert bic_countries() == {c.alpha_2 for c in pycountry.countries} | {"XK"}
    assert bic_countries() == other_rule._country_codes


def _is_taken(text: str) -> bool:
    try:
        return check_bic(text) == text
    except InputError:
        return False
