"""Message files are sent when they are complete, and put away with their answers."""

import os
from pathlib import Path

import httpx
import pytest

from skontro.model import InputError
from skontro.service.watched_folder import TryLater, WatchedFolder


class Service:
    """Answers with what the test says, and keeps what came."""

    def __init__(self) -> None:
        self.came: list[bytes] = []
        self.answers: list[httpx.Response | Exception] = []

    def __call__(self, content: bytes) -> httpx.Response:
        self.came.append(content)
        answer = self.answers.pop(0) if self.answers else taken(b"<ok/>")
        if isinstance(answer, Exception):
            raise answer
        return answer


def taken(content: bytes, status: int = 201) -> httpx.Response:
    return httpx.Response(status, content=content, headers={"Content-Type": "application/xml"})


@pytest.fixture
def service() -> Service:
    return Service()


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def put(folder: Path, name: str, content: bytes = b"<a/>", at: int = 1) -> Path:
    path = folder / name
    path.write_bytes(content)
    os.utime(path, (at, at))
    return path


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir() if one.is_file())


def look(watched: WatchedFolder) -> list[str]:
    return [one.path.name for one in watched.look()]


def test_files_go_in_the_order_of_their_last_change(tmp_path: Path, service: Service) -> None:
    put(tmp_path, "b.xml", b"second", at=2)
    put(tmp_path, "c.xml", b"third", at=2)
    put(tmp_path, "z.XML", b"first", at=1)
    for name in (".hidden.xml", "a.xml.part", "a.answer.xml", "a.txt"):
        put(tmp_path, name)
    (tmp_path / "folder.xml").mkdir()
    with WatchedFolder(tmp_path, service, quiet=0) as watched:
        assert look(watched) == ["z.XML", "b.xml", "c.xml"]
        assert look(watched) == []
        assert not watched.waits
    assert service.came == [b"first", b"second", b"third"]
    assert names(tmp_path / "done") == [
        "b.answer.xml", "b.xml", "c.answer.xml", "c.xml", "z.XML", "z.answer.xml",
    ]  # fmt: skip
    assert names(tmp_path) == [
        ".hidden.xml", ".skontro-watch.lock", "a.answer.xml", "a.txt", "a.xml.part",
    ]  # fmt: skip
    assert (tmp_path / "done/b.xml").read_bytes() == b"second"
    assert (tmp_path / "done/b.answer.xml").read_bytes() == b"<ok/>"


def test_a_file_is_sent_when_it_has_not_changed_for_long_enough(
    tmp_path: Path, service: Service
) -> None:
    clock = Seconds()
    with WatchedFolder(tmp_path, service, quiet=2, clock=clock) as watched:
        put(tmp_path, "a.xml", b"<half>", at=1)
        assert look(watched) == []
        clock.now = 1.9
        put(tmp_path, "a.xml", b"<half></half>", at=1)  # longer, at the same time
        assert look(watched) == []
        clock.now = 3.8
        assert look(watched) == []
        put(tmp_path, "a.xml", b"<half> </half", at=2)  # later, as long
        clock.now = 3.9
        assert look(watched) == []
        clock.now = 5.8
        assert look(watched) == []
        assert watched.waits
        clock.now = 5.9
        assert look(watched) == ["a.xml"]
        assert not watched.waits
    assert service.came == [b"<half> </half"]


def test_a_file_that_changes_while_it_is_sent_stays(tmp_path: Path, service: Service) -> None:
    path = put(tmp_path, "a.xml", b"one")

    def send(content: bytes) -> httpx.Response:
        if content == b"one":
            put(tmp_path, "a.xml", b"two", at=5)
        return service(content)

    with WatchedFolder(tmp_path, send, quiet=0) as watched:
        assert look(watched) == []
        assert path.exists()
        assert look(watched) == ["a.xml"]
    assert service.came == [b"one", b"two"]
    assert (tmp_path / "done/a.xml").read_bytes() == b"two"


