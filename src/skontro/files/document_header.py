"""The common header of a scenario and its results: format, name, days, rulebook and accounts."""

from pathlib import Path
from typing import Final, TypeVar

import attrs
from pydantic import Field

from skontro.files.business_days import DaySchema, business_days, day_document
from skontro.files.document_fields import LineField
from skontro.files.documents import Document, Problem, Schema, place_text, read_document
from skontro.files.netting import NettingField, netting_document, to_netting_rules
from skontro.files.period import Results, Scenario
from skontro.files.reading import exists, is_file, is_folder
from skontro.files.rulebook import (
    RulebookField,
    RulebookSchema,
    rulebook_document,
    runs_that_never_occur,
    to_rulebook,
)
from skontro.files.timestamps import check_time_zone
from skontro.model import BusinessDay, InputError, NettingRules, Rulebook, find_time_zone

VERSION: Final = 1


class HeaderSchema(Schema):
    """The keys that both documents have."""

    format: str
    version: int
    name: LineField
    time_zone: LineField
    business_days: DaySchema
    provenance: dict[LineField, LineField] = Field(default_factory=dict)
    rulebook: RulebookField = RulebookSchema()
    netting: NettingField = None


_Frame = TypeVar("_Frame", bound=HeaderSchema)


@attrs.frozen
class FolderKind:
    """A kind of folder, recognised by its document.

    Attributes:
        format: the document's format name.
        main_file: name of the document.
    """

    format: str
    main_file: str

    def find(self, path: Path) -> Path:
        """The document: the path itself, or that in the folder at the path.

        Raises:
            InputError: there is no such file, or the folder is not of this kind.
        """
        if not exists(path):
            raise InputError(f"{path}: there is no such file or folder; check the name")
        if is_folder(path) and not is_file(path / self.main_file):
            raise InputError(
                f"{path}: this is not a {self.format} folder: it has no {self.main_file}"
            )
        return path / self.main_file if is_folder(path) else path


def read_frame(
    path: Path, kind: FolderKind, shape: type[_Frame]
) -> tuple[_Frame, tuple[BusinessDay, ...], Rulebook, NettingRules | None]:
    """Read a document of one kind, and its business days, rulebook and rules of netting cycles.

    Raises:
        InputError: the file cannot be used; names every problem with its line and place.
    """
    document = read_document(path)
    check_kind(document, kind)
    frame = document.fitted(shape)
    place = "time_zone"
    try:
        check_time_zone(frame.time_zone)
        place, zone = "business_days", find_time_zone(frame.time_zone)
        days = business_days(frame.business_days, zone)
    except InputError as error:
        raise document.refuse([Problem((place,), f"cannot be used: {error}")]) from None
    try:
        place, rulebook = "rulebook", to_rulebook(frame.rulebook)
        place = "netting"
        netting = None if frame.netting is None else to_netting_rules(frame.netting)
    except InputError as error:
        raise document.refuse([Problem((place,), f"cannot be used: {error}")]) from None
    problems = runs_that_never_occur(rulebook, days, zone)
    if problems:
        raise document.refuse(problems)
    return frame, days, rulebook, netting


def check_kind(document: Document, kind: FolderKind) -> None:
    """Check that a document has the expected kind and version.

    Raises:
        InputError: it has another kind or version.
    """
    content = document.content if isinstance(document.content, dict) else {}
    if content.get("format") != kind.format:
        raise document.refuse(
            [Problem(("format",), f"is {content.get('format')!r}; expected {kind.format!r}")]
        )
    version = content.get("version")
    if version != VERSION:
        message = f"is {version!r}; this program reads version {VERSION}"
        raise document.refuse([Problem(("version",), message)])


def frame_document(kind: FolderKind, period: Scenario | Results) -> dict[str, object]:
    """The keys common to both documents, provenance by key.

    Raises:
        InputError: there is no such time zone, the days are not in order, or a run of the
            rulebook would never occur.
    """
    check_time_zone(period.time_zone)
    zone = find_time_zone(period.time_zone)
    document: dict[str, object] = {
        "format": kind.format,
        "version": VERSION,
        "name": period.name,
        "time_zone": period.time_zone,
        "business_days": day_document(period.business_days, zone),
        "provenance": dict(sorted(period.provenance.items())),
    }
    problems = runs_that_never_occur(period.rulebook, period.business_days, zone)
    if problems:
        texts = [f"{place_text(problem.place)} {problem.message}" for problem in problems]
        raise InputError(f"this cannot be written: {'; '.join(texts)}")
    rulebook = rulebook_document(period.rulebook)
    document |= {"rulebook": rulebook} if rulebook else {}
    return document | ({"netting": netting_document(period.netting)} if period.netting else {})
