"""Rules and code cite each other: every paragraph has code, every rule function a paragraph."""

import ast
import re

import pytest

from tests.documentation.pages import ROOT, links
from tests.documentation.rulebook import (
    CITES_AS_A_WHOLE,
    ENGINE,
    PAGE,
    citations,
    cited_in,
    documented,
    paragraphs,
    public_functions,
    unnumbered,
)

RULES = PAGE.read_text(encoding="utf-8")
README = ENGINE / "rules" / "README.md"


def code_of() -> dict[int, tuple[str, ...]]:
    return {paragraph.number: paragraph.code for paragraph in paragraphs(RULES)}


def names_around(name: str) -> list[str]:
    """The name itself, then the modules and packages that it is in."""
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]


def test_numbers_are_unique_and_those_of_the_anchors() -> None:
    found = paragraphs(RULES)
    assert [one.number for one in found] == [one.anchor for one in found]
    numbers = sorted(one.number for one in found)
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 50


def test_every_paragraph_is_numbered_and_names_code() -> None:
    assert unnumbered(RULES) == []
    assert [number for number, code in code_of().items() if not code] == []


def test_no_paragraph_names_code_twice() -> None:
    assert [number for number, code in code_of().items() if len(set(code)) < len(code)] == []


def test_code_that_a_paragraph_names_exists_and_cites_it() -> None:
    cited = citations()
    named = [(number, name) for number, code in code_of().items() for name in code]
    assert [pair for pair in named if pair[0] not in cited.get(pair[1], ())] == []


def test_a_paragraph_that_code_cites_exists_and_names_it() -> None:
    code = code_of()
    pairs = [(number, name) for name, numbers in citations().items() for number in numbers]
    assert [pair for pair in pairs if pair[0] not in code] == []
    missing = [
        (number, name) for number, name in pairs if not set(names_around(name)) & set(code[number])
    ]
    assert missing == []


def test_every_public_function_of_the_rules_cites_a_paragraph() -> None:
    cited = citations()
    functions = public_functions()
    assert len(functions) >= 60
    assert {"rules.entry.enter", "offsetting.run.run_algorithm"} <= set(functions)
    bare = [name for name in functions if name not in cited]
    assert [name for name in bare if CITES_AS_A_WHOLE not in names_around(name)] == []
    assert CITES_AS_A_WHOLE in cited


def test_the_readme_of_the_rules_leads_through_all_paragraphs() -> None:
    assert PAGE in links(README)
    text = README.read_text(encoding="utf-8")
    ranges = [
        range(int(first), int(last or first) + 1)
        for first, last in re.findall(r"\bR(\d+)(?: to R(\d+))?", text)
    ]
    named = {number for one in ranges for number in one}
    assert named == set(code_of())


def test_links_to_paragraphs_lead_to_their_anchors() -> None:
    anchors = {f"r{paragraph.anchor}" for paragraph in paragraphs(RULES)}
    pages = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("*.md"), ROOT / "README.md"]
    linked = {
        anchor
        for page in pages
        for anchor in re.findall(r"settlement-rules\.md#(r\d+)\b", page.read_text(encoding="utf-8"))
    }
    assert linked
    assert linked - anchors == set()


PAGE_WITH_FAULTS = """# Rules
An introduction.

## One
<a id="r1"></a>**R1.** A rule
of two lines.

1. A list.

→ `rules.a`,
`rules.b`

Text without a number.

## Two
<a id="r3"></a>**R2.** A table.

| x |

## Reason codes
Text, `rules.c`.
"""


def test_faults_of_a_page_are_found() -> None:
    first, second = paragraphs(PAGE_WITH_FAULTS)
    assert (first.number, first.anchor, first.code) == (1, 1, ("rules.a", "rules.b"))
    assert (second.number, second.anchor, second.code) == (2, 3, ())
    assert unnumbered(PAGE_WITH_FAULTS) == ["Text without a number."]


@pytest.mark.parametrize(
    ("docstring", "numbers"),
    [
        ("A rule (R4).", {4}),
        ("A rule.\n\nRules R4, R12.", {4, 12}),
        ("AR4, R4x and R are none.", set()),
        (None, set()),
    ],
)
def test_numbers_in_docstrings_are_found(docstring: str | None, numbers: set[int]) -> None:
    assert cited_in(docstring) == numbers


def test_functions_and_methods_are_found() -> None:
    code = ast.parse("def one():\n    pass\nclass Two:\n    def three(self):\n        pass\n")
    assert [name for name, _ in documented("m", code)] == ["m", "m.one", "m.Two", "m.Two.three"]
    assert [name for name, _ in documented("", code)] == ["", "one", "Two", "Two.three"]
