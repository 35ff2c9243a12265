"""The protocol of engines: questions, answers, and answers that are none."""

import datetime
import io
import json
from pathlib import Path

import pytest

from skontro.model.order import ScreeningOutcome
from skontro.model.party import Party
from skontro.screening.engine_process import answer, main, question, serve
from skontro.screening.screener import Screened, Screener, held
from skontro.screening.screening_engine import combined
from tests.screening.cuts import DATA, DAY, small_list

LISTS = (
    "format: skontro screening lists\nlists:\n  - {name: UN, file: FILE, canaries: [Eric Badege]}\n"
)


def test_an_engine_says_that_it_is_ready_and_answers() -> None:
    screener = Screener([small_list("Anna Kim")])
    said: list[str] = []
    parties = [Party(name="Peter Smith"), Party(name="Анна Ким", country="KZ")]
    serve(screener, [question(5, parties, DAY)], said.append)
    ready = json.loads(said[0])["ready"]
    assert ready == {
        "digest": screener.digest,
        "lists": [{"name": "Small", "published": "2026-02-27", "sha256": "0" * 64, "entries": 1}],
        "threshold": 85,
        "max_age_days": 7,
        "rejects_confirmed": True,
    }
    assert answer(said[1], 5, 2) == screener.screen(parties, DAY)
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in said)


def test_the_day_of_the_question_counts() -> None:
    said: list[str] = []
    day = DAY + datetime.timedelta(8)
    serve(Screener([small_list("Anna Kim")]), [question(1, [Party(name="A B")], day)], said.append)
    assert answer(said[1], 1, 1)[0].reason == "list Small is 8 days old; 7 is the most"


def test_a_question_leaves_out_what_is_unknown() -> None:
    line = question(1, [Party(name="Анна", identifiers=[("BIC", "X")])], DAY)
    assert json.loads(line) == {
        "number": 1,
        "today": "2026-02-27",
        "parties": [{"name": "Анна", "identifiers": [["BIC", "X"]]}],
    }


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('{"number":2,"screened":[{"outcome":"passed"}]}', "the answer is to another question"),
        ('{"number":1,"screened":[]}', "0 outcomes for 1 parties"),
        ('{"number":1,"screened":[{"outcome":"passed"},{"outcome":"passed"}]}', "2 outcomes for 1"),
        ('{"number":1,"screened":[{"outcome":"clean"}]}', "not an answer"),
        ('{"number":1,"screened":[{"outcome":"not_screened"}]}', "not_screened is no outcome"),
        ('{"number":1,"screened":[{"outcome":"passed","hits":[{"score":1}]}]}', "not an answer"),
        ('{"number":1,"screened":[null]}', "not an answer"),
        ('{"number":1,"screened":7}', "not an answer"),
        ("[]", "not an answer"),
        ('{"number":1}', "not an answer"),
        ("passed", "Expecting value"),
    ],
)
def test_answers_that_are_none(line: str, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        answer(line, 1, 1)


def test_lists_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "lists.yaml"
    path.write_text(LISTS.replace("FILE", "none.xml"))
    target = io.StringIO()
    assert main(str(path), io.StringIO(), target) == 1
    assert "there is no such file" in json.loads(target.getvalue())["refused"]


def test_a_process_serves_until_its_input_ends(tmp_path: Path) -> None:
    path = tmp_path / "lists.yaml"
    path.write_text(LISTS.replace("FILE", str(DATA / "un_cut.xml")))
    target = io.StringIO()
    assert main(str(path), io.StringIO(question(1, [Party(name="A B")], DAY)), target) == 0
    assert answer(target.getvalue().splitlines()[1], 1, 1) == [Screened(ScreeningOutcome.PASSED)]


def test_the_stricter_of_two_outcomes() -> None:
    passed, rejected = Screened(ScreeningOutcome.PASSED), Screened(ScreeningOutcome.REJECTED, "b")
    assert combined(passed, held("a")) == held("a")
    assert combined(held("a"), passed) == held("a")
    assert combined(held("a"), rejected) == Screened(ScreeningOutcome.REJECTED, "a; b")
    assert combined(held("a"), held("a")) == held("a")
    assert combined(passed, passed) == passed
    [hit] = Screener([small_list("Anna Kim")]).screen([Party(name="Anna Kim")], DAY)[0].hits
    one = Screened(ScreeningOutcome.HELD, "", (hit,))
    assert combined(one, one).hits == (hit,)
