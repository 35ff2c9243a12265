"""Outputs are complete or absent, and nothing of others is replaced."""

import errno
import os
import resource
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from skontro.files.output import MANIFEST, OutputKind, output_folder
from skontro.files.table_files import write_csv, write_parquet
from skontro.files.writing import check_output_file, replacing, write_secret, write_text
from skontro.model import InputError

KIND = OutputKind("settle", "main.yaml", ("main.yaml", "table.csv"), companions=("report.html",))


def write(
    path: Path,
    *,
    text: str = "1",
    overwrite: bool = False,
    inputs: list[Path] | None = None,
    names: tuple[str, ...] = ("main.yaml", "table.csv"),
    fails: bool = False,
) -> None:
    with output_folder(path, KIND, inputs=inputs or [], overwrite=overwrite) as output:
        for name in names:
            write_text(output.stage / name, text)
        if fails:
            raise ZeroDivisionError


def names_in(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


@pytest.fixture
def small_disk() -> Iterator[int]:
    """Files may not grow beyond so many bytes, as on a disk that is full."""
    size = 2048
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    yield size
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_folder_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "out"
    with output_folder(path, KIND) as output:
        write_text(output.stage / "main.yaml", "1")
        assert not path.parent.exists()
    assert names_in(path) == {"main.yaml", MANIFEST}
    assert names_in(tmp_path) == {"deep"}


def test_what_is_raised_leaves_nothing_new_and_the_old_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "out"
    for there in (False, True):
        with pytest.raises(ZeroDivisionError):
            write(path, text="half", fails=True)
        assert names_in(tmp_path) == ({"out"} if there else set())
        if not there:
            write(path, text="whole")
    assert (path / "main.yaml").read_text() == "whole"


def test_an_earlier_output_is_replaced_with_all_that_was_derived_from_it(tmp_path: Path) -> None:
    path = tmp_path / "out"
    write(path)
    (path / "report.html").write_text("of the first")
    path.chmod(0o750)
    write(path, text="2", names=("main.yaml",))
    assert names_in(path) == {"main.yaml", MANIFEST}
    assert (path / "main.yaml").read_text() == "2"
    assert stat.S_IMODE(path.stat().st_mode) == 0o750
    assert names_in(tmp_path) == {"out"}


@pytest.mark.parametrize("change", ["a stranger", "an edit", "another command", "no list", "a lie"])
def test_something_else_is_refused_unless_told_otherwise(tmp_path: Path, change: str) -> None:
    path = tmp_path / "out"
    write(path)
    if change == "a stranger":
        (path / "notes.txt").write_text("mine")
    elif change == "an edit":
        (path / "main.yaml").write_text("mine")
    elif change == "another command":
        manifest = (path / MANIFEST).read_text().replace("settle", "generate")
        (path / MANIFEST).write_text(manifest)
    elif change == "no list":
        (path / MANIFEST).unlink()
    else:
        (path / MANIFEST).write_text('{"command": "settle", "files": ["main.yaml"]}')
    before = {one.name: one.read_bytes() for one in path.iterdir()}
    with pytest.raises(InputError, match=r"(?s)out: the folder holds .*--overwrite"):
        write(path, text="2")
    assert {one.name: one.read_bytes() for one in path.iterdir()} == before
    write(path, text="2", overwrite=True)
    assert (path / "main.yaml").read_text() == "2"
    assert (path / "notes.txt").exists() == (change == "a stranger")
    assert names_in(tmp_path) == {"out"}


def test_a_list_of_files_reaches_no_other_folder(tmp_path: Path) -> None:
    path = tmp_path / "out"
    write(path)
    (tmp_path / "other").write_text("1")
    manifest = (path / MANIFEST).read_text().replace("table.csv", "../other")
    (path / MANIFEST).write_text(manifest)
    write(path, text="2", overwrite=True)
    assert (tmp_path / "other").read_text() == "1"


def test_what_cannot_be_cleared_away_afterwards_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "out")

    def busy(path: Path, ignore_errors: bool = False) -> None:
        if not ignore_errors:
            raise OSError(errno.EBUSY, "Device or resource busy", str(path))

    monkeypatch.setattr(shutil, "rmtree", busy)
    write(tmp_path / "out", text="2")
    assert (tmp_path / "out" / "main.yaml").read_text() == "2"


@pytest.mark.parametrize("overwrite", [False, True])
def test_an_input_is_never_overwritten(tmp_path: Path, overwrite: bool) -> None:
    path = tmp_path / "out"
    write(path)
    for one in (path, path / "main.yaml", path / "deep" / "file", tmp_path / "link"):
        if one.name == "link":
            one.symlink_to(path)
        with pytest.raises(InputError, match="holds an input"):
            write(path, overwrite=overwrite, inputs=[one])
    with pytest.raises(InputError, match="holds an input"), output_folder(path, KIND) as output:
        output.protect([path / "table.csv"])
    assert (path / "main.yaml").read_text() == "1"


