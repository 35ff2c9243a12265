"""What a scenario and its results have in common: format, name, days, time zone, provenance."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeVar

import attrs
from pydantic import Field

from skontro.files.day_documents import DayShape, business_days, day_document
from skontro.files.documents import Document, Problem, Shape, fit, read_document
from skontro.files.moments import check_time_zone
from skontro.files.shape_fields import LineField
from skontro.model import BusinessDay, InputError, find_time_zone

VERSION: Final = 1


class FrameShape(Shape):
    """The keys that stand in both documents."""

    format: str
    version: int
    name: LineField
    time_zone: LineField
    business_days: DayShape
    provenance: dict[LineField, LineField] = Field(default_factory=dict)


_Frame = TypeVar("_Frame", bound=FrameShape)


@attrs.frozen
class FolderKind:
    """A kind of folder, known by the document that stands in it.

    Attributes:
        format: what the document calls itself.
        main_file: name of the document.
    """

    format: str
    main_file: str

    def find(self, path: Path) -> Path:
        """The document: the path itself, or that in the folder at the path.

        Raises:
            InputError: nothing is there, or the folder is not of this kind.
        """
        if not path.exists():
            raise InputError(f"{path}: there is no such file or folder; check the name")
        if path.is_dir() and not (path / self.main_file).is_file():
            raise InputError(
                f"{path}: this is not a {self.format} folder: it has no {self.main_file}"
            )
        return path / self.main_file if path.is_dir() else path


def read_frame(
    path: Path, kind: FolderKind, shape: type[_Frame]
) -> tuple[_Frame, tuple[BusinessDay, ...]]:
    """Read a document of one kind, and its business days.

    Raises:
        InputError: the file cannot be used; names every problem with its line and place.
    """
    document = read_document(path)
    _check_kind(document, kind)
    frame, problems = fit(document.content, shape)
    if frame is None:
        raise document.refuse(problems)
    place = "time_zone"
    try:
        check_time_zone(frame.time_zone)
        place = "business_days"
        return frame, business_days(frame.business_days, find_time_zone(frame.time_zone))
    except InputError as error:
        raise document.refuse([Problem((place,), f"cannot be used: {error}")]) from None


def _check_kind(document: Document, kind: FolderKind) -> None:
    content = document.content if isinstance(document.content, dict) else {}
    if content.get("format") != kind.format:
        raise document.refuse(
            [Problem(("format",), f"is {content.get('format')!r}; expected {kind.format!r}")]
        )
    version = content.get("version")
    if version != VERSION:
        message = f"is {version!r}; this program reads version {VERSION}"
        raise document.refuse([Problem(("version",), message)])


def frame_document(
    kind: FolderKind,
    name: str,
    time_zone: str,
    days: tuple[BusinessDay, ...],
    provenance: Mapping[str, str],
) -> dict[str, object]:
    """The keys that stand in both documents, provenance by key.

    Raises:
        InputError: there is no such time zone, or the days are not in order.
    """
    check_time_zone(time_zone)
    return {
        "format": kind.format,
        "version": VERSION,
        "name": name,
        "time_zone": time_zone,
        "business_days": day_document(days, find_time_zone(time_zone)),
        "provenance": dict(sorted(provenance.items())),
    }
