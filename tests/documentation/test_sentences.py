"""Sentences of the pages that newcomers read first are short."""

from pathlib import Path

import pytest

from tests.documentation.pages import DOCS, ROOT, SOURCE, sentences, too_long, words

PAGES = [
    ROOT / "README.md",
    DOCS / "README.md",
    DOCS / "architecture.md",
    *(page for page in [DOCS / "glossary.md"] if page.exists()),
    *sorted(SOURCE.rglob("README.md")),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_sentence_is_long(page: Path) -> None:
    assert too_long(page.read_text(encoding="utf-8")) == []


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
