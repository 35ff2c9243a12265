"""Languages of the pages: gettext catalogues, compiled when they are first used."""

import io
from functools import cache
from importlib.resources import files
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

#: Languages by code, each in its own words; the first one is that of the templates.
LANGUAGES: Final = {"en": "English", "ru": "Русский", "fr": "Français"}
SOURCE_LANGUAGE: Final = "en"
DOMAIN: Final = "skontro"


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language, one of `LANGUAGES`."""
    if language == SOURCE_LANGUAGE:
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(language))
    compiled.seek(0)
    return Translations(compiled, DOMAIN)


@cache
def catalogue(language: str) -> Catalog:
    """The catalogue of a language other than that of the templates, as a list of texts."""
    path = files("skontro.web").joinpath("locale", language, "LC_MESSAGES", f"{DOMAIN}.po")
    return read_po(io.BytesIO(path.read_bytes()), locale=language, domain=DOMAIN)


def preferred_language(accepted: str) -> str:
    """The language that a browser prefers among ours.

    Args:
        accepted: header field Accept-Language.

    Example:
        >>> preferred_language("de, fr-CA;q=0.8, en;q=0.9")
        'en'
    """
    weights: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted.split(",")[:20]):
        name, _, weight = part.partition(";")
        code = name.strip().lower().split("-")[0]
        if code in LANGUAGES:
            weights.append((-_weight(weight), place, code))
    weights = [one for one in weights if one[0] < 0]
    return min(weights)[2] if weights else SOURCE_LANGUAGE


def _weight(text: str) -> float:
    _, _, number = text.partition("q=")
    try:
        return float(number) if number else 1.0
    except ValueError:
        return 0.0
