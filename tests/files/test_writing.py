"""Writing where the disk, the system or somebody else is in the way: nothing half done stays."""

import errno
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from skontro.files import table_files, writing
from skontro.files.output import MANIFEST, OutputFolder, OutputKind, output_folder
from skontro.files.table_files import write_parquet, write_rows
from skontro.files.writing import (
    check_output_file,
    prepare_folder,
    replacing,
    sync_folder,
    write_error,
    write_reason,
    write_secret,
    write_text,
)
from skontro.model import InputError

KIND = OutputKind("settle", "main.yaml", ("main.yaml", "table.csv"), companions=("report.html",))


def refuse_with(number: int) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "free some space, or write to another disk"),
        (errno.EACCES, "write to another folder, or ask for the right to write to this one"),
        (errno.EPERM, "write to another folder, or ask for the right to write to this one"),
        (errno.ENOENT, "make the folder first, or correct its name"),
        (errno.ENOTDIR, "a part of the path is a file; correct the name"),
        (errno.EISDIR, "name a file"),
        (errno.EMFILE, "raise the limit (ulimit -n)"),
        (errno.EIO, None),
    ],
)
def test_a_failed_write_says_why_and_what_to_do(number: int, advice: str | None) -> None:
    error = OSError(number, "whatever")
    assert write_reason(error) == "; ".join(filter(None, [os.strerror(number), advice]))
    told = f"x: the file cannot be written: {write_reason(error)}"
    assert str(write_error("x", error)) == told
    assert str(write_error("x", error, "folder")) == told.replace("the file", "the folder")
    assert write_reason(ValueError("two\n  lines")) == "two lines"


@pytest.mark.parametrize(
    ("number", "is_taken"),
    [(errno.EINVAL, True), (errno.ENOTSUP, True), (errno.EIO, False), (errno.ENOSPC, False)],
)
def test_disks_that_cannot_sync_names_are_taken_and_failing_ones_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, is_taken: bool
) -> None:
    opened = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    monkeypatch.setattr(os, "fsync", refuse_with(number))
    if is_taken:
        sync_folder(tmp_path)
    else:
        with pytest.raises(OSError, match=os.strerror(number)):
            sync_folder(tmp_path)
    if opened:
        assert len(os.listdir("/proc/self/fd")) == opened
    monkeypatch.setattr(os, "name", "nt")
    monkeypatch.setattr(os, "open", refuse_with(errno.EACCES))
    sync_folder(tmp_path)


def test_names_are_synced_after_a_file_or_folder_took_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[Path, set[str]]] = []

    def note(folder: Path) -> None:
        synced.append((folder, {one.name for one in folder.iterdir()}))

    monkeypatch.setattr(writing, "sync_folder", note)
    monkeypatch.setattr("skontro.files.output.sync_folder", note)
    write_text(tmp_path / "text", "x")
    assert synced == [(tmp_path, {"text"})]
    write_secret(tmp_path / "secret", b"x")
    assert synced[-1][0] == tmp_path
    assert "secret" in synced[-1][1]
    folder = tmp_path / "out"
    for there in (False, True):
        synced.clear()
        with output_folder(folder, KIND) as output:
            (output.stage / "deep").mkdir()
            write_text(output.stage / "main.yaml", "x")
        assert synced[-1][0] == folder.parent
        assert "out" in synced[-1][1]
        assert [one.name for one, _ in synced].count("deep") == 1
        assert {"main.yaml", MANIFEST, "deep"} in [names for _, names in synced], there
        shutil.rmtree(folder / "deep")
    monkeypatch.chdir(folder)
    synced.clear()
    with output_folder(Path(), KIND) as output:
        write_text(output.stage / "main.yaml", "x")
    assert synced[-1][0] == folder


def test_paths_that_are_none_are_messages(tmp_path: Path) -> None:
    bad = tmp_path / "null\0"
    for attempt in (
        lambda: write_text(bad, "x"),
        lambda: check_output_file(bad),
        lambda: output_folder(bad, KIND).__enter__(),
        lambda: prepare_folder(bad, "main.yaml"),
    ):
        with pytest.raises(InputError, match=r"null.*cannot be written: .*null"):
            attempt()
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file: this is a file; name a folder"):
        prepare_folder(tmp_path / "file", "main.yaml")
    with pytest.raises(InputError, match=r"the folder cannot be written: .*; a part of the path"):
        prepare_folder(tmp_path / "file" / "deep", "main.yaml")
    assert {one.name for one in tmp_path.iterdir()} == {"file"}


def test_a_prepared_folder_is_not_whole_until_its_main_file_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "out"
    for _ in range(2):
        prepare_folder(folder, "main.yaml")
        assert list(folder.iterdir()) == []
        write_text(folder / "main.yaml", "x")


def test_new_files_have_their_permissions_and_replaced_ones_keep_theirs(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_text(tmp_path / "new", "x")
        with replacing(tmp_path / "own", 0o600) as file:
            file.write(b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "own").stat().st_mode) == 0o600


