"""Every text of the pages is in every language, with the same places for figures."""

import re

import pytest

from skontro.service.api.waiting_reasons import KINDS
from skontro.web.translations import LANGUAGES, preferred_language, translations
from tests.web.catalogues import OTHER_LANGUAGES, catalogue, reasons, texts

PLACE = re.compile(r"%\(\w+\)s|</?\w+>")
TEXTS = texts()


def strings(message: object) -> list[str]:
    return [message] if isinstance(message, str) else list(message)  # type: ignore[call-overload]


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_a_catalogue_has_all_texts_and_no_other(language: str) -> None:
    found = catalogue(language)
    # The explanation of a new reason is shown in English until it is translated.
    ids = {str(one.id) for one in found} - {*reasons()}
    assert ids == {str(one.id) for one in TEXTS} - {*reasons()}


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    found = catalogue(language)
    untranslated = {one.id for one in found if one.id and not all(strings(one.string))}
    assert untranslated - {*reasons()} == set()
    for one in found:
        if one.pluralizable:
            assert len(one.string) == found.num_plurals


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_reasons_are_explained_in_every_language(language: str) -> None:
    """Nineteen of twenty: the text of a new reason need not wait for its translators."""
    found = translations(language)
    said = [text for text in reasons() if found.gettext(text) != text]
    assert len(said) >= 0.95 * len(reasons())
    for code in KINDS:
        assert found.gettext(code.explanation) != code.explanation


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_a_translation_has_the_places_of_its_text(language: str) -> None:
    for one in catalogue(language):
        if one.id and one.string:
            wanted = sorted(PLACE.findall(strings(one.id)[-1]))
            assert [sorted(PLACE.findall(text)) for text in strings(one.string)] == [
                wanted for _ in strings(one.string)
            ]


def test_there_are_texts_of_templates_and_modules() -> None:
    ids = {one.id for one in TEXTS}
    assert {"Sign out", "Customer cut-off passed", "Overview"} <= ids


def test_catalogues_are_used() -> None:
    assert [translations(code).gettext("Overview") for code in LANGUAGES] == [
        "Overview",
        "Обзор",
        "Vue d’ensemble",
    ]
    form = "%(num)s further steps"
    russian = [translations("ru").ngettext("%(num)s further step", form, n) for n in (1, 3, 5)]
    assert len({*russian}) == 3


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de", "en"),
        ("ru", "ru"),
        ("RU-ru", "ru"),
        ("de, fr-CA;q=0.8, en;q=0.9", "en"),
        ("fr;q=0.9, ru;q=0.9", "fr"),
        ("fr;q=0, ru;q=0.1", "ru"),
        ("fr;q=x", "en"),
        ("fr;q=0", "en"),
    ],
)
def test_the_language_that_a_browser_prefers(accepted: str, language: str) -> None:
    assert preferred_language(accepted) == language
