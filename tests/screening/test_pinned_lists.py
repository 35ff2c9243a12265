"""Lists copied into a system: pinned, usable on the day, and refused where they are not."""

import datetime
import hashlib
import shutil
from pathlib import Path

import pytest

from skontro.files.documents import read_document
from skontro.model import InputError
from skontro.screening.lists_document import load_screener
from skontro.screening.pinned_lists import agreed_document, pin_lists, stage_lists
from skontro.screening.screener import MatchingPolicy
from tests.screening.cuts import ALT, DAY, SDN, UN, ofac_list, un_list, write_lists

_WEEK = datetime.timedelta(days=7)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_files_are_copied_and_named_with_their_hashes(tmp_path: Path) -> None:
    screener = pin_lists([ALT, SDN], tmp_path, DAY + _WEEK, DAY)
    (written,) = read_document(tmp_path / "screening-lists.yaml").content["lists"]  # type: ignore[index]
    entries = ofac_list().entries
    assert written == {
        "name": "OFAC SDN",
        "file": f"lists/{SDN.name}",
        "sha256": sha256(SDN),
        "aliases": f"lists/{ALT.name}",
        "aliases_sha256": sha256(ALT),
        "published": DAY,
        "canaries": [entries[at].names[0].text for at in (0, len(entries) // 2, -1)],
    }
    for path in (SDN, ALT):
        assert (tmp_path / "lists" / path.name).read_bytes() == path.read_bytes()
    assert screener.policy == MatchingPolicy()
    assert load_screener(tmp_path / "screening-lists.yaml").digest == screener.digest


def test_a_document_keeps_its_policy(tmp_path: Path) -> None:
    system = tmp_path / "system"
    system.mkdir()
    document = write_lists(tmp_path)
    with document.open("a", encoding="utf-8") as file:
        file.write("threshold: 91\nmax_age_days: 3\nrejects_confirmed: false\n")
    published = un_list().published
    screener = pin_lists([document], system, published + datetime.timedelta(days=3))
    assert screener.policy == MatchingPolicy(91, 3, rejects_confirmed=False)
    assert [(one.name, one.sha256) for one in screener.lists] == [("UN", sha256(UN))]
    assert (system / "lists" / UN.name).read_bytes() == UN.read_bytes()


@pytest.mark.parametrize(("name", "path"), [("sha256", SDN), ("aliases_sha256", ALT)])
def test_a_copy_that_changed_is_refused(tmp_path: Path, name: str, path: Path) -> None:
    pin_lists([SDN, ALT], tmp_path, DAY, DAY)
    copy = tmp_path / "lists" / path.name
    copy.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(InputError) as refused:
        load_screener(tmp_path / "screening-lists.yaml")
    assert str(refused.value).startswith(
        f"{copy}: the SHA-256 is {sha256(copy)}, but the document names {sha256(path)}; restore"
    )
    document = tmp_path / "screening-lists.yaml"
    document.write_text(document.read_text().replace(sha256(path), sha256(copy)))
    load_screener(document)


def test_lists_that_are_too_old_or_of_a_day_to_come_are_refused(tmp_path: Path) -> None:
    pin_lists([SDN, ALT], tmp_path, DAY + _WEEK, DAY)
    day = datetime.timedelta(days=1)
    for today, reason in ((DAY + _WEEK + day, "is 8 days old; 7 is the most"), (DAY - day, "come")):
        with pytest.raises(InputError, match=f"{reason}: all orders would be held; get it again"):
            pin_lists([SDN, ALT], tmp_path, today, DAY)


def test_lists_that_cannot_be_pinned(tmp_path: Path) -> None:
    document, other = write_lists(tmp_path), tmp_path / "other" / UN.name
    other.parent.mkdir()
    shutil.copy(UN, other)
    day = un_list().published
    for paths, published, text in (
        ([document, SDN], None, "a document names all lists; give no other list with it"),
        ([document], DAY, "the document states when its lists were published"),
        ([SDN], None, "the list has no date"),
        ([ALT], DAY, "aliases go with one file of entries"),
        ([UN, other], None, f"{other} and {UN} have the same name; rename one"),
        ([tmp_path / "none.xml"], None, "none.xml: there is no such file"),
    ):
        with pytest.raises(InputError, match=text):
            pin_lists(paths, tmp_path, day, published)


def test_a_hash_of_aliases_needs_aliases(tmp_path: Path) -> None:
    document = write_lists(tmp_path)
    text = document.read_text()
    document.write_text(text.replace("canaries", f"aliases_sha256: '{'0' * 64}', canaries"))
    with pytest.raises(InputError, match="list UN: aliases_sha256 without aliases"):
        load_screener(document)
    for digits in ("0" * 63, "0" * 65, "A" * 64):
        document.write_text(text.replace("canaries", f"sha256: '{digits}', canaries"))
        with pytest.raises(InputError, match=r"lists\[0\].sha256"):
            load_screener(document)


def test_staged_lists_lie_under_their_digest_and_leave_those_in_use(tmp_path: Path) -> None:
    pin_lists([UN], tmp_path, un_list().published)
    document = tmp_path / "screening-lists.yaml"
    before = document.read_text()
    assert agreed_document(document, "") == document
    for _ in range(2):  # the second time, they are there
        screener, staged = stage_lists([SDN, ALT], tmp_path, DAY, DAY)
        assert staged == tmp_path / "lists" / screener.digest / "screening-lists.yaml"
        assert load_screener(staged).digest == screener.digest
        assert sorted(one.name for one in (tmp_path / "lists").iterdir()) == sorted(
            [UN.name, screener.digest]
        )
        assert agreed_document(document, screener.digest) == staged
    assert staged.parent.stat().st_mode & 0o777 == 0o755
    assert document.read_text() == before
    assert agreed_document(document, "0" * 64) == document


def test_lists_that_cannot_be_staged_leave_nothing(tmp_path: Path) -> None:
    late = DAY + _WEEK + datetime.timedelta(days=1)
    with pytest.raises(InputError, match="is 8 days old; 7 is the most"):
        stage_lists([SDN, ALT], tmp_path, late, DAY)
    assert [*(tmp_path / "lists").iterdir()] == []
    with pytest.raises(InputError, match="none/lists: "):
        stage_lists([SDN, ALT], tmp_path / "none", DAY, DAY)


def test_an_error_in_a_list_of_a_document_names_the_users_file(tmp_path: Path) -> None:
    system, document = tmp_path / "system", write_lists(tmp_path)
    system.mkdir()
    broken = tmp_path / "broken.xml"
    broken.write_bytes(UN.read_bytes()[:-100])
    document.write_text(document.read_text().replace(str(UN), str(broken)))
    with pytest.raises(InputError) as refused:
        pin_lists([document], system, un_list().published)
    assert str(refused.value).startswith(f"{broken}: ")
