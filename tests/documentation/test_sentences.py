"""Sentences of the pages are short; their wording and that of the source is plain."""

from pathlib import Path

import pytest

from tests.documentation.pages import DOCS, ROOT, SOURCE, sentences, too_long, words
from tests.documentation.wording import texts_of_module, wrong_wording

GLOSSARY = DOCS / "glossary.md"
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "examples").rglob("*.md")),
    *sorted((ROOT / "deploy").rglob("*.md")),
    *sorted(DOCS.rglob("*.md")),
    *sorted(SOURCE.rglob("README.md")),
]
MODULES = sorted(SOURCE.rglob("*.py"))


def text_of(page: Path) -> str:
    """A page; the glossary without its column of words that are not said."""
    text = page.read_text(encoding="utf-8")
    if page != GLOSSARY:
        return text
    return "\n".join(
        line.rstrip("|").rpartition("|")[0] if line.startswith("|") else line
        for line in text.splitlines()
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_sentence_is_long(page: Path) -> None:
    assert too_long(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_wording_of_a_page_is_plain(page: Path) -> None:
    assert wrong_wording(text_of(page)) == []


def test_the_wording_of_the_source_is_plain() -> None:
    found = [
        (module.relative_to(SOURCE).as_posix(), wrong)
        for module in MODULES
        for text in texts_of_module(module)
        for wrong in wrong_wording(text)
    ]
    assert len(MODULES) > 250
    assert found == []


def test_sentences_are_found() -> None:
    text = (
        "# A page\nOne, *two*\nthree. Four `a b c`!\n\n"
        "- An item of [two words](x.md)\n- Another.\n\n"
        "| cell | second cell. Third |\n|---|---|\n\n```sh\nnot this\n```\n"
    )
    assert sentences(text) == [
        "# A page",
        "One, *two* three",
        "Four code",
        "An item of two words",
        "Another",
        "cell",
        "second cell",
        "Third",
        "---",
        "---",
    ]
    assert [words(sentence) for sentence in sentences(text)] == [2, 3, 2, 5, 1, 1, 2, 1, 0, 0]


def test_long_sentences_are_found() -> None:
    text = " ".join(["word"] * 25)
    assert too_long(f"{text}. {text}.\n") == []
    assert too_long(f"Short.\n\n- {text}\n  more. Short.\n") == [f"{text} more"]
    assert too_long(f"| {text} more |\n") == [f"{text} more"]


@pytest.mark.parametrize(
    "wrong",
    [
        "What the engine does",
        "## Whoever calls",
        "Of the two, one settles",
        "Two persons decide",
        "This is none of the words",
        "The amount comes to nothing",
        "Dear memory",
        "The name beside it",
        "All but for one",
        "It starts anew",
        "An order overtakes another",
        "The order stands in a queue",
        "Time goes on",
        "Nobody waits",
        "It settles whatever comes first",
        "An order stood in the queue",
        "The answer says what became of it",
        "This is none that a screener gives",
        "A copy of what it has",
        "The person is the one who decides",
        "Both go on from here",
    ],
)
def test_translated_wording_is_found(wrong: str) -> None:
    assert wrong_wording(f"Fine. {wrong}.\n") == [wrong]
    assert wrong_wording(f"| fine | {wrong} |\n") == [wrong]


@pytest.mark.parametrize(
    "fine",
    [
        "Which order settles, and what it needs",
        "The person besides the operator",
        "A standing limit of the order; none is left",
        'The code `persons`, and the word "overtake"',
        "Often the queue is empty",
    ],
)
def test_plain_wording_is_not_found(fine: str) -> None:
    assert wrong_wording(f"{fine}.\n") == []


def test_texts_of_a_module_are_docstrings_messages_and_comments(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        '"""A docstring of it."""\n# One\n# and two.\nNAME = "Of two"  # three\n'
        'MESSAGE = f"three words {NAME} or four more"\n# last\n',
        encoding="utf-8",
    )
    texts = ["A docstring of it.", "three words ", " or four more", "One and two.", "three", "last"]
    assert [text for text in texts_of_module(module) if text] == [
        texts[0],
        texts[2],
        *texts[3:],
    ]
    module.write_text('"""A docstring with nothing wrong in it."""\n', encoding="utf-8")
    assert list(texts_of_module(module)) == []
