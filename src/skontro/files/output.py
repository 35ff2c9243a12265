"""Outputs of commands: checked before the work, complete or absent after it.

A folder is written next to its destination under a temporary name. It takes its final name when
all its files are on disk. It holds a list of its files with their hashes. So a later run of the
same command recognises an earlier output and replaces it. Added or changed files are left
untouched unless the user asks to replace them.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import attrs

from skontro.files.writing import (
    PARTIAL_PREFIX,
    PARTIAL_SUFFIX,
    PATH_ERRORS,
    partial_name,
    sync_folder,
    write_error,
    write_text,
)
from skontro.model import InputError

#: The list of files in an output folder.
MANIFEST: Final = ".skontro-output.json"

#: Files that file managers leave in folders.
_OF_FILE_MANAGERS: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})

_NAMED_AT_MOST: Final = 5


@attrs.frozen
class OutputKind:
    """The files that a command writes into a folder.

    Attributes:
        command: its name.
        main_file: marks a folder of this kind as complete.
        files: every name that it may write, the main file among them.
        companions: default names of outputs that other commands derive from this one, and that are
            removed with it.
        is_fresh: write into a new or empty folder alone, and never replace anything.
    """

    command: str
    main_file: str
    files: tuple[str, ...]
    companions: tuple[str, ...] = ()
    is_fresh: bool = False


class OutputFolder:
    """An output folder that appears only when it is complete; made by `output_folder`.

    Attributes:
        path: as the user named it.
        stage: the folder to write into meanwhile.
    """

    def __init__(
        self, path: Path, kind: OutputKind, inputs: Sequence[Path], *, overwrite: bool
    ) -> None:
        self.path, self._kind, self._overwrite = path, kind, overwrite
        try:
            self._target = Path(os.path.realpath(path))
            self.protect(inputs)
            self._in_place = self._is_replaced_in_place()
            self.stage = self._make_stage()
        except PATH_ERRORS as error:
            raise write_error(path, error, "folder") from None

    def protect(self, inputs: Sequence[Path]) -> None:
        """Check that no input is in the folder; not even `--overwrite` replaces one.

        Raises:
            InputError: an input is in the folder.
        """
        for one in inputs:
            found = Path(os.path.realpath(one))
            if found == self._target or self._target in found.parents:
                raise InputError(
                    f"{self.path}: the output folder holds an input, {one}; name another folder"
                )

    def publish(self) -> None:
        """Give the folder its final name, with all its files.

        Raises:
            InputError: it cannot, or another program has written there meanwhile.
        """
        try:
            if not self._kind.is_fresh:
                write_text(self.stage / MANIFEST, self._manifest())
            for folder in (self.stage, *(one for one in self.stage.rglob("*") if one.is_dir())):
                sync_folder(folder)
            self._in_place = self._is_replaced_in_place() or self.stage.parent == self._target
            if self._in_place:
                self._move_into_place()
            else:
                self._take_name()
        except PATH_ERRORS as error:
            raise write_error(self.path, error, "folder") from None

    def discard(self) -> None:
        """Delete an unpublished folder; without effect after `publish`."""
        shutil.rmtree(self.stage, ignore_errors=True)

    def _is_replaced_in_place(self) -> bool:
        """Whether the folder stays, and only files in it are replaced.

        Raises:
            InputError: it is not a folder, or holds other files that must not be overwritten.
        """
        if not self._target.exists():
            return False
        if not self._target.is_dir():
            raise InputError(f"{self.path}: this is a file; name a folder")
        own = self._own_files()
        found = {one.name for one in self._target.iterdir()}
        passed_over = {name for name in found if _is_passed_over(name)}
        foreign = sorted(found - own - passed_over)
        if foreign and not (self._overwrite and not self._kind.is_fresh):
            raise InputError(f"{self.path}: {self._refusal(foreign)}")
        for name in foreign:
            if name in self._kind.files and (self._target / name).is_dir():
                raise InputError(f"{self.path / name}: this is a folder; name another output")
        is_working_folder = self._target in (cwd := Path.cwd(), *cwd.parents)
        return bool(foreign or passed_over) or is_working_folder or os.path.ismount(self._target)

    def _refusal(self, foreign: list[str]) -> str:
        names = ", ".join(foreign[:_NAMED_AT_MOST])
        more = len(foreign) - _NAMED_AT_MOST
        names += f" and {more} more" if more > 0 else ""
        if self._kind.is_fresh:
            return f"the folder is not empty ({names}); name a new one"
        return (
            f"the folder holds files that `skontro {self._kind.command}` did not write, or were "
            f"changed since ({names}); name another folder, or give --overwrite to replace the "
            "files that it writes and keep all others"
        )

    def _own_files(self) -> set[str]:
        """Names of unchanged files of an earlier run in the folder."""
        try:
            manifest: Any = json.loads((self._target / MANIFEST).read_text(encoding="utf-8"))
            if manifest["command"] != self._kind.command:
                return set()
            listed: dict[str, str] = manifest["files"]
            own = {
                name
                for name, digest in listed.items()
                if Path(name).name == name
                and (not (one := self._target / name).is_file() or _digest(one) == digest)
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return set()
        return {MANIFEST, *own, *self._kind.companions}

    def _make_stage(self) -> Path:
        """An empty folder on the same disk: next to the final one, or in it."""
        if not self._in_place:
            parent = self._target.parent
            while not parent.exists():
                parent = parent.parent
            try:
                return _new_folder(parent)
            except PermissionError:
                if not self._target.exists():
                    raise
        return _new_folder(self._target)

    def _manifest(self) -> str:
        files = {
            one.relative_to(self.stage).as_posix(): _digest(one)
            for one in sorted(self.stage.rglob("*"))
            if one.is_file()
        }
        return json.dumps({"command": self._kind.command, "files": files}, indent=1) + "\n"

    def _take_name(self) -> None:
        """Replace the earlier folder by the new one in one step."""
        if not self._target.exists():
            self._target.parent.mkdir(parents=True, exist_ok=True)
            self.stage.rename(self._target)
            sync_folder(self._target.parent)
            return
        shutil.copymode(self._target, self.stage)
        earlier = self._target.with_name(partial_name())
        self._target.rename(earlier)
        try:
            self.stage.rename(self._target)
        except OSError:
            earlier.rename(self._target)
            raise
        sync_folder(self._target.parent)
        shutil.rmtree(earlier, ignore_errors=True)

    def _move_into_place(self) -> None:
        """Replace file by file; the main file is last and makes the folder complete."""
        earlier = self._own_files()
        written = sorted(one.name for one in self.stage.iterdir())
        (self._target / self._kind.main_file).unlink(missing_ok=True)
        for name in sorted(earlier - {*written}):
            (self._target / name).unlink(missing_ok=True)
        for name in sorted(written, key=lambda name: (name == self._kind.main_file, name)):
            (self.stage / name).replace(self._target / name)
        sync_folder(self._target)


def _is_passed_over(name: str) -> bool:
    is_partial = name.startswith(PARTIAL_PREFIX) and name.endswith(PARTIAL_SUFFIX)
    return is_partial or name in _OF_FILE_MANAGERS


def _new_folder(parent: Path) -> Path:
    folder = parent / partial_name()
    folder.mkdir()
    return folder


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def output_folder(
    path: Path, kind: OutputKind, *, inputs: Sequence[Path] = (), overwrite: bool = False
) -> Iterator[OutputFolder]:
    """A folder that is written completely or not at all.

    Whether it can be written is found out at once, before any work. An error raised inside leaves
    everything as it was.

    Args:
        path: path of the folder; parents that do not exist are made when it appears.
        kind: of the output that is written into it.
        inputs: files and folders that are read; none of them may be in the folder.
        overwrite: write into a folder that holds something else, and replace files there that have
            one of the names written.

    Raises:
        InputError: the folder cannot be written, or holds an input or something else.
    """
    output = OutputFolder(path, kind, inputs, overwrite=overwrite)
    try:
        yield output
        output.publish()
    except InputError as error:
        message = str(error)
        if str(output.stage) in message:  # a name in use by no other process
            raise InputError(message.replace(str(output.stage), str(path))) from None
        raise
    finally:
        output.discard()
