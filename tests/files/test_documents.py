"""Where in a document something stands, as messages say it."""

from pathlib import Path

import pytest

from skontro.files.documents import Place, Problem, read_document
from skontro.files.yaml_reading import MAX_LEVELS
from skontro.model import InputError

YAML = "one: 1\nmany:\n  - {a: 1}\n  - a: 1\n    b: 2\n"
TOML = "one = 1\n[[many]]\na = 1\n"


@pytest.mark.parametrize(
    ("name", "place", "said"),
    [
        ("d.yaml", ("one",), "d.yaml: line 1: one"),
        ("d.yaml", ("many", 1, "b"), "d.yaml: line 5: many[1].b"),
        ("d.yaml", ("many", 1, "missing"), "d.yaml: line 4: many[1].missing"),
        ("d.yaml", (), "d.yaml"),
        ("d.toml", ("many", 0, "a"), "d.toml: many[0].a"),
        ("d.toml", (), "d.toml"),
    ],
)
def test_a_place_is_named_by_file_line_and_keys(
    tmp_path: Path, name: str, place: Place, said: str
) -> None:
    path = tmp_path / name
    path.write_text(YAML if name.endswith("yaml") else TOML)
    document = read_document(path)
    assert document.text_of_place(place) == f"{tmp_path}/{said}"
    message = str(document.refuse([Problem(place or ("one",), "is wrong")]))
    assert message.endswith(" is wrong")


@pytest.mark.parametrize(("levels", "is_taken"), [(MAX_LEVELS, True), (MAX_LEVELS + 2, False)])
def test_toml_is_as_deep_as_yaml_may_be(tmp_path: Path, levels: int, is_taken: bool) -> None:
    path = tmp_path / "d.toml"
    path.write_text(f"a = {'[' * levels}{']' * levels}\n")
    if is_taken:
        assert read_document(path).content
    else:
        with pytest.raises(InputError, match=r"a\[0\].* is nested too deeply"):
            read_document(path)


@pytest.mark.parametrize(
    ("number", "said"),
    [(10**40 - 1, None), (10**40, "one has more than 40 digits"), (-(10**40), "40 digits")],
)
def test_numbers_have_forty_digits_at_most(tmp_path: Path, number: int, said: str | None) -> None:
    path = tmp_path / "d.yaml"
    path.write_text(f"one: {number}\n")
    if said is None:
        assert read_document(path).content == {"one": number}
    else:
        with pytest.raises(InputError, match=said):
            read_document(path)


def test_several_problems_stand_in_the_order_of_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "d.yaml"
    path.write_text(YAML)
    problems = [Problem(("many", 1, "b"), "is two"), Problem(("one",), "is one")]
    assert str(read_document(path).refuse(problems)).splitlines() == [
        f"{path}: 2 problems",
        "  line 1: one is one",
        "  line 5: many[1].b is two",
    ]
