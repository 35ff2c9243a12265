"""Reading many statements that differ in link and terms only, as those of one batch mostly do."""

import re
from typing import Final

from skontro.model.identity import UETR_PATTERN
from skontro.system.links.statement_form import StatementForm
from skontro.system.links.statements import Statement

_LINK_KEY: Final = '"link":"'
_TERMS_KEY: Final = '"terms":"'
_LINK_SIZE: Final = 36
_TERMS_SIZE: Final = 64
#: A link and, at once after it, the digest of its terms.
_BOTH: Final = re.compile(UETR_PATTERN.strip("^$") + f"[0-9a-f]{{{_TERMS_SIZE}}}")


class StatementReader:
    """Reads statements; of those in one form the first is read as any, the others quickly.

    reader = StatementReader()
    reader.read(statement.to_bytes().decode()) == statement
    """

    def __init__(self) -> None:
        self._known: dict[StatementForm, Statement] = {}

    def read(self, text: str) -> Statement | None:
        """As `Statement.from_canonical`.

        Raises:
            InputError: the statement contradicts itself.
        """
        link_at = text.find(_LINK_KEY) + len(_LINK_KEY)
        link_end = link_at + _LINK_SIZE
        terms_at = text.find(_TERMS_KEY, link_end) + len(_TERMS_KEY)
        terms_end = terms_at + _TERMS_SIZE
        form = StatementForm(text[:link_at], text[link_end:terms_at], text[terms_end:])
        link, terms = text[link_at:link_end], text[terms_at:terms_end]
        known = self._known.get(form)
        if known is not None and _BOTH.fullmatch(link + terms):
            return known.about(link, terms)
        made = Statement.from_canonical(text)
        if made is not None and made.form == form:
            self._known[form] = made
        return made
