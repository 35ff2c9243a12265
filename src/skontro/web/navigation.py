"""The menu of the pages: each with its path, and for whom it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from skontro.web.viewer import Viewer


def _(text: str) -> str:
    """Mark a text for the catalogues; the template translates it."""
    return text


@attrs.frozen
class Entry:
    """A page in the menu.

    Attributes:
        path: of the page; pages below it belong to it.
        title: in English, a key of the catalogues.
        for_operator: whether only the operator's people have it.
    """

    path: str
    title: str
    for_operator: bool = False

    def is_at(self, path: str) -> bool:
        """Whether a page at this path belongs to the entry."""
        return path == self.path or (self.path != "/" and path.startswith(f"{self.path}/"))


ENTRIES: Final = (
    Entry("/", _("Overview")),
    Entry("/orders", _("Orders")),
    Entry("/messages", _("Messages")),
    Entry("/accounts", _("Accounts")),
    Entry("/participants", _("Participants")),
    Entry("/offsetting", _("Offsetting"), for_operator=True),
    Entry("/links", _("Links")),
    Entry("/cycles", _("Joint cycles")),
    Entry("/cases", _("Cases")),
    Entry("/proposals", _("Proposals")),
    Entry("/what-if", _("Rest of the day"), for_operator=True),
    Entry("/forecast", _("Forecast"), for_operator=True),
)


def menu(viewer: Viewer) -> tuple[Entry, ...]:
    """The entries that a viewer has."""
    operator = viewer.identity.is_operator
    return tuple(one for one in ENTRIES if operator or not one.for_operator)
