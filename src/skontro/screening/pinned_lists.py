"""Copies of lists in the folder of a system, pinned by their hashes."""

import datetime
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from skontro.files.reading import read_bytes
from skontro.files.writing import PATH_ERRORS, replacing, write_error, write_text
from skontro.model import InputError
from skontro.model.text import MAX_NAME
from skontro.screening.lists.list_files import read_list_file
from skontro.screening.lists_document import (
    LISTS_FILE,
    lists_document_text,
    load_screener,
    own_canaries,
    read_list,
    read_lists_document,
    with_aliases,
)
from skontro.screening.screener import Screener, unusable

#: The folder of the copies.
LISTS_FOLDER: Final = "lists"
_DOCUMENTS: Final = {".yaml", ".yml", ".toml"}


def pin_lists(
    paths: Sequence[Path],
    folder: Path,
    today: datetime.date,
    published: datetime.date | None = None,
) -> Screener:
    """Copy lists into a folder, with a document that names the SHA-256 of each copy.

    The copies are loaded as the service will load them, so that it can screen with them today.

    Args:
        paths: one document of lists, or files of lists.
        folder: of the system; gets `screening-lists.yaml` and the folder `lists`.
        today: the day on which the lists must be fresh.
        published: the day of lists that have none; for files only.

    Raises:
        InputError: a list cannot be used, copied, or is too old.
    """
    source, content = _described(paths, published)
    copies: dict[str, Path] = {}
    for one in content["lists"]:
        for name in ("file", "aliases"):
            if name in one:
                _copy(source / one[name], folder / LISTS_FOLDER, copies)
                pin = "sha256" if name == "file" else "aliases_sha256"
                one[pin] = read_list_file(source / one[name]).sha256
                one[name] = f"{LISTS_FOLDER}/{Path(one[name]).name}"
    write_text(folder / LISTS_FILE, lists_document_text(content))
    screener = load_screener(folder / LISTS_FILE)
    reason = unusable(screener.lists, screener.policy, today)
    if reason:
        raise InputError(f"{reason}: all orders would be held; get it again")
    return screener


def stage_lists(
    paths: Sequence[Path],
    folder: Path,
    today: datetime.date,
    published: datetime.date | None = None,
) -> tuple[Screener, Path]:
    """Copy lists into the folder of a system under their digest, for two people to agree to.

    The lists in use stay as they are. A service uses the copy once its digest is agreed.

    Args:
        paths: one document of lists, or files of lists.
        folder: with the document of the lists in use.
        today: the day on which the lists must be fresh.
        published: the day of lists that have none; for files only.

    Returns:
        The lists as loaded, and the document of the copy.

    Raises:
        InputError: a list cannot be used, copied, or is too old.
    """
    try:
        (folder / LISTS_FOLDER).mkdir(exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=".new-", dir=folder / LISTS_FOLDER))
    except PATH_ERRORS as error:
        raise write_error(folder / LISTS_FOLDER, error, "folder") from None
    try:
        screener = pin_lists(paths, stage, today, published)
        target = folder / LISTS_FOLDER / screener.digest
        if not (target / LISTS_FILE).is_file():
            stage.chmod(0o755)
            stage.replace(target)
    except PATH_ERRORS as error:
        raise write_error(folder / LISTS_FOLDER, error, "folder") from None
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return screener, target / LISTS_FILE


def agreed_document(configured: Path, digest: str) -> Path:
    """The document of the lists with this digest: a staged copy, else the configured document.

    Args:
        configured: of the lists in use; staged copies lie in its folder.
        digest: of the agreed lists; "" where none were agreed.
    """
    staged = configured.parent / LISTS_FOLDER / digest / LISTS_FILE
    return staged if digest and staged.is_file() else configured


def _described(
    paths: Sequence[Path], published: datetime.date | None
) -> tuple[Path, dict[str, Any]]:
    """The folder from which files are named, and the content of the document of these lists."""
    documents = [path for path in paths if path.suffix in _DOCUMENTS]
    if documents and len(paths) > 1:
        raise InputError(f"{documents[0]}: a document names all lists; give no other list with it")
    if documents and published is not None:
        raise InputError(f"{documents[0]}: the document states when its lists were published")
    if documents:
        load_screener(documents[0])  # errors name the files as the user does
        return documents[0].parent, read_lists_document(documents[0])
    lists = []
    for file, aliases in with_aliases([read_list_file(path) for path in paths]):
        found = read_list(file, aliases, published)
        one: dict[str, Any] = {"name": found.name, "file": str(file.path.absolute())}
        if aliases is not None:
            one["aliases"] = str(aliases.path.absolute())
        canaries = [name for name in own_canaries(found) if len(name) <= MAX_NAME]
        one |= {"published": found.published, "canaries": canaries}
        lists.append(one)
    return Path(), {"lists": lists}


def _copy(path: Path, folder: Path, copies: dict[str, Path]) -> None:
    """Copy a file under its own name, once.

    Raises:
        InputError: another file has the same name, or it cannot be written.
    """
    other = copies.setdefault(path.name, path)
    if other != path:
        raise InputError(f"{path} and {other} have the same name; rename one")
    try:
        folder.mkdir(exist_ok=True)
    except PATH_ERRORS as error:
        raise write_error(folder, error, "folder") from None
    with replacing(folder / path.name) as copy:
        copy.write(read_bytes(path))
