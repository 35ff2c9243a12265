"""YAML and tables read within bounds: levels, aliases, and columns that are none of a table's."""

import datetime

import attrs
import polars as pl
import pytest

from skontro.files import yaml_reading
from skontro.files.columns import unknown_columns
from skontro.files.payment_checks import check_days
from skontro.files.refusals import REFUSALS, Refusals
from skontro.files.yaml_reading import MAX_LEVELS, NotYamlError, load_yaml
from skontro.model import BusinessDay, InputError
from tests.files.small_examples import small_results, small_scenario


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


def test_yaml_is_as_deep_as_it_may_be() -> None:
    found, levels = load_yaml(nested(MAX_LEVELS)), 0
    while isinstance(found, list):
        found, levels = (found or [None])[0], levels + 1
    assert levels == MAX_LEVELS == 32
    with pytest.raises(NotYamlError, match="it is nested too deeply"):
        load_yaml(nested(MAX_LEVELS + 1))


@pytest.mark.parametrize("with_lines", [False, True])
def test_aliases_stand_for_so_many_values_at_most(
    monkeypatch: pytest.MonkeyPatch, with_lines: bool
) -> None:
    # One list of three values, named again twice: 1 + 4 + 4 + 4 values.
    text = "[&a [1, 2, 3], *a, *a]"
    monkeypatch.setattr(yaml_reading, "MAX_VALUES", 13)
    assert load_yaml(text, with_lines=with_lines) == [[1, 2, 3]] * 3
    # A mapping stands for itself, its keys and its values: 1 + 2 + 4.
    monkeypatch.setattr(yaml_reading, "MAX_VALUES", 7)
    assert load_yaml("{a: &b {c: 1}, d: 2}")["a"] == {"c": 1}
    for wide in (text, "{a: &b {c: 1}, d: *b, e: 5}"):
        with pytest.raises(NotYamlError, match="aliases make more than 7 values of it"):
            load_yaml(wide, with_lines=with_lines)
    # Without aliases a document may be as long as it is.
    assert len(load_yaml(str([*range(20)]), with_lines=with_lines)) == 20


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2\n", "line 2: this is not YAML: found duplicate key"),
        ("a: [\n", "line 2: this is not YAML: "),
        ("&a [*a]", "an alias is inside the value that it names"),
        ("a: !!int ''", "this is not YAML: "),
        ("a: !!bool x", "this is not YAML: 'x'"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(text: str, said: str) -> None:
    with pytest.raises(NotYamlError) as caught:
        load_yaml(text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_tables_have_their_columns() -> None:
    wrong = pl.DataFrame({"a": [1]})
    for period, name in (
        (small_scenario(), "payments"),
        (small_scenario(), "instructions"),
        (small_scenario(), "rows"),
        (small_results(), "orders"),
        (small_results(), "accounts"),
        (small_results(), "statements"),
        (small_results(), "runs"),
        (small_results(), "residuals"),
        (small_results(), "swap_lines"),
    ):
        with pytest.raises(InputError, match=f"table {name}: columns Schema.*'a'"):
            attrs.evolve(period, **{name: wrong})
    with pytest.raises(InputError, match="refusals: columns Schema"):
        Refusals(wrong)
    assert len(Refusals(REFUSALS.to_frame())) == 0


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["pyer"], "unknown column 'pyer' (did you mean payer?)"),
        (["x"], "unknown column 'x'; known are payer, payee"),
        (["pyer", "pyee"], "unknown columns 'pyer' (did you mean payer?) and 'pyee' (did you mean"),
        ([f"pyer{n}" for n in range(10)], "and 'pyer9' (did you mean payer?)"),
        ([f"pyer{n}" for n in range(11)], "and 1 more; known are payer, payee"),
        ([f"pyer{n}" for n in range(13)], "'pyer9' (did you mean payer?) and 3 more; known are"),
        (["x" * 81], f"unknown column '{'x' * 80}'; known are"),
    ],
)
def test_unknown_columns_are_named_up_to_ten(names: list[str], said: str) -> None:
    told = unknown_columns(names, ["payer", "payee"])
    assert said in told
    assert told.count("unknown column") == 1


@pytest.mark.parametrize(
    ("years", "is_taken"), [((1970, 2999), True), ((1969, 1970), False), ((2999, 3000), False)]
)
def test_business_days_lie_in_certain_years(years: tuple[int, int], is_taken: bool) -> None:
    days = [
        BusinessDay(datetime.date(year, 6, 1), number, number + 1)
        for number, year in enumerate(years)
    ]
    if is_taken:
        check_days(days)
    else:
        with pytest.raises(InputError, match="must be in the years 1970 to 2999"):
            check_days(days)
    overlapping = [days[0], attrs.evolve(days[1], opens_at=0)]
    if is_taken:
        with pytest.raises(InputError, match="must come after 1970-06-01 and open when that day"):
            check_days(overlapping)
        with pytest.raises(InputError, match="must come after"):
            check_days([days[0], attrs.evolve(days[1], date=days[0].date)])