def test_a_disk_without_links_still_replaces_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", refuse_with(errno.EPERM))
    path = tmp_path / "key"
    write_secret(path, b"first")
    with pytest.raises(InputError, match="the file already exists; name another"):
        write_secret(path, b"second")
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


def test_what_the_system_says_counts_and_not_what_polars_makes_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = pl.DataFrame({"a": [1]})

    class Full:
        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    noting = table_files._ErrorKeepingFile(Full())  # type: ignore[arg-type]
    assert noting.writable()
    with pytest.raises(OSError, match="No space"):
        noting.write(b"x")
    assert noting.error is not None

    def panic(_frame: pl.DataFrame, file: Any, **_: object) -> None:
        if is_full:
            file._file = Full()
            with pytest.raises(OSError, match="No space"):
                file.write(b"x")
        raise pl.exceptions.ComputeError("cannot serialise")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", panic)
    for full, told in ((True, "No space left on device; free"), (False, "cannot serialise")):
        is_full = full
        with pytest.raises(InputError, match=told):
            write_parquet(tmp_path / "table.parquet", table)
    assert list(tmp_path.iterdir()) == []


def test_tables_are_written_by_the_ending_of_their_names(tmp_path: Path) -> None:
    rows = pl.DataFrame({"a": [0, 1]})
    for name in ("t.PARQUET", "t.CSV"):
        write_rows(tmp_path / name, "payments", rows, lambda table: table + 1)
    assert pl.read_parquet(tmp_path / "t.PARQUET")["a"].to_list() == [0, 1]
    assert (tmp_path / "t.CSV").read_text() == "a\n1\n2\n"
    with pytest.raises(InputError, match=r"payments are written to files that end in \.csv or"):
        write_rows(tmp_path / "t.txt", "payments", rows, lambda table: table)


def test_where_the_folder_above_may_not_be_written_the_folder_itself_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Path.mkdir
    closed = tmp_path / "closed"
    closed.mkdir()
    target = closed / "out"

    def mkdir(path: Path, *arguments: Any, **named: Any) -> None:
        if path.parent == closed and path.name.startswith("."):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        before(path, *arguments, **named)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    with pytest.raises(InputError, match="the folder cannot be written: Permission denied; write"):
        output_folder(target, KIND).__enter__()
    before(target)
    inode = target.stat().st_ino
    for text in ("1", "2"):
        with output_folder(target, KIND) as output:
            assert output.stage.parent == target
            write_text(output.stage / "main.yaml", text)
        assert (target / "main.yaml").read_text() == text
        assert {one.name for one in target.iterdir()} == {"main.yaml", MANIFEST}
    assert target.stat().st_ino == inode


def test_an_earlier_output_comes_back_where_the_new_one_cannot_take_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out"
    with output_folder(target, KIND) as output:
        write_text(output.stage / "main.yaml", "old")
    before = Path.rename

    def rename(path: Path, other: Path) -> Path:
        if other == target and stage == path:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        return before(path, other)

    output = OutputFolder(target, KIND, [], overwrite=False)
    stage = output.stage
    write_text(stage / "main.yaml", "new")
    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(InputError, match="out: the folder cannot be written: Device or resource"):
        output.publish()
    output.discard()
    assert (target / "main.yaml").read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_in_the_place_of_a_file_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "out"
    (target / "table.csv").mkdir(parents=True)
    with pytest.raises(InputError, match=r"out/table\.csv: this is a folder; name another output"):
        output_folder(target, KIND, overwrite=True).__enter__()
    (target / "table.csv").rename(target / "notes")
    with output_folder(target, KIND, overwrite=True) as output:
        write_text(output.stage / "main.yaml", "x")
    assert {one.name for one in target.iterdir()} == {"main.yaml", MANIFEST, "notes"}


def test_what_is_in_the_way_is_named_up_to_a_few(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    fresh = OutputKind("init", "system.yaml", (), is_fresh=True)
    for number in range(7):
        (target / f"f{number}").touch()
        names = sorted(one.name for one in target.iterdir())
        told = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        for kind in (KIND, fresh):
            with pytest.raises(InputError, match=rf"\({told}\)"):
                output_folder(target, kind).__enter__()


def test_files_of_file_managers_and_of_killed_runs_are_passed_over(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    passed = {".DS_Store", ".skontro-0a1b.partial"}
    for name in passed:
        (target / name).touch()
    with output_folder(target, KIND) as output:
        write_text(output.stage / "main.yaml", "x")
    assert {one.name for one in target.iterdir()} == {"main.yaml", MANIFEST, *passed}
    for name in (".skontro-0a1b", "0a1b.partial"):
        (target / name).touch()
        with pytest.raises(InputError, match=f"did not write.*{name}"):
            output_folder(target, KIND).__enter__()
        (target / name).unlink()


def test_somebody_elses_work_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "out"
    output = OutputFolder(target, KIND, [], overwrite=False)
    write_text(output.stage / "main.yaml", "x")
    target.mkdir()
    (target / "mine").touch()
    with pytest.raises(InputError, match="did not write"):
        output.publish()
    output.discard()
    assert {one.name for one in target.iterdir()} == {"mine"}
    assert list(tmp_path.iterdir()) == [target]
