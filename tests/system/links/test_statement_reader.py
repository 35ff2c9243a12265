"""Reading many statements in one form."""

import json
import uuid
from typing import Any

import pytest

from skontro.model import InputError
from skontro.system.links.heard_proof import HeardProof
from skontro.system.links.statement_reader import StatementReader
from skontro.system.links.statements import Statement, Step
from tests.system.links.instructed import LINK, statement, terms


@pytest.mark.parametrize("step", Step)
def test_statements_in_one_form_are_read_as_any(step: Step) -> None:
    reader = StatementReader()
    for number in range(4):
        made = statement(step, link=str(uuid.uuid4()), terms=f"{number:064x}")
        assert reader.read(made.to_bytes().decode()) == made
        later = statement(step, batch=18 + number)
        assert reader.read(later.to_bytes().decode()) == later


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (LINK, LINK.upper()),
        (LINK, "f" * 36),
        (LINK, LINK[:-1]),
        (LINK, LINK + "0"),
        (terms().digest, "G" * 64),
        (terms().digest, "0" * 63),
        (terms().digest, "0" * 65),
        ('"link":"', '"line":"'),
        ('"terms":"', '"items":"'),
        ('"time":', '"time": '),
        ("}", "} "),
        ("ready", "undone"),
    ],
)
def test_other_texts_are_not_read_in_the_form_of_one_before(old: str, new: str) -> None:
    reader = StatementReader()
    text = statement(Step.READY).to_bytes().decode()
    assert old in text
    assert reader.read(text) is not None
    assert reader.read(text.replace(old, new)) is None
    assert StatementReader().read(text.replace(old, new)) is None


def test_a_statement_that_contradicts_itself_is_refused_each_time() -> None:
    text = statement(Step.COMMITTED).to_bytes().decode().replace('"time":1000', '"time":2001')
    reader = StatementReader()
    for _ in range(2):
        with pytest.raises(InputError, match=r"^time: a link is not committed after decide_by$"):
            reader.read(text)


def test_a_statement_about_another_link() -> None:
    made = statement(Step.NOT_COMMITTED)
    fields: dict[str, Any] = {"link": str(uuid.uuid4()), "terms": "1" * 64}
    assert made.about(**fields) == statement(Step.NOT_COMMITTED, **fields)
    assert made.form == made.about(**fields).form
    assert Statement.from_canonical(made.form.text(made.link, made.terms).decode()) == made


@pytest.mark.parametrize("step", Step)
def test_a_proof_knows_whether_its_statements_are_canonical(step: Step) -> None:
    texts = [statement(step, link=str(uuid.uuid4())).to_bytes().decode() for _ in range(3)]
    loose = json.dumps(json.loads(texts[1]))
    for contents, is_canonical in (
        (texts, True),
        ([], True),
        ([loose, *texts], False),
        ([*texts, loose], False),
    ):
        proof = HeardProof({"statements": [{"content": one} for one in contents]})
        assert proof.is_canonical is is_canonical
        assert [one.to_bytes() for one in proof.statements] == [
            statement(step, link=json.loads(one)["link"]).to_bytes() for one in contents
        ]
