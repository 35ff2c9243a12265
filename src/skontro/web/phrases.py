"""Texts of the API and of documents in the reader's language, with their parameters.

The API and the record have English alone. A catalogue has their texts as forms, for example
``no order %(a)s is known``; a text that fits a form is shown in the words of its translation.
"""

import re
from functools import cache
from typing import Final

import attrs

from skontro.web.translations import SOURCE_LANGUAGE, catalogue, translations

#: Contexts of the catalogues: titles and details of problems; names and values of documents.
PROBLEM: Final = "problem"
DOCUMENT: Final = "document"

#: Longer texts are shown as they are.
_MOST_CHARACTERS: Final = 2_000
#: Parameters that are themselves texts with parameters, at most so deep.
_MOST_LEVELS: Final = 3
_PLACE: Final = re.compile(r"%\((\w+)\)s|%%")


@attrs.frozen
class _Form:
    """A text with places for parameters, and its translation.

    Attributes:
        pattern: fits the texts of this form; a group for each parameter.
        translation: with the same places.
    """

    pattern: re.Pattern[str]
    translation: str


def said(language: str, context: str, text: str) -> str | None:
    """A text in a language; None where no catalogue has it.

    Args:
        language: code of the language.
        context: `PROBLEM` or `DOCUMENT`.
        text: in English, with its parameters.

    Example:
        >>> said("fr", DOCUMENT, "at once")
        'immédiatement'
    """
    if language == SOURCE_LANGUAGE or len(text) > _MOST_CHARACTERS:
        return None
    return _said(language, context, text, _MOST_LEVELS)


def _said(language: str, context: str, text: str, levels: int) -> str | None:
    plain, forms = _forms(language, context)
    if text in plain:
        return plain[text]
    explained = translations(language).gettext(text)
    if explained != text:
        return explained
    for form in forms if levels else ():
        found = form.pattern.fullmatch(text)
        if found is not None:
            parameters = {
                name: _said(language, context, value, levels - 1) or value
                for name, value in found.groupdict().items()
            }
            return form.translation % parameters
    return None


@cache
def _forms(language: str, context: str) -> tuple[dict[str, str], list[_Form]]:
    """Texts without parameters, and forms, those with most words of their own first."""
    plain: dict[str, str] = {}
    forms: list[tuple[int, str, _Form]] = []
    for message in catalogue(language):
        if message.context != context or not message.string:
            continue
        text, translation = str(message.id), str(message.string)
        if not _PLACE.search(text):
            plain[text] = translation
            continue
        own = _PLACE.split(text)[::2]
        pattern = re.compile(_pattern(text), re.DOTALL)
        forms.append((-sum(map(len, own)), text, _Form(pattern, translation)))
    return plain, [form for _, _, form in sorted(forms, key=lambda one: one[:2])]


def _pattern(text: str) -> str:
    """The regular expression of a form."""
    parts, end = [], 0
    for place in _PLACE.finditer(text):
        parts.append(re.escape(text[end : place.start()]))
        parts.append(f"(?P<{place[1]}>.+?)" if place[1] else "%")
        end = place.end()
    return "".join(parts) + re.escape(text[end:])