def test_the_working_folder_stays_and_files_in_it_are_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    inode = tmp_path.stat().st_ino
    write(Path())
    write(Path(), text="2", names=("main.yaml",))
    assert names_in(tmp_path) == {"main.yaml", MANIFEST}
    assert tmp_path.stat().st_ino == inode


def test_a_folder_for_systems_must_be_new(tmp_path: Path) -> None:
    fresh = OutputKind("init", "system.yaml", (), is_fresh=True)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "key").write_text("old")
    with pytest.raises(InputError, match=r"out: the folder is not empty \(key\)"):
        output_folder(tmp_path / "out", fresh, overwrite=True).__enter__()
    assert names_in(tmp_path / "out") == {"key"}


def test_where_a_folder_cannot_be_is_told_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    for path, told in (
        (tmp_path / "file", "this is a file; name a folder"),
        (tmp_path / "file" / "out", "a part of the path is a file"),
        (tmp_path / ("x" * 300), "File name too long; choose a shorter name"),
    ):
        with pytest.raises(InputError, match=told):
            output_folder(path, KIND).__enter__()
    assert names_in(tmp_path) == {"file"}


def test_a_full_disk_is_a_message_and_leaves_what_was_there(
    tmp_path: Path, small_disk: int
) -> None:
    path = tmp_path / "out"
    write(path, text="old")
    table = pl.DataFrame({"a": [os.urandom(8).hex() for _ in range(small_disk)]})
    for name, writer in (("table.csv", write_csv), ("table.parquet", write_parquet)):
        with pytest.raises(InputError) as error, output_folder(path, KIND) as output:
            writer(output.stage / name, table)
        assert str(error.value) == (
            f"{path / name}: the file cannot be written: File too large; raise the limit "
            "(ulimit -f), or write to another disk"
        )
        for file in (tmp_path / name, path / "main.yaml"):
            with pytest.raises(InputError, match="File too large; raise"):
                writer(file, table)
    assert names_in(tmp_path) == {"out"}
    assert (path / "main.yaml").read_text() == "old"


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, "No space left on device; free some space"),
        (errno.EDQUOT, "quota exceeded; free some space"),
        (errno.EROFS, "Read-only file system; write to another disk"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_what_a_disk_says_at_last_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, told: str
) -> None:
    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    path = tmp_path / "file"
    write_text(path, "old")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(InputError, match=f"file: the file cannot be written: .*{told}"):
        write_text(path, "new")
    with pytest.raises(InputError, match=told):
        write_secret(tmp_path / "key", b"new")
    assert path.read_text() == "old"
    assert names_in(tmp_path) == {"file"}


def test_a_replaced_file_keeps_its_link_and_permissions(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    write_text(target, "old")
    target.chmod(0o640)
    link.symlink_to(target)
    write_text(link, "new")
    assert link.is_symlink()
    assert (target.read_text(), stat.S_IMODE(target.stat().st_mode)) == ("new", 0o640)


def test_a_device_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path(os.devnull)):
        for attempt in (check_output_file, lambda one: write_text(one, "x")):
            with pytest.raises(InputError, match="a device or a pipe"):
                attempt(path)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_secret_is_its_owners_and_replaces_none(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_secret(path, b"first")
    with pytest.raises(InputError, match="the file already exists"):
        write_secret(path, b"second")
    assert path.read_bytes() == b"first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert names_in(tmp_path) == {"key"}


def test_a_file_is_looked_at_before_the_work(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine.csv", tmp_path / "other.csv"
    mine.write_text("layer,payments\n")
    other.write_text("payments of mine\n")

    def check(path: Path, *, overwrite: bool = False) -> None:
        check_output_file(
            path, inputs=[mine], overwrite=overwrite, is_own=lambda head: head[:6] == b"layer,"
        )

    for path, told in (
        (tmp_path / "nowhere" / "x.csv", "there is no folder"),
        (tmp_path, "this is a folder; name a file"),
        (mine, "the output is an input"),
        (other, "another file already exists.*--overwrite"),
        (tmp_path / ("x" * 300), "File name too long; choose a shorter name"),
    ):
        with pytest.raises(InputError, match=told):
            check(path)
    check(other, overwrite=True)
    check(tmp_path / "new.csv")
    shutil.copy(mine, tmp_path / "earlier.csv")
    check(tmp_path / "earlier.csv")
    assert names_in(tmp_path) == {"mine.csv", "other.csv", "earlier.csv"}


def test_a_body_that_fails_leaves_no_partial_file(tmp_path: Path) -> None:
    def write_half() -> None:
        with replacing(tmp_path / "file") as file:
            file.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert names_in(tmp_path) == set()
