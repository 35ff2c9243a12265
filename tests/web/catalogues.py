"""Texts of the pages, and the catalogues that translate them.

``python -m tests.web.catalogues`` adds new texts to the catalogues, and removes old ones.
"""

from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import skontro.web
from skontro.model import ReasonCode
from skontro.web.phrases import PROBLEM
from skontro.web.translations import DOMAIN, LANGUAGES, SOURCE_LANGUAGE
from tests.web.problem_texts import problem_texts

PACKAGE = Path(skontro.web.__file__).parent
OTHER_LANGUAGES = [code for code in LANGUAGES if code != SOURCE_LANGUAGE]


def texts() -> Catalog:
    """All texts of templates and modules, with the files that have them."""
    found = Catalog(domain=DOMAIN)
    methods = [("**.py", "python"), ("templates/**.j2", "jinja2")]
    options = {"templates/**.j2": {"newstyle_gettext": "true", "trimmed": "true"}}
    for name, _, message, comments, context in extract_from_dir(PACKAGE, methods, options):
        found.add(message, None, [(name, None)], auto_comments=comments, context=context)
    add_problems(found)
    return found


def add_problems(found: Catalog) -> None:
    """Add titles and details of problems, which pages translate where a catalogue has them."""
    for text in problem_texts():
        found.add(text, context=PROBLEM)


def reasons() -> dict[str, None]:
    """Explanations of reason codes, which pages translate where a catalogue has them."""
    return dict.fromkeys(code.explanation for code in ReasonCode)


def catalogue_path(language: str) -> Path:
    return PACKAGE / "locale" / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def catalogue(language: str) -> Catalog:
    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def renew() -> None:
    for language in OTHER_LANGUAGES:
        path = catalogue_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        found = Catalog(language, DOMAIN, fuzzy=False)
        known = catalogue(language) if path.exists() else found
        for message in texts():
            before = known.get(message.id, message.context)
            if message.id:
                string = before.string if before else None
                found.add(message.id, string, flags=message.flags, context=message.context)
        for text in reasons():
            before = known.get(text)
            found.add(text, before.string if before else None)
        with path.open("wb") as file:
            write_po(file, found, width=100, sort_output=True, omit_header=True)


if __name__ == "__main__":
    renew()