@pytest.mark.parametrize("status", [400, 409, 413, 415, 422])
def test_what_is_refused_is_put_aside(tmp_path: Path, service: Service, status: int) -> None:
    put(tmp_path, "a.xml")
    service.answers = [taken(b"<no/>", status)]
    with WatchedFolder(tmp_path, service, quiet=0) as watched:
        (found,) = watched.look()
    assert not found.taken
    assert found.answer == tmp_path / "refused/a.answer.xml"
    assert names(tmp_path / "refused") == ["a.answer.xml", "a.xml"]
    assert names(tmp_path / "done") == []


def test_a_problem_document_is_kept_as_json(tmp_path: Path, service: Service) -> None:
    put(tmp_path, "a.xml")
    headers = {"Content-Type": "application/problem+json"}
    service.answers = [httpx.Response(413, content=b"{}", headers=headers)]
    with WatchedFolder(tmp_path, service, quiet=0) as watched:
        look(watched)
    assert names(tmp_path / "refused") == ["a.answer.json", "a.xml"]


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (httpx.ConnectError("nobody"), 1.0),
        (httpx.Response(503, headers={"Retry-After": "7"}), 7.0),
        (httpx.Response(429), 1.0),
        (httpx.Response(500, headers={"Retry-After": "soon"}), 1.0),
    ],
)
def test_files_stay_where_the_service_does_not_take_them(
    tmp_path: Path, service: Service, answer: httpx.Response | Exception, seconds: float
) -> None:
    put(tmp_path, "a.xml", b"a", at=1)
    put(tmp_path, "b.xml", b"b", at=2)
    service.answers = [answer]
    with WatchedFolder(tmp_path, service, quiet=0) as watched:
        with pytest.raises(TryLater) as raised:
            look(watched)
        assert raised.value.seconds == seconds
        assert service.came == [b"a"]
        assert look(watched) == ["a.xml", "b.xml"]
    assert service.came == [b"a", b"a", b"b"]


@pytest.mark.parametrize("status", [401, 403])
def test_a_caller_that_is_not_recognised_is_told(
    tmp_path: Path, service: Service, status: int
) -> None:
    put(tmp_path, "a.xml")
    service.answers = [httpx.Response(status, content=b"who?")]
    with (
        WatchedFolder(tmp_path, service, quiet=0) as watched,
        pytest.raises(InputError, match="does not let this key send messages: who"),
    ):
        look(watched)
    assert (tmp_path / "a.xml").exists()


def test_names_that_are_taken_get_a_number(tmp_path: Path, service: Service) -> None:
    with WatchedFolder(tmp_path, service, quiet=0) as watched:
        for content in (b"1", b"2", b"2", b"3"):
            put(tmp_path, "a.xml", content)
            look(watched)
    done = tmp_path / "done"
    assert [(done / name).read_bytes() for name in ("a.xml", "a.2.xml", "a.3.xml")] == [
        b"1", b"2", b"3",
    ]  # fmt: skip
    assert len(names(done)) == 6


def test_one_program_watches_a_folder_and_clears_up_after_the_last(
    tmp_path: Path, service: Service
) -> None:
    (tmp_path / "done").mkdir()
    put(tmp_path / "done", ".skontro-abc.partial")
    left = names(tmp_path / "done")
    with (
        WatchedFolder(tmp_path, service),
        pytest.raises(InputError, match="another `skontro watch` watches it"),
        WatchedFolder(tmp_path, service),
    ):
        pass
    assert names(tmp_path / "done") == [one for one in left if not one.endswith(_suffix())]
    with WatchedFolder(tmp_path, service):
        pass


def _suffix() -> str:
    from skontro.files.writing import PARTIAL_SUFFIX

    return PARTIAL_SUFFIX


def test_what_is_no_folder_is_refused(tmp_path: Path, service: Service) -> None:
    with pytest.raises(InputError, match="nowhere"), WatchedFolder(tmp_path / "nowhere", service):
        pass
